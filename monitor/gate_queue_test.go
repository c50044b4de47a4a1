package monitor

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// What the gate refuses while a monitor runs stands in its queue, and an extension
// that is granted there lets it go on at once.
func TestGateAndMonitor(t *testing.T) {
	g := newGateTrial(t, limited("b", "day", "100k tokens"))
	s := g.home.begin(time.Now(), 1, nil).ask(gpt, "do")
	for range 9 {
		s.answer(tenK)
	}
	s.answer(small)
	l, stop := startUntil(t, Options{Homes: g.o.Homes, Ledger: ledgerAt(t, g.o.Ledger), Plan: func(Repositories) Planned { return Planned{Plan: g.plan} }})
	defer stop()
	a := g.decide(asks(s, GateRequest))
	if a.Allow {
		t.Fatalf("%+v", a)
	}
	id := a.Refusals[0].Exception
	find := func(sn Snapshot) *budget.Exception {
		for i := range sn.Exceptions {
			if sn.Exceptions[i].ID == id {
				return &sn.Exceptions[i]
			}
		}
		return nil
	}
	l.until("the refusal in the queue", func(sn Snapshot) bool { return find(sn) != nil })
	l.m.Send(Move{ID: id, To: budget.Extended, Amount: 20_000, Until: time.Now().Add(time.Hour), Reason: "release", Actor: "dev"})
	l.until("the extension", func(sn Snapshot) bool { return find(sn) == nil })
	if a := g.decide(asks(s, GateRequest)); !a.Allow || a.Checked[0].Granted != 20_000 {
		t.Errorf("after the extension: %+v", a)
	}
}

// What the gate raised before the monitor began is there too, with its budget.
func TestGateBeforeMonitor(t *testing.T) {
	g := newGateTrial(t, limited("each run", "run", "15k tokens"))
	s := g.home.begin(time.Now(), 1, nil).ask(gpt, "do").answer(tenK)
	a := g.decide(asks(s, GateRequest))
	if a.Allow {
		t.Fatalf("%+v", a)
	}
	lg := ledgerAt(t, g.o.Ledger)
	l, stop := startUntil(t, Options{Homes: g.o.Homes, Ledger: lg, Plan: func(Repositories) Planned { return Planned{Plan: g.plan} }})
	defer stop()
	id := a.Refusals[0].Exception
	l.until("the refusal", func(sn Snapshot) bool {
		for _, e := range sn.Exceptions {
			if e.ID == id && string(e.Run) == s.id {
				return true
			}
		}
		return false
	})
	l.m.Send(Move{ID: id, To: budget.Extended, Amount: 3_000, Until: time.Now().Add(time.Hour), Reason: "a little", Actor: "dev"})
	l.until("its extension", func(sn Snapshot) bool {
		gs, err := lg.Grants(context.Background(), time.Now())
		return err == nil && len(gs) == 1 && gs[0].Key == s.id && gs[0].Budget == "each run"
	})
}

// A refusal for one run stands until the gate lets a request of it go on: whoever reads
// the command that extends it may be slower than the monitor.
func TestARefusalForARunStays(t *testing.T) {
	now := time.Now()
	g := newGateTrial(t, limited("each run", "run", "15k tokens"))
	s := g.home.begin(now, 1, nil).ask(gpt, "do").answer(tenK)
	a := g.decide(asks(s, GateRequest))
	if a.Allow {
		t.Fatalf("%+v", a)
	}
	x := ofGate(budget.Exception{ID: a.Refusals[0].Exception, Rule: budget.RuleGate, Budget: "each run", Run: model.RunID(s.id), Changed: now})
	standing := budget.Standing{Budget: g.plan.Budgets[0], Key: s.id, From: now.Truncate(15 * time.Minute)} // as the judge has it
	l := &loop{judging: judging{started: true, evaluated: now, standings: []budget.Standing{standing}}}
	if l.roomAgain(x, now) {
		t.Error("over while the run is shown")
	}
	if l.standings = nil; l.roomAgain(x, now.Add(time.Hour)) || !l.roomAgain(x, now.Add(25*time.Hour)) {
		t.Error("it is over a day after the run was judged for the last time")
	}
}

// A failure that is long ago is over.
func TestGateFailureEnds(t *testing.T) {
	g := newGateTrial(t)
	path := filepath.Join(t.TempDir(), "l.db")
	lg := ledgerAt(t, path)
	for i, at := range []time.Time{time.Now(), time.Now().Add(-2 * time.Hour)} {
		e := budget.Exception{ID: []string{"now", "before"}[i], Rule: budget.RuleDegraded, State: budget.Open, At: at, Changed: at, Severity: budget.Warn}
		if err := lg.Raise(context.Background(), e, ledger.Entry{Action: "gate failed"}); err != nil {
			t.Fatal(err)
		}
	}
	g.home.begin(time.Now(), 1, nil).ask(gpt, "do")
	l, stop := startUntil(t, Options{Homes: g.o.Homes, Ledger: lg})
	defer stop()
	l.until("the newer one alone", func(sn Snapshot) bool { return len(sn.Exceptions) == 1 && sn.Exceptions[0].ID == "now" })
}

// A refusal that comes back says what it is about now, not what was used an extension ago.
func TestARefusalThatComesBackIsOfToday(t *testing.T) {
	now := time.Now()
	m := newMonth(t, time.UTC, now.Add(-time.Hour), budget.Plan{})
	e := budget.Exception{ID: "g", Rule: budget.RuleGate, Budget: "day", State: budget.Open, Severity: budget.Page, At: now, Changed: now, Observed: "1M tokens used"}
	m.l.takeDecided([]budget.Exception{e})
	e.State, e.Changed = budget.Extended, now.Add(time.Second)
	m.l.takeDecided([]budget.Exception{e})
	e.State, e.Changed, e.Observed = budget.Reopened, now.Add(2*time.Second), "2M tokens used"
	m.l.takeDecided([]budget.Exception{e})
	if x := m.l.queue.all["g"]; x == nil || x.State != budget.Reopened || x.Observed != e.Observed {
		t.Errorf("%+v, want %q, %s", x, e.Observed, e.State)
	}
}
