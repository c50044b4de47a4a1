package tui

import (
	"fmt"
	"strconv"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// callCols are the columns of a list of tool calls.
func callCols(cs []monitor.CallView, withTurn bool) []gridCol {
	exit, lines := 4, 9
	for _, c := range cs {
		exit, lines = max(exit, len(strconv.Itoa(c.ExitCode))), max(lines, len(changed(c.Added, c.Removed)))
	}
	turn := gridCol{title: "TURN", w: 4, rank: 5}
	if !withTurn {
		turn.w, turn.rank = 4000, 99
	}
	return []gridCol{
		{title: "TIME", w: 8, rank: 3, spare: 4},
		turn,
		{title: "DUR", w: 5, rank: 1},
		{title: "EXIT", w: exit, rank: 2, spare: 4},
		{title: "OUT", w: 5, rank: 4, spare: 12},
		{title: "LINES", w: lines, rank: 6, spare: 4},
		{title: "WHAT", w: 10, rank: 0, left: true, flex: true},
	}
}

// callFailed says that a call ended and did not succeed.
func callFailed(c monitor.CallView) bool {
	return c.Done && (c.HasExit && c.ExitCode != 0 || c.Status == "failed" || c.Status == "error" || c.Status == "declined")
}

// callOutcome is a call's outcome as a word, for the filter and for reading.
func callOutcome(c monitor.CallView) string {
	switch {
	case !c.Done:
		return "running"
	case callFailed(c) && c.HasExit:
		return fmt.Sprintf("failed exit %d", c.ExitCode)
	case callFailed(c):
		return "failed " + c.Status
	}
	return "ok"
}

func callSign(c monitor.CallView, st themes.Styles) gridCell {
	switch {
	case !c.Done:
		return gridCell{st.Glyphs.Working, st.OK}
	case callFailed(c):
		return gridCell{st.Glyphs.Failed, st.Crit}
	}
	return gridCell{"", st.Muted}
}

func (p runPage) callRow(t grid, c monitor.CallView, selected bool) string {
	q := p.on(selected)
	return t.row(q.callCells(c), callSign(c, q.st), selected, p.st)
}

// callCells are the fields of one row.
func (p runPage) callCells(c monitor.CallView) []gridCell {
	st := p.st
	what := c.Text
	if what == "" {
		what = c.Name
	}
	if c.Agent != "" {
		what = "[" + c.Agent + "] " + what
	}
	exit, took := gridCell{"", st.Muted}, gridCell{span(c.Duration), st.Text}
	if c.Duration <= 0 {
		took.text = "-"
	}
	switch {
	case !c.Done:
		took = gridCell{span(p.s.At.Sub(c.At)), st.OK}
		what = "running: " + what
	case c.HasExit && c.ExitCode != 0:
		exit = gridCell{strconv.Itoa(c.ExitCode), st.Crit}
	case c.HasExit:
		exit.text = "0"
	case callFailed(c):
		what = c.Status + ": " + what
	}
	lines := changed(c.Added, c.Removed)
	if lines == "" && c.Files > 0 {
		lines = count(c.Files, "file")
	}
	out := ""
	if c.Done {
		out = size(c.Output)
	}
	text := gridCell{safe(what), st.Text}
	if callFailed(c) {
		text.style = st.Crit
	}
	return []gridCell{{clockTime(c.At, p.s.Zone), st.Muted}, {strconv.Itoa(c.Turn), st.Muted}, took, exit, {out, st.Muted}, {lines, st.Muted}, text}
}

// sampling is the line that says that no tool runs and the model is at work.
func (p runPage) sampling(w int) string {
	if !p.r.Sampling || p.r.State != monitor.StateWorking {
		return ""
	}
	since := p.r.TurnSince
	if p.d != nil {
		for _, c := range p.d.Calls {
			if end := c.At.Add(max(0, c.Duration)); c.Agent == "" && end.After(since) && !end.After(p.s.At) {
				since = end
			}
		}
	}
	text := "model is sampling" + p.st.Glyphs.Ellipsis
	if !since.IsZero() {
		text += " for " + age(p.s.At.Sub(since))
	}
	if w >= 70 {
		text += ", its tokens are known when it ends"
	}
	return " " + p.st.OK.Render(p.st.Glyphs.Working) + " " + text
}

// toolsView lists the newest tool calls and shows the one in focus in full.
func (p runPage) toolsView(w, h int) []string {
	cs := p.ui.calls(p.d)
	var lines []string
	if line := p.filterLine(len(cs), w); line != "" {
		lines = append(lines, line)
	}
	if line := p.sampling(w); line != "" && h >= 4 {
		lines = append(lines, cut(line, w, p.st.Glyphs))
	}
	if len(cs) == 0 {
		none := "  No tool call yet."
		if p.ui.filter != "" {
			none = "  No call matches."
		}
		return append(lines, p.st.Muted.Render(none))
	}
	var foot []string
	focus := callRow(cs, p.ui.call)
	if h >= 12 {
		foot = p.callFoot(cs[focus], w, max(1, min(6, h/5)))
	}
	title := fmt.Sprintf("TOOL CALLS %d", p.r.Calls)
	if p.r.Failed > 0 {
		title += fmt.Sprintf(", %d failed", p.r.Failed)
	}
	lines = append(lines, p.callList(cs, focus, title, true, w, h-len(lines)-len(foot))...)
	return append(lines, foot...)
}

func (p runPage) filterLine(n, w int) string {
	if p.ui.filter == "" && !p.ui.typing {
		return ""
	}
	caret := ""
	if p.ui.typing {
		caret = "_"
	}
	return ends(p.st.Key.Render("/")+" "+p.ui.filter+caret, fmt.Sprintf("%d of %d", n, len(p.d.Calls)), w, p.st.Glyphs)
}

// callList is a rule, a header and the rows around the focus.
func (p runPage) callList(cs []monitor.CallView, focus int, title string, withTurn bool, w, h int) []string {
	t := newGrid(callCols(cs, withTurn), w)
	var lines []string
	head := 0
	if h >= 5 {
		head++
	}
	if h >= 3 {
		head++
	}
	from, to := visible(len(cs), focus, h-head)
	if h >= 5 {
		right := "newest first"
		if from > 0 || to < len(cs) {
			right = fmt.Sprintf("%d-%d of %d", from+1, to, len(cs))
			if w >= 60 {
				right += "   newest first"
			}
		}
		lines = append(lines, rule(title, right, w, p.st))
	}
	if h >= 3 {
		lines = append(lines, t.header(p.st))
	}
	for i := from; i < to; i++ {
		lines = append(lines, p.callRow(t, cs[i], i == focus))
	}
	return lines
}

// callFoot is the call in focus with all of its text.
func (p runPage) callFoot(c monitor.CallView, w, limit int) []string {
	right := callOutcome(c)
	if !c.Done {
		right += " " + span(p.s.At.Sub(c.At))
	}
	lines := []string{rule("CALL "+safe(c.Name), right, w, p.st)}
	text := safe(c.Text)
	if text == "" {
		text = "(nothing told)"
	}
	for _, l := range wrapText(text, w-2, limit, p.st.Glyphs) {
		lines = append(lines, "  "+l)
	}
	return lines
}
