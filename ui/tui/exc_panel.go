package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// excWide is the width from which on an exception takes two lines of the queue, not three.
const excWide = 60

// excLines is how many lines an exception takes in the queue at most.
func excLines(width int) int {
	if width >= excWide {
		return 2
	}
	return 3
}

// exceptionsPanel is the queue of the main screen: what was found, and what to do
// about it. The one that keys act on is marked.
func exceptionsPanel(s monitor.Snapshot, aim string, width, height int, st themes.Styles) string {
	lines := []string{rule(fmt.Sprintf("EXCEPTIONS %d", len(s.Exceptions)), "2 all", width, st)}
	var entries [][]string // as many as could be shown, and the one that keys act on
	aimed := -1
	for i, e := range s.Exceptions {
		is := e.ID == aim && aimed < 0
		if i >= height && !is {
			continue
		}
		if is {
			aimed = len(entries)
		}
		entries = append(entries, exceptionEntry(e, s, is, width, st))
	}
	n, whole := entriesIn(entries, height-1, len(s.Exceptions))
	if aimed >= whole && whole > 0 { // what keys act on is always shown, with what to do about it where that fits
		n = whole
	}
	if aimed >= n && n > 0 {
		e := entries[aimed]
		entries = slices.Insert(slices.Delete(entries, aimed, aimed+1), n-1, e)
	}
	for i, entry := range entries {
		left := len(s.Exceptions) - i
		room := height - len(lines)
		if left > 1 && len(entry) >= room || len(entry) > room {
			switch { // what was found says more than that there is more
			case i == 0 && room == 1:
				lines = append(lines, entry[:1]...)
			case room >= 2 && len(entry) >= 2:
				lines = append(lines, entry[:room-1]...)
				left--
			}
			if left > 0 && len(lines) < height {
				lines = append(lines, st.Muted.Render(cut(fmt.Sprintf("   %d more", left), width, st.Glyphs)))
			}
			break
		}
		lines = append(lines, entry...)
	}
	return clip(lines, width, height)
}

// entriesIn is how many of the entries have a place in h lines, the first line of the last
// at least, and how many of them have it whole; where all are more than that, a line says so.
func entriesIn(entries [][]string, h, all int) (n, whole int) {
	for i, e := range entries {
		if i < all-1 && len(e) >= h || len(e) > h {
			n = i
			if h >= 2 && len(e) >= 2 {
				n++
			}
			return max(1, n), i
		}
		h -= len(e)
	}
	return len(entries), len(entries)
}

// exceptionEntry is an exception in two lines, or in three narrow ones.
func exceptionEntry(e budget.Exception, s monitor.Snapshot, aimed bool, w int, st themes.Styles) []string {
	g := st.Glyphs
	mark := " "
	if aimed {
		mark = g.Select
	}
	sign, style := severitySign(e.Severity, st)
	head := st.Accent.Render(mark) + style.Render(sign) + " "
	name := subject(e, s)
	bold := st.Bold
	if !e.NeedsAttention() {
		bold = st.Muted
	}
	if w < excWide {
		name = cut(name, max(6, w-3-12), g)
		lines := []string{head + bold.Render(name) + " " + cut(ruleWords(e.Rule), w-4-cells(name), g)}
		if seen := safe(e.Observed); seen != "" {
			lines = append(lines, "   "+cut(seen, w-3, g))
		}
		if advice := adviceLine(e, s, w-3, st); advice != "" {
			lines = append(lines, "   "+advice)
		}
		return lines
	}
	at := padRight(hourMinute(e.At, s.Zone), 5)
	text := what(e)
	if e.State != budget.Open && e.State != "" {
		text += " (" + lifeWords(e, s) + ")"
	}
	lines := []string{head + st.Muted.Render(at) + " " + bold.Render(fit(name, min(18, max(12, w/6)), g)) + "  "}
	lines[0] += cut(text, w-cells(lines[0]), g)
	lines[0] += firstClue(e, w-cells(lines[0]), st)
	if advice := adviceLine(e, s, w-9, st); advice != "" {
		lines = append(lines, spaces(9)+advice)
	}
	return lines
}

// firstClue is the first piece of evidence, as far as w cells go; "" where that says little.
func firstClue(e budget.Exception, w int, st themes.Styles) string {
	if len(e.Evidence) == 0 || w < 15 {
		return ""
	}
	return st.Muted.Render("  " + cut(safe(e.Evidence[0].Text), w-2, st.Glyphs))
}

// adviceLine is the recommended action with its saving and the keys that help with it; "" for none.
func adviceLine(e budget.Exception, s monitor.Snapshot, w int, st themes.Styles) string {
	g := st.Glyphs
	words := adviceWords(e.Advice)
	if words == "" {
		return ""
	}
	text := words
	if save := saving(e.Advice, g); save != "" {
		text += ", " + save
	}
	head := cells(g.Arrow) + 1
	if adviceKey(e, s) != "" {
		head += 2
	}
	if cells(text)+1+head > w && saving(e.Advice, g) != "" { // the saving is a number
		save := saving(e.Advice, g)
		text = cut(words, w-head-1-cells(save), g) + " " + save
	}
	line := st.Key.Render(g.Arrow) + " "
	if k := adviceKey(e, s); k != "" {
		line += st.Key.Render(k) + " "
	}
	line += cut(text, w-cells(line), g)
	if hint := adviceKeys(e, s, st); cells(line)+3+cells(hint) <= w {
		line += "   " + hint
	}
	return line
}

// adviceKey is the key that carries the advice out; "" where none does, or nothing may be acted on.
func adviceKey(e budget.Exception, s monitor.Snapshot) string {
	run, ok := runOf(s, e.Run)
	if !ok || e.Run == "" || s.ReadOnly || !run.State.Live() {
		return ""
	}
	return map[string]string{"downgrade": "d", "human_takeover": "o", "stop": "x"}[e.Advice.Action]
}

// adviceKeys are the keys that help besides.
func adviceKeys(e budget.Exception, s monitor.Snapshot, st themes.Styles) string {
	run, _ := runOf(s, e.Run)
	var keys []string
	if e.Advice.Action == "extend" && e.Budget != "" {
		keys = append(keys, st.Key.Render("e")+st.Muted.Render(" extend"))
	}
	switch act := adviceKey(e, s); {
	case act != "" && act != "x":
		keys = append(keys, st.Key.Render("x")+st.Muted.Render(" stop"))
	case act == "" && adviceCommand(e.Advice, run) != "":
		keys = append(keys, st.Key.Render("y")+st.Muted.Render(" copy"))
	}
	return strings.Join(append(keys, st.Key.Render("z")+st.Muted.Render(" snooze")), "  ")
}

// snoozedPanel lists what is quiet, and until when.
func snoozedPanel(s monitor.Snapshot, width, height int, st themes.Styles) string {
	lines := []string{rule(fmt.Sprintf("SNOOZED %d", len(s.Snoozed)), "2 all", width, st)}
	for _, e := range s.Snoozed {
		sign, style := severitySign(e.Severity, st)
		until := "until " + dayTime(e.Until, s)
		text := cut(subject(e, s)+"  "+ruleWords(e.Rule), width-4-cells(until), st.Glyphs)
		lines = append(lines, ends(" "+style.Render(sign)+" "+text, st.Muted.Render(until), width, st.Glyphs))
	}
	return clip(lines, width, height)
}
