package monitor

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	minutesKept  = 24 * 60    // minutes of burn that are kept
	quartersKept = 7 * 24 * 4 // quarters of an hour of burn that are kept
	sparkMinutes = 60         // minutes in a run's sparkline
	burnKept     = 24 * time.Hour
	// Below these a rate is shown as nothing: half a cent an hour, one token a minute.
	minUSDPerHour      = price.Dollar / 200
	minTokensPerMinute = 1
)

// burn is what a thread burnt in the last day, by time.
type burn struct {
	usd, tokens, unpriced model.Decayed
	minutes               []minuteCost // oldest first; minutes without a response are left out
	compacted             []time.Time  // when the context was compacted, oldest first
}

// minuteCost is the cost of one minute, counted from the epoch.
type minuteCost struct {
	minute int64
	cost   price.Money
}

// minuteOf is the minute that something at an instant is counted in. What is said
// to come from the future happened now.
func minuteOf(at, now time.Time) int64 { return min(at.Unix(), now.Unix()) / 60 }

// response adds a response and returns its minute; older ones than a day are left out.
func (b *burn) response(at, now time.Time, c price.Cost, tokens model.Tokens) (minuteCost, bool) {
	if at.IsZero() || now.Sub(at) >= burnKept {
		return minuteCost{}, false
	}
	if at.After(now) {
		at = now
	}
	b.usd.Add(float64(c.USD), at)
	b.tokens.Add(float64(tokens), at)
	if c.Floor() {
		b.unpriced.Add(float64(c.Unpriced), at)
	}
	m := minuteCost{minuteOf(at, now), c.USD}
	i := len(b.minutes)
	for i > 0 && b.minutes[i-1].minute > m.minute {
		i--
	}
	if i > 0 && b.minutes[i-1].minute == m.minute {
		b.minutes[i-1].cost = b.minutes[i-1].cost.Add(m.cost)
		return m, true
	}
	b.minutes = append(b.minutes, minuteCost{})
	copy(b.minutes[i+1:], b.minutes[i:])
	b.minutes[i] = m
	if len(b.minutes) > minutesKept+60 {
		b.minutes = append(b.minutes[:0], b.minutes[60:]...)
	}
	return m, true
}

// compaction notes that the context was compacted.
func (b *burn) compaction(at time.Time) {
	const most = 200
	if len(b.compacted) >= most {
		b.compacted = append(b.compacted[:0], b.compacted[most/4:]...)
	}
	b.compacted = append(b.compacted, at)
}

// rate is the burn rate now of something that began at an instant. A rate too
// small to show is none.
func (b *burn) rate(now, began time.Time) Rate {
	r := Rate{
		USDPerHour:      price.Money(b.usd.PerHour(now, began)),
		TokensPerMinute: b.tokens.PerHour(now, began) / 60,
		Floor:           b.unpriced.PerHour(now, began)/60 >= minTokensPerMinute,
	}
	if r.USDPerHour < minUSDPerHour {
		r.USDPerHour = 0
	}
	if r.TokensPerMinute < minTokensPerMinute {
		r.TokensPerMinute = 0
	}
	return r
}

// burning says that the rate is worth showing.
func (r Rate) burning() bool { return r.USDPerHour > 0 || r.TokensPerMinute > 0 }
