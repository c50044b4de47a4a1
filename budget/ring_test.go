package budget

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRingWindows(t *testing.T) {
	t.Parallel()
	r := newRing(10*time.Second, 360, 5*time.Minute, time.Hour)
	r.advance(start)
	r.add(start.Add(-time.Minute), 1)
	r.add(start.Add(-5*time.Minute), 2)      // at the window's edge: in it
	r.add(start.Add(-5*time.Minute-10e9), 4) // beyond
	r.add(start.Add(-time.Hour), 8)          // at the edge of the hour
	r.add(start.Add(-time.Hour-10e9), 16)    // beyond the ring
	r.add(start.Add(time.Minute), 32)        // from the future: now
	if got := r.last(5 * time.Minute); got != 35 {
		t.Errorf("5 minutes: %d, want 35", got)
	}
	if got := r.last(time.Hour); got != 47 {
		t.Errorf("an hour: %d, want 47", got)
	}
	if got := r.last(15 * time.Minute); got != 39 { // no running sum for it
		t.Errorf("15 minutes: %d, want 39", got)
	}
	if got := r.since(start.Add(-time.Minute)); got != 33 {
		t.Errorf("since a minute: %d, want 33", got)
	}
	r.advance(start.Add(-time.Hour)) // the clock went back
	if got := r.last(time.Hour); got != 47 {
		t.Errorf("after the clock went back: %d, want 47", got)
	}
	r.advance(start.Add(4*time.Minute + 10*time.Second))
	if got := r.last(5 * time.Minute); got != 32 {
		t.Errorf("4 minutes later: %d, want 32", got)
	}
	r.advance(start.Add(100 * time.Hour))
	if r.last(time.Hour) != 0 || r.last(5*time.Minute) != 0 {
		t.Error("all is long ago")
	}
}

func TestRingBeforeTheEpochAndAtTheEndOfNumbers(t *testing.T) {
	t.Parallel()
	r := newRing(time.Minute, 60, 5*time.Minute)
	at := time.Date(1969, 12, 31, 23, 59, 30, 0, time.UTC)
	r.advance(at)
	r.add(at, math.MaxInt64)
	r.add(at, math.MaxInt64)
	if got := r.last(5 * time.Minute); got != math.MaxInt64 {
		t.Errorf("%d", got)
	}
	r.add(at, math.MinInt64)
	r.add(at, math.MinInt64)
	if got := r.last(5 * time.Minute); got != -2 {
		t.Errorf("what was added and taken out leaves %d", got)
	}
	r.advance(at.Add(time.Minute))
	if got := r.last(5 * time.Minute); got != -2 {
		t.Errorf("over the epoch: %d", got)
	}
}

// Running sums are what adding up anew gives, whatever comes late, early or
// twice, and whichever way the clock goes.
func TestRingRunningSumsAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		windows := []time.Duration{time.Minute, 5 * time.Minute, 10 * time.Minute}
		r := newRing(10*time.Second, 60, windows...)
		now := start
		r.advance(now)
		newest := now
		type fact struct {
			at time.Time
			n  int64
		}
		var facts []fact
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-300, 400).Draw(t, "seconds")) * time.Second)
			r.advance(now)
			if now.After(newest) {
				newest = now
			}
			at := newest.Add(-time.Duration(rapid.IntRange(0, 900).Draw(t, "age")) * time.Second)
			n := rapid.Int64().Draw(t, "amount")
			r.add(at, n)
			if r.number(at) > r.head-61 {
				facts = append(facts, fact{at, n})
			}
			for _, w := range windows {
				var want sum
				for _, f := range facts {
					if r.head-r.number(f.at) <= int64(w/(10*time.Second)) {
						want = want.add(f.n)
					}
				}
				if got := r.last(w); got != want.int64() {
					t.Fatalf("%s: %d, want %d", w, got, want.int64())
				}
			}
		}
	})
}

func TestGaps(t *testing.T) {
	t.Parallel()
	r := newRings()
	r.minutes.advance(start)
	for i := range 20 {
		r.minutes.add(start.Add(-time.Duration(i)*8*time.Minute), 1)
	}
	if got := r.gap(); got != 8*time.Minute {
		t.Errorf("%s, want 8m", got)
	}
	if got := newRings().gap(); got != 0 {
		t.Errorf("nothing was posted, but %s apart", got)
	}
}
