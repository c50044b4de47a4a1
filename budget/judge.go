package budget

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Judge says how budgets stand. It is told all spend of each run, replaced
// whenever it changed, and what is spent as it is spent, so that the burn of the last
// minutes is known. The same facts in any order give the same standings.
//
// It belongs to one goroutine and reads no clock.
type Judge struct {
	plan       Plan
	zone       *time.Location
	books      []*book
	runs       map[model.RunID][]Spend
	matches    map[attributes][]*book
	pending    []event // not in the rings yet: said to come from the future
	recent     recents // in the rings
	productive map[model.RunID]bool
	gate, stop bool
	now        time.Time
}

// event is one response's spend.
type event struct {
	at    time.Time
	spend Spend
}

// book is one budget with all that it counts.
type book struct {
	Budget
	scope  scopeMatcher
	parts  map[string]*part // by run or task; "" for calendar periods
	grants []Extension
	rings  *rings
	alerts episodes

	// What is derived, and what of.
	version, past int64 // changes; those before day
	day           int64 // first quarter of the day that profile was learnt for
	learntAt      int64 // past, when profile was learnt
	profile       profile
	weights       map[[2]int64]float64
	plan          *plan
	planFrom      int64
	bands         []band
	outlook       outlook
	outlookKey    [4]int64
	before        outlook
	beforeKey     [4]int64
}

// part is what one key of a budget is made of. What each run is of the present
// period is kept once somebody asked for it.
type part struct {
	cells
	runs  map[model.RunID]sum // nil: not asked yet
	since int64               // the quarter that they are counted from
}

func (p *part) share(run model.RunID, quarter int64, n sum, out bool) {
	if p.runs == nil || quarter < p.since {
		return
	}
	if out {
		n = sum{}.minus(n)
	}
	if n = p.runs[run].plus(n); n == (sum{}) {
		delete(p.runs, run)
	} else {
		p.runs[run] = n
	}
}

// rings are the burn of the last hour by ten seconds and of the last day by
// minutes. Longer windows are exact sums of quarters of an hour.
type rings struct{ fine, minutes *ring }

func newRings() *rings {
	return &rings{
		fine:    newRing(fineStep, 360, shortFast, time.Hour),
		minutes: newRing(time.Minute, 1440, shortSlow, 6*time.Hour, 24*time.Hour),
	}
}

// Extension is an amount that a budget may spend more, for a time.
type Extension struct {
	Budget string
	Key    string // the run or task that it is for, "" for calendar periods and milestones
	Amount int64  // in the unit of the budget
	Until  time.Time
}

// NewJudge gives the judge of a plan that has seen nothing yet. The error is a [PlanError].
func NewJudge(p Plan) (*Judge, error) {
	budgets, err := p.Resolve()
	if err != nil {
		return nil, err
	}
	j := &Judge{plan: p, zone: p.zone(), runs: map[model.RunID][]Spend{}, productive: map[model.RunID]bool{}}
	for _, b := range budgets {
		k := &book{Budget: b, scope: newScopeMatcher(b.Scope, p.Home), parts: map[string]*part{}, alerts: episodes{}, day: math.MinInt64}
		if b.Period.Calendar() {
			k.parts[""] = &part{}
			k.rings = newRings()
		}
		j.books = append(j.books, k)
	}
	j.matches = map[attributes][]*book{}
	return j, nil
}

// Budgets gives the budgets as they are judged, in the order of the plan.
func (j *Judge) Budgets() []Budget {
	var all []Budget
	for _, k := range j.books {
		all = append(all, k.Budget)
	}
	return all
}

// Holds says which limits hold by themselves: those that refuse further requests,
// where Codex asks the gate, and those that stop runs.
func (j *Judge) Holds(gate, stop bool) { j.gate, j.stop = gate, stop }

// Productive says whether a run's spend shows in accepted output: then it lowers
// a page to a notice. It never changes a hard limit.
func (j *Judge) Productive(run model.RunID, yes bool) {
	if yes {
		j.productive[run] = true
	} else {
		delete(j.productive, run)
	}
}

// Put takes all that a run spent, in place of what was known of it; no rows forget
// the run. The judge keeps the slice: it may not be changed afterwards.
func (j *Judge) Put(run model.RunID, rows []Spend) {
	for _, s := range j.runs[run] {
		j.book(run, s, true)
	}
	for _, s := range rows {
		j.book(run, s, false)
	}
	if len(rows) == 0 {
		delete(j.runs, run)
	} else {
		j.runs[run] = rows
	}
}

func (j *Judge) book(run model.RunID, s Spend, out bool) {
	for _, k := range j.matching(s) {
		a := k.Limit.Unit.of(s)
		if a == (amount{}) {
			continue
		}
		key, ok := k.keyOf(run, s)
		if !ok {
			continue
		}
		c := k.parts[key]
		if c == nil {
			c = &part{}
			k.parts[key] = c
		}
		c.put(s.Quarter, a, out)
		c.share(run, s.Quarter, a.upper, out)
		k.version++
		if s.Quarter < k.day {
			k.past++
		}
	}
}

// keyOf gives the part of a budget that a row belongs to; false where to none.
func (k *book) keyOf(run model.RunID, s Spend) (string, bool) {
	switch k.Period.Name {
	case Run:
		return string(run), true
	case Task:
		return s.Task, s.Task != ""
	}
	return "", true
}

// matching gives the budgets that count a row.
func (j *Judge) matching(s Spend) []*book {
	a := attributesOf(s)
	if found, ok := j.matches[a]; ok {
		return found
	}
	if len(j.matches) >= 10_000 {
		clear(j.matches)
	}
	var found []*book
	for _, k := range j.books {
		if k.scope.match(a) {
			found = append(found, k)
		}
	}
	j.matches[a] = found
	return found
}

// Burn takes the spend of one response at its instant, once, so that the burn of
// the last minutes is known; it changes no total. Negative amounts take it back.
// Only the last day matters: older ones may be left out.
func (j *Judge) Burn(at time.Time, s Spend) { j.pending = append(j.pending, event{at, s}) }

// Grant lets a budget spend more until an instant. Granting the same again changes
// nothing. It fails where there is no such budget, where the amount is not above zero,
// and where the envelope that it is in would then promise more than it holds until then.
func (j *Judge) Grant(budget, key string, amount int64, until time.Time) error {
	i := slices.IndexFunc(j.books, func(k *book) bool { return k.Name == budget })
	if i < 0 {
		return fmt.Errorf("there is no budget %s", quote(budget))
	}
	k := j.books[i]
	e := Extension{budget, key, amount, until}
	switch {
	case amount <= 0:
		return fmt.Errorf("budget %s: an extension is more than nothing", quote(budget))
	case k.Period.Calendar() != (key == ""):
		return fmt.Errorf("budget %s is for each %s: name which", quote(budget), k.Period)
	case slices.Contains(k.grants, e):
		return nil
	}
	k.grants = append(k.grants, e)
	if err := j.envelope(k, until); err != nil {
		k.grants = k.grants[:len(k.grants)-1]
		return err
	}
	return nil
}

// envelope checks that what an envelope's parts may spend is not more than it
// holds, with the extensions that are left shortly before an instant.
func (j *Judge) envelope(k *book, until time.Time) error {
	if k.Parent == "" || !k.Period.Calendar() {
		return nil
	}
	at := until.Add(-time.Nanosecond)
	var parent Budget
	var children []Budget
	for _, o := range j.books {
		b := o.Budget
		b.Limit.Amount = o.limit("", at)
		switch {
		case o.Name == k.Parent:
			parent = b
		case o.Parent == k.Parent:
			children = append(children, b)
		}
	}
	if err := overPromised(parent, children, j.zone); err != nil {
		return fmt.Errorf("the envelope would promise more than it holds; extend %s first: %w", quote(k.Parent), err)
	}
	return nil
}

// granted is what extensions add now.
func (k *book) granted(key string, now time.Time) int64 {
	var s sum
	for _, e := range k.grants {
		if e.Key == key && now.Before(e.Until) {
			s = s.add(e.Amount)
		}
	}
	return s.int64()
}

// limit is the limit with the extensions that hold now.
func (k *book) limit(key string, now time.Time) int64 {
	return sum{}.add(k.Limit.Amount).add(k.granted(key, now)).int64()
}

// TakeOver goes on where the judge of an earlier plan ended: the burn of the last
// hours, the extensions, and the alerts of budgets that are as they were. Spend must
// be put again, because its clients and tasks are those of the earlier plan.
func (j *Judge) TakeOver(old *Judge) {
	j.pending = slices.AppendSeq(j.pending, old.recent.all())
	j.pending = append(j.pending, old.pending...)
	j.gate, j.stop = old.gate, old.stop
	for run := range old.productive {
		j.productive[run] = true
	}
	for _, k := range j.books {
		for _, o := range old.books {
			if o.Name != k.Name || o.Limit.Unit != k.Limit.Unit || o.Period != k.Period {
				continue
			}
			k.grants = append(k.grants, o.grants...)
			if o.Scope == k.Scope && o.Limit == k.Limit {
				k.alerts = o.alerts
			}
		}
	}
}

// skew is how far ahead a clock may be before what it stamps is left waiting.
const skew = 5 * time.Minute

// advance moves the rings to now and puts the events into them that have come.
// Where the clock went back, the rings are made again.
func (j *Judge) advance(now time.Time) {
	if now.Before(j.now.Add(-skew)) {
		j.pending = append(slices.Collect(j.recent.all()), j.pending...)
		j.recent = recents{}
		for _, k := range j.books {
			if k.rings != nil {
				k.rings = newRings()
			}
		}
	}
	j.now = now
	for _, k := range j.books {
		if k.rings != nil {
			k.rings.fine.advance(now)
			k.rings.minutes.advance(now)
		}
	}
	const kept = 7 * time.Hour // the longest window whose runs are named, and some
	j.recent.forget(now, kept)
	var waiting []event
	for _, e := range j.pending {
		switch {
		case e.at.After(now.Add(skew)):
			waiting = append(waiting, e)
			continue
		case now.Sub(e.at) <= kept:
			j.recent.add(e)
		}
		for _, k := range j.matching(e.spend) {
			if k.rings == nil {
				continue
			}
			n := k.Limit.Unit.of(e.spend).upper.int64()
			k.rings.fine.add(e.at, n)
			k.rings.minutes.add(e.at, n)
		}
	}
	j.pending = waiting
}
