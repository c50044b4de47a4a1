package monitor

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// dayEvery is how often the account of a day that is not over is read again while
// it is looked at.
const dayEvery = 30 * time.Second

// dayShown is the day's account that a face asked for. It belongs to the loop; the
// reading is done by a goroutine of its own, since it takes files and git.
type dayShown struct {
	date   time.Time // zero: none is asked for
	day    *Day
	asked  time.Time // when it was last asked for
	ask    chan DayQuery
	answer chan dayAnswer
}

type dayAnswer struct {
	date time.Time
	day  *Day
	err  error
}

func newDayShown() dayShown {
	return dayShown{ask: make(chan DayQuery, 1), answer: make(chan dayAnswer)}
}

// showDay takes which day is looked at.
func (l *loop) showDay(date time.Time) {
	d := &l.day
	if !d.date.Equal(date) {
		d.day = nil
	}
	d.date, d.asked = date, time.Time{}
	l.touched = true
}

// askDay has the day's account read where that is due.
func (l *loop) askDay(now time.Time) {
	d := &l.day
	if d.date.IsZero() || !l.started {
		return
	}
	over := d.day != nil && !d.day.Open && d.asked.After(d.day.To)
	if !d.asked.IsZero() && (over || now.Sub(d.asked) < dayEvery && !now.Before(d.asked)) {
		return
	}
	d.asked = now
	q := DayQuery{Date: d.date, Plan: l.plan.Plan, Labels: maps.Clone(l.labels)}
	for _, g := range l.grants {
		q.Grants = append(q.Grants, g.Extension)
	}
	for _, x := range l.queue.all {
		q.Exceptions = append(q.Exceptions, x.Exception)
	}
	for {
		select {
		case d.ask <- q:
			return
		default:
		}
		select {
		case <-d.ask: // the newest question replaces an older one
		default:
		}
	}
}

// takeDay shows a day's account, if it is still asked for.
func (l *loop) takeDay(a dayAnswer) {
	switch {
	case !a.date.Equal(l.day.date):
	case a.err != nil:
		l.refused(a.err)
	default:
		l.day.day = a.day
		l.touched = true
	}
}

// readDays reads the accounts that are asked for until ctx is done.
func (l *loop) readDays(ctx context.Context) {
	o := l.o
	o.looks = true // whoever fills the ledger has the connection that decisions are written with
	for {
		select {
		case <-ctx.Done():
			return
		case q := <-l.day.ask:
			q.Exceptions = withLedger(ctx, o, q)
			day, _, err := ReadDay(ctx, o, q)
			select {
			case l.day.answer <- dayAnswer{q.Date, day, err}:
			case <-ctx.Done():
				return
			}
		}
	}
}

// withLedger adds exceptions of before that only the ledger knows.
func withLedger(ctx context.Context, o Options, q DayQuery) []budget.Exception {
	if o.Ledger == nil {
		return q.Exceptions
	}
	from, _ := DayInput{Date: q.Date, Zone: o.Zone}.Bounds()
	kept, err := o.Ledger.Exceptions(ctx, from)
	if err != nil {
		return q.Exceptions // the loop tells what is wrong with the ledger
	}
	all := q.Exceptions
	for _, e := range kept {
		if !slices.ContainsFunc(q.Exceptions, func(o budget.Exception) bool { return o.ID == e.ID }) {
			all = append(all, e)
		}
	}
	return all
}
