// Package report turns a fleet into the aggregates that the commands print:
// usage and its cost by thread, run, project, model, day and user. Its functions are
// pure: what they are given they do not change, and they read no clock.
package report

import (
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Usage is what was used and what it costs. The zero Usage is nothing used, at no cost.
type Usage struct {
	model.Count
	Cost price.Cost
}

// Plus gives the sum of both.
func (u Usage) Plus(o Usage) Usage { return Usage{u.Count.Plus(o.Count), u.Cost.Add(o.Cost)} }

// Priced says that Cost.USD means something: nothing was used, or at least one
// token has a price. Where it is false the cost is unknown, not zero.
func (u Usage) Priced() bool { return u.Cost.Unpriced == 0 || u.Cost.Unpriced < u.Total() }

// IsZero says that no token and no response was counted.
func (u Usage) IsZero() bool { return u.Count == model.Count{} }

// Of gives the usage of rows, priced row by row, so that each is judged by its
// own date, tier and context length.
func Of(rows map[model.Bucket]model.Count, prices *price.List) Usage {
	var sum Usage
	for b, c := range rows {
		sum = sum.Plus(Usage{c, prices.Cost(b, c.Usage)})
	}
	return sum
}
