package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// budgetKey names a budget's standing for as long as its period lasts.
type budgetKey struct{ name, key string }

func keyOfBudget(b budget.Standing) budgetKey { return budgetKey{b.Budget.Name, b.Key} }

// budgetState is what the user chose on the screen of budgets; the zero key is the first row.
type budgetState struct{ key budgetKey }

func (x budgetState) row(s monitor.Snapshot) int {
	for i, b := range s.Budgets {
		if keyOfBudget(b) == x.key {
			return i
		}
	}
	return 0
}

// standing is the selected budget's.
func (x budgetState) standing(s monitor.Snapshot) (budget.Standing, bool) {
	if len(s.Budgets) == 0 {
		return budget.Standing{}, false
	}
	return s.Budgets[x.row(s)], true
}

func (m Model) budgetsKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	step, moves := m.keys.step(k, page)
	switch {
	case moves:
	case key.Matches(k, m.keys.Back):
		m.screen = screenMain
		return m, nil
	case key.Matches(k, m.keys.Open):
		return m.openBudget(), nil
	default:
		return m.everywhere(k)
	}
	if n := len(m.snap.Budgets); n > 0 {
		m.budgets.key = keyOfBudget(m.snap.Budgets[clampRow(m.budgets.row(m.snap)+step, n)])
	}
	return m, nil
}

// openBudget goes to what a budget has raised, or to the run that it is for.
func (m Model) openBudget() Model {
	b, ok := m.budgets.standing(m.snap)
	if !ok {
		return m
	}
	if e, is := budgetException(m.snap, b); is {
		m.exc.id, m.exc.open, m.exc.clue, m.screen = e.ID, true, 0, screenExceptions
		return m
	}
	if r, is := runOf(m.snap, model.RunID(b.Key)); is && b.Key != "" && b.Budget.Period.Name == budget.Run {
		m.run, m.screen, m.home = newRunState(r.ID), screenRun, screenBudgets
		return m
	}
	m.flash = "this budget has raised no exception"
	return m
}

// budgetRun is the run that a budget is about: its own, or that of the exception that it raised;
// "" where it is about many.
func budgetRun(b budget.Standing, s monitor.Snapshot) model.RunID {
	if b.Budget.Period.Name == budget.Run && b.Key != "" {
		return model.RunID(b.Key)
	}
	if e, ok := budgetException(s, b); ok {
		return e.Run
	}
	return ""
}

// budgetsScreen draws the budgets, the plan windows and the selected budget's facts.
func budgetsScreen(s monitor.Snapshot, x budgetState, w, h int, st themes.Styles) string {
	right := ""
	if s.PlanFile != "" {
		right = safe(s.PlanFile)
		if cells(right)+24 > w {
			right = ""
		}
	}
	lines := []string{screenHead("Budgets", right, s, w, st)}
	if line := gateLine(s, w, st); line != "" && h >= 12 {
		lines = append(lines, line)
	}
	if h < 3 && len(s.Budgets) > 0 {
		return clip(budgetList(s, x, w, h, st), w, h)
	}
	if len(s.Budgets) == 0 {
		return clip(append(lines, noBudgets(s, w, h-1, st)...), w, h)
	}
	windows := planWindows(s, w, st)
	b, _ := x.standing(s)
	facts := budgetFacts(b, s, w, h, st)
	room := h - len(lines)
	rows, each := len(s.Budgets)+2, 1
	if w < excWide {
		rows, each = 2*len(s.Budgets)+1, 2
	}
	least := min(rows, max(2+2*each, room/3))
	if room-least < len(facts)+len(windows) {
		windows = nil
	}
	if room-least < len(facts) {
		facts = facts[:max(0, min(len(facts), room-least))]
		if len(facts) < 3 {
			facts = nil
		}
	}
	lines = append(lines, budgetList(s, x, w, room-len(facts)-len(windows), st)...)
	return clip(append(append(lines, facts...), windows...), w, h)
}

// noBudgets says how to come to budgets.
func noBudgets(s monitor.Snapshot, w, h int, st themes.Styles) []string {
	file := safe(s.PlanFile)
	if file == "" {
		file = "tokenburn config path"
	}
	lines := []string{
		"", "  No budgets yet: nothing is judged against a limit.", "",
		"  " + st.Key.Render("tokenburn init") + "   " + st.Muted.Render("proposes limits from your last 30 days"),
		"  " + st.Muted.Render("or add one to the settings file ("+file+"):"), "",
		"      [[budget]]", "      name = \"month\"", "      period = \"month\"", "      limit = \"$400\"", "",
	}
	for i := range lines {
		lines[i] = cut(lines[i], w, st.Glyphs)
	}
	if windows := planWindows(s, w, st); len(lines)+len(windows) <= h {
		lines = append(lines, windows...)
	}
	return lines
}

// planWindows are the windows of the plan, which only Codex's provider can change.
func planWindows(s monitor.Snapshot, w int, st themes.Styles) []string {
	if len(s.Limits) == 0 {
		return nil
	}
	lines := strings.Split(windowsPanel(s, w, 1+len(s.Limits), st), "\n")
	lines[0] = rule("PLAN LIMITS (from Codex)", "read only", w, st)
	return append([]string{""}, lines...)
}

// depth is how many envelopes a budget is inside of.
func depth(b budget.Standing, all []budget.Standing) int {
	n, parent := 0, b.Budget.Parent
	for parent != "" && n < 4 {
		n++
		next := ""
		for _, o := range all {
			if o.Budget.Name == parent {
				next = o.Budget.Parent
				break
			}
		}
		parent = next
	}
	return n
}

// budgetName names a standing: its budget, and the run or task that it is for.
func budgetName(b budget.Standing, s monitor.Snapshot) string {
	name := safe(b.Budget.Name)
	if b.Key != "" {
		key := safe(b.Key)
		if r, ok := runOf(s, model.RunID(b.Key)); ok {
			key = safe(r.Name)
		} else if b.Budget.Period.Name == budget.Run {
			key = shortID(key)
		}
		name += " " + key
	}
	return name
}

// budgetSign marks a budget by the worst that it has raised.
func budgetSign(b budget.Standing, st themes.Styles) gridCell {
	sign := gridCell{"", st.Muted}
	if b.Exceeded() {
		sign = gridCell{st.Glyphs.Critical, st.Crit}
	}
	for _, a := range b.Alerts {
		switch {
		case a.Tier == budget.Hard, (a.Tier == budget.PageFast || a.Tier == budget.PageSlow) && !a.Notice:
			return gridCell{st.Glyphs.Critical, st.Crit}
		case sign.text == "" && (a.Tier != budget.Threshold || a.Percent >= 75):
			sign = gridCell{st.Glyphs.Warning, st.Warn}
		}
	}
	return sign
}
