package tui

import (
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// agentsView lists the run's threads: the root and its sub-agents as a tree.
func (p runPage) agentsView(w, h int) []string {
	cols := []gridCol{
		{title: "AGENT", w: 10, rank: 0, left: true, flex: true},
		{title: "STATE", w: 7, rank: 3, left: true},
		{title: "MODEL", w: 16, rank: 5, left: true},
		{title: "IN", w: 5, rank: 4},
		{title: "CACHED", w: 6, rank: 6},
		{title: "OUT", w: 5, rank: 5},
		{title: "CTX", w: 4, rank: 2},
		{title: "COST", w: 7, rank: 1},
		{title: "LAST", w: 5, rank: 7},
	}
	t := newGrid(cols, w)
	ts := p.r.Threads
	focus := threadRow(ts, p.ui.agent)
	foot := p.sum(w)
	if h < len(foot)+6 {
		foot = nil
	}
	title := fmt.Sprintf("AGENTS %d", len(ts))
	if p.r.LiveAgents > 0 {
		title += fmt.Sprintf(", %d live", p.r.LiveAgents)
	}
	right := "enter its turns"
	lines := []string{}
	room := h - len(foot)
	if room >= 5 {
		lines = append(lines, rule(title, right, w, p.st))
	}
	if room >= 3 {
		lines = append(lines, t.header(p.st))
	}
	depth := depths(ts)
	from, to := visible(len(ts), focus, room-len(lines)-min(1, len(foot)))
	for i := from; i < to; i++ {
		lines = append(lines, p.agentRow(t, ts[i], depth[i], i == focus))
	}
	if len(ts) == 0 {
		lines = append(lines, p.st.Muted.Render("  Nothing is known of its threads."))
	}
	if len(foot) > 0 {
		lines = append(append(lines, rule("SUM", "", w, p.st)), foot...)
	}
	return lines
}

func (p runPage) agentRow(t grid, x monitor.ThreadView, depth int, selected bool) string {
	q := p.on(selected)
	return t.row(q.agentCells(x, depth), standing(x.State, q.st), selected, p.st)
}

func (p runPage) agentCells(t monitor.ThreadView, depth int) []gridCell {
	st, g := p.st, p.st.Glyphs
	name := t.Name
	if name == "" {
		name = cut(t.ID, 13, g)
	}
	spent := gridCell{cost(t.Cost, g), st.Bold}
	if t.Cost.Floor() {
		spent.style = st.Warn
	}
	in, cached, out := tokens(t.Usage.Input), tokens(t.Usage.Cached), tokens(t.Usage.Output)
	if t.Usage.Responses == 0 && t.Usage.IsZero() {
		in, cached, out, spent.text = "-", "", "-", "-"
	}
	return []gridCell{
		{spaces(2*depth) + safe(name), st.Text}, {t.State.String(), standing(t.State, st).style}, {safe(modelText(t.Model, "", "")), st.Muted},
		{in, st.Text}, {cached, st.Muted}, {out, st.Text}, {percent(t.Percent), fillStyle(t.Percent, p)}, spent, {lastSeen(t.LastAt, p.s.At), st.Muted},
	}
}

// lastSeen is how long ago; "now" for the last seconds.
func lastSeen(at, now time.Time) string {
	if !at.IsZero() && now.Sub(at) < 2*time.Second {
		return "now"
	}
	return between(at, now)
}

// depths is how deep each thread is below the root, by its parents; at most 4 are shown.
func depths(ts []monitor.ThreadView) []int {
	parent := map[string]string{}
	for _, t := range ts {
		parent[t.ID] = t.Parent
	}
	out := make([]int, len(ts))
	for i, t := range ts {
		for id := t.Parent; id != "" && out[i] < 4; id = parent[id] {
			if _, known := parent[id]; !known {
				break
			}
			out[i]++
		}
	}
	return out
}
