package monitor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// deed is one deed on its way. Its slices are replaced, never changed: snapshots share them.
type deed struct {
	Deed
	actor  string
	cause  string             // why, for the audit trail: a person's words, or a budget
	stop   context.CancelFunc // of finding out; nil once that is done
	began  bool               // something was done
	target control.Target
	next   control.Plan // of what is offered now
}

// deedNews is what a goroutine that works on a deed tells the loop.
type deedNews struct {
	deed    *deed
	found   *found
	step    *control.Step
	outcome *control.Outcome
	err     error
	move    budget.Life     // of the run's exceptions, where it did what was wanted
	to      *control.Switch // that was carried out
	over    bool            // nothing more comes
}

// obeyAsk begins to find out what can be done about a run.
func (l *loop) obeyAsk(a Ask) {
	l.leave()
	d := &deed{actor: l.o.User, Deed: Deed{ID: a.ID, Kind: a.Kind, Run: a.Run, State: DeedLooking}}
	l.acting.deed = d
	l.touched = true
	r := l.runBy(a.Run)
	if err := l.mayAct(r); err != nil {
		d.refuse(err)
		return
	}
	l.foldWhole(r.id)
	l.lookInto(d, r)
}

// mayAct says why nothing can be done about a run at all; nil where something may be.
func (l *loop) mayAct(r *run) error {
	switch {
	case l.o.ReadOnly:
		return control.ErrReadOnly
	case l.acting.hands == nil:
		return fmt.Errorf("%w: this monitor only watches", control.ErrForbidden)
	case r == nil:
		return ErrNotFound
	case l.acting.going[r.id] != nil:
		return fmt.Errorf("%w: something is being done about it at this moment", control.ErrForbidden)
	}
	return nil
}

func (d *deed) refuse(err error) {
	d.State, d.Why = DeedRefused, model.Clean(err.Error(), 400)
}

// lookInto starts to find out who owns a run.
func (l *loop) lookInto(d *deed, r *run) {
	r.refresh(l.o, l.now())
	d.Name, d.Cost, d.target = r.name(), r.view.Cost, r.target()
	ctx, stop := context.WithTimeout(l.ctx, lookTime)
	d.stop = stop
	w := l.worker(d, r)
	l.acting.wait.Go(func() {
		defer stop()
		f, err := w.find(ctx)
		w.say(deedNews{deed: d, found: f, err: err, over: err != nil})
	})
}

// obeyDo carries out what was chosen.
func (l *loop) obeyDo(i Do) {
	d := l.acting.deed
	if d == nil || d.ID != i.ID {
		l.refused(errors.New("what was to be done is not on the screen any more"))
		return
	}
	l.touched = true
	if d.State != DeedReady && d.State != DeedEnded {
		return // it is being carried out, or was refused
	}
	r := l.runBy(d.Run)
	if err := l.mayAct(r); err != nil {
		d.refuse(err)
		return
	}
	d.cause = model.Clean(i.Reason, 500)
	if i.Order != nil {
		l.orderFrom(d, *i.Order)
		return
	}
	if err := d.allows(i); err != nil {
		d.refuse(err)
		return
	}
	l.carryOut(d, r, i)
}

// allows says why a choice is not one of those that are offered.
func (d *deed) allows(i Do) error {
	kind := d.Kind
	if i.Way != "" {
		kind = DeedStop // a next step of whatever was done
	}
	switch kind {
	case DeedDowngrade:
		if i.Switch == nil {
			return fmt.Errorf("%w: which model it is to go on with was not said", control.ErrForbidden)
		}
		return nil // the model is checked where it is done
	case DeedTakeOver:
		if !slices.Contains(d.Places, i.Place) {
			return fmt.Errorf("%w: it can't be taken over in that place", control.ErrForbidden)
		}
		return nil
	}
	if !slices.ContainsFunc(d.next.Choices, func(c control.Choice) bool { return c.Way == i.Way }) {
		return fmt.Errorf("%w: %q is not offered", control.ErrForbidden, model.Clean(string(i.Way), 40))
	}
	return nil
}

// carryOut does it, in a goroutine of its own. It goes on where the face leaves, and
// for a while where the monitor ends.
func (l *loop) carryOut(d *deed, r *run, i Do) {
	now := l.now()
	r.refresh(l.o, now)
	if !d.began {
		d.Cost, d.Rate = r.view.Cost, l.rateNow(now)
	}
	d.began = true
	d.State, d.Steps, d.Outcome, d.Why = DeedActing, nil, control.Outcome{}, ""
	l.acting.going[d.Run] = d
	w := l.worker(d, r)
	l.act(func(ctx context.Context) { w.carryOut(ctx, i) })
}

// act runs a deed in a goroutine of its own. One that was begun is not left half
// done where the monitor ends: it has a while to come to its end.
func (l *loop) act(do func(context.Context)) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(l.ctx), actTime)
	l.acting.wait.Go(func() {
		defer stop()
		defer context.AfterFunc(l.ctx, func() {
			select {
			case <-time.After(graceTime):
				stop()
			case <-ctx.Done():
			}
		})()
		do(ctx)
	})
}

// rateNow is the burn of all runs an hour.
func (l *loop) rateNow(now time.Time) (sum price.Money) {
	for _, r := range l.list {
		if r.view.Rate.burning() {
			sum = sum.Add(r.rate(now).USDPerHour)
		}
	}
	return sum
}

// takeNews takes what is told of a deed.
func (l *loop) takeNews(n deedNews) {
	d := n.deed
	l.touched = true
	if n.step != nil {
		d.Steps = withStep(d.Steps, *n.step)
	}
	if n.found != nil {
		l.ready(d, n.found)
	}
	if n.outcome != nil {
		d.State, d.Outcome, d.next = DeedEnded, *n.outcome, d.next.After(*n.outcome)
		if len(n.outcome.Resume) > 0 {
			d.Command = l.commandOf(d, n.outcome.Resume)
		}
	}
	switch {
	case n.err != nil && n.outcome != nil:
		d.Why = model.Clean(n.err.Error(), 400)
	case n.err != nil:
		d.refuse(n.err)
		if by := (*control.Refusal)(nil); errors.As(n.err, &by) && len(by.Command) > 0 {
			d.Command = l.commandOf(d, by.Command)
		}
	}
	if !n.over {
		return
	}
	if l.acting.going[d.Run] == d {
		delete(l.acting.going, d.Run)
		l.ended(d, n)
		if n.to != nil {
			l.switched(d, *n.to, *n.outcome)
		}
	}
}

// withStep gives the steps with one more, which takes the place of an earlier one of its key.
func withStep(steps []control.Step, s control.Step) []control.Step {
	i := slices.IndexFunc(steps, func(o control.Step) bool { return s.Key != "" && o.Key == s.Key })
	steps = slices.Clone(steps)
	if i < 0 {
		return append(steps, s)
	}
	steps[i] = s
	return steps
}

// ended tells everybody of what was done, and moves the run's exceptions along.
func (l *loop) ended(d *deed, n deedNews) {
	text := d.summary(n.err)
	l.say(Fact{Type: factAction, At: l.now(), Run: d.Run, Name: d.Name, Status: d.status(n.err), Reason: d.actor, Text: text})
	if n.move != "" {
		l.settle(d, n.move)
	}
	l.owned.look()
	if d.actor == selfActor && !d.Outcome.Stopped {
		l.tell(Notice{Text: d.Name + " could not be stopped: " + cmp.Or(d.Why, "it was not seen to end"), Effect: "it goes on (" + d.cause + ")",
			Fix: "tokenburn stop " + shortID(string(d.Run))})
	}
}

// status is stopped, switched, failed or refused.
func (d *deed) status(err error) string {
	switch {
	case err != nil:
		return "refused"
	case d.Outcome.Switched:
		return "switched"
	case d.Outcome.Stopped:
		return "stopped"
	}
	return "failed"
}

// summary is one line about what was done.
func (d *deed) summary(err error) string {
	what := map[DeedKind]string{DeedStop: "stop", DeedDowngrade: "downgrade", DeedTakeOver: "take-over"}[d.Kind]
	switch {
	case err != nil:
		return fmt.Sprintf("%s by %s: %s", what, d.actor, model.Clean(err.Error(), 200))
	case d.Outcome.Switched:
		return fmt.Sprintf("%s by %s: it goes on with another model", what, d.actor)
	case d.Outcome.Stopped:
		return fmt.Sprintf("%s by %s: it stopped", what, d.actor)
	}
	return fmt.Sprintf("%s by %s: not proved to have stopped", what, d.actor)
}

// settle moves the exceptions of a run that somebody asked about to what was done.
func (l *loop) settle(d *deed, to budget.Life) {
	for _, x := range l.queue.of(d.Run) {
		move, ok := budget.MoveTo(x.State, to)
		if !ok || x.shared() {
			continue
		}
		if _, err := x.Apply(budget.Decision{Move: move, At: l.now(), Actor: d.actor}, budget.Rules{}); err != nil {
			continue // somebody decided on it already
		}
		if err := l.move(Move{ID: x.ID, To: to, Actor: d.actor, Reason: cmp.Or(d.cause, "by tokenburn")}); err != nil {
			l.refused(err)
		}
	}
}

// leave takes a deed off the screen.
func (l *loop) leave() {
	d := l.acting.deed
	if d == nil {
		return
	}
	if d.stop != nil {
		d.stop()
	}
	l.acting.deed = nil
	l.touched = true
}

// obeyLeave is leave, of the one that is meant. One that is being carried out goes
// on and is told of, so that whoever comes back finds what became of it.
func (l *loop) obeyLeave(i Leave) {
	if d := l.acting.deed; d != nil && d.ID == i.ID && d.State != DeedActing {
		l.leave()
	}
}

// showHands puts into a snapshot who works on what, and what is done about it.
func (l *loop) showHands(s *Snapshot) {
	s.ReadOnly = l.o.ReadOnly || l.acting.hands == nil
	running := l.showOwners(s)
	s.Orders, s.Countdowns = l.ordersNow(), l.countdowns()
	if l.owned.busy.Swap(running) != running && running {
		l.owned.look()
	}
	l.showDeed(s)
}

// showDeed puts the deed into a snapshot.
func (l *loop) showDeed(s *Snapshot) {
	d := l.acting.deed
	if d == nil {
		return
	}
	shown := d.Deed
	shown.RateNow = s.Rate.USDPerHour
	shown.Gated = s.Gate.Trusted
	if !d.began {
		shown.Rate = shown.RateNow
		if r := l.runBy(d.Run); r != nil {
			shown.Cost = r.view.Cost
		}
	}
	s.Deed = &shown
}
