package tui

import (
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// head is what the day has cost, against its budget and against other days.
func (v dayScreen) head(d *monitor.Day, w int) []string {
	st, g := v.st, v.st.Glyphs
	spent := st.Bold.Render(dollars(d.Cost, g))
	var phrases []string
	if b := d.Budget; b != nil {
		spent += " of " + limitText(*b) + "  " + gaugeText(b.Used, percent(b.Used), st)
		if bar := min(24, w-cells(spent)-6); bar >= 8 {
			spent += "  " + paceGauge(b.Used, pace(*b), bar, st)
		}
	}
	phrases = append(phrases, spent, st.Muted.Render("day before ")+dollars(d.Previous, g))
	if d.Median >= 0 {
		phrases = append(phrases, st.Muted.Render("usual ")+"$"+money(d.Median))
	}
	if v.s.APIPrices {
		phrases = append(phrases, st.Muted.Render("API-equivalent"))
	}
	lines := append([]string{}, flow(phrases, 2, w, g)...)
	counts := []string{count(d.Runs, "run"), count(d.Turns, "turn"), span(d.Active) + " active"}
	lines = append(lines, flow(append(counts, usagePhrases(d.Usage, st)...), 2, w, g)...)
	if d.Cost.Floor() {
		lines = append(lines, flow([]string{st.Warn.Render(g.Warning + " " + tokens(d.Cost.Unpriced) + " tokens have no price")}, 2, w, g)...)
	}
	return lines
}

// hours draws what each hour has cost.
func (v dayScreen) hours(d *monitor.Day, w int) []string {
	st, g := v.st, v.st.Glyphs
	first, last, top := -1, -1, 0.0
	for i := range d.ByHour {
		if c := d.ByHour[i]; c.USD > 0 || c.Floor() {
			if first < 0 {
				first = i
			}
			last = i
			top = max(top, c.USD.Dollars())
		}
	}
	if first < 0 {
		return []string{rule("BY HOUR $", "", w, st), st.Muted.Render("  nothing was used")}
	}
	const each = 13
	per := max(1, (w-2)/each)
	lines := []string{rule("BY HOUR $", "", w, st)}
	line := " "
	for i := first; i <= last; i++ {
		c, bar := d.ByHour[i], " "
		if x := c.USD.Dollars(); x > 0 && top > 0 {
			bar = g.Spark[min(len(g.Spark)-1, int(x/top*float64(len(g.Spark))))]
		}
		hour := inZone(d.Date.Add(time.Duration(i)*time.Hour), v.s.Zone, "15")
		line += " " + st.Muted.Render(hour) + " " + st.Chart[0].Render(bar) + " " + padRight(cost(c, g), each-6)
		if (i-first+1)%per == 0 || i == last {
			lines, line = append(lines, line), " "
		}
	}
	return lines
}

// parts draws the kinds of parts that the day has, the chosen one being the first, in at
// most so many lines each.
func (v dayScreen) parts(d *monitor.Day, from, to dayBy, w, most int) []string {
	var lines []string
	for i := from; i < to; i++ {
		by := (v.x.by + i) % dayBys
		all := slices.Clone(by.of(d))
		if len(all) == 0 || i > 0 && len(all) == 1 {
			continue
		}
		for j := range all {
			if all[j].Name == "" {
				all[j].Name = "none"
			}
		}
		title := "BY " + strings.ToUpper(by.String())
		part := strings.Split(shares(title, all, d.Cost, w, 1+min(most, len(all)), v.st), "\n")
		right := ""
		if i == 0 {
			right = "g next"
		}
		part[0] = rule(title, right, w, v.st)
		lines = append(lines, part...)
	}
	return lines
}
