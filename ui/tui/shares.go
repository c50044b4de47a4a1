package tui

import (
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

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
