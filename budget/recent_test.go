package budget

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// Runs that never end do not grow what a judge keeps of the last hours, and what
// takes over from it knows the same burn as if each response had been kept.
func TestBurnOfRunsThatNeverEnd(t *testing.T) {
	day := Budget{Name: "day", Period: Period{Name: Day}, Limit: usd(1e6)}
	j, exact := judge(t, day), judge(t, day)
	now := start
	for i := range 9 * 3600 { // a response a second in each of three runs
		now = start.Add(time.Duration(i) * time.Second)
		for n := range 3 {
			s := spend(fmt.Sprint("r", n), now, 0.001*float64(1+n+i%7))
			j.Burn(now, s)
			exact.pending = append(exact.pending, event{now, s})
		}
		if i%60 == 0 {
			j.Standings(now)
		}
		if n := len(j.recent.list); n > 8000 {
			t.Fatalf("%d events are kept after %v", n, now.Sub(start))
		}
	}
	next := judge(t, day)
	next.TakeOver(j)
	want := burnOf(t, exact, now)
	for name, j := range map[string]*Judge{"after a taking over": next, "of the judge itself": j} {
		if got := burnOf(t, j, now); !reflect.DeepEqual(got, want) {
			t.Errorf("the burn %s: %+v\nwant %+v", name, got, want)
		}
	}
}

// burnOf gives what was spent in the windows that take-overs keep, and by whom.
func burnOf(t *testing.T, j *Judge, now time.Time) []any {
	t.Helper()
	j.Standings(now)
	trace, ok := j.Explain("day", "", now)
	if !ok {
		t.Fatal("there is no such budget")
	}
	var all []any
	for _, w := range trace.Windows {
		if w.Length <= 6*time.Hour {
			all = append(all, w)
		}
	}
	for _, length := range []time.Duration{5 * time.Minute, time.Hour, 6 * time.Hour} {
		all = append(all, j.burning(j.books[0], now.Add(-length+1), 0))
	}
	return append(all, j.burnt(j.books[0], now))
}
