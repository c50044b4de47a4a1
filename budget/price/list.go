package price

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Rates are prices in pico-dollars a token. CacheWrite is the price of input
// where the list has none for cache writes.
type Rates struct {
	Input, Cached, CacheWrite, Output Money
}

// Row is the price of one model from one day on. Its maps and slices belong to
// the list: read them only.
type Row struct {
	Model   string
	Aliases []string
	From    time.Time // first day, UTC midnight; zero: an override that always held
	To      time.Time // first day on which it no longer holds; zero: still holds
	Rates   Rates
	Long    *Rates           // for requests above model.LongContextTokens; nil: no such tier
	Tiers   map[string]Rates // by service tier: fast, flex, batch, ultrafast
	Credits *Rates           // ChatGPT credits per token × 1e12; nil: not published
	Window  model.Tokens     // context window; 0 unknown
	Sources []string
	Note    string // what is doubtful about it
	Status  string // current, legacy, historical, shutdown, promo, estimate, override

	LongTiers      map[string]Rates // as Tiers, for requests above model.LongContextTokens; nil where Long is
	WriteListed    bool             // cache writes have a price of their own
	CreditsDerived bool             // Credits are 25 a dollar by the general rule, not from the rate card
	Promised       time.Time        // a promotion's last promised day; zero: no promotion
	ReportedEnd    time.Time        // the day on which a promotion is reported to end; zero unknown

	from, to    int64 // Unix seconds of From and To; the extremes where they are zero
	creditsFlat bool  // credits have no long-context multiple
	creditsFast int64 // credits' multiple for fast, in millionths; 0 none known
}

// holds says that the row is the price at an instant, in Unix seconds.
func (r *Row) holds(at int64) bool { return r.from <= at && at < r.to }

// List is a dated price list. It does not change once made; any goroutine may read it.
type List struct {
	AsOf string // date, 2006-01-02

	models map[string]*entry // by exact id
	alias  map[string]string // other fixed names → id
	moving map[string][]move // names whose model changes with time
	upper  Row               // the dearest current row
}

// entry is one model's rows, oldest first, without overlaps.
type entry struct {
	rows   []Row
	listed bool // the built-in list knows the id; else only an override does
}

// move says which model a moving name stood for between two dates.
type move struct {
	from, to int64
	model    string
	note     string
}

//go:embed prices.toml
var builtin []byte

// Default gives the list that is built in. It is parsed once; a list that did not
// parse would be empty and thus leave every model unpriced, and fails the tests.
func Default() *List { return builtinList() }

var builtinList = sync.OnceValue(func() *List {
	l, err := Parse(builtin)
	if err != nil {
		return &List{}
	}
	return l
})

// Lookup gives the row for a model as the session file names it, at an instant.
// It is false where no row is known: such a model is unpriced, never free.
func (l *List) Lookup(name string, at time.Time) (Row, bool) {
	r := l.resolve(name, at.Unix())
	if r.row == nil {
		return Row{}, false
	}
	return *r.row, true
}

// Rows gives all rows, by model, then by date. The slice is a copy.
func (l *List) Rows() []Row {
	var all []Row
	for _, e := range l.models {
		all = append(all, e.rows...)
	}
	slices.SortStableFunc(all, func(a, b Row) int {
		if c := strings.Compare(a.Model, b.Model); c != 0 {
			return c
		}
		return a.From.Compare(b.From)
	})
	return all
}
