package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// usd writes an amount to the cent, half up, with thousands apart: "$1,234.50";
// what is above zero but rounds to it is "$<0.01".
func usd(m price.Money) string {
	const cent = price.Dollar / 100
	if m > 0 && m < cent/2 {
		return "$<0.01"
	}
	n := m / cent
	if m%cent >= cent/2 {
		n++
	}
	return fmt.Sprintf("$%s.%02d", humanize.Comma(int64(n/100)), n%100)
}

// money writes a cost: a floor has its sign in front, "$?" is one of which nothing is known.
func money(c price.Cost, g themes.Glyphs) string {
	switch {
	case c.Floor() && c.USD == 0:
		return "$?"
	case c.Floor() && g.ASCII:
		return ">=" + usd(c.USD)
	case c.Floor():
		return g.AtLeast + usd(c.USD)
	}
	return usd(c.USD)
}

// short writes a number of tokens in at most six cells: "640", "1.1K", "41.2M".
func short(n model.Tokens) string {
	f := float64(n)
	switch {
	case n < 1000:
		return fmt.Sprint(int64(n))
	case f < 999_950:
		return fmt.Sprintf("%.1fK", f/1e3)
	case f < 999.95e6:
		return fmt.Sprintf("%.1fM", f/1e6)
	}
	return fmt.Sprintf("%.1fB", f/1e9)
}

// plural gives "1 run" or "3 runs".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(int64(n)) + " " + one + "s"
}

// span writes a duration in hours and minutes: "6h 12m", "41m".
func span(d time.Duration) string {
	m := int(d.Round(time.Minute).Minutes())
	if m == 0 && d > 0 {
		return "<1m"
	}
	if m < 60 {
		return fmt.Sprintf("%dm", m)
	}
	return fmt.Sprintf("%dh %02dm", m/60, m%60)
}

// percent gives a part of a whole as whole percents: never 100% or 0% before it
// is all or nothing; "-" where the whole is nothing.
func percent(part, whole float64) string {
	if whole <= 0 {
		return "-"
	}
	p := 100 * part / whole
	switch {
	case p > 0 && p < 1:
		return "<1%"
	case p < 100 && p > 99:
		return "99%"
	}
	return fmt.Sprintf("%.0f%%", p)
}

// shareOf is [percent] of a cost; "?" where nothing of it has a price.
func shareOf(c, whole price.Cost) string {
	if c.Floor() && c.USD == 0 {
		return "?"
	}
	return percent(float64(c.USD), float64(whole.USD))
}

// gauge draws how much of a whole a part is.
func gauge(part float64, cells int, g themes.Glyphs) string {
	n := int(math.Round(min(1, max(0, part)) * float64(cells)))
	if part > 0 && n == 0 {
		n = 1
	}
	return strings.Repeat(g.Full, n) + strings.Repeat(g.Empty, cells-n)
}

// fit makes a clean text at most so many cells wide; of a path its end tells most.
func fit(text string, cells int, g themes.Glyphs) string {
	w := ansi.StringWidth(text)
	switch {
	case w <= cells:
		return text
	case cells <= 0:
		return ""
	case strings.ContainsAny(text, `/\`):
		return ansi.TruncateLeft(text, w-cells+ansi.StringWidth(g.Ellipsis), g.Ellipsis)
	}
	return ansi.Truncate(text, cells, g.Ellipsis)
}

// wrap breaks a text between words; lines after the first are indented.
func wrap(text string, width, indent int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case ansi.StringWidth(line)+1+ansi.StringWidth(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = strings.Repeat(" ", indent) + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	for i := range lines {
		lines[i] = ansi.Hardwrap(lines[i], max(1, width), true)
	}
	return strings.Split(strings.Join(lines, "\n"), "\n")
}

// hourOf names an hour of a day by the clock: on a day of 25 hours one comes twice.
func hourOf(d *monitor.Day, i int) string {
	return d.Date.Add(time.Duration(i) * time.Hour).Format("15")
}

// dayTitle names what the account is of.
func dayTitle(d *monitor.Day) string {
	last := d.To.AddDate(0, 0, -1)
	if !d.Date.Before(last) {
		return d.Date.Format("Mon 2 Jan 2006")
	}
	return d.Date.Format("Mon 2 Jan") + " to " + last.Format("Mon 2 Jan 2006")
}

// usedOf gives what was spent of a budget, in its unit.
func usedOf(s *budget.Standing, g themes.Glyphs) string {
	text := s.Budget.Limit.Unit.Format(s.Spent)
	switch {
	case s.Floor && g.ASCII:
		text = ">=" + text
	case s.Floor:
		text = g.AtLeast + text
	}
	return text + " of " + s.Budget.Limit.Unit.Format(s.Limit)
}

// leftOf gives the room that a budget has left, with what has no price at its upper bound.
func leftOf(s *budget.Standing) string {
	u := s.Budget.Limit.Unit
	if s.Exceeded() {
		return u.Format(max(0, s.Upper-s.Limit)) + " over"
	}
	return u.Format(s.Limit-s.Upper) + " left"
}

// outputLines says in words what spend produced.
func outputLines(d *monitor.Day, g themes.Glyphs) []string {
	o := &d.Output
	least := ""
	if o.IsFloor {
		least = "at least "
	}
	var made []string
	if o.Files > 0 {
		made = append(made, least+plural(o.Files, "file")+" changed, "+linesText(o.Added, o.Removed, o.LinesFloor, g)+" lines")
	} else {
		made = append(made, "no file was changed")
	}
	if o.TestsFixed > 0 {
		made = append(made, plural(o.TestsFixed, "test command")+" went from failing to passing")
	}
	if o.Reports > 0 {
		made = append(made, plural(o.Reports, "final report")+" of research and review")
	}
	lines := []string{strings.Join(made, " "+g.Dot+" ")}
	if o.Files > 0 || o.Commits != 0 || o.Ambiguous > 0 {
		lines = append(lines, commitLine(d, g))
	}
	switch {
	case o.PerChange >= 0:
		floor := ""
		if d.Cost.Floor() {
			floor = atLeast(g)
		}
		lines = append(lines, fmt.Sprintf("%s%s per accepted change (n=%d; all of the day's spend)", floor, usd(o.PerChange), o.Accepted))
	case o.Accepted > 0:
		lines = append(lines, fmt.Sprintf("cost per accepted change: from 5 on (n=%d)", o.Accepted))
	}
	if o.OneShotOf > 0 {
		lines = append(lines, fmt.Sprintf("first test after a change passed in %d of %s", o.OneShot, plural(o.OneShotOf, "turn")))
	}
	if o.PullRequests >= 0 {
		lines = append(lines, plural(o.PullRequests, "pull request")+" merged")
	}
	return lines
}

// linesText gives lines added and removed: at least so many where some were not told.
func linesText(added, removed int, floor bool, g themes.Glyphs) string {
	switch {
	case floor && added == 0 && removed == 0:
		return "unknown"
	case floor:
		return fmt.Sprintf("%s+%d %s-%d", atLeast(g), added, atLeast(g), removed)
	}
	return fmt.Sprintf("+%d -%d", added, removed)
}

func atLeast(g themes.Glyphs) string {
	if g.ASCII {
		return ">="
	}
	return g.AtLeast
}

// commitLine says which commits hold what runs changed.
func commitLine(d *monitor.Day, g themes.Glyphs) string {
	o := &d.Output
	if o.Commits < 0 {
		return "commits unknown: " + o.Git
	}
	parts := []string{plural(o.Commits, "commit") + " linked"}
	if o.Reverted > 0 {
		parts[0] += fmt.Sprintf(" (%d came to nothing)", o.Reverted)
	}
	if o.Ambiguous > 0 {
		parts = append(parts, fmt.Sprintf("%d ambiguous", o.Ambiguous))
	}
	whole := float64(d.Cost.USD)
	parts = append(parts, percent(float64(o.Linked), whole)+" of spend linked")
	if o.RevertedCost > 0 {
		parts = append(parts, percent(float64(o.RevertedCost), whole)+" reverted")
	}
	return strings.Join(parts, " "+g.Dot+" ")
}

// exceptionLine is one exception: how bad, what, whose, and what became of it.
func exceptionLine(d *monitor.Day, e *budget.Exception) string {
	name := shortID(string(e.Run))
	for i := range d.PerRun {
		if d.PerRun[i].ID == e.Run {
			name = Label(d.PerRun[i].Name)
		}
	}
	if e.Run == "" {
		name = Label(e.Budget)
	}
	text := fmt.Sprintf("%s %s, %s: %s", e.Severity, e.Rule, name, model.Clean(e.Observed, 160))
	state := strings.ReplaceAll(string(e.State), "_", " ")
	if state == "" {
		state = string(budget.Open)
	}
	if e.Reason != "" {
		state += ": " + model.Clean(e.Reason, 80)
	}
	return text + " (" + state + ")"
}

func shortID(id string) string { return model.Clean(id, 8) }
