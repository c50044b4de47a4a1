package monitor

import (
	"cmp"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// kindShare is one kind's part of a thread.
type kindShare struct {
	kind  model.Kind
	cost  price.Cost
	count model.Count
}

// kinds gives an entry's cost by kind of work; the parts add up to it exactly. Nil
// where the kinds are not known.
func (e *entry) kinds(o Options) []kindShare {
	if e.sums.kinds != nil || e.thread.KindRows == nil {
		return e.sums.kinds
	}
	s := Spending{Prices: o.Prices}
	e.sums.kinds = []kindShare{}
	e.rows(func(b model.Bucket, n model.Count) {
		for _, p := range s.split(budget.Spend{}, e.thread, b, n) {
			e.sums.addKind(kindShare{p.Kind, p.Cost, p.Count})
		}
	})
	return e.sums.kinds
}

func (s *sums) addKind(k kindShare) {
	for i := range s.kinds {
		if have := &s.kinds[i]; have.kind == k.kind {
			have.cost, have.count = have.cost.Add(k.cost), have.count.Plus(k.count)
			return
		}
	}
	s.kinds = append(s.kinds, k)
}

// kinds is a run's cost by kind of work, dearest first; nil where no kind is known.
// What was read without looking for kinds counts as other.
func (r *run) kinds(o Options) []Share {
	parts := map[model.Kind]*Share{}
	add := func(k model.Kind, c price.Cost, n model.Count) {
		s := parts[k]
		if s == nil {
			s = &Share{Name: k.String(), Runs: 1}
			parts[k] = s
		}
		s.add(c, n)
	}
	known := false
	for _, e := range r.threads {
		if e.thread.KindRows == nil {
			if e.sums.usage.Responses > 0 {
				add(model.KindOther, e.sums.cost, e.sums.usage)
			}
			continue
		}
		for _, k := range e.kinds(o) {
			known = true
			add(k.kind, k.cost, k.count)
		}
	}
	if !known {
		return nil
	}
	var list []Share
	for _, s := range parts {
		list = append(list, *s)
	}
	slices.SortStableFunc(list, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Cost.USD, a.Cost.USD), cmp.Compare(b.Usage.Total(), a.Usage.Total()), cmp.Compare(a.Name, b.Name))
	})
	return list
}
