package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

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
	step := 0
	switch {
	case key.Matches(k, m.keys.Up):
		step = -1
	case key.Matches(k, m.keys.Down):
		step = 1
	case key.Matches(k, m.keys.PageUp):
		step = -page
	case key.Matches(k, m.keys.PageDown):
		step = page
	case key.Matches(k, m.keys.Home):
		step = -1 << 30
	case key.Matches(k, m.keys.End):
		step = 1 << 30
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

// budgetList draws the budgets in h lines at most, the selected one among them.
func budgetList(s monitor.Snapshot, x budgetState, w, h int, st themes.Styles) []string {
	var lines []string
	var rows [][]string
	focus := x.row(s)
	if h >= 4 {
		legend := ""
		if w >= excWide {
			legend = st.Glyphs.Pace + " where the plan expects it"
		}
		lines = append(lines, rule(fmt.Sprintf("LIMITS %d", len(s.Budgets)), legend, w, st))
	}
	t := newGrid([]gridCol{
		{title: "BUDGET", w: 14, rank: 0, left: true, flex: true}, {title: "PERIOD", w: 6, rank: 7, left: true, spare: 4}, {title: "SPENT", w: 8, rank: 1}, {title: "LIMIT", w: 8, rank: 2},
		{title: "%", w: 5, rank: 1}, {title: "", w: 12, rank: 3, left: true}, {title: "FORECAST", w: 9, rank: 4}, {title: "REACHED", w: 9, rank: 6}, {title: "HOLDS", w: 12, rank: 5, left: true, spare: 3},
	}, w)
	for i, b := range s.Budgets {
		if w >= excWide {
			rows = append(rows, []string{budgetRow(t, b, s, i == focus, st)})
			continue
		}
		rows = append(rows, budgetCard(b, s, i == focus, w, st))
	}
	if w >= excWide && h >= 5 {
		lines = append(lines, t.header(st))
	}
	return append(lines, window(rows, focus, max(1, h-len(lines)))...)
}

func budgetRow(t grid, b budget.Standing, s monitor.Snapshot, selected bool, st themes.Styles) string {
	rs, g := rowStyles(st, selected), st.Glyphs
	used := rs.Text
	if b.Used >= 75 {
		used = gaugeStyle(b.Used, rs)
	}
	period := b.Budget.Period.Name
	if b.Budget.Period.Milestone() {
		period = "dates"
	}
	bar := ""
	if t.widths[5] > 0 {
		bar = paceGauge(b.Used, pace(b), t.widths[5], rs)
	}
	sign := budgetSign(b, rs)
	return t.row([]gridCell{
		{spaces(2*depth(b, s.Budgets)) + budgetName(b, s), rs.Bold}, {period, rs.Muted}, {spentText(b, g), rs.Text}, {limitText(b), rs.Text}, {percent(b.Used), used},
		{bar, lipgloss.NewStyle()}, {forecastText(b, g), rs.Text}, {dayTime(b.Exhausts, s), rs.Text}, {b.Enforced.String(), rs.Muted},
	}, sign, selected, st)
}

// budgetCard is a budget in two lines of a narrow screen.
func budgetCard(b budget.Standing, s monitor.Snapshot, selected bool, w int, st themes.Styles) []string {
	rs, g := rowStyles(st, selected), st.Glyphs
	mark := " "
	if selected {
		mark = g.Select
	}
	sign := budgetSign(b, rs)
	right := spentText(b, g) + " of " + limitText(b)
	name := fit(budgetName(b, s), max(1, w-4-cells(right)), g)
	first := rs.Accent.Render(mark) + sign.style.Render(fit(sign.text, 1, g)) + rs.Bold.Render(" "+name) + rs.Text.Render(" "+right)
	numbers := padLeft(percent(b.Used), 5)
	if f := forecastText(b, g); f != "" && w >= 30 {
		numbers += " " + padLeft(f, 9)
	}
	second := rs.Text.Render("   ") + paceGauge(b.Used, pace(b), max(0, w-3-cells(numbers)), rs) + rs.Text.Render(numbers)
	return []string{finishRow(first, w, st, selected), finishRow(second, w, st, selected)}
}

// budgetFacts is all that is known of the selected budget.
func budgetFacts(b budget.Standing, s monitor.Snapshot, w, h int, st themes.Styles) []string {
	g, u := st.Glyphs, b.Budget.Limit.Unit
	lines := []string{"", rule(cut(budgetName(b, s), max(8, w/2), g), b.Enforced.String(), w, st)}
	add := func(label, text string) { lines = append(lines, fact(label, text, 2, w, st)...) }
	for _, a := range b.Alerts {
		sign := st.Glyphs.Warning
		if a.Tier == budget.Hard || !a.Notice && (a.Tier == budget.PageFast || a.Tier == budget.PageSlow) {
			sign = g.Critical
		}
		text := sign + " " + safe(strings.ReplaceAll(string(a.Tier), "-", " ")) + " since " + dayTime(a.Since, s) + ": " + safe(a.Text)
		if runs := topRuns(a, s); runs != "" {
			text += "; most by " + runs
		}
		add("Alert", text)
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
	} else if !b.Budget.Period.Calendar() {
		reached = ""
	}
	add("Reached", reached)
	counts := b.Budget.Scope.String() + ", by " + b.Budget.Period.Name
	if b.Budget.Period.Milestone() {
		counts = b.Budget.Scope.String() + ", " + b.Budget.Period.String()
	}
	if b.Budget.Parent != "" {
		counts += ", a part of " + b.Budget.Parent
		if b.Budget.Share > 0 {
			counts += " (" + percent(100*b.Budget.Share) + ")"
		}
	}
	add("Counts", safe(counts))
	add("At limit", atLimit(b))
	if b.Budget.Line > 0 {
		file := b.Budget.File
		if file == "" {
			file = s.PlanFile
		}
		add("Set in", strings.TrimPrefix(fmt.Sprintf("%s, line %d", safe(file), b.Budget.Line), ", "))
	}
	return lines
}

// atLimit says what is told on the way and done at the limit.
func atLimit(b budget.Standing) string {
	text := [...]string{"notify", "ask", "gate: refuse further requests", "stop"}[min(b.Budget.AtLimit, budget.Stop)]
	if b.Enforced == budget.Advisory && b.Budget.AtLimit >= budget.Gate {
		text += ", but nothing holds it now"
	}
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
