package tui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// turnCols are the columns of the turn list.
func turnCols(ts []monitor.TurnView) []gridCol {
	most := 10
	for _, t := range ts {
		most = max(most, t.Number)
	}
	return []gridCol{
		{title: "#", w: len(strconv.Itoa(most)), rank: 0},
		{title: "TIME", w: 5, rank: 4},
		{title: "DUR", w: 5, rank: 5},
		{title: "IN", w: 5, rank: 6},
		{title: "CACHED", w: 6, rank: 8, spare: 10},
		{title: "OUT", w: 5, rank: 7},
		{title: "REASON", w: 6, rank: 9, spare: 16},
		{title: "CTX", w: 4, rank: 2},
		{title: "COST", w: 7, rank: 1},
		{title: "", w: 1, rank: 4, left: true},
		{title: "WHAT", w: 12, rank: 3, left: true, flex: true},
	}
}

// turnsView is the context chart, the list of turns and the sum, as far as they fit.
func (p runPage) turnsView(w, h int) []string {
	var lines, foot []string
	switch {
	case h >= 18:
		foot = append([]string{rule("SUM", "", w, p.st)}, p.sum(w)...)
		if most := max(4, h/4); len(foot) > most {
			foot = append(foot[:most-1:most-1], p.st.Muted.Render("  more about these numbers: "+viewCost.String()))
		}
	case h >= 11:
		foot = p.sum(w)
		foot = foot[:min(len(foot), 1)]
	}
	if h >= 15 {
		rows := 4
		switch {
		case h >= 36:
			rows = 9
		case h >= 26:
			rows = 7
		case h >= 20:
			rows = 5
		}
		lines = append(lines, p.contextChart(w, rows)...)
	}
	room := h - len(lines) - len(foot)
	list := p.turnList(w, room)
	if len(list) < room && len(foot) > 1 {
		list = append(list, "")
	}
	return append(append(lines, list...), foot...)
}

// turnList is a rule, a header and the rows around the focus.
func (p runPage) turnList(w, h int) []string {
	ts := p.ui.turns(p.d)
	if len(ts) == 0 {
		return []string{p.st.Muted.Render("  No turn yet.")}
	}
	t := newGrid(turnCols(ts), w)
	focus := p.ui.turnRow(ts)
	top := price.Money(0)
	for _, x := range ts {
		top = max(top, x.Cost.USD)
	}
	var lines []string
	head := 0
	if h >= 5 {
		head++
	}
	if h >= 3 {
		head++
	}
	from, to := visible(len(ts), focus, h-head)
	if h >= 5 {
		lines = append(lines, rule(p.turnsTitle(len(ts)), p.turnsOrder(from, to, len(ts), w), w, p.st))
	}
	if h >= 3 {
		lines = append(lines, t.header(p.st))
	}
	for i := from; i < to; i++ {
		lines = append(lines, p.turnRow(t, ts[i], top, i == focus))
	}
	if to == len(ts) && p.d.Skipped > 0 && len(lines) < h {
		lines = append(lines, p.st.Muted.Render(fmt.Sprintf("   %s older turns are no longer kept; their tokens are in the sum", strconv.Itoa(p.d.Skipped))))
	}
	return lines
}

func (p runPage) turnsTitle(n int) string {
	title := fmt.Sprintf("TURNS %d", n)
	if p.ui.only == "" {
		return title
	}
	for _, t := range p.r.Threads {
		if t.ID == p.ui.only {
			return title + " of " + safe(t.Name)
		}
	}
	return title
}

func (p runPage) turnsOrder(from, to, n, w int) string {
	word := "newest first"
	switch {
	case p.ui.dearest && p.ui.reversed:
		word = "cheapest first"
	case p.ui.dearest:
		word = "dearest first"
	case p.ui.reversed:
		word = "oldest first"
	}
	if w >= 60 {
		word = "s " + word
	}
	if from > 0 || to < n {
		word = fmt.Sprintf("%d-%d of %d   %s", from+1, to, n, word)
	}
	return word
}

// on gives the page with the styles of a row.
func (p runPage) on(selected bool) runPage {
	p.st = rowStyles(p.st, selected)
	return p
}

func (p runPage) turnRow(t grid, x monitor.TurnView, top price.Money, selected bool) string {
	q := p.on(selected)
	return t.row(q.turnCells(x, top), turnSign(x.State, q.st), selected, p.st)
}

// turnCells are the fields of one row.
func (p runPage) turnCells(t monitor.TurnView, top price.Money) []gridCell {
	st, g := p.st, p.st.Glyphs
	text, dim := st.Text, st.Muted
	cells := []gridCell{{strconv.Itoa(t.Number), text}, {hourMinute(t.Started, p.s.Zone), dim}, {p.turnSpan(t), dim}}
	if t.Usage.Responses == 0 && t.Usage.IsZero() {
		wait := g.Ellipsis
		if t.State != model.TurnRunning {
			wait = "-"
		}
		cells = append(cells, gridCell{wait, dim}, gridCell{"", dim}, gridCell{"", dim}, gridCell{"", dim}, gridCell{percent(t.Percent), text},
			gridCell{wait, text}, gridCell{"", dim})
	} else {
		mark := gridCell{cost(t.Cost, g), st.Bold}
		if t.Cost.Floor() {
			mark.style = st.Warn
		}
		cells = append(cells, gridCell{tokens(t.Usage.Input), text}, gridCell{tokens(t.Usage.Cached), dim}, gridCell{tokens(t.Usage.Output), text},
			gridCell{tokens(t.Usage.Reasoning), dim}, gridCell{percent(t.Percent), fillStyle(t.Percent, p)}, mark, costBar(t.Cost.USD, top, st))
	}
	what := gridCell{p.turnWhat(t), text}
	if t.State == model.TurnFailed || t.State == model.TurnDied {
		what.style = st.Crit
	}
	return append(cells, what)
}

// turnSpan is how long a turn took, or runs.
func (p runPage) turnSpan(t monitor.TurnView) string {
	switch {
	case t.Started.IsZero():
		return "-"
	case t.State == model.TurnRunning:
		return span(p.s.At.Sub(t.Started))
	case t.Ended.IsZero():
		return "-"
	}
	return span(t.Ended.Sub(t.Started))
}

// turnWhat says what a turn did: how it ended where it did not end well, its
// newest tool call or its prompt, and what is worth knowing.
func (p runPage) turnWhat(t monitor.TurnView) string {
	var parts []string
	if t.Agent != "" {
		parts = append(parts, "["+t.Agent+"]")
	}
	what := t.LastTool
	if what == "" {
		what = t.Prompt
	}
	switch t.State {
	case model.TurnRunning:
		switch {
		case p.newest(t) && p.r.State == monitor.StateSilent:
			what += " (no data)"
		case p.newest(t) && p.r.Sampling:
			if what = "model is sampling" + p.st.Glyphs.Ellipsis; t.LastTool != "" {
				what += " after " + t.LastTool
			}
		default:
			what += " (running)"
		}
	case model.TurnFailed, model.TurnAborted, model.TurnDied:
		word := t.State.String()
		if t.Reason != "" {
			word += " (" + t.Reason + ")"
		}
		if what != "" {
			word += ":"
		}
		parts = append(parts, word)
	}
	if what = strings.TrimSpace(what); what != "" {
		parts = append(parts, what)
	}
	for _, extra := range []struct {
		n    int
		text string
	}{{t.Failed, "failed"}, {t.Compacted, "compacted"}, {t.Unmetered, "unmetered"}} {
		switch {
		case extra.n == 1 && extra.text == "compacted":
			parts = append(parts, p.st.Glyphs.Dot+" compacted")
		case extra.n > 0:
			parts = append(parts, fmt.Sprintf("%s %d %s", p.st.Glyphs.Dot, extra.n, extra.text))
		}
	}
	return safe(strings.Join(parts, " "))
}

// newest says that t is the root's newest turn, which the run's state is about.
func (p runPage) newest(t monitor.TurnView) bool { return t.Agent == "" && t.Number == p.r.Turn }
