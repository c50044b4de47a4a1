package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	offerTurns = 12        // of the run's last turns that a projection is made from
	offerTime  = time.Hour // and the longest that it looks back
	offerLeast = time.Minute
)

// OfferInput is what the models that a run can go on with are judged by.
type OfferInput struct {
	Now    time.Time
	Zone   *time.Location // of the midnight that DayEnd is about; nil: time.Local
	Prices *price.List
	Policy budget.Policy // models that it does not allow are not offered

	Threads  []*model.Thread // of the run, folded with detail; the root, which is what switches, first
	Rate     Rate            // of the run, as it is shown
	All      Rate            // of all runs
	Today    price.Cost      // of all runs
	Settings control.Settings
	Context  model.Tokens
	Models   []control.Model // that Codex knows
	Later    bool            // the owner can switch without ending the turn
}

// Offers gives what a run can go on with: the present model first, its lower
// efforts next, then the others from the dearest to the cheapest, and at the end
// those whose price is not known. Models that would cost more for the same tokens,
// that Codex hides or that the policy forbids are left out.
//
// The costs an hour are those of the run's own tokens, of its last twelve turns
// within the last hour, at either model's price with the same share of cached
// input: what another model would make of the same task nobody knows. The run's
// rate now is the one that is shown, where it burns; else that of those turns
// while they went on.
func Offers(in OfferInput) []ModelOffer {
	p := newProjection(in)
	present := p.offer(in.Settings.Model, in.Settings.Effort)
	offers := append([]ModelOffer{present}, p.efforts()...)
	var others []ModelOffer
	for _, m := range in.Models {
		if m.Hidden || m.Slug == in.Settings.Model || !in.Policy.AllowsModel(m.Slug) {
			continue
		}
		o := p.offer(m.Slug, p.effortFor(m))
		if o.Why == "" && o.Saves <= 0 {
			continue
		}
		others = append(others, o)
	}
	slices.SortStableFunc(others, func(a, b ModelOffer) int {
		return cmp.Or(compareBool(a.Why != "", b.Why != ""), cmp.Compare(b.After.USD, a.After.USD))
	})
	return append(offers, others...)
}

// projection is what the run's last turns would have cost otherwise.
type projection struct {
	in     OfferInput
	bucket model.Bucket // of a request now
	own    map[bool]model.Usage
	turns  int
	hit    float64
	now    price.Cost  // an hour of the whole run
	part   float64     // the root's share of it
	was    price.Cost  // of own, at the present price
	reason price.Money // what own's reasoning cost
	others price.Money // an hour of all other runs
	left   float64     // hours until midnight
}

func newProjection(in OfferInput) *projection {
	p := &projection{in: in, bucket: model.Bucket{Quarter: model.QuarterOf(in.Now), Model: in.Settings.Model, Tier: in.Settings.Tier}}
	w := lastTurns(in.Threads)
	p.own, p.turns = w.used, w.turns
	p.was = p.cost(in.Settings.Model)
	all, u := p.was, p.own[false].Add(p.own[true])
	for _, t := range in.Threads[min(1, len(in.Threads)):] {
		for _, r := range t.Responses {
			if !r.At.Before(w.from) {
				all = all.Add(in.Prices.Cost(r.Bucket, r.Usage))
			}
		}
	}
	if u.Input > 0 {
		p.hit = min(1, max(0, float64(u.Cached)/float64(u.Input)))
	}
	p.part = 1
	if all.USD > 0 {
		p.part = float64(p.was.USD) / float64(all.USD)
	}
	p.now = price.Cost{USD: in.Rate.USDPerHour}
	if !in.Rate.burning() {
		p.now = w.perHour(all)
	}
	if in.Rate.Floor || all.Floor() {
		p.now.Unpriced = max(1, all.Unpriced)
	}
	for long, x := range p.own {
		b := p.bucket
		b.Long = long
		p.reason = p.reason.Add(in.Prices.Cost(b, model.Usage{Output: x.Reasoning}).USD)
	}
	p.others = max(0, in.All.USDPerHour-in.Rate.USDPerHour)
	zone := in.Zone
	if zone == nil {
		zone = time.Local
	}
	y, m, d := in.Now.In(zone).Date()
	p.left = max(0, time.Date(y, m, d+1, 0, 0, 0, 0, zone).Sub(in.Now).Hours())
	return p
}

// window is the part of a run that its offers are worked out from.
type window struct {
	used  map[bool]model.Usage // by the root, by long-context requests or not
	turns int
	from  time.Time // of its first turn, or an hour before the last answer
	to    time.Time // of its last answer
}

// lastTurns gives the root's last turns.
func lastTurns(threads []*model.Thread) window {
	w := window{used: map[bool]model.Usage{}}
	if len(threads) == 0 {
		return w
	}
	root, seen := threads[0], map[int]bool{}
	for i := len(root.Responses) - 1; i >= 0; i-- {
		r := &root.Responses[i]
		if w.to.IsZero() {
			w.to = r.At
		}
		if w.to.Sub(r.At) > offerTime || !seen[r.Turn] && len(seen) == offerTurns {
			break
		}
		seen[r.Turn] = true
		w.used[r.Bucket.Long] = w.used[r.Bucket.Long].Add(r.Usage)
		w.from = r.At
		if n := r.Turn - root.TurnBase; n >= 0 && n < len(root.Turns) {
			if began := root.Turns[n].Started; !began.IsZero() && began.Before(r.At) && w.to.Sub(began) <= offerTime {
				w.from = began
			}
		}
	}
	w.turns = len(seen)
	return w
}

// perHour is a cost that fell into the window, an hour.
func (w window) perHour(c price.Cost) price.Cost {
	c.USD = price.Money(float64(c.USD) * float64(time.Hour) / float64(max(w.to.Sub(w.from), offerLeast)))
	return c
}

// cost is what the root's last turns would cost with a model.
func (p *projection) cost(name string) price.Cost {
	var sum price.Cost
	for long, u := range p.own {
		b := p.bucket
		b.Model, b.Long = name, long
		sum = sum.Add(p.in.Prices.Cost(b, u))
	}
	return sum
}

// The words of an offer.
const (
	riskWeaker  = "a weaker model may need more tries"
	riskCompact = "the context is compacted first: details that the summary leaves out are gone from its memory"
	riskTight   = "its context does not fit: it would be compacted first, or refused"
	whyNothing  = "the run has used nothing yet that could be priced otherwise"
	whyUnpriced = "no price is listed for it"
	whyPresent  = "the present model has no price, so nothing can be compared"
)

// offer judges one model.
func (p *projection) offer(name, effort string) ModelOffer {
	m := p.find(name)
	present := name == p.in.Settings.Model
	o := ModelOffer{Model: name, Effort: effort, Current: present && effort == p.in.Settings.Effort, Later: p.in.Later, Now: p.now, Turns: p.turns, Fits: true}
	if m != nil {
		o.Fits = present || m.Window == 0 || p.in.Context+p.in.Context/20 <= m.Window
		o.Compacts = !present && m.CompHash != "" && p.in.Settings.CompHash != "" && m.CompHash != p.in.Settings.CompHash
	}
	if o.Current {
		o.After = p.now
		o.DayEnd = p.dayEnd(p.now, price.Cost{})
		return o
	}
	to := p.bucket
	to.Model = name
	o.OneOff = budget.Switch{From: p.bucket, To: to, Context: p.in.Context, Hit: p.hit, Compacts: o.Compacts}.Cost(p.in.Prices)
	switch {
	case o.Compacts:
		o.Risk = riskCompact
	case !o.Fits:
		o.Risk = riskTight
	case !present:
		o.Risk = riskWeaker
	}
	if present {
		p.effort(&o)
		return o
	}
	p.price(&o, p.cost(name))
	return o
}

// price fills in what an hour costs with another model.
func (p *projection) price(o *ModelOffer, cost price.Cost) {
	switch {
	case cost.Floor():
		o.Why = whyUnpriced
	case p.turns == 0:
		o.Why = whyNothing
	case p.was.Floor() || p.now.Floor() || p.was.USD <= 0:
		o.Why = whyPresent
	}
	if o.Why != "" {
		return
	}
	ratio := float64(cost.USD) / float64(p.was.USD)
	o.After.USD = price.Money(float64(p.now.USD) * (1 - p.part*(1-ratio)))
	o.Saves = p.now.USD - o.After.USD
	o.DayEnd = p.dayEnd(o.After, o.OneOff)
}

// effort says what is known of the same model thinking less: no more than what its
// thinking costs now can be saved, and how much of that nobody can tell beforehand.
func (p *projection) effort(o *ModelOffer) {
	o.Why = "how much less it will think is not known beforehand"
	if p.was.USD > 0 && p.reason > 0 && !p.now.Floor() {
		most := price.Money(float64(p.now.USD) * p.part * float64(p.reason) / float64(p.was.USD))
		o.Why += fmt.Sprintf("; all its thinking costs $%.2f/h now", most.Dollars())
	}
	o.Risk = "it thinks less, and may need more tries"
}

func (p *projection) find(name string) *control.Model {
	i := slices.IndexFunc(p.in.Models, func(m control.Model) bool { return m.Slug == name })
	if i < 0 {
		return nil
	}
	return &p.in.Models[i]
}

// efforts are the lower efforts of the present model.
func (p *projection) efforts() []ModelOffer {
	m := p.find(p.in.Settings.Model)
	if m == nil {
		return nil
	}
	var offers []ModelOffer
	for _, e := range budget.LowerEfforts(m.Efforts, p.in.Settings.Effort, m.DefaultEffort) {
		offers = append(offers, p.offer(m.Slug, e))
	}
	return offers
}

// effortFor is the effort that the run has now, where the other model knows it; else
// that model's own default.
func (p *projection) effortFor(m control.Model) string {
	e := p.in.Settings.Effort
	if own := p.find(p.in.Settings.Model); e == "" && own != nil {
		e = own.DefaultEffort
	}
	if slices.Contains(m.Efforts, e) {
		return e
	}
	return m.DefaultEffort
}

// dayEnd is what all runs together will have cost today, if they go on so.
func (p *projection) dayEnd(hour, once price.Cost) price.Cost {
	c := p.in.Today.Add(once)
	c.USD = c.USD.Add(price.Money(float64(hour.USD.Add(p.others)) * p.left))
	c.Unpriced += hour.Unpriced
	return c
}
