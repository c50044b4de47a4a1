package monitor

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// What the gate raised comes into the queue by way of the ledger: the gate is a process
// of its own.

const (
	gateTier = budget.Tier("gate") // of no alert: it keeps refusals apart from what the judge raises
	// failedFor is how long ago the gate last failed in the same way when that is over.
	failedFor = time.Hour
	// staleAfter is how long a refusal stands for a run or task that is judged no more.
	staleAfter = 24 * time.Hour
)

// isGate says that the gate raises exceptions of the rule.
func isGate(rule string) bool { return rule == budget.RuleGate || rule == budget.RuleDegraded }

// ofGate makes an exception of the gate one of the queue: extending it extends its budget.
func ofGate(e budget.Exception) *raised {
	x := &raised{Exception: e, before: true}
	if e.Rule == budget.RuleGate {
		key := budget.GateKey(e)
		x.byTier, x.alert = true, budget.Alert{Budget: e.Budget, Key: key}
		x.key = alertKey{budget: e.Budget, key: key, tier: gateTier}
	}
	return x
}

// takeRefusal takes an exception that the gate raised since the last look.
func (l *loop) takeRefusal(e budget.Exception) {
	if !isGate(e.Rule) || e.State == budget.Resolved {
		return
	}
	x := ofGate(e)
	x.seen = l.now()
	l.queue.all[e.ID] = x
	l.announce(x, false)
}

// closeRefusals ends what the gate raised and is over: the budget has room again or
// another period began, or the gate has not failed for a while.
func (l *loop) closeRefusals(now time.Time) {
	for _, x := range l.queue.all {
		switch {
		case x.State == budget.Resolved || x.State == budget.Extended:
		case x.Rule == budget.RuleDegraded && now.Sub(x.Changed) > failedFor,
			x.Rule == budget.RuleGate && l.roomAgain(x, now):
			l.resolve(x, now)
		}
	}
}

// roomAgain says that a budget which refused a request has begun anew. One for a run or a
// task never does: there only the gate knows that a request was let go on. A budget
// that is gone refuses nothing.
func (l *loop) roomAgain(x *raised, now time.Time) bool {
	for _, s := range l.standings {
		if s.Budget.Name == x.Budget && s.Key == x.alert.Key {
			return s.GateID() != x.ID
		}
	}
	return l.started && !l.evaluated.IsZero() && (x.alert.Key == "" || now.Sub(x.Changed) > staleAfter)
}
