package monitor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
)

func ledgerAt(t *testing.T, path string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// startUntil runs a monitor until stop is called, or the test ends.
func startUntil(t *testing.T, o Options) (l *live, stop func()) {
	t.Helper()
	o.User, o.Zone = "dev", time.UTC
	l = &live{t: t, m: New(o), wait: 20 * time.Second}
	l.facts = l.m.Facts()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.m.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		for range l.facts { //nolint:revive // it must be read until it is closed
		}
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return l, stop
}

// keptResponses gives the responses of each thread that a ledger has.
func keptResponses(t *testing.T, l *ledger.Ledger) map[string]int64 {
	t.Helper()
	list, err := l.Threads(context.Background(), ledger.Which{})
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int64{}
	for _, th := range list {
		n[th.ID] = th.Total().Responses
	}
	return n
}

// What the live loop read is in the ledger when it ends, however soon that is, and
// what is gone then is counted by the next one.
func TestLiveKeeps(t *testing.T) {
	h := newHome(t)
	path := filepath.Join(t.TempDir(), "ledger.db")
	now := time.Now().Add(-time.Hour)
	a := h.begin(now, 1, nil).ask(gpt, "do").answer(small).answer(small)
	b := h.begin(now.Add(time.Second), 2, nil).ask(gpt, "else").answer(small)
	old := h.begin(now.Add(-50*time.Hour), 3, nil).ask(gpt, "old").answer(small).touched()
	lg := ledgerAt(t, path)
	l, stop := startUntil(t, Options{Homes: []string{h.path}, Ledger: lg, All: true})
	l.until("history", responses(4))
	a.answer(small)
	l.until("growth", responses(5))
	stop()
	want := map[string]int64{a.id: 3, b.id: 1, old.id: 1}
	got := keptResponses(t, lg)
	for id, n := range want {
		if got[id] != n {
			t.Errorf("thread %s: the ledger has %d responses, want %d", id, got[id], n)
		}
	}
	for _, s := range []*session{a, old} {
		if err := os.Remove(s.path); err != nil {
			t.Fatal(err)
		}
	}
	again, stop := startUntil(t, Options{Homes: []string{h.path}, Ledger: ledgerAt(t, path), All: true})
	again.until("all of it", responses(5))
	b.answer(small)
	again.until("and growth", responses(6))
	stop()
	if got := keptResponses(t, lg); got[b.id] != 2 || got[a.id] != 3 {
		t.Errorf("the ledger has %v", got)
	}
}

// While the loop goes on, the ledger follows within a moment; when a file is
// still, what was read stands for it.
func TestLiveWritesInTime(t *testing.T) {
	h := newHome(t)
	lg := ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	s := h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
	o := Options{Homes: []string{h.path}, Ledger: lg}
	l, stop := startUntil(t, o)
	l.until("history", responses(1))
	s.answer(small)
	eventually(t, "the ledger follows", func() bool { return keptResponses(t, lg)[s.id] == 2 })
	eventually(t, "it stands for its file", func() bool {
		list, err := lg.Threads(context.Background(), ledger.Which{})
		return err == nil && len(list) == 1 && isReader(list[0].Reader)
	})
	stop()
	warm, err := Load(context.Background(), o, Range{})
	if err != nil {
		t.Fatal(err)
	}
	if d := warm.folds[0]; !d.stored || d.thread.Usage().Responses != 2 {
		t.Errorf("taken from the ledger: %v, %d responses", d.stored, d.thread.Usage().Responses)
	}
}

// eventually waits for something that another goroutine does.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); ; {
		if done() {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}

// A ledger that can't be used is told of, and stops nothing.
func TestLiveWithoutLedger(t *testing.T) {
	h := newHome(t)
	h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
	told := func(text string) func(Snapshot) bool {
		return func(s Snapshot) bool {
			for _, n := range s.Notices {
				if n.Text == text {
					return allResponses(s) == 1
				}
			}
			return false
		}
	}
	l := start(t, Options{Homes: []string{h.path}, LedgerProblem: errors.New("no room")})
	l.until("the notice", told("no ledger: no room"))

	lg := ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	lg.Close()
	l = start(t, Options{Homes: []string{h.path}, Ledger: lg})
	l.until("the notice", func(s Snapshot) bool {
		for _, n := range s.Notices {
			if len(n.Text) > 11 && n.Text[:11] == "the ledger:" {
				return allResponses(s) == 1
			}
		}
		return false
	})
}

// The account of a day is read beside the loop, which decides meanwhile: it leaves the
// ledger, and the one connection to write with, to the loop.
func TestADaysAccountLeavesTheLedgerToTheLoop(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	h.begin(now.Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
	rest(t, h.path)
	m := New(Options{Homes: []string{h.path}, Zone: time.UTC, Ledger: ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))})
	l := newLoop(&m.core)
	go l.readDays(t.Context())
	l.day.ask <- DayQuery{Date: now}
	a := <-l.day.answer
	if a.err != nil || a.day == nil {
		t.Fatalf("no account: %v", a.err)
	}
	if n := keptResponses(t, l.o.Ledger); len(n) > 0 {
		t.Errorf("it wrote %v", n)
	}
}
