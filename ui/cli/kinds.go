package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// kindsJSON is what "kinds --json" prints.
type kindsJSON struct {
	Schema  int              `json:"schema"`
	Calls   []kindCallJSON   `json:"calls"`
	Threads []kindThreadJSON `json:"threads"`
}

// kindCallJSON is one tool call in "kinds --json".
type kindCallJSON struct {
	Thread   string             `json:"thread"`
	CallID   string             `json:"call_id"`
	Kind     string             `json:"kind"`
	Evidence []kindEvidenceJSON `json:"evidence"`
}

// kindEvidenceJSON is one reason for a call's kind.
type kindEvidenceJSON struct {
	Kind   string `json:"kind"`
	Points int    `json:"points"`
	Why    string `json:"why"`
}

// kindThreadJSON is one thread's parts in "kinds --json".
type kindThreadJSON struct {
	Thread string             `json:"thread"`
	Kind   *string            `json:"kind"`
	Shares map[string]float64 `json:"shares"`
}

// kinds is the command that tells what runs were spent on.
func (a *app) kinds() *cobra.Command {
	var asJSON, all bool
	c := &cobra.Command{
		Use:   "kinds [RUN]",
		Short: "What runs were spent on: research, edit, test, review, migration, documentation",
		Long: "Shows each run's cost by kind of work, or one run's tool calls with the evidence for their kinds. " +
			"A kind is what a call was for, not which command it ran; docs/kinds.md tells how it is judged. " +
			"RUN is its number in \"tokenburn ls\" or the beginning of its id.",
		Example: "tokenburn kinds\ntokenburn kinds 1\ntokenburn kinds --all --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: a.do(func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return a.runKinds(cmd.Context(), name, asJSON, all)
		}),
		ValidArgsFunction: a.completeRun,
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON (docs/json.md); of all runs there are, unless one is named")
	c.Flags().BoolVar(&all, "all", false, "also the runs that ended longer than 24 hours ago")
	return c
}

func (a *app) runKinds(ctx context.Context, name string, asJSON, all bool) error {
	var only model.RunID
	var s monitor.Snapshot
	var h *monitor.History
	var err error
	switch {
	case name != "":
		only, h, err = a.named(ctx, name)
	case asJSON: // every call there is
		h, err = monitor.Load(ctx, a.options(), monitor.Range{Detail: true})
	default:
		s, h, err = a.list(ctx, all)
	}
	if err != nil {
		return err
	}
	threads := kindThreads(h.Fleet, only)
	switch {
	case asJSON:
		return writeJSON(a.out, a.toKinds(threads))
	case only != "":
		return a.printCalls(threads)
	}
	return a.printKinds(s, h, all)
}

// kindThreads gives a run's threads, or all, in the order of their ids.
func kindThreads(f *model.Fleet, only model.RunID) (all []*model.Thread) {
	for id, t := range f.Threads {
		if only == "" || f.RunOf(id) == only {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(x, y *model.Thread) int { return cmp.Compare(x.ID, y.ID) })
	return all
}

func (a *app) toKinds(threads []*model.Thread) kindsJSON {
	doc := kindsJSON{Schema: schema, Calls: []kindCallJSON{}, Threads: []kindThreadJSON{}}
	for _, t := range threads {
		id := report.Label(t.ID)
		for i := range t.Calls {
			c := &t.Calls[i]
			j := kindCallJSON{Thread: id, CallID: model.Clean(c.CallID, 200), Kind: c.Work.String(), Evidence: []kindEvidenceJSON{}}
			for _, e := range c.Evidence {
				j.Evidence = append(j.Evidence, kindEvidenceJSON{e.Kind.String(), e.Points, model.Clean(e.Why, 200)})
			}
			doc.Calls = append(doc.Calls, j)
		}
		shares := a.kindShares(t)
		j := kindThreadJSON{Thread: id, Shares: map[string]float64{}}
		for _, s := range shares {
			j.Shares[s.Kind.String()] = round(s.Part, 6)
		}
		if k, ok := report.KindOf(shares); ok {
			j.Kind = word(k.String())
		} else if len(shares) > 0 {
			j.Kind = word("mixed")
		}
		doc.Threads = append(doc.Threads, j)
	}
	return doc
}

// kindShares gives a thread's parts: of its cost, or of its calls where no usage
// is known of it.
func (a *app) kindShares(t *model.Thread) []report.Share {
	if all := report.Shares(report.ByKind(t.KindRows, a.options().Prices)); len(all) > 0 || len(t.Calls) == 0 {
		return all
	}
	n := map[model.Kind]float64{}
	for i := range t.Calls {
		n[t.Calls[i].Work]++
	}
	var all []report.Share
	for _, k := range model.Kinds() {
		if n[k] > 0 {
			all = append(all, report.Share{Kind: k, Part: n[k] / float64(len(t.Calls))})
		}
	}
	slices.SortStableFunc(all, func(x, y report.Share) int { return cmp.Compare(y.Part, x.Part) })
	return all
}

// printKinds lists the runs with their parts.
func (a *app) printKinds(s monitor.Snapshot, h *monitor.History, all bool) error {
	if len(s.Runs) == 0 {
		return a.noRuns(h, all)
	}
	st := a.styles()
	t := table{columns: []column{
		{Title: "#", Right: true},
		{Title: "RUN", Min: 8, Max: 40},
		{Title: "COST", Right: true},
		{Title: "KIND", Min: 12},
	}}
	for _, k := range model.Kinds() {
		t.columns = append(t.columns, column{Title: strings.ToUpper(shortKind(k)), Right: true, Drop: 1 + int(k)})
	}
	for _, r := range s.Runs {
		sum := map[model.Kind]report.Usage{}
		var whole report.Usage
		for _, th := range kindThreads(h.Fleet, r.ID) {
			for k, u := range report.ByKind(th.KindRows, a.options().Prices) {
				sum[k] = sum[k].Plus(u)
				whole = whole.Plus(u)
			}
		}
		shares := report.Shares(sum)
		cells := []string{fmt.Sprint(r.Number), report.Label(r.Name), dollars(whole, st.Glyphs), dash(len(shares) > 0, kindWord(shares))}
		part := map[model.Kind]float64{}
		for _, sh := range shares {
			part[sh.Kind] = sh.Part
		}
		for _, k := range model.Kinds() {
			cells = append(cells, dash(part[k] > 0, fmt.Sprintf("%.0f%%", 100*part[k])))
		}
		t.add(cells...)
	}
	if err := a.print(t.text(a.width(), st)); err != nil {
		return err
	}
	a.problems(h)
	return nil
}

// kindWord is a run's kind, or that it is mixed: the columns beside it tell of what.
func kindWord(shares []report.Share) string {
	if k, ok := report.KindOf(shares); ok {
		return k.String()
	}
	return "mixed"
}

// shortKind is a kind's word as a column's title.
func shortKind(k model.Kind) string {
	switch k {
	case model.KindMigration:
		return "migr"
	case model.KindDocumentation:
		return "docs"
	}
	return k.String()
}

// printCalls lists the calls of a run's threads with their evidence.
func (a *app) printCalls(threads []*model.Thread) error {
	st := a.styles()
	var b strings.Builder
	for i, th := range threads {
		if i > 0 {
			b.WriteString("\n")
		}
		whole := report.Of(th.Rows, a.options().Prices)
		b.WriteString(st.Bold.Render(wrapIndent(fmt.Sprintf("Thread %s, %s: %s", report.Label(th.ID), dollars(whole, st.Glyphs), report.KindLabel(a.kindShares(th))), a.width())) + "\n")
		if len(th.Calls) == 0 {
			b.WriteString("No tool calls.\n")
			continue
		}
		b.WriteString(a.callTable(th, st))
	}
	return a.print(b.String())
}

func (a *app) callTable(th *model.Thread, st themes.Styles) string {
	t := table{columns: []column{
		{Title: "TURN", Right: true, Drop: 2},
		{Title: "KIND"},
		{Title: "CALL", Min: 20, Max: 70},
		{Title: "WHY", Min: 20, Max: 90, Drop: 1},
	}}
	for i := range th.Calls {
		c := &th.Calls[i]
		why := "as the calls around it"
		if len(c.Evidence) > 0 {
			why = fmt.Sprintf("%s (%d)", model.Clean(c.Evidence[0].Why, 120), c.Evidence[0].Points)
		}
		t.add(fmt.Sprint(c.Turn+1), c.Work.String(), c.Label(120), why)
	}
	return t.text(a.width(), st)
}
