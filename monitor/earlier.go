package monitor

import (
	"maps"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	// earlierRuns is how many of the newest runs others are compared with.
	earlierRuns = 500
	// earlierFor is how long they are taken for the newest.
	earlierFor = time.Hour
)

// pastRun is what a run that is over tells about those after it.
type pastRun struct {
	budget.Earlier
	project string
	end     time.Time
}

// earlier gives those of the runs that had ended before an instant, for a run of
// a project: the newest, as many as are compared with.
func earlier(past []pastRun, project string, began time.Time) []budget.Earlier {
	var all []budget.Earlier
	for i := len(past) - 1; i >= 0 && len(all) < earlierRuns; i-- {
		if o := &past[i]; o.end.Before(began) && o.Cost > 0 {
			e := o.Earlier
			e.SameProject = o.project == project
			all = append(all, e)
		}
	}
	return all
}

// earlierOf tells of a run by its sums alone what a watcher that saw its steps
// would tell exactly; cost is that of all its threads. The gap is the most that
// was spent in quarters of an hour in a row in which nothing was changed, before
// one in which something was: it is no more than the true one. Of research nothing
// tells when it answered, so that its gap is not known.
func earlierOf(root *model.Thread, threads []*model.Thread, prices *price.List, cost price.Money) budget.Earlier {
	e := budget.Earlier{Cost: cost}
	files, kinds := 0, map[model.Kind]model.Tokens{}
	made, known := map[int64]bool{}, false
	for _, t := range threads {
		files += t.FileChanges
		for b, n := range t.KindRows {
			known = true
			kinds[b.Kind] += n.Total()
			if n.Responses > 0 && (b.Kind == model.KindEdit || b.Kind == model.KindMigration || b.Kind == model.KindDocumentation) {
				made[b.Quarter] = true
			}
		}
	}
	if research, told := budget.AsksResearch(root.Title); told {
		e.Research = research
	} else {
		e.Research = files == 0 && looked(kinds)
	}
	if known && files > 0 && len(made) > 0 && !e.Research {
		e.Gap, e.Made = quietStretch(threads, prices, made), true
	}
	return e
}

// looked says that nearly all of what a run did was to look at things.
func looked(kinds map[model.Kind]model.Tokens) bool {
	var all model.Tokens
	for _, n := range kinds {
		all += n
	}
	return (kinds[model.KindResearch]+kinds[model.KindReview])*5 >= all*4
}

// quietStretch is the most that threads spent in a row in quarters in which nothing
// was made, before one in which something was.
func quietStretch(threads []*model.Thread, prices *price.List, made map[int64]bool) price.Money {
	costs := map[int64]price.Money{}
	for _, t := range threads {
		for b, n := range t.Rows {
			costs[b.Quarter] = costs[b.Quarter].Add(prices.Cost(b, n.Usage).USD)
		}
	}
	var quarters []int64
	for q := range costs {
		quarters = append(quarters, q)
	}
	slices.Sort(quarters)
	var sum, most price.Money
	for _, q := range quarters {
		if !made[q] {
			sum = sum.Add(costs[q])
			continue
		}
		most, sum = max(most, sum), 0
	}
	return most
}

// earlierRuns gives the runs that are over, oldest end first. They are looked
// through when the first run is watched, and then at most once an hour.
func (l *loop) earlierRuns() []pastRun {
	now := l.now()
	if !l.pastAt.IsZero() && !now.Before(l.pastAt) && now.Sub(l.pastAt) < earlierFor {
		return l.past
	}
	l.pastAt = now
	maps.DeleteFunc(l.seen, func(id model.RunID, _ budget.Earlier) bool { return !l.knows(id) })
	type ended struct {
		at     time.Time
		run    *run
		asleep *sleeper // where it sleeps
	}
	var over []*ended
	for _, r := range l.list {
		if !r.view.State.Live() && r.view.Usage.Responses > 0 {
			over = append(over, &ended{at: r.view.LastAt, run: r})
		}
	}
	for _, s := range l.asleep.runs {
		if s.used {
			over = append(over, &ended{at: s.past.end, asleep: s})
		}
	}
	slices.SortFunc(over, func(a, b *ended) int { return a.at.Compare(b.at) })
	over = over[max(0, len(over)-earlierRuns):]
	l.past, l.pastFor = make([]pastRun, 0, len(over)), map[pastKey][]budget.Earlier{}
	for _, o := range over {
		if o.asleep != nil {
			l.past = append(l.past, o.asleep.past)
		} else {
			l.past = append(l.past, l.pastOf(o.run))
		}
	}
	return l.past
}

// pastKey is what the runs that another is compared with depend on.
type pastKey struct {
	project string
	ended   int // how many of them had ended when it began
}

// earlierFor gives the runs to compare one of a project with. Those that begin one after
// the other share them.
func (l *loop) earlierFor(project string, began time.Time) []budget.Earlier {
	past := l.earlierRuns()
	k := pastKey{project, 0}
	for i := range past {
		if past[i].end.Before(began) {
			k.ended++
		}
	}
	all, ok := l.pastFor[k]
	if !ok {
		all = slices.Clone(earlier(past, project, began))
		l.pastFor[k] = all
	}
	return all
}

// pastOf is what a run that is over tells about those after it.
func (l *loop) pastOf(r *run) pastRun {
	return pastRun{l.earlierOf(r), r.root().project, r.view.LastAt}
}

// earlierOf tells of a run exactly where it was watched, else by its sums.
func (l *loop) earlierOf(r *run) budget.Earlier {
	if w := l.watched[r.id]; w != nil && w.w != nil {
		return w.w.Earlier()
	}
	if e, ok := l.seen[r.id]; ok {
		return e
	}
	threads := make([]*model.Thread, len(r.threads))
	for i, e := range r.threads {
		threads[i] = e.thread
	}
	return earlierOf(r.root().thread, threads, l.o.Prices, r.view.Cost.USD)
}

// remember keeps what a watcher found of a run that is watched no longer.
func (l *loop) remember(id model.RunID, w *watched) {
	if w.w != nil && w.w.Responses() > 0 {
		l.seen[id] = w.w.Earlier()
	}
}
