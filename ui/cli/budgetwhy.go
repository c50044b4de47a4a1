package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// explainBudget shows where the numbers of a budget come from: of each run or
// task that it stands for.
func (a *app) explainBudget(ctx context.Context, name string, asJSON bool) error {
	d, err := a.judgeNow(ctx)
	if err != nil {
		return err
	}
	if err := d.named(name); err != nil {
		return err
	}
	var all []budget.Trace
	for _, s := range d.standings {
		if s.Budget.Name != name {
			continue
		}
		if t, ok := d.judge.Explain(name, s.Key, d.clock.Now); ok {
			all = append(all, t)
		}
	}
	if asJSON {
		return writeJSON(a.out, toTraceJSON(d, all, a.zoneName(d.clock.Zone)))
	}
	p := &budgetPrinter{whyPrinter{st: a.styles(), width: a.width(), zone: d.clock.Zone, zoneName: a.zoneName(d.clock.Zone), path: a.shortPath}, d}
	for i, t := range all {
		if i > 0 {
			p.text.WriteString("\n")
		}
		p.trace(t, a.shortPath(a.file))
	}
	a.say(d.warnings)
	return a.print(p.text.String())
}

// budgetPrinter writes a budget's trace as text.
type budgetPrinter struct {
	whyPrinter
	d *judged
}

func (p *budgetPrinter) trace(t budget.Trace, file string) {
	u := t.Budget.Limit.Unit
	p.text.WriteString(p.st.Bold.Render(wrap("Budget "+keyedName(t.Standing, p.d), p.width)) + "\n")
	if t.Budget.File != "" {
		file = p.path(t.Budget.File)
	}
	if file != "" {
		p.line("  set in    %s, line %d", file, t.Budget.Line)
	}
	p.line("  counts    %s", t.Budget.Scope)
	p.period(t)
	p.limit(t)
	p.line("  spent     %s in %s of %s", spentText(t.Standing, p.st.Glyphs), plural(int64(t.Rows), "row"), plural(int64(len(t.Runs)), "run"))
	if t.Floor {
		p.line("  unpriced  %s tokens have no price: at most %s in all, which hard limits count", tokens(model.Tokens(t.Unpriced)), u.Format(t.Upper))
	}
	if t.Budget.Period.Calendar() {
		p.line("  planned   %s by now, %s", u.Format(t.Plan), planWords(t))
		p.forecast(t)
		p.burn(t)
	}
	p.line("  reached   %s", reachedText(t.Standing, p.d.clock))
	p.line("  holds     %s (at the limit: %s)", t.Enforced, actionWord(t.Budget.AtLimit))
	for _, al := range t.Alerts {
		p.line("  alert     %s since %s: %s", al.Tier, p.at(al.Since), al.Text)
	}
	p.runs(t)
}

func (p *budgetPrinter) period(t budget.Trace) {
	if t.To.IsZero() {
		p.line("  period    each %s, from its beginning on", t.Budget.Period)
		return
	}
	p.line("  period    %s: %s to %s, %s", t.Budget.Period, p.at(t.From), p.at(t.To), p.zoneName)
}

func (p *budgetPrinter) limit(t budget.Trace) {
	u := t.Budget.Limit.Unit
	text := u.Format(t.Limit)
	if t.Budget.Share > 0 {
		text += fmt.Sprintf(", %g%% of %s", t.Budget.Share*100, t.Budget.Parent)
	} else if t.Budget.Parent != "" {
		text += ", inside of " + t.Budget.Parent
	}
	p.line("  limit     %s", text)
	for _, e := range t.Grants {
		p.line("  extended  by %s until %s", u.Format(e.Amount), p.at(e.Until))
	}
	var held []string
	for _, c := range t.Children {
		held = append(held, fmt.Sprintf("%s for %s", c.Limit, c.Name))
	}
	if len(held) > 0 {
		p.line("  holds     %s", strings.Join(held, ", "))
	}
}

func planWords(t budget.Trace) string {
	if t.ByHours {
		return "by the hours of the week in which spend was seen"
	}
	return "evenly over the period (there are not two weeks of history yet)"
}

func (p *budgetPrinter) forecast(t budget.Trace) {
	f, u := t.Forecast, t.Budget.Limit.Unit
	switch {
	case !f.Known:
		p.line("  forecast  none: %s", f.Why)
	case p.d.clock.Now.Before(t.To):
		p.line("  forecast  %s%s at the end, 80%% band %s to %s: %s for each average hour that is left, from %s with spend", p.st.Glyphs.Approx,
			u.Format(f.P50), u.Format(f.P10), u.Format(f.P90), u.Format(t.Level), plural(int64(t.Days), "day"))
	default:
		p.line("  forecast  %s: it is over", u.Format(f.P50))
	}
}

func (p *budgetPrinter) burn(t budget.Trace) {
	u := t.Budget.Limit.Unit
	for _, w := range t.Windows {
		p.line("  burn      %s in %s, planned %s", u.Format(w.Spent), shortTime(w.Length), u.Format(w.Plan))
	}
	if t.Gap > 0 {
		p.line("  posts     come at most %s apart, 19 of 20 times", shortTime(t.Gap))
	}
}

func shortTime(d time.Duration) string {
	if d >= time.Hour && d%time.Hour == 0 {
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dm", int(d.Minutes()))
}

func (p *budgetPrinter) runs(t budget.Trace) {
	const most = 20
	u := t.Budget.Limit.Unit
	for i, r := range t.Runs {
		if i == most {
			p.line("  run       %d more, which are in --json", len(t.Runs)-i)
			return
		}
		p.line("  run       %s by %s", u.Format(r.Amount), runName(r.Run, p.d))
	}
}

// traceJSON is what "budgets --explain NAME --json" prints.
type traceJSON struct {
	budgetsJSON
	Traces []standingTraceJSON `json:"traces"`
}

// standingTraceJSON is what one of the standings is made of; its runs add up to spent_upper.
type standingTraceJSON struct {
	Key        string            `json:"key,omitempty"`
	Rows       int               `json:"rows"`
	Runs       []partJSON        `json:"runs"`
	ActiveDays int               `json:"active_days"`
	Level      string            `json:"level_per_hour"`
	ByHours    bool              `json:"plan_by_hours_of_week"`
	Windows    []windowJSON      `json:"windows"`
	Extensions []extensionJSON   `json:"extensions"`
	Children   map[string]string `json:"children"`
}

type windowJSON struct {
	Seconds int64  `json:"seconds"`
	Spent   string `json:"spent"`
	Planned string `json:"planned"`
}

type extensionJSON struct {
	Amount string  `json:"amount"`
	Until  *string `json:"until"`
}

func toTraceJSON(d *judged, all []budget.Trace, zone string) traceJSON {
	doc := traceJSON{budgetsJSON: toBudgetsJSON(d, zone), Traces: []standingTraceJSON{}}
	doc.Budgets, doc.Exceeded = []standingJSON{}, false
	for _, t := range all {
		u := t.Budget.Limit.Unit
		j := standingTraceJSON{Key: t.Key, Rows: t.Rows, ActiveDays: t.Days, Level: exact(u, t.Level), ByHours: t.ByHours,
			Runs: []partJSON{}, Windows: []windowJSON{}, Extensions: []extensionJSON{}, Children: map[string]string{}}
		for _, r := range t.Runs {
			j.Runs = append(j.Runs, partJSON{string(r.Run), exact(u, r.Amount)})
		}
		for _, w := range t.Windows {
			j.Windows = append(j.Windows, windowJSON{int64(w.Length.Seconds()), exact(u, w.Spent), exact(u, w.Plan)})
		}
		for _, e := range t.Grants {
			j.Extensions = append(j.Extensions, extensionJSON{exact(u, e.Amount), instant(e.Until)})
		}
		for _, c := range t.Children {
			j.Children[c.Name] = exact(u, c.Limit.Amount)
		}
		doc.Budgets = append(doc.Budgets, toStandingJSON(t.Standing))
		doc.Exceeded = doc.Exceeded || t.Exceeded()
		doc.Traces = append(doc.Traces, j)
	}
	return doc
}
