package cli

import (
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// whyJSON is what "why RUN --json" prints.
type whyJSON struct {
	Schema     int             `json:"schema"`
	Timezone   string          `json:"timezone"`
	Run        string          `json:"run"`
	Title      string          `json:"title"`
	Project    string          `json:"project"`
	Cwd        string          `json:"cwd"`
	User       string          `json:"user"`
	Usage      usageJSON       `json:"usage"`
	Threads    []whyThreadJSON `json:"threads"`
	PricesAsOf string          `json:"prices_as_of"`
	Prices     []whyPriceJSON  `json:"prices"`
}

// whyThreadJSON is one thread in "why RUN --json".
type whyThreadJSON struct {
	ID                string           `json:"id"`
	Parent            *string          `json:"parent"`
	ForkedFrom        *string          `json:"forked_from"`
	Agent             *string          `json:"agent"`
	Originator        *string          `json:"originator"`
	CodexVersion      *string          `json:"codex_version"`
	Files             []string         `json:"files"`
	Lines             int64            `json:"lines"`
	LineKinds         map[string]int64 `json:"line_kinds"`
	Decided           map[string]int64 `json:"decided"`
	FromRecords       int64            `json:"from_token_usage_record"`
	FromTokenCounts   int64            `json:"from_token_count"`
	Skipped           map[string]int64 `json:"skipped"`
	FirstAt           *string          `json:"first_at"`
	LastAt            *string          `json:"last_at"`
	Usage             usageJSON        `json:"usage"`
	Inherited         tokensJSON       `json:"inherited"`
	UnknownModel      tokensJSON       `json:"unknown_model"`
	UnmeteredAttempts int              `json:"unmetered_attempts"`
	Compactions       int              `json:"compactions"`
}

// whyPriceJSON is one way in which tokens of the run are priced.
type whyPriceJSON struct {
	Model       string        `json:"model"`
	Tier        *string       `json:"service_tier"`
	LongContext bool          `json:"long_context"`
	Usage       usageJSON     `json:"usage"`
	FirstAt     *string       `json:"first_at"`
	LastAt      *string       `json:"last_at"`
	FoundBy     string        `json:"found_by"`
	Rates       *ratesJSON    `json:"rates"`
	Row         *priceRowJSON `json:"row"`
	Reason      *string       `json:"unpriced_because"`
	Doubt       *string       `json:"doubt"`
}

func toWhyJSON(w *report.Why, zone string, list *price.List) whyJSON {
	doc := whyJSON{
		Schema: schema, Timezone: zone, Run: w.Run, Title: w.Title, Project: w.Project, Cwd: w.Cwd, User: w.User,
		Usage: toJSON(w.Usage), Threads: []whyThreadJSON{}, PricesAsOf: list.AsOf, Prices: []whyPriceJSON{},
	}
	for _, t := range w.Threads {
		doc.Threads = append(doc.Threads, toWhyThread(t))
	}
	for _, p := range w.Prices {
		j := whyPriceJSON{
			Model: p.Quote.Name, Tier: word(p.Quote.Tier), LongContext: p.Quote.Long, Usage: toJSON(p.Usage),
			FirstAt: instant(p.First), LastAt: instant(p.Last), FoundBy: p.Quote.How.String(), Reason: word(p.Quote.Reason), Doubt: word(p.Quote.Doubt),
		}
		if p.OK {
			row := toPriceRow(p.Quote.Row)
			j.Rates, j.Row = toRatesPointer(&p.Quote.Rates), &row
		}
		doc.Prices = append(doc.Prices, j)
	}
	return doc
}

func toWhyThread(t report.WhyThread) whyThreadJSON {
	j := whyThreadJSON{
		ID: t.ID, Parent: word(t.Parent), ForkedFrom: word(t.ForkedFrom), Agent: word(t.Agent), Originator: word(t.Origin),
		CodexVersion: word(t.CLI), Files: orEmpty(t.Files), Lines: t.Lines, LineKinds: t.Kinds, Decided: map[string]int64{},
		FromRecords: t.FromRecords, FromTokenCounts: t.FromCounts, Skipped: t.Skipped, FirstAt: instant(t.FirstAt), LastAt: instant(t.LastAt),
		Usage: toJSON(t.Usage), Inherited: toTokens(t.Inherited.Usage), UnknownModel: toTokens(t.Unknown.Usage),
		UnmeteredAttempts: t.Unmetered, Compactions: t.Compacted,
	}
	for _, d := range t.Decided {
		j.Decided[d.What] += d.Lines
	}
	return j
}

func toTokens(u model.Usage) tokensJSON {
	return tokensJSON{int64(u.Input), int64(u.Cached), int64(u.CacheWrite), int64(u.Output), int64(u.Reasoning)}
}
