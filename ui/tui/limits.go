package tui

import (
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// gaugeText draws a text about a fill: plain, or marked where it is nearly full.
func gaugeText(used float64, text string, st themes.Styles) string {
	if used >= 75 {
		return gaugeStyle(used, st).Render(text)
	}
	return text
}

// limitName is a plan window's short name: 5h, week, month.
func limitName(l model.Limit) string {
	switch {
	case l.Minutes <= 0:
		if l.Name != "" {
			return safe(l.Name)
		}
		return "spend"
	case l.Minutes < 48*60:
		return fmt.Sprintf("%dh", (l.Minutes+30)/60)
	case l.Minutes >= 6*1440 && l.Minutes <= 8*1440:
		return "week"
	case l.Minutes >= 27*1440 && l.Minutes <= 32*1440:
		return "month"
	}
	return fmt.Sprintf("%dd", (l.Minutes+720)/1440)
}

// resetIn is the time until a window starts again: "2h11", "" where it is not told.
func resetIn(l model.Limit, s monitor.Snapshot) string {
	if l.ResetsAt.IsZero() || s.At.IsZero() {
		return ""
	}
	if !l.ResetsAt.After(s.At) {
		return "now"
	}
	return age(l.ResetsAt.Sub(s.At))
}

// resetAt is when a window starts again: a time today, a day and a time later.
func resetAt(l model.Limit, s monitor.Snapshot) string {
	if l.ResetsAt.IsZero() {
		return ""
	}
	return clockOf(l.ResetsAt, s)
}

// clockOf writes an instant within a week: its time, and its day where that is not today.
func clockOf(at time.Time, s monitor.Snapshot) string {
	if inZone(at, s.Zone, "2006-01-02") == inZone(s.At, s.Zone, "2006-01-02") {
		return hourMinute(at, s.Zone)
	}
	return inZone(at, s.Zone, "Mon 15:04")
}

// limitGauge draws one plan window over width cells: name, bar, percent, time to its reset.
func limitGauge(l model.Limit, s monitor.Snapshot, nameCells, width int, st themes.Styles) string {
	name, numbers := fit(limitName(l), nameCells, st.Glyphs), padLeft(percent(l.Used), 5)+" "+padLeft(resetIn(l, s), 5)
	bar := width - cells(name) - cells(numbers) - 1
	if bar < 4 {
		return ends(limitName(l), percent(l.Used), width, st.Glyphs)
	}
	return name + " " + gauge(l.Used, bar, st) + gaugeText(l.Used, numbers, st)
}
