package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

type budgetsFlags struct {
	json, all bool
	explain   string
}

// budgets is the command that tells how all budgets stand.
func (a *app) budgets() *cobra.Command {
	var f budgetsFlags
	c := &cobra.Command{
		Use:   "budgets",
		Short: "How the budgets stand: spent, limit, forecast, and when they end",
		Long: "Judges all budgets of the settings, and of the .tokenburn.toml of repositories, as of now. " +
			"A budget is enforced where something holds it by itself, else advisory; without data nothing that it counts was ever seen. " +
			"See docs/budgets.md.",
		Example: "tokenburn budgets\ntokenburn budgets --json\ntokenburn budgets --explain \"acme month\"",
		Args:    noArgs,
		RunE:    a.do(func(cmd *cobra.Command, _ []string) error { return a.runBudgets(cmd.Context(), f) }),
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON (docs/json.md)")
	c.Flags().BoolVar(&f.all, "all", false, "list all runs and tasks that spent something lately, not the dearest five of a budget")
	c.Flags().StringVar(&f.explain, "explain", "", "show where each number of this budget comes from")
	_ = c.RegisterFlagCompletionFunc("explain", a.completeBudget)
	return c
}

// completeBudget offers the names of budgets.
func (a *app) completeBudget(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	if a.prepare() != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	p, err := a.settings.Plan(nil, a.home())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, b := range p.Budgets {
		names = append(names, b.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) runBudgets(ctx context.Context, f budgetsFlags) error {
	if f.explain != "" {
		return a.explainBudget(ctx, f.explain, f.json)
	}
	d, err := a.judgeNow(ctx)
	switch {
	case err != nil:
		return err
	case f.json:
		return writeJSON(a.out, toBudgetsJSON(d, a.zoneName(d.clock.Zone)))
	case len(d.plan.Budgets) == 0:
		err = a.print(noBudgets + "\n")
	default:
		err = a.print(budgetsText(d, budgetsView{a.styles(), a.width(), f.all}))
	}
	a.say(d.warnings)
	return err
}

// say writes warnings to stderr.
func (a *app) say(warnings []string) {
	for i, w := range warnings {
		if i == maxWarnings {
			fmt.Fprintf(a.err, "tokenburn: %d more warnings; see: tokenburn doctor\n", len(warnings)-i)
			return
		}
		fmt.Fprintf(a.err, "tokenburn: %s\n", w)
	}
}

// budgetsView is how the table is drawn.
type budgetsView struct {
	st    themes.Styles
	width int
	all   bool
}

// keyedShown is how many runs or tasks of one budget are listed.
const keyedShown = 5

// budgetsText draws the table of standings and what is wrong with them.
func budgetsText(d *judged, v budgetsView) string {
	t := table{columns: []column{
		{Title: "BUDGET", Min: 16, Max: 44},
		{Title: "FOR", Min: 13, Max: 13, Drop: 6},
		{Title: "SPENT", Right: true},
		{Title: "LIMIT", Right: true, Drop: 1},
		{Title: "USED", Right: true},
		{Title: "FORECAST", Right: true, Drop: 3},
		{Title: "10% TO 90%", Right: true, Drop: 5},
		{Title: "REACHED", Drop: 2},
		{Title: "HOLDS", Drop: 4},
	}}
	left, shown := map[string]int{}, map[string]int{}
	var alerts []string
	for _, s := range d.standings {
		name := s.Budget.Name
		if shown[name]++; s.Key != "" && shown[name] > keyedShown && !v.all && !s.Exceeded() {
			left[name]++
			continue
		}
		t.add(budgetCells(s, d, v.st.Glyphs)...)
		for _, al := range worst(s) {
			alerts = append(alerts, alertLine(s, al, d, v))
		}
	}
	var b strings.Builder
	b.WriteString(t.text(v.width, v.st))
	for _, bud := range d.plan.Budgets {
		if n := left[bud.Name]; n > 0 {
			b.WriteString(wrap(fmt.Sprintf("%s: %s more, see --all", bud.Name, plural(int64(n), bud.Period.Name)), v.width) + "\n")
		}
	}
	if len(alerts) > 0 {
		b.WriteString("\n" + strings.Join(alerts, "\n") + "\n\n")
	}
	b.WriteString(wrap(holdsText(d.standings), v.width) + "\n")
	b.WriteString(wrap("Dollars are at API list prices; where a plan pays they are an API-equivalent.", v.width) + "\n")
	return b.String()
}

// holdsText counts the budgets by what holds them.
func holdsText(all []budget.Standing) string {
	names := map[budget.Enforcement]map[string]bool{}
	for _, s := range all {
		if names[s.Enforced] == nil {
			names[s.Enforced] = map[string]bool{}
		}
		names[s.Enforced][s.Budget.Name] = true
	}
	var parts []string
	for _, e := range []budget.Enforcement{budget.Enforced, budget.Advisory, budget.NoData} {
		if n := len(names[e]); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, e))
		}
	}
	return "Budgets: " + strings.Join(parts, ", ") + "."
}

// worst gives the alerts that are worth a line beside the table: of the pages one,
// where the limit is not reached anyway, and thresholds only of what has an end, where nothing says more.
func worst(s budget.Standing) []budget.Alert {
	var all []budget.Alert
	paged := s.Exceeded()
	for _, al := range s.Alerts {
		page := al.Tier == budget.PageFast || al.Tier == budget.PageSlow
		if page && paged || al.Tier == budget.Threshold && (len(s.Alerts) > 1 || !s.Budget.Period.Calendar()) {
			continue
		}
		paged = paged || page
		all = append(all, al)
	}
	return all
}

// budgetCells are the cells of one standing.
func budgetCells(s budget.Standing, d *judged, g themes.Glyphs) []string {
	u := s.Budget.Limit.Unit
	forecast, band := "-", "-"
	if f := s.Forecast; f.Known && s.Enforced != budget.NoData {
		forecast = g.Approx + rough(u, f.P50)
		low, _, _ := strings.Cut(rough(u, f.P10), " ") // the unit stands in the column before
		high, _, _ := strings.Cut(rough(u, f.P90), " ")
		band = low + " to " + high
	}
	return []string{keyedName(s, d), periodText(s.Budget.Period), spentText(s, g), u.Format(s.Limit), usedText(s, g), forecast, band,
		reachedText(s, d.clock), s.Enforced.String()}
}

// rough writes an amount that is only expected: large ones without cents.
func rough(u budget.Unit, n int64) string {
	const dollar = int64(price.Dollar)
	if u != budget.USD || n < 100*dollar {
		return u.Format(n)
	}
	return strings.TrimSuffix(u.Format((n/dollar+n%dollar/(dollar/2))*dollar), ".00")
}

// periodText is the period's word, or the last day of a milestone.
func periodText(p budget.Period) string {
	if p.Milestone() {
		return "to " + p.To.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return p.String()
}

// keyedName is the budget's name, after the run or task that it stands for.
func keyedName(s budget.Standing, d *judged) string {
	name := s.Budget.Name
	switch {
	case s.Key == "":
		return name
	case s.Budget.Period.Name == budget.Run:
		return runName(model.RunID(s.Key), d) + ", " + name
	}
	return model.Clean(s.Key, 60) + ", " + name
}

// runName is the title of a run and the beginning of its id.
func runName(id model.RunID, d *judged) string {
	short := report.Label(string(id))
	if len(short) > 13 {
		short = short[:13] // what tells runs of one time apart
	}
	if title := ansi.Truncate(d.names[id], 28, ".."); title != "" {
		return short + " " + title
	}
	return short
}

func spentText(s budget.Standing, g themes.Glyphs) string {
	text := s.Budget.Limit.Unit.Format(s.Spent)
	switch {
	case s.Enforced == budget.NoData:
		return "-"
	case s.Floor && g.ASCII:
		return ">=" + text
	case s.Floor:
		return g.AtLeast + text
	}
	return text
}

// usedText is the percentage with a sign: over the limit, or near it.
func usedText(s budget.Standing, g themes.Glyphs) string {
	if s.Enforced == budget.NoData {
		return "-"
	}
	text := fmt.Sprintf("%.0f%%", s.Used)
	switch {
	case s.Limit == 0 && s.Upper > 0:
		text = "over"
	case s.Used < 100 && text == "100%":
		text = "99%" // not before it is
	}
	switch {
	case s.Floor && g.ASCII:
		text = ">=" + text
	case s.Floor:
		text = g.AtLeast + text
	}
	switch {
	case s.Exceeded():
		return g.Critical + " " + text
	case s.Used >= 80:
		return g.Warning + " " + text
	}
	return text
}

// reachedText says when the limit is or was reached.
func reachedText(s budget.Standing, c model.Clock) string {
	switch {
	case s.Exhausts.IsZero():
		return "-"
	case s.Exceeded():
		return "since " + stampText(s.Exhausts, c)
	}
	return "in " + waitText(s.Exhausts.Sub(c.Now))
}

// stampText is a time of today, or else a date.
func stampText(t time.Time, c model.Clock) string {
	t = t.In(c.Zone)
	if t.Format(time.DateOnly) == c.Now.In(c.Zone).Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format(time.DateOnly)
}

func waitText(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "a minute"
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// alertLine is one alert in words, with the runs that it comes from.
func alertLine(s budget.Standing, al budget.Alert, d *judged, v budgetsView) string {
	sign, style := v.st.Glyphs.Warning, v.st.Warn
	if al.Tier == budget.Hard || al.Tier == budget.PageFast || al.Tier == budget.PageSlow || al.Tier == budget.Urgent {
		sign, style = v.st.Glyphs.Critical, v.st.Crit
	}
	if al.Notice {
		sign, style = v.st.Glyphs.Working, v.st.Info
	}
	text := fmt.Sprintf("%s %s: %s (%s)", sign, keyedName(s, d), al.Text, al.Tier)
	if len(al.TopRuns) > 0 && s.Budget.Period.Name != budget.Run && al.Tier != budget.Threshold {
		var parts []string
		for _, p := range al.TopRuns {
			parts = append(parts, fmt.Sprintf("%s %s", s.Budget.Limit.Unit.Format(p.Amount), runName(p.Run, d)))
		}
		text += "; most by " + strings.Join(parts, ", ")
	}
	var lines []string
	for line := range strings.SplitSeq(wrap(text, v.width), "\n") {
		lines = append(lines, style.Render(line))
	}
	return strings.Join(lines, "\n")
}
