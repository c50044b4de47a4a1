package monitor

import (
	"cmp"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

type interval struct{ from, to time.Time }

// describe fills in what else is known of a run of the day.
func (a *account) describe(r *DayRun, members []Member) {
	from, to := a.day.Date, a.day.To
	var works []Work
	for _, m := range members {
		t := m.Thread
		a.members[r.ID] = append(a.members[r.ID], t)
		if model.RunID(t.ID) == r.ID {
			r.Name = t.Title
		}
		w := a.in.Works.Of(r.ID, m)
		a.works = append(a.works, w)
		works = append(works, w)
		for i := range t.Turns {
			a.turn(r.ID, t, i)
		}
		for _, share := range a.kinds[r.ID] {
			share.Runs = 1
		}
	}
	if a.in.Views != nil {
		if v, ok := a.in.Views(r.ID); ok {
			r.Name = v.Name
		}
	}
	if r.Name == "" {
		r.Name = cmp.Or(r.Project, shortID(string(r.ID)))
	}
	files := map[string]bool{}
	for _, w := range works {
		for _, e := range w.Edits {
			r.LinesFloor = r.LinesFloor || e.Added < 0 || e.Removed < 0
			r.ChangedAt = maxTime(r.ChangedAt, e.At)
			if !e.At.Before(from) && e.At.Before(to) {
				files[e.Path] = true
				r.Added += max(0, e.Added)
				r.Removed += max(0, e.Removed)
			}
		}
		a.day.Output.IsFloor = a.day.Output.IsFloor || w.Partial
	}
	r.Files = len(files)
	for _, f := range Fixes(works) {
		if !f.At.Before(from) && f.At.Before(to) {
			r.TestsFixed++
		}
	}
	r.SinceChange, _ = SinceChange(a.members[r.ID], a.in.Spending.Prices)
	a.oneShot(works)
	r.Kinds = shareList(a.kinds[r.ID])
	r.Report = r.Files == 0 && a.ended[r.ID] && answers(r)
}

// turn takes the time that a turn ran, as far as it was on the day.
func (a *account) turn(id model.RunID, t *model.Thread, n int) {
	turn, end := &t.Turns[n], turnEnd(t, n)
	if !turn.Started.Before(a.day.Date) && turn.Started.Before(a.day.To) {
		a.day.Turns++
	}
	i := interval{maxTime(turn.Started, a.day.Date), end}
	if i.to.After(a.day.To) {
		i.to = a.day.To
	}
	if i.from.Before(i.to) {
		a.busy = append(a.busy, i)
	}
	if turn.State == model.TurnDone && model.RunID(t.ID) == id && !turn.Ended.Before(a.day.Date) && turn.Ended.Before(a.day.To) {
		a.ended[id] = true
	}
}

// turnEnd is when a thread's n-th known turn ended. One that was cut off ended with
// the last that is known of it: not when the thread was resumed, a night later.
func turnEnd(t *model.Thread, n int) time.Time {
	turn := &t.Turns[n]
	switch {
	case !turn.Ended.IsZero():
		return turn.Ended
	case n == len(t.Turns)-1:
		return t.LastAt
	}
	end, number := turn.Started, t.TurnBase+n
	for i := range t.Responses {
		if t.Responses[i].Turn == number {
			end = maxTime(end, t.Responses[i].At)
		}
	}
	for i := range t.Calls {
		if t.Calls[i].Turn == number {
			end = maxTime(end, maxTime(t.Calls[i].At, t.Calls[i].Ended))
		}
	}
	return end
}

// answers says that most of a run's cost went into research or review.
func answers(r *DayRun) bool {
	var sum, all price.Money
	for _, k := range r.Kinds {
		all = all.Add(k.Cost.USD)
		if k.Name == model.KindResearch.String() || k.Name == model.KindReview.String() {
			sum = sum.Add(k.Cost.USD)
		}
	}
	return sum > 0 && sum > all/10*6
}

// oneShot counts the turns that tested after they had changed something, and
// those of them whose first test then passed.
func (a *account) oneShot(works []Work) {
	for _, w := range works {
		first := map[int]time.Time{} // of the changes of each turn
		for _, e := range w.Edits {
			if at, ok := first[e.Turn]; !ok || e.At.Before(at) {
				first[e.Turn] = e.At
			}
		}
		for _, t := range w.Tests {
			at, ok := first[t.Turn]
			if !ok || t.At.Before(at) {
				continue
			}
			delete(first, t.Turn)
			if t.At.Before(a.day.Date) || !t.At.Before(a.day.To) {
				continue
			}
			a.day.Output.OneShotOf++
			if !t.Failed {
				a.day.Output.OneShot++
			}
		}
	}
}

// alive finds the runs that were left alive: now, or at the day's end where a turn went on over it.
func (a *account) alive() {
	if a.in.Views == nil {
		return
	}
	for _, r := range a.day.PerRun {
		v, ok := a.in.Views(r.ID)
		if !ok {
			continue
		}
		left := v.State.Live()
		if !a.day.Open {
			left = false
			for _, t := range a.members[r.ID] {
				for n := range t.Turns {
					left = left || t.Turns[n].Started.Before(a.day.To) && turnEnd(t, n).After(a.day.To)
				}
			}
		}
		if left {
			a.day.Alive = append(a.day.Alive, v)
		}
	}
}

// union is the length of intervals, overlaps counted once.
func union(all []interval) time.Duration {
	slices.SortStableFunc(all, func(x, y interval) int { return x.from.Compare(y.from) })
	var sum time.Duration
	var end time.Time
	for _, i := range all {
		if i.from.Before(end) {
			i.from = end
		}
		if i.to.After(i.from) {
			sum += i.to.Sub(i.from)
			end = i.to
		}
	}
	return sum
}
