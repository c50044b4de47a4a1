package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// panelView draws a panel over width cells and at most height lines.
func panelView(id panelID, c chart, aim string, s monitor.Snapshot, width, height int, st themes.Styles) string {
	switch id {
	case panelChart:
		return c.View(s, width, height, st)
	case panelLimits:
		return limitsPanel(s, width, height, st)
	case panelProjects:
		return shares("BY PROJECT", s.ByProject, s.Today, width, height, st)
	case panelModels:
		return shares("BY MODEL", s.ByModel, s.Today, width, height, st)
	case panelHours:
		return hoursPanel(s, width, height, st)
	case panelRuns:
		return chart{kind: chartRuns, plain: true}.View(s, width, height, st)
	case panelLog:
		return logPanel(s, width, height, st)
	case panelExceptions:
		return exceptionsPanel(s, aim, width, height, st)
	case panelSnoozed:
		return snoozedPanel(s, width, height, st)
	}
	return sourcePanel(s, width, height, st)
}

// limitsPanel draws the tightest budgets, then the plan's windows.
func limitsPanel(s monitor.Snapshot, width, height int, st themes.Styles) string {
	budgets := panelBudgets(s)
	if len(budgets) == 0 {
		return windowsPanel(s, width, height, st)
	}
	lines := []string{rule("LIMITS", "4 all", width, st)}
	name := 6
	for _, b := range budgets {
		name = max(name, min(14, width/4, cells(budgetLabel(b, s.Budgets))))
	}
	for _, b := range budgets {
		money := "  " + padLeft(spentText(b, st.Glyphs), 8) + " of " + padRight(limitText(b), 7)
		if room := width - 3 - name - cells(money); room >= 14 {
			lines = append(lines, "  "+budgetGauge(b, budgetLabel(b, s.Budgets), name, room, st)+" "+st.Muted.Render(money))
			continue
		}
		lines = append(lines, "  "+budgetGauge(b, budgetLabel(b, s.Budgets), name, width-2, st))
	}
	windows := strings.Split(windowsPanel(s, width, 1+len(s.Limits), st), "\n")
	return clip(append(lines, windows[1:]...), width, height)
}

// panelBudgets are the budgets of the panel of limits.
func panelBudgets(s monitor.Snapshot) []budget.Standing {
	all := gaugeBudgets(s)
	return all[:min(len(all), 4)]
}

// windowsPanel draws every plan window that Codex reports, with the time of its reset.
func windowsPanel(s monitor.Snapshot, width, height int, st themes.Styles) string {
	plan := ""
	if len(s.Limits) > 0 && s.Limits[0].Plan != "" {
		plan = "plan " + safe(s.Limits[0].Plan)
	}
	lines := []string{rule("LIMITS", plan, width, st)}
	for _, l := range s.Limits {
		if len(lines) == height {
			break
		}
		numbers := padLeft(percent(l.Used), 5)
		reset := ""
		if at := resetAt(l, s); at != "" {
			reset = "  resets " + padRight(at, 9) + " in " + padLeft(resetIn(l, s), 5)
			if width < 56 {
				reset = "  " + padRight(at, 9) + " " + padLeft(resetIn(l, s), 5)
			}
		}
		bar := width - 9 - cells(numbers) - cells(reset)
		if bar < 8 && reset != "" {
			reset = "  " + padLeft(resetIn(l, s), 5)
			bar = width - 9 - cells(numbers) - cells(reset)
		}
		lines = append(lines, "  "+fit(limitName(l), 6, st.Glyphs)+" "+gauge(l.Used, bar, st)+gaugeText(l.Used, numbers, st)+st.Muted.Render(reset))
	}
	return strings.Join(lines, "\n")
}

// hoursPanel draws what each hour of today has cost, as many of the newest as there is room for.
func hoursPanel(s monitor.Snapshot, width, height int, st themes.Styles) string {
	lines := []string{rule("TODAY BY HOUR $", "", width, st)}
	now := 23
	if !s.At.IsZero() {
		now, _ = strconv.Atoi(inZone(s.At, s.Zone, "15"))
	}
	first, top := now, 0.0
	for h := now; h >= 0; h-- {
		if s.ByHour[h].USD > 0 || s.ByHour[h].Floor() {
			first = h
		}
		top = max(top, s.ByHour[h].USD.Dollars())
	}
	const each = 13
	n := max(1, (width-2)/each)
	if rows := height - 1; rows > 0 && now-first+1 > n*rows {
		first = now + 1 - n*rows
	}
	signs := st.Glyphs.Spark
	line := " "
	for h := first; h <= now; h++ {
		c := s.ByHour[h]
		bar := " "
		if v := c.USD.Dollars(); v > 0 && top > 0 {
			bar = signs[min(len(signs)-1, int(v/top*float64(len(signs))))]
		}
		line += " " + st.Muted.Render(fmt.Sprintf("%02d", h)) + " " + st.Chart[0].Render(bar) + " " + padRight(cost(c, st.Glyphs), each-6)
		if (h-first+1)%n == 0 || h == now {
			lines = append(lines, line)
			line = " "
		}
	}
	return strings.Join(lines[:min(len(lines), height)], "\n")
}

// logPanel draws what happened lately, newest first.
func logPanel(s monitor.Snapshot, width, height int, st themes.Styles) string {
	lines := []string{rule("LOG", "", width, st)}
	if len(s.Log) == 0 {
		lines = append(lines, st.Muted.Render(cut("  nothing yet", width, st.Glyphs)))
	}
	for _, e := range s.Log {
		if len(lines) >= height {
			break
		}
		head := clockOf(e.At, s) + " "
		name, text := safe(e.Run), safe(e.Text)
		room := width - 3 - cells(head)
		name = cut(name, max(room/3, room-cells(text)), st.Glyphs)
		lines = append(lines, "  "+st.Muted.Render(head)+name+" "+st.Muted.Render(cut(text, room-cells(name), st.Glyphs)))
	}
	return strings.Join(lines, "\n")
}

// sourcePanel says what is watched and how, and which prices are used.
func sourcePanel(s monitor.Snapshot, width, height int, st themes.Styles) string {
	g := st.Glyphs
	how := "live"
	if !s.Source.Live {
		how = "rescan every " + s.Source.Rescan.Round(time.Second).String()
		if s.Source.Why != "" {
			how += ": " + s.Source.Why
		}
	}
	lines := []string{
		rule("SOURCE", "", width, st),
		"  " + fmt.Sprintf("%d %s", s.Source.Files, plural(s.Source.Files, "file")) + st.Muted.Render(" "+g.Dot+" "+how),
	}
	for _, h := range s.Source.Homes {
		lines = append(lines, "  "+st.Muted.Render(safe(h.Path)))
	}
	if s.Reading.Skipped {
		lines = append(lines, "  "+st.Warn.Render("history before "+inZone(s.Reading.At, s.Zone, "2006-01-02")+" was skipped"))
	}
	if s.PricesAsOf != "" {
		text := "prices of " + s.PricesAsOf
		if s.APIPrices {
			text += ", API-equivalent"
		}
		lines = append(lines, "  "+st.Muted.Render(text))
	}
	for i := range lines {
		lines[i] = cut(lines[i], width, g)
	}
	return strings.Join(lines[:min(len(lines), height)], "\n")
}
