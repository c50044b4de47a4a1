package monitor

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// days are the local days that sums are shown for, in quarters of an hour.
type days struct {
	yesterday, today, tomorrow int64 // first quarter of each
}

func daysAt(now time.Time, zone *time.Location) days {
	y, m, d := now.In(zone).Date()
	return days{
		yesterday: dayStart(y, m, d-1, zone),
		today:     dayStart(y, m, d, zone),
		tomorrow:  dayStart(y, m, d+1, zone),
	}
}

// dayStart is the first quarter of an hour of a local day. Where clocks change at
// midnight, the day begins at another hour, or has its first hour twice.
func dayStart(y int, m time.Month, d int, zone *time.Location) int64 {
	y, m, d = time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Date() // day 0 is the last one of the month before
	q := floorQuarter(time.Date(y, m, d, 0, 0, 0, 0, zone))
	in := func(q int64) bool {
		yy, mm, dd := quarterTime(q).In(zone).Date()
		return yy == y && mm == m && dd == d
	}
	for range 100 {
		switch {
		case !in(q):
			q++
		case in(q - 1):
			q--
		default:
			return q
		}
	}
	return q
}

func floorQuarter(t time.Time) int64 {
	s := t.Unix()
	q := s / model.QuarterSeconds
	if s%model.QuarterSeconds < 0 {
		q--
	}
	return q
}

func quarterTime(q int64) time.Time { return time.Unix(q*model.QuarterSeconds, 0) }
