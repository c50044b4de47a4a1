package tui

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// tableCols are the widths of the table's columns; 0 where a column is left out.
// They depend on the width alone, so that nothing shifts when numbers change.
type tableCols struct {
	name, project, model, spark, gauge int
	budget                             int // only where runs have budgets
}

// The columns that are always there hold numbers and are never cut.
const (
	leadCells    = 3 // selection, sign, space
	rateCells    = 8 // with the space before it
	costCells    = 8
	contextCells = 5
	budgetCells  = 7
	ageCells     = 6
)

// tableColumns shares out the width: what is left beside the numbers goes to names
// and bars in steps, each column to a size where it reads well before the next one grows.
func tableColumns(width int, budgets bool) tableCols {
	rest := width - leadCells - rateCells - costCells - contextCells - ageCells
	c := tableCols{}
	if budgets && rest >= 12+budgetCells {
		c.budget = budgetCells
		rest -= budgetCells
	}
	grow := func(col *int, to, gap int) {
		if *col == 0 {
			if rest < to+gap {
				return
			}
			rest -= gap
		}
		more := min(to-*col, rest)
		if more > 0 {
			*col += more
			rest -= more
		}
	}
	grow(&c.name, 12, 0)
	if c.name == 0 {
		c.name = max(0, rest)
		return c
	}
	grow(&c.spark, 8, 1)
	grow(&c.model, 8, 1)
	grow(&c.model, 10, 1)
	grow(&c.spark, 10, 1)
	grow(&c.name, 18, 0)
	grow(&c.project, 12, 1)
	grow(&c.gauge, 8, 1)
	grow(&c.model, 14, 1)
	grow(&c.project, 20, 1)
	grow(&c.name, 24, 0)
	grow(&c.spark, 15, 1)
	grow(&c.name, 32, 0)
	grow(&c.project, 32, 1)
	grow(&c.spark, 30, 1)
	c.name += rest
	return c
}

// header names the columns; the one that is sorted by has the arrow.
func (c tableCols) header(l runList, st themes.Styles) string {
	arrow := st.Glyphs.Down
	if l.sort.ascending() != l.reverse {
		arrow = st.Glyphs.Up
	}
	mark := func(title string, k sortKey) string {
		if l.sort == k && !l.frozen {
			return title + arrow
		}
		return title
	}
	var b strings.Builder
	b.WriteString(spaces(leadCells) + padRight(mark("RUN", sortName), c.name))
	text := func(title string, w int) {
		if w > 0 {
			b.WriteString(" " + fit(title, w, st.Glyphs))
		}
	}
	text("PROJECT", c.project)
	text("MODEL", c.model)
	text(fmt.Sprintf("BURN %dm", sparkMinutes(c.spark)), c.spark)
	b.WriteString(padLeft(mark("$/h", sortBurn), rateCells))
	b.WriteString(padLeft(mark("COST", sortCost), costCells))
	if c.budget > 0 {
		b.WriteString(padLeft("BUDGET", c.budget))
	}
	if c.gauge > 0 {
		b.WriteString(" " + padRight("CONTEXT", c.gauge) + padLeft(mark("", sortContext), contextCells))
	} else {
		b.WriteString(padLeft(mark("CTX", sortContext), contextCells))
	}
	b.WriteString(padLeft(mark("AGE", sortAge), ageCells))
	return b.String()
}

// row draws a run as a row of the table.
func (c tableCols) row(r *monitor.Run, s monitor.Snapshot, top float64, st themes.Styles, selected bool) string {
	g := st.Glyphs
	var b strings.Builder
	b.WriteString(lead(r, selected, st))
	b.WriteString(st.Bold.Render(" " + rowName(r, s, c.name, g)))
	names := ""
	if c.project > 0 {
		names += " " + padRight(projectName(r.Project, c.project, g), c.project)
	}
	if c.model > 0 {
		names += " " + fit(shortModel(r), c.model, g)
	}
	b.WriteString(st.Muted.Render(names + " "))
	if c.spark > 0 {
		b.WriteString(burnCell(r, c.spark, top, st))
	}
	numbers := padLeft(rate(r.Rate, g), rateCells)
	if c.spark == 0 {
		numbers = numbers[1:]
	}
	b.WriteString(st.Text.Render(numbers + padLeft(cost(r.Cost, g), costCells)))
	if c.budget > 0 {
		text, style := budgetCell(r, st)
		b.WriteString(style.Render(padLeft(text, c.budget)))
	}
	if c.gauge > 0 {
		b.WriteString(st.Text.Render(" ") + gauge(r.Percent, c.gauge, st))
	}
	style := st.Text
	if r.Percent >= 75 {
		style = gaugeStyle(r.Percent, st)
	}
	b.WriteString(style.Render(padLeft(percent(r.Percent), contextCells)))
	b.WriteString(st.Muted.Render(padLeft(between(r.StartedAt, s.At), ageCells)))
	return b.String()
}

// groupHead draws the head of a group: its name, its runs, and its sums in their columns.
func (c tableCols) groupHead(it item, st themes.Styles) string {
	g := st.Glyphs
	w := leadCells + c.name
	for _, col := range []int{c.project, c.model, c.spark} {
		if col > 0 {
			w += col + 1
		}
	}
	runs := fmt.Sprintf(" %s %d %s", g.Dot, it.count, plural(it.count, "run"))
	name := projectName(safe(it.group), w-cells(runs), g)
	return st.Bold.Render(name) + st.Muted.Render(padRight(runs, w-cells(name))) +
		padLeft(rate(it.rate, g), rateCells) + padLeft(cost(it.cost, g), costCells)
}
