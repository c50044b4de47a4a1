package tui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
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

// halfLife is the one of the burn rates in the header, so that the chart's right
// end says the same as they do.
const halfLife = 10 // minutes

// burnSeries gives dollars an hour over the range, oldest first. Up to five hours it is
// the decayed rate after each minute; beyond, the mean of each minute or quarter of an hour.
func burnSeries(s monitor.Series, z zoom) []float64 {
	if z == zoom7d {
		out := make([]float64, len(s.Quarter))
		for i, v := range s.Quarter {
			out[i] = v.Dollars() * 4
		}
		return out
	}
	n := int(z.span() / time.Minute)
	out := make([]float64, 0, n)
	if z == zoom24h {
		for _, v := range lastMinutes(s.Minute, n) {
			out = append(out, v.Dollars()*60)
		}
		return out
	}
	keep := math.Exp2(-1.0 / halfLife)
	from := max(0, len(s.Minute)-n)
	sum := 0.0
	for i := max(0, from-10*halfLife); i < len(s.Minute); i++ {
		sum = sum*keep + s.Minute[i].Dollars()
		if i >= from {
			out = append(out, sum*math.Ln2/halfLife*60)
		}
	}
	return out
}

// resample gives n points of values, oldest first: means where there are more values than points, the
// line between its neighbours where there are fewer. It gives zeros for no values.
func resample(values []float64, n int) []float64 {
	out := make([]float64, max(0, n))
	k := len(values)
	for i := range out {
		switch {
		case k == 0:
		case k == 1 || n == 1:
			out[i] = values[k-1]
		case k > n:
			from, to := i*k/n, (i+1)*k/n
			sum := 0.0
			for _, v := range values[from:to] {
				sum += v
			}
			out[i] = sum / float64(to-from)
		default:
			at := float64(i) * float64(k-1) / float64(n-1)
			lo := min(int(at), k-2)
			f := at - float64(lo)
			out[i] = values[lo]*(1-f) + values[lo+1]*f
		}
	}
	return out
}

// niceStep rounds a step of an axis up to a number that reads well.
func niceStep(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 1.2, 1.5, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9} {
		if v <= m*p*(1+1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// axisLabel writes a value of an axis whose step is given, always as wide.
func axisLabel(v, step float64) string {
	switch {
	case v >= 99_950:
		return padLeft(strconv.FormatFloat(v/1e3, 'f', 0, 64)+"K", axisCells)
	case step >= 100:
		return padLeft(strconv.FormatFloat(v, 'f', 0, 64), axisCells)
	case step >= 0.1 && math.Abs(step*10-math.Round(step*10)) < 1e-6:
		return padLeft(strconv.FormatFloat(v, 'f', 1, 64), axisCells)
	case step >= 0.01:
		return padLeft(strconv.FormatFloat(v, 'f', 2, 64), axisCells)
	}
	return padLeft(strconv.FormatFloat(v, 'f', 3, 64), axisCells)
}

// axisCells is the width of an axis label.
const axisCells = 6

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
		lines = append(lines, " "+style.Render(text)+" "+fit(safe(r.Name), name, st.Glyphs)+" "+sparkline(r.Spark, bar, 0, lower(st))+padLeft(rate(r.Rate, st.Glyphs)+"/h", 10))
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

// shareLine draws one part of a total: name, cost, bar, percent.
func shareLine(sh monitor.Share, total price.Cost, width int, st themes.Styles, style lipgloss.Style) string {
	g := st.Glyphs
	p := -1.0
	if total.USD > 0 && !(sh.Cost.USD == 0 && sh.Cost.Floor()) {
		p = 100 * sh.Cost.USD.Dollars() / total.USD.Dollars()
	}
	numbers := padLeft(dollars(sh.Cost, g), 9)
	tail := padLeft(percent(p), 5)
	bar := min(30, max(0, width-36))
	if bar < 4 {
		bar = -2
	}
	name := max(6, width-2-cells(numbers)-cells(tail)-bar-2)
	full := 0
	if p > 0 {
		full = min(bar, max(1, int(math.Round(p/100*float64(bar)))))
	}
	drawn := ""
	if bar > 0 {
		drawn = "  " + style.Render(strings.Repeat(g.Full, full)) + st.GaugeEmpty.Render(strings.Repeat(g.Empty, bar-full))
	}
	return "  " + padRight(projectName(safe(sh.Name), name, g), name) + numbers + drawn + st.Muted.Render(tail)
}

// shares draws the dearest parts, and the rest of them in one line.
func shares(title string, all []monitor.Share, total price.Cost, width, height int, st themes.Styles) string {
	lines := []string{rule(title, "today "+dollars(total, st.Glyphs), width, st)}
	if len(all) == 0 {
		lines = append(lines, st.Muted.Render(cut("  nothing used today", width, st.Glyphs)))
	}
	for i, sh := range all {
		if len(lines) == height {
			break
		}
		if len(lines) == height-1 && i < len(all)-1 {
			rest := monitor.Share{Name: fmt.Sprintf("%d more", len(all)-i)}
			for _, o := range all[i:] {
				rest.Cost = rest.Cost.Add(o.Cost)
			}
			sh = rest
		}
		if sh.Name == "" {
			sh.Name = "unknown"
		}
		lines = append(lines, shareLine(sh, total, width, st, st.GaugeFull))
	}
	return strings.Join(lines, "\n")
}
