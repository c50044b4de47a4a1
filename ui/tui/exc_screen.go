package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// excState is what the user chose on the screen of exceptions. The selection
// is an exception itself, never a row.
type excState struct {
	id    string
	row   int      // where it stood
	open  bool     // it is shown from inside
	clue  int      // focus of its evidence
	order []string // of the rows, kept while something is open
}

// settle brings the order and the selection in line with a snapshot.
func (x excState) settle(s monitor.Snapshot, frozen bool) excState {
	here := map[string]bool{}
	var now []string
	for _, all := range [][]budget.Exception{s.Exceptions, s.Snoozed} {
		for _, e := range all {
			if e.ID != "" && !here[e.ID] {
				here[e.ID] = true
				now = append(now, e.ID)
			}
		}
	}
	if frozen {
		var kept []string
		for _, id := range x.order {
			if here[id] {
				kept = append(kept, id)
				delete(here, id)
			}
		}
		for _, id := range now {
			if here[id] {
				kept = append(kept, id)
			}
		}
		now = kept
	}
	x.order = now
	for i, id := range now {
		if id == x.id {
			x.row = i
			return x
		}
	}
	if x.open || frozen || len(now) == 0 {
		return x // what is open stays, though it be over
	}
	x.row = clampRow(x.row, len(now))
	x.id = now[x.row]
	return x
}

// move selects the exception n rows further.
func (x excState) move(n int) excState {
	if len(x.order) > 0 {
		x.row, x.clue = clampRow(x.row+n, len(x.order)), 0
		x.id = x.order[x.row]
	}
	return x
}

// showExceptions opens the screen, on the exception that keys act on.
func (m Model) showExceptions() Model {
	if e, ok := m.target(); ok {
		m.exc.id = e.ID
	}
	m.exc.open, m.exc.clue, m.screen = false, 0, screenExceptions
	return m
}

func (m Model) excKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	step, inside := 0, m.exc.open
	switch {
	case key.Matches(k, m.keys.Up):
		step = -1
	case key.Matches(k, m.keys.Down):
		step = 1
	case key.Matches(k, m.keys.PageUp):
		step = -page
	case key.Matches(k, m.keys.PageDown):
		step = page
	case key.Matches(k, m.keys.Home):
		step = -1 << 30
	case key.Matches(k, m.keys.End):
		step = 1 << 30
	case key.Matches(k, m.keys.Prev):
		step, inside = -1, false
	case key.Matches(k, m.keys.Next):
		step, inside = 1, false
	case key.Matches(k, m.keys.Back):
		if m.exc.open {
			m.exc.open, m.exc.clue = false, 0
		} else {
			m.screen = screenMain
		}
		return m, nil
	case key.Matches(k, m.keys.Open):
		return m.openException(), nil
	default:
		return m.everywhere(k)
	}
	if !inside {
		m.exc = m.exc.move(step)
		return m, nil
	}
	if e, ok := exceptionOf(m.snap, m.exc.id); ok && len(e.Evidence) > 0 {
		m.exc.clue = clampRow(min(m.exc.clue, len(e.Evidence)-1)+step, len(e.Evidence))
	}
	return m, nil
}

// openException goes into the selected exception, and from there into the turn that it is about.
func (m Model) openException() Model {
	e, ok := exceptionOf(m.snap, m.exc.id)
	if !ok {
		return m
	}
	if !m.exc.open {
		m.exc.open, m.exc.clue = true, 0
		return m
	}
	if _, is := runOf(m.snap, e.Run); !is {
		m.flash = "its run is no longer in the list"
		if e.Run == "" {
			m.flash = "it is about no run"
		}
		return m
	}
	m.run, m.screen, m.home = newRunState(e.Run), screenRun, screenExceptions
	turn := e.Turn
	if len(e.Evidence) > 0 {
		if c := e.Evidence[clampRow(m.exc.clue, len(e.Evidence))]; c.Turn > 0 {
			turn = c.Turn
		}
	}
	if turn > 0 {
		thread := e.Thread
		if thread == "" {
			thread = string(e.Run)
		}
		m.run.turn, m.run.opened, m.run.from = turnKey{thread, turn}, true, viewTurns
	}
	return m
}

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
	for i, id := range v.x.order {
		e, ok := exceptionOf(v.s, id)
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
	if len(entries) == 0 {
		return nil
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
	var out []string
	for _, e := range entries[from:to] {
		out = append(out, e...)
	}
	return out[:min(len(out), max(0, h))]
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
