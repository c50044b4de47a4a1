package price

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Rates are prices in pico-dollars a token.
type Rates struct {
	Input, Cached, CacheWrite, Output Money
}

// Row is the price of one model from one day on.
type Row struct {
	Model   string
	Aliases []string
	From    time.Time // first day, UTC midnight
	To      time.Time // first day on which it no longer holds; zero: still holds
	Rates   Rates
	Long    *Rates           // for requests above model.LongContextTokens; nil: no such tier
	Tiers   map[string]Rates // by service tier: fast, flex, batch, ultrafast
	Credits *Rates           // ChatGPT credits per token × 1e12; nil: not published
	Window  model.Tokens     // context window; 0 unknown
	Sources []string
	Note    string // what is doubtful about it
	Status  string // current, historical, shutdown, override
}

// List is a dated price list. It does not change once made; any goroutine may read it.
type List struct {
	AsOf string // date, 2006-01-02
	rows []Row
}

// Default gives the list that is built in.
func Default() *List { return &List{} }

// Lookup gives the row for a model as the session file names it, at an instant.
func (l *List) Lookup(name string, at time.Time) (Row, bool) { return Row{}, false }

// Rows gives all rows, by model, then by date. The slice is a copy.
func (l *List) Rows() []Row { return nil }

// Cost prices usage of one bucket.
func (l *List) Cost(b model.Bucket, u model.Usage) Cost { return Cost{} }
