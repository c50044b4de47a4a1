package tui

import (
	"fmt"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// who says whom a deed is about: the process, its folder, the session, its turn, its children,
// and who else the process works for.
func (v handsSheet) who(w int) []string {
	o, g := v.d.Plan.Owner, v.st.Glyphs
	var lines []string
	if command := safe(o.Process.Program()); command != "" && o.Kind != control.Server {
		lines = append(lines, wrapText(command, w, max(2, 300/max(1, w)), g)...)
	}
	lines = append(lines, v.owner(w)...)
	cwd := safe(v.d.Plan.Target.Cwd)
	if cwd == "" {
		cwd = safe(o.Process.Cwd)
	}
	var phrases []string
	if o.Kind == control.Exec || o.Kind == control.TUI {
		phrases = append(phrases, v.process(o.Process))
	}
	if cwd != "" {
		phrases = append(phrases, "cwd "+folder(cwd, "", max(8, w-4), g))
	}
	phrases = append(phrases, "session "+shortID(safe(string(v.x.run))), v.turn())
	if n := agentsRunning(v.d); n > 0 {
		phrases = append(phrases, count(n, "sub-agent")+" running")
	}
	children := v.d.Plan.Children
	if len(children) == 1 {
		phrases = append(phrases, "1 child: "+procText(children[0], 34, v))
	}
	lines = append(lines, flow(phrases, 0, w, g)...)
	if len(children) > 1 {
		lines = append(lines, fmt.Sprintf("%d children:", len(children)))
		for _, c := range children[:min(len(children), 8)] {
			lines = append(lines, "  "+procText(c, w-2, v))
		}
		if n := len(children) - 8; n > 0 {
			lines = append(lines, fmt.Sprintf("  and %d more", n))
		}
	}
	return lines
}

// meanwhile says that the run is no longer what was found; "" where it may be.
func (v handsSheet) meanwhile() string {
	r, ok := runOf(v.s, v.x.run)
	switch {
	case !ok:
		return "The run is no longer in the list; where it has ended, nothing is sent."
	case !r.State.Live() && agentsRunning(v.d)+turnsRunning(v.d) > 0:
		return "Meanwhile it is " + r.State.String() + "; where it has ended, nothing is sent."
	}
	return ""
}

func turnsRunning(d monitor.Deed) int {
	if t, ok := rootTurn(d); ok && t.State == model.TurnRunning {
		return 1
	}
	return 0
}

// process names the process with what tells it from a later one of the same number.
func (v handsSheet) process(p control.Process) string {
	if p.PID == 0 {
		return "pid unknown"
	}
	text := fmt.Sprintf("pid %d", p.PID)
	if !p.Started.IsZero() {
		text += fmt.Sprintf(" (started %s, %s ago)", clockTime(p.Started, v.s.Zone), between(p.Started, v.s.At))
	}
	return text
}

// turn says how the newest turn stands.
func (v handsSheet) turn() string {
	t, ok := rootTurn(v.d)
	switch {
	case !ok || t.Number == 0:
		return "no turn yet"
	case t.State == model.TurnRunning:
		return fmt.Sprintf("turn %d running %s", t.Number, between(t.Started, v.s.At))
	case t.Ended.IsZero():
		return fmt.Sprintf("turn %d is over", t.Number)
	}
	return fmt.Sprintf("turn %d ended %s ago", t.Number, between(t.Ended, v.s.At))
}

// owner says in words what kind of process works on the run.
func (v handsSheet) owner(w int) []string {
	o := v.d.Plan.Owner
	switch o.Kind {
	case control.TUI:
		text := "An interactive Codex, with the run inside it"
		if o.Pane != "" {
			text += ", in tmux pane " + safe(o.Pane)
		} else if o.Process.TTY != "" {
			text += ", on " + safe(o.Process.TTY)
		}
		return v.para(text+".", w, 0)
	case control.Server:
		text := "Its turns run in the shared Codex server, " + v.process(o.Process)
		if others := runNames(v.d.Plan.Others, v.s); len(others) > 0 {
			text += fmt.Sprintf(", with %s: %s", count(len(others), "other run"), joined(others, 4))
		} else {
			text += ", with no other run"
		}
		return v.para(text+". Closing its window would not stop it. The server itself is never signalled.", w, 0)
	case control.None:
		if v.d.Plan.Why != "" {
			return nil // which says it
		}
		return v.para("No process works on it now.", w, 0)
	case control.Unproved:
		text := "Who works on it can't be proved, so nothing is sent to anybody"
		if why := safe(o.Why); why != "" {
			text += ": " + why
		}
		return v.para(text+".", w, 0)
	}
	return nil
}
