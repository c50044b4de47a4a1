package monitor

import (
	"errors"
	"maps"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

func isChanged(err error) bool { return errors.Is(err, ledger.ErrChanged) }

// takeKept takes what the ledger holds: at the start what was raised and decided
// before, later what other processes decided.
func (l *loop) takeKept(k kept) {
	if k.err != nil {
		l.keep.wrong = model.Clean(k.err.Error(), 300)
		l.touched = true
	}
	if k.first {
		l.takeFirst(k)
	} else {
		l.takeDecided(k.exceptions)
	}
	l.takeGrants(k.grants)
	l.takeLabels(k.labels)
	if k.err == nil {
		l.takeOrders(k.orders)
	}
	if l.started {
		l.closeRefusals(l.now())
	}
	l.kept = true
}

// takeFirst takes the exceptions that were not over when the monitor before ended.
// Which of them are still about something shows when history is judged.
func (l *loop) takeFirst(k kept) {
	now := l.now()
	for _, e := range k.exceptions {
		if e.State != budget.Resolved || now.Sub(e.Changed) < resolvedFor {
			x := &raised{Exception: e, byTier: e.Budget != "", before: true}
			if isGate(e.Rule) {
				x = ofGate(e)
			}
			l.queue.before = append(l.queue.before, x)
		}
	}
	for _, a := range k.alerts {
		l.queue.lasting[keyOf(a.Alert)] = a.Alert
	}
}

// recall puts the exceptions of before into the queue that are about runs and
// budgets that are known here: one ledger may serve several homes and plans.
func (l *loop) recall() {
	budgets := map[string]bool{}
	for _, b := range l.judge.Budgets() {
		budgets[b.Name] = true
	}
	for k := range l.queue.lasting {
		if !budgets[k.budget] {
			delete(l.queue.lasting, k)
		}
	}
	byID := map[string]alertKey{}
	for k, a := range l.queue.lasting {
		byID[a.ExceptionID()] = k
	}
	for _, x := range l.queue.before {
		if x.Budget != "" && !budgets[x.Budget] || x.Run != "" && !l.knows(x.Run) {
			continue
		}
		if k, ok := byID[x.ID]; ok {
			x.key, x.alert = k, l.queue.lasting[k]
		}
		l.queue.all[x.ID] = x
		if x.waits() {
			l.announce(x, true)
		}
	}
	l.queue.before, l.queue.changed = nil, true
}

// takeDecided takes what others decided since.
func (l *loop) takeDecided(es []budget.Exception) {
	for _, e := range es {
		x := l.queue.all[e.ID]
		if x == nil {
			l.takeRefusal(e)
			continue
		}
		if !e.Changed.After(x.Changed) || e.State == x.State && e.Owner == x.Owner && e.Until.Equal(x.Until) {
			continue
		}
		if x.State == budget.Extended && e.State == budget.Resolved && l.queue.firing[x.key] == x {
			// Either it recovered, or what was granted is spent, too: that is another time of trouble.
			delete(l.queue.firing, x.key)
		}
		if isGate(e.Rule) {
			x.Exception = e // nothing here judges it: what it says is of the newest refusal
		}
		x.State, x.Until, x.Owner, x.Changed, x.Reason = e.State, e.Until, e.Owner, e.Changed, e.Reason
		l.announce(x, !isGate(e.Rule) || !x.NeedsAttention())
	}
}

// takeGrants gives extensions to the judge that it does not know yet.
func (l *loop) takeGrants(gs []ledger.Grant) {
	for _, g := range gs {
		one := grant{budget.Extension{Budget: g.Budget, Key: g.Key, Amount: g.Limit.Amount, Until: g.Until}, g.From}
		i := -1
		for n, have := range l.grants {
			if have.Budget == one.Budget && have.Key == one.Key && have.Amount == one.Amount && have.Until.Equal(one.Until) {
				i = n
			}
		}
		switch {
		case i < 0 && g.Revoked.IsZero():
			l.grants = append(l.grants, one)
			l.atOnce, l.touched = true, true
		case i >= 0 && !g.Revoked.IsZero():
			l.judge.Withdraw(l.grants[i].Extension)
			l.grants = append(l.grants[:i], l.grants[i+1:]...)
			l.atOnce, l.touched = true, true
		}
	}
	if l.atOnce {
		l.regrant()
	}
}

// takeLabels takes the labels of runs.
func (l *loop) takeLabels(all map[model.RunID]ledger.Label) {
	labels := map[model.RunID]Label{}
	for id, b := range all {
		labels[id] = Label{Run: id, Task: b.Task, Client: b.Client}
	}
	if all == nil || maps.Equal(labels, l.labels) {
		return
	}
	l.labels = labels
	if err := l.rejudge(l.plan.Plan); err != nil {
		l.refused(err)
	}
	l.touched = true
}
