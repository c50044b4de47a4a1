package tui

import (
	"fmt"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// budgetList draws the budgets in h lines at most, the selected one among them.
func budgetList(s monitor.Snapshot, x budgetState, w, h int, st themes.Styles) []string {
	var lines []string
	var rows [][]string
	focus, at := x.row(s), 0
	if h >= 4 {
		legend := ""
		if w >= excWide {
			legend = st.Glyphs.Pace + " where the plan expects it"
		}
		lines = append(lines, rule(fmt.Sprintf("LIMITS %d", len(s.Budgets)), legend, w, st))
	}
	t := newGrid([]gridCol{
		{title: "BUDGET", w: 14, rank: 0, left: true, flex: true}, {title: "PERIOD", w: 6, rank: 7, left: true, spare: 4}, {title: "SPENT", w: 8, rank: 1}, {title: "LIMIT", w: 8, rank: 2},
		{title: "%", w: 5, rank: 1}, {title: "", w: 12, rank: 3, left: true}, {title: "FORECAST", w: 9, rank: 4}, {title: "REACHED", w: 10, rank: 6}, {title: "HOLDS", w: 12, rank: 5, left: true, spare: 3},
	}, w)
	for i := max(0, focus-h); i < min(len(s.Budgets), focus+h+1); i++ {
		b := s.Budgets[i]
		if i == focus {
			at = len(rows)
		}
		if w >= excWide {
			rows = append(rows, []string{budgetRow(t, b, s, i == focus, st)})
			continue
		}
		rows = append(rows, budgetCard(b, s, i == focus, w, st))
	}
	if w >= excWide && h >= 5 {
		lines = append(lines, t.header(st))
	}
	return append(lines, window(rows, at, max(1, h-len(lines)))...)
}

func budgetRow(t grid, b budget.Standing, s monitor.Snapshot, selected bool, st themes.Styles) string {
	rs, g := rowStyles(st, selected), st.Glyphs
	used := rs.Text
	if b.Used >= 75 {
		used = gaugeStyle(b.Used, rs)
	}
	period := b.Budget.Period.Name
	if b.Budget.Period.Milestone() {
		period = "dates"
	}
	bar := ""
	if t.widths[5] > 0 {
		bar = paceGauge(b.Used, pace(b), t.widths[5], rs)
	}
	sign := budgetSign(b, rs)
	return t.row([]gridCell{
		{spaces(2*depth(b, s.Budgets)) + budgetName(b, s), rs.Bold}, {period, rs.Muted}, {spentText(b, g), rs.Text}, {limitText(b), rs.Text}, {percent(b.Used), used},
		{bar, rs.Text}, {forecastText(b, g), rs.Text}, {reachedAt(b, s, g), rs.Text}, {b.Enforced.String(), rs.Muted},
	}, sign, selected, st)
}

// budgetCard is a budget in two lines of a narrow screen.
func budgetCard(b budget.Standing, s monitor.Snapshot, selected bool, w int, st themes.Styles) []string {
	rs, g := rowStyles(st, selected), st.Glyphs
	mark := " "
	if selected {
		mark = g.Select
	}
	sign := budgetSign(b, rs)
	right := firstFit(w-10, spentText(b, g)+" of "+limitText(b), percent(b.Used))
	name := fit(budgetName(b, s), max(1, w-4-cells(right)), g)
	first := rs.Accent.Render(mark) + sign.style.Render(fit(sign.text, 1, g)) + rs.Bold.Render(" "+name) + rs.Text.Render(" "+right)
	numbers := padLeft(percent(b.Used), 5)
	if f := forecastText(b, g); f != "" && w >= 30 {
		numbers += " " + padLeft(f, 9)
	}
	second := rs.Text.Render("   ") + paceGauge(b.Used, pace(b), max(0, w-3-cells(numbers)), rs) + rs.Text.Render(numbers)
	return []string{finishRow(first, w, st, selected), finishRow(second, w, st, selected)}
}
