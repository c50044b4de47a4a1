package monitor

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// shownFor is how long a run is shown after its last line.
const shownFor = 24 * time.Hour

// aggregates are the parts of a snapshot that only change when something was
// read. Their slices are never changed once made, only replaced.
type aggregates struct {
	today, yesterday price.Cost
	usage            model.Count
	hours            [24]price.Cost
	projects, models []Share
	limits           []model.Limit
	series           Series
	minute           int64 // of the series' end
	skipped, unknown map[string]int64
	used, unpriced   []string // models of the last seven days
	uncertain        int64
	gone, cut        int
	lasting          bool // a ledger keeps what is gone
	apiPrices        bool
	files            int
}

// snapshot builds what is shown now. What the loop knows besides the book, it adds itself.
func (b *book) snapshot(now time.Time) Snapshot {
	b.advance(now)
	shown := b.shown(now)
	if b.changed {
		b.aggregate()
		b.changed = false
		b.agg.minute = 0
	}
	if m := b.minutes.Step(now); m != b.agg.minute {
		b.agg.series = Series{Minute: amounts(b.minutes), Quarter: amounts(b.quarters)}
		b.agg.minute = m
	}
	a := &b.agg
	s := Snapshot{
		At: now, Zone: b.o.Zone, Today: a.today, TodayUsage: a.usage, Yesterday: a.yesterday,
		ByProject: a.projects, ByModel: a.models, ByHour: a.hours, Limits: running(a.limits, now), Series: a.series,
		APIPrices: a.apiPrices, PricesAsOf: b.o.Prices.AsOf, Runs: make([]Run, len(shown)),
	}
	for i, r := range shown {
		s.Runs[i] = r.view
		s.Rate.USDPerHour = s.Rate.USDPerHour.Add(r.view.Rate.USDPerHour)
		s.Rate.TokensPerMinute += r.view.Rate.TokensPerMinute
		s.Rate.Floor = s.Rate.Floor || r.view.Rate.Floor
	}
	return s
}

// shown gives the runs of the last day and those that are live (or all, where
// they were asked for), brought up to date and in their order.
func (b *book) shown(now time.Time) []*run {
	var shown []*run
	fresh := false
	for _, r := range b.list {
		r.refresh(b.o, now)
		if r.view.blank() {
			continue
		}
		if !b.o.All && now.Sub(r.view.LastAt) >= shownFor && !r.view.State.Live() {
			continue
		}
		shown = append(shown, r)
		fresh = fresh || r.number == 0
	}
	slices.SortFunc(shown, func(x, y *run) int {
		return cmp.Or(cmp.Compare(y.view.Rate.USDPerHour, x.view.Rate.USDPerHour),
			cmp.Compare(y.view.Rate.TokensPerMinute, x.view.Rate.TokensPerMinute),
			y.view.LastAt.Compare(x.view.LastAt), strings.Compare(string(x.id), string(y.id)))
	})
	if fresh {
		b.number(shown)
	}
	b.nameApart(shown)
	return shown
}

// blank says that no line of a run could be read: its files are empty yet, or
// hold something else. Nothing is known of it, not even that it is one.
func (r *Run) blank() bool { return r.StartedAt.IsZero() && r.Usage == (model.Count{}) }

// number gives new runs their numbers, in the order of the list.
func (b *book) number(shown []*run) {
	for _, r := range shown {
		if r.number == 0 {
			b.numbers++
			r.number = b.numbers
			r.view.Number = r.number
		}
	}
}

// nameApart sees to it that no two live runs have the same name. The one with the
// lower number keeps its name.
func (b *book) nameApart(shown []*run) {
	live := make([]*run, 0, len(shown))
	for _, r := range shown {
		if r.view.State.Live() {
			live = append(live, r)
		}
	}
	slices.SortFunc(live, func(x, y *run) int { return cmp.Compare(x.number, y.number) })
	taken := make(map[string]bool, len(live))
	for _, r := range live {
		name := r.view.Name
		for taken[name] {
			if base := r.baseName(); base != r.suffixed {
				r.suffixed, r.suffix = base, 1
			}
			r.suffix++
			name = r.name()
		}
		taken[name] = true
		r.view.Name = name
	}
}

// aggregate sums over all threads.
func (b *book) aggregate() {
	a := aggregates{lasting: b.o.Ledger != nil, series: b.agg.series, skipped: map[string]int64{}, unknown: map[string]int64{}}
	b.asleep.addTo(&a)
	projects := map[string]*projectSum{}
	models := map[string]*Share{}
	now := map[model.RunID]map[string]bool{}
	for _, e := range b.entries {
		a.notes(e)
		d := e.sums.day
		if d == nil {
			continue
		}
		a.yesterday = a.yesterday.Add(d.yesterday)
		if d.usage.Responses == 0 {
			continue
		}
		a.today = a.today.Add(d.today)
		a.usage = a.usage.Plus(d.usage)
		for h, c := range d.hours {
			a.hours[h] = a.hours[h].Add(c)
		}
		// A sub-agent may work elsewhere, but its run is one project's.
		project := e.run.root().project
		p := projects[project]
		if p == nil {
			p = &projectSum{Share: Share{Name: project}, runs: map[model.RunID]bool{}}
			projects[project] = p
		}
		p.add(d.today, d.usage)
		p.runs[e.run.id] = true
		for _, m := range d.models {
			one := models[m.Name]
			if one == nil {
				one = &Share{Name: m.Name}
				models[m.Name] = one
			}
			one.add(m.Cost, m.Usage)
			if now[e.run.id] == nil {
				now[e.run.id] = map[string]bool{}
			}
			if !now[e.run.id][m.Name] {
				now[e.run.id][m.Name] = true
				one.Runs++
			}
		}
	}
	for _, p := range projects {
		p.Runs = len(p.runs)
		a.projects = append(a.projects, p.Share)
	}
	for _, m := range models {
		a.models = append(a.models, *m)
	}
	sortShares(a.projects)
	sortShares(a.models)
	a.limits = b.sortedLimits()
	a.apiPrices = a.apiPrices || len(a.limits) > 0
	b.agg = a
}

type projectSum struct {
	Share
	runs map[model.RunID]bool
}

func (s *Share) add(c price.Cost, n model.Count) {
	s.Cost, s.Usage = s.Cost.Add(c), s.Usage.Plus(n)
}

func sortShares(shares []Share) {
	slices.SortStableFunc(shares, func(x, y Share) int {
		return cmp.Or(cmp.Compare(y.Cost.USD, x.Cost.USD), cmp.Compare(y.Usage.Total(), x.Usage.Total()), strings.Compare(x.Name, y.Name))
	})
}

// notes collects what the notices speak of.
func (a *aggregates) notes(e *entry) {
	t := e.thread
	a.files += len(e.files)
	for reason, n := range t.Skipped {
		a.skipped[reason] += n
	}
	for kind, n := range e.unknown {
		a.unknown[kind] += n
	}
	for _, m := range e.sums.models {
		a.used = addOnce(a.used, m)
	}
	for _, m := range e.sums.unpriced {
		a.unpriced = addOnce(a.unpriced, m)
	}
	a.uncertain += t.Uncertain.Responses
	if e.gone && !e.stored {
		a.gone++
	}
	if len(e.kept) > 0 {
		a.cut++
	}
	a.apiPrices = a.apiPrices || sellsPlans(t)
}

// sellsPlans says that a thread may be paid for by a plan. Only OpenAI sells them; another
// provider's tokens are paid for one by one.
func sellsPlans(t *model.Thread) bool { return t.Meta.Provider == "" || t.Meta.Provider == "openai" }

func (b *book) sortedLimits() []model.Limit {
	limits := make([]model.Limit, 0, len(b.limits))
	for _, l := range b.limits {
		limits = append(limits, l)
	}
	slices.SortStableFunc(limits, func(x, y model.Limit) int {
		return cmp.Or(cmp.Compare(x.Minutes, y.Minutes), strings.Compare(x.ID, y.ID))
	})
	return limits
}

// running leaves out the windows whose reset has passed: how much of the next one
// is used stands in no file until Codex reports it. The argument stays as it is.
func running(limits []model.Limit, now time.Time) []model.Limit {
	passed := func(l model.Limit) bool { return !l.ResetsAt.IsZero() && !now.Before(l.ResetsAt) }
	if !slices.ContainsFunc(limits, passed) {
		return limits
	}
	return slices.DeleteFunc(slices.Clone(limits), passed)
}

func amounts(s *model.Series) []price.Money {
	out := make([]price.Money, s.Len())
	s.Each(func(i int, x int64) { out[i] = price.Money(x) })
	return out
}
