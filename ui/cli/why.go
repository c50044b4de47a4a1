package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// why is the command that tells where a run's numbers come from.
func (a *app) why() *cobra.Command {
	var asJSON bool
	var budget string
	c := &cobra.Command{
		Use:   "why RUN",
		Short: "Where each number of a run comes from, or of a budget",
		Long: "Shows a run's files and lines, what was made of each line that tells usage, what was inherited and is billed " +
			"elsewhere, and which price row of which date and source each token was priced by. RUN is its number in \"tokenburn ls\" or the beginning of its id.",
		Example: "tokenburn why 1\ntokenburn why 01a2080a --json\ntokenburn why --budget \"acme month\"",
		Args: func(cmd *cobra.Command, args []string) error {
			if budget != "" {
				return noArgs(cmd, args)
			}
			return oneRun(cmd, args)
		},
		RunE: a.do(func(cmd *cobra.Command, args []string) error {
			if budget != "" {
				return a.explainBudget(cmd.Context(), budget, asJSON)
			}
			return a.runWhy(cmd.Context(), args[0], asJSON)
		}),
		ValidArgsFunction: a.completeRun,
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON (docs/json.md)")
	c.Flags().StringVar(&budget, "budget", "", "show where the numbers of this budget come from, in place of a run")
	_ = c.RegisterFlagCompletionFunc("budget", a.completeBudget)
	return c
}

func oneRun(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%q takes one run: its number in \"tokenburn ls\", or the beginning of its id", cmd.CommandPath())
	}
	return nil
}

// completeRun offers the ids of the runs of the last 24 hours.
func (a *app) completeRun(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 || a.prepare() != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	s, err := a.glance(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var ids []string
	for _, r := range s.Runs {
		ids = append(ids, cobra.CompletionWithDesc(report.Label(string(r.ID)), model.Clean(r.Name, 40)))
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// named finds the run that a person names, among all runs there are, and reads its
// threads in detail.
func (a *app) named(ctx context.Context, name string) (model.RunID, *monitor.History, error) {
	o := a.options()
	o.All = true
	h, err := monitor.Load(ctx, o, monitor.Range{}) // that is all a name needs, and quick
	if err != nil {
		return "", nil, err
	}
	ids := map[string]model.RunID{}
	for id := range h.Fleet.Threads {
		ids[id] = h.Fleet.RunOf(id)
	}
	run, err := find(name, h.Snapshot(o).Runs, ids)
	if err != nil {
		return "", nil, err
	}
	var only []string
	for id, r := range ids {
		if r == run {
			only = append(only, id)
		}
	}
	h, err = monitor.Load(ctx, o, monitor.Range{Detail: true, Only: only})
	return run, h, err
}

func (a *app) runWhy(ctx context.Context, name string, asJSON bool) error {
	id, h, err := a.named(ctx, name)
	if err != nil {
		return err
	}
	o := a.options()
	w, ok := report.Explain(report.Input{Fleet: h.Fleet, Projects: h.Projects, Prices: o.Prices, Zone: o.Zone, User: o.User}, id)
	if !ok {
		return &failure{fmt.Errorf("%s: %w", name, monitor.ErrNotFound), "See: tokenburn ls --all"}
	}
	if asJSON {
		return writeJSON(a.out, toWhyJSON(w, a.zoneName(o.Zone), o.Prices))
	}
	p := &whyPrinter{st: a.styles(), width: a.width(), zone: o.Zone, zoneName: a.zoneName(o.Zone), path: a.shortPath, list: o.Prices}
	p.all(w)
	return a.print(p.text.String())
}

// whyPrinter writes a run's explanation as text.
type whyPrinter struct {
	text     strings.Builder
	st       themes.Styles
	width    int
	zone     *time.Location
	zoneName string
	path     func(string) string
	list     *price.List
}

func (p *whyPrinter) line(format string, args ...any) {
	p.text.WriteString(wrapIndent(fmt.Sprintf(format, args...), p.width) + "\n")
}

func (p *whyPrinter) title(format string, args ...any) {
	p.text.WriteString("\n" + p.st.Bold.Render(wrapIndent(fmt.Sprintf(format, args...), p.width)) + "\n")
}

func (p *whyPrinter) all(w *report.Why) {
	p.text.WriteString(p.st.Bold.Render(wrapIndent("Run "+w.Run, p.width)) + "\n")
	if w.Title != "" {
		p.line("  task      %s", w.Title)
	}
	p.line("  project   %s", w.Project)
	p.line("  folder    %s", p.path(w.Cwd))
	p.line("  user      %s", w.User)
	p.line("  zone      %s (days and times below)", p.zoneName)
	p.line("  used      %s", p.usage(w.Usage))
	p.line("  cost      %s at API list prices; where a plan pays it is an API-equivalent", dollars(w.Usage, p.st.Glyphs))
	for _, t := range w.Threads {
		p.thread(t)
	}
	p.title("Prices (list of %s)", p.list.AsOf)
	for _, r := range w.Prices {
		p.price(r)
	}
	if len(w.Prices) == 0 {
		p.line("  nothing was used, so nothing is priced")
	}
}

func (p *whyPrinter) usage(u report.Usage) string {
	return fmt.Sprintf("%s in %s: input %s (cached %s, cache write %s), output %s (reasoning %s)", tokens(u.Total())+" tokens",
		plural(u.Responses, "response"), tokens(u.Input), tokens(u.Cached), tokens(u.CacheWrite), tokens(u.Output), tokens(u.Reasoning))
}

func (p *whyPrinter) thread(t report.WhyThread) {
	p.title("Thread %s%s", t.ID, with(", agent ", t.Agent))
	p.line("  written   by Codex %s%s, %s to %s", dash(t.CLI != "", t.CLI), with(", ", t.Origin), p.at(t.FirstAt), p.at(t.LastAt))
	if t.Parent != "" {
		p.line("  parent    %s", t.Parent)
	}
	if t.ForkedFrom != "" {
		p.line("  forked    from %s", t.ForkedFrom)
	}
	for _, f := range t.Files {
		p.line("  file      %s", p.path(f))
	}
	p.line("  lines     %s: %s", count(t.Lines), tally(t.Kinds))
	p.line("  used      %s, cost %s", p.usage(t.Usage), dollars(t.Usage, p.st.Glyphs))
	p.line("  counted   %s from token_usage_record, %s from token_count%s", plural(t.FromRecords, "response"), count(t.FromCounts),
		notKept(t.NotKept))
	for _, d := range t.Decided {
		p.line("  decided   %s: %s", plural(d.Lines, "usage line"), d.What)
	}
	if t.Inherited != (model.Count{}) {
		p.line("  inherited %s, billed to the thread that it was copied from, not here", p.usage(report.Usage{Count: t.Inherited}))
	}
	if t.Unknown != (model.Count{}) {
		p.line("  unknown   %s tokens before any line named a model", tokens(t.Unknown.Total()))
	}
	if t.Unmetered > 0 {
		p.line("  unmetered %s went to the model and never reported usage: not counted, may have been billed", plural(int64(t.Unmetered), "attempt"))
	}
	if t.Compacted > 0 {
		p.line("  compacted %s", plural(int64(t.Compacted), "time"))
	}
	if len(t.Skipped) > 0 {
		p.line("  skipped   %s", tally(t.Skipped))
	}
}

func (p *whyPrinter) price(r report.WhyPrice) {
	q := r.Quote
	what := q.Name + with(", tier ", q.Tier)
	if q.Long {
		what += ", long context"
	}
	p.line("  %s: %s tokens, %s, used %s to %s", what, tokens(r.Total()), dollars(r.Usage, p.st.Glyphs), p.at(r.First), p.at(r.Last.Add(model.QuarterSeconds*time.Second)))
	if !r.OK {
		p.line("    unpriced: %s", q.Reason)
		return
	}
	p.line("    row       %s from %s to %s, found by %s%s", q.Row.Model, orWord(date(q.Row.From), "always"), orWord(date(q.Row.To), "now"), q.How, with(", ", q.Row.Status))
	p.line("    per 1M    input $%s, cached $%s, cache write $%s, output $%s", perMillion(q.Rates.Input), perMillion(q.Rates.Cached),
		perMillion(q.Rates.CacheWrite), perMillion(q.Rates.Output))
	p.line("    source    %s", strings.Join(q.Row.Sources, "; "))
	if q.Doubt != "" {
		p.line("    doubt     %s", q.Doubt)
	}
}

func (p *whyPrinter) at(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(p.zone).Format("2006-01-02 15:04")
}

func notKept(n int64) string {
	if n == 0 {
		return ""
	}
	return ", " + count(n) + " older ones whose lines are no longer kept"
}

// tally lists counts, the most first.
func tally(m map[string]int64) string {
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if m[a] != m[b] {
			return int(m[b] - m[a])
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for _, k := range keys {
		parts = append(parts, count(m[k])+" "+k)
	}
	return dash(len(parts) > 0, strings.Join(parts, ", "))
}

func orWord(s *string, word string) string {
	if s == nil {
		return word
	}
	return *s
}
