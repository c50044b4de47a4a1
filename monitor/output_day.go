package monitor

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The names of what has no client or task, and of work whose kind was not looked at.
const (
	NoClient    = "no client"
	NoTask      = "no task"
	UnknownKind = "unknown"
)

// usualDays is how many days the usual day is the median of, of those on which
// something was used; with fewer than usualFrom active ones there is no usual day.
const (
	usualDays = 30
	usualFrom = 3
)

// DayInput is all that a day's account is made of. What is nil or zero is unknown
// and leaves its part of the account out.
type DayInput struct {
	Date time.Time // any instant of the day, or of the last day of several
	Days int       // how many days it covers; 0 is one
	Now  time.Time
	Zone *time.Location // nil: that of Date

	// Runs are the threads by run: those of the day with detail, and for the usual
	// day those of the 30 days before, for which rows suffice.
	Runs     map[model.RunID][]Member
	Spending *Spending
	// Views gives what a run is called, and how it stands. It may be nil.
	Views func(model.RunID) (Run, bool)

	// Works remembers what was taken from threads the last time. It may be nil.
	Works *Works

	Commits      Commits // of the folders that [Folders] gives for the day's works
	PullRequests int     // merged ones; -1 not asked for
	Standings    []budget.Standing
	Headroom     []budget.Standing
	Exceptions   []budget.Exception // of any time: those raised on the day are taken
	Client       string             // only this client's runs; "" all
}

// DayOf gives the account of a day. It is pure and shares no memory with its
// input but texts and standings. It takes time for every row of the last 31 days (a
// tenth of a microsecond each) and for every call of the day's runs: call it once a
// second at most where it is shown live.
func DayOf(in DayInput) *Day {
	a := newAccount(in)
	for _, id := range slices.Sorted(maps.Keys(in.Runs)) {
		a.run(id, in.Runs[id])
	}
	a.close()
	return a.day
}

// account is a day while it is added up.
type account struct {
	in       DayInput
	zone     *time.Location
	day      *Day
	from, to int64 // quarters
	before   int64 // first quarter of the usual days
	dates    dateCache
	past     map[string]price.Cost // of the days before, by date
	parts    [6]map[string]*Share
	byDay    map[string]*Share
	works    []Work
	runs     map[model.RunID]*DayRun
	kinds    map[model.RunID]map[string]*Share
	busy     []interval // with a turn running
	clients  bool
	tasks    bool
	ended    map[model.RunID]bool // a turn of its root was done on the day
	members  map[model.RunID][]*model.Thread
}

// The places of account.parts.
const (
	partProject = iota
	partModel
	partClient
	partKind
	partUser
	partTask
)

type interval struct{ from, to time.Time }

// Bounds gives the instants that the account is of, local midnights, the second not included.
func (in DayInput) Bounds() (from, to time.Time) {
	zone := in.zone()
	y, m, d := in.Date.In(zone).Date()
	return budget.Midnight(y, m, d+1-max(1, in.Days), zone), budget.Midnight(y, m, d+1, zone)
}

func (in DayInput) zone() *time.Location {
	if in.Zone != nil {
		return in.Zone
	}
	return in.Date.Location()
}

func newAccount(in DayInput) *account {
	from, to := in.Bounds()
	if in.Spending == nil {
		in.Spending = &Spending{Prices: price.Default()}
	}
	a := &account{in: in, zone: in.zone(), from: floorQuarter(from), to: floorQuarter(to), past: map[string]price.Cost{},
		runs: map[model.RunID]*DayRun{}, kinds: map[model.RunID]map[string]*Share{}, byDay: map[string]*Share{},
		ended: map[model.RunID]bool{}, members: map[model.RunID][]*model.Thread{}}
	y, m, d := from.Date()
	a.before = floorQuarter(budget.Midnight(y, m, d-max(usualDays, in.Days), a.zone))
	a.dates = dateCache{zone: a.zone, known: map[int64]string{}}
	a.day = &Day{Date: from, To: to, Open: in.Now.Before(to), Median: -1, Hours: 24}
	if in.Days <= 1 {
		a.day.Hours = int((to.Sub(from) + time.Hour - 1) / time.Hour)
	}
	for i := range a.parts {
		a.parts[i] = map[string]*Share{}
	}
	return a
}

// run adds a run, as far as it belongs to the client that is asked for.
func (a *account) run(id model.RunID, members []Member) {
	for _, m := range members {
		var base *budget.Spend
		for b, n := range m.Thread.Rows {
			if b.Quarter < a.before || b.Quarter >= a.to {
				continue
			}
			if base == nil {
				x := a.in.Spending.base(id, members, m)
				base = &x
			}
			if a.in.Client != "" && base.Client != a.in.Client {
				break
			}
			if b.Quarter < a.from {
				date := a.dates.of(b.Quarter)
				a.past[date] = a.past[date].Add(a.in.Spending.Prices.Cost(b, n.Usage))
				continue
			}
			for _, part := range a.in.Spending.split(*base, m.Thread, b, n) {
				a.spend(id, m, part)
			}
		}
	}
	if r := a.runs[id]; r != nil {
		a.describe(r, members)
		return
	}
	for _, m := range members { // its commits may be of the day, or share in those of others
		if a.in.Client == "" && m.Thread.FileChanges > 0 && len(m.Thread.Calls) > 0 {
			a.works = append(a.works, a.in.Works.Of(id, m))
		}
	}
}

// spend adds one row of the day.
func (a *account) spend(id model.RunID, m Member, s budget.Spend) {
	d := a.day
	d.Cost, d.Usage = d.Cost.Add(s.Cost), d.Usage.Plus(s.Count)
	at := quarterTime(s.Quarter).In(a.zone)
	hour := at.Hour()
	if a.in.Days <= 1 {
		hour = int(at.Sub(d.Date) / time.Hour)
	}
	if hour >= 0 && hour < len(d.ByHour) {
		d.ByHour[hour] = d.ByHour[hour].Add(s.Cost)
	}
	r := a.runs[id]
	if r == nil {
		r = &DayRun{ID: id, Project: s.Project, Client: s.Client, Task: s.Task}
		a.runs[id], a.kinds[id] = r, map[string]*Share{}
	}
	r.Cost, r.Usage = r.Cost.Add(s.Cost), r.Usage.Plus(s.Count)
	a.clients, a.tasks = a.clients || s.Client != "", a.tasks || s.Task != ""
	kind := s.Kind.String()
	if m.Thread.KindRows == nil {
		kind = UnknownKind
	}
	addShare(a.kinds[id], kind, s)
	for i, name := range [...]string{partProject: s.Project, partModel: s.Model, partClient: cmp.Or(s.Client, NoClient),
		partKind: kind, partUser: s.User, partTask: cmp.Or(s.Task, NoTask)} {
		addShare(a.parts[i], model.Clean(name, maxPath), s)
	}
	addShare(a.byDay, a.dates.of(s.Quarter), s)
}

func addShare(all map[string]*Share, name string, s budget.Spend) {
	p := all[name]
	if p == nil {
		p = &Share{Name: name}
		all[name] = p
	}
	p.Cost, p.Usage = p.Cost.Add(s.Cost), p.Usage.Plus(s.Count)
}

// describe fills in what else is known of a run of the day.
func (a *account) describe(r *DayRun, members []Member) {
	from, to := a.day.Date, a.day.To
	var works []Work
	for _, m := range members {
		t := m.Thread
		a.members[r.ID] = append(a.members[r.ID], t)
		if model.RunID(t.ID) == r.ID {
			r.Name = t.Title
		}
		w := a.in.Works.Of(r.ID, m)
		a.works = append(a.works, w)
		works = append(works, w)
		for i := range t.Turns {
			a.turn(r.ID, t, &t.Turns[i])
		}
		for _, share := range a.kinds[r.ID] {
			share.Runs = 1
		}
	}
	if a.in.Views != nil {
		if v, ok := a.in.Views(r.ID); ok {
			r.Name = v.Name
		}
	}
	if r.Name == "" {
		r.Name = cmp.Or(r.Project, shortID(string(r.ID)))
	}
	files := map[string]bool{}
	for _, w := range works {
		for _, e := range w.Edits {
			r.LinesFloor = r.LinesFloor || e.Added < 0 || e.Removed < 0
			r.ChangedAt = maxTime(r.ChangedAt, e.At)
			if !e.At.Before(from) && e.At.Before(to) {
				files[e.Path] = true
				r.Added += max(0, e.Added)
				r.Removed += max(0, e.Removed)
			}
		}
		a.day.Output.IsFloor = a.day.Output.IsFloor || w.Partial
	}
	r.Files = len(files)
	for _, f := range Fixes(works) {
		if !f.At.Before(from) && f.At.Before(to) {
			r.TestsFixed++
		}
	}
	r.SinceChange, _ = SinceChange(a.members[r.ID], a.in.Spending.Prices)
	a.oneShot(works)
	r.Kinds = shareList(a.kinds[r.ID])
	r.Report = r.Files == 0 && a.ended[r.ID] && answers(r)
}

// turn takes the time that a turn ran, as far as it was on the day.
func (a *account) turn(id model.RunID, t *model.Thread, turn *model.Turn) {
	end := turn.Ended
	if end.IsZero() {
		end = t.LastAt
	}
	if !turn.Started.Before(a.day.Date) && turn.Started.Before(a.day.To) {
		a.day.Turns++
	}
	i := interval{maxTime(turn.Started, a.day.Date), end}
	if i.to.After(a.day.To) {
		i.to = a.day.To
	}
	if i.from.Before(i.to) {
		a.busy = append(a.busy, i)
	}
	if turn.State == model.TurnDone && model.RunID(t.ID) == id && !turn.Ended.Before(a.day.Date) && turn.Ended.Before(a.day.To) {
		a.ended[id] = true
	}
}

// answers says that most of a run's cost went into research or review.
func answers(r *DayRun) bool {
	var sum, all price.Money
	for _, k := range r.Kinds {
		all = all.Add(k.Cost.USD)
		if k.Name == model.KindResearch.String() || k.Name == model.KindReview.String() {
			sum = sum.Add(k.Cost.USD)
		}
	}
	return sum > 0 && sum > all/10*6
}

// oneShot counts the turns that tested after they had changed something, and
// those of them whose first test then passed.
func (a *account) oneShot(works []Work) {
	for _, w := range works {
		first := map[int]time.Time{} // of the changes of each turn
		for _, e := range w.Edits {
			if at, ok := first[e.Turn]; !ok || e.At.Before(at) {
				first[e.Turn] = e.At
			}
		}
		for _, t := range w.Tests {
			at, ok := first[t.Turn]
			if !ok || t.At.Before(at) {
				continue
			}
			delete(first, t.Turn)
			if t.At.Before(a.day.Date) || !t.At.Before(a.day.To) {
				continue
			}
			a.day.Output.OneShotOf++
			if !t.Failed {
				a.day.Output.OneShot++
			}
		}
	}
}

// close finishes the account.
func (a *account) close() {
	d := a.day
	for id, r := range a.runs {
		d.PerRun = append(d.PerRun, *r)
		for i, name := range a.namesOf(id) {
			for n := range name {
				a.parts[i][n].Runs++
			}
		}
		for kind := range a.kinds[id] {
			a.parts[partKind][kind].Runs++
		}
	}
	slices.SortFunc(d.PerRun, func(x, y DayRun) int {
		return cmp.Or(cmp.Compare(y.Cost.USD, x.Cost.USD), cmp.Compare(y.Usage.Total(), x.Usage.Total()), strings.Compare(string(x.ID), string(y.ID)))
	})
	d.Runs = len(d.PerRun)
	d.ByProject, d.ByModel, d.ByKind, d.ByUser = shareList(a.parts[partProject]), shareList(a.parts[partModel]), shareList(a.parts[partKind]), shareList(a.parts[partUser])
	if a.clients {
		d.ByClient = shareList(a.parts[partClient])
	}
	if a.tasks {
		d.ByTask = shareList(a.parts[partTask])
	}
	if a.in.Days > 1 {
		d.ByDay = shareList(a.byDay)
		slices.SortFunc(d.ByDay, func(x, y Share) int { return strings.Compare(x.Name, y.Name) })
	}
	d.Active = union(a.busy)
	a.usual()
	a.output()
	a.judged()
	d.Notes = notes(a)
}

// namesOf gives the parts but kinds that a run is in, by the place in parts.
func (a *account) namesOf(id model.RunID) (names [6]map[string]bool) {
	for i := range names {
		names[i] = map[string]bool{}
	}
	members := a.in.Runs[id]
	for _, m := range members {
		base := a.in.Spending.base(id, members, m)
		used := false
		for b, n := range m.Thread.Rows {
			if b.Quarter >= a.from && b.Quarter < a.to && n != (model.Count{}) {
				used = true
				names[partModel][model.Clean(b.Model, maxPath)] = true
			}
		}
		if used {
			names[partProject][model.Clean(base.Project, maxPath)] = true
			names[partUser][model.Clean(base.User, maxPath)] = true
			names[partClient][model.Clean(cmp.Or(base.Client, NoClient), maxPath)] = true
			names[partTask][model.Clean(cmp.Or(base.Task, NoTask), maxPath)] = true
		}
	}
	for i := range names { // rows of nothing at all are in no part
		for n := range names[i] {
			if a.parts[i][n] == nil {
				delete(names[i], n)
			}
		}
	}
	return names
}

// usual compares with the days before.
func (a *account) usual() {
	d := a.day
	y, m, day := d.Date.Date()
	for i := 1; i <= max(1, a.in.Days); i++ {
		d.Previous = d.Previous.Add(a.past[budget.Midnight(y, m, day-i, a.zone).Format(time.DateOnly)])
	}
	if a.in.Days > 1 {
		return
	}
	var costs []price.Money
	for _, c := range a.past {
		if c != (price.Cost{}) {
			costs = append(costs, c.USD)
		}
	}
	if len(costs) < usualFrom {
		return
	}
	slices.Sort(costs)
	n := len(costs)
	d.Median = costs[n/2]
	if n%2 == 0 {
		d.Median = costs[n/2-1] + (costs[n/2]-costs[n/2-1])/2
	}
}

// judged takes what budgets and rules said of the day.
func (a *account) judged() {
	d := a.day
	period := a.period()
	for i := range a.in.Standings {
		s := &a.in.Standings[i]
		if s.Budget.Scope == (budget.Scope{}) && period != "" && s.Budget.Period.Name == period && a.in.Client == "" && d.Budget == nil {
			one := *s
			d.Budget = &one
		}
	}
	for _, s := range a.in.Headroom {
		if s.Budget.Period.Calendar() {
			d.Headroom = append(d.Headroom, s)
		}
	}
	for _, e := range a.in.Exceptions {
		if _, mine := a.runs[e.Run]; !e.At.Before(d.Date) && e.At.Before(d.To) && (a.in.Client == "" || mine) {
			d.Exceptions = append(d.Exceptions, e)
		}
	}
	slices.SortStableFunc(d.Exceptions, func(x, y budget.Exception) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), x.At.Compare(y.At))
	})
	a.alive()
}

// period is the period of budgets that the account covers exactly; "" none.
func (a *account) period() string {
	for _, name := range []string{budget.Day, budget.Week, budget.Month} {
		from, to := budget.Period{Name: name}.At(a.day.Date, a.zone)
		if from.Equal(a.day.Date) && to.Equal(a.day.To) {
			return name
		}
	}
	return ""
}

// alive finds the runs that were left alive: now, or at the day's end where a turn went on over it.
func (a *account) alive() {
	if a.in.Views == nil {
		return
	}
	for _, r := range a.day.PerRun {
		v, ok := a.in.Views(r.ID)
		if !ok {
			continue
		}
		left := v.State.Live()
		if !a.day.Open {
			left = false
			for _, t := range a.members[r.ID] {
				for _, turn := range t.Turns {
					left = left || turn.Started.Before(a.day.To) && (turn.Ended.After(a.day.To) || turn.Ended.IsZero() && t.LastAt.After(a.day.To))
				}
			}
		}
		if left {
			a.day.Alive = append(a.day.Alive, v)
		}
	}
}

// union is the length of intervals, overlaps counted once.
func union(all []interval) time.Duration {
	slices.SortFunc(all, func(x, y interval) int { return x.from.Compare(y.from) })
	var sum time.Duration
	var end time.Time
	for _, i := range all {
		if i.from.Before(end) {
			i.from = end
		}
		if i.to.After(i.from) {
			sum += i.to.Sub(i.from)
			end = i.to
		}
	}
	return sum
}

// shareList gives shares dearest first.
func shareList(all map[string]*Share) []Share {
	list := make([]Share, 0, len(all))
	for _, s := range all {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(x, y Share) int {
		return cmp.Or(cmp.Compare(y.Cost.USD, x.Cost.USD), cmp.Compare(y.Usage.Total(), x.Usage.Total()), strings.Compare(x.Name, y.Name))
	})
	return list
}

// dateCache remembers the date of each quarter of an hour.
type dateCache struct {
	zone  *time.Location
	known map[int64]string
}

func (c dateCache) of(quarter int64) string {
	d, ok := c.known[quarter]
	if !ok {
		d = quarterTime(quarter).In(c.zone).Format(time.DateOnly)
		c.known[quarter] = d
	}
	return d
}

// portionOf gives a part of an amount, rounded down.
func portionOf(m price.Money, part, whole int64) price.Money {
	if m <= 0 || part <= 0 || whole <= 0 {
		return 0
	}
	if part >= whole {
		return m
	}
	q, _ := mulDiv(int64(min(m, math.MaxInt64)), part, whole)
	return price.Money(q)
}
