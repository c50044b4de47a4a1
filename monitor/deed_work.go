package monitor

import (
	"context"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// worker does what takes time for one deed. It shares nothing with the loop: what it
// is told is copied, what it finds goes back through a channel.
type worker struct {
	hands  hands
	deed   *deed // only to say which: the loop alone reads and writes it
	kind   DeedKind
	plan   control.Plan
	target control.Target
	trail  trail
	cost   price.Cost
	live   bool // a turn of the run goes on
	gated  bool
	news   chan<- deedNews
	done   <-chan struct{} // the loop listens no more
	now    func() time.Time
}

func (l *loop) worker(d *deed, r *run) worker {
	return worker{
		hands: l.acting.hands, deed: d, kind: d.Kind, plan: d.next, target: d.target, trail: l.trail(d.actor, d.cause),
		cost: r.view.Cost, live: r.view.State <= StateSilent, gated: l.gateTrusted(), news: l.acting.news, done: l.ctx.Done(), now: l.now,
	}
}

// say tells the loop, which may be gone.
func (w worker) say(n deedNews) {
	n.deed = w.deed
	select {
	case w.news <- n:
	case <-w.done:
	}
}

// found is what can be done.
type found struct {
	plan   control.Plan
	orders []OrderOffer
	models []control.Model
	places []control.Place
}

// find finds out what can be done about the run.
func (w worker) find(ctx context.Context) (*found, error) {
	p, err := w.hands.Plan(ctx, w.target)
	if err != nil {
		return nil, err
	}
	f := &found{plan: p}
	switch w.kind {
	case DeedStop:
		f.orders = orderOffers(p, w.gated)
	case DeedDowngrade:
		f.models, err = w.hands.Models(ctx, p.Owner, w.target.Home)
	case DeedTakeOver:
		f.places = w.hands.Places(ctx, p)
	}
	return f, err
}

// ready shows what was found.
func (l *loop) ready(d *deed, f *found) {
	d.State, d.Plan, d.next, d.Orders, d.Places = DeedReady, f.plan, f.plan, f.orders, f.places
	resume := f.plan.Resume
	switch d.Kind {
	case DeedDowngrade:
		d.Models, d.Known = l.offersFor(d, f), f.models
		for _, o := range d.Models {
			if !o.Current {
				d.How = o.How
				break
			}
		}
	case DeedTakeOver:
		resume = f.plan.HandOver()
	}
	if len(resume) > 0 {
		d.Command = l.commandOf(d, resume)
	}
}

// offersFor are the models that a run can go on with, judged by its own tokens.
func (l *loop) offersFor(d *deed, f *found) []ModelOffer {
	r := l.runBy(d.Run)
	if r == nil {
		return nil
	}
	now, root := l.now(), r.root()
	in := OfferInput{Now: now, Zone: l.o.Zone, Prices: l.o.Prices, Policy: l.plan.Plan.Policy, Threads: []*model.Thread{root.thread},
		Rate: r.rate(now), Today: l.agg.today, Settings: f.plan.Turns[root.thread.ID].Settings,
		Context: root.thread.Context, Models: f.models, Later: f.plan.Owner.Kind == control.Server}
	if in.Settings.Model == "" {
		in.Settings.Model, in.Settings.Effort, in.Settings.Tier = root.thread.Model, root.thread.Effort, root.thread.Tier
	}
	for _, e := range r.threads {
		if e != root {
			in.Threads = append(in.Threads, e.thread)
		}
	}
	for _, o := range l.list {
		one := o.rate(now)
		in.All.USDPerHour = in.All.USDPerHour.Add(one.USDPerHour)
		in.All.Floor = in.All.Floor || one.Floor
	}
	offers := Offers(in)
	for i := range offers {
		o := &offers[i]
		if o.Current {
			continue
		}
		s := control.Switch{Model: o.Model, Effort: o.Effort}
		o.How, o.Command = f.plan.How(s), l.commandOf(d, f.plan.SwitchCommand(s))
	}
	return offers
}

// carryOut does what was chosen: first how the run stands is saved, then it is done,
// then what was observed is written down.
func (w worker) carryOut(ctx context.Context, i Do) {
	n := w.once(ctx, i)
	n.over = true
	w.say(n)
}

// once does one thing, with all that is written down about it.
func (w worker) once(ctx context.Context, i Do) deedNews {
	for _, s := range w.trail.before(ctx, w, i) {
		w.say(deedNews{step: &s})
	}
	o, move, err := w.perform(ctx, i)
	if s := w.trail.after(ctx, w, i, o, err); s != nil {
		w.say(deedNews{step: s})
	}
	n := deedNews{err: err}
	if err == nil || len(o.Steps) > 0 { // what was begun has an outcome, whatever ended it
		n.outcome = &o
	}
	if (o.Stopped || o.Switched) && err == nil {
		n.move = move
		if move == budget.Downgraded {
			n.to = i.Switch
		}
	}
	return n
}

// perform does what was chosen, and says what the run's exceptions become by it.
func (w worker) perform(ctx context.Context, i Do) (o control.Outcome, to budget.Life, err error) {
	tell := func(s control.Step) { w.say(deedNews{step: &s}) }
	switch {
	case i.Way != "":
		o, err = w.hands.Act(ctx, w.plan, i.Way, tell)
		return o, budget.Stopped, err
	case w.kind == DeedDowngrade && i.Switch != nil:
		o, err = w.hands.Downgrade(ctx, w.plan, *i.Switch, tell)
		if !o.Switched {
			return o, budget.Stopped, err
		}
		return o, budget.Downgraded, err
	case w.kind == DeedTakeOver:
		o, err = w.hands.TakeOver(ctx, w.plan, i.Place, tell)
		return o, budget.TakenOver, err
	}
	return o, "", control.ErrForbidden
}

// commandOf is a command about a deed's run, as a person pastes it into a shell.
func (l *loop) commandOf(d *deed, args []string) string {
	return CommandLine(l.o.shellHome(d.target.Home), d.next.Folder(), args)
}
