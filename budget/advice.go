package budget

import (
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The actions that advice names.
const (
	ActDowngrade = "downgrade"
	ActCutTools  = "cut_tools"
	ActCompact   = "compact"
	ActTakeOver  = "human_takeover"
	ActStop      = "stop"
	ActExtend    = "extend"
	ActNone      = "none"
)

// cause is why an exception was raised, as far as advice depends on it.
type cause uint8

const (
	causeLoop cause = iota
	causeNothing
	causeContext
	causeCache
	causeRetry
	causeDrift
	causeFanout
	causeOutlier
	causeData
	causeUnpriced
)

// advise gives the one recommended action. What an hour of it saves is what the
// run spends now, less what it would spend then.
func (w *Watcher) advise(e *incident, f finding) Advice {
	rate := w.rate()
	switch f.why {
	case causeLoop:
		if f.level >= Critical || e.Severity == Page {
			return takeOver(rate, "it repeats itself; press Esc in its terminal (ctrl+c for codex exec), say what is known, and let it go on")
		}
		return Advice{Action: ActStop, Detail: "press Esc and say what to try instead; codex resume goes on from there", Saving: rate}
	case causeNothing:
		return w.adviseIdle(f, rate)
	case causeContext:
		return w.adviseCompact(f.tr)
	case causeCache:
		return w.adviseCache(f.tr, rate)
	case causeRetry:
		return Advice{Action: ActStop, Detail: "the service fails; stop the run, and later: codex resume " + threadText(f.tr), Saving: rate}
	case causeDrift:
		return w.adviseDrift(f.tr, rate)
	case causeFanout:
		return Advice{Action: ActStop, Detail: "stop the sub-agents that add nothing; for the next run: -c agents.max_concurrent_threads_per_session=4",
			Saving: w.share(rate, w.agents), Caution: "a stopped root leaves its sub-agents running: stop them too"}
	case causeOutlier:
		if w.made.any && w.now.Sub(w.made.at) < w.t.NoArtifactTime {
			return Advice{Action: ActExtend, Detail: "it is dear, and something comes of it: give it what it needs, with an end"}
		}
		return w.downgradeOr(f.tr, rate, takeOver(rate, "see what it does that others like it did not"))
	case causeUnpriced:
		return Advice{Action: ActNone, Detail: "add its price to the settings ([[price]]): until then its cost is a floor, and hard limits count its upper bound"}
	}
	return Advice{Action: ActNone, Detail: "the numbers of this thread may be incomplete; see: tokenburn doctor, tokenburn why " + threadText(f.tr)}
}

func takeOver(saving price.Money, detail string) Advice {
	return Advice{Action: ActTakeOver, Detail: detail, Saving: saving}
}

func threadText(tr *track) string { return model.Clean(tr.id, 40) }

// share is the part of the rate that a part of the cost has.
func (w *Watcher) share(rate, part price.Money) price.Money {
	if w.cost <= 0 {
		return 0
	}
	return price.Money(float64(rate) * float64(part) / float64(w.cost))
}

func (w *Watcher) adviseIdle(f finding, rate price.Money) Advice {
	if f.level >= Critical {
		return Advice{Action: ActStop, Detail: "press Esc, read what it found, and give it a smaller task; or go on yourself", Saving: rate}
	}
	other := takeOver(rate, "look at what it is after, and narrow the task")
	if len(w.episodes) > 1 || w.purpose() != purposeResearch {
		return other
	}
	return w.downgradeOr(f.tr, rate, other)
}

func (w *Watcher) downgradeOr(tr *track, rate price.Money, other Advice) Advice {
	if w.purpose() != purposeResearch {
		return other
	}
	if a, ok := w.downgrade(tr, rate); ok {
		return a
	}
	return other
}

// downgrade finds a cheaper model: of the current ones that hold the context, the
// dearest that saves at least two fifths of what the same tokens cost now.
func (w *Watcher) downgrade(tr *track, rate price.Money) (Advice, bool) {
	if len(tr.context.sizes) == 0 {
		return Advice{}, false
	}
	size := tr.context.sizes[len(tr.context.sizes)-1]
	use := w.usual(tr)
	b := tr.drift.bucket
	b.Quarter = model.QuarterOf(w.now)
	now := w.s.Prices.Cost(b, use)
	if now.Floor() || now.USD <= 0 {
		return Advice{}, false
	}
	best, cost := "", price.Money(0)
	for _, r := range w.s.Prices.Rows() {
		if r.Status != "current" || r.From.After(w.now) || !r.To.IsZero() && !w.now.Before(r.To) || r.Window < size+size/20 || !strings.HasPrefix(r.Model, "gpt-") ||
			strings.HasSuffix(r.Model, "-pro") || !w.allowed(r.Model) {
			continue
		}
		c := b
		c.Model = r.Model
		if x := w.s.Prices.Cost(c, use); !x.Floor() && x.USD > cost && x.USD <= now.USD*6/10 {
			best, cost = r.Model, x.USD
		}
	}
	if best == "" {
		return Advice{}, false
	}
	return Advice{Action: ActDowngrade, Model: best, Detail: fmt.Sprintf("tokenburn downgrade %s --model %s (or /model in its terminal)", threadText(tr), best),
		Saving:  price.Money(float64(rate) * (1 - float64(cost)/float64(now.USD))),
		Caution: "the same tokens on the cheaper price; a weaker model may need more tries, and a switch begins with a request that no cache serves"}, true
}

func (w *Watcher) allowed(m string) bool { return w.s.Policy.allowsModel(m) }

// usual is what a request of the thread uses as a rule.
func (w *Watcher) usual(tr *track) model.Usage {
	c := &tr.context
	in := c.sizes[len(c.sizes)-1]
	return model.Usage{Input: in, Cached: model.Tokens(c.hit * float64(in)), Output: middleTokens(c.outputs)}
}

// The tokens that a compaction's summary has, and those of a context after it.
const (
	summaryTokens    model.Tokens = 2_000
	compactedContext model.Tokens = 20_000
)

// CompactPays gives how many further requests make a compaction pay: K = (C·p_c +
// s·p_o + C'·p_w) / ((C - C')·p_c), with the context C, the summary s, the context
// after it C', and the prices of cached input, output and written input. False
// where it never pays or no price is known.
func CompactPays(list *price.List, b model.Bucket, context, summary, after model.Tokens) (int, bool) {
	b.Long = context > model.LongContextTokens
	q, ok := list.Explain(b)
	if !ok || context <= after {
		return 0, false
	}
	write := q.Rates.Input
	if q.Row.WriteListed {
		write = q.Rates.CacheWrite
	}
	once := price.Times(context, q.Rates.Cached).Add(price.Times(summary, q.Rates.Output)).Add(price.Times(after, write))
	each := price.Times(context-after, q.Rates.Cached)
	if each <= 0 {
		return 0, false
	}
	return int((once + each - 1) / each), true
}

func (w *Watcher) adviseCompact(tr *track) Advice {
	n := w.next(tr)
	if n.Context == 0 {
		return Advice{Action: ActCompact, Detail: "/compact in its terminal"}
	}
	a := Advice{Action: ActCompact, Detail: "/compact in its terminal, or codex exec with -c model_auto_compact_token_limit=" + fmt.Sprint(int64(n.Context*6/10)),
		Caution: "details that the summary leaves out are gone from its memory"}
	b := tr.drift.bucket
	b.Quarter = model.QuarterOf(w.now)
	after := min(compactedContext, n.Context/2)
	k, ok := CompactPays(w.s.Prices, b, n.Context, summaryTokens, after)
	if !ok {
		return a
	}
	a.Detail += fmt.Sprintf("; it pays from %d further requests on", k)
	small := Next(w.s.Prices, b, after, n.Growth, middleTokens(tr.context.outputs), n.HitRate)
	if small.Known && n.Known && n.Expected > small.Expected {
		a.Saving = price.Money(float64(n.Expected-small.Expected) * w.requestsAnHour())
	}
	return a
}

// requestsAnHour is how often the run asks the model, as of the last quarter of an hour.
func (w *Watcher) requestsAnHour() float64 {
	n, first := 0, w.now
	for _, s := range w.spends {
		if w.now.Sub(s.at) <= 15*time.Minute {
			n += s.responses
			if s.at.Before(first) {
				first = s.at
			}
		}
	}
	return float64(n) * float64(time.Hour) / float64(max(time.Minute, w.now.Sub(first)))
}

func (w *Watcher) adviseCache(tr *track, rate price.Money) Advice {
	e := w.episodes[episodeKey{RuleCacheMiss, tr.id}]
	if e != nil && e.level < Critical {
		a := w.adviseCompact(tr)
		a.Detail = "before a long pause or a switch of the model: " + a.Detail
		return a
	}
	n := w.next(tr)
	saving := price.Money(0)
	if n.Known && n.Miss > 0 {
		saving = price.Money(float64(rate) * float64(n.Miss-n.Hit) / float64(n.Miss))
	}
	return Advice{Action: ActCutTools, Saving: saving,
		Detail:  "something at the head of the prompt changes from request to request: take tools out that come and go (codex mcp list, codex mcp remove NAME, --disable apps)",
		Caution: "the run has to be resumed for it to take effect"}
}

func (w *Watcher) adviseDrift(tr *track, rate price.Money) Advice {
	d := &tr.drift
	back, effort := w.s.Policy.instead(d)
	if root := w.root(); root != nil && root != tr && root.drift.begun && !w.s.Policy.set() {
		back, effort = root.drift.first.Model, root.drift.firstEffort
	}
	from := d.first
	from.Model, from.Tier = back, ""
	times := w.dearer(from, d.bucket)
	if times > 0 && times <= 1.05 && !moreEffort(d.effort, effort, times) {
		return Advice{Action: ActNone, Detail: "it is not dearer; if that was wanted, nothing is to be done"}
	}
	if times == 0 && !w.s.Policy.set() { // which of the two is dearer nobody knows
		return Advice{Action: ActNone, Detail: "add the prices of both models to the settings ([[price]]) to know which is dearer; if the switch was wanted, nothing is to be done"}
	}
	a := Advice{Action: ActDowngrade, Model: back, Effort: effort, Detail: fmt.Sprintf("tokenburn downgrade %s --model %s", threadText(tr), model.Clean(back, 60)),
		Caution: "a switch of the model begins with a request that no cache serves"}
	if effort != "" {
		a.Detail += " --effort " + model.Clean(effort, 20)
	}
	if price.Tier(d.bucket.Tier) == "fast" {
		a.Detail += " --disable fast_mode"
	}
	if times > 1 {
		a.Saving = price.Money(float64(rate) * (1 - 1/times))
	}
	return a
}

// AdviseSpend gives the action for a run that is about to pass its budget: extend
// it where something comes of it, a cheaper model for research, else a look.
func (w *Watcher) AdviseSpend() Advice {
	tr := w.root()
	if tr == nil {
		return Advice{Action: ActNone}
	}
	rate := w.rate()
	if w.made.any && w.now.Sub(w.made.at) < w.t.NoArtifactTime {
		return Advice{Action: ActExtend, Detail: "something comes of it: extend the budget by an amount, with an expiry and a reason (key e)"}
	}
	return w.downgradeOr(tr, rate, takeOver(rate, "look at what it is after before it goes on"))
}
