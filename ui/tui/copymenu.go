package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// copyMenu offers what can be copied of a run.
type copyMenu struct {
	name    string
	entries []copyEntry
	focus   int
}

// copyEntry is one text and what it is.
type copyEntry struct{ what, text string }

// newCopyMenu opens the menu for a run: session id, resume command, folder, row as text.
func newCopyMenu(run monitor.Run) copyMenu {
	run = safeRun(run)
	c := copyMenu{name: run.Name}
	id := safe(string(run.ID))
	c.entries = append(c.entries, copyEntry{"session id", id}, copyEntry{"resume command", resumeCommand(run)})
	if run.Cwd != "" {
		c.entries = append(c.entries, copyEntry{"folder", run.Cwd})
	}
	c.entries = append(c.entries, copyEntry{"row as text", rowText(run)})
	return c
}

// newExceptionCopies opens the menu for an exception.
func newExceptionCopies(e budget.Exception, s monitor.Snapshot) copyMenu {
	c := copyMenu{name: subject(e, s)}
	run, ok := runOf(s, e.Run)
	if command := adviceCommand(e.Advice, run); command != "" {
		c.entries = append(c.entries, copyEntry{adviceName(e.Advice), command})
	}
	c.entries = append(c.entries, copyEntry{"exception id", safe(e.ID)})
	if ok {
		c.entries = append(c.entries, copyEntry{"session id", safe(string(run.ID))}, copyEntry{"resume command", resumeCommand(run)})
	}
	text := subject(e, s) + ": " + what(e)
	if words := adviceWords(e.Advice); words != "" {
		text += "; recommended: " + words
	}
	c.entries = append(c.entries, copyEntry{"text", text})
	return c
}

// adviceName names the command of an advice.
func adviceName(a budget.Advice) string {
	switch a.Action {
	case "downgrade":
		return "downgrade"
	case "compact":
		return "compact"
	}
	return "take over"
}

// newBudgetCopies opens the menu for a budget.
func newBudgetCopies(b budget.Standing, s monitor.Snapshot) copyMenu {
	g := themes.Unicode()
	text := budgetName(b, s) + "  " + spentText(b, g) + " of " + limitText(b) + "  " + percent(b.Used)
	if f := forecastText(b, g); f != "" {
		text += "  " + f
	}
	c := copyMenu{name: budgetName(b, s), entries: []copyEntry{{"row as text", text}, {"check command", "tokenburn check --budget " + monitor.ShellWord(safe(b.Budget.Name))}}}
	if _, fix := holdsText(b, s); fix != "" {
		c.entries = append(c.entries, copyEntry{"what holds it", fix})
	}
	if s.PlanFile != "" {
		c.entries = append(c.entries, copyEntry{"settings file", safe(s.PlanFile)})
	}
	return c
}

// newDayCopies opens the menu for a day.
func newDayCopies(date time.Time, s monitor.Snapshot) copyMenu {
	day := inZone(date, s.Zone, time.DateOnly)
	c := copyMenu{name: day, entries: []copyEntry{{"as Markdown", "tokenburn day " + day + " --format md"}, {"as JSON", "tokenburn day " + day + " --json"}}}
	if d := s.Day; d != nil && d.Date.Equal(date) {
		c.entries = append(c.entries, copyEntry{"text", day + "  " + dollars(d.Cost, themes.Unicode()) + "  " + count(d.Runs, "run") + "  " + count(d.Turns, "turn")})
	}
	return c
}

// resumeCommand is what a person goes on with a run by. A codex exec goes on in
// Codex's own screen too: its command line would have to be told what to do, and
// what it may do.
func resumeCommand(run monitor.Run, flags ...string) string {
	return monitor.CommandLine(run.ShellHome, run.Cwd, aboutRun(run, append([]string{"codex", "resume"}, flags...)))
}

// aboutRun adds to a command which run it is about. The id is a file's word: it is
// never taken for an option.
func aboutRun(run monitor.Run, command []string) []string {
	id := safe(string(run.ID))
	if strings.HasPrefix(id, "-") {
		command = append(command, "--")
	}
	return append(command, id)
}

// rowText is a run in one line of plain text.
func rowText(r monitor.Run) string {
	g := themes.Unicode()
	parts := []string{r.Name, modelText(r.Model, r.Effort, r.Tier), r.State.String(), dollars(r.Cost, g), perHour(r.Rate, g)}
	if r.Percent >= 0 {
		parts = append(parts, "context "+percent(r.Percent))
	}
	return strings.Join(append(parts, safe(string(r.ID))), "  ")
}

// key moves or ends the menu.
func (c *copyMenu) key(k tea.KeyPressMsg, keys *keyMap) menuResult {
	res := menuOpen
	c.focus, res = menuKey(k, keys, c.focus, len(c.entries))
	if key.Matches(k, keys.Copy) {
		res = menuClosed
	}
	return res
}

// choice is the focused entry: what it is ("session id") and its text.
func (c copyMenu) choice() (what, text string) {
	if c.focus < 0 || c.focus >= len(c.entries) {
		return "", ""
	}
	e := c.entries[c.focus]
	return e.what, e.text
}

// View draws the menu as a box of at most width × height, to be laid over the screen.
func (c copyMenu) View(width, height int, st themes.Styles) string {
	g := st.Glyphs
	room := height - 2
	if height < 3 {
		room = height
	}
	from, to := visible(len(c.entries), c.focus, room)
	var lines []string
	for i := from; i < to; i++ {
		e := c.entries[i]
		lines = append(lines, menuRow(padRight(e.what, 15), cut(e.text, max(0, width-4-2-16), g), i == c.focus, min(width-4, 74), st))
	}
	return box("Copy "+c.name, lines, "enter copy "+g.Dot+" esc back", width, height, st)
}
