package tui

import (
	"sort"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// gridLead is what stands before a grid's first column: selection, state sign, space.
const gridLead = 3

// gridCol is one column of a grid. Columns are shown by rank as far as the width
// lasts, so that no number is ever cut.
type gridCol struct {
	title string
	w     int  // cells; of the flexible column the least that is of use
	rank  int  // 0 is shown first, the highest is the first to go
	left  bool // starts at the left; numbers end at the right
	flex  bool // takes what is left over
	spare int  // shown only where the flexible column keeps so many cells more than its least
}

// gridCell is the text of one field and its style.
type gridCell struct {
	text  string
	style lipgloss.Style
}

// grid is a table laid out for one width.
type grid struct {
	cols   []gridCol
	widths []int // 0: not shown
	gap    int
	width  int
}

func newGrid(cols []gridCol, width int) grid {
	t := grid{cols: cols, widths: make([]int, len(cols)), gap: 1, width: width}
	if width >= 100 {
		t.gap = 2
	}
	order := make([]int, len(cols))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return cols[order[a]].rank < cols[order[b]].rank })
	left, flex := width-gridLead+t.gap, -1
	for _, i := range order {
		if cols[i].w+t.gap > left {
			break
		}
		if cols[i].w+t.gap+cols[i].spare > left {
			continue
		}
		left -= cols[i].w + t.gap
		t.widths[i] = cols[i].w
		if cols[i].flex {
			flex = i
		}
	}
	if flex >= 0 {
		t.widths[flex] += left
	}
	return t
}

// header is the line with the columns' titles.
func (t grid) header(st themes.Styles) string {
	cellsOf := make([]gridCell, len(t.cols))
	for i, c := range t.cols {
		cellsOf[i] = gridCell{c.title, st.Muted}
	}
	return t.row(cellsOf, gridCell{}, false, st)
}

// row draws one line. sign is the state's, one cell wide. On a selected row the
// fields' styles come from [rowStyles].
func (t grid) row(fields []gridCell, sign gridCell, selected bool, st themes.Styles) string {
	rs := rowStyles(st, selected)
	mark := " "
	if selected {
		mark = st.Glyphs.Select
	}
	line := rs.Accent.Render(mark) + sign.style.Render(fit(sign.text, 1, st.Glyphs)) + rs.Text.Render(" ")
	first := true
	for i, w := range t.widths {
		if w == 0 {
			continue
		}
		text := padLeft(cut(fields[i].text, w, st.Glyphs), w)
		if t.cols[i].left {
			text = fit(fields[i].text, w, st.Glyphs)
		}
		if !first {
			text = spaces(t.gap) + text
		}
		first = false
		line += fields[i].style.Render(text)
	}
	if !selected {
		return line
	}
	return finishRow(line, t.width, st, true)
}

// flow sets phrases one after another, two spaces apart, on as many lines as they
// need; each starts after the indent. A phrase is broken only where it is wider than a line.
func flow(phrases []string, indent, width int, g themes.Glyphs) []string {
	var lines []string
	line := ""
	if width <= indent+4 {
		indent = 0
	}
	for _, p := range phrases {
		if p == "" {
			continue
		}
		switch {
		case line != "" && cells(line)+2+cells(p) <= width:
			line += "  " + p
		default:
			if line != "" {
				lines = append(lines, line)
			}
			broken := []string{p}
			if indent+cells(p) > width {
				broken = strings.Split(lipgloss.Wrap(p, max(1, width-indent), ""), "\n")
			}
			for _, b := range broken[:len(broken)-1] {
				lines = append(lines, spaces(indent)+cut(b, width-indent, g))
			}
			line = spaces(indent) + cut(broken[len(broken)-1], width-indent, g)
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// wrapText breaks text at spaces into at most limit lines of w cells; what is left
// over is marked by the ellipsis.
func wrapText(s string, w, limit int, g themes.Glyphs) []string {
	if w <= 0 || limit <= 0 || s == "" {
		return nil
	}
	lines := strings.Split(ansi.Wrap(s, w, ""), "\n")
	if len(lines) > limit {
		rest := strings.Join(lines[limit-1:], " ")
		lines = append(lines[:limit-1:limit-1], cut(rest, w, g))
	}
	for i := range lines {
		lines[i] = cut(lines[i], w, g)
	}
	return lines
}

// clip keeps at most height lines of at most width cells.
func clip(lines []string, width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if len(lines) > height {
		lines = lines[:height]
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		if cells(l) > width {
			l = ansi.Truncate(l, width, "")
		}
		out[i] = l
	}
	return strings.Join(out, "\n")
}

// visible gives the part of n rows that is shown in h lines with the focused row in it.
func visible(n, focus, h int) (from, to int) {
	if h <= 0 {
		return 0, 0
	}
	if n <= h {
		return 0, n
	}
	from = max(0, min(focus-h/2, n-h))
	return from, from + h
}

// box draws lines in a frame with a title above and a hint below, at most width ×
// height cells. Lines that find no place are left out at the end.
func box(title string, lines []string, hint string, width, height int, st themes.Styles) string {
	g := st.Glyphs
	if width < 8 || height < 3 {
		return clip(lines, width, height)
	}
	inner := max(cells(title)+3, cells(hint)+3)
	for _, l := range lines {
		inner = max(inner, cells(l)+2)
	}
	inner = min(inner, width-2)
	corners := [4]string{"┌", "┐", "└", "┘"}
	if g.ASCII {
		corners = [4]string{"+", "+", "+", "+"}
	}
	if len(lines) > height-2 {
		lines = lines[:height-2]
	}
	title, hint = cut(title, inner-3, g), cut(hint, inner-3, g)
	top := st.Frame.Render(corners[0]) + " " + st.Bold.Render(title) + " " + st.Frame.Render(strings.Repeat(g.Rule, max(0, inner-2-cells(title)))+corners[1])
	out := []string{top}
	side := st.Frame.Render(g.Bar)
	for _, l := range lines {
		out = append(out, side+" "+fit(l, inner-2, g)+" "+side)
	}
	bottom := strings.Repeat(g.Rule, inner)
	if hint != "" {
		bottom = strings.Repeat(g.Rule, max(0, inner-2-cells(hint)))
		out = append(out, st.Frame.Render(corners[2]+bottom)+" "+st.Muted.Render(hint)+" "+st.Frame.Render(corners[3]))
	} else {
		out = append(out, st.Frame.Render(corners[2]+bottom+corners[3]))
	}
	return clip(out, width, height)
}

// safe makes a text of a session file or a path fit for one line of the screen.
func safe(s string) string { return model.Clean(s, model.MaxText) }

// safeRun is a run whose texts are all safe.
func safeRun(r monitor.Run) monitor.Run {
	for _, s := range []*string{&r.Name, &r.Title, &r.Project, &r.Cwd, &r.Branch, &r.Model, &r.Effort, &r.Tier, &r.Origin, &r.CLI, &r.Reason, &r.Pending, &r.Client, &r.Task} {
		*s = safe(*s)
	}
	return r
}
