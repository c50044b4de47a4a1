package budget

import (
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// cacheState is what CACHE_MISS remembers of a thread.
type cacheState struct {
	shares    []float64 // of the newest requests that were served from the cache
	newest    []bool    // whether each of the last five missed without an explanation
	wastes    []price.Money
	last      time.Time
	explained string // why the next request may miss
	requests  int
}

// judgeCache is CACHE_MISS: a request that should have been served from the cache
// was not. After a pause, a compaction or another model it is explained, and
// costed all the same.
func (w *Watcher) judgeCache(tr *track, r *model.Response) {
	c := &tr.cache
	c.requests++
	why := c.explained
	c.explained = ""
	gap := w.now.Sub(c.last)
	if !c.last.IsZero() && gap > w.t.CachePause && why == "" {
		why = fmt.Sprintf("after a pause of %s", gap.Round(time.Minute))
	}
	if tr.drift.model != "" && tr.drift.model != r.Bucket.Model {
		why = "after a switch of the model"
	}
	c.last = w.now
	share := 0.0
	if r.Usage.Input > 0 {
		share = float64(r.Usage.Cached) / float64(r.Usage.Input)
	}
	usual := middle(slices.Clone(c.shares))
	miss := c.requests > 3 && len(c.shares) >= 2 && usual > 0.8 && share < 0.5 && r.Usage.Input > w.t.CacheInput
	if !miss {
		if share > 0 || len(c.shares) == 0 {
			c.shares = append(c.shares, share)
			if len(c.shares) > 10 {
				c.shares = c.shares[1:]
			}
		}
		c.note(false, 0)
		return
	}
	waste := w.missWaste(r, usual)
	w.missed(tr, r, share, usual, waste, why)
}

func (c *cacheState) note(miss bool, waste price.Money) {
	c.newest, c.wastes = append(c.newest, miss), append(c.wastes, waste)
	if len(c.newest) > 5 {
		c.newest, c.wastes = c.newest[1:], c.wastes[1:]
	}
}

// missWaste is what the tokens cost more that would usually have been cached.
func (w *Watcher) missWaste(r *model.Response, usual float64) price.Money {
	q, ok := w.s.Prices.Explain(r.Bucket)
	if !ok {
		return 0
	}
	lost := model.Tokens(usual*float64(r.Usage.Input)) - r.Usage.Cached
	return price.Times(lost, q.Rates.Input-q.Rates.Cached)
}

func (w *Watcher) missed(tr *track, r *model.Response, share, usual float64, waste price.Money, why string) {
	c := &tr.cache
	explained := why != ""
	c.note(!explained, waste)
	n, sum := 0, price.Money(0)
	for i, m := range c.newest {
		if m {
			n, sum = n+1, sum.Add(c.wastes[i])
		}
	}
	level, fact := Notice, true
	threshold := fmt.Sprintf("cached input below 50 %%, usually %.0f %%", 100*usual)
	switch {
	case explained && waste >= w.t.CacheWaste:
		level = Warn
	case explained:
	case w.t.CacheMiss.Critical > 0 && n >= w.t.CacheMiss.Critical:
		level, fact, waste = Critical, false, sum
		threshold = fmt.Sprintf("%d of 5 requests", w.t.CacheMiss.Critical)
	case n >= w.t.CacheMiss.Warn && waste >= w.t.CacheWaste:
		level, fact = Warn, false
	default:
		return
	}
	if level == Notice && waste < w.t.CacheWaste/10 {
		return
	}
	observed := fmt.Sprintf("%.0f %% of %s input cached", 100*share, tokenText(r.Usage.Input))
	if explained {
		observed += ", " + why
	} else if n > 1 {
		observed += fmt.Sprintf(", %d of the last 5 requests alike", n)
	}
	w.raise(finding{rule: RuleCacheMiss, key: tr.id, family: "cache", level: level, fact: fact, tr: tr, observed: observed, threshold: threshold,
		evidence: []Clue{{Turn: tr.turn, Line: tr.line, Text: fmt.Sprintf("%s cost %s more than from the cache", tokenText(r.Usage.Input-r.Usage.Cached), dollarText(waste))}},
		waste:    waste, why: causeCache})
}
