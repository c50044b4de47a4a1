package budget

import (
	"cmp"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Switch is a change from one model to another in the middle of a thread.
type Switch struct {
	From, To model.Bucket // as a request now would be counted
	Context  model.Tokens // of the thread
	Hit      float64      // share of the input that the cache serves, 0 to 1
	Compacts bool         // the models can't go on from each other's context: it is compacted first
}

// Cost is what the switch itself costs, beside what the requests cost afterwards.
// Nothing that was cached serves another model, so its first request pays the whole
// context: the difference to cached input is the loss. Where the context is
// compacted first, one request with all of it goes to the old model, and the first
// of the new one has what is left. With the same model on both sides it is 0. It is
// a floor where a price is not known.
func (s Switch) Cost(list *price.List) price.Cost {
	if s.From.Model == s.To.Model && !s.Compacts || s.Context <= 0 {
		return price.Cost{}
	}
	var sum price.Cost
	left := s.Context
	if s.Compacts {
		left = min(compactedContext, s.Context/2)
		from := s.From
		from.Long = s.Context > model.LongContextTokens
		sum = list.Cost(from, model.Usage{Input: s.Context, Cached: model.Tokens(s.Hit * float64(s.Context)), Output: summaryTokens})
	}
	to := s.To
	to.Long = left > model.LongContextTokens
	q, ok := list.Explain(to)
	if !ok {
		return sum.Add(list.Cost(to, model.Usage{Input: left}))
	}
	write := q.Rates.Input
	if q.Row.WriteListed {
		write = q.Rates.CacheWrite
	}
	return sum.Add(price.Cost{USD: price.Times(left, max(0, write-q.Rates.Cached))})
}

// AllowsModel says that the policy allows a model; an empty one allows every model.
func (p Policy) AllowsModel(name string) bool { return p.allowsModel(name) }

// LowerEfforts gives those of the efforts that are below one, the nearest first;
// "" stands for what usual says. Efforts that are not known are left out.
func LowerEfforts(efforts []string, effort, usual string) []string {
	rank := effortRank(cmp.Or(effort, usual))
	var lower []string
	for _, e := range efforts {
		if r := effortRank(e); e != "" && r >= 0 && r < rank {
			lower = append(lower, e)
		}
	}
	slices.SortFunc(lower, func(a, b string) int { return effortRank(b) - effortRank(a) })
	return lower
}
