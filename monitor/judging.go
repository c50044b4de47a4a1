package monitor

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	evaluateGap   = 250 * time.Millisecond // at least between two judgements of budgets
	evaluateEvery = 15 * time.Second       // by wall clock, so that alerts end when nothing arrives
)

// judging is what the loop needs to judge budgets and runs. It belongs to the loop.
type judging struct {
	planned  bool // a plan was taken
	kept     bool // what the ledger holds was taken
	started  bool // history is read, and so are plan and ledger: it is judged
	keep     *keeper
	plans    chan Planned      // from the one who reads plans
	reposOut chan Repositories // to that one
	plan     Planned
	judge    *budget.Judge
	spending *Spending
	labels   map[model.RunID]Label
	put      map[model.RunID]whose // runs that the judge knows
	atOnce   bool                  // judge at once: the plan or the labels changed

	evaluated time.Time
	standings []budget.Standing // replaced as a whole
	runUsed   map[model.RunID]float64

	watched   map[model.RunID]*watched
	wanted    []*source                // to be folded again for their steps
	early     map[*entry][]budget.Step // of threads that were read before judging began
	waits     int                      // how many steps early holds
	earlyMost int                      // and how many it may
	tooMany   map[*entry]bool          // threads whose steps were too many to wait: they are read again
	ticked    time.Time
	past      []pastRun // what runs are compared with, as of pastAt
	pastAt    time.Time
	pastFor   map[pastKey][]budget.Earlier   // the same as runs were told of them
	seen      map[model.RunID]budget.Earlier // of runs that were watched to their end

	queue  queue
	grants []grant

	repos        Repositories
	reposSeen    map[string]bool // working folders that were looked at
	reposChanged bool
	tells        []Notice // of faces, and refused moves
	day          dayShown
	savings      savings
}

// whose is who and what a run is counted for.
type whose struct{ client, task string }

// grant is an extension that was given.
type grant struct {
	budget.Extension
	from time.Time
}

func newJudging(o Options) judging {
	j := judging{
		labels: map[model.RunID]Label{}, put: map[model.RunID]whose{}, watched: map[model.RunID]*watched{}, seen: map[model.RunID]budget.Earlier{}, early: map[*entry][]budget.Step{}, tooMany: map[*entry]bool{}, earlyMost: earlyMost,
		repos: Repositories{}, reposSeen: map[string]bool{}, queue: newQueue(), runUsed: map[model.RunID]float64{},
	}
	// The empty plan cannot fail. Its judge keeps the burn of the last hours for the plan that comes.
	j.judge, _ = budget.NewJudge(budget.Plan{Zone: o.Zone})
	j.spending, _ = NewSpending(budget.Plan{}, o.Prices, o.User)
	j.planned, j.kept = o.Plan == nil, o.Ledger == nil
	j.day = newDayShown()
	j.keep = newKeeper(o.Ledger, o.Now)
	j.plans, j.reposOut = make(chan Planned), make(chan Repositories, 1)
	return j
}

// takePlan goes on with another plan: what was spent is put into its budgets, and
// judged at once.
func (l *loop) takePlan(p Planned) {
	if p.Plan.Zone == nil {
		p.Plan.Zone = l.o.Zone
	}
	l.touched = true
	rules := !reflect.DeepEqual(l.plan.Plan.Thresholds, p.Plan.Thresholds) || !reflect.DeepEqual(l.plan.Plan.Policy, p.Plan.Policy)
	if err := l.rejudge(p.Plan); err != nil {
		// The loader has checked it, so this is a plan made by hand.
		l.plan.Problems = append(p.Problems, Notice{Text: "the plan: " + model.Clean(err.Error(), 400), Effect: "it is judged as before"})
		return
	}
	l.plan, l.planned = p, true
	l.hold(l.judge)
	if rules || l.runLimitsChanged() {
		l.rewatch()
	}
}

// rejudge makes the judge of a plan and gives it all that is known.
func (l *loop) rejudge(p budget.Plan) error {
	j, err := budget.NewJudge(p)
	if err != nil {
		return err
	}
	s, err := NewSpending(p, l.o.Prices, l.o.User)
	if err != nil {
		return err
	}
	s.Labels = l.labels
	j.TakeOver(l.judge)
	l.hold(j)
	l.judge, l.spending, l.put, l.atOnce = j, s, map[model.RunID]whose{}, true
	for id := range l.runs {
		l.spent[id] = true
	}
	if len(p.Budgets) > 0 {
		for id := range l.asleep.runs {
			l.spent[id] = true
		}
	}
	j.Rebook(func(x budget.Spend) budget.Spend {
		if r := l.runs[x.Run]; r != nil {
			for _, e := range r.threads {
				if e.project == x.Project {
					b := s.base(x.Run, l.members(r), Member{e.thread, e.project})
					x.Client, x.Task = b.Client, b.Task
					break
				}
			}
		}
		return x
	})
	l.regrant()
	return nil
}

// members are a run's threads, with what was counted of files that were cut short.
func (l *loop) members(r *run) []Member {
	all := make([]Member, 0, len(r.threads))
	for _, e := range r.threads {
		t := e.thread
		if len(e.kept) > 0 {
			whole := *t
			whole.Rows, whole.KindRows = map[model.Bucket]model.Count{}, nil
			e.rows(func(b model.Bucket, n model.Count) { whole.Rows[b] = n })
			t = &whole
		}
		all = append(all, Member{t, e.project})
	}
	return all
}

// judgeDue says when budgets are to be judged next; the zero time: now.
func (l *loop) judgeDue() time.Time {
	switch {
	case l.atOnce || l.evaluated.IsZero():
		return time.Time{}
	case len(l.spent) > 0:
		return l.evaluated.Add(evaluateGap)
	}
	return l.evaluated.Add(evaluateEvery)
}

// startIfReady begins to judge once history, plan and ledger were read.
func (l *loop) startIfReady(now time.Time) {
	if l.started || l.readyAt.IsZero() || !l.planned || !l.kept {
		return
	}
	l.started = true
	l.recall()
	l.burnPast(now)
	l.watchLive(now)
}

// judgeIfDue judges budgets and lets time go by for runs.
func (l *loop) judgeIfDue(now time.Time) {
	l.measureSavings(now)
	l.startIfReady(now)
	if !l.started {
		return
	}
	if now.Before(l.evaluated) || !now.Before(l.judgeDue()) {
		l.evaluate(now)
	}
	if now.Before(l.ticked) || now.Sub(l.ticked) >= tickEvery {
		l.ticked = now
		l.tick(now)
	}
}

// evaluate brings the judge up to date and judges all budgets.
func (l *loop) evaluate(now time.Time) {
	l.evaluated, l.atOnce = now, false
	for id := range l.spent {
		l.putRun(id)
	}
	clear(l.spent)
	for id := range l.put {
		if !l.knows(id) {
			l.putRun(id)
		}
	}
	l.standings = l.judge.Standings(now)
	clear(l.runUsed)
	for _, s := range l.standings {
		if s.Budget.Period.Name == budget.Run && s.Key != "" {
			id := model.RunID(s.Key)
			l.runUsed[id] = max(l.runUsed[id], s.Used)
		}
	}
	l.reconcile(now)
}

// putRun tells the judge what a run spent.
func (l *loop) putRun(id model.RunID) {
	r := l.runBy(id)
	if r == nil {
		delete(l.put, id)
		l.judge.Put(id, nil)
		return
	}
	members := l.members(r)
	root := r.root()
	b := l.spending.base(id, members, Member{root.thread, root.project})
	l.put[id] = whose{b.Client, b.Task}
	if len(l.plan.Plan.Budgets) > 0 {
		l.judge.Put(id, l.spending.Run(id, members))
		l.judge.Productive(id, productiveLately(r.threads, l.now()))
	}
}

// burnt tells the judge what a response cost when it came.
func (l *loop) burnt(e *entry, r *model.Response) {
	l.judge.Burn(r.At, l.spending.Response(e.run.id, l.members(e.run), Member{e.thread, e.project}, r))
}

// burnPast tells the judge the burn of the last day, once history is read.
func (l *loop) burnPast(now time.Time) {
	for _, e := range l.entries {
		e.burnt = e.thread.Lines
		for _, u := range e.recentUse(now) {
			l.burnt(e, &model.Response{At: u.At, Bucket: u.Bucket, Usage: u.Usage})
		}
	}
}

// regrant gives the extensions that hold to the judge; it knows those that it has.
func (l *loop) regrant() {
	now := l.now()
	l.grants = slices.DeleteFunc(l.grants, func(g grant) bool { return now.Sub(g.Until) > 62*24*time.Hour })
	for _, g := range l.grants {
		if !now.Before(g.from) && now.Before(g.Until) {
			// A budget that is gone, or an envelope that is smaller now, has no use for it.
			_ = l.judge.Grant(g.Budget, g.Key, g.Amount, g.Until)
		}
	}
}

// runLimit is the tightest limit of a run's budgets in dollars, 0 where there is none.
func (l *loop) runLimit(r *run) price.Money {
	root := r.root()
	m, _ := l.judge.RunLimit(l.spending.base(r.id, l.members(r), Member{root.thread, root.project}), l.now())
	return m
}

func (l *loop) runLimitsChanged() bool {
	for id, w := range l.watched {
		if r := l.runs[id]; r != nil && w.limit != l.runLimit(r) {
			return true
		}
	}
	return false
}

// noteRepository remembers where a thread's repository is on this disk: it may
// hold settings of its own.
func (l *loop) noteRepository(e *entry) {
	cwd := e.thread.Meta.Cwd
	if cwd == "" {
		cwd = e.thread.Cwd
	}
	if l.o.Plan == nil || e.project == "" || l.reposSeen[cwd] {
		return
	}
	l.reposSeen[cwd] = true
	h := History{Fleet: &model.Fleet{Threads: map[string]*model.Thread{e.thread.ID: e.thread}}, Projects: map[string]string{e.thread.ID: e.project}}
	for project, folder := range h.Repositories() {
		if l.repos[project] != folder {
			l.repos[project], l.reposChanged = folder, true
		}
	}
}

// tellRepositories hands the repositories to the one who reads plans.
func (l *loop) tellRepositories() {
	if !l.reposChanged || l.readyAt.IsZero() {
		return
	}
	l.reposChanged = false
	all := maps.Clone(l.repos)
	for {
		select {
		case l.reposOut <- all:
			return
		default:
		}
		select {
		case <-l.reposOut: // the newest replaces an older one
		default:
		}
	}
}
