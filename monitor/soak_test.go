package monitor

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// held is what a process holds at one moment.
type held struct {
	heap       uint64
	goroutines int
	files      int // open descriptors, -1 where the system does not tell
}

func holdsNow() held {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h := held{m.HeapAlloc, runtime.NumGoroutine(), -1}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.files = len(open)
	}
	return h
}

// A day of a monitor with a ledger, on a clock that runs as fast as it can: runs
// work around the clock, one is archived and one compressed every hour. What the monitor
// holds in the evening is what it held in the morning.
func TestSoak(t *testing.T) {
	hours := 24
	if testing.Short() {
		hours = 8
	}
	synctest.Test(t, func(t *testing.T) { soak(t, hours) })
}

func soak(t *testing.T, hours int) {
	h := newHome(t)
	kept := ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	m := New(Options{Homes: []string{h.path}, Zone: time.UTC, User: "dev", Now: bubbleNow, Poll: true, Ledger: kept})
	ctx, stop := context.WithCancel(context.Background())
	facts := m.Facts()
	var wg sync.WaitGroup
	wg.Go(func() { _ = m.Run(ctx) })
	responses, answered := int64(0), int64(0)
	wg.Go(func() {
		for f := range facts {
			if f.Type == "response" {
				responses++
			}
		}
	})
	var newest Snapshot
	wg.Go(func() {
		for s := range m.Snapshots() {
			newest = s
		}
	})
	defer func() { stop(); wg.Wait() }()

	working := make([]*session, 12)
	for i := range working {
		working[i] = h.begin(bubbleNow(), i+1, nil).touched()
	}
	synctest.Wait()
	var marks []held
	for hour := range hours {
		for minute := range 60 {
			time.Sleep(time.Minute)
			s := working[(hour*60+minute)%len(working)]
			s.now = bubbleNow()
			s.ask(gpt, "go on").answer(model.Usage{Input: 20_000, Cached: 10_000, Output: 300})
			id := s.call("make test")
			s.output(id, minute%2).answer(small).end().touched()
			answered += 2
		}
		// A run comes to its end and another one begins: as many as before are known.
		i := hour % len(working)
		old := working[i]
		if hour%2 == 0 {
			old.archive()
		} else {
			old.compress()
		}
		if err := os.Chtimes(lastOf(t, old), old.now, old.now); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := os.Remove(lastOf(t, old)); err != nil {
			t.Fatal(err)
		}
		working[i] = h.begin(bubbleNow(), 100+hour, nil).touched()
		if hour%2 == 1 {
			time.Sleep(10 * time.Second)
			synctest.Wait()
			marks = append(marks, holdsNow())
		}
	}
	time.Sleep(time.Minute)
	synctest.Wait()
	if responses != answered {
		t.Errorf("%d responses were told, %d were written", responses, answered)
	}
	if newest.At.IsZero() || len(newest.Runs) < len(working)-1 {
		t.Errorf("the newest snapshot has %d runs", len(newest.Runs))
	}
	compareHeld(t, marks)
}

// lastOf is the file that a session that was archived or compressed is in now.
func lastOf(t *testing.T, s *session) string {
	t.Helper()
	for _, path := range []string{s.path, s.path + ".zst"} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("%s is nowhere", s.path)
	return ""
}

// compareHeld compares the last quarter of the day with the second one: the first
// fills what is kept of the last 24 hours.
func compareHeld(t *testing.T, marks []held) {
	t.Helper()
	for i, m := range marks {
		t.Logf("after %2d h: heap %5.1f MB, %d goroutines, %d descriptors", 2*i+2, float64(m.heap)/1e6, m.goroutines, m.files)
	}
	early, late := marks[len(marks)/4], marks[len(marks)-1]
	if late.goroutines > early.goroutines {
		t.Errorf("goroutines grew from %d to %d", early.goroutines, late.goroutines)
	}
	if late.files > early.files {
		t.Errorf("descriptors grew from %d to %d", early.files, late.files)
	}
	// A run that is known stays known, with its sums: some 20 kB each.
	if grown := int64(late.heap) - int64(early.heap); grown > int64(early.heap)/4+2<<20 {
		t.Errorf("the heap grew from %d to %d bytes", early.heap, late.heap)
	}
}
