package tui

import (
	"math"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// cells is the width of s on screen; escape sequences take none.
func cells(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return ansi.StringWidth(s)
		}
	}
	return len(s) // most texts are plain ASCII, and grapheme clusters are costly to find
}

// cut shortens s to at most w cells and ends it with the ellipsis where something
// was lost. Only names and texts may be cut, never numbers.
func cut(s string, w int, g themes.Glyphs) string {
	if w <= 0 {
		return ""
	}
	if cells(s) <= w {
		return s
	}
	return ansi.Truncate(s, w, g.Ellipsis)
}

// padRight fills s with spaces on its right to w cells; a longer s stays as it is.
func padRight(s string, w int) string { return s + spaces(w-cells(s)) }

// padLeft fills s with spaces on its left to w cells; a longer s stays as it is.
func padLeft(s string, w int) string { return spaces(w-cells(s)) + s }

// fit makes s exactly w cells wide: cut or filled on its right.
func fit(s string, w int, g themes.Glyphs) string { return padRight(cut(s, w, g), w) }

func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	return strings.Repeat(" ", n)
}

// ends puts left and right at the two ends of w cells. Where both do not fit, left is cut.
func ends(left, right string, w int, g themes.Glyphs) string {
	r := cells(right)
	if r >= w {
		return cut(right, w, g)
	}
	if r > 0 {
		left = cut(left, w-r-1, g)
	} else {
		left = cut(left, w, g)
	}
	return left + spaces(w-r-cells(left)) + right
}

// rule draws "─ TITLE ───────── right ─" over w cells; title and right may be "".
func rule(title, right string, w int, st themes.Styles) string {
	g := st.Glyphs
	if w <= 0 {
		return ""
	}
	if w < 6 {
		return st.Bold.Render(cut(title, w, g))
	}
	if right != "" && cells(right)+8 > w {
		right = ""
	}
	tail := g.Rule
	if right != "" {
		tail = " " + right + " " + g.Rule
	}
	head := ""
	if title != "" {
		head = g.Rule + " " + cut(title, w-cells(tail)-4, g) + " "
	}
	line := strings.Repeat(g.Rule, max(0, w-cells(head)-cells(tail)))
	out := ""
	if title != "" {
		out = st.Frame.Render(g.Rule) + " " + st.Bold.Render(cut(title, w-cells(tail)-4, g)) + " "
	}
	if right == "" {
		return out + st.Frame.Render(line+tail)
	}
	return out + st.Frame.Render(line) + " " + st.Muted.Render(right) + " " + st.Frame.Render(g.Rule)
}

// block makes s exactly h lines of exactly w cells: lines are cut and filled,
// missing lines are empty, superfluous ones are left out.
func block(s string, w, h int) string {
	if h <= 0 || w < 0 {
		return ""
	}
	lines := strings.Split(s, "\n")
	if s == "" {
		lines = nil
	}
	out := make([]string, h)
	for i := range out {
		if i < len(lines) {
			line := lines[i]
			n := cells(line)
			if n > w {
				line = ansi.Truncate(line, w, "")
				n = cells(line)
			}
			out[i] = line + spaces(w-n)
		} else {
			out[i] = spaces(w)
		}
	}
	return strings.Join(out, "\n")
}

// beside joins two blocks of h lines with a bar between them: left is wl cells
// wide, right wr, and the bar takes three.
func beside(left string, wl int, right string, wr, h int, st themes.Styles) string {
	l, r := strings.Split(block(left, wl, h), "\n"), strings.Split(block(right, wr, h), "\n")
	bar := " " + st.Frame.Render(st.Glyphs.Bar) + " "
	for i := range l {
		l[i] += bar + r[i]
	}
	return strings.Join(l, "\n")
}

// gauge draws a bar of w cells for a percentage: over 100 it is full, below 0
// (unknown) it is empty. From 75 on it is drawn as a warning, from 90 on as critical;
// a number always stands beside it.
func gauge(percent float64, w int, st themes.Styles) string { return gaugeParts(percent, w, -1, st) }

// gaugePlain is a gauge that never warns: progress, say.
func gaugePlain(percent float64, w int, st themes.Styles) string {
	return gaugeOf(st.GaugeFull, percent, w, -1, st)
}

// gaugeParts draws a gauge with a mark at one of its cells; below 0: none.
func gaugeParts(percent float64, w, mark int, st themes.Styles) string {
	return gaugeOf(gaugeStyle(percent, st), percent, w, mark, st)
}

// gaugeOf is [gaugeParts] with a fill of any style.
func gaugeOf(fill lipgloss.Style, percent float64, w, mark int, st themes.Styles) string {
	if w <= 0 {
		return ""
	}
	full := 0
	if percent > 0 {
		full = min(w, max(1, int(math.Round(percent/100*float64(w)))))
	}
	if full == w && percent < 100 && w > 1 {
		full = w - 1 // only what is full looks full
	}
	part := func(from, to int) string {
		to = max(from, to)
		on := min(max(full-from, 0), to-from)
		return fill.Render(strings.Repeat(st.Glyphs.Full, on)) + st.GaugeEmpty.Render(strings.Repeat(st.Glyphs.Empty, to-from-on))
	}
	if mark < 0 || mark >= w {
		return part(0, w)
	}
	return part(0, mark) + st.Bold.Render(st.Glyphs.Pace) + part(mark+1, w)
}

// gaugeStyle is the style for a fill of so many percent.
func gaugeStyle(percent float64, st themes.Styles) lipgloss.Style {
	switch {
	case percent >= 90:
		return st.GaugeCrit
	case percent >= 75:
		return st.GaugeWarn
	}
	return st.GaugeFull
}

// sparkLevels gives the level of each of w columns, 0 to levels-1, or -1 for
// nothing at all. values are oldest first, the last one is the right end; each column is the
// mean of its share of the values. top is the value of the highest level; 0: the largest column.
func sparkLevels(values []price.Money, w, levels int, top float64) []int {
	cols := columns(values, w)
	if top <= 0 {
		for _, c := range cols {
			top = max(top, c)
		}
	}
	out := make([]int, len(cols))
	for i, c := range cols {
		switch {
		case c <= 0 || top <= 0:
			out[i] = -1
		default:
			out[i] = max(0, min(levels-1, int(math.Ceil(c/top*float64(levels)))-1))
		}
	}
	return out
}

// columns spreads values over w columns, in dollars: the mean of those that fall into
// one, or the value that covers it where there are fewer values than columns.
func columns(values []price.Money, w int) []float64 {
	if w <= 0 {
		return nil
	}
	out := make([]float64, w)
	n := len(values)
	if n == 0 {
		return out
	}
	for i := range out {
		from, to := i*n/w, (i+1)*n/w
		if to <= from {
			to = from + 1
		}
		sum := 0.0
		for _, v := range values[from:to] {
			sum += v.Dollars()
		}
		out[i] = sum / float64(to-from)
	}
	return out
}

// sparkline draws values over w cells with styles that follow the height. top is the
// value of the highest level in dollars; 0 scales to the values themselves.
func sparkline(values []price.Money, w int, top float64, st themes.Styles) string {
	return sparklineOf(st.Glyphs.Spark, values, w, top, st)
}

// sparklineOf is a sparkline of other signs than the theme's, the lowest first.
func sparklineOf(signs []string, values []price.Money, w int, top float64, st themes.Styles) string {
	var b strings.Builder
	run, style := "", -1
	flush := func() {
		switch {
		case run == "":
		case style < 0:
			b.WriteString(run)
		default:
			b.WriteString(st.Spark[style].Render(run))
		}
		run = ""
	}
	for _, l := range sparkLevels(values, w, len(signs), top) {
		s, sign := -1, " "
		if l >= 0 {
			s, sign = l*len(st.Spark)/len(signs), signs[l]
		}
		if s != style {
			flush()
			style = s
		}
		run += sign
	}
	flush()
	return b.String()
}
