package tui

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// parseAmount reads an amount of a budget's unit, which need not be written: "5", "$5.00", "2M".
func parseAmount(text string, u budget.Unit) (int64, error) {
	want := map[budget.Unit]string{budget.USD: "5.00", budget.TokenUnit: "5M tokens", budget.CreditUnit: "100 credits"}[u]
	full := text
	switch {
	case text == "":
		return 0, fmt.Errorf("an amount is needed, such as %s", want)
	case u == budget.USD:
		full = "$" + strings.TrimPrefix(text, "$")
	case !strings.Contains(text, " "):
		full = text + map[budget.Unit]string{budget.TokenUnit: " tokens", budget.CreditUnit: " credits"}[u]
	}
	l, err := budget.ParseLimit(full)
	if err != nil || l.Unit != u || l.Amount <= 0 {
		return 0, fmt.Errorf("%q is no amount: try %s", safe(text), want)
	}
	return l.Amount, nil
}

// parseUntil reads an instant to come: a span ("30m", "2h", "3d"), a time of day (the next one),
// "tomorrow" (its first instant), or a date with or without a time of day, in the zone.
func parseUntil(text string, now time.Time, zone *time.Location) (time.Time, error) {
	bad := fmt.Errorf("%q is no time to come: try 2h, 18:00, tomorrow or 2026-12-24", safe(text))
	if zone == nil {
		zone = time.UTC
	}
	local := now.In(zone)
	y, mo, d := local.Date()
	var at time.Time
	switch n := len(text); {
	case text == "":
		return time.Time{}, errors.New("until when is needed, such as 2h, 18:00 or tomorrow")
	case strings.EqualFold(text, "tomorrow"):
		at = budget.Midnight(y, mo, d+1, zone)
	case text[n-1] == 'd':
		days, err := strconv.Atoi(text[:n-1])
		if err != nil || days > 3660 {
			return time.Time{}, bad
		}
		at = local.AddDate(0, 0, days)
	default:
		if span, err := time.ParseDuration(text); err == nil && span < 3660*24*time.Hour {
			at = now.Add(span)
			break
		}
		if t, err := time.Parse("15:04", text); err == nil {
			if at = time.Date(y, mo, d, t.Hour(), t.Minute(), 0, 0, zone); !at.After(now) {
				at = time.Date(y, mo, d+1, t.Hour(), t.Minute(), 0, 0, zone)
			}
			break
		}
		if t, err := time.Parse(time.DateOnly, text); err == nil {
			at = budget.Midnight(t.Year(), t.Month(), t.Day(), zone)
			break
		}
		t, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			return time.Time{}, bad
		}
		at = t
	}
	if !at.After(now) {
		return time.Time{}, bad
	}
	return at, nil
}

// snoozeMenu offers for how long an exception shall be quiet.
type snoozeMenu struct {
	id, name string
	focus    int
}

// snoozes are the spans that are offered, with when they end.
func snoozes(s monitor.Snapshot) []snoozeSpan {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	y, mo, d := s.At.In(zone).Date()
	return []snoozeSpan{
		{"30 minutes", s.At.Add(30 * time.Minute)},
		{"1 hour", s.At.Add(time.Hour)},
		{"until tomorrow", budget.Midnight(y, mo, d+1, zone)},
	}
}

type snoozeSpan struct {
	name  string
	until time.Time
}

// snoozeKey gives a key to the open menu.
func (m Model) snoozeKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	if !m.armed && key.Matches(k, m.keys.Open) {
		return m, nil
	}
	s := m.newest()
	all := snoozes(s)
	focus, result := menuKey(k, m.keys, m.snooze.focus, len(all))
	m.snooze.focus = focus
	if key.Matches(k, m.keys.Snooze) {
		result = menuClosed
	}
	switch result {
	case menuClosed:
		m.dialog = dialogNone
	case menuChosen:
		m.dialog = dialogNone
		e, ok := exceptionOf(s, m.snooze.id)
		if !ok {
			m.flash = errOver.Error()
			return m, nil
		}
		until := all[focus].until
		m.send(monitor.Move{ID: e.ID, To: budget.Snoozed, Until: until})
		m.acted = s.At
		m.flash = "asked to snooze " + subject(e, s) + " until " + dayTime(until, s)
	}
	return m, nil
}

// View draws the menu as a box of at most width × height, to be laid over the screen.
func (z snoozeMenu) View(s monitor.Snapshot, width, height int, st themes.Styles) string {
	all := snoozes(s)
	room := height - 2
	if height < 3 {
		room = height
	}
	from, to := visible(len(all), z.focus, room)
	var lines []string
	for i := from; i < to; i++ {
		about := dayTime(all[i].until, s)
		lines = append(lines, menuRow(padRight(all[i].name, 15), about, i == z.focus, min(width-4, 44), st))
	}
	return box("Snooze "+z.name, lines, "enter snooze "+st.Glyphs.Dot+" esc back", width, height, st)
}
