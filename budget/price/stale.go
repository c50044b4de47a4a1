package price

import (
	"fmt"
	"time"
)

// current is how long a price list is taken as current.
const current = 30 * 24 * time.Hour

// Stale says in one sentence each what may be out of date as of now: a list older
// than 30 days, a promotion past its promised last day. Nil: nothing.
func (l *List) Stale(now time.Time) []string {
	var s []string
	if t, err := day(l.AsOf); err == nil && !t.IsZero() && now.Sub(t) > current {
		s = append(s, fmt.Sprintf("the price list is of %s, %d days old", l.AsOf, int(now.Sub(t).Hours()/24)))
	}
	for _, r := range l.Rows() {
		if r.Promised.IsZero() || now.Before(r.Promised.AddDate(0, 0, 1)) || !r.holds(now.Unix()) {
			continue
		}
		text := fmt.Sprintf("the price of %s is a promotion that was promised through %s", r.Model, r.Promised.Format(time.DateOnly))
		if !r.ReportedEnd.IsZero() {
			text += " and is reported to end on " + r.ReportedEnd.Format(time.DateOnly)
		}
		s = append(s, text+": it may have ended")
	}
	return s
}
