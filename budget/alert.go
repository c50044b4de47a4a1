package budget

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// The shortest windows of pages; they grow where responses come seldom.
const (
	shortFast = 5 * time.Minute
	shortSlow = 30 * time.Minute
)

// The forecast tiers: when they begin, and below what they end.
const (
	ticketAt    = 1.10
	ticketEnds  = 1.05
	ticketShare = 0.10
	ticketDays  = 3
)

// burnPolicy is how much more than planned is too much, as parts of the limit;
// slow 0 has no such tier.
type burnPolicy struct {
	fast, slow float64
	floor      bool // small amounts are quiet
}

// policyOf gives the policy for a period of that many days. Those of a month and
// of a day were tried on simulated spend, that of a week lies between them.
func policyOf(days float64) burnPolicy {
	switch {
	case days <= 1.1:
		return burnPolicy{fast: 0.10}
	case days <= 10:
		return burnPolicy{fast: 0.05, slow: 0.10, floor: true}
	}
	return burnPolicy{fast: 0.015, slow: 0.03, floor: true}
}

// pageFloor is the excess below which pages of a week or more are quiet: two
// dollars, or what about costs as much.
func pageFloor(u Unit) int64 {
	switch u {
	case TokenUnit:
		return 1_000_000
	case CreditUnit:
		return 2 * creditsPerDollar * Credit
	}
	return int64(2 * price.Dollar)
}

// episodes are the pages and tickets of one budget that are pending or firing.
type episodes map[Tier]*episode

// episode is one time of trouble: wanted once it is pending, wanted again at a
// later instant it fires, until it recovered.
type episode struct {
	from   time.Time // of its period: all ends at roll-over
	since  time.Time
	firing bool
}

// step moves a tier on by one evaluation and says whether it fires. A tier that
// needs no second opinion fires at once.
func (e episodes) step(t Tier, wanted, recovered, atOnce bool, from, now time.Time) (since time.Time, firing bool) {
	x := e[t]
	if x != nil && !x.from.Equal(from) {
		delete(e, t)
		x = nil
	}
	switch {
	case x == nil && !wanted:
		return time.Time{}, false
	case x == nil:
		x = &episode{from: from, since: now, firing: atOnce}
		e[t] = x
	case x.firing && recovered, !x.firing && !wanted:
		delete(e, t)
		return time.Time{}, false
	case !x.firing && now.After(x.since):
		x.firing, x.since = true, now
	}
	return x.since, x.firing
}

// alertsOf gives the alerts of a calendar budget that fire now.
func (j *Judge) alertsOf(k *book, s Standing, now time.Time) []Alert {
	if now.Before(s.From) || !now.Before(s.To) {
		clear(k.alerts)
		return nil
	}
	all := j.cumulative(k, s)
	if s.Limit <= 0 {
		return all
	}
	p := policyOf(days(s.From, s.To))
	gap := k.rings.gap()
	short := min(30*time.Minute, max(shortFast, 2*gap))
	all = append(all, j.page(k, s, now, PageFast, time.Hour, short, p.fast, p.floor)...)
	if p.slow > 0 {
		short = min(time.Hour, max(shortSlow, 2*gap))
		all = append(all, j.page(k, s, now, PageSlow, 6*time.Hour, short, p.slow, p.floor)...)
	}
	return append(all, j.ticket(k, s, now)...)
}

// gap is the pause between posts that 95 of 100 are not longer than, as far as
// the last day tells; 0 where it tells too little. Codex posts what a response cost when it ends.
func (r *rings) gap() time.Duration {
	gaps := r.minutes.gaps(30 * time.Minute)
	if len(gaps) < 5 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[(len(gaps)*95+99)/100-1]
}

// burnOf gives the spend of the newest window within the period, and its plan.
func (k *book) burnOf(s Standing, w time.Duration, now time.Time) (spent, planned int64) {
	since := now.Add(-w)
	ring := k.rings.fine
	if w > time.Hour {
		ring = k.rings.minutes
	}
	if since.Before(s.From) {
		since = s.From
		spent = ring.since(since)
	} else {
		spent = ring.last(w)
	}
	return spent, portion(s.Limit, k.plan.share(since, now))
}

// page judges one burn tier: far more than planned was spent in the long window,
// and still is in the short one. It ends when the short window is back at its plan.
func (j *Judge) page(k *book, s Standing, now time.Time, t Tier, long, short time.Duration, part float64, floor bool) []Alert {
	longSpent, longPlan := k.burnOf(s, long, now)
	shortSpent, shortPlan := k.burnOf(s, short, now)
	longX, shortX := longSpent-longPlan, shortSpent-shortPlan
	limit := portion(s.Limit, part)
	wanted := longX >= limit && float64(shortX) >= float64(limit)*float64(short)/float64(long) && longX > 0
	if floor && longX < pageFloor(s.Budget.Limit.Unit) {
		wanted = false
	}
	since, firing := k.alerts.step(t, wanted, shortX <= 0, false, s.From, now)
	if !firing {
		return nil
	}
	u := s.Budget.Limit.Unit
	a := Alert{
		Budget: k.Name, Tier: t, Since: since, From: s.From, Long: long, Short: short, LongX: longX, ShortX: shortX, LimitX: limit,
		Text: fmt.Sprintf("%s in %s, %s more than planned (page at %s more)", u.Format(longSpent), hours(long), u.Format(max(0, longX)), u.Format(limit)),
	}
	parts := j.burning(k, now.Add(-long), 0)
	var all, good sum
	for _, p := range parts {
		all = all.add(p.Amount)
		if j.productive[p.Run] {
			good = good.add(p.Amount)
		}
	}
	a.Notice = good.int64() > 0 && good.plus(good).int64() >= all.int64()
	return []Alert{a.by(parts)}
}

// by names the runs that an alert comes from.
func (a Alert) by(parts []Part) Alert {
	if len(parts) > 3 {
		parts = parts[:3]
	}
	a.TopRuns = parts
	for _, p := range parts {
		a.Top = append(a.Top, string(p.Run))
	}
	return a
}

// ticket judges the forecast: expected above the limit today and when today
// began. It is urgent where even the low end of the band is.
func (j *Judge) ticket(k *book, s Standing, now time.Time) []Alert {
	early := k.plan.share(s.From, now) < ticketShare || days(s.From, now) < ticketDays
	b, o := k.before.Forecast, k.outlook.Forecast
	known := b.Known && o.Known && !early && !s.Exceeded()
	over := func(n int64, times float64) bool { return float64(n) >= times*float64(s.Limit) }
	urgent := known && over(b.P10, 1) && over(o.P10, 1)
	wanted := known && (urgent || over(b.P50, ticketAt) && over(o.P50, ticketAt))
	urgentSince, isUrgent := k.alerts.step(Urgent, urgent, !known || !over(o.P10, 1), true, s.From, now)
	since, firing := k.alerts.step(Ticket, wanted, !known || !over(o.P50, ticketEnds), true, s.From, now)
	tier := Ticket
	if isUrgent {
		tier, since, firing = Urgent, urgentSince, true
	}
	if !firing {
		return nil
	}
	u := s.Budget.Limit.Unit
	a := Alert{
		Budget: k.Name, Tier: tier, Since: since, From: s.From, LongX: o.P50 - s.Limit, ShortX: b.P50 - s.Limit, LimitX: portion(s.Limit, ticketAt-1),
		Text: fmt.Sprintf("expected to end at %s (%s to %s) of %s", u.Format(o.P50), u.Format(o.P10), u.Format(o.P90), u.Format(s.Limit)),
	}
	return []Alert{a.by(j.top(k, s, 3))}
}

// defaultWarnAt are the percentages that are told where none are set.
var defaultWarnAt = [...]int{50, 80, 100}

// cumulative gives the highest threshold that is passed, or the limit itself
// where it is reached; beyond it both. Both follow from the spend alone: once a period each.
func (j *Judge) cumulative(k *book, s Standing) []Alert {
	u := s.Budget.Limit.Unit
	var all []Alert
	highest := 0
	warn := k.WarnAt
	if warn == nil {
		warn = defaultWarnAt[:]
	}
	for _, w := range warn {
		if s.Spent > 0 && s.Used >= float64(w) {
			highest = max(highest, w)
		}
	}
	of := u.Format(s.Spent) + " of " + u.Format(s.Limit)
	if highest > 100 || highest > 0 && !s.Exceeded() { // the hard limit says all that 100% does
		at := k.crossed(s, mul(s.Limit, highest), false)
		a := Alert{Budget: k.Name, Key: s.Key, Tier: Threshold, Percent: highest, Since: at, From: s.From,
			Text: fmt.Sprintf("%s spent: %d%% passed", of, highest), LongX: s.Spent, LimitX: mul(s.Limit, highest)}
		all = append(all, a.by(j.top(k, s, 3)))
	}
	if s.Exceeded() {
		text := of + " spent: the limit is reached"
		if s.Floor {
			text = fmt.Sprintf("up to %s of %s spent, with unpriced tokens at their upper bound: the limit is reached", u.Format(s.Upper), u.Format(s.Limit))
		}
		a := Alert{Budget: k.Name, Key: s.Key, Tier: Hard, Percent: 100, Since: k.crossed(s, s.Limit, true), From: s.From,
			Text: text, LongX: s.Upper, LimitX: s.Limit}
		all = append(all, a.by(j.top(k, s, 3)))
	}
	return all
}

// mul is so many percent of a limit, rounded up.
func mul(limit int64, percent int) int64 {
	if limit > math.MaxInt64/int64(max(1, percent)) {
		return math.MaxInt64
	}
	return limit/100*int64(percent) + (limit%100*int64(percent)+99)/100
}

func hours(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return plural(int(d.Hours()), "hour")
}
