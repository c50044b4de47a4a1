package monitor

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// CallOff ends an order that holds.
type CallOff struct{ Order string }

func (CallOff) intent() {}

// orders are what is to happen to runs later. It belongs to the loop. The ledger has
// them too: a monitor that sees what one waits for ends it there first, so that of
// several only one carries it out.
type orders struct {
	all     []Order         // that hold, oldest first; replaced, never changed
	claimed map[string]bool // orders that this monitor has ended, or found ended
	turns   map[string]int  // number of the root's turn when an order for its end was given
}

func newOrders() orders { return orders{claimed: map[string]bool{}, turns: map[string]int{}} }

// orderOffers are the soft landings that can be kept for a run.
func orderOffers(p control.Plan, gated bool) []OrderOffer {
	if len(p.Choices) == 0 {
		return nil
	}
	var all []OrderOffer
	// codex exec ends with its turn by itself: there is nothing to hold back after it.
	if p.Owner.Kind != control.Exec && turnRuns(p) {
		by := "a further turn is interrupted when it begins, as long as a monitor or a guard runs"
		if gated {
			by = "Codex's hook refuses a further turn"
		}
		all = append(all, OrderOffer{Kind: OrderTurnEnd, Label: "Stop at the end of this turn",
			Effects: []string{"this turn goes on to its end", by, "it holds until it is called off"}})
	}
	all = append(all, OrderOffer{Kind: OrderAmount, Label: "Stop when it has cost an amount",
		Effects: []string{"it goes on until the run has cost so much in all", "then its turn is interrupted, as long as a monitor or a guard runs"}})
	if gated {
		all = append(all, OrderOffer{Kind: OrderHold, Label: "Refuse new turns until a time",
			Effects: []string{"the running turn goes on", "Codex's hook refuses every further turn until then"}})
	}
	return all
}

// turnRuns says that a turn of the run goes on, as far as its files tell.
func turnRuns(p control.Plan) bool {
	for _, t := range p.Turns {
		if t.Number > 0 && t.State == model.TurnRunning {
			return true
		}
	}
	return false
}

// orderFrom gives the order that a person chose.
func (l *loop) orderFrom(d *deed, o Order) {
	if err := l.order(d, &o); err != nil {
		d.refuse(err)
		return
	}
	now := l.now()
	d.began = true
	step := control.Step{At: now, Key: "order", State: control.StepDone, Text: "ordered: " + o.words()}
	d.State, d.Steps = DeedEnded, []control.Step{step}
	d.Outcome = control.Outcome{At: now, ExitCode: -1, Steps: d.Steps, Next: d.next.Choices, Resume: d.Plan.Resume}
}

// order checks an order, writes it down and lets it hold.
func (l *loop) order(d *deed, o *Order) error {
	now := l.now()
	*o = Order{ID: rand.Text(), Run: d.Run, Kind: o.Kind, Amount: o.Amount, Until: o.Until, At: now, Actor: d.actor,
		Reason: cmp.Or(d.cause, model.Clean(o.Reason, 500))}
	if !slices.ContainsFunc(d.Orders, func(x OrderOffer) bool { return x.Kind == o.Kind }) {
		return fmt.Errorf("%w: %q is not offered", control.ErrForbidden, model.Clean(string(o.Kind), 40))
	}
	if err := o.complete(l.runBy(d.Run), now); err != nil {
		return err
	}
	if err := l.putOrder(*o); err != nil {
		return err
	}
	l.holdOrder(*o)
	l.say(Fact{Type: factAction, At: now, Run: d.Run, Name: d.Name, Status: "ordered", Reason: d.actor, Text: "ordered by " + d.actor + ": " + o.words()})
	return nil
}

// complete says what an order lacks, and takes away what is not of its kind.
func (o *Order) complete(r *run, now time.Time) error {
	amount, until := o.Amount, o.Until
	o.Amount, o.Until = 0, time.Time{}
	switch o.Kind {
	case OrderAmount:
		if amount <= 0 {
			return errors.New("the amount at which it is to stop is missing")
		}
		if r != nil && r.view.Cost.USD >= amount {
			return fmt.Errorf("it has cost %s already: stop it now instead", dollarText(r.view.Cost.USD))
		}
		o.Amount = amount
	case OrderHold:
		if !until.After(now) {
			return errors.New("until when new turns are to be refused is missing, or past")
		}
		o.Until = until
	}
	return nil
}

// words says what is to happen.
func (o Order) words() string {
	switch o.Kind {
	case OrderTurnEnd:
		return "no further turn after this one"
	case OrderAmount:
		return "stop when it has cost " + dollarText(o.Amount)
	}
	return "refuse new turns until " + o.Until.Format("2006-01-02 15:04")
}

func dollarText(m price.Money) string { return fmt.Sprintf("$%.2f", m.Dollars()) }

// entry is an order's entry of the audit trail.
func (o Order) entry(at time.Time, actor, before, after string) ledger.Entry {
	return ledger.Entry{At: at, Actor: actor, Action: "run_order." + string(o.Kind), Subject: string(o.Run), Before: before, After: after,
		Reason: o.Reason, Evidence: "order " + o.ID + ": " + o.words()}
}

func (o Order) kept() ledger.Order {
	return ledger.Order{ID: o.ID, Run: o.Run, Kind: string(o.Kind), Amount: o.Amount, Until: o.Until, At: o.At, Actor: o.Actor, Reason: o.Reason, Done: o.Done}
}

// putOrder writes an order down and waits for it. Without a ledger it holds for this
// monitor alone.
func (l *loop) putOrder(o Order) error {
	ctx, stop := context.WithTimeout(context.Background(), decideTime)
	defer stop()
	e := o.entry(o.At, o.Actor, "", "holds")
	if l.keep.ledger == nil {
		return l.trail(o.Actor, o.Reason).write(ctx, e)
	}
	return l.keep.ledger.PutOrder(ctx, o.kept(), e)
}

// holdOrder lets an order hold from now on.
func (l *loop) holdOrder(o Order) {
	if slices.ContainsFunc(l.orders.all, func(x Order) bool { return x.ID == o.ID }) || l.orders.claimed[o.ID] {
		return
	}
	l.orders.all = append(slices.Clone(l.orders.all), o)
	l.touched = true
}

// takeOrders takes the orders that hold by the ledger.
func (l *loop) takeOrders(kept []ledger.Order) {
	var all []Order
	for _, k := range kept {
		if k.Kind == orderKeep {
			l.auto.kept[k.ID] = true
			continue
		}
		if l.orders.claimed[k.ID] {
			continue
		}
		all = append(all, Order{ID: k.ID, Run: k.Run, Kind: OrderKind(k.Kind), Amount: k.Amount, Until: k.Until, At: k.At, Actor: k.Actor, Reason: k.Reason})
	}
	if !slices.Equal(all, l.orders.all) {
		l.orders.all, l.touched = all, true
	}
}

// endOrder says in the ledger that an order is over. False where somebody else said
// so before: then it is theirs to carry out.
func (l *loop) endOrder(o Order, actor, how string) bool {
	l.orders.claimed[o.ID] = true
	l.orders.all = slices.DeleteFunc(slices.Clone(l.orders.all), func(x Order) bool { return x.ID == o.ID })
	l.touched = true
	ctx, stop := context.WithTimeout(context.Background(), decideTime)
	defer stop()
	now := l.now()
	e := o.entry(now, actor, "holds", how)
	var err error
	if l.keep.ledger != nil {
		err = l.keep.ledger.EndOrder(ctx, o.ID, now, e)
	} else if err = l.trail(actor, o.Reason).write(ctx, e); err != nil {
		l.refused(err)
		return true // it holds for this monitor alone, which ends it
	}
	switch {
	case errors.Is(err, ledger.ErrUnknown):
		return false
	case err != nil:
		delete(l.orders.claimed, o.ID) // the next look at the ledger brings it back
		l.refused(fmt.Errorf("order for %s: %w", model.Clean(string(o.Run), 40), err))
		return false
	}
	return true
}

// obeyCallOff ends an order that a person does not want any more.
func (l *loop) obeyCallOff(i CallOff) {
	if l.o.ReadOnly {
		l.refused(control.ErrReadOnly)
		return
	}
	j := slices.IndexFunc(l.orders.all, func(o Order) bool { return o.ID == i.Order })
	if j < 0 {
		l.refused(errors.New("there is no such order any more"))
		return
	}
	o := l.orders.all[j]
	if l.endOrder(o, l.o.User, "called off") {
		l.say(Fact{Type: factAction, At: l.now(), Run: o.Run, Name: l.nameOf(o.Run), Status: "called_off", Reason: l.o.User,
			Text: "called off by " + l.o.User + ": " + o.words()})
	}
}

func (l *loop) nameOf(id model.RunID) string {
	if r := l.runBy(id); r != nil {
		return r.name()
	}
	return shortID(string(id))
}

// ordersDue carries out the orders whose time has come.
func (l *loop) ordersDue(now time.Time) {
	if !l.guards() || l.readyAt.IsZero() {
		return
	}
	for _, o := range l.orders.all {
		r := l.runBy(o.Run)
		switch {
		case o.Kind == OrderHold:
			if !now.Before(o.Until) {
				l.endOrder(o, selfActor, "its time is over")
			}
			continue
		case r == nil || l.acting.going[o.Run] != nil:
			continue
		case l.over(r, now):
			l.endOrder(o, selfActor, "the run is over")
			continue
		}
		switch o.Kind {
		case OrderAmount:
			if r.view.Cost.USD >= o.Amount && r.view.State <= StateSilent && l.endOrder(o, selfActor, "carried out") {
				l.stopByItself(r, "order: "+o.words())
			}
		case OrderTurnEnd:
			l.turnEndDue(o, r)
		}
	}
}

// over says that nothing works on a run any more, for so long that it is not shown.
func (l *loop) over(r *run, now time.Time) bool {
	return !r.view.State.Live() && now.Sub(r.view.LastAt) >= shownFor
}

// turnEndDue sees to it that no turn follows the one during which an order was given.
// It holds until the run is over: what begins is interrupted, each time.
func (l *loop) turnEndDue(o Order, r *run) {
	t := r.root().thread
	began, seen := l.orders.turns[o.ID]
	if !seen {
		began = t.TurnCount
		if t.Turn.Started.After(o.At) {
			began-- // it began after the order was given
		}
		l.orders.turns[o.ID] = began
	}
	if t.TurnCount <= began || t.Turn.State != model.TurnRunning || r.view.State > StateSilent {
		return
	}
	if l.gateTrusted() && l.now().Sub(t.Turn.Started) < gateGrace {
		return // Codex's hook refuses it by itself
	}
	l.orders.turns[o.ID] = t.TurnCount
	if cause := "order: " + o.words(); l.claim(o.ID+"/"+turnKey(r), orderStop, r.id, selfActor, cause) {
		l.stopByItself(r, cause)
	}
}

// gateGrace is how long a turn may go on that the gate is to refuse.
const gateGrace = 2 * time.Second

// ordersNow are the orders as a snapshot shows them.
func (l *loop) ordersNow() []Order { return l.orders.all }
