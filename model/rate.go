package model

import (
	"math"
	"time"
)

// HalfLife is the time in which what was burnt loses half its weight in a burn rate.
const HalfLife = 10 * time.Minute

// minRateAge is the youngest age that a rate is corrected for: a response is
// written when it ends, so that the first one of a run that is seconds old says
// little about the next minute.
const minRateAge = time.Minute

// Decayed is a sum in which each amount loses half its weight every [HalfLife].
// It takes constant space and time, any order of the same amounts gives the same
// sum, and sums can be merged. The zero value is an empty sum.
type Decayed struct {
	sum float64
	at  time.Time // the instant that sum holds for: the newest amount's
}

// Add adds an amount that was burnt at an instant, which may be older than those
// that were added before. An amount without a time is left out.
func (d *Decayed) Add(amount float64, at time.Time) {
	switch {
	case at.IsZero():
	case d.at.IsZero():
		d.sum, d.at = amount, at
	case at.Before(d.at):
		d.sum += amount * decay(d.at.Sub(at))
	default:
		d.sum = d.sum*decay(at.Sub(d.at)) + amount
		d.at = at
	}
}

// Merge gives the sum of the amounts of both.
func (d Decayed) Merge(o Decayed) Decayed {
	d.Add(o.sum, o.at)
	return d
}

// Sum is what is left of all amounts now. Where the clock went back behind the
// newest amount, nothing is taken off.
func (d Decayed) Sum(now time.Time) float64 {
	if d.at.IsZero() {
		return 0
	}
	return d.sum * decay(max(0, now.Sub(d.at)))
}

// PerHour is the rate of burning now, in amounts an hour, for something that
// began at an instant (zero: long ago). The decayed sum of a steady burn of rate
// r grows towards r·HalfLife/ln 2; while it is young it has reached only the share
// 1-2^(-age/HalfLife) of that, by which it is divided.
func (d Decayed) PerHour(now, began time.Time) float64 {
	s := d.Sum(now)
	if s == 0 {
		return 0
	}
	rate := s * math.Ln2 / HalfLife.Hours()
	if began.IsZero() {
		return rate
	}
	return rate / (1 - decay(max(minRateAge, now.Sub(began))))
}

// decay is the weight that is left after a time.
func decay(t time.Duration) float64 {
	return math.Exp2(-float64(t) / float64(HalfLife))
}
