package cli

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// column is one column of a table. Numbers are never cut: where a table is too
// wide, names are cut down to Min cells first, then whole columns are left out,
// the one with the highest Drop first.
type column struct {
	Title string
	Right bool
	Min   int  // of a name: it may be cut down to so many cells; 0: it is a number or a word, never cut
	Max   int  // of a name: wider than this it is cut even where there is room; 0: no such limit
	Tail  bool // a name is cut at its beginning: the end of a path tells most
	Drop  int  // 0: is never left out
}

// table is rows of cells under columns. Cells are plain, clean text.
type table struct {
	columns []column
	rows    [][]string
	total   []string // last row, under a rule; nil for none
}

// add appends a row; it has as many cells as there are columns.
func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

const gap = "  "

// text draws the table at most width cells wide (0: any width) where that is
// possible without cutting a number.
func (t *table) text(width int, st themes.Styles) string {
	shown, widths := t.fit(width)
	var b strings.Builder
	t.line(&b, shown, widths, t.titles(), st, st.Bold)
	for _, r := range t.rows {
		t.line(&b, shown, widths, r, st, lipgloss.NewStyle())
	}
	if t.total != nil {
		sum := len(gap) * (len(shown) - 1)
		for _, c := range shown {
			sum += widths[c]
		}
		b.WriteString(st.Frame.Render(strings.Repeat(st.Glyphs.Rule, sum)) + "\n")
		t.line(&b, shown, widths, t.total, st, st.Bold)
	}
	return b.String()
}

func (t *table) titles() []string {
	var s []string
	for _, c := range t.columns {
		s = append(s, c.Title)
	}
	return s
}

func (t *table) line(b *strings.Builder, shown []int, widths []int, cells []string, st themes.Styles, style lipgloss.Style) {
	var line strings.Builder
	for i, c := range shown {
		if i > 0 {
			line.WriteString(gap)
		}
		text := cells[c]
		text = t.columns[c].cut(text, widths[c], st.Glyphs.Ellipsis)
		pad := strings.Repeat(" ", max(0, widths[c]-ansi.StringWidth(text)))
		if t.columns[c].Right {
			text = pad + text
		} else {
			text += pad
		}
		line.WriteString(text)
	}
	b.WriteString(style.Render(strings.TrimRight(line.String(), " ")) + "\n")
}

// cut makes text at most width cells wide.
func (c column) cut(text string, width int, ellipsis string) string {
	w := ansi.StringWidth(text)
	switch {
	case w <= width:
		return text
	case c.Tail:
		return ansi.TruncateLeft(text, w-width+ansi.StringWidth(ellipsis), ellipsis)
	}
	return ansi.Truncate(text, width, ellipsis)
}

// fit chooses the columns that are shown and how wide each is.
func (t *table) fit(width int) (shown, widths []int) {
	widths = make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = ansi.StringWidth(c.Title)
		for _, r := range t.rows {
			widths[i] = max(widths[i], ansi.StringWidth(r[i]))
		}
		if t.total != nil {
			widths[i] = max(widths[i], ansi.StringWidth(t.total[i]))
		}
		if c.Max > 0 {
			widths[i] = min(widths[i], c.Max)
		}
		shown = append(shown, i)
	}
	if width <= 0 {
		return shown, widths
	}
	for {
		over := t.needed(shown, widths) - width
		if over <= 0 {
			return shown, widths
		}
		if over <= t.slack(shown, widths) {
			t.shrink(shown, widths, over)
			return shown, widths
		}
		drop := t.mostDroppable(shown)
		if drop < 0 {
			t.shrink(shown, widths, over)
			return shown, widths
		}
		shown = append(shown[:drop:drop], shown[drop+1:]...)
	}
}

func (t *table) needed(shown, widths []int) int {
	sum := len(gap) * (len(shown) - 1)
	for _, c := range shown {
		sum += widths[c]
	}
	return sum
}

// slack is how much the names can be cut.
func (t *table) slack(shown, widths []int) int {
	sum := 0
	for _, c := range shown {
		if m := t.columns[c].Min; m > 0 {
			sum += max(0, widths[c]-m)
		}
	}
	return sum
}

// shrink cuts the widest name cell by cell, down to its Min.
func (t *table) shrink(shown, widths []int, over int) {
	for ; over > 0; over-- {
		widest := -1
		for _, c := range shown {
			if m := t.columns[c].Min; m > 0 && widths[c] > m && (widest < 0 || widths[c] > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

// mostDroppable gives the place in shown of the column to leave out next, -1 for none.
func (t *table) mostDroppable(shown []int) int {
	best := -1
	for i, c := range shown {
		if d := t.columns[c].Drop; d > 0 && (best < 0 || d > t.columns[shown[best]].Drop) {
			best = i
		}
	}
	return best
}

// leaveOut takes a column out of the table, with its cells.
func (t *table) leaveOut(c int) {
	cut := func(cells []string) []string { return slices.Delete(cells, c, c+1) }
	t.columns = slices.Delete(t.columns, c, c+1)
	for i, r := range t.rows {
		t.rows[i] = cut(r)
	}
	if t.total != nil {
		t.total = cut(t.total)
	}
}
