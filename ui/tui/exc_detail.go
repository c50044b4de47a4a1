package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// excDetail draws one exception from inside: what happened, what to do, the evidence. clue is
// the evidence in focus, -1 for none.
func excDetail(e budget.Exception, s monitor.Snapshot, clue, w, h int, st themes.Styles) []string {
	gap := h >= 28
	var lines []string
	add := func(section []string) {
		if len(section) == 0 {
			return
		}
		if gap && len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, section...)
	}
	facts, advice := excFacts(e, s, w, h, st), excAdvice(e, s, w, h, st)
	evidence := 0
	if len(e.Evidence) > 0 {
		evidence = 2 // its title and the clue in focus have a place
		if gap {
			evidence++
		}
	}
	if room := h - len(advice) - evidence - 1; len(facts) > room {
		facts = facts[:max(min(2, len(facts)), room)]
	}
	add(facts)
	add(advice)
	room := h - len(lines)
	if gap {
		room--
	}
	add(excEvidence(e, clue, w, room, st))
	return lines
}

// fact is one line with its label; the text is cut, and broken where limit allows.
func fact(label, text string, limit, w int, st themes.Styles) []string {
	const col = 9
	if text == "" {
		return nil
	}
	var lines []string
	for i, t := range wrapText(text, w-col-3, limit, st.Glyphs) {
		if i > 0 {
			label = ""
		}
		lines = append(lines, "  "+st.Muted.Render(padRight(label, col))+" "+t)
	}
	return lines
}

// excFacts says what happened.
func excFacts(e budget.Exception, s monitor.Snapshot, w, h int, st themes.Styles) []string {
	g := st.Glyphs
	lines := []string{rule("WHAT HAPPENED", severityWord(e.Severity, st), w, st)}
	add := func(label, text string, limit int) { lines = append(lines, fact(label, text, limit, w, st)...) }
	limit := 1
	if h >= 16 {
		limit = 3
	}
	add("Observed", what(e), limit)
	add("Limit", safe(e.Threshold), limit)
	since := dayTime(e.At, s)
	if since != "" {
		since += ", " + between(e.At, s.At) + " ago"
	}
	if e.Waste > 0 {
		since += "   wasted " + g.Approx + "$" + money(e.Waste)
	}
	add("Since", since, 1)
	lines = append(lines, excRun(e, s, w, st)...)
	for _, b := range s.Budgets {
		if e.Budget != "" && b.Budget.Name == e.Budget && (b.Key == "" || b.Key == string(e.Run)) {
			lines = append(lines, excBudget(b, s, w, st)...)
		}
	}
	state := lifeWords(e, s)
	if e.State != "" && e.State != budget.Open && !e.Changed.IsZero() && e.State != budget.Snoozed {
		state += " since " + dayTime(e.Changed, s)
	}
	if e.Owner != "" {
		state += ", asks " + safe(e.Owner)
	}
	add("State", state, 1)
	add("Reason", safe(e.Reason), 2)
	return lines
}

// excRun says where in a run it was found, and how the run stands.
func excRun(e budget.Exception, s monitor.Snapshot, w int, st themes.Styles) []string {
	where := ""
	if e.Turn > 0 {
		where = fmt.Sprintf("turn %d", e.Turn)
		if e.ResponseIndex > 0 {
			where += fmt.Sprintf(", response %d of the run", e.ResponseIndex)
		}
	}
	r, ok := runOf(s, e.Run)
	if !ok || e.Run == "" {
		return fact("Where", where, 1, w, st)
	}
	r = safeRun(r)
	lines := append(fact("Run", stateText(r, s.At)+"   "+modelText(r.Model, r.Effort, r.Tier), 1, w, st), fact("Where", where, 1, w, st)...)
	burn := perHour(r.Rate, st.Glyphs)
	if spark := w - 14 - cells(burn); spark >= 10 && dearestMinute(r.Spark) > 0 {
		burn += "  " + lowSparkline(lastMinutes(r.Spark, 30), min(20, spark-2), 0, st)
	}
	lines = append(lines, "  "+st.Muted.Render(padRight("Burn", 9))+" "+burn)
	if r.Percent >= 0 {
		lines = append(lines, fact("Context", fmt.Sprintf("%s, %s of %s", percent(r.Percent), tokens(r.Context), tokens(r.Window)), 1, w, st)...)
	}
	return lines
}

// excBudget says how the budget stands that an exception is about.
func excBudget(b budget.Standing, s monitor.Snapshot, w int, st themes.Styles) []string {
	text := fmt.Sprintf("%s of %s (%s)", spentText(b, st.Glyphs), limitText(b), percent(b.Used))
	if more := ", expected " + forecastText(b, st.Glyphs); b.Forecast.Known && cells(text+more) <= w-12 {
		text += more
	}
	lines := fact("Budget", text, 1, w, st)
	if b.Budget.File != "" || b.Budget.Line > 0 {
		file := b.Budget.File
		if file == "" {
			file = s.PlanFile
		}
		if file != "" && b.Budget.Line > 0 {
			lines = append(lines, fact("", fmt.Sprintf("%s, line %d", safe(file), b.Budget.Line), 1, w, st)...)
		}
	}
	return lines
}

// excAdvice is the recommendation with all that must be known about it.
func excAdvice(e budget.Exception, s monitor.Snapshot, w, h int, st themes.Styles) []string {
	g := st.Glyphs
	words := adviceWords(e.Advice)
	if words == "" && e.Advice.Detail == "" {
		return nil
	}
	limit := 1
	if h >= 16 {
		limit = 4
	}
	lines := []string{rule("RECOMMENDATION", saving(e.Advice, g), w, st)}
	if words != "" {
		if e.Advice.Action == "downgrade" && e.Advice.Model != "" { // in full, as it is typed
			words = "downgrade to " + safe(e.Advice.Model)
			if e.Advice.Effort != "" {
				words += " " + safe(e.Advice.Effort)
			}
		}
		head := "  " + st.Key.Render(g.Arrow) + " "
		if k := adviceKey(e, s); k != "" {
			head += st.Key.Render(k) + " "
		}
		lines = append(lines, head+st.Bold.Render(cut(words, w-cells(head), g)))
	}
	for _, t := range wrapText(safe(e.Advice.Detail), w-4, limit, g) {
		lines = append(lines, "    "+t)
	}
	run, _ := runOf(s, e.Run)
	if command := adviceCommand(e.Advice, run); command != "" {
		parts := breakWords(command, w-4)
		for i, t := range parts {
			line := "    " + st.Key.Render(t)
			if i == len(parts)-1 && cells(line)+10 <= w {
				line = ends(line, st.Muted.Render("y copy"), w, g)
			}
			lines = append(lines, line)
		}
	}
	for i, t := range wrapText(safe(e.Advice.Caution), w-6, limit, g) {
		mark := " "
		if i == 0 {
			mark = st.Warn.Render(g.Warning)
		}
		lines = append(lines, "    "+mark+" "+t)
	}
	return lines
}

// breakWords breaks a command at spaces, and a word that is longer than a line anywhere:
// nothing of it is left out.
func breakWords(s string, w int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && cells(line)+1+cells(word) <= w {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		parts := strings.Split(ansi.Hardwrap(word, max(2, w), false), "\n")
		lines, line = append(lines, parts[:len(parts)-1]...), parts[len(parts)-1]
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// excEvidence lists the evidence, the clue in focus among it.
func excEvidence(e budget.Exception, clue, w, h int, st themes.Styles) []string {
	if len(e.Evidence) == 0 || h < 2 {
		return nil
	}
	g := st.Glyphs
	right := ""
	if clue >= 0 {
		right = "enter opens the turn"
	}
	lines := []string{rule(fmt.Sprintf("EVIDENCE %d", len(e.Evidence)), right, w, st)}
	focus := clampRow(max(0, clue), len(e.Evidence))
	from, to := visible(len(e.Evidence), focus, h-1)
	for i := from; i < to; i++ {
		c := e.Evidence[i]
		selected := i == focus && clue >= 0
		rs := rowStyles(st, selected)
		mark := "  "
		if selected {
			mark = g.Select + " "
		}
		head := ""
		if c.Turn > 0 {
			head = fmt.Sprintf("turn %-4d ", c.Turn)
		}
		if c.Line > 0 && w >= excWide {
			head += fmt.Sprintf("line %-6d ", c.Line)
		}
		row := rs.Accent.Render(mark) + rs.Muted.Render(head) + rs.Text.Render(cut(safe(c.Text), max(1, w-2-cells(head)), g))
		lines = append(lines, finishRow(row, w, st, selected))
	}
	return lines
}
