package monitor

import (
	"context"
	"testing"
	"time"
)

// The first snapshot waits for what was written to lately, so that today's cost in it
// is right, but not for the rest of history.
func TestFirstSnapshotIsTrue(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	for i := range 40 {
		h.begin(now.Add(-time.Duration(40+i)*time.Hour), 100+i, nil).ask(gpt, "old").answer(small).touched()
	}
	want := int64(0)
	for i := range 5 {
		h.begin(now.Add(-time.Duration(1+i)*time.Minute), 1+i, nil).ask(gpt, "do").answer(small)
		want++
	}
	// A clock that stands still gives it all the time that it needs.
	m := New(Options{Homes: []string{h.path}, Zone: time.UTC, Now: func() time.Time { return now }})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	snapshots := m.Snapshots()
	go func() { _ = m.Run(ctx) }()
	select {
	case s := <-snapshots:
		lately := int64(0)
		for _, r := range s.Runs {
			if now.Sub(r.LastAt) < 24*time.Hour {
				lately += r.Usage.Responses
			}
		}
		if lately != want {
			t.Errorf("%d of %d responses of the last day are in the first snapshot", lately, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("no snapshot came")
	}
	stop()
	for range snapshots {
	}
}

// Where reading takes longer, the first snapshot comes without it.
func TestFirstSnapshotComesInAnyCase(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	h.begin(now.Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	l := still(t, h.path)
	l.o.Now = func() time.Time { return now }
	l.now, l.begun = l.o.Now, now
	if wait := l.publishIfDue(); wait <= 0 || wait > firstTime || !l.published.IsZero() {
		t.Errorf("before anything is listed: published at %v, next in %v", l.published, wait)
	}
	l.look()
	if l.publishIfDue(); l.newest != 1 || !l.published.IsZero() {
		t.Errorf("%d files were written to lately; published at %v before they are read", l.newest, l.published)
	}
	now = now.Add(firstTime)
	if l.publishIfDue(); !l.published.Equal(now) {
		t.Errorf("nothing published %v after the start", firstTime)
	}
}
