package monitor

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
)

// stopAt is a plan whose one budget stops runs.
func stopAt(limit price.Money, auto AutoStop) func(Repositories) Planned {
	b := budget.Budget{Name: "each", Period: budget.Period{Name: budget.Run}, Limit: budget.Limit{Unit: budget.USD, Amount: int64(limit)}, AtLimit: budget.Stop}
	return func(Repositories) Planned { return Planned{Plan: budget.Plan{Budgets: []budget.Budget{b}}, Auto: auto} }
}

const cent = price.Dollar / 100

// burning is a run over a budget, and hands that stop it.
func burning(t *testing.T) (codexHome, *session, *playedHands) {
	t.Helper()
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	hands := &playedHands{act: stopping(s)}
	hands.own(s.id, control.Owner{Kind: control.Exec, Process: control.Process{PID: 4711}})
	return h, s, hands
}

func stateIs(want State) func(Snapshot) bool {
	return func(sn Snapshot) bool { return len(sn.Runs) > 0 && sn.Runs[0].State == want }
}

// A budget stops a run after its countdown, by an interrupt, and says so.
func TestAutoStop(t *testing.T) {
	h, s, hands := burning(t)
	book := openLedger(t, filepath.Join(t.TempDir(), "ledger.db"))
	l := startWith(t, Options{Homes: []string{h.path}, Ledger: book, Guards: true, Plan: stopAt(cent, AutoStop{On: true, Countdown: 300 * time.Millisecond})}, hands)
	sn := l.until("a countdown", func(sn Snapshot) bool { return len(sn.Countdowns) == 1 })
	if c := sn.Countdowns[0]; c.Run != runID(s) || c.Budget != "each" || c.At.IsZero() || !strings.Contains(c.Why, "of $0.01 spent") {
		t.Errorf("countdown %+v", c)
	}
	if sn.Budgets[0].Enforced != budget.Enforced {
		t.Errorf("the budget is %s", sn.Budgets[0].Enforced)
	}
	sn = l.until("stopped", func(sn Snapshot) bool { return strings.Contains(logText(sn), "stop by tokenburn: it stopped") })
	if got := hands.done(); len(got) != 1 || got[0] != control.Interrupt || len(sn.Countdowns) != 0 {
		t.Errorf("done %v, counting %v", got, sn.Countdowns)
	}
	l.until("its exception is decided", func(sn Snapshot) bool { return find(sn.Exceptions, budget.RuleHard) == nil })
	trail, _ := book.Trail(t.Context(), time.Time{})
	for _, e := range trail {
		if e.Actor != selfActor || !strings.Contains(e.Reason+e.Evidence, "each") {
			t.Errorf("entry %+v", e)
		}
	}
}

// Nothing is stopped where that was not asked for, or was called off.
func TestAutoStopLeavesAlone(t *testing.T) {
	on := AutoStop{On: true, Countdown: 100 * time.Millisecond}
	cases := []struct {
		name    string
		options Options
	}{
		{"off by default", Options{Guards: true, Plan: stopAt(cent, AutoStop{Countdown: time.Millisecond})}},
		{"no guard", Options{Plan: stopAt(cent, on)}},
		{"read-only", Options{Guards: true, ReadOnly: true, Plan: stopAt(cent, on)}},
		{"below the limit", Options{Guards: true, Plan: stopAt(price.Dollar, on)}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, s, hands := burning(t)
			c.options.Homes = []string{h.path}
			l := startWith(t, c.options, hands)
			l.until("judged", func(sn Snapshot) bool { return len(sn.Budgets) == 1 && sn.Budgets[0].Spent > 0 })
			s.now = time.Now()
			s.wait(time.Second).answer(small)
			sn := l.until("another answer", responses(2))
			if len(sn.Countdowns) != 0 || len(hands.done()) != 0 {
				t.Errorf("counting %v, done %v", sn.Countdowns, hands.done())
			}
		})
	}
}

// Whoever wants it to go on calls the stop off, in every monitor of the ledger.
func TestKeepRunning(t *testing.T) {
	h, s, hands := burning(t)
	book := openLedger(t, filepath.Join(t.TempDir(), "ledger.db"))
	o := Options{Homes: []string{h.path}, Ledger: book, Guards: true, Plan: stopAt(cent, AutoStop{On: true, Countdown: time.Hour})}
	l := startWith(t, o, hands)
	other := startWith(t, o, hands)
	counts := func(sn Snapshot) bool { return len(sn.Countdowns) == 1 }
	l.until("a countdown", counts)
	other.until("a countdown there too", counts)
	l.m.Send(KeepRunning{Run: runID(s), Reason: "nearly done"})
	l.until("kept", func(sn Snapshot) bool {
		return len(sn.Countdowns) == 0 && strings.Contains(logText(sn), "kept running by dev")
	})
	other.until("kept there too", func(sn Snapshot) bool { return len(sn.Countdowns) == 0 })
	s.now = time.Now()
	s.answer(small)
	for _, m := range []*live{l, other} {
		if sn := m.until("it goes on", responses(2)); len(sn.Countdowns) != 0 {
			t.Errorf("counting again: %v", sn.Countdowns)
		}
	}
	if len(hands.done()) != 0 {
		t.Errorf("done %v", hands.done())
	}
}

// Two monitors with one ledger: one of them stops the run, once.
func TestAutoStopOnce(t *testing.T) {
	h, _, hands := burning(t)
	path := filepath.Join(t.TempDir(), "ledger.db")
	var all []*live
	for range 2 {
		all = append(all, startWith(t, Options{Homes: []string{h.path}, Ledger: openLedger(t, path), Guards: true,
			Plan: stopAt(cent, AutoStop{On: true, Countdown: 500 * time.Millisecond})}, hands))
	}
	for _, l := range all {
		l.until("stopped", stateIs(StateStopped))
	}
	for _, l := range all {
		l.until("no countdown", func(sn Snapshot) bool { return len(sn.Countdowns) == 0 })
	}
	if got := hands.done(); len(got) != 1 {
		t.Errorf("done %v", got)
	}
}

// The ladder is climbed only as far as the settings allow.
func TestAutoStopLadder(t *testing.T) {
	next := map[control.Way]control.Way{control.Interrupt: control.Again, control.Again: control.Terminate, control.Terminate: control.Kill}
	stubborn := func(_ context.Context, w control.Way, tell func(control.Step)) (control.Outcome, error) {
		step := control.Step{Key: "turn", State: control.StepFailed, Text: "it still runs"}
		tell(step)
		o := control.Outcome{At: time.Now(), Way: w, ExitCode: -1, Steps: []control.Step{step}, Stopped: w == control.Kill}
		if n := next[w]; n != "" {
			o.Next = []control.Choice{{Way: control.Children}, {Way: n}}
		}
		return o, nil
	}
	for _, c := range []struct {
		hard bool
		want string
		told string
	}{
		{false, "interrupt", "not proved to have stopped"},
		{true, "interrupt again terminate kill", "it stopped"},
	} {
		h, _, hands := burning(t)
		hands.act = stubborn
		l := startWith(t, Options{Homes: []string{h.path}, StateFolder: t.TempDir(), Guards: true,
			Plan: stopAt(cent, AutoStop{On: true, Hard: c.hard, Countdown: time.Millisecond})}, hands)
		l.until("its end is told", func(sn Snapshot) bool { return strings.Contains(logText(sn), c.told) })
		var got []string
		for _, w := range hands.done() {
			got = append(got, string(w))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("hard %t: %v, want %s", c.hard, got, c.want)
		}
	}
}

// An order for an amount is carried out once, by whichever monitor sees it, also one
// that began after it was given.
func TestOrderAtAnAmount(t *testing.T) {
	h, s, hands := burning(t)
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := startWith(t, Options{Homes: []string{h.path}, Ledger: openLedger(t, path)}, hands) // it only asks
	l.until("history", responses(1))
	l.m.Send(Ask{ID: "a", Run: runID(s), Kind: DeedStop})
	l.until("ready", deedIs("a", DeedReady))
	l.m.Send(Do{ID: "a", Order: &Order{Kind: OrderTurnEnd}})
	if d := l.until("not of an exec", deedIs("a", DeedRefused)).Deed; !strings.Contains(d.Why, "not offered") {
		t.Errorf("why %q", d.Why)
	}
	l.m.Send(Ask{ID: "b", Run: runID(s), Kind: DeedStop})
	l.until("ready", deedIs("b", DeedReady))
	l.m.Send(Do{ID: "b", Order: &Order{Kind: OrderAmount, Amount: 8 * cent}, Reason: "enough then"})
	sn := l.until("ordered", func(sn Snapshot) bool { return deedIs("b", DeedEnded)(sn) && len(sn.Orders) == 1 })
	if o := sn.Orders[0]; o.Actor != "dev" || o.Reason != "enough then" || o.Amount != 8*cent {
		t.Errorf("order %+v", o)
	}
	var guards []*live
	for range 2 {
		guards = append(guards, startWith(t, Options{Homes: []string{h.path}, Ledger: openLedger(t, path), Guards: true}, hands))
	}
	for _, g := range guards {
		g.until("the order is known", func(sn Snapshot) bool { return len(sn.Orders) == 1 })
	}
	if len(hands.done()) != 0 {
		t.Fatalf("done before: %v", hands.done())
	}
	s.now = time.Now()
	s.answer(small)
	for _, m := range append(guards, l) {
		m.until("stopped, and no order left", func(sn Snapshot) bool { return stateIs(StateStopped)(sn) && len(sn.Orders) == 0 })
	}
	if got := hands.done(); len(got) != 1 || got[0] != control.Interrupt {
		t.Errorf("done %v", got)
	}
}

// After the turn during which it was ordered, no other one goes on; until it is called off.
func TestOrderAtTheTurnsEnd(t *testing.T) {
	h, s, hands := burning(t)
	hands.own(s.id, control.Owner{Kind: control.Server, Process: control.Process{PID: 987}})
	book := openLedger(t, filepath.Join(t.TempDir(), "ledger.db"))
	l := startWith(t, Options{Homes: []string{h.path}, Ledger: book, Guards: true}, hands)
	l.until("history", responses(1))
	l.m.Send(Ask{ID: "a", Run: runID(s), Kind: DeedStop})
	l.until("ready", deedIs("a", DeedReady))
	l.m.Send(Do{ID: "a", Order: &Order{Kind: OrderTurnEnd}})
	sn := l.until("ordered", func(sn Snapshot) bool { return len(sn.Orders) == 1 })
	s.now = time.Now()
	s.answer(small).end()
	l.until("its end", stateIs(StateIdle))
	if len(hands.done()) != 0 {
		t.Fatalf("the running turn was stopped: %v", hands.done())
	}
	s.now = time.Now()
	s.ask(gpt, "more")
	l.until("the next one is stopped", stateIs(StateStopped))
	l.m.Send(CallOff{Order: sn.Orders[0].ID})
	l.until("called off", func(sn Snapshot) bool {
		return len(sn.Orders) == 0 && strings.Contains(logText(sn), "called off by dev")
	})
	s.now = time.Now()
	s.ask(gpt, "and more").answer(small)
	l.until("it goes on", responses(3))
	if got := hands.done(); len(got) != 1 {
		t.Errorf("done %v", got)
	}
	all, err := book.OrdersSince(t.Context(), time.Time{})
	if err != nil || len(all) != 2 || !ended(all) {
		t.Errorf("in the ledger: %+v %v", all, err)
	}
}

func ended(all []ledger.Order) bool {
	for _, o := range all {
		if o.Done.IsZero() {
			return false
		}
	}
	return true
}
