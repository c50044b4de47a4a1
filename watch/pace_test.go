package watch

import (
	"testing"
	"time"
)

func TestPaceGathersWhatComesFast(t *testing.T) {
	for _, c := range []struct {
		name   string
		every  time.Duration // between two hints
		hints  int
		rested int // of them, at least and at most
		most   int
	}{
		{"one run's burst", 100 * time.Microsecond, 20, 0, 0},
		{"a busy run", 50 * time.Millisecond, 1000, 0, 0},
		{"a hundred a second", 10 * time.Millisecond, 1000, 0, 0},
		{"two hundred busy runs", 8 * time.Millisecond, 1000, 150, 250},
		{"all at once", 0, 1000, 980, 980},
		{"a clock that goes back", -time.Hour, 1000, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p pace
			now, rested := time.Unix(1_800_000_000, 0), 0
			for range c.hints {
				if rest := p.rest(now); rest == paceRest {
					rested++
				} else if rest != 0 {
					t.Fatalf("rests for %s", rest)
				}
				now = now.Add(c.every)
			}
			if rested < c.rested || rested > c.most {
				t.Errorf("%d of %d hints were followed by a rest, want %d to %d", rested, c.hints, c.rested, c.most)
			}
		})
	}
}
