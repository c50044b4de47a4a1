package report

import (
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

func berlin(t *testing.T, now string) model.Clock {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", now, zone)
	if err != nil {
		t.Fatal(err)
	}
	return model.Clock{Now: at, Zone: zone}
}

func TestSinceAndUntil(t *testing.T) {
	for _, c := range []struct{ now, text, since, until string }{
		{"2026-11-23 14:32", "today", "2026-11-23 00:00", "2026-11-24 00:00"},
		{"2026-11-23 14:32", "Yesterday", "2026-11-22 00:00", "2026-11-23 00:00"},
		{"2026-11-23 14:32", "2026-11-01", "2026-11-01 00:00", "2026-11-02 00:00"},
		{"2026-11-23 14:32", "2026-11-01T08:15", "2026-11-01 08:15", "2026-11-01 08:15"},
		{"2026-11-23 14:32", "2026-11-01T08:15:00Z", "2026-11-01 09:15", "2026-11-01 09:15"},
		{"2026-11-23 14:32", "month", "2026-11-01 00:00", "2026-11-01 00:00"},
		{"2026-11-23 14:32", "week", "2026-11-23 00:00", "2026-11-23 00:00"}, // a Monday
		{"2026-11-22 14:32", "week", "2026-11-16 00:00", "2026-11-16 00:00"}, // a Sunday
		{"2026-11-23 14:32", "7d", "2026-11-17 00:00", "2026-11-17 00:00"},
		{"2026-11-23 14:32", "1d", "2026-11-23 00:00", "2026-11-23 00:00"},
		{"2026-11-23 14:32", "12h", "2026-11-23 02:32", "2026-11-23 02:32"},
		{"2026-10-25 12:00", "today", "2026-10-25 00:00", "2026-10-26 00:00"}, // 25 hours
		{"2026-03-30 12:00", "2d", "2026-03-29 00:00", "2026-03-29 00:00"},    // over a day of 23 hours
	} {
		clock := berlin(t, c.now)
		since, err1 := Since(c.text, clock)
		until, err2 := Until(c.text, clock)
		if err1 != nil || err2 != nil {
			t.Errorf("%s: %v, %v", c.text, err1, err2)
			continue
		}
		const layout = "2006-01-02 15:04"
		if got := since.In(clock.Zone).Format(layout); got != c.since {
			t.Errorf("%s, since %s: %s, want %s", c.now, c.text, got, c.since)
		}
		if got := until.In(clock.Zone).Format(layout); got != c.until {
			t.Errorf("%s, until %s: %s, want %s", c.now, c.text, got, c.until)
		}
	}
}

func TestDatesThatAreNone(t *testing.T) {
	clock := berlin(t, "2026-11-23 14:32")
	for _, text := range []string{"", "yo", "0d", "-1d", "d", "2026-13-01", "7w", "9999999999999999999d", "\x1b[2J"} {
		if at, err := Since(text, clock); err == nil {
			t.Errorf("since %q is %v", text, at)
		}
		if at, err := Until(text, clock); err == nil {
			t.Errorf("until %q is %v", text, at)
		}
	}
}

func TestSpanTakesWholeQuarters(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse("2006-01-02 15:04:05", "2026-10-01 "+s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	q := model.Bucket{Quarter: at("10:15:00").Unix() / model.QuarterSeconds} // 10:15 to 10:30
	for _, c := range []struct {
		span Span
		want bool
	}{
		{Span{}, true},
		{Span{From: at("10:15:00")}, true},
		{Span{From: at("10:29:59")}, true},
		{Span{From: at("10:30:00")}, false},
		{Span{To: at("10:15:00")}, false},
		{Span{To: at("10:15:01")}, true},
		{Span{From: at("10:00:00"), To: at("10:30:00")}, true},
	} {
		if got := c.span.Has(q); got != c.want {
			t.Errorf("%v: %v", c.span, got)
		}
	}
}
