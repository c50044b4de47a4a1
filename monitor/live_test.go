package monitor

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const gpt = "gpt-5.5"

// live is a running monitor under test.
type live struct {
	t     *testing.T
	m     *Monitor
	facts <-chan Fact
	last  Snapshot
	wait  time.Duration // before giving up
	said  []Fact        // exceptions so far
}

// start runs a monitor over homes until the test ends.
func start(t *testing.T, o Options) *live { return startWith(t, o, nil) }

// startWith is start with hands of the test's own.
func startWith(t *testing.T, o Options, h hands) *live {
	t.Helper()
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	o.User = "dev"
	l := &live{t: t, m: New(o), wait: 20 * time.Second}
	if h != nil {
		l.m.hands = h
	}
	l.facts = l.m.Facts()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.m.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for range l.facts { //nolint:revive // it must be read until it is closed
		}
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return l
}

// until waits for a snapshot of which ok is true, and reads facts meanwhile. It may be
// the newest one that was seen before: another comes only when something changes.
func (l *live) until(what string, ok func(Snapshot) bool) Snapshot {
	l.t.Helper()
	if !l.last.At.IsZero() && ok(l.last) {
		return l.last
	}
	deadline := time.After(l.wait)
	for {
		select {
		case s, open := <-l.m.Snapshots():
			if !open {
				l.t.Fatalf("%s: the monitor ended", what)
			}
			l.last = s
			if ok(s) {
				return s
			}
		case f := <-l.facts:
			if f.Type == factException {
				l.said = append(l.said, f)
			}
		case <-deadline:
			l.t.Fatalf("%s: never came; last: %s", what, describe(l.last))
		}
	}
}

// bubbleNow is the clock of a test inside a synctest bubble, whose own begins in
// the year 2000, when no model had a price.
func bubbleNow() time.Time {
	return time.Now().Add(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func describe(s Snapshot) string {
	out := fmt.Sprintf("reading %+v today %s", s.Reading, s.Today.USD)
	for _, r := range s.Runs {
		out += fmt.Sprintf("\n  %s %s %q responses %d %s", r.ID, r.State, r.Name, r.Usage.Responses, r.Cost.USD)
	}
	for _, n := range s.Notices {
		out += "\n  " + n.Text
	}
	return out
}

func ready(s Snapshot) bool { return s.Reading.Done }

// responses is true of a snapshot with so many responses over all its runs.
func responses(n int64) func(Snapshot) bool {
	return func(s Snapshot) bool { return s.Reading.Done && allResponses(s) == n }
}

func allResponses(s Snapshot) int64 {
	var n int64
	for _, r := range s.Runs {
		n += r.Usage.Responses
	}
	return n
}

func TestLiveGrowth(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	a := h.begin(now.Add(-10*time.Minute), 1, nil).ask(gpt, "first").answer(small)
	l := start(t, Options{Homes: []string{h.path}})
	s := l.until("history", responses(1))
	if len(s.Runs) != 1 || s.Runs[0].Name != "x" || s.Runs[0].Number != 1 || s.Runs[0].Cost.USD <= 0 {
		t.Fatalf("after history: %s", describe(s))
	}
	a.now = time.Now()
	a.answer(small)
	l.until("an answer", responses(2))
	b := h.begin(time.Now(), 2, nil).ask(gpt, "second").answer(small) // perhaps a new day's folder
	l.until("a new run", responses(3))
	b.answer(small).end()
	s = l.until("its end", responses(4))
	if s.Today.USD <= 0 || s.TodayUsage.Responses != 4 {
		t.Errorf("today %v, %d responses", s.Today, s.TodayUsage.Responses)
	}
}
