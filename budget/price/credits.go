package price

import (
	"errors"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// fastCredits is the multiple for fast mode paid with purchased credits, where a
// row has no other. What a plan includes drains faster; that is never computed here.
const fastCredits = 2 * millionth

// addCredits sets the row's credit rates.
func (r *Row) addCredits(a *Amounts, fast string) error {
	r.creditsFast = fastCredits
	if fast != "" {
		m, err := multiple(fast)
		if err != nil {
			return err
		}
		r.creditsFast = m
	}
	if a == nil {
		if fast != "" {
			return errors.New("a multiple for fast, but no credits")
		}
		return nil
	}
	c, err := a.rates()
	r.Credits = &c
	return err
}

// Credits gives what usage of one bucket takes from purchased ChatGPT credits,
// in credits × 1e12. It is false where it is not known: a model or tier without
// credit rates, or fast and long context together. It says nothing about the
// percentage of a plan's allowance, which only Codex's own report tells.
//
// Cache writes are charged as input where the rate card has no price for them;
// long context counts double for input and one and a half times for output.
// Source: help.openai.com/en/articles/20001106 and the rate card of 2026-04.
func (l *List) Credits(b model.Bucket, u model.Usage) (Money, bool) {
	row := l.resolve(b.Model, b.Quarter*model.QuarterSeconds).row
	if row == nil || row.Credits == nil {
		return 0, false
	}
	c, tier := *row.Credits, Tier(b.Tier)
	long := b.Long && row.Long != nil && !row.creditsFlat
	switch {
	case tier != "" && tier != "fast", tier == "fast" && long:
		return 0, false
	case tier == "fast":
		fast, err := c.times(row.creditsFast)
		if err != nil {
			return 0, false
		}
		c = fast
	case long:
		c = Rates{2 * c.Input, 2 * c.Cached, 2 * c.CacheWrite, c.Output + c.Output/2}
	}
	return c.cost(u), true
}
