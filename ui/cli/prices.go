package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// priceList is the command that shows the price list.
func (a *app) priceList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "prices [MODEL]",
		Short: "The price list, each row with its date and source",
		Long: "US dollars per million tokens, by model and date; your own [[price]] settings come first. A usage is priced by the row " +
			"of its own day. A model that has no row is never guessed by its family.",
		Args: cobra.MaximumNArgs(1),
		RunE: a.do(func(_ *cobra.Command, args []string) error { return a.runPrices(asJSON, args) }),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON (docs/json.md)")
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, r := range price.Default().Rows() {
			names = append(names, r.Model)
		}
		return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
	}
	return c
}

// pricesJSON is what "prices --json" prints.
type pricesJSON struct {
	Schema int            `json:"schema"`
	AsOf   string         `json:"as_of"`
	Unit   string         `json:"unit"`
	Rows   []priceRowJSON `json:"rows"`
	Stale  []string       `json:"stale"`
}

// priceRowJSON is the price of one model from one day on.
type priceRowJSON struct {
	Model   string               `json:"model"`
	Aliases []string             `json:"aliases"`
	From    *string              `json:"from"`
	To      *string              `json:"to"`
	Rates   ratesJSON            `json:"rates"`
	Long    *ratesJSON           `json:"long_context"`
	Tiers   map[string]ratesJSON `json:"tiers"`
	Credits *ratesJSON           `json:"credits"`
	Window  *int64               `json:"window"`
	Status  string               `json:"status"`
	Sources []string             `json:"sources"`
	Note    *string              `json:"note"`
}

// ratesJSON is dollars (or credits) per million tokens, as decimal strings.
type ratesJSON struct {
	Input      string `json:"input"`
	Cached     string `json:"cached_input"`
	CacheWrite string `json:"cache_write"`
	Output     string `json:"output"`
}

// perMillion writes a price of a token as the price of a million.
func perMillion(m price.Money) string { return price.Times(1_000_000, m).String() }

func toRates(r price.Rates) ratesJSON {
	return ratesJSON{perMillion(r.Input), perMillion(r.Cached), perMillion(r.CacheWrite), perMillion(r.Output)}
}

func toRatesPointer(r *price.Rates) *ratesJSON {
	if r == nil {
		return nil
	}
	j := toRates(*r)
	return &j
}

func toPriceRow(r price.Row) priceRowJSON {
	j := priceRowJSON{
		Model: r.Model, Aliases: orEmpty(r.Aliases), From: date(r.From), To: date(r.To), Rates: toRates(r.Rates),
		Long: toRatesPointer(r.Long), Tiers: map[string]ratesJSON{}, Credits: toRatesPointer(r.Credits),
		Window: number(int64(r.Window)), Status: r.Status, Sources: orEmpty(r.Sources), Note: word(r.Note),
	}
	for tier, rates := range r.Tiers {
		j.Tiers[tier] = toRates(rates)
	}
	return j
}

// date gives a row's day, nil where it is open.
func date(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.DateOnly)
	return &s
}

func (a *app) runPrices(asJSON bool, args []string) error {
	list := a.prices()
	rows := list.Rows()
	if len(args) == 1 {
		q, ok := list.Lookup(args[0], time.Now())
		rows = slices.DeleteFunc(rows, func(r price.Row) bool {
			return r.Model != args[0] && (!ok || r.Model != q.Model)
		})
		if len(rows) == 0 {
			return &notFoundError{fmt.Sprintf("no price for model %q", args[0]), "All models: tokenburn prices. Your own price goes into the settings as [[price]]; see: tokenburn config default"}
		}
	}
	stale := list.Stale(time.Now())
	if asJSON {
		doc := pricesJSON{Schema: schema, AsOf: list.AsOf, Unit: "USD per 1,000,000 tokens", Rows: []priceRowJSON{}, Stale: orEmpty(stale)}
		for _, r := range rows {
			doc.Rows = append(doc.Rows, toPriceRow(r))
		}
		return writeJSON(a.out, doc)
	}
	st := a.styles()
	t := table{columns: []column{
		{Title: "MODEL", Min: 12, Max: 40},
		{Title: "FROM", Drop: 3},
		{Title: "TO", Drop: 5},
		{Title: "INPUT", Right: true},
		{Title: "CACHED", Right: true, Drop: 2},
		{Title: "WRITE", Right: true, Drop: 4},
		{Title: "OUTPUT", Right: true},
		{Title: "LONG", Right: true, Drop: 6},
		{Title: "TIERS", Min: 4, Max: 24, Drop: 8},
		{Title: "STATUS", Drop: 7},
		{Title: "SOURCES", Min: 12, Max: 60, Drop: 1},
	}}
	for _, r := range rows {
		t.add(priceCells(r)...)
	}
	foot := "US dollars per million tokens, list of " + list.AsOf + ". LONG is input and output of requests above " + tokens(model.LongContextTokens) + " input tokens."
	if err := a.print(t.text(a.width(), st) + wrap(foot, a.width()) + "\n"); err != nil {
		return err
	}
	for _, s := range stale {
		fmt.Fprintf(a.err, "tokenburn: %s\n", s)
	}
	return nil
}

func priceCells(r price.Row) []string {
	long := "-"
	if r.Long != nil {
		long = perMillion(r.Long.Input) + "/" + perMillion(r.Long.Output)
	}
	from, to := "always", "now"
	if d := date(r.From); d != nil {
		from = *d
	}
	if d := date(r.To); d != nil {
		to = *d
	}
	return []string{
		model.Clean(r.Model, 200), from, to, perMillion(r.Rates.Input), perMillion(r.Rates.Cached), perMillion(r.Rates.CacheWrite),
		perMillion(r.Rates.Output), long, strings.Join(slices.Sorted(maps.Keys(r.Tiers)), " "), r.Status, strings.Join(r.Sources, "; "),
	}
}
