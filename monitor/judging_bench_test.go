package monitor

import (
	"fmt"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// BenchmarkJudge judges 500 runs by five budgets: when nothing happened, and when
// one run was written to. What the empty plan costs stands beside it.
func BenchmarkJudge(b *testing.B) {
	now := time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)
	var plan budget.Plan
	for i, period := range []string{budget.Month, budget.Week, budget.Day, budget.Run, budget.Month} {
		plan.Budgets = append(plan.Budgets, budget.Budget{Name: fmt.Sprint("b", i), Period: budget.Period{Name: period}, Limit: budget.Limit{Amount: 1e18}})
	}
	for _, c := range []struct {
		name  string
		plan  budget.Plan
		dirty int
	}{{"no budgets, idle", budget.Plan{}, 0}, {"no budgets, one run written to", budget.Plan{}, 1}, {"five budgets, idle", plan, 0}, {"five budgets, one run written to", plan, 1}} {
		b.Run(c.name, func(b *testing.B) {
			at := now
			m := New(Options{Zone: time.UTC, User: "dev", Now: func() time.Time { return at }, Plan: planOf(c.plan)})
			l := newLoop(&m.core)
			l.book = crowd(b, 500, now)
			l.book.snapshot(now)
			l.readyAt = now
			l.takePlan(planOf(c.plan)(nil))
			l.judgeIfDue(now)
			l.wanted = nil
			b.ReportAllocs()
			for b.Loop() {
				at = at.Add(15 * time.Second)
				for _, e := range l.entries[:c.dirty] {
					l.tally(e, at)
				}
				l.judgeIfDue(at)
			}
		})
	}
}
