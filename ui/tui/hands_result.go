package tui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// result is what was observed so far: facts, never hopes.
func (v handsSheet) result(w int) []string {
	st, g := v.st, v.st.Glyphs
	steps := newestSteps(v.d)
	var lines []string
	for _, s := range steps {
		if !v.tellsSurvivor(s) {
			lines = append(lines, v.step(s, w)...)
		}
	}
	if v.phase == handsActing && len(steps) == 0 {
		lines = append(lines, st.Muted.Render(g.Ellipsis+" asked for; nothing is observed yet"))
	}
	if v.phase != handsEnded {
		return append(lines, v.resume(w)...)
	}
	lines = append(lines, v.survivors(w)...)
	if why := safe(v.d.Why); why != "" {
		lines = append(lines, v.para(why, w, 2)...)
	}
	lines = append(lines, v.after(w)...)
	lines = append(lines, v.resume(w)...)
	if len(v.x.choices(v.d, v.phase, v.s)) > 0 {
		lines = append(lines, v.effects(w)...)
	}
	return lines
}

// newestSteps are the steps of a deed, of those with one key only the last.
func newestSteps(d monitor.Deed) []control.Step {
	all := d.Steps
	if len(d.Outcome.Steps) > len(all) {
		all = d.Outcome.Steps
	}
	at := map[string]int{}
	var out []control.Step
	for _, s := range all {
		if i, ok := at[s.Key]; ok && s.Key != "" {
			out[i] = s
			continue
		}
		at[s.Key] = len(out)
		out = append(out, s)
	}
	return out
}

// tellsSurvivor says that a note is about a process that is listed with what can be done about it.
func (v handsSheet) tellsSurvivor(s control.Step) bool {
	return v.phase == handsEnded && s.State == control.StepNote && slices.ContainsFunc(v.d.Outcome.Survivors, func(p control.Process) bool {
		return strings.Contains(s.Text, fmt.Sprintf("(%d)", p.PID))
	})
}

// step is one fact with its sign, and its time where there is room.
func (v handsSheet) step(s control.Step, w int) []string {
	g := v.st.Glyphs
	sign, style := g.Ellipsis, v.st.Muted
	switch s.State {
	case control.StepDone:
		sign, style = g.Done, v.st.OK
	case control.StepFailed:
		sign, style = g.Failed, v.st.Crit
	case control.StepNote:
		sign, style = g.Warning, v.st.Warn
	}
	at := ""
	if w >= 50 {
		at = clockTime(s.At, v.s.Zone)
	}
	return v.marked(sign, style, safe(s.Text), at, w)
}

// marked is a text behind a sign; right stands at the end of its first line.
func (v handsSheet) marked(sign string, style lipgloss.Style, text, right string, w int) []string {
	room := w - 2
	if right != "" {
		room -= cells(right) + 2
	}
	var lines []string
	for i, t := range v.para(text, room, 0) {
		line := "  " + t
		if i == 0 {
			line = ends(style.Render(sign)+" "+t, v.st.Muted.Render(right), w, v.st.Glyphs)
			if right == "" {
				line = style.Render(sign) + " " + t
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// survivors are what the run started and that lives on.
func (v handsSheet) survivors(w int) []string {
	var lines []string
	all := v.d.Outcome.Survivors
	for i, p := range all {
		if i == 8 && len(all) > 9 {
			lines = append(lines, fmt.Sprintf("  and %d more", len(all)-i))
			break
		}
		right := ""
		if i == 0 && leftBehind(v.d) && !v.x.asksNext(v.d) {
			right = "x ends it"
			if len(all) > 1 {
				right = "x ends them"
			}
		}
		command := safe(p.Program())
		if command == "" {
			command = "unknown"
		}
		lines = append(lines, v.marked(v.st.Glyphs.Warning, v.st.Warn, fmt.Sprintf("still running: %s pid %d", cut(command, 120, v.st.Glyphs), p.PID), right, w)...)
	}
	return lines
}

// after is what the run has cost, and what burns now beside what burned before.
func (v handsSheet) after(w int) []string {
	g := v.st.Glyphs
	spent := v.d.Cost
	if r, ok := runOf(v.s, v.x.run); ok {
		spent = r.Cost
	}
	if ordered(v.d) { // nothing has happened to it yet
		return []string{"  cost of the run " + dollars(spent, g)}
	}
	burn := func(m price.Money) string {
		return perHour(monitor.Rate{USDPerHour: m, Floor: v.s.Rate.Floor}, g)
	}
	return flow([]string{"cost of the run " + dollars(spent, g), "burn of all runs " + burn(max(0, v.d.RateNow)) + " (was " + burn(v.d.Rate) + ")"}, 2, w, g)
}
