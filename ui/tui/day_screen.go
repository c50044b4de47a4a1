package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// dayBy is what the parts of a day are told by.
type dayBy uint8

const (
	byProject dayBy = iota
	byClient
	byKind
	byModel
	byTask
	byUser
	dayBys
)

func (b dayBy) String() string {
	return [...]string{"project", "client", "kind", "model", "task", "user"}[b]
}

// of gives the parts of a day, dearest first.
func (b dayBy) of(d *monitor.Day) []monitor.Share {
	switch b {
	case byClient:
		return d.ByClient
	case byKind:
		return d.ByKind
	case byModel:
		return d.ByModel
	case byTask:
		return d.ByTask
	case byUser:
		return d.ByUser
	}
	return d.ByProject
}

// dayState is what the user chose on the screen of a day.
type dayState struct {
	date  time.Time // local midnight; zero: today, also after midnight
	by    dayBy     // which parts come first
	top   int
	asked time.Time // what the monitor was last asked for
}

// today is the local midnight that a snapshot's day began at.
func today(s monitor.Snapshot) time.Time { return midnight(s.At, s.Zone, 0) }

// midnight is the local midnight of an instant's day, so many days on.
func midnight(t time.Time, zone *time.Location, days int) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	y, mo, d := t.In(zone).Date()
	return budget.Midnight(y, mo, d+days, zone)
}

// shown is the day on the screen.
func (x dayState) shown(s monitor.Snapshot) time.Time {
	if x.date.IsZero() {
		return today(s)
	}
	return x.date
}

// askDay asks the monitor for the day that is shown, once for each change.
func (m Model) askDay() Model {
	var want time.Time
	if m.screen == screenDay || (m.screen == screenHelp || m.screen == screenNotices) && m.under == screenDay {
		want = m.day.shown(m.snap)
	}
	if !want.Equal(m.day.asked) {
		m.day.asked = want
		m.send(monitor.ShowDay{Date: want})
	}
	return m
}

func (m Model) dayKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	x := &m.day
	switch {
	case key.Matches(k, m.keys.Prev):
		if at := x.shown(m.snap); !at.IsZero() {
			x.date, x.top = midnight(at, m.snap.Zone, -1), 0
		}
	case key.Matches(k, m.keys.Next):
		if x.date.IsZero() {
			m.flash = "this is today"
			break
		}
		x.date, x.top = midnight(x.date, m.snap.Zone, 1), 0
		if !x.date.Before(today(m.snap)) {
			x.date = time.Time{}
		}
	case key.Matches(k, m.keys.Group):
		x.by, x.top = x.next(m.snap.Day), 0
	case key.Matches(k, m.keys.Up):
		x.top--
	case key.Matches(k, m.keys.Down):
		x.top++
	case key.Matches(k, m.keys.PageUp):
		x.top -= page
	case key.Matches(k, m.keys.PageDown):
		x.top += page
	case key.Matches(k, m.keys.Home):
		x.top = 0
	case key.Matches(k, m.keys.End):
		x.top = 1 << 20
	case key.Matches(k, m.keys.Back):
		m.screen = screenMain
	default:
		return m.everywhere(k)
	}
	v := dayScreen{m.snap, m.day, m.st}
	x.top = max(0, min(x.top, v.end(m.width, m.height-1)))
	return m, nil
}

// next is the next kind of parts that the day has any of.
func (x dayState) next(d *monitor.Day) dayBy {
	by := x.by
	for range dayBys {
		by = (by + 1) % dayBys
		if d == nil || len(by.of(d)) > 0 {
			break
		}
	}
	return by
}

// dayScreen is what the summary of a day is drawn from.
type dayScreen struct {
	s  monitor.Snapshot
	x  dayState
	st themes.Styles
}

// day is the account of the day that is shown; nil until the monitor has sent it.
func (v dayScreen) day() *monitor.Day {
	if d := v.s.Day; d != nil && d.Date.Equal(v.x.shown(v.s)) {
		return d
	}
	return nil
}

// View draws the day from its line top on.
func (v dayScreen) View(w, h int) string {
	st := v.st
	next := "←/→ day"
	if st.Glyphs.ASCII {
		next = "left/right day"
	}
	date := inZone(v.x.shown(v.s), v.s.Zone, "Mon 2 Jan 2006")
	if v.x.date.IsZero() && w >= 60 {
		date += " so far"
	}
	lines := []string{crumbs([]string{"Day", date}, firstFit(w-30, next), w, st)}
	d := v.day()
	if d == nil {
		return clip(append(lines, "", st.Muted.Render("  Adding up the day"+st.Glyphs.Ellipsis)), w, h)
	}
	if h < 3 {
		return clip(v.head(d, w), w, h)
	}
	body := v.body(d, w, h-1)
	top := max(0, min(v.x.top, len(body)-(h-1)))
	if len(body) > h-1 && w >= 60 {
		right := fmt.Sprintf("%d-%d of %d   %s", top+1, min(len(body), top+h-1), len(body), next)
		lines[0] = crumbs([]string{"Day", date}, right, w, st)
	}
	return clip(append(lines, body[top:]...), w, h)
}

// end is the last line that can stand at the top.
func (v dayScreen) end(w, h int) int {
	d := v.day()
	if d == nil || w <= 0 {
		return 0
	}
	return max(0, len(v.body(d, w, h-1))-(h-1))
}

// body draws all of the day: in two columns where there is room.
func (v dayScreen) body(d *monitor.Day, w, h int) []string {
	if w < 110 {
		out := v.head(d, w)
		for _, part := range [][]string{v.hours(d, w), v.parts(d, 0, 1, w, 4), v.notes(d, w), v.outcome(d, w), v.runs(d, w), v.ahead(d, w), v.parts(d, 1, dayBys, w, 4)} {
			out = append(out, part...)
		}
		return out
	}
	left := (w - 3) / 2
	right := w - 3 - left
	l := append(append(append(v.hours(d, left), v.parts(d, 0, 1, left, 8)...), v.runs(d, left)...), v.parts(d, 1, dayBys, left, 4)...)
	r := append(append(v.outcome(d, right), v.notes(d, right)...), v.ahead(d, right)...)
	n := max(len(l), len(r))
	head := v.head(d, w)
	return append(head, strings.Split(beside(strings.Join(l, "\n"), left, strings.Join(r, "\n"), right, n, v.st), "\n")...)
}
