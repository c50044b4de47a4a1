package monitor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// refusedFor is how long it is shown that something was refused.
const refusedFor = 5 * time.Minute

// obeyMove makes a person's move in the life of an exception.
func (l *loop) obeyMove(m Move) {
	m.Actor = model.Clean(cmp.Or(m.Actor, l.o.User), 100)
	m.Approver = model.Clean(m.Approver, 100)
	if err := l.move(m); err != nil {
		l.refused(err)
	}
}

func (l *loop) move(m Move) error {
	x := l.queue.all[m.ID]
	if x == nil {
		return fmt.Errorf("there is no exception %s", model.Clean(m.ID, 100))
	}
	move, ok := budget.MoveTo(x.State, m.To)
	if !ok {
		return fmt.Errorf("%w: %s is %s, which cannot become %s", budget.ErrIllegalMove, x.ID, x.State, model.Clean(string(m.To), 40))
	}
	now := l.now()
	d := budget.Decision{Move: move, At: now, Actor: m.Actor, Approver: m.Approver, Until: m.Until, Amount: int64(m.Amount), Reason: m.Reason}
	rules, s := l.rulesOf(x)
	after, err := x.Apply(d, rules)
	if err != nil {
		return err
	}
	step := ledger.Decision{Exception: x.ID, At: now, Actor: m.Actor, From: x.State, To: after.State, Until: after.Until, Reason: after.Reason}
	entry := auditEntry(x.State, after, move, m.Actor, l.o.Prices.AsOf)
	if move == budget.MoveExtend && x.Budget != "" {
		return l.extend(x, after, m, s, step, entry)
	}
	if err := l.keep.decideNow(after, step, nil, entry); err != nil {
		return l.lost(x, err)
	}
	x.Exception = after
	l.announce(x, true)
	return nil
}

// extend grants money at once, and writes it down; where that fails, nothing is granted.
func (l *loop) extend(x *raised, after budget.Exception, m Move, s *budget.Standing, step ledger.Decision, entry ledger.Entry) error {
	if s == nil {
		return fmt.Errorf("there is no budget %q any more", model.Clean(x.Budget, 60))
	}
	e := budget.Extension{Budget: s.Budget.Name, Key: s.Key, Amount: int64(m.Amount), Until: m.Until}
	if err := l.judge.Grant(e.Budget, e.Key, e.Amount, e.Until); err != nil {
		return err
	}
	limit := budget.Limit{Unit: s.Budget.Limit.Unit, Amount: e.Amount}
	entry.After = fmt.Sprintf("%s: %s more until %s", after.State, limit.Unit.Format(limit.Amount), m.Until.UTC().Format(time.RFC3339))
	if m.Approver != "" {
		entry.After += ", agreed by " + m.Approver
	}
	g := ledger.Grant{ID: x.ID + "-" + strconv.FormatInt(step.At.UnixNano(), 36), Budget: e.Budget, Key: e.Key, Exception: x.ID, Limit: limit,
		From: step.At, Until: m.Until, Reason: after.Reason, Requester: m.Actor, Approver: m.Approver}
	if err := l.keep.decideNow(after, step, &g, entry); err != nil {
		l.judge.Withdraw(e)
		return l.lost(x, err)
	}
	l.grants = append(l.grants, grant{e, step.At})
	l.atOnce = true
	x.Exception = after
	l.announce(x, true)
	return nil
}

// lost says why a decision was not written. Where somebody else was first, what
// they decided holds.
func (l *loop) lost(x *raised, err error) error {
	if errors.Is(err, ledger.ErrChanged) {
		l.keep.look()
		return fmt.Errorf("%s was changed by somebody else in the meantime", x.ID)
	}
	return err
}

// rulesOf are what a move of an exception is held to, and the standing of its budget.
func (l *loop) rulesOf(x *raised) (budget.Rules, *budget.Standing) {
	r := budget.Rules{Approver: cmp.Or(l.plan.Plan.Approvers[x.Budget], l.plan.Plan.Approvers[""])}
	if x.Budget == "" {
		return r, nil
	}
	for i := range l.standings {
		s := &l.standings[i]
		key := x.alert.Key
		if !x.byTier {
			key = string(x.Run)
		}
		if s.Budget.Name != x.Budget || s.Key != key {
			continue
		}
		r.Limit = s.Limit - s.Granted
		for _, g := range l.grants {
			if g.Budget == x.Budget && g.Key == s.Key && !g.from.Before(s.From) {
				r.Earlier++
			}
		}
		return r, s
	}
	return r, nil
}

// refused shows that something was not done.
func (l *loop) refused(err error) {
	l.tells = append(l.tells, Notice{At: l.now(), Text: model.Clean(err.Error(), 400), Effect: refusedEffect})
	l.tells = l.tells[max(0, len(l.tells)-10):]
	l.touched = true
}

const refusedEffect = "nothing was changed"

// tell takes a face's own notice.
func (l *loop) tell(n Notice) {
	l.tells = slices.DeleteFunc(l.tells, func(o Notice) bool { return o.Effect == n.Effect })
	if n.Text != "" {
		n.At = l.now()
		l.tells = append(l.tells, n)
	}
	l.touched = true
}

// told are the notices of the plan, of faces and of what was refused lately.
func (l *loop) told(now time.Time) []Notice {
	l.tells = slices.DeleteFunc(l.tells, func(n Notice) bool { return n.Effect == refusedEffect && now.Sub(n.At) >= refusedFor })
	return slices.Concat(l.plan.Problems, l.tells, l.keep.problems(), l.gateNotices(now))
}

// obeyLabel names a run's task and client by hand.
func (l *loop) obeyLabel(b Label) {
	b.Task, b.Client = model.Clean(b.Task, 100), model.Clean(b.Client, 100)
	// A dialog sends both fields as it showed them: what was found is no label, and
	// has to follow the settings still.
	found, old := l.put[b.Run], l.labels[b.Run]
	if old.Task == "" && b.Task == found.task {
		b.Task = ""
	}
	if old.Client == "" && b.Client == found.client {
		b.Client = ""
	}
	if err := l.keep.label(ledger.Label{Run: b.Run, Task: b.Task, Client: b.Client, At: l.now(), By: l.o.User}); err != nil {
		l.refused(err)
		return
	}
	l.setLabel(b)
}

func (l *loop) setLabel(b Label) {
	if b.Task == "" && b.Client == "" {
		delete(l.labels, b.Run)
	} else {
		l.labels[b.Run] = b
	}
	if err := l.rejudge(l.plan.Plan); err != nil {
		l.refused(err)
	}
	l.touched = true
}

// auditEntry is a move as the audit trail has it.
func auditEntry(before budget.Life, after budget.Exception, move budget.Move, actor, prices string) ledger.Entry {
	return ledger.Entry{At: after.Changed, Actor: actor, Action: string(move), Subject: after.ID, Before: string(before), After: string(after.State),
		Reason: after.Reason, Evidence: after.Rule + ": " + after.Observed, Prices: prices}
}
