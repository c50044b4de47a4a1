// Package price turns tokens into money: a dated list of rates per model, and
// exact integer arithmetic in pico-dollars.
package price

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Money is an amount in pico-dollars (1e-12 US dollars): every listed rate is a
// whole number of them per token. The largest amount is about 9.2 million dollars;
// [Money.Add] and [Times] stop there instead of wrapping round.
type Money int64

// Dollar is one US dollar.
const Dollar Money = 1_000_000_000_000

// Add gives the sum, held within the range of Money.
func (m Money) Add(o Money) Money {
	s := m + o
	switch {
	case m > 0 && o > 0 && s < 0:
		return math.MaxInt64
	case m < 0 && o < 0 && s >= 0:
		return math.MinInt64
	}
	return s
}

// Times gives n tokens at rate pico-dollars each, held within the range of Money;
// negative tokens or rates cost nothing.
func Times(n model.Tokens, rate Money) Money {
	if n <= 0 || rate <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(n), uint64(rate))
	if hi != 0 || lo > math.MaxInt64 {
		return math.MaxInt64
	}
	return Money(lo)
}

// Dollars gives the amount as a float, for drawing only.
func (m Money) Dollars() float64 { return float64(m) / float64(Dollar) }

// String gives the exact amount as a decimal number of dollars, at least two and
// at most twelve digits after the point: "0.0535", "12.00".
func (m Money) String() string {
	neg, u := "", uint64(m)
	if m < 0 {
		neg, u = "-", -u
	}
	frac := strconv.FormatUint(u%uint64(Dollar), 10)
	frac = strings.Repeat("0", 12-len(frac)) + frac
	frac = strings.TrimRight(frac, "0")
	for len(frac) < 2 {
		frac += "0"
	}
	return neg + strconv.FormatUint(u/uint64(Dollar), 10) + "." + frac
}

// Cost is what usage costs. Where a model has no price it is a floor: the
// unpriced tokens are counted, never taken as free.
type Cost struct {
	USD      Money        // of the tokens that have a price
	Unpriced model.Tokens // input and output tokens that have none
	Upper    Money        // the most that the unpriced tokens can cost, by the dearest current row
}

// Floor says that the true cost is at least USD, not exactly USD.
func (c Cost) Floor() bool { return c.Unpriced > 0 }

// Add gives the sum of both.
func (c Cost) Add(o Cost) Cost {
	return Cost{c.USD.Add(o.USD), c.Unpriced + o.Unpriced, c.Upper.Add(o.Upper)}
}
