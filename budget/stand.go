package budget

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	runsShown  = 24 * time.Hour      // runs that spent something since stand in the list
	tasksShown = 30 * 24 * time.Hour // and tasks
)

// Standings judges all budgets as of now, in the order of the plan; of a budget
// for each run or task one standing for each that spent something lately (runs: a day,
// tasks: 30 days), dearest first, and one without a key where there is none.
//
// It is also what moves alerts on: a page fires at the second evaluation that
// wants it. To be asked twice at the same instant changes nothing.
func (j *Judge) Standings(now time.Time) []Standing {
	j.advance(now)
	var all []Standing
	for _, k := range j.books {
		if k.Period.Calendar() {
			all = append(all, j.calendar(k, now))
		} else {
			all = append(all, j.keyed(k, now)...)
		}
	}
	return all
}

// calendar judges a budget whose period has an end.
func (j *Judge) calendar(k *book, now time.Time) Standing {
	from, to := k.Period.At(now, j.zone)
	c := k.parts[""]
	s := k.standing("", now, k.spentIn(from, to, now))
	s.From, s.To = from, to
	k.derive(now, from, to, j.zone)
	s.Plan = portion(s.Limit, k.plan.share(from, now))
	switch running := !now.Before(from) && now.Before(to); {
	case !running && now.Before(from):
		s.Forecast.Why = "it has not begun"
	case !running:
		s.Forecast = Forecast{Known: true, P10: s.Upper, P50: s.Upper, P90: s.Upper}
	default:
		s.Forecast = k.outlook.Forecast
	}
	s.Exhausts = j.exhausts(k, s, k.rings.fine.since(laterOf(s.From, now.Add(-lately))), now)
	s.Enforced = j.enforcement(k, c)
	s.Alerts = j.alertsOf(k, s, now)
	return s
}

// spentIn adds up the period that now lies in. What is said to come from later
// than now was spent now.
func (k *book) spentIn(from, to, now time.Time) amount {
	switch {
	case now.Before(from):
		return amount{}
	case now.Before(to):
		return k.parts[""].between(model.QuarterOf(from), math.MaxInt64)
	}
	return k.parts[""].between(model.QuarterOf(from), model.QuarterOf(to))
}

// standing fills in what every budget has.
func (k *book) standing(key string, now time.Time, a amount) Standing {
	s := Standing{Budget: k.Budget, Key: key, Limit: k.limit(key, now), Granted: k.granted(key, now)}
	s.Spent, s.Upper, s.Unpriced = a.spent.int64(), a.upper.int64(), a.unpriced.int64()
	s.Floor = s.Unpriced > 0
	s.Used = percent(s.Spent, s.Limit)
	return s
}

// keyed judges a budget for each run or task.
func (j *Judge) keyed(k *book, now time.Time) []Standing {
	shown := runsShown
	if k.Period.Name == Task {
		shown = tasksShown
	}
	oldest := model.QuarterOf(now.Add(-shown))
	burnt := j.burnt(k, now)
	var all []Standing
	for key, c := range k.parts {
		first, last, ok := c.span()
		if !ok || last < oldest {
			continue
		}
		s := k.standing(key, now, c.between(math.MinInt64, math.MaxInt64))
		s.From = model.QuarterTime(first)
		s.Forecast.Why = "a " + k.Period.Name + " has no end that is known"
		s.Exhausts = j.exhausts(k, s, burnt[key].int64(), now)
		s.Enforced = j.enforcement(k, c)
		s.Alerts = j.cumulative(k, s)
		all = append(all, s)
	}
	// Not the generic sort, which for so large a type is 40 KB of the program.
	sort.Slice(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		return cmp.Or(cmp.Compare(b.Upper, a.Upper), strings.Compare(a.Key, b.Key)) < 0
	})
	if len(all) == 0 {
		s := k.standing("", now, amount{})
		s.Forecast.Why = "no " + k.Period.Name + " spent anything lately"
		s.Enforced = NoData
		all = append(all, s)
	}
	return all
}

// enforcement says whether the budget's action can be carried out.
func (j *Judge) enforcement(k *book, c *part) Enforcement {
	if _, _, seen := c.span(); !seen {
		return NoData
	}
	if k.AtLimit == Gate && j.gate || k.AtLimit == Stop && j.stop {
		return Enforced
	}
	return Advisory
}

// derive brings profile, plan and outlooks up to now, as far as they changed.
func (k *book) derive(now, from, to time.Time, zone *time.Location) {
	c := k.parts[""]
	y, m, d := now.In(zone).Date()
	midnight := Midnight(y, m, d, zone)
	if day := model.QuarterOf(midnight); day != k.day || k.past != k.learntAt {
		k.day, k.learntAt = day, k.past
		k.profile, k.weights, k.plan, k.bands = learn(&c.cells, midnight, zone), nil, nil, nil
		k.outlookKey, k.beforeKey = [4]int64{}, [4]int64{}
	}
	if k.plan == nil || k.planFrom != from.Unix() {
		k.plan, k.planFrom = newPlan(&k.profile, from, to, zone), from.Unix()
	}
	if now.Before(from) || !now.Before(to) {
		return
	}
	quarter := model.QuarterOf(now)
	if key := [4]int64{1, quarter, from.Unix(), k.version}; key != k.outlookKey {
		k.outlookKey = key
		k.outlook = k.look(&c.cells, k.plan, model.QuarterTime(quarter+1), math.MaxInt64, from, to, zone)
	}
	if key := [4]int64{1, k.day, from.Unix(), k.past}; key != k.beforeKey {
		k.beforeKey, k.before = key, outlook{}
		if midnight.After(from) {
			k.before = k.look(&c.cells, k.plan, midnight, k.day, from, to, zone)
		}
	}
}

// portion is a part of an amount, rounded.
func portion(amount int64, share float64) int64 {
	return addFloat(0, float64(amount)*min(1, max(0, share)))
}

// lately is the time whose burn tells when a limit is reached.
const lately = 30 * time.Minute

// exhausts says when the limit is reached, after so much was burnt lately.
func (j *Judge) exhausts(k *book, s Standing, burnt int64, now time.Time) time.Time {
	if s.Exceeded() {
		return k.crossed(s, s.Limit, true)
	}
	left := s.Limit - s.Upper
	if !s.To.IsZero() && (now.Before(s.From) || !now.Before(s.To)) || s.Limit <= 0 {
		return time.Time{}
	}
	if burnt > 0 {
		wait := float64(left) / float64(burnt) * float64(lately)
		if wait > float64(math.MaxInt64/2) {
			return time.Time{}
		}
		if at := now.Add(time.Duration(wait)); s.To.IsZero() || at.Before(s.To) {
			return at
		}
		return time.Time{}
	}
	if !s.Forecast.Known || k.outlook.level <= 0 || s.To.IsZero() {
		return time.Time{}
	}
	need := k.plan.until(now) + float64(left)/k.outlook.level
	i, _ := slices.BinarySearch(k.plan.sums, need)
	if i >= len(k.plan.sums) {
		return time.Time{}
	}
	return model.QuarterTime(k.plan.from + int64(i)).In(j.zone)
}

// burnt is what each run or task of a budget spent lately.
func (j *Judge) burnt(k *book, now time.Time) map[string]sum {
	parts := map[string]sum{}
	for e := range j.recent.all() {
		if now.Sub(e.at) > lately || !slices.Contains(j.matching(e.spend), k) {
			continue
		}
		if key, ok := k.keyOf(e.spend.Run, e.spend); ok {
			parts[key] = parts[key].plus(k.Limit.Unit.of(e.spend).upper)
		}
	}
	return parts
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// crossed gives the quarter of an hour in which an amount was reached within the
// standing's period.
func (k *book) crossed(s Standing, n int64, upper bool) time.Time {
	start := int64(math.MinInt64)
	if !s.To.IsZero() {
		start = model.QuarterOf(s.From)
	}
	var total sum
	for _, x := range k.parts[s.Key].from(start) {
		if upper {
			total = total.plus(x.upper)
		} else {
			total = total.plus(x.spent)
		}
		if t := total.int64(); t > 0 && t >= n {
			return model.QuarterTime(x.quarter)
		}
	}
	return time.Time{}
}

// top gives the runs that spent most of a budget's standing, at most n; 0 all.
func (j *Judge) top(k *book, s Standing, n int) []Part {
	start := int64(math.MinInt64)
	if !s.To.IsZero() {
		start = model.QuarterOf(s.From)
		if end := model.QuarterOf(s.To); !j.now.Before(s.To) {
			return largest(j.shares(k, s.Key, start, end), n)
		}
	}
	p := k.parts[s.Key]
	if p == nil {
		return nil
	}
	if p.runs == nil || p.since != start {
		p.runs, p.since = j.shares(k, s.Key, start, math.MaxInt64), start
	}
	return largest(p.runs, n)
}

// shares adds up what each run spent of a budget, from one quarter up to another.
func (j *Judge) shares(k *book, key string, start, end int64) map[model.RunID]sum {
	runs := map[model.RunID]sum{}
	for run, rows := range j.runs {
		for _, r := range rows {
			if r.Quarter < start || r.Quarter >= end || !slices.Contains(j.matching(r), k) {
				continue
			}
			if of, ok := k.keyOf(run, r); ok && of == key {
				if n := runs[run].plus(k.Limit.Unit.of(r).upper); n != (sum{}) {
					runs[run] = n
				}
			}
		}
	}
	return runs
}

// burning gives the runs that spent most of a budget since an instant.
func (j *Judge) burning(k *book, since time.Time, n int) []Part {
	parts := map[model.RunID]sum{}
	for e := range j.recent.all() {
		if !e.at.Before(since) && slices.Contains(j.matching(e.spend), k) {
			parts[e.spend.Run] = parts[e.spend.Run].plus(k.Limit.Unit.of(e.spend).upper)
		}
	}
	return largest(parts, n)
}

// largest gives the n largest parts, most first; 0 all.
func largest(parts map[model.RunID]sum, n int) []Part {
	byAmount := func(a, b Part) int {
		return cmp.Or(cmp.Compare(b.Amount, a.Amount), strings.Compare(string(a.Run), string(b.Run)))
	}
	var all []Part
	for run, s := range parts {
		p := Part{run, s.int64()}
		if p.Amount <= 0 || n > 0 && len(all) == n && byAmount(all[n-1], p) < 0 {
			continue
		}
		all = append(all, p)
		if n > 0 {
			slices.SortStableFunc(all, byAmount)
			all = all[:min(n, len(all))]
		}
	}
	slices.SortStableFunc(all, byAmount)
	return all
}
