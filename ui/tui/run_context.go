package tui

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

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
