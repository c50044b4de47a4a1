package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

type exceptionFlags struct{ json, all, replay bool }

// exceptions is the command that lists what the rules found, and those that decide on it.
func (a *app) exceptions() *cobra.Command {
	var f exceptionFlags
	c := &cobra.Command{
		Use:   "exceptions",
		Short: "What the rules found: loops, spend without result, growing contexts, and what to do",
		Long: "Judges the runs of the last 24 hours by the rules of docs/exceptions.md and lists what they found, each with one recommended " +
			"action, together with the alerts of budgets and what was decided before. --replay judges all recorded sessions as if they ran now, " +
			"each on its own clock, and leaves decisions aside.",
		Example: "tokenburn exceptions\ntokenburn exceptions --replay --json\ntokenburn exceptions ack LOOP_IDENTICAL-1a2b\n" +
			"tokenburn exceptions snooze LOOP_IDENTICAL-1a2b 2h\ntokenburn exceptions extend BUDGET_HARD-77aa '$20' --until 18:00 --reason 'release today'",
		Args: noArgs,
		RunE: a.do(func(cmd *cobra.Command, _ []string) error { return a.runExceptions(cmd.Context(), f) }),
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON (docs/json.md)")
	c.Flags().BoolVar(&f.all, "all", false, "also those of runs that ended longer ago")
	c.Flags().BoolVar(&f.replay, "replay", false, "judge all recorded sessions on their own clock, whatever was decided")
	c.AddCommand(a.exceptionMoves()...)
	return c
}

// foundExceptions is what there is to list.
type foundExceptions struct {
	list     []budget.Exception
	since    time.Time // zero: all
	now      time.Time
	warnings []string
}

func (a *app) runExceptions(ctx context.Context, f exceptionFlags) error {
	found, err := a.findExceptions(ctx, f)
	if err != nil {
		return err
	}
	if f.json {
		doc := exceptionsJSON{Schema: schema, At: instant(found.now), Timezone: a.zoneName(a.withoutLedger().Zone), Replay: f.replay, Since: instant(found.since),
			Exceptions: []exceptionJSON{}, Warnings: orEmpty(found.warnings)}
		for _, e := range found.list {
			doc.Exceptions = append(doc.Exceptions, toExceptionJSON(e))
		}
		return writeJSON(a.out, doc)
	}
	err = a.exceptionsText(found, f)
	for _, w := range found.warnings[:min(len(found.warnings), maxWarnings)] {
		fmt.Fprintf(a.err, "tokenburn: %s\n", w)
	}
	return err
}

// findExceptions judges the sessions and, unless it is a replay, adds what the
// ledger has.
func (a *app) findExceptions(ctx context.Context, f exceptionFlags) (*foundExceptions, error) {
	clock := a.clock()
	found := &foundExceptions{now: clock.Now}
	if !f.all && !f.replay {
		found.since = clock.Now.Add(-24 * time.Hour)
	}
	plan, err := a.settings.Plan(clock.Zone, a.home())
	if err != nil {
		return nil, err
	}
	out, err := monitor.Replay(ctx, a.withoutLedger(), monitor.Judgement{Thresholds: plan.Thresholds, Policy: plan.Policy, RunBudget: runBudget(plan), Since: found.since})
	if err != nil {
		return nil, err
	}
	for _, p := range out.Problems {
		found.warnings = append(found.warnings, problemText(p))
	}
	found.list = out.Exceptions
	if f.replay {
		return found, nil
	}
	if !found.since.IsZero() {
		found.list = slices.DeleteFunc(found.list, func(e budget.Exception) bool { return e.At.Before(found.since) })
	}
	now, _, err := a.list(ctx, false)
	if err != nil {
		return nil, err
	}
	found.addAlerts(now)
	stored, err := a.storedExceptions(ctx, found.since)
	if err != nil {
		found.warnings = append(found.warnings, model.Clean(err.Error(), 400))
	}
	found.join(stored)
	return found, nil
}

// addAlerts adds the alerts of budgets that hold now. The ledger has them only
// where a monitor was there to see them.
func (f *foundExceptions) addAlerts(s monitor.Snapshot) {
	for _, e := range s.Exceptions {
		if e.Budget != "" && !slices.ContainsFunc(f.list, func(x budget.Exception) bool { return x.ID == e.ID }) {
			f.list = append(f.list, e)
		}
	}
}

// join adds what the ledger has: its state holds for what was found again.
func (f *foundExceptions) join(stored []budget.Exception) {
	at := map[string]int{}
	for i := range f.list {
		at[f.list[i].ID] = i
	}
	for _, s := range stored {
		i, ok := at[s.ID]
		if !ok {
			f.list = append(f.list, s)
			continue
		}
		e := &f.list[i]
		e.State, e.Until, e.Owner, e.Reason, e.Changed = s.State, s.Until, s.Owner, s.Reason, s.Changed
	}
	slices.SortStableFunc(f.list, func(x, y budget.Exception) int {
		return cmp.Or(compareBools(y.NeedsAttention(), x.NeedsAttention()), cmp.Compare(y.Severity, x.Severity), y.At.Compare(x.At), strings.Compare(x.ID, y.ID))
	})
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// storedExceptions gives what the ledger has; nothing where there is none yet.
func (a *app) storedExceptions(ctx context.Context, since time.Time) ([]budget.Exception, error) {
	if a.flags.noLedger {
		return nil, nil
	}
	if _, err := os.Stat(a.ledgerPath()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	l, err := a.ledger()
	if err != nil || l == nil {
		return nil, err
	}
	return l.Exceptions(ctx, since)
}

// runBudget is the least limit in dollars that a budget sets for every run; 0 none.
func runBudget(p budget.Plan) price.Money {
	least := price.Money(0)
	for _, b := range p.Budgets {
		if b.Period.Name == "run" && b.Limit.Unit == budget.USD && b.Scope == (budget.Scope{}) && b.Limit.Amount > 0 {
			if m := price.Money(b.Limit.Amount); least == 0 || m < least {
				least = m
			}
		}
	}
	return least
}

func (a *app) exceptionsText(found *foundExceptions, f exceptionFlags) error {
	if len(found.list) == 0 {
		text := "No exceptions in the last 24 hours."
		if f.all || f.replay {
			text = "No exceptions."
		}
		_, err := fmt.Fprintln(a.out, text)
		return err
	}
	st := a.styles()
	t := table{columns: []column{
		{Title: "SEVERITY"}, {Title: "ID", Min: 12, Max: 40}, {Title: "WHEN", Drop: 3}, {Title: "RUN", Max: 10, Drop: 4}, {Title: "STATE", Drop: 2},
		{Title: "OBSERVED", Min: 20, Max: 90}, {Title: "WASTE", Right: true, Drop: 5}, {Title: "DO", Min: 6, Max: 16}, {Title: "SAVES/H", Right: true, Drop: 1},
	}}
	zone := a.withoutLedger().Zone
	pages := 0
	for _, e := range found.list {
		if e.Severity == budget.Page && e.NeedsAttention() {
			pages++
		}
		run := cell(beginning(string(e.Run), idLength))
		if e.Run == "" {
			run = cell(e.Budget)
		}
		t.add(e.Severity.String(), e.ID, e.At.In(zone).Format("01-02 15:04"), run, strings.ReplaceAll(string(e.State), "_", " "), model.Clean(e.Observed, 200),
			about(e.Waste, st.Glyphs), cell(e.Advice.Action), about(e.Advice.Saving, st.Glyphs))
	}
	foot := plural(int64(len(found.list)), "exception")
	if pages > 0 {
		foot += fmt.Sprintf(", %s waiting for somebody", plural(int64(pages), "page"))
	}
	return a.print(t.text(a.width(), st) + wrap(foot+". Decide with: tokenburn exceptions ack|snooze|dismiss|extend|assign ID …", a.width()) + "\n")
}

// about writes an estimated amount: "≈$1.20", "-" for none.
func about(m price.Money, g themes.Glyphs) string {
	if m <= 0 {
		return "-"
	}
	text := usd(m)
	if strings.HasPrefix(text, "<") {
		return text
	}
	return g.Approx + text
}
