package budget

import (
	"math"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Trace tells where the numbers of one standing come from.
type Trace struct {
	Standing
	Runs       []Part      // all that were counted, most first: they add up to Upper
	Rows       int         // of them
	Grants     []Extension // those that hold
	Children   []Budget    // that it is the envelope of
	Days       int         // with spend in the last 28, which the forecast stands on
	Level      int64       // amount for each hour of average weight
	ByHours    bool        // the plan follows the hours of the week; else it is even
	Windows    []Window    // the burn of the last hours; none for runs and tasks
	Gap        time.Duration
	LastActive time.Time // start of the newest quarter of an hour with spend; zero: none
}

// Window is the burn of one window against its plan.
type Window struct {
	Length      time.Duration
	Spent, Plan int64
}

// Explain traces one standing: that of a budget by name, and of a run or task by
// key. It is false where there is none. It moves no alert on, but for what
// [Judge.Standings] does.
func (j *Judge) Explain(budget, key string, now time.Time) (Trace, bool) {
	for _, s := range j.Standings(now) {
		if s.Budget.Name != budget || s.Key != key {
			continue
		}
		for _, k := range j.books {
			if k.Name == budget {
				return j.trace(k, s, now), true
			}
		}
	}
	return Trace{}, false
}

func (j *Judge) trace(k *book, s Standing, now time.Time) Trace {
	t := Trace{Standing: s, Runs: j.top(k, s, 0), Days: k.outlook.active, Level: addFloat(0, k.outlook.level), ByHours: k.profile.learned}
	for _, e := range k.grants {
		if e.Key == s.Key && now.Before(e.Until) {
			t.Grants = append(t.Grants, e)
		}
	}
	for _, o := range j.books {
		if o.Parent == k.Name {
			t.Children = append(t.Children, o.Budget)
		}
	}
	if _, last, ok := k.parts[s.Key].span(); ok {
		t.LastActive = model.QuarterTime(last).In(j.zone)
	}
	t.Rows = j.rowsOf(k, s)
	if k.rings == nil || !now.Before(s.To) || now.Before(s.From) {
		return t
	}
	t.Gap = k.rings.gap()
	for _, w := range []time.Duration{shortFast, shortSlow, time.Hour, 6 * time.Hour} {
		spent, planned := k.burnOf(s, w, now)
		t.Windows = append(t.Windows, Window{w, spent, planned})
	}
	return t
}

// rowsOf counts the rows that a standing is made of.
func (j *Judge) rowsOf(k *book, s Standing) int {
	start, end := int64(math.MinInt64), int64(math.MaxInt64)
	if !s.To.IsZero() {
		start = model.QuarterOf(s.From)
		if !j.now.Before(s.To) {
			end = model.QuarterOf(s.To)
		}
	}
	n := 0
	for run, rows := range j.runs {
		for _, r := range rows {
			if r.Quarter < start || r.Quarter >= end {
				continue
			}
			for _, m := range j.matching(r) {
				if key, ok := k.keyOf(run, r); m == k && ok && key == s.Key {
					n++
				}
			}
		}
	}
	return n
}
