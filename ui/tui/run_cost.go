package tui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// fillStyle is the style of a fill's number: plain until it warns.
func fillStyle(fill float64, p runPage) lipgloss.Style {
	switch {
	case fill >= 90:
		return p.st.Crit
	case fill >= 75:
		return p.st.Warn
	}
	return p.st.Text
}

// part is one line of a split: a name, its tokens and what they cost.
type part struct {
	name   string
	tokens model.Tokens // below 0: not known
	cost   price.Cost
}

// costView splits the run's cost by kind of token, by model and by turn.
func (p runPage) costView(w, h int) []string {
	var lines []string
	if h >= 4 {
		lines = append(lines, rule("BY KIND OF TOKEN", dollars(p.r.Cost, p.st.Glyphs), w, p.st))
	}
	lines = append(lines, p.parts(p.kinds(w), w)...)
	if work := p.workParts(); len(work) > 0 && len(lines)+len(work)+1 <= h {
		lines = append(append(lines, rule("BY KIND OF WORK", "", w, p.st)), p.parts(work, w)...)
	}
	notes := p.costNotes(w)
	models := p.models(w)
	if len(lines)+len(notes)+len(models)+1 <= h && len(models) > 0 {
		right := ""
		if p.d.Skipped > 0 {
			right = "of the turns kept"
		}
		lines = append(lines, rule("BY MODEL", right, w, p.st))
		lines = append(lines, p.parts(models, w)...)
	}
	lines = append(lines, notes...)
	if room := h - len(lines); room >= 4 {
		lines = append(lines, p.dearest(w, min(room, 12))...)
	}
	return lines
}

func (p runPage) kinds(w int) []part {
	u, s := p.r.Usage, p.r.Split
	kinds := []part{{"input", u.Fresh(), price.Cost{USD: s.Input}}, {"cached input", u.Cached, price.Cost{USD: s.Cached}}}
	if u.CacheWrite > 0 {
		kinds = append(kinds, part{"cache write", u.CacheWrite, price.Cost{USD: s.CacheWrite}})
	}
	name := "output"
	if u.Reasoning > 0 && w >= 60 {
		name = "output, " + share(float64(u.Reasoning), float64(u.Output)) + " reasoning"
	}
	return append(kinds, part{name, u.Output, price.Cost{USD: s.Output}})
}

// models adds up the kept turns by model and effort, dearest first.
func (p runPage) models(w int) []part {
	type sum struct {
		part
		turns int
	}
	var sums []sum
	for _, t := range p.d.Turns {
		if t.Usage.Responses == 0 && t.Usage.IsZero() {
			continue
		}
		name := safe(modelText(t.Model, t.Effort, t.Tier))
		i := slices.IndexFunc(sums, func(s sum) bool { return s.name == name })
		if i < 0 {
			i = len(sums)
			sums = append(sums, sum{part: part{name: name}})
		}
		sums[i].tokens += t.Usage.Total()
		sums[i].cost = sums[i].cost.Add(t.Cost)
		sums[i].turns++
	}
	slices.SortStableFunc(sums, func(a, b sum) int {
		switch {
		case a.cost.USD > b.cost.USD:
			return -1
		case a.cost.USD < b.cost.USD:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	parts := make([]part, 0, len(sums))
	for _, s := range sums[:min(len(sums), 6)] {
		if w >= 60 {
			s.name = fmt.Sprintf("%s, %s", s.name, count(s.turns, "turn"))
		}
		parts = append(parts, s.part)
	}
	return parts
}

// parts draws names, tokens, costs and a bar of each one's share of the cost.
func (p runPage) parts(ps []part, w int) []string {
	st, g := p.st, p.st.Glyphs
	total := price.Money(0)
	for _, x := range ps {
		total = total.Add(x.cost.USD)
	}
	name := max(6, min(34, w-22))
	bar := w - 2 - name - 8 - 9 - 6 - 2
	lines := make([]string, 0, len(ps))
	for _, x := range ps {
		line := "  " + fit(x.name, name, g)
		if w >= 34 {
			used := "-"
			if x.tokens >= 0 {
				used = tokens(x.tokens)
			}
			line += st.Muted.Render(padLeft(used, 8))
		}
		line += st.Bold.Render(padLeft(dollars(x.cost, g), 9))
		if w >= 44 {
			line += padLeft(share(x.cost.USD.Dollars(), total.Dollars()), 6)
		}
		if bar >= 8 {
			line += "  " + partBar(x.cost.USD, total, min(bar, 40), p)
		}
		lines = append(lines, line)
	}
	return lines
}

// partBar is a gauge that never warns: a share of the cost is not a limit.
func partBar(c, total price.Money, w int, p runPage) string {
	full := 0
	if total > 0 && c > 0 {
		full = min(w, max(1, int(c.Dollars()/total.Dollars()*float64(w)+0.5)))
	}
	return p.st.GaugeFull.Render(strings.Repeat(p.st.Glyphs.Full, full)) + p.st.GaugeEmpty.Render(strings.Repeat(p.st.Glyphs.Empty, w-full))
}

// costNotes say how the numbers are meant.
func (p runPage) costNotes(w int) []string {
	st := p.st
	notes := []string{"rate " + perHour(p.r.Rate, st.Glyphs), "today " + dollars(p.r.TodayCost, st.Glyphs), p.sinceChange()}
	lines := append([]string{rule("NOTES", "", w, st)}, flow(notes, 2, w, st.Glyphs)...)
	if labels := p.labels(); len(labels) > 0 {
		lines = append(lines, flow(labels, 2, w, st.Glyphs)...)
	}
	// Codex's /status counts one thread, what it inherited too, and input without the cached part.
	if len(p.r.Threads) > 0 && p.r.Inherited.IsZero() {
		u, who := p.r.Threads[0].Usage, "as /status in Codex counts:"
		if len(p.r.Threads) > 1 {
			who = "the root thread as /status in Codex counts:"
		}
		plain := u.Input - u.Cached
		lines = append(lines, flow([]string{who + " " + tokens(plain+u.Output) + " total", "(" + tokens(plain) + " input + " + tokens(u.Output) + " output)"}, 2, w, st.Glyphs)...)
	}
	how := []string{}
	if p.s.APIPrices {
		how = append(how, "API-equivalent estimate, a plan may pay instead")
	}
	if p.s.PricesAsOf != "" {
		how = append(how, "list prices of "+p.s.PricesAsOf)
	}
	for i := range how {
		how[i] = st.Muted.Render(how[i])
	}
	lines = append(lines, flow(how, 2, w, st.Glyphs)...)
	return append(lines, flow(caveats(p.r, st), 2, w, st.Glyphs)...)
}

// dearest lists the turns that cost most.
func (p runPage) dearest(w, h int) []string {
	ui := runState{dearest: true}
	ts := ui.turns(p.d)
	for len(ts) > 0 && ts[len(ts)-1].Cost.USD == 0 {
		ts = ts[:len(ts)-1]
	}
	if len(ts) == 0 || h < 3 {
		return nil
	}
	t := newGrid(turnCols(ts), w)
	lines := []string{rule("DEAREST TURNS", "", w, p.st), t.header(p.st)}
	for _, x := range ts[:min(len(ts), h-2)] {
		lines = append(lines, p.turnRow(t, x, ts[0].Cost.USD, false))
	}
	return lines
}
