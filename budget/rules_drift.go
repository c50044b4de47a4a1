package budget

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// drifting is what MODEL_DRIFT remembers of a thread: what it began with, and
// what it used last.
type drifting struct {
	begun               bool
	first, bucket       model.Bucket
	firstEffort, effort string
	model, tier         string
	times               float64     // how many times as dear as at the beginning
	cost                price.Money // the thread's, at the switch
	requests            int         // since the switch
}

// rerouted is MODEL_DRIFT where the service says so itself.
func (w *Watcher) rerouted(tr *track) {
	w.raise(finding{rule: RuleModelDrift, key: tr.id + "reroute", family: "drift", level: Warn, tr: tr, observed: "the service answered with another model",
		threshold: "the model that was asked for", evidence: []Clue{{Turn: tr.turn, Line: tr.line, Text: "model reroute"}}, why: causeDrift})
}

// judgeDrift is MODEL_DRIFT: model, effort or service tier are not those of the
// policy or, without one, those that the run began with.
func (w *Watcher) judgeDrift(tr *track, r *model.Response) {
	d := &tr.drift
	was := drifting{model: d.model, tier: d.tier, effort: d.effort}
	d.bucket, d.model, d.tier, d.effort = r.Bucket, r.Bucket.Model, price.Tier(r.Bucket.Tier), r.Effort
	if r.Bucket.Model == model.UnknownModel || tr.agent != "" && tr.agent != "thread_spawn" {
		return // reviews and the like choose their own model
	}
	if w.s.Policy.set() {
		w.judgePolicy(tr, r)
		return
	}
	if !d.begun {
		d.begun, d.first, d.firstEffort = true, r.Bucket, r.Effort
		w.judgeSpawned(tr, r)
		return
	}
	if was.model == d.model && was.tier == d.tier && was.effort == d.effort {
		w.dearFor(tr)
		return
	}
	if d.model == d.first.Model && d.tier == price.Tier(d.first.Tier) && d.effort == d.firstEffort {
		w.endDrift(tr)
		return
	}
	times := w.dearer(d.first, r.Bucket)
	more := times > 1.05 || effortRank(d.effort) > effortRank(d.firstEffort)
	level, fact := Notice, true
	switch {
	case !tr.asked && times > 1.05:
		level, fact = Critical, false // nobody asked for it
	case !tr.asked:
		level, fact = Warn, false
	case more:
		level = Warn // somebody may have chosen it
	}
	w.drifted(tr, level, fact, d.first, d.firstEffort, times)
}

// dearFor makes more of a switch to a dearer model that somebody may have asked
// for, once it has cost something and nothing came of it.
func (w *Watcher) dearFor(tr *track) {
	d := &tr.drift
	e := w.episodes[episodeKey{RuleModelDrift, tr.id + "drift"}]
	if e == nil || e.level != Warn || d.times < 1.5 || w.productive(e, finding{}) || w.purpose() == purposeResearch {
		return
	}
	d.requests++
	if w.now.Sub(e.since) < time.Minute || d.requests < driftRequests || tr.cost-d.cost < price.Dollar/4 {
		return
	}
	w.raise(finding{rule: RuleModelDrift, key: tr.id + "drift", family: "drift", level: Critical, tr: tr,
		observed:  fmt.Sprintf("%s, %.1f times as dear, for %d requests, and nothing came of it", usedText(d.model, d.effort, d.tier), d.times, d.requests+1),
		threshold: usedText(d.first.Model, d.firstEffort, price.Tier(d.first.Tier)) + ", as the run began",
		evidence:  []Clue{{Turn: tr.turn, Line: tr.line, Text: fmt.Sprintf("%s since the switch", dollarText(tr.cost-d.cost))}},
		waste:     price.Money(float64(tr.cost-d.cost) * (1 - 1/d.times)), why: causeDrift})
}

// driftRequests is how many requests a dearer model gets to show what it is good for.
const driftRequests = 8

// judgeSpawned looks at a sub-agent's first response: a dearer model than the
// root's is worth a look.
func (w *Watcher) judgeSpawned(tr *track, r *model.Response) {
	root := w.root()
	if tr.agent == "" || root == nil || root == tr || !root.drift.begun {
		return
	}
	from := root.drift.bucket
	if times := w.dearer(from, r.Bucket); times > 1.05 {
		level := Warn
		if from.Model == r.Bucket.Model {
			level = Critical // only the service tier is dearer: nobody chooses that for sub-agents alone
		}
		w.drifted(tr, level, true, from, root.drift.effort, times)
	}
}

func (w *Watcher) root() *track {
	for _, tr := range w.order {
		if tr.agent == "" {
			return tr
		}
	}
	return nil
}

func (w *Watcher) drifted(tr *track, level Severity, fact bool, from model.Bucket, effort string, times float64) {
	d := &tr.drift
	observed := usedText(d.model, d.effort, d.tier)
	if times > 1.05 {
		observed += fmt.Sprintf(", %.1f times as dear", times)
	}
	w.endDrift(tr)
	d.times, d.cost, d.requests = times, tr.cost, 0
	w.raise(finding{rule: RuleModelDrift, key: tr.id + "drift", family: "drift", level: level, fact: fact, tr: tr, observed: observed,
		threshold: usedText(from.Model, effort, price.Tier(from.Tier)) + ", as the run began",
		evidence:  []Clue{{Turn: tr.turn, Line: tr.line, Text: "first response of " + usedText(d.model, d.effort, d.tier)}}, why: causeDrift})
}

// judgePolicy compares what was used with what is allowed.
func (w *Watcher) judgePolicy(tr *track, r *model.Response) {
	tr.drift.begun, tr.drift.first = true, r.Bucket
	p, d := w.s.Policy, &tr.drift
	tier := orDefault(d.tier, "default")
	okModel := len(p.Models) == 0 || slices.ContainsFunc(p.Models, func(m string) bool {
		return m == d.model || strings.HasSuffix(m, "*") && strings.HasPrefix(d.model, m[:len(m)-1])
	})
	okEffort := len(p.Efforts) == 0 || d.effort == "" || slices.Contains(p.Efforts, d.effort)
	okTier := len(p.Tiers) == 0 || slices.Contains(p.Tiers, tier)
	if okModel && okEffort && okTier {
		w.endDrift(tr)
		return
	}
	level := Warn
	if !okModel {
		cheapest := 0.0
		for _, m := range p.Models {
			b := r.Bucket
			b.Model, b.Tier = m, ""
			if t := w.dearer(b, r.Bucket); t > 0 && (cheapest == 0 || t < cheapest) {
				cheapest = t
			}
		}
		if cheapest > 1.05 {
			level = Critical
		}
	}
	if !okTier && tier != "flex" && tier != "batch" && tier != "default" {
		level = Critical
	}
	observed := usedText(d.model, d.effort, d.tier)
	w.raise(finding{rule: RuleModelDrift, key: tr.id + "policy" + observed, family: "drift", level: level, tr: tr, observed: observed,
		threshold: p.text(), evidence: []Clue{{Turn: tr.turn, Line: tr.line, Text: "the policy does not allow it"}}, why: causeDrift})
}

func (w *Watcher) endDrift(tr *track) {
	for _, k := range w.keys() {
		if k.rule == RuleModelDrift && w.episodes[k].Thread == tr.id {
			w.resolve(k.rule, k.key)
		}
	}
}

// dearer is how many times as much a usual request costs with b as with a; 0
// where one of them has no price.
func (w *Watcher) dearer(a, b model.Bucket) float64 {
	u := model.Usage{Input: 100_000, Cached: 90_000, Output: 1000}
	a.Quarter, a.Long, b.Long = b.Quarter, false, false
	x, y := w.s.Prices.Cost(a, u), w.s.Prices.Cost(b, u)
	if x.Floor() || y.Floor() || x.USD == 0 {
		return 0
	}
	return float64(y.USD) / float64(x.USD)
}

func effortRank(e string) int {
	return slices.Index([]string{"none", "minimal", "low", "", "medium", "high", "xhigh", "max", "ultra"}, e)
}

func (p Policy) set() bool { return len(p.Models)+len(p.Efforts)+len(p.Tiers) > 0 }

func (p Policy) text() string {
	var parts []string
	for _, l := range [][]string{p.Models, p.Efforts, p.Tiers} {
		if len(l) > 0 {
			parts = append(parts, strings.Join(l, " or "))
		}
	}
	return model.Clean(strings.Join(parts, ", "), 200)
}
