package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Why tells where the numbers of one run come from.
type Why struct {
	Run     string
	Title   string
	Project string
	Cwd     string
	User    string
	Usage
	Threads []WhyThread // the root first, then by start
	Prices  []WhyPrice  // dearest first
}

// WhyThread tells where the numbers of one thread come from.
type WhyThread struct {
	ID, Parent, ForkedFrom string
	Agent                  string // name or path of a sub-agent, "" for the root
	Origin, CLI            string // who wrote the files: originator, Codex's version
	Files                  []string
	Lines                  int64
	Kinds                  map[string]int64 // lines by type
	Decided                []Decided        // what was made of each line that tells usage
	FromRecords            int64            // responses counted from a token_usage_record
	FromCounts             int64            // responses counted from a token_count
	NotKept                int64            // counted responses whose line is no longer known
	Skipped                map[string]int64 // lines that could not be read, by reason
	FirstAt, LastAt        time.Time
	Usage
	Inherited model.Count // copied or continued from another thread, billed there
	Unknown   model.Count // the part of Usage whose model no line names
	Unmetered int         // attempts that were sent and never reported usage
	Compacted int
}

// Decided is how often one decision was taken on a line that tells usage.
type Decided struct {
	What  string
	Lines int64
}

// WhyPrice is one way in which tokens of the run are priced.
type WhyPrice struct {
	Quote price.Quote
	Usage
	OK          bool      // there was a price
	First, Last time.Time // starts of the first and last quarter of an hour with such usage
}

// Explain tells why a run's numbers are what they are; in must hold the run's
// threads with detail. It is false where the fleet has no thread of the run.
func Explain(in Input, run model.RunID) (*Why, bool) {
	w := &Why{Run: Label(string(run)), User: Label(in.User)}
	prices := map[priceKey]*WhyPrice{}
	for id, t := range in.Fleet.Threads {
		if in.Fleet.RunOf(id) != run {
			continue
		}
		th := whyThread(t, in.Prices)
		w.Threads = append(w.Threads, th)
		w.Usage = w.Usage.Plus(th.Usage)
		for b, c := range t.Rows {
			addPrice(prices, b, c, in.Prices)
		}
		if id == string(run) || w.Project == "" {
			w.Title, w.Cwd, w.Project = model.Clean(t.Title, MaxLabel), model.Clean(t.Cwd, MaxLabel), Label(in.Projects[id])
		}
	}
	slices.SortStableFunc(w.Threads, func(a, b WhyThread) int {
		return cmp.Or(rootFirst(a, b, w.Run), a.FirstAt.Compare(b.FirstAt), strings.Compare(a.ID, b.ID))
	})
	sorted := slices.SortedFunc(maps.Values(prices), func(a, b *WhyPrice) int {
		return cmp.Or(cmp.Compare(b.Cost.USD, a.Cost.USD), cmp.Compare(b.Total(), a.Total()),
			strings.Compare(a.Quote.Name, b.Quote.Name), strings.Compare(a.Quote.Tier, b.Quote.Tier), a.First.Compare(b.First))
	})
	for _, p := range sorted {
		w.Prices = append(w.Prices, *p)
	}
	return w, len(w.Threads) > 0
}

func rootFirst(a, b WhyThread, root string) int {
	switch {
	case a.ID == b.ID:
		return 0
	case a.ID == root:
		return -1
	case b.ID == root:
		return 1
	}
	return 0
}

func whyThread(t *model.Thread, prices *price.List) WhyThread {
	w := WhyThread{
		ID: Label(t.ID), Parent: model.Clean(t.Meta.ParentID, MaxLabel), ForkedFrom: model.Clean(t.Meta.ForkedFrom, MaxLabel),
		Agent:  model.Clean(cmp.Or(t.Meta.AgentName, t.Meta.AgentPath, t.Meta.SubAgent), MaxLabel),
		Origin: model.Clean(t.Meta.Originator, MaxLabel), CLI: model.Clean(t.Meta.CLIVersion, MaxLabel),
		Lines: t.Lines, Kinds: cleanKeys(t.Kinds), Skipped: cleanKeys(t.Skipped), FirstAt: t.FirstAt, LastAt: t.LastAt,
		Usage: Of(t.Rows, prices), Inherited: t.Inherited, Unknown: t.Uncertain, Unmetered: t.Unmetered, Compacted: t.Compacted,
	}
	for _, f := range t.Files {
		w.Files = append(w.Files, model.Clean(f, 4096))
	}
	for d, n := range t.Decided {
		if n > 0 {
			w.Decided = append(w.Decided, Decided{model.Decision(d).String(), n})
		}
	}
	for _, r := range t.Responses {
		if r.Record {
			w.FromRecords++
		} else {
			w.FromCounts++
		}
	}
	w.NotKept = max(0, w.Responses-w.FromRecords-w.FromCounts)
	return w
}

func cleanKeys(m map[string]int64) map[string]int64 {
	out := make(map[string]int64, len(m))
	for k, n := range m {
		out[Label(k)] += n
	}
	return out
}

// priceKey tells apart the ways in which tokens are priced.
type priceKey struct {
	name, tier string
	long       bool
	from       time.Time
}

func addPrice(all map[priceKey]*WhyPrice, b model.Bucket, c model.Count, prices *price.List) {
	q, ok := prices.Explain(b)
	k := priceKey{b.Model, b.Tier, b.Long, q.Row.From}
	at := time.Unix(b.Quarter*model.QuarterSeconds, 0).UTC()
	p := all[k]
	if p == nil {
		q.Name = Label(q.Name)
		p = &WhyPrice{Quote: q, OK: ok, First: at, Last: at}
		all[k] = p
	}
	p.Usage = p.Plus(Usage{c, prices.Cost(b, c.Usage)})
	if at.Before(p.First) {
		p.First = at
	}
	if at.After(p.Last) {
		p.Last = at
	}
}
