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
				if rest := p.rest(now, 1); rest == paceRest {
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

// Where changes may be gathered for longer, it is done while there are very many, and for no time after.
func TestPaceGathersAFloodForLonger(t *testing.T) {
	p := pace{gather: 100 * time.Millisecond}
	now := time.Unix(1_800_000_000, 0)
	give := func(hints, changes int, every time.Duration) (longest time.Duration) {
		for range hints {
			rest := p.rest(now, changes)
			longest = max(longest, rest)
			now = now.Add(max(every, rest))
		}
		return longest
	}
	if rest := give(200, 1, 50*time.Millisecond); rest != 0 {
		t.Errorf("one busy run: rests for %s", rest)
	}
	if rest := give(200, 2, 8*time.Millisecond); rest != paceRest {
		t.Errorf("250 changes a second: rests for %s at most", rest)
	}
	if rest := give(50, 40, 8*time.Millisecond); rest != p.gather {
		t.Errorf("5,000 changes a second: rests for %s at most", rest)
	}
	if rest := give(50, 100, 100*time.Millisecond); rest != p.gather {
		t.Errorf("1,000 changes a second, gathered: rests for %s at most", rest)
	}
	now = now.Add(time.Second)
	if rest := give(20, 1, 50*time.Millisecond); rest != 0 {
		t.Errorf("one busy run after a flood: rests for %s", rest)
	}
}
