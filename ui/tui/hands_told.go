package tui

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// told is all that the dialog says above its choices.
func (v handsSheet) told(w int) []string {
	st, g := v.st, v.st.Glyphs
	var lines []string
	switch v.phase {
	case handsLooking:
		return []string{st.Muted.Render("looking who runs it" + g.Ellipsis)}
	case handsGone:
		return append(v.para("What was asked here is no longer offered: something else was asked for meanwhile. Nothing was sent. Close this and ask again.", w, 0), v.problem(w)...)
	case handsRefused:
		why := safe(v.d.Why)
		if why == "" {
			why = "it was refused; nothing was sent"
		}
		for _, t := range v.para(why, w-2, 0) {
			lines = append(lines, "  "+t)
		}
		if len(lines) > 0 {
			lines[0] = st.Warn.Render(g.Warning) + lines[0][1:]
		}
		return append(lines, v.resume(w)...)
	case handsActing, handsEnded:
		return v.result(w)
	}
	lines = append(v.who(w), v.cost(w))
	if len(v.d.Plan.Choices)+len(v.d.Orders)+len(v.d.Places)+len(v.d.Models) == 0 {
		why := safe(v.d.Plan.Why)
		if why == "" {
			why = safe(v.d.Plan.Owner.Why)
		}
		if why == "" {
			why = "nothing can be done about it now"
		}
		if v.d.Plan.Owner.Kind != control.Unproved || why != safe(v.d.Plan.Owner.Why) {
			lines = append(append(lines, ""), v.para(why, w, 0)...)
		}
	}
	if ended := v.meanwhile(); ended != "" {
		lines = append(lines, v.marked(v.st.Glyphs.Warning, v.st.Warn, ended, "", w)...)
	}
	lines = append(lines, v.resume(w)...)
	return append(lines, v.effects(w)...)
}

// para breaks a text into lines: nothing of it is left out.
func (v handsSheet) para(text string, w, indent int) []string {
	lines := wrapText(text, max(1, w-indent), 99, v.st.Glyphs)
	for i := range lines {
		lines[i] = spaces(indent) + lines[i]
	}
	return lines
}

// problem is why an answer was not taken.
func (v handsSheet) problem(w int) []string {
	if v.x.problem == "" {
		return nil
	}
	var lines []string
	for i, t := range v.para(v.x.problem, w-2, 0) {
		head := "  "
		if i == 0 {
			head = v.st.Glyphs.Warning + " "
		}
		lines = append(lines, v.st.Warn.Render(head+t))
	}
	return lines
}

// effects are what the choice in focus does to whom; where that is Cancel, what the first
// other one would do.
func (v handsSheet) effects(w int) []string {
	all := v.x.choices(v.d, v.phase, v.s)
	i := clampRow(v.x.focus, len(all))
	if i == 0 {
		i = 1
	}
	if i >= len(all) {
		return v.problem(w)
	}
	lines := []string{""}
	if w < 24 {
		lines = nil
	}
	head := fmt.Sprintf("%d: ", i+1)
	rest := spaces(len(head))
	for _, e := range all[i].effects {
		if strings.HasPrefix(e, "Its turns run in the shared Codex server") {
			continue // it stands above
		}
		for _, t := range v.para(e, w-len(head), 0) {
			lines = append(lines, v.st.Muted.Render(head)+t)
			head = rest
		}
	}
	return append(lines, v.problem(w)...)
}

// resume is the command that goes on from here, whole.
func (v handsSheet) resume(w int) []string {
	command := v.x.command(v.d, v.s)
	if command == "" {
		return nil
	}
	st := v.st
	label := "resume: "
	parts := breakWords(command, w-len(label))
	if w < 30 {
		label, parts = "", breakWords(command, w)
	}
	var lines []string
	for i, t := range parts {
		head := spaces(len(label))
		if i == 0 {
			head = label
		}
		line := st.Muted.Render(head) + st.Key.Render(t)
		if i == len(parts)-1 && cells(line)+9 <= w {
			line = ends(line, st.Muted.Render("y copy"), w, st.Glyphs)
		}
		lines = append(lines, line)
	}
	return lines
}

// command is what y copies: what goes on from here in a shell.
func (x hands) command(d monitor.Deed, s monitor.Snapshot) string {
	if x.kind == monitor.DeedDowngrade && d.State == monitor.DeedReady {
		return x.switchCommand(d, s)
	}
	return safe(d.Command)
}

// rootTurn is the newest turn of the run's first thread.
func rootTurn(d monitor.Deed) (control.Turn, bool) {
	id := string(d.Run)
	if len(d.Plan.Target.Threads) > 0 {
		id = d.Plan.Target.Threads[0].ID
	}
	t, ok := d.Plan.Turns[id]
	return t, ok
}

// runNames names the runs that threads belong to, each once.
func runNames(threads []string, s monitor.Snapshot) []string {
	of := map[string]string{}
	for _, r := range s.Runs {
		of[string(r.ID)] = safe(r.Name)
		for _, t := range r.Threads {
			of[t.ID] = safe(r.Name)
		}
	}
	var out []string
	seen := map[string]bool{}
	for _, t := range threads {
		name := of[t]
		if name == "" {
			name = shortID(safe(t))
		}
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// cost is what the run has cost, and what burns now.
func (v handsSheet) cost(w int) string {
	g := v.st.Glyphs
	text := "cost so far " + dollars(v.d.Cost, g)
	if r, ok := runOf(v.s, v.x.run); ok {
		text = "cost so far " + dollars(r.Cost, g)
		if r.State.Live() {
			text += ", burns " + perHour(r.Rate, g)
		}
	}
	return v.st.Muted.Render(cut(text, w, g))
}

// procText names a process: its command, cut, and its number.
func procText(p control.Process, w int, v handsSheet) string {
	number := fmt.Sprintf(" (%d)", p.PID)
	name := safe(p.Program())
	if name == "" {
		name = safe(p.Exe)
	}
	if name == "" {
		name = "unknown"
	}
	return cut(name, max(6, w-cells(number)), v.st.Glyphs) + number
}

// agentsRunning counts the sub-agents with a running turn.
func agentsRunning(d monitor.Deed) int {
	n := 0
	for i, t := range d.Plan.Target.Threads {
		if turn, ok := d.Plan.Turns[t.ID]; ok && i > 0 && turn.State == model.TurnRunning {
			n++
		}
	}
	return n
}

// joined writes names with commas, at most n of them.
func joined(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:n], ", ") + fmt.Sprintf(" and %d more", len(names)-n)
}
