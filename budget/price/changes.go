package price

import (
	"math"
	"slices"
)

// Changes gives the instants (Unix seconds, sorted, each once) after one and before
// another at which any price begins or ends: between two of them usage may be added up
// before it is priced.
func (l *List) Changes(after, before int64) []int64 {
	var at []int64
	note := func(ts ...int64) {
		for _, t := range ts {
			if t > after && t < before && t != math.MinInt64 && t != math.MaxInt64 {
				at = append(at, t)
			}
		}
	}
	for _, e := range l.models {
		for i := range e.rows {
			note(e.rows[i].from, e.rows[i].to)
		}
	}
	for _, ms := range l.moving {
		for _, m := range ms {
			note(m.from, m.to)
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}
