package tui

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// detailPanel draws the selected run beside the list. d is nil until the monitor has sent it.
func detailPanel(s monitor.Snapshot, run monitor.Run, d *monitor.RunDetail, width, height int, st themes.Styles) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if d != nil && d.ID != run.ID {
		d = nil
	}
	p := runPage{s: s, r: safeRun(run), d: d, st: st}
	lines := append(p.panelHead(width), p.exceptionLines(width, 2)...)
	gap := 0
	if height >= 26 {
		gap = 1
	}
	add := func(section []string) {
		if len(lines)+gap+len(section) > height {
			return
		}
		if gap > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, section...)
	}
	if facts := p.panelFacts(width, height); len(lines)+len(facts)+gap > height {
		lines = append(lines, facts...)
	} else {
		add(facts)
	}
	add(p.panelCost(width))
	add(p.panelContext(width, height))
	work := p.panelWork(width)
	if room := height - len(lines) - gap; room >= 3 {
		if most := room - gap - len(work); most >= 6 {
			room = most // both find a place
		}
		add(p.panelTurns(width, min(room, 13)))
	}
	add(work)
	return clip(lines, width, height)
}

// panelHead is the run's name, how it stands, and its task.
func (p runPage) panelHead(w int) []string {
	st, g := p.st, p.st.Glyphs
	mark := standing(p.r.State, st)
	state := p.r.State.String()
	if p.r.Reason != "" {
		state += ": " + p.r.Reason
	}
	lines := []string{
		ends(st.Bold.Render(p.r.Name), st.Muted.Render(shortID(string(p.r.ID))), w, g),
		cut(mark.style.Render(mark.text+" "+state), w, g),
	}
	if p.r.Title != "" && p.r.Title != p.r.Name {
		lines = append(lines, wrapText(p.r.Title, w, 2, g)...)
	}
	return lines
}

// panelFacts are what the run is: model, kind, folder, turn, agents.
func (p runPage) panelFacts(w, h int) []string {
	st, g := p.st, p.st.Glyphs
	var lines []string
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, st.Muted.Render(padRight(label, 8))+" "+cut(text, w-9, g))
		}
	}
	add("Model", modelText(p.r.Model, p.r.Effort, p.r.Tier))
	kind := p.r.Origin
	if kind == "" {
		kind = "codex"
	}
	if p.r.CLI != "" {
		kind += ", Codex " + p.r.CLI
	}
	add("Kind", kind)
	add("Owner", ownerText(p.r, p.s))
	for _, o := range ordersOf(p.s, p.r.ID) {
		add("Order", orderWords(o, p.s))
	}
	add("Dir", folder(p.r.Cwd, p.r.Branch, w-9, g))
	if h >= 16 {
		add("Project", p.r.Project)
	}
	add("Task", p.r.Task)
	add("Client", p.r.Client)
	turn := "none yet"
	if p.r.Turn > 0 {
		turn = fmt.Sprintf("%d", p.r.Turn)
		switch {
		case p.r.Pending != "":
			turn += ", runs " + p.r.Pending
		case p.r.Sampling:
			turn += ", model is sampling" + g.Ellipsis
		}
	}
	add("Turn", turn)
	if len(p.r.Threads) > 1 {
		agents := fmt.Sprintf("%d", len(p.r.Threads)-1)
		if p.r.LiveAgents > 0 {
			agents += fmt.Sprintf(", %d live", p.r.LiveAgents)
		}
		add("Agents", agents)
	}
	return lines
}

// folder is a path cut from its front, where it tells least, with its branch.
func folder(cwd, branch string, w int, g themes.Glyphs) string {
	if branch != "" {
		branch = " (" + cut(branch, max(8, w/2), g) + ")"
	}
	room := max(4, w-cells(branch))
	for cells(cwd) > room {
		_, rest, ok := strings.Cut(strings.TrimPrefix(cwd, g.Ellipsis+"/"), "/")
		if !ok || rest == "" {
			return cut(cwd, room, g) + branch
		}
		cwd = g.Ellipsis + "/" + rest
	}
	return cwd + branch
}

// shortID is an id's first two groups: enough to name a run.
func shortID(id string) string {
	if len(id) > 13 {
		return id[:13]
	}
	return id
}

func (p runPage) panelCost(w int) []string {
	st, g := p.st, p.st.Glyphs
	lines := []string{rule("COST", dollars(p.r.Cost, g), w, st)}
	if p.r.Cost.USD != 0 {
		lines = append(lines, p.panelSplit(w)...)
	}
	if line := p.budgetLine(w); line != "" {
		lines = append(lines, line)
	}
	lines = append(lines, flow(p.kindPhrases(), 2, w, g)...)
	lines = append(lines, flow(usagePhrases(p.r.Usage, st), 2, w, g)...)
	lines = append(lines, flow([]string{perHour(p.r.Rate, g) + " now", dollars(p.r.TodayCost, g) + " today"}, 2, w, g)...)
	return append(lines, flow(shortCaveats(p.r, st), 2, w, g)...)
}

// panelSplit is the cost by kind of token.
func (p runPage) panelSplit(w int) []string {
	st, g := p.st, p.st.Glyphs
	var lines []string
	dot := st.Muted.Render(" " + g.Dot)
	phrases := []string{st.Muted.Render("input") + " " + money(p.r.Split.Input) + dot, st.Muted.Render("cached") + " " + money(p.r.Split.Cached) + dot}
	if p.r.Split.CacheWrite > 0 {
		phrases = append(phrases, st.Muted.Render("cache write")+" "+money(p.r.Split.CacheWrite)+dot)
	}
	phrases = append(phrases, st.Muted.Render("output")+" "+money(p.r.Split.Output))
	for _, l := range flow(phrases, 2, w, g) {
		lines = append(lines, strings.TrimSuffix(strings.ReplaceAll(l, dot+"  ", dot+" "), dot))
	}
	return lines
}

func (p runPage) panelContext(w, h int) []string {
	st := p.st
	right := ""
	if p.r.Percent >= 0 {
		right = percent(p.r.Percent) + " of " + tokens(p.r.Window)
	}
	lines := []string{rule("CONTEXT", right, w, st)}
	if p.r.Context <= 0 {
		return append(lines, st.Muted.Render("  unknown until the first response"))
	}
	used := tokens(p.r.Context)
	if p.r.Percent >= 0 && w >= 16 {
		lines = append(lines, "  "+gauge(p.r.Percent, w-4-cells(used)-1, st)+" "+used)
	} else {
		lines = append(lines, "  "+used+", window unknown")
	}
	if p.d != nil && len(p.d.Context) > 1 && w >= 16 && h >= 20 {
		lines = append(lines, "  "+p.contextSpark(w-4))
	}
	grew := growth(p.d)
	if p.r.Compacted > 0 && !strings.HasPrefix(grew, "compacted") {
		if grew != "" {
			grew += ", "
		}
		grew += "compacted " + count(p.r.Compacted, "time")
	}
	if grew != "" {
		lines = append(lines, cut("  "+grew, w, st.Glyphs))
	}
	return lines
}

// contextSpark is the context after each response, scaled to the window.
func (p runPage) contextSpark(w int) string {
	st, n := p.st, len(p.st.Glyphs.Spark)
	top := p.r.Window
	for _, c := range p.d.Context {
		top = max(top, c.Tokens)
	}
	pl := plot{points: p.d.Context, value: func(c monitor.ContextPoint) float64 { return float64(c.Tokens) }}
	w = min(w, max(len(p.d.Context), 12))
	var b strings.Builder
	for _, j := range pl.spread(w) {
		l := min(n-1, int(float64(p.d.Context[j].Tokens)/float64(max(1, top))*float64(n)))
		b.WriteString(st.Glyphs.Spark[max(0, l)])
	}
	return st.Chart[0].Render(b.String())
}

// panelWork is what the run did: calls and files.
func (p runPage) panelWork(w int) []string {
	st, g := p.st, p.st.Glyphs
	calls := count(p.r.Calls, "call")
	if p.r.Failed > 0 {
		calls += ", " + st.Warn.Render(fmt.Sprintf("%s %d failed", g.Failed, p.r.Failed))
	}
	phrases := []string{calls}
	if p.r.Files > 0 {
		phrases = append(phrases, strings.TrimSpace(count(p.r.Files, "file change")+" "+changed(p.r.Added, p.r.Removed)))
	}
	phrases = append(phrases, p.sinceChange())
	return append([]string{rule("OUTPUT", "", w, st)}, flow(phrases, 2, w, g)...)
}

// panelTurns lists the newest turns.
func (p runPage) panelTurns(w, h int) []string {
	st, g := p.st, p.st.Glyphs
	lines := []string{rule("LAST TURNS", "enter", w, st)}
	switch {
	case p.d == nil:
		return append(lines, st.Muted.Render("  reading"+g.Ellipsis))
	case len(p.d.Turns) == 0:
		return append(lines, st.Muted.Render("  none yet"))
	}
	for _, t := range p.d.Turns[:min(len(p.d.Turns), h-1)] {
		mark := turnSign(t.State, st)
		spent := dollars(t.Cost, g)
		if t.State == model.TurnRunning && t.Usage.Responses == 0 {
			spent = g.Ellipsis
		}
		room := w - 2 - 4 - 1 - 1 - 2 - 8
		lines = append(lines, mark.style.Render(fit(mark.text, 1, g))+" "+st.Muted.Render(padLeft(fmt.Sprintf("%d", t.Number), 4))+"  "+
			fit(p.turnWhat(t), room, g)+padLeft(spent, 8))
	}
	return lines
}
