package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Span is a stretch of time, from From up to but not including To. A zero From
// or To leaves that end open; the zero Span is all time.
type Span struct{ From, To time.Time }

// Has says that a quarter of an hour begins inside the span. A quarter is taken
// whole or not at all: usage is not known any finer.
func (s Span) Has(b model.Bucket) bool {
	at := b.Quarter * model.QuarterSeconds
	return (s.From.IsZero() || at >= floorQuarter(s.From)) && (s.To.IsZero() || at < ceilQuarter(s.To))
}

func floorQuarter(t time.Time) int64 {
	s := t.Unix()
	return s - ((s%model.QuarterSeconds)+model.QuarterSeconds)%model.QuarterSeconds
}

func ceilQuarter(t time.Time) int64 {
	f := floorQuarter(t)
	if f == t.Unix() && t.Nanosecond() == 0 {
		return f
	}
	return f + model.QuarterSeconds
}

// Dates lists what [Since] and [Until] understand, for messages and help.
const Dates = "a date (2026-11-23), a time (2026-11-23T14:30), today, yesterday, week, month, 7d or 12h"

// Since gives the start of what a person names: a day's midnight in the clock's
// zone, the Monday of this week, the first of this month; 7d is today and the six days before,
// 12h the last twelve hours.
func Since(text string, c model.Clock) (time.Time, error) {
	day, ok := namedDay(text, c)
	if ok {
		return day, nil
	}
	return boundary(text, c)
}

// Until gives the end (exclusive) of what a person names: the end of that day for
// a date, today and yesterday; for week, month, 7d and 12h the instant at which [Since] of
// the same word begins, so that the two split history without a gap.
func Until(text string, c model.Clock) (time.Time, error) {
	day, ok := namedDay(text, c)
	if ok {
		return midnight(day, 1), nil
	}
	return boundary(text, c)
}

// namedDay gives the midnight of a date, of today or of yesterday.
func namedDay(text string, c model.Clock) (time.Time, bool) {
	switch strings.ToLower(text) {
	case "today":
		return midnight(c.Now.In(c.Zone), 0), true
	case "yesterday":
		return midnight(c.Now.In(c.Zone), -1), true
	}
	d, err := time.ParseInLocation(time.DateOnly, text, c.Zone)
	return d, err == nil
}

// boundary gives the instant that every other word names.
func boundary(text string, c model.Clock) (time.Time, error) {
	now := c.Now.In(c.Zone)
	word := strings.ToLower(text)
	switch word {
	case "week":
		return midnight(now, -(int(now.Weekday())+6)%7), nil
	case "month":
		return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, c.Zone), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, c.Zone); err == nil {
			return t, nil
		}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if len(word) > 1 {
		n, err := strconv.Atoi(word[:len(word)-1])
		if err == nil && n > 0 && n <= 100_000 {
			switch word[len(word)-1] {
			case 'd':
				return midnight(now, 1-n), nil
			case 'h':
				return c.Now.Add(-time.Duration(n) * time.Hour), nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("invalid date %q: want %s", model.Clean(text, 60), Dates)
}

// midnight gives the start of the day that is so many days after t's, in t's
// zone: by the calendar, so that a day of 23 or 25 hours is one day.
func midnight(t time.Time, days int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, t.Location())
}
