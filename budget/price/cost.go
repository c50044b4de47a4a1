package price

import (
	"fmt"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Quote is how one bucket is priced, or why it is not.
type Quote struct {
	Name   string // the model as the session file names it
	Model  string // the listed id that it stands for; "" where none is known
	How    How
	Row    Row    // zero where no row holds
	Rates  Rates  // what is billed a token; zero where unpriced
	Tier   string // see [Tier]
	Long   bool   // the long-context rates apply
	Reason string // why it is unpriced, "" where it is not
	Doubt  string // what is doubtful about row or name, "" where nothing is
}

// Explain says how usage of a bucket is priced: which row of which date, by what
// rule it was found, and the rates. It is false, with a reason, where there is no price.
//
// The price is that of the event's date: rows begin and end at midnight UTC,
// which is assumed, as OpenAI announces days only. A model that was used before
// its first row is unpriced.
func (l *List) Explain(b model.Bucket) (Quote, bool) {
	r, rates, ok := l.quote(b)
	q := Quote{Name: b.Model, Model: r.model, How: r.how, Rates: rates, Tier: Tier(b.Tier), Reason: r.reason, Doubt: r.note}
	if r.row == nil {
		return q, false
	}
	q.Row = *r.row
	q.Long = b.Long && r.row.Long != nil
	if q.Doubt == "" {
		q.Doubt = r.row.Note
	}
	if !ok {
		q.Reason = fmt.Sprintf("no price is listed for its service tier %q", q.Tier)
	}
	return q, ok
}

func (l *List) quote(b model.Bucket) (resolved, Rates, bool) {
	r := l.resolve(b.Model, b.Quarter*model.QuarterSeconds)
	if r.row == nil {
		return r, Rates{}, false
	}
	rates, ok := r.row.rates(Tier(b.Tier), b.Long)
	return r, rates, ok
}

// Cost prices usage of one bucket. Input is what was neither read from nor
// written to the cache; reasoning is a part of output and never added. Negative
// counters cost nothing. Where there is no price the tokens are counted as
// unpriced, with an upper bound by the dearest current row (or the model's own
// standard rates, where they are dearer).
func (l *List) Cost(b model.Bucket, u model.Usage) Cost {
	r, rates, ok := l.quote(b)
	if ok {
		return Cost{USD: rates.cost(u)}
	}
	n := max(0, u.Input) + max(0, u.Output)
	if n == 0 {
		return Cost{}
	}
	return Cost{Unpriced: n, Upper: l.bound(r.row, b).cost(u)}
}

// Split gives what each kind of tokens of a bucket costs; input is what was not
// cached. The parts add up to Cost's USD. It is false where there is no price.
func (l *List) Split(b model.Bucket, u model.Usage) (input, cached, cacheWrite, output Money, ok bool) {
	_, r, ok := l.quote(b)
	if !ok {
		return 0, 0, 0, 0, false
	}
	return Times(fresh(u), r.Input), Times(u.Cached, r.Cached), Times(u.CacheWrite, r.CacheWrite), Times(u.Output, r.Output), true
}

// fresh is the input that is billed in full, also where hostile counters are negative.
func fresh(u model.Usage) model.Tokens {
	return max(0, u.Input-max(0, u.Cached)-max(0, u.CacheWrite))
}

func (r Rates) cost(u model.Usage) Money {
	return Times(fresh(u), r.Input).Add(Times(u.Cached, r.Cached)).Add(Times(u.CacheWrite, r.CacheWrite)).Add(Times(u.Output, r.Output))
}

// bound gives the rates that an unpriced bucket is held against. A tier that the
// dearest row does not have is taken as its dearest one.
func (l *List) bound(own *Row, b model.Bucket) Rates {
	tier := Tier(b.Tier)
	r, ok := l.upper.rates(tier, b.Long)
	if !ok {
		for t := range l.upper.Tiers {
			x, _ := l.upper.rates(t, b.Long)
			r = r.dearest(x)
		}
		x, _ := l.upper.rates("", b.Long)
		r = r.dearest(x)
	}
	if own != nil {
		x, _ := own.rates("", b.Long)
		r = r.dearest(x)
	}
	return r
}

func (r Rates) dearest(o Rates) Rates {
	return Rates{max(r.Input, o.Input), max(r.Cached, o.Cached), max(r.CacheWrite, o.CacheWrite), max(r.Output, o.Output)}
}
