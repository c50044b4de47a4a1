package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

func (p *dayPage) output() {
	p.rule("WHAT IT PRODUCED")
	for _, l := range outputLines(p.d, p.g) {
		p.line(l)
	}
}

// runs lists the dearest runs with what came of each. It is about work and its
// cost: people are never ranked.
func (p *dayPage) runs() {
	p.rule("DEAREST RUNS")
	for i := range p.d.PerRun {
		if i == dayRows {
			break
		}
		r := &p.d.PerRun[i]
		text := fmt.Sprintf("%s  %s: %s", money(r.Cost, p.g), Label(r.Name), runOutput(r, p.d, p.g))
		p.line(text)
	}
}

// runOutput says what came of one run.
func runOutput(r *monitor.DayRun, d *monitor.Day, g themes.Glyphs) string {
	var parts []string
	if r.Files > 0 {
		parts = append(parts, plural(r.Files, "file")+" "+linesText(r.Added, r.Removed, r.LinesFloor, g))
	}
	if r.TestsFixed > 0 {
		parts = append(parts, plural(r.TestsFixed, "test command")+" mended")
	}
	if r.Commits > 0 {
		text := plural(r.Commits, "commit")
		if r.Reverted > 0 {
			text += fmt.Sprintf(" (%d came to nothing)", r.Reverted)
		}
		parts = append(parts, text)
	}
	if r.Report {
		parts = append(parts, "ended with a report")
	}
	switch {
	case !r.ChangedAt.IsZero() && r.SinceChange != (price.Cost{}):
		parts = append(parts, money(r.SinceChange, g)+" since the last file change")
	case r.ChangedAt.IsZero() && !r.Report && d.Output.IsFloor:
		parts = append(parts, "what it changed is not known")
	case r.ChangedAt.IsZero() && !r.Report:
		parts = append(parts, "no file change yet")
	}
	return strings.Join(parts, ", ")
}

func (p *dayPage) exceptions() {
	if len(p.d.Exceptions) == 0 {
		return
	}
	p.rule("EXCEPTIONS AND WHAT WAS DONE")
	for i := range p.d.Exceptions {
		if i == 2*dayRows {
			p.line(fmt.Sprintf("%d more: tokenburn exceptions", len(p.d.Exceptions)-i))
			break
		}
		p.line(exceptionLine(p.d, &p.d.Exceptions[i]))
	}
}

func (p *dayPage) alive() {
	if len(p.d.Alive) == 0 {
		return
	}
	p.rule("LEFT ALIVE")
	for i := range p.d.Alive {
		r := &p.d.Alive[i]
		p.line(aliveText(r, p.d, p.g))
	}
}

// aliveText is one run that was left alive.
func aliveText(r *monitor.Run, d *monitor.Day, g themes.Glyphs) string {
	text := Label(r.Name)
	if d.Open {
		text += ": " + r.State.String()
		if r.Rate.USDPerHour > 0 {
			text += ", " + usd(r.Rate.USDPerHour) + "/h"
		}
		if r.Percent >= 0 {
			text += fmt.Sprintf(", context %.0f%%", r.Percent)
		}
		return text + ", " + money(r.Cost, g) + " so far"
	}
	return text + ": went on after midnight"
}

func (p *dayPage) headroom() {
	if len(p.d.Headroom) == 0 {
		return
	}
	p.rule(headroomTitle(p.d))
	for i := range p.d.Headroom {
		s := &p.d.Headroom[i]
		p.line(fmt.Sprintf("%s: %s, %s (%s)", Label(s.Budget.Name), leftOf(s), usedOf(s, p.g), s.Budget.Period))
	}
}

// headroomTitle names the day that the budgets' room is for.
func headroomTitle(d *monitor.Day) string {
	if d.Open {
		return "ROOM TOMORROW"
	}
	return "ROOM ON THE DAY AFTER"
}

func (p *dayPage) notes() {
	if len(p.d.Notes) == 0 {
		return
	}
	p.rule("WORTH KNOWING")
	for _, n := range p.d.Notes {
		p.line(p.g.Arrow + " " + noteText(n))
	}
}

// noteText is a note as it may be shown: names in it come from session files.
func noteText(n string) string { return model.Clean(n, 400) }

func (p *dayPage) foot() {
	p.styled(p.st.Muted, dayFootnote(p.d, p.v.PricesAsOf))
}

// dayFootnote says what the money is.
func dayFootnote(d *monitor.Day, asOf string) string {
	note := "API-equivalent at list prices"
	if asOf != "" {
		note += " of " + asOf
	}
	note += "; a ChatGPT plan bills by limits, not $."
	if d.Cost.Floor() {
		note += fmt.Sprintf(" Costs marked as a floor leave out %s tokens without a price.", short(d.Cost.Unpriced))
	}
	return note + " Times are " + zoneText(d.Date) + "."
}

func zoneText(t time.Time) string {
	if name := t.Location().String(); name != "Local" {
		return name
	}
	name, _ := t.Zone()
	return name
}
