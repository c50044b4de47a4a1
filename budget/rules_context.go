package budget

import (
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// contexts is how a thread's context grew since its newest compaction.
type contexts struct {
	compacted int
	sizes     []model.Tokens // of the newest requests
	outputs   []model.Tokens
	hit       float64 // decayed share of the input that came from the cache
	requests  int
}

// contextKept is how many requests growth is told by.
const contextKept = 8

// NextTurn is what the next request of a thread is about to cost: at least Hit,
// where all that was sent before is still cached, at most Miss.
type NextTurn struct {
	Known               bool // model and price are known
	Hit, Miss, Expected price.Money
	Long                bool // the long-context price applies to it
	Context, Growth     model.Tokens
	HitRate             float64
}

// Next computes what the next request costs: context tokens so far, growth and
// output of a usual request, and the share that is usually cached. With the prices
// a token p, a hit costs context·p_cached + growth·p_input (or the price of cache
// writes, where there is one) + output·p_output, a miss (context+growth)·p_input +
// output·p_output. Where context and growth together pass 272,000 tokens and the
// model has a long-context price, that one applies to all of it.
func Next(list *price.List, b model.Bucket, context, growth, output model.Tokens, hitRate float64) NextTurn {
	n := NextTurn{Context: context, Growth: growth, HitRate: hitRate}
	b.Long = context+growth > model.LongContextTokens
	q, ok := list.Explain(b)
	if !ok {
		return n
	}
	n.Known, n.Long = true, q.Long
	write := q.Rates.Input
	if q.Row.WriteListed {
		write = q.Rates.CacheWrite
	}
	out := price.Times(output, q.Rates.Output)
	n.Hit = price.Times(context, q.Rates.Cached).Add(price.Times(growth, write)).Add(out)
	n.Miss = price.Times(context+growth, q.Rates.Input).Add(out)
	n.Expected = price.Money(hitRate*float64(n.Hit) + (1-hitRate)*float64(n.Miss))
	return n
}

// Next tells what the next request of a thread of the run costs; not Known where
// the thread had no response yet.
func (w *Watcher) Next(thread string) NextTurn {
	if tr := w.threads[thread]; tr != nil {
		return w.next(tr)
	}
	return NextTurn{}
}

func (w *Watcher) next(tr *track) NextTurn {
	c := &tr.context
	if len(c.sizes) == 0 {
		return NextTurn{}
	}
	b := tr.drift.bucket
	b.Quarter = model.QuarterOf(w.now)
	return Next(w.s.Prices, b, c.sizes[len(c.sizes)-1], c.growth(), middleTokens(c.outputs), c.hit)
}

// growth is how much a usual request adds to the context: the mean of the newest.
func (c *contexts) growth() model.Tokens {
	n := len(c.sizes)
	if n < 2 {
		return 0
	}
	return max(0, (c.sizes[n-1]-c.sizes[0])/model.Tokens(n-1))
}

func middleTokens(x []model.Tokens) model.Tokens {
	if len(x) == 0 {
		return 0
	}
	s := slices.Clone(x)
	slices.Sort(s)
	return s[len(s)/2]
}

func (c *contexts) add(r *model.Response) {
	keep := func(list []model.Tokens, v model.Tokens) []model.Tokens {
		if len(list) >= contextKept {
			list = append(list[:0], list[1:]...)
		}
		return append(list, v)
	}
	if n := len(c.sizes); n > 0 && r.Context < c.sizes[n-1]*7/10 {
		c.sizes, c.outputs = nil, nil // it was cut down
	}
	c.sizes, c.outputs = keep(c.sizes, r.Context), keep(c.outputs, r.Usage.Output)
	if r.Usage.Input > 0 {
		share := float64(r.Usage.Cached) / float64(r.Usage.Input)
		if c.requests == 0 {
			c.hit = share
		} else {
			c.hit = 0.7*c.hit + 0.3*share
		}
	}
	c.requests++
}

// judgeContext is CONTEXT_GROWTH: the context fills the window, or is about to be
// billed at the long-context price.
func (w *Watcher) judgeContext(tr *track, r *model.Response) {
	c := &tr.context
	tr.drift.bucket = r.Bucket
	c.add(r)
	size := r.Context
	row, priced := w.s.Prices.Lookup(r.Bucket.Model, w.now)
	window := r.Window
	if window <= 0 && priced {
		window = row.Window
	}
	share := 0.0
	if window > 0 {
		share = float64(size) / float64(window)
	}
	tiered := priced && row.Long != nil && window > w.t.LongContext
	next := w.next(tr)
	level, observed, threshold := Notice, "", ""
	set := func(l Severity, o, t string) {
		if l > level {
			level, observed, threshold = l, o, t
		}
	}
	full := fmt.Sprintf("context %s, %.0f %% of the window", tokenText(size), 100*share)
	cost := ""
	if next.Known {
		cost = fmt.Sprintf("; the next request costs %s, or %s if the cache is missed", dollarText(next.Hit), dollarText(next.Miss))
	}
	switch {
	case tiered && size > w.t.LongContext:
		set(Critical, full+", billed at the long-context price"+cost, "272,000 tokens on a model with a long-context price")
	case share >= w.t.Context.Critical:
		set(Critical, full+cost, fmt.Sprintf("%.0f %% of the window", 100*w.t.Context.Critical))
	case w.s.RunBudget > 0 && next.Known && float64(next.Miss) >= w.t.MissShare*float64(w.s.RunBudget):
		set(Critical, full+cost, fmt.Sprintf("a cache miss of %.0f %% of the run's budget", 100*w.t.MissShare))
	}
	if share >= w.t.Context.Warn {
		set(Warn, full+cost, fmt.Sprintf("%.0f %% of the window", 100*w.t.Context.Warn))
	}
	if g := next.Growth; tiered && g > 0 && size+model.Tokens(w.t.ContextTurns)*g > w.t.LongContext && len(c.sizes) >= 3 {
		set(Warn, full+fmt.Sprintf(", growing by %s a request", tokenText(g))+cost, fmt.Sprintf("the long-context price within %d requests", w.t.ContextTurns))
	}
	if level < Warn {
		if share < w.t.Context.Warn-0.05 {
			w.resolve(RuleContextGrowth, tr.id)
		}
		return
	}
	if level == Critical && w.purpose() == purposeResearch && !w.bloated(tr, window) {
		level = Warn // reading much is what it was asked for, and it is read little by little
	}
	w.raise(finding{rule: RuleContextGrowth, key: tr.id, family: "context", level: level, fact: true, tr: tr, observed: observed, threshold: threshold,
		evidence: []Clue{{Turn: tr.turn, Line: tr.line, Text: fmt.Sprintf("grew by %s a request over the last %d", tokenText(c.growth()), len(c.sizes))}},
		waste:    w.contextWaste(next), why: causeContext})
}

// fastFill is the time within which a context that fills from the first level to
// the second is filled by something other than reading one thing after the other.
const fastFill = 6 * time.Minute

// bloated says that the context grows by large pieces, or within minutes.
func (w *Watcher) bloated(tr *track, window model.Tokens) bool {
	if window > 0 && float64(tr.context.growth()) >= w.t.ContextGrowth*float64(window) {
		return true
	}
	e := w.episodes[episodeKey{RuleContextGrowth, tr.id}]
	return e != nil && e.level < Critical && w.now.Sub(e.since) < fastFill && len(tr.context.sizes) >= contextKept
}

// contextWaste is what the next ten requests would cost less after a compaction.
func (w *Watcher) contextWaste(n NextTurn) price.Money {
	if !n.Known {
		return 0
	}
	small := min(n.Context, compactedContext)
	if n.Context <= 0 {
		return 0
	}
	return price.Money(10 * float64(n.Hit) * float64(n.Context-small) / float64(n.Context))
}
