package status

import (
	"fmt"
	"image/color"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// part is a piece of the line that is shown whole or not at all.
type part struct {
	text  string
	level level
	rank  int // the greatest is left out first
}

// parts makes all parts, in the order in which they are shown.
func parts(s monitor.Snapshot, alerts []alert, g themes.Glyphs) []part {
	var out []part
	var n [3]int
	for _, a := range alerts {
		n[a.level]++
	}
	if n[critical] > 0 {
		out = append(out, part{fmt.Sprintf("%s%d", g.Critical, n[critical]), critical, 0})
	}
	if n[warning] > 0 {
		out = append(out, part{fmt.Sprintf("%s%d", g.Warning, n[warning]), warning, 1})
	}
	switch live := live(s); live {
	case 0:
		out = append(out, part{"no run", calm, 3})
	case 1:
		out = append(out, part{"1 run", calm, 3})
	default:
		out = append(out, part{fmt.Sprintf("%d runs", live), calm, 3})
	}
	atLeast := g.AtLeast
	if g.ASCII {
		atLeast = ">="
	}
	out = append(out, part{amount(s.Rate.USDPerHour, s.Rate.Floor, g) + "/h", calm, 2}, dayPart(s, amount(s.Today.USD, todayIsFloor(s), g), atLeast))
	if l, ok := fullest(s); ok {
		lv := calm
		if l.Used >= 100 {
			lv = critical
		} else if l.Used >= 90 {
			lv = warning
		}
		out = append(out, part{limitText(l), lv, 5})
	}
	for _, a := range alerts {
		if !a.limit {
			out = append(out, part{a.text, a.level, 6})
			break
		}
	}
	if s.APIPrices {
		out = append(out, part{"API-equivalent", calm, 7})
	}
	return out
}

// fullest gives the rate-limit window that is used most.
func fullest(s monitor.Snapshot) (best model.Limit, ok bool) {
	for _, l := range s.Limits {
		if current(l, s.At) && (!ok || l.Used > best.Used) {
			best, ok = l, true
		}
	}
	return best, ok
}

// todayIsFloor says that today cost more than is known: tokens without a price,
// or history that is not yet, or never, read back to midnight.
func todayIsFloor(s monitor.Snapshot) bool {
	zone := s.Zone
	if zone == nil {
		zone = time.Local
	}
	y, m, d := s.At.In(zone).Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, zone)
	unread := !s.Reading.Done || s.Reading.Skipped
	return s.Today.Floor() || unread && (s.Reading.At.IsZero() || s.Reading.At.After(midnight))
}

// amount writes money to the cent: "$3.42", "≥$3.42" for a floor, "<$0.01".
func amount(m price.Money, floor bool, g themes.Glyphs) string {
	const cent = price.Dollar / 100
	text := ""
	if m = max(0, m); m > 0 && m < cent/2 {
		text = "<$0.01"
	} else {
		n := int64(m / cent)
		if m%cent >= cent/2 {
			n++
		}
		text = fmt.Sprintf("$%d.%02d", n/100, n%100)
	}
	switch {
	case !floor:
		return text
	case text[0] == '<': // at least nearly nothing
		text = "$0.00"
	}
	if g.ASCII {
		return ">=" + text
	}
	return g.AtLeast + text
}

// fit leaves out parts, the least important first, until the rest is no wider than width.
func fit(p []part, width int) []part {
	if width <= 0 {
		return p
	}
	for len(p) > 0 && cells(p) > width {
		worst := 0
		for i := range p {
			if p[i].rank > p[worst].rank {
				worst = i
			}
		}
		p = slices.Delete(slices.Clone(p), worst, worst+1)
	}
	return p
}

func cells(p []part) int {
	n := len(p) - 1
	for _, x := range p {
		n += ansi.StringWidth(x.text)
	}
	return n
}

// join writes the parts with a space between them.
func join(p []part, o Options) string {
	texts := make([]string, len(p))
	for i, x := range p {
		texts[i] = x.text
		if o.Format == Tmux {
			texts[i] = tmux(x, o)
		}
	}
	return strings.Join(texts, " ")
}

// tmux styles a part for a status line of tmux, which takes "#" as the beginning
// of a style, a variable or a command: every one in a text is doubled.
func tmux(p part, o Options) string {
	text := strings.ReplaceAll(p.text, "#", "##")
	style, bold := o.Styles.Warn, ""
	switch p.level {
	case calm:
		return text
	case critical:
		style, bold = o.Styles.Crit, ",bold"
	}
	name := colour(style.GetForeground(), o.RGB)
	if name == "" {
		return "#[bold]" + text + "#[default]"
	}
	return "#[fg=" + name + bold + "]" + text + "#[default]"
}

// colour gives tmux's name of a colour, "" for none.
func colour(c color.Color, rgb bool) string {
	switch c := c.(type) {
	case nil, lipgloss.NoColor:
		return ""
	case ansi.BasicColor:
		return fmt.Sprintf("colour%d", c)
	case ansi.IndexedColor:
		return fmt.Sprintf("colour%d", c)
	}
	if !rgb {
		return fmt.Sprintf("colour%d", ansi.Convert256(c))
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02X%02X%02X", r>>8, g>>8, b>>8)
}

// clean makes a run's name fit for one line of any program, 60 bytes at most.
func clean(s string) string { return model.Clean(s, 60) }
