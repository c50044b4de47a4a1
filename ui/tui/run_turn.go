package tui

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// turnView is one turn from inside.
func (p runPage) turnView(w, h int) []string {
	t, before, found := p.openTurn()
	if !found {
		return []string{p.st.Muted.Render("  This turn is no longer kept.")}
	}
	if h <= 3 { // what the list shows of it, and its newest calls
		ts := []monitor.TurnView{t}
		lines := []string{p.turnRow(newGrid(turnCols(ts), w), t, t.Cost.USD, true)}
		return append(lines, p.callList(callsOf(p.d, p.ui.turn), 0, "", false, w, h-1)...)
	}
	when := clockTime(t.Started, p.s.Zone) + ", " + p.turnSpan(t)
	if t.State == model.TurnRunning {
		when = clockTime(t.Started, p.s.Zone) + ", running " + p.turnSpan(t)
	}
	lines := []string{rule(fmt.Sprintf("TURN %d", t.Number), when, w, p.st)}
	lines = append(lines, p.turnFacts(t, before, w, h)...)
	cs := callsOf(p.d, p.ui.turn)
	for i := range cs {
		cs[i].Agent = "" // the facts above name it
	}
	if p.newest(t) {
		if line := p.sampling(w); line != "" {
			lines = append(lines, cut(line, w, p.st.Glyphs))
		}
	}
	if h > 12 {
		lines = append(lines, "")
	}
	if len(cs) == 0 {
		none := "  No tool call."
		if t.Calls > 0 {
			none = "  Its tool calls are no longer kept."
		}
		return append(lines, p.st.Muted.Render(none))
	}
	focus := callRow(cs, p.ui.inner)
	var foot []string
	if h >= 16 {
		foot = p.callFoot(cs[focus], w, max(1, min(6, h/6)))
	}
	title := fmt.Sprintf("CALLS %d", t.Calls)
	if len(cs) < t.Calls {
		title += fmt.Sprintf(", the newest %d kept", len(cs))
	}
	lines = append(lines, p.callList(cs, focus, title, false, w, h-len(lines)-len(foot))...)
	return append(lines, foot...)
}

// openTurn is the turn that is shown, with the size of the context before it (0 unknown).
func (p runPage) openTurn() (t monitor.TurnView, before model.Tokens, found bool) {
	for _, x := range p.d.Turns {
		switch {
		case keyOfTurn(x) == p.ui.turn:
			t, found = x, true
		case found && x.Thread == t.Thread && x.Number == t.Number-1:
			before = x.Context
		}
	}
	return t, before, found
}

// turnFacts are the facts of a turn, each with its label.
func (p runPage) turnFacts(t monitor.TurnView, before model.Tokens, w, h int) []string {
	st, g := p.st, p.st.Glyphs
	limit := 1
	if h >= 20 {
		limit = 3
	}
	var lines []string
	add := func(label string, phrases ...string) {
		ls := flow(phrases, 11, w, g)
		for i, l := range ls {
			if i == 0 && len(l) > 11 {
				l = "  " + st.Muted.Render(padRight(label, 9)) + l[11:]
			}
			lines = append(lines, l)
		}
	}
	if t.State != model.TurnRunning && t.State != model.TurnDone {
		text := t.State.String()
		if t.Reason != "" {
			text += ": " + safe(t.Reason)
		}
		add("Ended", st.Crit.Render(text))
	}
	add("Model", safe(modelText(t.Model, t.Effort, t.Tier)), agentPhrase(t.Agent))
	for i, l := range wrapText(safe(t.Prompt), w-11, limit, g) {
		if i == 0 {
			add("Prompt", l)
		} else {
			lines = append(lines, spaces(11)+l)
		}
	}
	used := usagePhrases(t.Usage, st)
	if t.Usage.Responses > 0 {
		used = append(used, st.Muted.Render(count(int(t.Usage.Responses), "response")))
	}
	add("Tokens", used...)
	if t.Usage.Responses > 0 || t.Cost.USD > 0 || t.Cost.Floor() {
		add("Cost", st.Bold.Render(dollars(t.Cost, g)))
	}
	if t.Context > 0 {
		grew := ""
		if before > 0 {
			grew = st.Muted.Render(signed(t.Context-before) + " since the turn before")
		}
		add("Context", percent(t.Percent)+" ("+tokens(t.Context)+")", grew)
	}
	add("Work", p.turnWork(t)...)
	return lines
}

// turnWork are a turn's calls, files and what went wrong, as phrases.
func (p runPage) turnWork(t monitor.TurnView) []string {
	st, g := p.st, p.st.Glyphs
	work := []string{count(t.Calls, "call")}
	if t.Failed > 0 {
		work = append(work, st.Crit.Render(fmt.Sprintf("%s %d failed", g.Failed, t.Failed)))
	}
	if t.Files > 0 {
		work = append(work, strings.TrimSpace(count(t.Files, "file change")+" "+changed(t.Added, t.Removed)))
	}
	if t.Compacted > 0 {
		work = append(work, count(t.Compacted, "compaction"))
	}
	if t.Unmetered > 0 {
		work = append(work, st.Warn.Render("! "+count(t.Unmetered, "unmetered attempt")+": the provider may bill "+them(t.Unmetered)))
	}
	return work
}

func agentPhrase(name string) string {
	if name == "" {
		return ""
	}
	return "by sub-agent " + safe(name)
}

// signed writes a change of tokens with its sign.
func signed(n model.Tokens) string {
	if n < 0 {
		return tokens(n)
	}
	return "+" + tokens(n)
}
