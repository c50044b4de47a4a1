package tui

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// header is the top of the main screen: is anything on fire, how much is gone, how long can it go on.
type header struct {
	class  class
	height int // of the whole screen
	chip   chip
	right  string // at the right end of the chips' line
	first  bool   // there is no session yet: nothing to count
}

// fleetCounts are the numbers that the header and the chips show.
type fleetCounts struct {
	live int
	of   [chips]int
}

func countRuns(runs []monitor.Run) fleetCounts {
	var f fleetCounts
	for i := range runs {
		if runs[i].State.Live() {
			f.live++
		}
		for c := range chips {
			if c.has(runs[i]) {
				f.of[c]++
			}
		}
	}
	return f
}

// lines is how many lines the header takes.
func (h header) lines(s monitor.Snapshot) int {
	switch {
	case h.class == classText, h.class == classLine, h.first:
		return 1
	case h.class == classCards:
		if h.height < 18 {
			return 2
		}
		return 2 + min(gauges(s), 3)
	case h.class == classTable:
		if gauges(s) == 0 || h.height < 14 {
			return 2
		}
		return 3
	}
	if h.height >= 14 && len(gaugeBudgets(s)) > 0 {
		return 3
	}
	return 2
}

// gauges is how many budgets and plan windows could be shown as gauges.
func gauges(s monitor.Snapshot) int { return len(gaugeBudgets(s)) + len(s.Limits) }

// View draws the header in as many lines as lines says.
func (h header) View(s monitor.Snapshot, width int, st themes.Styles) string {
	f := countRuns(s.Runs)
	if h.first && h.class != classText {
		return ends(st.Bold.Render("Sentinel"), st.Muted.Render(clockTime(s.At, s.Zone)), width, st.Glyphs)
	}
	switch h.class {
	case classText:
		return statusText(s, f, width, st)
	case classLine:
		return h.lineHead(s, f, width, st)
	case classCards:
		return h.cardsHead(s, f, width, st)
	}
	out := []string{h.wide(s, f, width, st), chipLine(f, h.chip, h.right, width, st)}
	if h.lines(s) > 2 {
		out = append(out, h.gaugesLine(s, width, st))
	}
	return strings.Join(out, "\n")
}

// estimate is the sign for money that a plan may pay instead, where there is no room for a
// word. A floor has a sign of its own.
func estimate(s monitor.Snapshot, g themes.Glyphs) string {
	if s.APIPrices && !s.Rate.Floor {
		return g.Approx
	}
	return ""
}

// statusText is the whole screen's content where it is smaller than 20×3: the first of several
// wordings that fits, so that no number is ever cut.
func statusText(s monitor.Snapshot, f fleetCounts, width int, st themes.Styles) string {
	g := st.Glyphs
	burn, today := estimate(s, g)+perHour(s.Rate, g), dollars(s.Today, g)
	alert, style := alertText(s, f, st)
	if alert != "" {
		alert += " "
	}
	if s.At.IsZero() {
		return firstFit(width, "tokenburn")
	}
	if cells(alert+burn+today)+1 <= width {
		return style.Render(alert) + st.Bold.Render(burn) + spaces(width-cells(alert+burn+today)) + today
	}
	return firstFit(width, alert+burn, burn, rate(s.Rate, g), strings.TrimSpace(alert))
}

// alertSign is the sign of what needs the user: the critical one where an exception is.
func alertSign(s monitor.Snapshot, st themes.Styles) (string, lipgloss.Style) {
	if n, _ := urgent(s); n > 0 {
		return st.Glyphs.Critical, st.Crit
	}
	return st.Glyphs.Warning, st.Warn
}

// needing counts what needs the user: runs, and critical exceptions of anything else.
func needing(s monitor.Snapshot, f fleetCounts) int {
	_, elsewhere := urgent(s)
	return f.of[chipNeedsYou] + elsewhere
}

// alertText is how many things need the user, with their sign: "▲2"; "" for none.
func alertText(s monitor.Snapshot, f fleetCounts, st themes.Styles) (string, lipgloss.Style) {
	sign, style := alertSign(s, st)
	if n := needing(s, f); n > 0 {
		return fmt.Sprintf("%s%d", sign, n), style
	}
	return "", style
}

// headGauges draws at most limit gauges, those of the tightest budgets first, at most two of
// them where there are plan windows too. width gives the cells of each from their number.
func headGauges(s monitor.Snapshot, limit int, width func(n int) int, st themes.Styles) []string {
	budgets, windows := gaugeBudgets(s), s.Limits
	windows = windows[:min(len(windows), limit-min(len(budgets), limit-min(1, len(windows)), 2))]
	budgets = budgets[:min(len(budgets), limit-len(windows))]
	each := width(len(budgets) + len(windows))
	name := 5
	for _, b := range budgets {
		name = max(name, min(12, each/4, cells(budgetLabel(b, s.Budgets))))
	}
	var out []string
	for _, b := range budgets {
		out = append(out, budgetGauge(b, budgetLabel(b, s.Budgets), name, each, st))
	}
	for _, l := range windows {
		out = append(out, limitGauge(l, s, name, each, st))
	}
	return out
}

// gaugesLine draws gauges beside each other: of budgets and plan windows, or of budgets
// alone on wide screens, where the line above tells of the windows.
func (h header) gaugesLine(s monitor.Snapshot, width int, st themes.Styles) string {
	limit := 3
	if h.class >= classSplit {
		s.Limits = nil
		limit = max(1, width/40)
	}
	each := func(n int) int { return min((width-3*(n-1))/max(1, n), 40) }
	return strings.Join(headGauges(s, limit, each, st), "   ")
}

// firstFit gives the first of the wordings that is at most width cells; "" where none is.
func firstFit(width int, wordings ...string) string {
	for _, w := range wordings {
		if cells(w) <= width {
			return w
		}
	}
	return ""
}

func (h header) lineHead(s monitor.Snapshot, f fleetCounts, width int, st themes.Styles) string {
	g := st.Glyphs
	if width >= 60 {
		return h.wide(s, f, width, st)
	}
	alert, style := alertText(s, f, st)
	if alert != "" {
		alert += "  "
	}
	burn := estimate(s, g) + perHour(s.Rate, g)
	if s.At.IsZero() {
		return st.Bold.Render(cut("Sentinel", width, g))
	}
	right := firstFit(width-cells(alert+burn)-1, todayText(s, g), "today "+dollars(s.Today, g), dollars(s.Today, g))
	return ends(style.Render(alert)+st.Bold.Render(burn), right, width, g)
}

func (h header) cardsHead(s monitor.Snapshot, f fleetCounts, width int, st themes.Styles) string {
	g := st.Glyphs
	left := st.Bold.Render("Sentinel")
	if s.At.IsZero() {
		return left + "\n" + st.Muted.Render("starting")
	}
	alert, style := alertText(s, f, st)
	if n := needing(s, f); n > 0 {
		alert = fmt.Sprintf("%s %s you", alert, needs(n))
	}
	right := style.Render(alert)
	if alert == "" {
		right = st.Muted.Render(clockTime(s.At, s.Zone))
	}
	out := []string{ends(left+fmt.Sprintf("  %d live", f.live), right, width, g)}
	burn := st.Bold.Render(perHour(s.Rate, g))
	if s.APIPrices {
		burn += st.Muted.Render(" API" + g.Approx)
	}
	out = append(out, ends(burn, firstFit(width-cells(burn)-1, todayText(s, g), "today "+dollars(s.Today, g)), width, g))
	if h.height >= 18 {
		out = append(out, headGauges(s, 3, func(int) int { return width }, st)...)
	}
	return strings.Join(out, "\n")
}

func needs(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

// wide is the header's first line on wide screens.
func (h header) wide(s monitor.Snapshot, f fleetCounts, width int, st themes.Styles) string {
	g := st.Glyphs
	left := st.Bold.Render("Sentinel")
	if s.At.IsZero() {
		return left + "   " + st.Muted.Render("starting")
	}
	left += fmt.Sprintf("  %d live %s ", f.live, g.Dot) + st.Bold.Render(perHour(s.Rate, g))
	if s.APIPrices {
		word := " API" + g.Approx
		if width >= 120 {
			word = " API-equivalent"
		}
		left += st.Muted.Render(word)
	}
	if n := needing(s, f); n > 0 && h.class >= classSplit {
		alert, style := alertSign(s, st)
		left += fmt.Sprintf(" %s ", g.Dot) + style.Render(fmt.Sprintf("%s %d %s you", alert, n, needs(n)))
	}
	right := st.Bold.Render(todayText(s, g))
	if cells(left+right)+1 > width {
		right = st.Bold.Render("today " + dollars(s.Today, g))
	}
	if h.class >= classSplit {
		for _, l := range s.Limits {
			text := "   " + limitName(l) + " " + percent(l.Used)
			if width >= 160 && !l.ResetsAt.IsZero() {
				text += " resets " + resetAt(l, s)
			}
			if cells(left+right+text)+14 > width {
				break
			}
			right += gaugeText(l.Used, text, st)
		}
	}
	clock := clockTime(s.At, s.Zone)
	if h.class == classWide {
		clock = inZone(s.At, s.Zone, "Mon 2 Jan 15:04:05")
	}
	if cells(left+right+clock)+6 <= width {
		right += "   " + st.Muted.Render(clock)
	}
	return ends(left, right, width, g)
}

// chipLine draws the parts of the fleet that can be shown alone; the active one
// is underlined and bold, and stands in brackets where there are no other signs.
func chipLine(f fleetCounts, active chip, right string, width int, st themes.Styles) string {
	g := st.Glyphs
	line := ""
	for c := range chips {
		text := fmt.Sprintf("%s %d", c, f.of[c])
		style := st.Muted
		switch {
		case c == active:
			style = st.Bold.Underline(true)
		case c == chipNeedsYou && f.of[c] > 0:
			style = st.Warn
		}
		if g.ASCII && c == active {
			text = "[" + text + "]"
		}
		gap := "   "
		if width < 66 {
			gap = "  "
		}
		if c == 0 {
			gap = " "
		}
		line += gap + style.Render(text)
	}
	if right == "" || cells(line)+cells(right)+2 > width {
		return cut(line, width, g)
	}
	return ends(line, st.Muted.Render(right), width, g)
}
