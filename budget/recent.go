package budget

import (
	"iter"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// recents are the events of the last hours. What many responses have in common is
// kept once, and of a long list the events of the same step of the rings are one: the
// runs that are named by it are the same, and a run that never ends does not grow it.
type recents struct {
	list []recentEvent
	who  map[Spend]*Spend // without amounts
	most int              // length from which events are joined
}

type recentEvent struct {
	at      time.Time
	who     *Spend
	count   model.Count
	cost    price.Cost
	credits int64
}

const (
	fewRecents = 1024             // events that are kept one by one
	fineStep   = 10 * time.Second // of the finer ring
	fineFor    = time.Hour
)

func (r *recents) add(e event) {
	who := e.spend
	who.Count, who.Cost, who.Credits = model.Count{}, price.Cost{}, 0
	p := r.who[who]
	if p == nil {
		if r.who == nil {
			r.who = map[Spend]*Spend{}
		}
		p = &who
		r.who[who] = p
	}
	r.list = append(r.list, recentEvent{e.at, p, e.spend.Count, e.spend.Cost, e.spend.Credits})
}

// all gives the events as they were told, or joined.
func (r *recents) all() iter.Seq[event] {
	return func(yield func(event) bool) {
		for i := range r.list {
			o := &r.list[i]
			s := *o.who
			s.Count, s.Cost, s.Credits = o.count, o.cost, o.credits
			if !yield(event{o.at, s}) {
				return
			}
		}
	}
}

// forget lets go of what is older than kept.
func (r *recents) forget(now time.Time, kept time.Duration) {
	old := func(e recentEvent) bool { return now.Sub(e.at) > kept }
	if slices.ContainsFunc(r.list, old) {
		r.list = slices.DeleteFunc(r.list, old)
	}
	if len(r.list) > max(fewRecents, r.most) || len(r.who) > len(r.list)+fewRecents {
		r.join(now)
		r.most = 2 * len(r.list)
	}
}

type recentStep struct {
	who   *Spend
	step  int64
	known bool // its credits are
}

// join makes one of the events that lie in one step and differ only in their amounts.
func (r *recents) join(now time.Time) {
	seen := make(map[recentStep]int, len(r.list))
	joined := make([]recentEvent, 0, len(r.list)/2)
	who := map[Spend]*Spend{}
	for _, e := range r.list {
		step := fineStep
		if now.Sub(e.at) > fineFor {
			step = time.Minute
		}
		k := recentStep{e.who, e.at.Truncate(step).Unix(), e.credits != 0}
		i, ok := seen[k]
		if !ok {
			seen[k] = len(joined)
			who[*e.who] = e.who
			joined = append(joined, e)
			continue
		}
		o := &joined[i]
		o.at = laterOf(o.at, e.at)
		o.count, o.cost = o.count.Plus(e.count), o.cost.Add(e.cost)
		o.credits += e.credits
	}
	r.list, r.who = slices.Clip(joined), who
}
