package budget

import (
	"math"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	hoursOfWeek   = 7 * 24
	profileWeeks  = 2    // of history, before there is a profile
	profileKept   = 26   // weeks that are looked at
	profileFlat   = 0.3  // what the profile is shrunk towards an even burn
	profileHalves = 4.0  // weeks in which a week loses half its weight
	quarterHour   = 0.25 // hours
)

// profile is how spend goes over the hours of a week, in local time: the weight
// of each hour, 1 on average. The zero profile is flat.
type profile struct {
	weight  [hoursOfWeek]float64
	learned bool
}

// learn makes a profile of what was spent before an instant. Less than two weeks
// of it say too little: then the profile is flat. Older weeks weigh less.
func learn(c *cells, until time.Time, zone *time.Location) profile {
	end := model.QuarterOf(until)
	const week = hoursOfWeek * 4
	var p profile
	var first int64
	found := false
	for _, x := range c.from(end - profileKept*week) {
		if x.amount != (amount{}) {
			first, found = x.quarter, true
			break
		}
	}
	weeks := (end - first) / week
	if !found || weeks < profileWeeks {
		return p
	}
	total := 0.0
	for _, x := range c.from(end - weeks*week) { // whole weeks, so that each hour is in as many
		if x.quarter >= end {
			break
		}
		age := float64((end - 1 - x.quarter) / week)
		w := float64(x.upper.int64()) * math.Exp2(-age/profileHalves)
		p.weight[hourOfWeek(x.quarter, zone)] += w
		total += w
	}
	if total <= 0 {
		return profile{}
	}
	for h := range p.weight {
		p.weight[h] = (1-profileFlat)*p.weight[h]*hoursOfWeek/total + profileFlat
	}
	p.learned = true
	return p
}

// hourOfWeek is the local hour of the week that a quarter lies in, from Sunday's first.
func hourOfWeek(quarter int64, zone *time.Location) int {
	t := model.QuarterTime(quarter).In(zone)
	return int(t.Weekday())*24 + t.Hour()
}

// of is the weight of a quarter of an hour: a quarter, on average.
func (p *profile) of(quarter int64, zone *time.Location) float64 {
	if !p.learned {
		return quarterHour
	}
	return quarterHour * p.weight[hourOfWeek(quarter, zone)]
}

// plan is the weight of a period's quarters, added up from its beginning.
type plan struct {
	from int64
	sums []float64 // one more than there are quarters
}

func newPlan(p *profile, from, to time.Time, zone *time.Location) *plan {
	a, b := model.QuarterOf(from), model.QuarterOf(to)
	l := &plan{from: a, sums: make([]float64, 1, b-a+1)}
	for q := a; q < b; q++ {
		l.sums = append(l.sums, l.sums[len(l.sums)-1]+p.of(q, zone))
	}
	return l
}

// until is the weight from the beginning up to an instant, within the period.
func (l *plan) until(t time.Time) float64 {
	at := float64(t.Unix()-model.QuarterTime(l.from).Unix()) / 900
	i := int(math.Floor(at))
	switch {
	case i < 0:
		return 0
	case i >= len(l.sums)-1:
		return l.sums[len(l.sums)-1]
	}
	return l.sums[i] + (l.sums[i+1]-l.sums[i])*(at-float64(i))
}

// share is the part of the period's plan that lies between two instants, 0 to 1.
func (l *plan) share(a, b time.Time) float64 {
	all := l.sums[len(l.sums)-1]
	if all == 0 {
		return 0
	}
	return (l.until(b) - l.until(a)) / all
}
