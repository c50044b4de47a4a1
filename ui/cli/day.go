package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

type dayFlags struct {
	json, week, month, pullRequests bool
	format, client                  string
}

// dayFormats are the words of --format.
var dayFormats = [...]string{"text", "md", "csv", "json"}

// day is the command that gives a day's account, or a client's statement.
func (a *app) day() *cobra.Command {
	var f dayFlags
	c := &cobra.Command{
		Use:   "day [DATE]",
		Short: "A day's account: spend against budget and the usual day, and what it produced",
		Long: "Tells what a day was spent on and what came of it: files, tests that were mended, and the commits that hold the changes, " +
			"linked by repository, time and paths (docs/output.md). Repositories are read with git, on this machine only; --pull-requests asks gh, which goes to the network. " +
			"DATE is a date (2026-11-23), today or yesterday. " +
			"With --client, --format md and csv give a statement for that client: its spend by day, project and task.",
		Example: "tokenburn day\ntokenburn day yesterday --format md\ntokenburn day 2026-11-23 --week --json\n" +
			"tokenburn day --month --client acme --format csv > acme.csv",
		Args: cobra.MaximumNArgs(1),
		RunE: a.do(func(cmd *cobra.Command, args []string) error {
			date := "today"
			if len(args) > 0 {
				date = args[0]
			}
			return a.runDay(cmd.Context(), date, f)
		}),
		ValidArgsFunction: cobra.FixedCompletions([]string{"today", "yesterday"}, cobra.ShellCompDirectiveNoFileComp),
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON (docs/json.md); the same as --format json")
	c.Flags().StringVar(&f.format, "format", "", "text, md or json; with --client also csv")
	c.Flags().BoolVar(&f.week, "week", false, "the week that DATE lies in, from Monday on")
	c.Flags().BoolVar(&f.month, "month", false, "the month that DATE lies in")
	c.Flags().BoolVar(&f.pullRequests, "pull-requests", false, "count your merged pull requests, which asks gh and the network")
	c.Flags().StringVar(&f.client, "client", "", "only this client's runs")
	c.MarkFlagsMutuallyExclusive("json", "format")
	c.MarkFlagsMutuallyExclusive("week", "month")
	fixed(c, "format", dayFormats[:]...)
	_ = c.RegisterFlagCompletionFunc("client", a.completeClient)
	return c
}

// completeClient offers the names of the settings' clients.
func (a *app) completeClient(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	if a.prepare() != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	p, err := a.settings.Plan(nil, a.home())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return clientNames(p), cobra.ShellCompDirectiveNoFileComp
}

func clientNames(p budget.Plan) []string {
	var names []string
	for _, c := range p.Clients {
		names = append(names, c.Name)
	}
	return names
}

func (a *app) runDay(ctx context.Context, date string, f dayFlags) error {
	if f.json {
		f.format = "json"
	}
	switch {
	case f.format == "":
		f.format = "text"
	case !slices.Contains(dayFormats[:], f.format):
		return usagef("", "--format %s: want one of %s", model.Clean(f.format, 40), strings.Join(dayFormats[:], ", "))
	case f.format == "csv" && f.client == "":
		return usagef("For all of it as CSV: tokenburn usage --csv --by day", "--format csv is a client's statement: name one with --client")
	}
	q, err := a.dayQuery(date, f)
	if err != nil {
		return err
	}
	d := &judged{clock: a.clock()}
	if err := a.planOf(ctx, &q, d); err != nil {
		return err
	}
	a.byHand(ctx, &q, d)
	if err := knownClient(f.client, q); err != nil {
		return err
	}
	if f.client != "" && (f.format == "md" || f.format == "csv") {
		return a.statement(ctx, q, f, d)
	}
	return a.accountOf(ctx, q, f, d)
}

// dayQuery reads the date and the span that is asked for.
func (a *app) dayQuery(date string, f dayFlags) (monitor.DayQuery, error) {
	clock := a.clock()
	q := monitor.DayQuery{Client: f.client, PullRequests: f.pullRequests}
	at, err := report.Since(date, clock)
	if _, odd := time.Parse(time.DateOnly, date); err != nil || odd != nil && !slices.Contains([]string{"today", "yesterday"}, strings.ToLower(date)) {
		return q, usagef("", "invalid date %q: want a date (2026-11-23), today or yesterday", model.Clean(date, 60))
	}
	y, m, day := at.Date()
	if at.After(clock.Now) {
		return q, usagef("", "%s is yet to come", at.Format(time.DateOnly))
	}
	switch {
	case f.week:
		day += 6 - (int(at.Weekday())+6)%7
		q.Days = 7
	case f.month:
		q.Days = time.Date(y, m+1, 0, 12, 0, 0, 0, time.UTC).Day()
		day = q.Days
	}
	q.Date = budget.Midnight(y, m, day, clock.Zone)
	return q, nil
}

// planOf reads the history that the account stands on, and the plan with what
// the repositories in it add. Where those need more history, it is read again.
func (a *app) planOf(ctx context.Context, q *monitor.DayQuery, d *judged) error {
	var err error
	if q.Plan, err = a.settings.Plan(d.clock.Zone, a.home()); err != nil {
		return err
	}
	for range 2 {
		since := q.Since(d.clock)
		if d.history, err = monitor.Load(ctx, a.options(), monitor.Range{ModifiedSince: since}); err != nil {
			return err
		}
		planned := a.planner().load(d.history.Repositories())
		d.warnings = nil
		for _, n := range planned.Problems {
			d.warnings = append(d.warnings, model.Clean(n.Text, 400))
		}
		q.Plan = planned.Plan
		if !q.Since(d.clock).Before(since) || since.IsZero() {
			break
		}
	}
	d.plan, q.History = q.Plan, d.history
	return nil
}

// knownClient refuses a client that neither the settings nor a label names.
func knownClient(name string, q monitor.DayQuery) error {
	names := clientNames(q.Plan)
	for _, l := range q.Labels {
		if l.Client != "" && !slices.Contains(names, l.Client) {
			names = append(names, l.Client)
		}
	}
	if name == "" || slices.Contains(names, name) {
		return nil
	}
	slices.Sort(names)
	hint := "There are none in the settings: a [[client]] has a name and its projects."
	if len(names) > 0 {
		hint = "There are: " + strings.Join(names, ", ")
	}
	return &notFoundError{fmt.Sprintf("there is no client %q", model.Clean(name, 60)), hint}
}

// accountOf prints the day's account.
func (a *app) accountOf(ctx context.Context, q monitor.DayQuery, f dayFlags, j *judged) error {
	a.found(ctx, &q, j)
	d, h, err := monitor.ReadDay(ctx, a.options(), q)
	if err != nil {
		return err
	}
	for _, p := range h.Problems {
		j.warnings = append(j.warnings, problemText(p))
	}
	if f.client == "" {
		from, to := monitor.DayInput{Date: q.Date, Days: q.Days, Zone: j.clock.Zone}.Bounds()
		if note := a.measuredNote(ctx, from, to); note != "" {
			d.Notes = append(d.Notes, note)
		}
	}
	view := report.DayView{Styles: a.styles(), Width: a.width(), PricesAsOf: a.prices().AsOf, Client: f.client}
	switch f.format {
	case "json":
		return writeJSON(a.out, toDayJSON(d, f, j.clock.Now, a.zoneName(j.clock.Zone), j.warnings))
	case "md":
		_, err = io.WriteString(a.out, report.DayMarkdown(d, view))
	default:
		err = a.print(report.DayText(d, view))
	}
	a.say(j.warnings)
	return err
}

// found adds the exceptions of the day with what was decided about them. Where
// they cannot be read, a warning says so and the account stands without them.
func (a *app) found(ctx context.Context, q *monitor.DayQuery, j *judged) {
	from, to := monitor.DayInput{Date: q.Date, Days: q.Days, Zone: j.clock.Zone}.Bounds()
	found := &foundExceptions{since: from, now: j.clock.Now}
	out, err := monitor.Replay(ctx, a.withoutLedger(), monitor.Judgement{Thresholds: q.Plan.Thresholds, Policy: q.Plan.Policy, RunBudget: runBudget(q.Plan), Since: from, Until: to})
	j.warn(ctx, err)
	if out != nil {
		found.list = out.Exceptions
	}
	stored, err := a.storedExceptions(ctx, from)
	j.warn(ctx, err)
	if j.clock.Now.Before(to) {
		now, _, err := a.list(ctx, false)
		j.warn(ctx, err)
		found.addAlerts(now)
	}
	found.join(stored)
	q.Exceptions = found.list
}

// byHand adds what people said: labels of runs and extensions of budgets.
func (a *app) byHand(ctx context.Context, q *monitor.DayQuery, j *judged) {
	if _, err := os.Stat(a.ledgerPath()); a.flags.noLedger || errors.Is(err, fs.ErrNotExist) {
		return // nothing was ever kept
	}
	l, err := a.ledger()
	j.warn(ctx, err)
	if l == nil {
		return
	}
	labels, err := l.Labels(ctx)
	j.warn(ctx, err)
	q.Labels = map[model.RunID]monitor.Label{}
	for run, b := range labels {
		q.Labels[run] = monitor.Label{Run: run, Task: b.Task, Client: b.Client}
	}
	from, _ := monitor.DayInput{Date: q.Date, Days: q.Days, Zone: j.clock.Zone}.Bounds()
	grants, err := l.Grants(ctx, from)
	j.warn(ctx, err)
	for _, g := range grants {
		if g.Revoked.IsZero() {
			q.Grants = append(q.Grants, budget.Extension{Budget: g.Budget, Key: g.Key, Amount: g.Limit.Amount, Until: g.Until})
		}
	}
}

// warn notes what made the account less than whole.
func (d *judged) warn(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		d.warnings = append(d.warnings, model.Clean(err.Error(), 400))
	}
}

// statement prints a client's statement.
func (a *app) statement(ctx context.Context, q monitor.DayQuery, f dayFlags, j *judged) error {
	o := a.options()
	from, to := monitor.DayInput{Date: q.Date, Days: q.Days, Zone: j.clock.Zone}.Bounds()
	s, err := monitor.NewSpending(q.Plan, o.Prices, o.User)
	if err != nil {
		return err
	}
	s.Labels = q.Labels
	var rows []budget.Spend
	for id, members := range q.History.Members() {
		rows = append(rows, s.Run(id, members)...)
	}
	st := report.StatementOf(rows, f.client, from, to)
	if f.format == "csv" {
		err = st.CSV(a.out)
	} else {
		_, err = io.WriteString(a.out, st.Markdown(a.prices().AsOf))
	}
	a.say(j.warnings)
	return err
}
