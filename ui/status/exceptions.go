package status

import (
	"fmt"
	"math"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// exceptions lists those that nobody has looked at yet, in the snapshot's order:
// worst first. Notices are not worth a place in a status bar.
func exceptions(s monitor.Snapshot) (crit, warn []alert) {
	names := map[string]string{}
	for _, r := range s.Runs {
		names[string(r.ID)] = clean(r.Name)
	}
	for _, e := range s.Exceptions {
		if !e.NeedsAttention() || e.Severity < budget.Warn {
			continue
		}
		who := names[string(e.Run)]
		if e.Budget != "" {
			who = clean(e.Budget)
		}
		a := alert{level: warning, run: string(e.Run), exception: e.ID, text: strings.TrimSpace(who + " " + ruleWords(e))}
		if e.Severity == budget.Warn {
			warn = append(warn, a)
			continue
		}
		a.level = critical
		crit = append(crit, a)
	}
	return crit, warn
}

// ruleWords says in few words what an exception is about.
func ruleWords(e budget.Exception) string {
	switch e.Rule {
	case budget.RulePageFast, budget.RulePageSlow:
		return "burns above plan"
	case budget.RuleTicket, budget.RuleUrgent:
		return "heads over its limit"
	case budget.RuleThreshold:
		return "is nearly spent"
	case budget.RuleHard:
		return "is spent"
	}
	return strings.ToLower(strings.ReplaceAll(clean(e.Rule), "_", " "))
}

// dayBudget gives the tightest day budget that counts everything.
func dayBudget(s monitor.Snapshot) (best budget.Standing, ok bool) {
	for _, b := range s.Budgets {
		if b.Budget.Period.Name == budget.Day && b.Budget.Scope == (budget.Scope{}) && (!ok || b.Used > best.Used) {
			best, ok = b, true
		}
	}
	return best, ok
}

// dayPart is today's spend: as a part of the day's budget where there is one.
func dayPart(s monitor.Snapshot, money string, atLeast string) part {
	b, ok := dayBudget(s)
	if !ok {
		return part{"day " + money, calm, 4}
	}
	p := part{fmt.Sprintf("day %s%d%%", atLeast, dayPercent(b)), calm, 4}
	if !b.Floor && !todayIsFloor(s) {
		p.text = fmt.Sprintf("day %d%%", dayPercent(b))
	}
	switch {
	case b.Exceeded():
		p.level = critical
	case b.Used >= 80:
		p.level = warning
	}
	return p
}

// dayPercent is rounded down: 100 is said only of a limit that is reached.
func dayPercent(b budget.Standing) int { return int(math.Floor(max(0, min(999, b.Used)))) }
