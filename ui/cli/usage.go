package cli

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

type usageFlags struct {
	json, csv    bool
	by           string
	since, until string
}

// usage is the command that tells what was used, and its cost.
func (a *app) usage() *cobra.Command {
	var f usageFlags
	c := &cobra.Command{
		Use:   "usage",
		Short: "What was used, and its cost",
		Long: "Counts every response of the model once, on the day of its line in --timezone, under its own thread and model. " +
			"--since and --until understand " + report.Dates + "; --until a date takes that day in. " +
			"Time is counted in whole quarters of an hour.",
		Example: "tokenburn usage\ntokenburn usage --by project --since 7d\ntokenburn usage --json --since 2026-11-01 --until 2026-11-30",
		Args:    noArgs,
		RunE:    a.do(func(cmd *cobra.Command, _ []string) error { return a.runUsage(cmd.Context(), f) }),
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON (docs/json.md)")
	c.Flags().BoolVar(&f.csv, "csv", false, "print CSV, one line for each part")
	c.Flags().StringVar(&f.by, "by", "", "split by "+strings.Join(report.Keys(), ", ")+" (default: day)")
	c.Flags().StringVar(&f.since, "since", "", "leave out what was used before")
	c.Flags().StringVar(&f.until, "until", "", "leave out what was used after")
	c.MarkFlagsMutuallyExclusive("json", "csv")
	fixed(c, "by", report.Keys()...)
	fixed(c, "since", "today", "yesterday", "week", "month", "7d", "30d")
	fixed(c, "until", "today", "yesterday", "week", "month", "7d", "30d")
	return c
}

func (a *app) runUsage(ctx context.Context, f usageFlags) error {
	if f.by != "" && !slices.Contains(report.Keys(), f.by) {
		return usagef("", "--by %s: want one of %s", f.by, strings.Join(report.Keys(), ", "))
	}
	span, err := a.span(f)
	if err != nil {
		return err
	}
	o := a.withoutLedger()
	o.OpenLedger, o.NewLedger = a.ledger, a.ledgerIsNew()
	b := report.NewBuilder(report.Input{Prices: o.Prices, Zone: o.Zone, User: o.User, Span: span})
	h, err := monitor.Load(ctx, o, monitor.Range{ModifiedSince: span.From, Each: b.Add})
	if err != nil {
		return err
	}
	a.letGo()
	r := b.Report()
	switch {
	case f.json:
		return a.usageAsJSON(f, span, h, r)
	case f.csv:
		return a.usageAsCSV(cmp.Or(f.by, "day"), r)
	}
	return a.usageAsTable(cmp.Or(f.by, "day"), h, r)
}

// span reads --since and --until.
func (a *app) span(f usageFlags) (s report.Span, err error) {
	clock := a.clock()
	if f.since != "" {
		if s.From, err = report.Since(f.since, clock); err != nil {
			return s, usagef("", "--since: %v", err)
		}
	}
	if f.until != "" {
		if s.To, err = report.Until(f.until, clock); err != nil {
			return s, usagef("", "--until: %v", err)
		}
	}
	if !s.From.IsZero() && !s.To.IsZero() && !s.From.Before(s.To) {
		return s, usagef("", "--since %s is not before --until %s", f.since, f.until)
	}
	return s, nil
}

func (a *app) usageAsJSON(f usageFlags, span report.Span, h *monitor.History, r *report.Report) error {
	doc := usageReportJSON{
		Schema: schema, Timezone: a.zoneName(a.options().Zone), Since: instant(span.From), Until: instant(span.To),
		Overall: toJSON(r.Overall), Models: toJSONs(r.Models), Days: toJSONs(r.Days),
		Skipped: map[string]int64{}, Warnings: orEmpty(a.warnings(h, r)),
	}
	maps.Copy(doc.Skipped, h.Skipped)
	if f.by != "" {
		doc.By, doc.Groups = f.by, groupsJSON(r.By(f.by))
	}
	return writeUsage(a.out, doc, r.Threads)
}

func (a *app) usageAsCSV(by string, r *report.Report) error {
	w := csv.NewWriter(a.out)
	_ = w.Write([]string{by, "input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens",
		"reasoning_output_tokens", "responses", "cost_usd", "cost_is_floor", "unpriced_tokens"})
	n := func(t model.Tokens) string { return strconv.FormatInt(int64(t), 10) }
	for _, g := range r.By(by) {
		cost := ""
		if g.Priced() {
			cost = g.Cost.USD.String()
		}
		_ = w.Write([]string{spreadsheetText(g.Key), n(g.Input), n(g.Cached), n(g.CacheWrite), n(g.Output), n(g.Reasoning),
			strconv.FormatInt(g.Responses, 10), cost, strconv.FormatBool(g.Cost.Floor()), n(g.Cost.Unpriced)})
	}
	w.Flush()
	return w.Error()
}

// spreadsheetText keeps a name that came from a file from being read as a formula.
func spreadsheetText(s string) string {
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (a *app) usageAsTable(by string, h *monitor.History, r *report.Report) error {
	st := a.styles()
	named := slices.ContainsFunc(r.By(by), func(g report.Group) bool { return g.Name != "" })
	t := table{columns: []column{
		{Title: strings.ToUpper(by), Min: narrowest(by), Max: 60, Tail: by == "project"},
		{Title: "NAME", Min: 8, Max: 40, Drop: 2},
		{Title: "INPUT", Right: true, Drop: 3},
		{Title: "CACHED", Right: true, Drop: 5},
		{Title: "CACHE WRITE", Right: true, Drop: 7},
		{Title: "OUTPUT", Right: true, Drop: 4},
		{Title: "REASONING", Right: true, Drop: 6},
		{Title: "RESPONSES", Right: true, Drop: 8},
		{Title: "TOKENS", Right: true, Drop: 1},
		{Title: "COST", Right: true},
	}}
	row := func(key, name string, u report.Usage) []string {
		return []string{key, name, tokens(u.Input), tokens(u.Cached), tokens(u.CacheWrite), tokens(u.Output),
			tokens(u.Reasoning), count(u.Responses), tokens(u.Total()), dollars(u, st.Glyphs)}
	}
	groups := r.By(by)
	for _, g := range groups {
		t.add(row(g.Key, g.Name, g.Usage)...)
	}
	if len(groups) == 0 {
		_, err := fmt.Fprintln(a.out, "Nothing was used.")
		a.warn(h, r)
		return err
	}
	t.total = row("all", "", r.Overall)
	if !named {
		t.leaveOut(1)
	}
	err := a.print(t.text(a.width(), st) + wrap(a.footnote(r), a.width()) + "\n")
	a.warn(h, r)
	return err
}

// narrowest is how far a key may be cut: an id to what tells those of one minute
// apart, a name to what can still be read.
func narrowest(by string) int {
	switch by {
	case "run", "thread":
		return 18
	case "project":
		return 16
	}
	return 10
}

// footnote says what the money in a table is.
func (a *app) footnote(r *report.Report) string {
	note := "Costs are at API list prices"
	if d := a.prices().AsOf; d != "" {
		note += " as of " + d
	}
	note += "; where a plan pays they are an API-equivalent."
	if r.Overall.Cost.Floor() {
		note += fmt.Sprintf(" A cost marked as a floor leaves out tokens without a price (%s in all).", tokens(r.Overall.Cost.Unpriced))
	}
	return note
}

// instant gives a time as the JSON contract writes it, nil for none.
func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format("2006-01-02T15:04:05.000Z")
	return &s
}
