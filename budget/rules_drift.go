package budget

import (
	"cmp"
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
	if w.s.Policy.set() && !w.judgePolicy(tr) {
		w.beginDrift(tr, r)
		return
	}
	if !d.begun {
		w.beginDrift(tr, r)
		w.judgeSpawned(tr, r)
		return
	}
	if was.model == d.model && was.tier == d.tier && was.effort == d.effort {
		w.dearFor(tr)
		return
	}
	first, effort := w.open(tr, d.first, d.firstEffort)
	if d.model == first.Model && d.tier == price.Tier(first.Tier) && d.effort == effort {
		w.endDrift(tr)
		return
	}
	times := w.dearer(first, r.Bucket)
	more := times > 1.05 || moreEffort(d.effort, effort, times)
	level, fact := Notice, true
	switch {
	case !tr.asked && times > 1.05:
		level, fact = Critical, false // nobody asked for it
	case !tr.asked:
		level, fact = Warn, false
	case more:
		level = Warn // somebody may have chosen it
	}
	w.drifted(tr, level, fact, first, effort, times)
}

// beginDrift remembers what a thread began with.
func (w *Watcher) beginDrift(tr *track, r *model.Response) {
	if d := &tr.drift; !d.begun {
		d.begun, d.first, d.firstEffort = true, r.Bucket, r.Effort
	}
}

// open is what a thread is compared with: what the policy says something of counts
// as if it had been so before.
func (w *Watcher) open(tr *track, first model.Bucket, effort string) (model.Bucket, string) {
	p, d := &w.s.Policy, &tr.drift
	if len(p.Models) > 0 {
		first.Model = d.model
	}
	if len(p.Tiers) > 0 {
		first.Tier = d.tier
	}
	if len(p.Efforts) > 0 {
		effort = d.effort
	}
	return first, effort
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
	from, effort := w.open(tr, root.drift.bucket, root.drift.effort)
	if times := w.dearer(from, r.Bucket); times > 1.05 {
		level := Warn
		if from.Model == r.Bucket.Model {
			level = Critical // only the service tier is dearer: nobody chooses that for sub-agents alone
		}
		w.drifted(tr, level, true, from, effort, times)
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

// judgePolicy compares what is used with what is allowed, and says whether it is.
func (w *Watcher) judgePolicy(tr *track) bool {
	p, d := &w.s.Policy, &tr.drift
	tier := orDefault(d.tier, "default")
	okModel := p.allowsModel(d.model)
	okEffort := len(p.Efforts) == 0 || d.effort == "" || slices.Contains(p.Efforts, d.effort)
	okTier := len(p.Tiers) == 0 || slices.Contains(p.Tiers, tier)
	if okModel && okEffort && okTier {
		w.endPolicy(tr, "")
		return true
	}
	level := Warn
	if !okModel && w.dearerThan(p.Models, d.bucket) || !okTier && tier != "flex" && tier != "batch" && tier != "default" {
		level = Critical
	}
	observed := usedText(d.model, d.effort, d.tier)
	key := tr.id + policyKey + observed
	w.endPolicy(tr, key)
	w.raise(finding{rule: RuleModelDrift, key: key, family: "drift", level: level, tr: tr, observed: observed,
		threshold: p.text(), evidence: []Clue{{Turn: tr.turn, Line: tr.line, Text: "the policy does not allow it"}}, why: causeDrift})
	return false
}

// policyKey stands between thread and use in the keys of what breaks the policy.
const policyKey = " policy "

// dearerThan says that b costs more than the dearest of the models that are named
// and have a price would in its place. Names that end with * name none.
func (w *Watcher) dearerThan(models []string, b model.Bucket) bool {
	least := 0.0
	for _, m := range models {
		a := b
		a.Model, a.Tier = m, ""
		if t := w.dearer(a, b); t > 0 && (least == 0 || t < least) {
			least = t
		}
	}
	return least > 1.05
}

// endDrift resolves what was found of a thread.
func (w *Watcher) endDrift(tr *track) {
	for _, k := range w.keys() {
		if k.rule == RuleModelDrift && w.episodes[k].Thread == tr.id {
			w.resolve(k.rule, k.key)
		}
	}
}

// endPolicy resolves what broke the policy, but for one key.
func (w *Watcher) endPolicy(tr *track, but string) {
	var over []string
	for k := range w.episodes {
		if k.rule == RuleModelDrift && k.key != but && strings.HasPrefix(k.key, tr.id+policyKey) {
			over = append(over, k.key)
		}
	}
	slices.Sort(over)
	for _, key := range over {
		w.resolve(RuleModelDrift, key)
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

// moreEffort says that a run thinks more than before, and is dearer for it. One whose
// effort is not named has its model's own, low or medium with all that Codex knows:
// what it may have been is not more. Where a token costs at most half as much, more of
// them are not dearer either.
func moreEffort(now, was string, times float64) bool {
	if times > 0 && times <= 0.5 {
		return false
	}
	return effortRank(cmp.Or(now, "low")) > effortRank(cmp.Or(was, "medium"))
}

func effortRank(e string) int {
	return slices.Index([]string{"none", "minimal", "low", "", "medium", "high", "xhigh", "max", "ultra"}, e)
}

func (p Policy) set() bool { return len(p.Models)+len(p.Efforts)+len(p.Tiers) > 0 }

// allowsModel says that a model may be used.
func (p Policy) allowsModel(name string) bool {
	return len(p.Models) == 0 || slices.ContainsFunc(p.Models, func(m string) bool {
		head, any := strings.CutSuffix(m, "*")
		return m == name || any && strings.HasPrefix(name, head)
	})
}

// instead is what a thread is to use: what it uses where the policy allows that,
// else the first that the policy names, else what it began with.
func (p Policy) instead(d *drifting) (name, effort string) {
	name, effort = d.first.Model, d.firstEffort
	switch {
	case len(p.Models) == 0:
	case p.allowsModel(d.model):
		name = d.model
	case !strings.HasSuffix(p.Models[0], "*"):
		name = p.Models[0]
	}
	switch {
	case len(p.Efforts) == 0:
	case d.effort == "" || slices.Contains(p.Efforts, d.effort):
		effort = d.effort
	default:
		effort = p.Efforts[0]
	}
	return name, effort
}

func (p Policy) text() string {
	var parts []string
	for _, l := range [][]string{p.Models, p.Efforts, p.Tiers} {
		if len(l) > 0 {
			parts = append(parts, strings.Join(l, " or "))
		}
	}
	return model.Clean(strings.Join(parts, ", "), 200)
}
