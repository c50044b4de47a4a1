package monitor

import (
	"testing"
	"time"
)

// Once history was read and nothing came for a while, it is said, and once more after each time of work.
func TestRested(t *testing.T) {
	h := newHome(t)
	h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
	told := make(chan struct{}, 10)
	l := still(t, h.path)
	l.o.Rested = func() { told <- struct{}{} }
	now := time.Now()
	l.now = func() time.Time { return now }
	l.readAll()
	for _, step := range []struct {
		name  string
		after time.Duration
		heard bool // something is read
		want  int
	}{
		{name: "just read", want: 0},
		{name: "still reading", after: restAfter, heard: true, want: 0},
		{name: "soon after", after: restAfter / 2, want: 0},
		{name: "at rest", after: restAfter / 2, want: 1},
		{name: "still at rest", after: time.Hour, want: 1},
		{name: "again", after: restAfter, heard: true, want: 1},
		{name: "not for long", after: restAgain / 2, want: 1},
		{name: "at rest again", after: time.Hour, want: 2},
		{name: "and still", after: time.Hour, want: 2},
	} {
		now = now.Add(step.after)
		if step.heard {
			l.heard = now
		}
		l.publish(now)
		l.acting.wait.Wait()
		if got := len(told); got != step.want {
			t.Errorf("%s: told %d times, want %d", step.name, got, step.want)
		}
	}
}

// Ten snapshots a second are enough for a person while many runs are written to, and thirty else.
func TestSnapshotsUnderFlood(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		calm  bool
		reads int
		want  time.Duration
	}{{true, floodRead, floodTime}, {true, floodRead - 1, frameTime}, {false, floodRead, frameTime}} {
		l := still(t, t.TempDir())
		l.core.shown.Store(true)
		l.o.Calm, l.reads, l.touched, l.published = c.calm, c.reads, true, now
		if got := l.nextPublish().Sub(now); got != c.want {
			t.Errorf("%+v: the next one after %v", c, got)
		}
	}
}
