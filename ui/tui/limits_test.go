package tui

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// A plan and a window are named by session files, as all else they may hold anything.
func TestEscapesInPlansAndWindows(t *testing.T) {
	const bad = "pro\x1b]0;x\a\x9b31m\u202e\r\n\x00"
	s := fakeSnapshot()
	s.Budgets = nil
	s.Limits = []model.Limit{{ID: bad, Name: bad, Plan: bad, Minutes: 0, Used: 40}, {ID: bad, Name: bad, Plan: bad, Minutes: 300, Used: 40}}
	for _, size := range [][2]int{{18, 2}, {30, 6}, {40, 30}, {80, 24}, {120, 40}, {200, 50}} {
		frame := Picture(s, size[0], size[1], Options{})
		for _, c := range []string{"\x1b]", "\a", "\x9b", "\u202e", "\r", "\x00"} {
			if strings.Contains(frame, c) {
				t.Errorf("at %v: %q of a plan's name is drawn", size, c)
			}
		}
	}
}

// What burnt over a day is drawn by the same rate as what burnt over an hour: one
// dear minute is no peak of sixty times its cost.
func TestPeakOfADayIsARate(t *testing.T) {
	s := monitor.Series{Minute: make([]price.Money, 1440)}
	s.Minute[1400] = usd(3)
	top := func(z zoom) (m float64) {
		for _, v := range burnSeries(s, z) {
			m = math.Max(m, v)
		}
		return m
	}
	if hour, day := top(zoom1h), top(zoom24h); hour != day {
		t.Errorf("the same minute is a peak of %v $/h within the hour and of %v within the day", hour, day)
	}
}

// What happened on another day says on which.
func TestLogNamesTheDay(t *testing.T) {
	s := fakeSnapshot()
	s.At = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	s.Zone = time.UTC
	s.Log = []monitor.LogEntry{{At: s.At.Add(-time.Hour), Run: "a", Text: "x"}, {At: s.At.Add(-20 * time.Hour), Run: "b", Text: "y"}}
	st := New(Options{}).st
	panel := logPanel(s, 60, 5, st)
	if !strings.Contains(panel, "13:00") || !strings.Contains(panel, "Sun 18:00") || strings.Contains(panel, "Mon 13:00") {
		t.Errorf("log:\n%s", panel)
	}
}
