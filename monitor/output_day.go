package monitor

import (
	"cmp"
	"maps"
	"slices"
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
	a := &account{in: in, zone: in.zone(), from: model.QuarterOf(from), to: model.QuarterOf(to), past: map[string]price.Cost{},
		runs: map[model.RunID]*DayRun{}, kinds: map[model.RunID]map[string]*Share{}, byDay: map[string]*Share{},
		ended: map[model.RunID]bool{}, members: map[model.RunID][]*model.Thread{}}
	y, m, d := from.Date()
	a.before = model.QuarterOf(budget.Midnight(y, m, d-max(usualDays, in.Days), a.zone))
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
	at := model.QuarterTime(s.Quarter).In(a.zone)
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
