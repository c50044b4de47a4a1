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

// dayStart is the first quarter of an hour of a local day, or of the next one where
// the zone left the day out. Where clocks change at midnight, the day begins at
// another hour, or has its first hour twice.
func dayStart(y int, m time.Month, d int, zone *time.Location) int64 {
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	before := func(q int64) bool {
		yy, mm, dd := model.QuarterTime(q).In(zone).Date()
		return time.Date(yy, mm, dd, 0, 0, 0, 0, time.UTC).Before(day)
	}
	q := model.QuarterOf(time.Date(y, m, d, 0, 0, 0, 0, zone))
	for before(q) {
		q++
	}
	for !before(q - 1) {
		q--
	}
	return q
}
