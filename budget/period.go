package budget

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The names of periods.
const (
	Month = "month"
	Week  = "week" // from Monday on
	Day   = "day"
	Run   = "run"  // the whole tree of a run's threads, for ever
	Task  = "task" // all runs of one task, for ever
)

// Calendar says that the period has a beginning and an end in time: a month,
// week or day that comes again, or a milestone.
func (p Period) Calendar() bool { return p.Name != Run && p.Name != Task }

// Milestone says that the period is one stretch of days.
func (p Period) Milestone() bool { return p.Name == "" }

// String gives the period's word, or the first and last day of a milestone.
func (p Period) String() string {
	if p.Name != "" {
		return p.Name
	}
	return p.From.Format(time.DateOnly) + " to " + p.To.AddDate(0, 0, -1).Format(time.DateOnly)
}

// At gives the bounds of the period that an instant lies in, in a zone: local
// midnights, the second not included. A milestone has always the same; those of runs and tasks are zero.
func (p Period) At(now time.Time, zone *time.Location) (from, to time.Time) {
	y, m, d := now.In(zone).Date()
	switch p.Name {
	case Month:
		return Midnight(y, m, 1, zone), Midnight(y, m+1, 1, zone)
	case Week:
		d -= (int(now.In(zone).Weekday()) + 6) % 7
		return Midnight(y, m, d, zone), Midnight(y, m, d+7, zone)
	case Day:
		return Midnight(y, m, d, zone), Midnight(y, m, d+1, zone)
	case Run, Task:
		return time.Time{}, time.Time{}
	}
	return p.From, p.To
}

// Midnight gives the first instant of a local day; days and months beyond their
// range count on, as in [time.Date]. Where clocks change at midnight the day begins at
// another hour, or at the first of two. Days begin on quarters of an hour in every zone of our time.
func Midnight(y int, m time.Month, d int, zone *time.Location) time.Time {
	y, m, d = time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Date()
	in := func(t time.Time) bool {
		yy, mm, dd := t.Date()
		return yy == y && mm == m && dd == d
	}
	t := model.QuarterTime(model.QuarterOf(time.Date(y, m, d, 0, 0, 0, 0, zone))).In(zone)
	const step = model.QuarterSeconds * time.Second
	for range 200 {
		switch {
		case !in(t):
			t = t.Add(step)
		case in(t.Add(-step)):
			t = t.Add(-step)
		default:
			return t
		}
	}
	return t
}

// days is the length of a span in days, by the calendar's measure: a day of 23
// hours is nearly one.
func days(from, to time.Time) float64 { return to.Sub(from).Hours() / 24 }
