package tui

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// budgetFacts is all that is known of the selected budget.
func budgetFacts(b budget.Standing, s monitor.Snapshot, w, h int, st themes.Styles) []string {
	g, u := st.Glyphs, b.Budget.Limit.Unit
	lines := []string{"", rule(cut(budgetName(b, s), max(8, w/2), g), b.Enforced.String(), w, st)}
	add := func(label, text string) { lines = append(lines, fact(label, text, 2, w, st)...) }
	for _, a := range b.Alerts {
		add("Alert", alertLine(a, s, st))
	}
	spent := spentText(b, g) + " of " + limitText(b)
	if b.Granted > 0 {
		spent += ", " + amount(u, b.Granted) + " of it granted on top"
	}
	if b.Floor {
		spent += ", up to " + amount(u, b.Upper) + " with " + tokens(model.Tokens(b.Unpriced)) + " unpriced tokens"
	}
	add("Spent", spent)
	if p := pace(b); p >= 0 {
		add("Plan", amount(u, b.Plan)+" by now ("+percent(p)+")")
	}
	f := "not known"
	if b.Forecast.Why != "" {
		f += ": " + safe(b.Forecast.Why)
	}
	if b.Forecast.Known {
		f = fmt.Sprintf("%s at the end (%s to %s)", amount(u, b.Forecast.P50), amount(u, b.Forecast.P10), amount(u, b.Forecast.P90))
	}
	add("Forecast", f)
	reached := "not within the period at this pace"
	if !b.Exhausts.IsZero() {
		reached = "at " + dayTime(b.Exhausts, s)
		if b.Exhausts.After(s.At) {
			reached = reachedAt(b, s, g) + ", if it goes on like this"
		}
	} else if !b.Budget.Period.Calendar() {
		reached = ""
	}
	add("Reached", reached)
	add("Counts", counts(b))
	add("At limit", atLimit(b))
	holds, fix := holdsText(b, s)
	add("Holds", holds)
	add("", fix)
	if b.Budget.Line > 0 {
		file := b.Budget.File
		if file == "" {
			file = s.PlanFile
		}
		add("Set in", strings.TrimPrefix(fmt.Sprintf("%s, line %d", safe(file), b.Budget.Line), ", "))
	}
	return lines
}

// alertLine is an alert with its sign, since when it holds, and whose runs it comes from.
func alertLine(a budget.Alert, s monitor.Snapshot, st themes.Styles) string {
	sign := st.Glyphs.Warning
	if a.Tier == budget.Hard || !a.Notice && (a.Tier == budget.PageFast || a.Tier == budget.PageSlow) {
		sign = st.Glyphs.Critical
	}
	text := sign + " " + safe(strings.ReplaceAll(string(a.Tier), "-", " ")) + " since " + dayTime(a.Since, s) + ": " + safe(a.Text)
	if runs := topRuns(a, s); runs != "" {
		text += "; most by " + runs
	}
	return text
}

// counts says what a budget counts, over what time, and inside what envelope.
func counts(b budget.Standing) string {
	text := b.Budget.Scope.String() + ", by " + b.Budget.Period.Name
	if b.Budget.Period.Milestone() {
		text = b.Budget.Scope.String() + ", " + b.Budget.Period.String()
	}
	if b.Budget.Parent != "" {
		text += ", a part of " + b.Budget.Parent
		if b.Budget.Share > 0 {
			text += " (" + percent(100*b.Budget.Share) + ")"
		}
	}
	return safe(text)
}

// atLimit says what is told on the way and done at the limit.
func atLimit(b budget.Standing) string {
	text := [...]string{"notify", "ask", "gate: refuse further requests", "stop"}[min(b.Budget.AtLimit, budget.Stop)]
	if len(b.Budget.WarnAt) == 0 {
		return text
	}
	var at []string
	for _, p := range b.Budget.WarnAt {
		at = append(at, fmt.Sprintf("%d%%", p))
	}
	return text + "; warns at " + strings.Join(at, ", ")
}

// topRuns names the runs that an alert comes from.
func topRuns(a budget.Alert, s monitor.Snapshot) string {
	var names []string
	for _, p := range a.TopRuns {
		if r, ok := runOf(s, p.Run); ok {
			names = append(names, safe(r.Name))
		}
	}
	return strings.Join(names, ", ")
}

// reachedAt is when a limit was reached or, as an estimate, will be; "" where it is not.
func reachedAt(b budget.Standing, s monitor.Snapshot, g themes.Glyphs) string {
	if b.Exhausts.After(s.At) {
		return g.Approx + dayTime(b.Exhausts, s)
	}
	return dayTime(b.Exhausts, s)
}
