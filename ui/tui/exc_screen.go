package tui

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// exceptionsScreen is what the screen of exceptions is drawn from.
type exceptionsScreen struct {
	s  monitor.Snapshot
	x  excState
	st themes.Styles
}

// View draws the list, beside it the selected one on wide screens, or that one alone.
func (v exceptionsScreen) View(w, h int) string {
	st := v.st
	e, ok := exceptionOf(v.s, v.x.id)
	if v.x.open {
		return v.inside(e, ok, w, h)
	}
	if h < 3 && len(v.x.order) > 0 {
		return clip(v.list(w, h), w, h)
	}
	lines := []string{screenHead("Exceptions", "", v.s, w, st)}
	if len(v.x.order) == 0 {
		lines = append(lines, "", "  "+st.OK.Render(st.Glyphs.Done)+" Nothing needs you: no rule and no budget has found anything.")
		if len(v.s.Budgets) == 0 {
			lines = append(lines, "", st.Muted.Render("  There are no budgets yet; b says how to set them."))
		}
		return clip(lines, w, h)
	}
	if w < 110 || h < 12 {
		return clip(append(lines, v.list(w, h-1)...), w, h)
	}
	left := max(52, w*45/100)
	right := w - left - 3
	body := beside(clip(v.list(left, h-1), left, h-1), left, clip(excDetail(e, v.s, -1, right, h-1, st), right, h-1), right, h-1, st)
	return clip(append(lines, strings.Split(body, "\n")...), w, h)
}

// inside is one exception alone.
func (v exceptionsScreen) inside(e budget.Exception, ok bool, w, h int) string {
	st, g := v.st, v.st.Glyphs
	if !ok {
		return clip([]string{screenHead("Exceptions", "", v.s, w, st), "", "  This exception is over.", st.Muted.Render("  esc goes back to the list.")}, w, h)
	}
	if h < 3 {
		sign, style := severitySign(e.Severity, st)
		return clip([]string{style.Render(sign) + " " + cut(what(e), w-2, g)}, w, h)
	}
	next := "left/right next"
	if !g.ASCII {
		next = "←/→ next"
	}
	right := fmt.Sprintf("%d of %d", v.x.row+1, len(v.x.order))
	if w >= 60 && len(v.x.order) > 1 {
		right += "   " + next
	}
	lines := []string{crumbs([]string{"Exceptions", subject(e, v.s) + " " + ruleWords(e.Rule)}, right, w, st)}
	return clip(append(lines, excDetail(e, v.s, v.x.clue, w, h-1, st)...), w, h)
}

// list draws the exceptions, the snoozed ones below the others.
func (v exceptionsScreen) list(w, h int) []string {
	st := v.st
	var rows [][]string
	at := 0
	grid := newGrid([]gridCol{
		{title: "SINCE", w: 9, rank: 3, left: true}, {title: "RUN", w: 14, rank: 0, left: true}, {title: "WHAT", w: 16, rank: 1, left: true, flex: true},
		{title: "WASTE", w: 8, rank: 4, spare: 24}, {title: "STATE", w: 15, rank: 2, left: true, spare: 10},
	}, w)
	quiet := false
	for i := max(0, v.x.row-h); i < min(len(v.x.order), v.x.row+h+1); i++ {
		e, ok := exceptionOf(v.s, v.x.order[i])
		if !ok {
			continue
		}
		var lines []string
		if e.State == budget.Snoozed && !quiet && h > 6 {
			quiet = true
			lines = append(lines, rule(fmt.Sprintf("SNOOZED %d", len(v.s.Snoozed)), "", w, st))
		}
		if i == v.x.row {
			at = len(rows)
		}
		if w < excWide {
			lines = append(lines, exceptionCard(e, v.s, i == v.x.row, w, st)...)
		} else {
			lines = append(lines, v.row(grid, e, i == v.x.row))
		}
		rows = append(rows, lines)
	}
	var lines []string
	if h >= 6 {
		lines = append(lines, rule(fmt.Sprintf("OPEN %d", len(v.s.Exceptions)), "worst first", w, st))
		if w >= excWide {
			lines = append(lines, grid.header(st))
		}
	}
	var foot []string
	if e, ok := exceptionOf(v.s, v.x.id); ok && h >= 8 && w >= excWide && w < 110 {
		foot = append([]string{""}, excBrief(e, v.s, w, st)...)
	}
	lines = append(lines, window(rows, at, max(1, h-len(lines)-len(foot)))...)
	return append(lines, foot...)
}

// window gives the entries around the one in focus that find a place in h lines; none of them
// is cut but one that is longer than that.
func window(entries [][]string, focus, h int) []string {
	lines, _ := windowAt(entries, focus, h)
	return lines
}

// windowAt is [window] that also tells at which of its lines the entry in focus begins.
func windowAt(entries [][]string, focus, h int) (lines []string, first int) {
	if len(entries) == 0 {
		return nil, 0
	}
	focus = clampRow(focus, len(entries))
	from, to, used := focus, focus+1, len(entries[focus])
	for grew := true; grew; {
		grew = false
		if to < len(entries) && used+len(entries[to]) <= h {
			used += len(entries[to])
			to++
			grew = true
		}
		if from > 0 && used+len(entries[from-1]) <= h {
			from--
			used += len(entries[from])
			grew = true
		}
	}
	for i, e := range entries[from:to] {
		if from+i == focus {
			first = len(lines)
		}
		lines = append(lines, e...)
	}
	return lines[:min(len(lines), max(0, h))], first
}

func (v exceptionsScreen) row(t grid, e budget.Exception, selected bool) string {
	rs := rowStyles(v.st, selected)
	sign, style := severitySign(e.Severity, rs)
	name := rs.Bold
	if !e.NeedsAttention() {
		name = rs.Text
	}
	waste := ""
	if e.Waste > 0 {
		waste = v.st.Glyphs.Approx + "$" + money(e.Waste)
	}
	return t.row([]gridCell{
		{dayTime(e.At, v.s), rs.Muted}, {subject(e, v.s), name}, {what(e), rs.Text}, {waste, rs.Text}, {strings.TrimPrefix(lifeWords(e, v.s), "snoozed "), rs.Muted},
	}, gridCell{sign, style}, selected, v.st)
}

// exceptionCard is an exception in two lines of a narrow list.
func exceptionCard(e budget.Exception, s monitor.Snapshot, selected bool, w int, st themes.Styles) []string {
	rs := rowStyles(st, selected)
	mark := " "
	if selected {
		mark = st.Glyphs.Select
	}
	sign, style := severitySign(e.Severity, rs)
	state := strings.TrimPrefix(lifeWords(e, s), "snoozed ")
	if e.State == budget.Open || e.State == "" {
		state = dayTime(e.At, s)
	}
	name := fit(subject(e, s), max(1, w-4-cells(state)), st.Glyphs)
	first := rs.Accent.Render(mark) + style.Render(sign) + rs.Bold.Render(" "+name) + rs.Muted.Render(" "+state)
	second := rs.Text.Render("   " + cut(what(e), max(1, w-3), st.Glyphs))
	return []string{finishRow(first, w, st, selected), finishRow(second, w, st, selected)}
}

// excBrief is what to do about the selected exception, below the list.
func excBrief(e budget.Exception, s monitor.Snapshot, w int, st themes.Styles) []string {
	lines := []string{rule(subject(e, s), severityWord(e.Severity, st), w, st)}
	for _, t := range wrapText(what(e), w-2, 2, st.Glyphs) {
		lines = append(lines, "  "+t)
	}
	if len(e.Evidence) > 0 {
		lines = append(lines, firstClue(e, w, st))
	}
	if advice := adviceLine(e, s, w-2, st); advice != "" {
		lines = append(lines, "  "+advice)
	}
	return lines
}

// crumbs is the first line of a screen: where one is.
func crumbs(path []string, right string, w int, st themes.Styles) string {
	sep := st.Muted.Render(" " + st.Glyphs.Select + " ")
	left := st.Muted.Render("Sentinel")
	if w < 50 {
		left = ""
	}
	for i, p := range path {
		if left != "" {
			left += sep
		}
		if i == len(path)-1 {
			p = st.Bold.Render(p)
		}
		left += p
	}
	return ends(left, st.Muted.Render(right), w, st.Glyphs)
}

// screenHead is [crumbs] with the clock where there is nothing else to say.
func screenHead(name, right string, s monitor.Snapshot, w int, st themes.Styles) string {
	if right == "" {
		right = clockTime(s.At, s.Zone)
	}
	return crumbs([]string{name}, right, w, st)
}
