package tui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// plot is a line chart of one value per response, with its axis below.
type plot struct {
	points []monitor.ContextPoint
	value  func(monitor.ContextPoint) float64
	label  func(float64) string // of the vertical axis, at most five cells
	top    float64              // value of the top row
	limit  float64              // drawn as a dashed line; 0 none
	marks  bool                 // mark compactions
	zone   *time.Location       // of the times below the plot, where there are too few turns to number
}

const plotLabel = 7 // "  258 ┤"

// draw gives rows lines of plot, one of turn numbers, and one of compactions where there are some.
func (pl plot) draw(w, rows int, st themes.Styles) []string {
	n := w - plotLabel
	at := pl.spread(n)
	values := make([]float64, n+1)
	for i, j := range at {
		values[i+1] = max(0, min(1, pl.value(pl.points[j])/pl.top)) * float64(rows-1)
	}
	values[0] = values[1]
	drawn := plotRows(values, rows, st.Glyphs)
	every := 1
	if rows > 8 {
		every = 2
	}
	limit := -1
	if pl.limit > 0 {
		limit = rows - 1 - int(math.Round(pl.limit/pl.top*float64(rows-1)))
	}
	lines := make([]string, 0, rows+2)
	for i := range rows {
		label := ""
		if i%every == 0 || i == rows-1 {
			label = pl.label(pl.top * float64(rows-1-i) / float64(rows-1))
		}
		dashed := i == limit
		lines = append(lines, st.Muted.Render(padLeft(label, 5))+st.Frame.Render(" "+axis(st.Glyphs))+paintRow(drawn[i], n, dashed, st))
	}
	lines = append(lines, spaces(plotLabel)+st.Muted.Render(pl.below(at)))
	if marks := pl.compactions(at, st.Glyphs); marks != "" {
		lines = append(lines, spaces(plotLabel)+st.Info.Render(marks))
	}
	return lines
}

func axis(g themes.Glyphs) string {
	if g.ASCII {
		return "|"
	}
	return "┤"
}

// spread gives the point of each of n columns: of many points in one column the
// largest, but the last of them where the context was compacted there, so that the fall is seen.
func (pl plot) spread(n int) []int {
	at := make([]int, n)
	m := len(pl.points)
	for i := range at {
		from, to := i*m/n, (i+1)*m/n
		best := from
		for j := from; j < to; j++ {
			if pl.points[j].Compacted {
				best = j
				break
			}
			if pl.value(pl.points[j]) >= pl.value(pl.points[best]) {
				best = j
			}
		}
		at[i] = best
	}
	return at
}

// plotRows draws values, each from 0 to rows-1, as a line of box characters; row 0 is the top.
func plotRows(values []float64, rows int, g themes.Glyphs) []string {
	chars := asciigraph.DefaultCharSet
	if g.ASCII {
		chars = asciigraph.CreateCharSet("*")
	}
	out := asciigraph.Plot(values, asciigraph.Height(rows-1), asciigraph.LowerBound(0), asciigraph.UpperBound(float64(rows-1)),
		asciigraph.Precision(0), asciigraph.SeriesChars(chars))
	lines := strings.Split(out, "\n")
	for i, l := range lines {
		if at := strings.IndexAny(l, "┤┼"); at >= 0 {
			l = l[at+len("┤"):]
		}
		lines[i] = l
	}
	for len(lines) < rows {
		lines = append(lines, "")
	}
	return lines
}

// paintRow styles one row of n cells; a dashed one has dashes wherever the line is not.
func paintRow(row string, n int, dashed bool, st themes.Styles) string {
	line, gap := []rune(row), " "
	if dashed {
		gap = st.Glyphs.Empty
	}
	var b strings.Builder
	for i := 0; i < n; {
		j, blank := i, i >= len(line) || line[i] == ' '
		for j < n && (j >= len(line) || line[j] == ' ') == blank {
			j++
		}
		switch {
		case !blank:
			b.WriteString(st.Chart[0].Render(string(line[i:min(j, len(line))])))
		case dashed:
			b.WriteString(st.Frame.Render(strings.Repeat(gap, j-i)))
		default:
			b.WriteString(spaces(j - i))
		}
		i = j
	}
	return b.String()
}

// below writes turn numbers below the columns where the turns begin, as many as
// fit; where there are few turns, the times of the responses.
func (pl plot) below(at []int) string {
	label, first, apart := func(j int) string { return strconv.Itoa(pl.points[j].Turn) }, "turn ", 4
	if pl.points[len(pl.points)-1].Turn-pl.points[0].Turn < 3 {
		label, first, apart = func(j int) string { return hourMinute(pl.points[j].At, pl.zone) }, "", 12
	}
	line, end, last := []byte(strings.Repeat(" ", len(at))), -1, ""
	for i, j := range at {
		text := label(j)
		if text == last || end >= 0 && i <= end+apart {
			continue
		}
		last = text
		if end < 0 {
			text = first + text
		}
		if i+len(text) > len(line) {
			break
		}
		copy(line[i:], text)
		end = i + len(text)
	}
	return strings.TrimRight(string(line), " ")
}

// compactions marks the columns where the context was compacted.
func (pl plot) compactions(at []int, g themes.Glyphs) string {
	if !pl.marks {
		return ""
	}
	line := []rune(strings.Repeat(" ", len(at)))
	end, some := 0, false
	for i, j := range at {
		if !pl.points[j].Compacted || i > 0 && at[i-1] == j {
			continue
		}
		sign := "▲"
		if g.ASCII {
			sign = "^"
		}
		text := []rune(fmt.Sprintf("%s compacted, turn %d", sign, pl.points[j].Turn))
		if i < end || i+len(text) > len(line) {
			text = text[:1]
		}
		if i >= end {
			copy(line[i:], text)
			end, some = i+len(text)+1, true
		}
	}
	if !some {
		return ""
	}
	return strings.TrimRight(string(line), " ")
}
