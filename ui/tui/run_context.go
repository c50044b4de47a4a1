package tui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// plot is a line chart of one value per response, with its axis below.
type plot struct {
	points []monitor.ContextPoint
	value  func(monitor.ContextPoint) float64
	label  func(float64) string // of the vertical axis, at most five cells
	top    float64              // value of the top row
	limit  float64              // drawn as a dashed line; 0 none
	marks  bool                 // mark compactions
	zone   *time.Location       // of the times below the plot, where there are too few turns to number
}

const plotLabel = 7 // "  258 ┤"

// contextChart is a rule, rows lines of plot and its axis; nothing where there is no response yet.
func (p runPage) contextChart(w, rows int) []string {
	if p.d == nil || len(p.d.Context) == 0 || rows < 2 || w < plotLabel+8 {
		return nil
	}
	if p.ui.costs {
		return p.costChart(w, rows)
	}
	most := model.Tokens(0)
	for _, c := range p.d.Context {
		most = max(most, c.Tokens)
	}
	pl := plot{points: p.d.Context, marks: true, zone: p.s.Zone, label: func(v float64) string { return tokens(model.Tokens(v)) }}
	pl.value = func(c monitor.ContextPoint) float64 { return float64(c.Tokens) }
	pl.top = max(1, float64(most)*1.1)
	right := ""
	if p.r.Window > 0 {
		right = "window " + tokens(p.r.Window)
		if most >= p.r.Window/4 {
			pl.top = float64(max(most, p.r.Window))
			pl.limit = float64(p.r.Window)
		} else {
			right += ", above the chart"
		}
	}
	if w >= 60 {
		right = strings.TrimLeft(right+"   c cost", " ")
	}
	title := "CONTEXT tokens by response"
	if w < 60 {
		title = "CONTEXT"
	}
	return append([]string{rule(title, right, w, p.st)}, pl.draw(w, rows, p.st)...)
}

// costChart draws the run's cost as it grew, response by response.
func (p runPage) costChart(w, rows int) []string {
	sum := 0.0
	points := make([]monitor.ContextPoint, len(p.d.Context))
	for i, c := range p.d.Context {
		sum += c.Cost.Dollars()
		c.Tokens = model.Tokens(sum * 1e6)
		points[i] = c
	}
	pl := plot{points: points, top: max(sum, 0.01), zone: p.s.Zone}
	pl.value = func(c monitor.ContextPoint) float64 { return float64(c.Tokens) / 1e6 }
	pl.label = func(v float64) string { return fmt.Sprintf("%.2f", v) }
	if sum >= 100 {
		pl.label = func(v float64) string { return fmt.Sprintf("%.0f", v) }
	}
	title := "COST $ by response, added up"
	if w < 60 {
		title = "COST $"
	}
	return append([]string{rule(title, "c context", w, p.st)}, pl.draw(w, rows, p.st)...)
}

// draw gives rows lines of plot, one of turn numbers, and one of compactions where there are some.
func (pl plot) draw(w, rows int, st themes.Styles) []string {
	n := w - plotLabel
	at := pl.spread(n)
	values := make([]float64, n+1)
	for i, j := range at {
		values[i+1] = max(0, min(1, pl.value(pl.points[j])/pl.top)) * float64(rows-1)
	}
	values[0] = values[1]
	drawn := plotRows(values, rows, st.Glyphs)
	every := 1
	if rows > 8 {
		every = 2
	}
	limit := -1
	if pl.limit > 0 {
		limit = rows - 1 - int(math.Round(pl.limit/pl.top*float64(rows-1)))
	}
	lines := make([]string, 0, rows+2)
	for i := range rows {
		label := ""
		if i%every == 0 || i == rows-1 {
			label = pl.label(pl.top * float64(rows-1-i) / float64(rows-1))
		}
		dashed := i == limit
		lines = append(lines, st.Muted.Render(padLeft(label, 5))+st.Frame.Render(" "+axis(st.Glyphs))+paintRow(drawn[i], n, dashed, st))
	}
	lines = append(lines, spaces(plotLabel)+st.Muted.Render(pl.below(at)))
	if marks := pl.compactions(at, st.Glyphs); marks != "" {
		lines = append(lines, spaces(plotLabel)+st.Info.Render(marks))
	}
	return lines
}

func axis(g themes.Glyphs) string {
	if g.ASCII {
		return "|"
	}
	return "┤"
}

// spread gives the point of each of n columns: of many points in one column the
// largest, but the last of them where the context was compacted there, so that the fall is seen.
func (pl plot) spread(n int) []int {
	at := make([]int, n)
	m := len(pl.points)
	for i := range at {
		from, to := i*m/n, (i+1)*m/n
		best := from
		for j := from; j < to; j++ {
			if pl.points[j].Compacted {
				best = j
				break
			}
			if pl.value(pl.points[j]) >= pl.value(pl.points[best]) {
				best = j
			}
		}
		at[i] = best
	}
	return at
}

// plotRows draws values, each from 0 to rows-1, as a line of box characters; row 0 is the top.
func plotRows(values []float64, rows int, g themes.Glyphs) []string {
	chars := asciigraph.DefaultCharSet
	if g.ASCII {
		chars = asciigraph.CreateCharSet("*")
	}
	out := asciigraph.Plot(values, asciigraph.Height(rows-1), asciigraph.LowerBound(0), asciigraph.UpperBound(float64(rows-1)),
		asciigraph.Precision(0), asciigraph.SeriesChars(chars))
	lines := strings.Split(out, "\n")
	for i, l := range lines {
		if at := strings.IndexAny(l, "┤┼"); at >= 0 {
			l = l[at+len("┤"):]
		}
		lines[i] = l
	}
	for len(lines) < rows {
		lines = append(lines, "")
	}
	return lines
}

// paintRow styles one row of n cells; a dashed one has dashes wherever the line is not.
func paintRow(row string, n int, dashed bool, st themes.Styles) string {
	line, gap := []rune(row), " "
	if dashed {
		gap = st.Glyphs.Empty
	}
	var b strings.Builder
	for i := 0; i < n; {
		j, blank := i, i >= len(line) || line[i] == ' '
		for j < n && (j >= len(line) || line[j] == ' ') == blank {
			j++
		}
		switch {
		case !blank:
			b.WriteString(st.Chart[0].Render(string(line[i:min(j, len(line))])))
		case dashed:
			b.WriteString(st.Frame.Render(strings.Repeat(gap, j-i)))
		default:
			b.WriteString(spaces(j - i))
		}
		i = j
	}
	return b.String()
}

// below writes turn numbers below the columns where the turns begin, as many as
// fit; where there are few turns, the times of the responses.
func (pl plot) below(at []int) string {
	label, first, apart := func(j int) string { return strconv.Itoa(pl.points[j].Turn) }, "turn ", 4
	if pl.points[len(pl.points)-1].Turn-pl.points[0].Turn < 3 {
		label, first, apart = func(j int) string { return hourMinute(pl.points[j].At, pl.zone) }, "", 12
	}
	line, end, last := []byte(strings.Repeat(" ", len(at))), -1, ""
	for i, j := range at {
		text := label(j)
		if text == last || end >= 0 && i <= end+apart {
			continue
		}
		last = text
		if end < 0 {
			text = first + text
		}
		if i+len(text) > len(line) {
			break
		}
		copy(line[i:], text)
		end = i + len(text)
	}
	return strings.TrimRight(string(line), " ")
}

// compactions marks the columns where the context was compacted.
func (pl plot) compactions(at []int, g themes.Glyphs) string {
	if !pl.marks {
		return ""
	}
	line := []rune(strings.Repeat(" ", len(at)))
	end, some := 0, false
	for i, j := range at {
		if !pl.points[j].Compacted || i > 0 && at[i-1] == j {
			continue
		}
		sign := "▲"
		if g.ASCII {
			sign = "^"
		}
		text := []rune(fmt.Sprintf("%s compacted, turn %d", sign, pl.points[j].Turn))
		if i < end || i+len(text) > len(line) {
			text = text[:1]
		}
		if i >= end {
			copy(line[i:], text)
			end, some = i+len(text)+1, true
		}
	}
	if !some {
		return ""
	}
	return strings.TrimRight(string(line), " ")
}

// growth is how the root's context changed over its newest turns, as a phrase; "" unknown.
func growth(d *monitor.RunDetail) string {
	if d == nil {
		return ""
	}
	var last model.Tokens
	n := 0
	for _, t := range d.Turns {
		if t.Agent != "" || t.Context <= 0 {
			continue
		}
		switch {
		case n == 0:
			last = t.Context
		case n == 5:
			return signed(last-t.Context) + " in 5 turns"
		}
		if t.Compacted > 0 {
			if n == 0 {
				return "compacted in this turn"
			}
			return "compacted " + count(n, "turn") + " ago"
		}
		n++
	}
	return ""
}

// contextView is the chart at its largest and the turns where the context grew most.
func (p runPage) contextView(w, h int) []string {
	if len(p.d.Context) == 0 {
		return []string{p.st.Muted.Render("  No response yet: nothing is known of the context.")}
	}
	facts := flow(p.contextFacts(), 2, w, p.st.Glyphs)
	var jumps []string
	if h >= 16 {
		jumps = p.jumps(w, min(8, h/4))
	}
	if w < plotLabel+8 || h < 6 {
		return facts
	}
	rows := h - len(facts) - len(jumps) - 3 // rule, axis, compactions
	if h < 10 {
		facts, rows = facts[:min(1, len(facts))], h-4
	}
	return append(append(p.contextChart(w, max(2, min(rows, 24))), facts...), jumps...)
}

// contextFacts say how full the context is and how it got there.
func (p runPage) contextFacts() []string {
	st := p.st
	now := "now " + tokens(p.r.Context)
	if p.r.Window > 0 {
		now += " of " + tokens(p.r.Window)
	} else {
		now += ", window unknown"
	}
	if p.r.Percent >= 0 {
		now += " (" + percent(p.r.Percent) + ")"
	}
	facts := []string{fillStyle(p.r.Percent, p).Render(now)}
	if grew := growth(p.d); grew != "" {
		facts = append(facts, grew)
	}
	if p.r.Compacted > 0 {
		facts = append(facts, "compacted "+count(p.r.Compacted, "time"))
	}
	if p.r.Percent >= 0 {
		facts = append(facts, st.Muted.Render("percent as Codex counts it"))
	}
	return facts
}

// jumps lists the turns in which the root's context grew most.
func (p runPage) jumps(w, limit int) []string {
	type jump struct {
		turn monitor.TurnView
		by   model.Tokens
	}
	var all []jump
	before := map[turnKey]model.Tokens{}
	for _, t := range p.d.Turns {
		before[turnKey{t.Thread, t.Number + 1}] = t.Context
	}
	for _, t := range p.d.Turns {
		if b, ok := before[keyOfTurn(t)]; ok && t.Context > b && t.Agent == "" && b > 0 {
			all = append(all, jump{t, t.Context - b})
		}
	}
	if len(all) == 0 || limit < 2 {
		return nil
	}
	for i := range all { // the few largest, by selection: the list is short
		for j := i + 1; j < len(all); j++ {
			if all[j].by > all[i].by {
				all[i], all[j] = all[j], all[i]
			}
		}
		if i == limit {
			break
		}
	}
	lines := []string{rule("LARGEST GROWTH", "", w, p.st)}
	for _, j := range all[:min(limit-1, len(all))] {
		text := fmt.Sprintf("  turn %3d  %s  %7s  ", j.turn.Number, hourMinute(j.turn.Started, p.s.Zone), signed(j.by))
		lines = append(lines, text+cut(p.turnWhat(j.turn), max(0, w-cells(text)), p.st.Glyphs))
	}
	return lines
}
