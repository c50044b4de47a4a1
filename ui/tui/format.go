package tui

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// money writes an amount short, at most six cells: "6.10", "123.46", "1234",
// "12.3K", "4.1M". Less than half a cent that is not nothing is "<.01". No dollar sign.
func money(m price.Money) string {
	d := m.Dollars()
	switch {
	case m < 0:
		return "-" + money(-max(m, -math.MaxInt64))
	case m > 0 && d < 0.005:
		return "<.01"
	case d < 999.995:
		return strconv.FormatFloat(d, 'f', 2, 64)
	case d < 9999.5:
		return strconv.FormatFloat(d, 'f', 0, 64)
	case d < 999_950:
		return strconv.FormatFloat(d/1e3, 'f', 1, 64) + "K"
	}
	return strconv.FormatFloat(d/1e6, 'f', 1, 64) + "M"
}

// cost writes what usage costs: a floor has its sign in front, and "?" is a cost of which
// nothing is known.
func cost(c price.Cost, g themes.Glyphs) string {
	switch {
	case c.Floor() && c.USD == 0:
		return "?"
	case c.Floor():
		return g.AtLeast + money(c.USD)
	}
	return money(c.USD)
}

// dollars is [cost] with a dollar sign: "$6.10", "≥$6.10", "$?".
func dollars(c price.Cost, g themes.Glyphs) string {
	switch {
	case c.Floor() && c.USD == 0:
		return "$?"
	case c.Floor():
		return g.AtLeast + "$" + money(c.USD)
	}
	return "$" + money(c.USD)
}

// rate writes dollars an hour without a unit, as [cost] does: "1.98", "≥1.98", "?".
func rate(r monitor.Rate, g themes.Glyphs) string {
	switch {
	case r.Floor && r.USDPerHour == 0:
		return "?"
	case r.Floor:
		return g.AtLeast + money(r.USDPerHour)
	}
	return money(r.USDPerHour)
}

// perHour is [rate] with its unit: "$1.98/h", "≥$1.98/h", "$?/h".
func perHour(r monitor.Rate, g themes.Glyphs) string {
	switch {
	case r.Floor && r.USDPerHour == 0:
		return "$?/h"
	case r.Floor:
		return g.AtLeast + "$" + money(r.USDPerHour) + "/h"
	}
	return "$" + money(r.USDPerHour) + "/h"
}

// tokens writes a number of tokens short, at most five cells: "640", "1.1K", "203K", "41.2M".
func tokens(n model.Tokens) string {
	f := float64(n)
	switch {
	case n < 0:
		return "-" + tokens(-max(n, -math.MaxInt64))
	case n < 1000:
		return strconv.FormatInt(int64(n), 10)
	case f < 99_950:
		return strconv.FormatFloat(f/1e3, 'f', 1, 64) + "K"
	case f < 999_500:
		return strconv.FormatFloat(f/1e3, 'f', 0, 64) + "K"
	case f < 999.95e6:
		return strconv.FormatFloat(f/1e6, 'f', 1, 64) + "M"
	case f < 999.95e9:
		return strconv.FormatFloat(f/1e9, 'f', 1, 64) + "B"
	}
	return strconv.FormatFloat(f/1e12, 'f', 1, 64) + "T"
}

// age writes a span short, at most five cells: "9s", "41m", "1h02", "3d04", "412d".
// A negative span (a clock that went back) is "0s".
func age(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02d", int(d.Hours()), int(d.Minutes())%60)
	case d < 100*24*time.Hour:
		return fmt.Sprintf("%dd%02d", int(d.Hours())/24, int(d.Hours())%24)
	}
	return fmt.Sprintf("%dd", min(9999, int(d.Hours())/24))
}

// between is the age of from at at; "-" where from is not known.
func between(from, at time.Time) string {
	if from.IsZero() || at.IsZero() {
		return "-"
	}
	return age(at.Sub(from))
}

// percent writes a fill: "81%", "122%", "-" where it is unknown (below 0). It is not
// 100% before it is full.
func percent(p float64) string {
	switch {
	case p < 0 || math.IsNaN(p):
		return "-"
	case p > 99 && p < 100:
		return "99%"
	}
	return strconv.FormatFloat(math.Round(min(p, 999)), 'f', 0, 64) + "%"
}

// clockTime writes a time of day in the zone: "14:32:08"; "" for the zero time.
func clockTime(t time.Time, zone *time.Location) string { return inZone(t, zone, "15:04:05") }

// hourMinute writes "14:32"; "" for the zero time.
func hourMinute(t time.Time, zone *time.Location) string { return inZone(t, zone, "15:04") }

func inZone(t time.Time, zone *time.Location, layout string) string {
	if t.IsZero() {
		return ""
	}
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format(layout)
}

// dayTime writes a time of day, with its weekday where it is not the snapshot's day and with its
// date where it is more than six days off; "" for the zero time.
func dayTime(t time.Time, s monitor.Snapshot) string {
	const day = "2006-01-02"
	off := t.Sub(s.At)
	switch {
	case t.IsZero():
		return ""
	case inZone(t, s.Zone, day) == inZone(s.At, s.Zone, day):
		return hourMinute(t, s.Zone)
	case off > -6*24*time.Hour && off < 6*24*time.Hour:
		return inZone(t, s.Zone, "Mon 15:04")
	}
	return inZone(t, s.Zone, "2 Jan 15:04")
}
