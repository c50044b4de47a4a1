package budget

import (
	"math"
	"math/bits"
	"slices"
)

// sum is a whole number of 128 bits: however much hostile counters say, an amount
// that is taken out again leaves no trace, and the order of adding does not matter.
type sum struct {
	hi int64
	lo uint64
}

func (s sum) add(n int64) sum { return s.plus(sum{n >> 63, uint64(n)}) }

func (s sum) plus(o sum) sum {
	lo, carry := bits.Add64(s.lo, o.lo, 0)
	return sum{s.hi + o.hi + int64(carry), lo}
}

func (s sum) minus(o sum) sum {
	lo, borrow := bits.Sub64(s.lo, o.lo, 0)
	return sum{s.hi - o.hi - int64(borrow), lo}
}

// int64 gives the number, held within the range of int64.
func (s sum) int64() int64 {
	switch {
	case s.hi < -1, s.hi == -1 && s.lo < 1<<63:
		return math.MinInt64
	case s.hi > 0, s.hi == 0 && s.lo > math.MaxInt64:
		return math.MaxInt64
	}
	return int64(s.lo)
}

// amount is what was spent, in the unit of a budget.
type amount struct {
	spent    sum
	upper    sum // with what has no price at its upper bound
	unpriced sum // tokens
}

func (a amount) plus(o amount) amount {
	return amount{a.spent.plus(o.spent), a.upper.plus(o.upper), a.unpriced.plus(o.unpriced)}
}

func (a amount) minus(o amount) amount {
	return amount{a.spent.minus(o.spent), a.upper.minus(o.upper), a.unpriced.minus(o.unpriced)}
}

// creditsPerDollar is what a dollar of list price takes from purchased credits.
// Source: the rate card of 2026-04; every published row agrees.
const creditsPerDollar = 25

// of gives what a row is in a unit. Where a row's credits are not known its
// tokens are unpriced, bounded by the general rate a dollar.
func (u Unit) of(s Spend) amount {
	tokens := int64(s.Count.Total())
	switch u {
	case TokenUnit:
		return amount{spent: sum{}.add(tokens), upper: sum{}.add(tokens)}
	case CreditUnit:
		if s.Credits == 0 && tokens != 0 {
			dollars := int64(s.Cost.USD.Add(s.Cost.Upper))
			bound := sum{}
			for range creditsPerDollar {
				bound = bound.add(dollars)
			}
			return amount{upper: bound, unpriced: sum{}.add(tokens)}
		}
		return amount{spent: sum{}.add(s.Credits), upper: sum{}.add(s.Credits)}
	}
	return amount{
		spent:    sum{}.add(int64(s.Cost.USD)),
		upper:    sum{}.add(int64(s.Cost.USD)).add(int64(s.Cost.Upper)),
		unpriced: sum{}.add(int64(s.Cost.Unpriced)),
	}
}

// cells are amounts by quarter of an hour, only those in which something was spent.
type cells struct {
	at     map[int64]*cell
	order  []*cell // oldest first
	sorted bool
}

type cell struct {
	quarter int64
	amount
}

// put adds an amount to a quarter, or takes it out.
func (c *cells) put(quarter int64, a amount, out bool) {
	x := c.at[quarter]
	if x == nil {
		if c.at == nil {
			c.at = map[int64]*cell{}
		}
		x = &cell{quarter: quarter}
		c.at[quarter] = x
		c.sorted = c.sorted && (len(c.order) == 0 || c.order[len(c.order)-1].quarter < quarter)
		c.order = append(c.order, x)
	}
	if out {
		x.amount = x.minus(a)
	} else {
		x.amount = x.plus(a)
	}
}

// from gives the cells of a quarter and later, oldest first, those left out in
// which nothing is left. The slice is valid until the next put.
func (c *cells) from(quarter int64) []*cell {
	if !c.sorted {
		c.order = slices.DeleteFunc(c.order, func(x *cell) bool {
			empty := x.amount == amount{}
			if empty {
				delete(c.at, x.quarter)
			}
			return empty
		})
		slices.SortFunc(c.order, func(a, b *cell) int {
			if a.quarter < b.quarter {
				return -1
			}
			return 1
		})
		c.sorted = true
	}
	i, _ := slices.BinarySearchFunc(c.order, quarter, func(x *cell, q int64) int {
		switch {
		case x.quarter < q:
			return -1
		case x.quarter > q:
			return 1
		}
		return 0
	})
	return c.order[i:]
}

// between adds up what was spent from one quarter up to another, not included.
func (c *cells) between(from, to int64) amount {
	var a amount
	for _, x := range c.from(from) {
		if x.quarter >= to {
			break
		}
		a = a.plus(x.amount)
	}
	return a
}

// span gives the first and last quarter in which something was spent; there may be no cells at all.
func (c *cells) span() (first, last int64, ok bool) {
	if c == nil {
		return 0, 0, false
	}
	all := c.from(math.MinInt64)
	some := func(x *cell) bool { return x.amount != amount{} }
	i := slices.IndexFunc(all, some)
	if i < 0 {
		return 0, 0, false
	}
	end := len(all) - 1
	for !some(all[end]) {
		end--
	}
	return all[i].quarter, all[end].quarter, true
}
