package tui

import (
	"fmt"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// runBudget is the tightest budget that the run has for itself.
func (p runPage) runBudget() (best budget.Standing, ok bool) {
	for _, b := range p.s.Budgets {
		if b.Budget.Period.Name == budget.Run && b.Key == string(p.r.ID) && (!ok || b.Used > best.Used) {
			best, ok = b, true
		}
	}
	return best, ok
}

// budgetLine is how full the run's own budget is: "$6.10 of $5.00 ━━━━━ 122%"; "" without one.
func (p runPage) budgetLine(w int) string {
	st := p.st
	b, ok := p.runBudget()
	if !ok {
		return ""
	}
	text, used := spentText(b, st.Glyphs)+" of "+limitText(b), percent(b.Used)
	line := "  " + text
	if bar := min(40, w-4-cells(text)-6); bar >= 6 {
		line += "  " + gauge(b.Used, bar, st)
	}
	return line + " " + gaugeText(b.Used, used, st)
}

// exceptionLines are what was found about the run, the one that keys act on first, then the
// worst, in at most limit lines.
func (p runPage) exceptionLines(w, limit int) []string {
	var found []budget.Exception
	for _, e := range p.s.Exceptions {
		switch {
		case e.Run != p.r.ID || p.r.ID == "":
		case e.ID == p.ui.aim:
			found = slices.Insert(found, 0, e)
		default:
			found = append(found, e)
		}
	}
	var lines []string
	for _, e := range found[:min(len(found), limit)] {
		sign, style := severitySign(e.Severity, p.st)
		mark := ""
		if p.ui.id != "" { // on its own screen keys act on one of them
			mark = " "
			if e.ID == p.ui.aim {
				mark = p.st.Accent.Render(p.st.Glyphs.Select)
			}
		}
		text := what(e)
		if !e.NeedsAttention() {
			text += " (" + lifeWords(e, p.s) + ")"
		}
		lines = append(lines, mark+style.Render(sign)+" "+cut(text, w-3, p.st.Glyphs))
	}
	return lines
}

// kindPhrases are what the run's cost went to by kind of work: "edit 60%"; none where that is not known.
func (p runPage) kindPhrases() []string {
	total := 0.0
	for _, k := range p.r.Kinds {
		total += k.Cost.USD.Dollars()
	}
	var out []string
	for _, k := range p.r.Kinds {
		if share := share(k.Cost.USD.Dollars(), total); k.Cost.USD > 0 {
			out = append(out, p.st.Muted.Render(safe(k.Name))+" "+share)
		}
	}
	return out
}

// workParts are the parts of the cost by kind of work.
func (p runPage) workParts() []part {
	var out []part
	for _, k := range p.r.Kinds {
		n := k.Usage.Total()
		if n == 0 && k.Usage.Responses == 0 {
			n = -1
		}
		out = append(out, part{safe(k.Name), n, k.Cost})
	}
	return out
}

// labels are the run's task and client, where it has any.
func (p runPage) labels() []string {
	var out []string
	for _, l := range [][2]string{{"task", p.r.Task}, {"client", p.r.Client}} {
		if l[1] != "" {
			out = append(out, p.st.Muted.Render(l[0])+" "+l[1])
		}
	}
	return out
}

// judged is what budgets and rules say of the run, for the head of its screen.
func (p runPage) judged(w, h int) []string {
	var lines []string
	if line := p.budgetLine(w); line != "" && h >= 12 {
		lines = append(lines, line)
	}
	limit := 1
	if h >= 24 {
		limit = 2
	}
	if owner := ownerText(p.r, p.s); owner != "" && h >= 14 {
		lines = append(lines, cut("  "+p.st.Muted.Render(owner), w, p.st.Glyphs))
	}
	if h >= 10 {
		lines = append(lines, p.orderLines(w, limit)...)
		lines = append(lines, p.exceptionLines(w, limit)...)
	}
	return lines
}

// sinceChange is what the turns cost since the last one that changed a file; "" where that is not
// known. Only runs whose work was looked at have it.
func (p runPage) sinceChange() string {
	if p.d == nil || len(p.r.Kinds) == 0 || len(p.d.Turns) == 0 {
		return ""
	}
	var spent price.Cost
	for _, t := range p.d.Turns {
		if t.Files > 0 {
			if spent.USD == 0 && !spent.Floor() {
				return ""
			}
			return fmt.Sprintf("%s in the turns since turn %d, the last that changed a file", dollars(spent, p.st.Glyphs), t.Number)
		}
		spent = spent.Add(t.Cost)
	}
	if p.d.Skipped > 0 {
		return ""
	}
	return dollars(spent, p.st.Glyphs) + " and no file change yet"
}
