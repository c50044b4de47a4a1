package report

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// DayView is how a day's account is drawn.
type DayView struct {
	Styles     themes.Styles
	Width      int    // cells; 0 is 80
	PricesAsOf string // date of the price list
	Client     string // whose account it is, "" everybody's
}

// dayRows is how many rows a part of the account lists.
const dayRows = 5

// DayText draws the account of a day for a terminal, no line wider than the view.
func DayText(d *monitor.Day, v DayView) string {
	if v.Width <= 0 {
		v.Width = 80
	}
	v.Width = max(v.Width, 24)
	p := &dayPage{d: d, v: v, st: v.Styles, g: v.Styles.Glyphs}
	p.head()
	if d.Runs == 0 {
		p.line("Nothing was used.")
		if p.d.Budget != nil {
			p.line("The budget: " + usedOf(p.d.Budget, p.g) + ".")
		}
	} else {
		p.hours()
		p.shares("BY DAY", d.ByDay, 31)
		p.shares("BY PROJECT", d.ByProject, dayRows)
		p.shares("BY CLIENT", d.ByClient, dayRows)
		p.shares("BY TASK", d.ByTask, dayRows)
		p.shares("BY KIND OF WORK", d.ByKind, 7)
		p.shares("BY MODEL", d.ByModel, dayRows)
		if len(d.ByUser) > 1 {
			p.shares("BY USER", d.ByUser, dayRows)
		}
		p.output()
		p.runs()
	}
	p.exceptions()
	p.alive()
	p.headroom()
	p.notes()
	p.foot()
	return p.b.String()
}

// dayPage is an account while it is drawn.
type dayPage struct {
	d  *monitor.Day
	v  DayView
	st themes.Styles
	g  themes.Glyphs
	b  strings.Builder
}

// line writes a text, broken between words, two cells in.
func (p *dayPage) line(text string) { p.styled(lipgloss.NewStyle(), text) }

func (p *dayPage) styled(st lipgloss.Style, text string) {
	for _, l := range wrap(text, p.v.Width-2, 2) {
		p.b.WriteString("  " + st.Render(l) + "\n")
	}
}

// rule begins a part of the page.
func (p *dayPage) rule(title string) {
	lead := ansi.Truncate(p.g.Rule+" "+title, p.v.Width-1, p.g.Ellipsis) + " "
	p.b.WriteString(p.st.Frame.Render(lead+strings.Repeat(p.g.Rule, max(0, p.v.Width-ansi.StringWidth(lead)))) + "\n")
}

func (p *dayPage) head() {
	title := dayTitle(p.d)
	if p.v.Client != "" {
		title += ", client " + Label(p.v.Client)
	}
	if p.d.Open {
		title += ", so far"
	}
	for _, l := range wrap(title, p.v.Width, 2) {
		p.b.WriteString(p.st.Bold.Render(l) + "\n")
	}
	d := p.d
	if d.Runs == 0 {
		return
	}
	p.spent()
	p.line(strings.Join([]string{plural(d.Runs, "run"), plural(d.Turns, "turn"),
		short(d.Usage.Input) + " tokens in (" + percent(float64(d.Usage.Cached), float64(d.Usage.Input)) + " cached)",
		short(d.Usage.Output) + " out", span(d.Active) + " active"}, " "+p.g.Dot+" "))
}

// spent is the first line: spend against the budget and against other days.
func (p *dayPage) spent() {
	d := p.d
	text := money(d.Cost, p.g)
	if b := d.Budget; b != nil {
		used := percent(float64(b.Spent), float64(b.Limit))
		if b.Budget.Limit.Unit == budget.USD {
			text += " of " + usd(price.Money(b.Limit))
		} else {
			text += " (" + usedOf(b, p.g) + ")"
		}
		text += "   " + used
		if b.Exceeded() {
			text = p.g.Critical + " " + text
		}
		if p.v.Width >= 70 {
			part := 0.0
			if b.Limit > 0 {
				part = float64(b.Spent) / float64(b.Limit)
			}
			text += "  " + gauge(part, 20, p.g)
		}
	}
	before := "day before "
	if len(d.ByDay) > 0 {
		before = "before "
	}
	text += "  " + before + money(d.Previous, p.g)
	if d.Median >= 0 {
		text += "  usual day " + usd(d.Median)
	}
	st := p.st.Text
	if d.Budget != nil && d.Budget.Exceeded() {
		st = p.st.Crit
	}
	if ansi.StringWidth(text) <= p.v.Width-2 {
		p.b.WriteString("  " + st.Render(text) + "\n")
		return
	}
	p.styled(st, text)
}

// hours draws the hours in which something was spent.
func (p *dayPage) hours() {
	d := p.d
	var most price.Money
	for _, c := range d.ByHour {
		most = max(most, c.USD)
	}
	var cells []string
	for i, c := range d.ByHour {
		if c == (price.Cost{}) || i >= d.Hours {
			continue
		}
		level := 0
		if most > 0 {
			level = int(float64(c.USD) / float64(most) * float64(len(p.g.Spark)-1))
		}
		name := fmt.Sprintf("%02d", i)
		if len(d.ByDay) == 0 {
			name = hourOf(d, i)
		}
		cells = append(cells, fmt.Sprintf("%s %s %s", name, p.g.Spark[level], strings.TrimPrefix(money(c, p.g), "$")))
	}
	if len(cells) == 0 {
		return
	}
	p.rule("BY HOUR $")
	wide := 0
	for _, c := range cells {
		wide = max(wide, ansi.StringWidth(c))
	}
	per := max(1, (p.v.Width-2+2)/(wide+2))
	for len(cells) > 0 {
		n := min(per, len(cells))
		var row strings.Builder
		for i, c := range cells[:n] {
			if i > 0 {
				row.WriteString("  ")
			}
			row.WriteString(c + strings.Repeat(" ", wide-ansi.StringWidth(c)))
		}
		p.b.WriteString("  " + strings.TrimRight(row.String(), " ") + "\n")
		cells = cells[n:]
	}
}

// shares draws the parts of the day's cost, dearest first; those beyond most as one.
func (p *dayPage) shares(title string, all []monitor.Share, most int) {
	if len(all) == 0 {
		return
	}
	p.rule(title)
	rows := all
	if len(all) > most {
		rest := monitor.Share{Name: fmt.Sprintf("%d more", len(all)-most+1)}
		for _, s := range all[most-1:] {
			rest.Cost, rest.Usage = rest.Cost.Add(s.Cost), rest.Usage.Plus(s.Usage)
		}
		rows = append(append([]monitor.Share{}, all[:most-1]...), rest)
	}
	wide, names := 0, 0
	for _, s := range rows {
		wide = max(wide, ansi.StringWidth(money(s.Cost, p.g)))
		names = max(names, ansi.StringWidth(Label(s.Name)))
	}
	bar := 0
	if p.v.Width >= 70 {
		bar = 20
	}
	runs := p.v.Width >= 60
	room := p.v.Width - 2 - 2 - wide - 2 - 4
	if bar > 0 {
		room -= bar + 2
	}
	if runs {
		room -= 11
	}
	names = min(max(8, names), max(4, room))
	for _, s := range rows {
		name := fit(Label(s.Name), names, p.g)
		cost := money(s.Cost, p.g)
		line := "  " + name + strings.Repeat(" ", names-ansi.StringWidth(name)) + "  " + strings.Repeat(" ", wide-ansi.StringWidth(cost)) + cost
		if bar > 0 {
			line += "  " + gauge(part(s.Cost.USD, p.d.Cost.USD), bar, p.g)
		}
		line += fmt.Sprintf("  %4s", shareOf(s.Cost, p.d.Cost))
		if runs && s.Runs > 0 {
			line += "  " + plural(s.Runs, "run")
		}
		p.b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func part(m, of price.Money) float64 {
	if of <= 0 {
		return 0
	}
	return float64(m) / float64(of)
}
