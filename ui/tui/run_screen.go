package tui

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// runPage is what the views of a run's screen draw from.
type runPage struct {
	s  monitor.Snapshot
	r  monitor.Run
	d  *monitor.RunDetail // nil until the monitor has sent it
	ui runState
	st themes.Styles
}

// runScreen draws a run's own screen: width cells, at most height lines, footer not included.
func runScreen(s monitor.Snapshot, ui runState, width, height int, st themes.Styles) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	r, ok := runOf(s, ui.id)
	if !ok {
		return clip([]string{st.Bold.Render("This run is no longer in the list."), "esc goes back to the runs."}, width, height)
	}
	p := runPage{s, safeRun(r), detailOf(s, ui.id), ui, st}
	lines := p.head(width, height)
	if rest := height - len(lines); rest > 0 {
		lines = append(lines, p.body(width, rest)...)
	}
	return clip(lines, width, height)
}

func (p runPage) body(w, h int) []string {
	if p.d == nil && p.ui.view != viewAgents {
		return p.waiting(w, h)
	}
	switch {
	case p.ui.opened:
		return p.turnView(w, h)
	case p.ui.view == viewTools:
		return p.toolsView(w, h)
	case p.ui.view == viewContext:
		return p.contextView(w, h)
	case p.ui.view == viewAgents:
		return p.agentsView(w, h)
	case p.ui.view == viewCost:
		return p.costView(w, h)
	}
	return p.turnsView(w, h)
}

// waiting is shown until the run's inside has come.
func (p runPage) waiting(w, h int) []string {
	lines := []string{p.st.Muted.Render("Reading the turns of this run" + p.st.Glyphs.Ellipsis)}
	if h > 4 {
		lines = append([]string{""}, lines...)
		lines = append(lines, "")
	}
	return append(lines, p.sum(w)...)
}

// head is the run's title, how it stands, and the chips of the views.
func (p runPage) head(w, h int) []string {
	st, g := p.st, p.st.Glyphs
	sign := standing(p.r.State, st)
	state := sign.style.Render(sign.text) + " " + stateText(p.r, p.s.At)
	spent := st.Bold.Render(dollars(p.r.Cost, g))
	old := between(p.r.StartedAt, p.s.At)
	var lines []string
	if w >= 60 {
		lines = append(lines, p.title(w, state, spent, old))
	} else {
		right := spent
		if w >= 30 {
			right += "  " + old
		}
		lines = append(lines, ends(st.Bold.Render(p.r.Name), right, w, g))
		if h >= 4 {
			right = ""
			if p.r.Percent >= 0 {
				right = "ctx " + percent(p.r.Percent)
			}
			if w < 28 {
				right = percent(p.r.Percent)
			}
			lines = append(lines, ends(state, right, w, g))
		}
		if h >= 12 {
			lines = append(lines, cut(st.Muted.Render(modelText(p.r.Model, p.r.Effort, p.r.Tier)), w, g))
		}
	}
	if h >= 9 {
		lines = append(lines, p.chips(w))
	}
	return append(lines, p.judged(w, h)...)
}

// title is the first line of wider screens; what does not fit is left out from
// the model on, and the state and the name are cut last.
func (p runPage) title(w int, state, spent, old string) string {
	st, g := p.st, p.st.Glyphs
	sep := st.Muted.Render(" " + g.Select + " ")
	left := st.Bold.Render(cut(p.r.Name, max(12, w/3), g)) + sep + p.ui.place()
	if w >= 100 {
		left = st.Muted.Render("Sentinel") + sep + left
	}
	room := w - cells(left) - 2
	right := spent + "   " + old
	if n := room - cells(right) - 3; n >= 12 {
		right += "   " + cut(state, n, g)
	}
	if m := modelText(p.r.Model, p.r.Effort, p.r.Tier); cells(right)+3+cells(m) <= room {
		right = m + "   " + right
	}
	return ends(left, right, w, g)
}

// place says what of the run is shown: "turns", "turn 38".
func (ui runState) place() string {
	if ui.opened {
		return fmt.Sprintf("turn %d", ui.turn.number)
	}
	return ui.view.String()
}

// chips are the names of the views, the present one underlined and in brackets.
func (p runPage) chips(w int) string {
	counts := [runViews]int{viewTurns: p.r.Turns, viewTools: p.r.Calls, viewAgents: len(p.r.Threads)}
	build := func(numbers bool, gap string) string {
		var parts []string
		for v := range runViews {
			text := strings.ToUpper(v.String()[:1]) + v.String()[1:]
			if numbers && counts[v] > 0 {
				text = fmt.Sprintf("%s %d", text, counts[v])
			}
			if v == p.ui.view {
				parts = append(parts, p.st.Bold.Underline(true).Render(text))
			} else {
				parts = append(parts, p.st.Muted.Render(text))
			}
		}
		return strings.Join(parts, gap)
	}
	for _, try := range []string{" " + build(true, "   "), build(true, "  "), build(false, "  "), build(false, " ")} {
		if cells(try) <= w {
			if hint := "tab view"; cells(try)+cells(hint)+3 <= w {
				return ends(try, p.st.Muted.Render(hint), w, p.st.Glyphs)
			}
			return try
		}
	}
	return p.st.Bold.Underline(true).Render(p.ui.view.String()) + p.st.Muted.Render(fmt.Sprintf(" %d/%d", p.ui.view+1, runViews))
}

// sum is what the whole run used and cost, and what is doubtful about it.
func (p runPage) sum(w int) []string {
	g := p.st.Glyphs
	lines := flow(usagePhrases(p.r.Usage, p.st), 2, w, g)
	costs := splitPhrases(p.r, w, p.st)
	if one := flow(append(usagePhrases(p.r.Usage, p.st), costs...), 2, w, g); len(one) == 1 {
		lines = one
	} else {
		lines = append(lines, flow(costs, 2, w, g)...)
	}
	return append(lines, flow(caveats(p.r, p.st), 2, w, g)...)
}
