package tui

import (
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// rowStyles gives the styles to draw a row with. On a selected row every style
// has the selection's background, or none at all where the whole row is drawn in one style.
func rowStyles(st themes.Styles, selected bool) themes.Styles {
	if !selected {
		return st
	}
	on := func(s lipgloss.Style) lipgloss.Style {
		if o, ok := st.On(s); ok {
			return o
		}
		return lipgloss.NewStyle()
	}
	out := *st.Roles
	for _, s := range []*lipgloss.Style{
		&out.Text, &out.Accent, &out.OK, &out.Warn, &out.Crit, &out.Info, &out.Frame, &out.Key,
		&out.GaugeFull, &out.GaugeEmpty, &out.GaugeWarn, &out.GaugeCrit,
		&out.Spark[0], &out.Spark[1], &out.Spark[2], &out.Spark[3],
	} {
		*s = on(*s)
	}
	name := lipgloss.NewStyle()
	if _, ok := st.On(name); ok {
		name = st.Selected
	}
	out.Muted, out.Bold, out.Text = name, name, name // no muted text on the selection
	return themes.Styles{Roles: &out}
}

// finishRow fills a row to w cells in the style of its selection. row was drawn with rowStyles.
func finishRow(row string, w int, st themes.Styles, selected bool) string {
	row = block(row, w, 1)
	if !selected {
		return row
	}
	if _, ok := st.On(lipgloss.NewStyle()); ok {
		n := strings.TrimRight(row, " ")
		return n + st.Selected.Render(spaces(w-cells(n)))
	}
	return st.Selected.Render(row)
}

// sign gives a state's sign and the style it is drawn in.
func sign(s monitor.State, st themes.Styles) (string, lipgloss.Style) {
	g := st.Glyphs
	switch s {
	case monitor.StateWorking:
		return g.Working, st.OK
	case monitor.StateSilent:
		return g.Silent, st.Warn
	case monitor.StateIdle:
		return g.Idle, st.Muted
	case monitor.StateDone:
		return g.Done, st.Muted
	case monitor.StateStopped:
		return g.Stopped, st.Muted
	}
	return g.Failed, st.Crit
}

// lead draws the selection mark and the state's sign: two cells.
func lead(r *monitor.Run, selected bool, st themes.Styles) string {
	mark := " "
	if selected {
		mark = st.Glyphs.Select
	}
	text, style := rowSign(r, st)
	return st.Text.Render(mark) + style.Render(text)
}

// rowSign is a run's sign: of its worst open exception while it lives, else of its state.
func rowSign(r *monitor.Run, st themes.Styles) (string, lipgloss.Style) {
	if r.Open > 0 && r.Worst >= budget.Warn && r.State.Live() && (r.State != monitor.StateSilent || r.Worst >= budget.Critical) {
		return severitySign(r.Worst, st)
	}
	return sign(r.State, st)
}

// budgetCell is how much of its budget a run has used, and its style.
func budgetCell(r *monitor.Run, st themes.Styles) (string, lipgloss.Style) {
	if r.BudgetUsed >= 75 {
		return percent(r.BudgetUsed), gaugeStyle(r.BudgetUsed, st)
	}
	return percent(r.BudgetUsed), st.Text
}

// shortModel is a model's name as far as it tells models apart.
func shortModel(r *monitor.Run) string {
	if r.Model == "" || r.Model == model.UnknownModel {
		return "unknown"
	}
	return strings.TrimPrefix(r.Model, "gpt-")
}

// projectName shortens a project's name to w cells from its left: the last part of a
// path or of an address says most.
func projectName(name string, w int, g themes.Glyphs) string {
	for cells(name) > w {
		_, rest, ok := strings.Cut(strings.TrimPrefix(name, "/"), "/")
		if !ok {
			break
		}
		name = rest
	}
	return cut(name, w, g)
}

// burnCell draws a run's sparkline over w cells, or the word of its state where that says more:
// it needs a look, or burned nothing. The highest level is top, or with 0 the run's own dearest minute of the last hour.
func burnCell(r *monitor.Run, w int, top float64, st themes.Styles) string {
	if w <= 0 {
		return ""
	}
	_, style := sign(r.State, st)
	if troubled(*r) {
		return style.Render(fit(r.State.String(), w, st.Glyphs))
	}
	if top <= 0 {
		top = dearestMinute(r.Spark)
	}
	recent := lastMinutes(r.Spark, sparkMinutes(w))
	for _, v := range recent {
		if v > 0 {
			return lowSparkline(recent, w, top, st)
		}
	}
	word := r.State.String()
	if r.State == monitor.StateWorking && r.Sampling {
		word = "sampling"
	}
	return st.Muted.Render(fit(word, w, st.Glyphs))
}

// lowSparkline leaves the highest level out, so that the sparklines of two rows never touch.
func lowSparkline(values []price.Money, w int, top float64, st themes.Styles) string {
	signs := st.Glyphs.Spark
	if n := len(signs); n > 1 && !st.Glyphs.ASCII {
		signs = signs[:n-1]
	}
	return sparklineOf(signs, values, w, top, st)
}

// sparkMinutes is how far back a row's sparkline of w cells goes.
func sparkMinutes(w int) int {
	switch {
	case w < 15:
		return 10
	case w < 30:
		return 15
	}
	return 30
}

func lastMinutes(v []price.Money, n int) []price.Money {
	return v[max(0, len(v)-n):]
}

func dearestMinute(v []price.Money) float64 {
	top := 0.0
	for _, m := range v {
		top = max(top, m.Dollars())
	}
	return top
}

// sharedTop is the dearest minute of all the runs, for one scale.
func sharedTop(runs []monitor.Run) float64 {
	top := 0.0
	for i := range runs {
		top = max(top, dearestMinute(runs[i].Spark))
	}
	return top
}
