package status

import (
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

func exception(rule string, s budget.Severity, run, name string) budget.Exception {
	return budget.Exception{ID: rule + "-1", Rule: rule, Severity: s, Run: model.RunID(run), Budget: name, State: budget.Open, At: now}
}

func TestExceptionsComeFirst(t *testing.T) {
	loop := exception(budget.RuleLoopError, budget.Page, "id-api-gateway", "")
	seen := loop
	seen.State = budget.Acknowledged
	day := func(used float64, floor bool) []budget.Standing {
		return []budget.Standing{
			{Budget: budget.Budget{Name: "acme", Period: budget.Period{Name: budget.Day}, Scope: budget.Scope{Client: "acme"}}, Used: 99},
			{Budget: budget.Budget{Name: "day", Period: budget.Period{Name: budget.Day}}, Used: used, Upper: int64(used), Limit: 100, Floor: floor},
		}
	}
	cases := []struct {
		name string
		f    func(*monitor.Snapshot)
		o    Options
		want string
	}{
		{"a page", func(s *monitor.Snapshot) { s.Exceptions = []budget.Exception{loop} }, Options{}, "▲1 2 runs $3.42/h day $18.40 wk 46% api-gateway loop error"},
		{"somebody looks at it", func(s *monitor.Snapshot) { s.Exceptions = []budget.Exception{seen} }, Options{}, "2 runs $3.42/h day $18.40 wk 46%"},
		{"a notice", func(s *monitor.Snapshot) {
			s.Exceptions = []budget.Exception{exception(budget.RuleThreshold, budget.Notice, "", "month")}
		}, Options{}, "2 runs $3.42/h day $18.40 wk 46%"},
		{"a warning", func(s *monitor.Snapshot) {
			s.Exceptions = []budget.Exception{exception(budget.RuleThreshold, budget.Warn, "", "month")}
		}, Options{}, "!1 2 runs $3.42/h day $18.40 wk 46% month is nearly spent"},
		{"before what failed", func(s *monitor.Snapshot) {
			s.Runs[1].State = monitor.StateFailed
			s.Exceptions = []budget.Exception{exception(budget.RuleHard, budget.Critical, "", "month")}
		}, Options{}, "▲2 1 run $3.42/h day $18.40 wk 46% month is spent"},
		{"a day budget", func(s *monitor.Snapshot) { s.Budgets = day(74.9, false) }, Options{}, "2 runs $3.42/h day 74% wk 46%"},
		{"with what has no price", func(s *monitor.Snapshot) { s.Budgets = day(74.9, true) }, Options{}, "2 runs $3.42/h day ≥74% wk 46%"},
		{"of others only", func(s *monitor.Snapshot) { s.Budgets = day(10, false)[:1] }, Options{}, "2 runs $3.42/h day $18.40 wk 46%"},
		{"in tmux", func(s *monitor.Snapshot) { s.Exceptions = []budget.Exception{loop} }, Options{Format: Tmux, Styles: dark(t), Width: 14}, ",bold]▲1#[default]"},
		{"in JSON", func(s *monitor.Snapshot) { s.Exceptions, s.Budgets = []budget.Exception{loop}, day(50.04, false) }, Options{Format: JSON},
			`"attention":[{"level":"critical","run":"id-api-gateway","text":"api-gateway loop error","exception":"LOOP_ERROR-1"}]`},
		{"percent in JSON", func(s *monitor.Snapshot) { s.Budgets = day(50.04, false) }, Options{Format: JSON}, `"day_budget_percent":50}`},
		{"no percent in JSON", func(*monitor.Snapshot) {}, Options{Format: JSON}, `"day_budget_percent":null}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := calmly()
			c.f(&s)
			got := Line(s, c.o)
			if c.o.Format == "" && got != c.want || !strings.Contains(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
