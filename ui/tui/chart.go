package tui

import (
	"math"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// zoom is how far back the burn chart goes.
type zoom uint8

const (
	zoom10m zoom = iota
	zoom1h
	zoom5h
	zoom24h
	zoom7d
	zooms
)

func (z zoom) String() string { return [...]string{"10m", "1h", "5h", "24h", "7d"}[z] }

func (z zoom) span() time.Duration {
	return [...]time.Duration{10 * time.Minute, time.Hour, 5 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}[z]
}

// chartKind is how burn is drawn.
type chartKind uint8

const (
	chartLine chartKind = iota
	chartColumns
	chartRuns // a sparkline a run
	chartKinds
)

func (k chartKind) String() string { return [...]string{"line", "columns", "by run"}[k] }

// chart draws burn over time.
type chart struct {
	zoom  zoom
	kind  chartKind
	plain bool // without the keys in its title
}

// View draws the chart with its title over exactly height lines at most.
func (c chart) View(s monitor.Snapshot, width, height int, st themes.Styles) string {
	if height < 2 {
		return ""
	}
	values := burnSeries(s.Series, c.zoom)
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	title := "BURN $/h  " + c.zoom.String()
	if c.kind == chartRuns {
		title = "BURN by run  1h"
	} else if top > 0 {
		title += "  peak " + money(price.Money(top*float64(price.Dollar)))
	}
	hint := "[ ] range  c kind"
	if c.kind == chartRuns {
		hint = "c kind"
	}
	if width < 60 || c.plain {
		hint = ""
	}
	out := rule(title, hint, width, st) + "\n"
	switch {
	case c.kind == chartRuns:
		return out + c.byRun(s, width, height-1, st)
	case top == 0:
		return out + st.Muted.Render(cut("  nothing burned in this range", width, st.Glyphs))
	case height < 5 || width < 60 && height < 9:
		return out + columnChart(values, width, height-1, st)
	case c.kind == chartColumns:
		plot := columnChart(values, width-axisCells-2, height-2, st)
		return out + withAxis(plot, top, height-2, st) + "\n" + c.timeAxis(s, width, st)
	}
	return out + c.line(values, top, width, height-2, st) + "\n" + c.timeAxis(s, width, st)
}

// line draws the values as a line over height lines with an axis at the left.
func (c chart) line(values []float64, top float64, width, height int, st themes.Styles) string {
	g := st.Glyphs
	step := niceStep(top / float64(height-1))
	bound := step * float64(height-1)
	options := []asciigraph.Option{asciigraph.Height(height - 1), asciigraph.LowerBound(0), asciigraph.UpperBound(bound)}
	if g.ASCII {
		options = append(options, asciigraph.SeriesChars(asciigraph.CharSet{
			Horizontal: "-", VerticalLine: "|", ArcDownRight: ".", ArcDownLeft: ".", ArcUpRight: "'", ArcUpLeft: "'",
		}))
	}
	plot := strings.Split(asciigraph.Plot(resample(values, width-axisCells-1), options...), "\n")
	lines := make([]string, 0, height)
	for i := range height {
		text := ""
		if i < len(plot) {
			if at := strings.IndexAny(plot[i], "┤┼"); at >= 0 {
				text = plot[i][at+len("┤"):]
			}
		}
		lines = append(lines, axisMark(step*float64(height-1-i), step, height < 9 || (height-1-i)%2 == 0, st)+st.Chart[0].Render(text))
	}
	return strings.Join(lines, "\n")
}

// axisMark draws a line's part of the axis; in a high chart not every line is named.
func axisMark(v, step float64, named bool, st themes.Styles) string {
	mark := "┤"
	if st.Glyphs.ASCII {
		mark = "|"
	}
	label := spaces(axisCells)
	if named {
		label = axisLabel(v, step)
	}
	return st.Muted.Render(label) + " " + st.Frame.Render(mark)
}

// withAxis puts an axis at the left of a column chart: its top and its middle are named.
func withAxis(plot string, top float64, height int, st themes.Styles) string {
	mark := "┤"
	if st.Glyphs.ASCII {
		mark = "|"
	}
	lines := strings.Split(plot, "\n")
	step := top / float64(max(1, height))
	for i := range lines {
		label := spaces(axisCells)
		if i == 0 || i == height/2 && height > 3 {
			label = axisLabel(top*float64(height-i)/float64(height), step)
		}
		lines[i] = st.Muted.Render(label) + " " + st.Frame.Render(mark) + lines[i]
	}
	return strings.Join(lines, "\n")
}

// columnChart draws the values as columns of eighths over height lines.
func columnChart(values []float64, width, height int, st themes.Styles) string {
	points := resample(values, width)
	top := 0.0
	for _, v := range points {
		top = max(top, v)
	}
	signs := st.Glyphs.Spark
	n := len(signs)
	lines := make([]string, height)
	for row := range height {
		var b strings.Builder
		for _, v := range points {
			level := 0
			if v > 0 && top > 0 {
				level = max(1, int(math.Round(v/top*float64(height*n)))) - (height-1-row)*n
			}
			switch {
			case level <= 0:
				b.WriteByte(' ')
			default:
				b.WriteString(signs[min(level, n)-1])
			}
		}
		lines[row] = st.Chart[0].Render(b.String())
	}
	return strings.Join(lines, "\n")
}

// byRun draws a sparkline of the last hour for each of the runs that burned most in it.
func (c chart) byRun(s monitor.Snapshot, width, height int, st themes.Styles) string {
	name := max(8, min(24, width/4))
	bar := width - name - 14
	lines := make([]string, 0, height)
	for i := range s.Runs {
		r := &s.Runs[i]
		if dearestMinute(r.Spark) == 0 || len(lines) == height || bar < 4 {
			continue
		}
		text, style := sign(r.State, st)
		lines = append(lines, " "+style.Render(text)+" "+fit(safe(r.Name), name, st.Glyphs)+" "+lowSparkline(r.Spark, bar, 0, st)+padLeft(rate(r.Rate, st.Glyphs)+"/h", 10))
	}
	if len(lines) == 0 {
		return st.Muted.Render(cut("  nothing burned in the last hour", width, st.Glyphs))
	}
	return strings.Join(lines, "\n")
}

// timeAxis names the times below a chart.
func (c chart) timeAxis(s monitor.Snapshot, width int, st themes.Styles) string {
	layout, plot := "15:04", width-axisCells-2
	if c.zoom == zoom7d {
		layout = "Mon 2"
	}
	ticks := max(1, min(8, plot/18))
	line := spaces(axisCells + 2)
	for i := range ticks + 1 {
		at := s.At.Add(-c.zoom.span() * time.Duration(ticks-i) / time.Duration(ticks))
		label := inZone(at, s.Zone, layout)
		col := axisCells + 2 + plot*i/ticks
		if i == ticks {
			col = width - cells(label)
		} else if i > 0 {
			col -= cells(label) / 2
		}
		if pad := col - cells(line); pad >= 0 && s.At.Unix() > 0 {
			line += spaces(pad) + label
		}
	}
	return st.Muted.Render(line)
}
