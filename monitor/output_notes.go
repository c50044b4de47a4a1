package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	notedFrom    = price.Dollar // below it a run is not worth a note
	largeContext = 200_000      // tokens
	suggestDays  = 14           // that a run budget is suggested from
	suggestFrom  = 5            // runs that it takes
	mostNotes    = 8            // that a day has
	coldShare    = 0.5          // uncached input worth a note
)

// notes says what is worth knowing of a day, the most telling first.
func notes(a *account) []string {
	var all []string
	all = append(all, overNotes(a)...)
	all = append(all, coldNotes(a)...)
	all = append(all, decidedNotes(a)...)
	all = append(all, idleNotes(a)...)
	o := a.day.Output
	if o.Reverted > 0 {
		all = append(all, fmt.Sprintf("%s came to nothing (reverted, or on no branch any more): ≈ $%s of the spend", count(o.Reverted, "commit"), centsOf(o.RevertedCost)))
	}
	if a.day.Cost.Floor() {
		all = append(all, fmt.Sprintf("%s tokens have no price: the cost is a floor", thousands(a.day.Cost.Unpriced)))
	}
	if o.Git != "" {
		all = append(all, "commits are not all known: "+o.Git)
	}
	all = append(all, suggestNotes(a)...)
	return all[:min(len(all), mostNotes)]
}

// overNotes tells of runs of the day that went over their budget.
func overNotes(a *account) []string {
	var all []string
	for _, s := range a.in.Standings {
		r := a.runs[model.RunID(s.Key)]
		if s.Budget.Period.Name != budget.Run || s.Key == "" || r == nil || !s.Exceeded() || s.Limit <= 0 {
			continue
		}
		over := max(0, s.Upper-s.Limit)
		all = append(all, fmt.Sprintf("%s went %s over its run budget; %s", r.Name, s.Budget.Limit.Unit.Format(over), coldText(r)))
	}
	return all[:min(len(all), 3)]
}

// coldNotes tells of the dearest run whose input mostly missed the cache.
func coldNotes(a *account) []string {
	for i := range a.day.PerRun {
		r := &a.day.PerRun[i]
		if r.Cost.USD >= notedFrom && r.Usage.Responses >= 5 && coldPart(r) >= coldShare {
			return []string{fmt.Sprintf("%s: %s", r.Name, coldText(r))}
		}
	}
	return nil
}

// coldPart is the part of a run's input that was not read from the cache.
func coldPart(r *DayRun) float64 {
	if r.Usage.Input <= 0 {
		return 0
	}
	return float64(max(0, r.Usage.Input-r.Usage.Cached)) / float64(r.Usage.Input)
}

func coldText(r *DayRun) string {
	return fmt.Sprintf("%.0f%% of its input was not cached", 100*coldPart(r))
}

// decidedNotes tells what was done about exceptions.
func decidedNotes(a *account) []string {
	type sum struct {
		n      int
		saving price.Money
	}
	done := map[budget.Life]*sum{}
	for _, e := range a.day.Exceptions {
		s := done[e.State]
		if s == nil {
			s = &sum{}
			done[e.State] = s
		}
		s.n++
		s.saving = s.saving.Add(max(0, e.Advice.Saving))
	}
	var parts []string
	for _, d := range [...]struct {
		state budget.Life
		one   string
	}{{budget.Downgraded, "downgrade"}, {budget.Stopped, "stop"}, {budget.Compacted, "compaction"}, {budget.ToolsCut, "cut of tools"},
		{budget.TakenOver, "takeover"}, {budget.Extended, "extension"}} {
		s := done[d.state]
		switch {
		case s == nil:
		case s.saving > 0 && d.state != budget.Extended:
			parts = append(parts, fmt.Sprintf("%s saved ≈ $%s/h", count(s.n, d.one), centsOf(s.saving)))
		default:
			parts = append(parts, count(s.n, d.one))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, "; ")}
}

// idleNotes tells of runs that wait with a large context.
func idleNotes(a *account) []string {
	n := 0
	for _, r := range a.day.Alive {
		if r.State == StateIdle && r.Context >= largeContext {
			n++
		}
	}
	if n == 0 || !a.day.Open {
		return nil
	}
	verb := "sit"
	if n == 1 {
		verb = "sits"
	}
	return []string{fmt.Sprintf("%s %s idle with a context of 200K and more: compact before the next turn", count(n, "run"), verb)}
}

// suggestNotes proposes a run budget for the dearest project of the day.
func suggestNotes(a *account) []string {
	if len(a.day.ByProject) == 0 {
		return nil
	}
	project := a.day.ByProject[0].Name
	oldest := a.to - suggestDays*24*4
	var costs []price.Money
	for id, members := range a.in.Runs {
		if !slices.ContainsFunc(members, func(m Member) bool {
			return model.RunID(m.Thread.ID) == id && model.Clean(m.Project, maxPath) == project
		}) {
			continue
		}
		var sum price.Cost
		last := int64(0)
		for _, m := range members {
			for b, n := range m.Thread.Rows {
				sum = sum.Add(a.in.Spending.Prices.Cost(b, n.Usage))
				if b.Quarter < a.to {
					last = max(last, b.Quarter)
				}
			}
		}
		if last >= oldest && sum.USD > 0 {
			costs = append(costs, sum.USD)
		}
	}
	if len(costs) < suggestFrom {
		return nil
	}
	slices.Sort(costs)
	p90 := costs[(len(costs)*9+9)/10-1]
	return []string{fmt.Sprintf("suggested run budget for %s: $%s (90th percentile of %d runs in 14 days)", lastPart(project), centsOf(roundUp(p90)), len(costs))}
}

// roundUp gives a round limit that is not below an amount.
func roundUp(m price.Money) price.Money {
	step := price.Dollar / 10
	switch {
	case m >= 50*price.Dollar:
		step = 5 * price.Dollar
	case m >= 5*price.Dollar:
		step = price.Dollar / 2
	}
	return (m + step - 1) / step * step
}

func lastPart(project string) string {
	project = strings.TrimRight(project, "/")
	return cmp.Or(project[strings.LastIndexByte(project, '/')+1:], project)
}

func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// thousands writes a number with commas.
func thousands(n model.Tokens) string {
	s := fmt.Sprint(int64(n))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// centsOf writes an amount to the cent, half up.
func centsOf(m price.Money) string {
	const cent = price.Dollar / 100
	n := (m + cent/2) / cent
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}
