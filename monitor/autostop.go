package monitor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// AutoStop says whether budgets with at_limit = "stop" stop runs by themselves. The
// zero AutoStop does nothing. Only the user's own settings can say so.
type AutoStop struct {
	On        bool
	Hard      bool          // signals that can't be refused follow where an interrupt did not do
	Countdown time.Duration // before each stop; 0 is ten seconds
}

func (a AutoStop) wait() time.Duration {
	if a.Countdown <= 0 {
		return 10 * time.Second
	}
	return a.Countdown
}

const (
	lateSpend = 30 * time.Minute // a run is a budget's if it spent something of it since
	orderKeep = "keep"           // of the ledger's order that calls a budget's stops off
	orderStop = "stop"           // of the one that says who carries a stop out
)

// autostops are the stops that budgets are about to make. It belongs to the loop.
type autostops struct {
	counting map[string]counting // by claim
	kept     map[string]bool     // claims of those that a person called off
	done     map[string]bool     // claims that were carried out, here or elsewhere
}

// counting is one countdown.
type counting struct {
	Countdown
	episode string
	claim   string
}

func newAutostops() autostops {
	return autostops{counting: map[string]counting{}, kept: map[string]bool{}, done: map[string]bool{}}
}

// stopsByItself says that budgets may stop runs.
func (l *loop) stopsByItself() bool {
	return l.plan.Auto.On && l.guards()
}

// guards says that this monitor acts without anybody asking.
func (l *loop) guards() bool {
	return l.o.Guards && l.acting.hands != nil && !l.o.ReadOnly
}

// autostop begins, ends and carries out countdowns.
func (l *loop) autostop(now time.Time) {
	a := &l.auto
	if !l.started || !l.stopsByItself() {
		if len(a.counting) > 0 {
			clear(a.counting)
			l.touched = true
		}
		return
	}
	due := map[string]counting{}
	for _, s := range l.standings {
		if s.Budget.AtLimit == budget.Stop && s.Budget.File == "" && s.Exceeded() && inPeriod(s, now) {
			l.overBudget(s, now, due)
		}
	}
	for claim := range a.counting {
		if _, still := due[claim]; !still { // it ended, or was given more
			delete(a.counting, claim)
			l.touched = true
		}
	}
	for claim, c := range due {
		if old, ok := a.counting[claim]; ok {
			c.At = old.At
		} else {
			l.tellCountdown(c, "countdown", fmt.Sprintf("%s: it is stopped in %s", c.Why, l.plan.Auto.wait()))
		}
		a.counting[claim] = c
		if !now.Before(c.At) {
			delete(a.counting, claim)
			l.carryOutStop(c)
		}
	}
}

// overBudget finds the runs that a budget's limit stops now.
func (l *loop) overBudget(s budget.Standing, now time.Time, due map[string]counting) {
	for _, r := range l.list {
		v := &r.view
		if v.State > StateSilent || l.acting.going[r.id] != nil {
			continue
		}
		since := now.Add(-lateSpend)
		if v.TurnSince.Before(since) {
			since = v.TurnSince
		}
		if since.Before(s.From) {
			since = s.From
		}
		if !l.judge.Counts(s.Budget.Name, s.Key, r.id, since) {
			continue
		}
		c := counting{episode: fmt.Sprintf("auto/%s/%s/%d/%d/%s", s.Budget.Name, s.Key, s.From.Unix(), s.Limit, r.id)}
		c.claim = c.episode + "/" + turnKey(r)
		if l.auto.kept[c.episode+"/keep"] || l.auto.done[c.claim] {
			continue
		}
		u := s.Budget.Limit.Unit
		c.Countdown = Countdown{Run: r.id, Name: r.name(), Budget: s.Budget.Name, At: now.Add(l.plan.Auto.wait()),
			Why: model.Clean(fmt.Sprintf("budget %s: %s of %s spent", s.Budget.Name, u.Format(s.Upper), u.Format(s.Limit)), 200)}
		due[c.claim] = c
	}
}

// inPeriod says that an instant lies in the standing's period.
func inPeriod(s budget.Standing, now time.Time) bool {
	return s.To.IsZero() || !now.Before(s.From) && now.Before(s.To)
}

// turnKey names what is stopped: the running turns of a run.
func turnKey(r *run) string {
	var ids []string
	for _, e := range r.threads {
		if e.thread.TurnCount > 0 && e.thread.Turn.State == model.TurnRunning {
			ids = append(ids, fmt.Sprintf("%s.%d", e.thread.ID, e.thread.TurnCount))
		}
	}
	slices.Sort(ids)
	if len(ids) == 0 {
		return "none"
	}
	return ids[0]
}

// countdowns are the stops that are about to be made, soonest first.
func (l *loop) countdowns() []Countdown {
	var all []Countdown
	for _, claim := range slices.Sorted(maps.Keys(l.auto.counting)) {
		all = append(all, l.auto.counting[claim].Countdown)
	}
	slices.SortStableFunc(all, func(a, b Countdown) int { return a.At.Compare(b.At) })
	return all
}

// nextStop is when the next stop is due; zero: none is.
func (l *loop) nextStop() (at time.Time) {
	for _, c := range l.auto.counting {
		if at.IsZero() || c.At.Before(at) {
			at = c.At
		}
	}
	return at
}

// carryOutStop stops a run for a budget, unless somebody else does or called it off.
func (l *loop) carryOutStop(c counting) {
	l.auto.done[c.claim] = true
	r := l.runBy(c.Run)
	if r == nil {
		return
	}
	if l.keptElsewhere(c.episode + "/keep") {
		l.auto.kept[c.episode+"/keep"] = true
		return
	}
	if l.claim(c.claim, orderStop, r.id, selfActor, c.Why) {
		l.stopByItself(r, c.Why)
	}
}

// obeyKeepRunning calls off what budgets are about to do to a run, for as long as
// their limits stay what they are.
func (l *loop) obeyKeepRunning(k KeepRunning) {
	if l.o.ReadOnly {
		l.refused(control.ErrReadOnly)
		return
	}
	found := false
	for claim, c := range l.auto.counting {
		if c.Run != k.Run {
			continue
		}
		found = true
		keep := c.episode + "/keep"
		l.auto.kept[keep] = true
		delete(l.auto.counting, claim)
		l.claim(keep, orderKeep, c.Run, l.o.User, model.Clean(k.Reason, 500))
		l.tellCountdown(c, "kept_running", c.Why+": kept running by "+l.o.User)
	}
	if !found {
		l.refused(errors.New("no stop was about to be made: it was carried out, or called off"))
	}
}

func (l *loop) tellCountdown(c counting, status, text string) {
	l.say(Fact{Type: factAction, At: l.now(), Run: c.Run, Name: c.Name, Status: status, Reason: c.Budget, Text: text})
	l.touched = true
}

// claim says in the ledger that something is done about a run, once. False where
// another monitor said so before. Without a ledger, and where it can't be written,
// every monitor does it: to interrupt a turn twice does no harm.
func (l *loop) claim(id, kind string, run model.RunID, actor, reason string) bool {
	if l.keep.ledger == nil {
		return true
	}
	ctx, stop := context.WithTimeout(context.Background(), decideTime)
	defer stop()
	now := l.now()
	o := ledger.Order{ID: id, Run: run, Kind: kind, At: now, Actor: actor, Reason: reason}
	if kind != orderKeep { // what is kept running is told to the others
		o.Done = now
	}
	e := ledger.Entry{At: now, Actor: actor, Action: "run_order." + kind, Subject: string(run), After: kind, Reason: reason, Evidence: id}
	err := l.keep.ledger.PutOrder(ctx, o, e)
	if err == nil {
		return true
	}
	all, listed := l.keep.ledger.OrdersSince(ctx, now.Add(-24*time.Hour))
	if listed == nil && slices.ContainsFunc(all, func(x ledger.Order) bool { return x.ID == id }) {
		return false
	}
	l.refused(fmt.Errorf("the ledger: %w", err))
	return true
}

// keptElsewhere says that another monitor's user called a stop off.
func (l *loop) keptElsewhere(keep string) bool {
	if l.keep.ledger == nil {
		return false
	}
	ctx, stop := context.WithTimeout(context.Background(), decideTime)
	defer stop()
	all, err := l.keep.ledger.Orders(ctx)
	return err == nil && slices.ContainsFunc(all, func(x ledger.Order) bool { return x.ID == keep })
}

// stopByItself stops a run without anybody asking: softly, and harder only where the
// settings say so.
func (l *loop) stopByItself(r *run, cause string) {
	r.refresh(l.o, l.now())
	d := &deed{actor: selfActor, cause: cause, target: r.target(), began: true,
		Deed: Deed{ID: rand.Text(), Kind: DeedStop, Run: r.id, Name: r.name(), State: DeedActing, Cost: r.view.Cost}}
	l.acting.going[r.id] = d
	w, hard := l.worker(d, r), l.plan.Auto.Hard
	l.act(func(ctx context.Context) { w.stopByItself(ctx, hard) })
}

// stopByItself climbs as far as it may.
func (w worker) stopByItself(ctx context.Context, hard bool) {
	looking, stop := context.WithTimeout(ctx, lookTime)
	p, err := w.hands.Plan(looking, w.target)
	stop()
	w.plan = p
	way := softest(p.Choices, hard)
	if err == nil && way == "" {
		err = fmt.Errorf("%w: %s", control.ErrForbidden, whyNot(p))
	}
	if err != nil {
		w.say(deedNews{err: err, over: true})
		return
	}
	for {
		i := Do{Way: way}
		if n := w.once(ctx, i); n.err != nil || n.outcome.Stopped || !hard {
			n.over = true
			w.say(n)
			return
		} else if way = softest(n.outcome.Next, true); way == "" {
			n.over = true
			w.say(n)
			return
		} else {
			w.plan = w.plan.After(*n.outcome)
		}
	}
}

// softest is the first way that ends turns; "" none that may be taken.
func softest(choices []control.Choice, hard bool) control.Way {
	for _, c := range choices {
		switch {
		case c.Way == control.Interrupt:
			return c.Way
		case hard && (c.Way == control.Again || c.Way == control.Terminate || c.Way == control.Kill):
			return c.Way
		}
	}
	return ""
}

func whyNot(p control.Plan) string {
	if p.Why != "" {
		return p.Why
	}
	var ways []string
	for _, c := range p.Choices {
		ways = append(ways, string(c.Way))
	}
	if len(ways) == 0 {
		return "nothing can be done about it"
	}
	return "it can't be interrupted, and by itself nothing harder is done (" + strings.Join(ways, ", ") + "): auto_stop_hard is off"
}
