package monitor

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// Judgement says how recorded sessions are judged.
type Judgement struct {
	Thresholds budget.Thresholds
	Policy     budget.Policy
	RunBudget  price.Money // the limit of a run's budget; 0 none
	// Since leaves out runs that ended before it; zero: all. They still count as
	// what later runs are compared with.
	Since time.Time
	Until time.Time // leaves out runs that began later; zero: none
}

// Replayed is what a replay found.
type Replayed struct {
	Exceptions []budget.Exception // by the time at which they became as severe as they got
	Runs       []ReplayedRun      // by their beginning
	Problems   []Problem
}

// ReplayedRun is one run as a replay saw it.
type ReplayedRun struct {
	ID        model.RunID
	Project   string
	Start     time.Time
	End       time.Time
	Responses int
	Cost      price.Money // of what has a price
}

// Replay judges the recorded sessions of all homes as if they ran now, each run on
// its own clock: the lines of its threads in the order of their times, with the
// time between them going by. Only a few runs are held in memory at a time. The error is
// that of ctx; files that cannot be read are in Problems.
func Replay(ctx context.Context, o Options, j Judgement) (*Replayed, error) {
	o = o.withDefaults()
	o.Ledger, o.LedgerProblem, o.OpenLedger = nil, nil, nil // only files tell what happened when
	h, err := load(ctx, o, Range{})
	if err != nil {
		return nil, err
	}
	p := replayer{o: o, j: j, h: h, out: &Replayed{Problems: h.Problems}, byID: map[string]int{}, files: map[string][]watch.File{}}
	for _, d := range h.folds {
		p.files[d.thread.ID] = d.files
	}
	runs := p.runs()
	if !j.Until.IsZero() {
		runs = slices.DeleteFunc(runs, func(r *replayRun) bool { return r.start.After(j.Until) })
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	steps := p.readAhead(ctx, runs)
	for i, r := range runs {
		p.run(r, <-steps[i])
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(p.out.Exceptions, func(a, b budget.Exception) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID))
	})
	return p.out, nil
}

// replayer is one replay. It belongs to one goroutine.
type replayer struct {
	o     Options
	j     Judgement
	h     *History
	files map[string][]watch.File // by thread
	out   *Replayed
	byID  map[string]int // exceptions by id, for those that several runs share
	past  []pastRun      // by their ends
}

// replayRun is a run with its threads, as the first reading found them.
type replayRun struct {
	id    model.RunID
	folds []*folded
	start time.Time
	end   time.Time
}

// runs gives the runs by their beginning.
func (p *replayer) runs() []*replayRun {
	byID := map[model.RunID]*replayRun{}
	var all []*replayRun
	for _, d := range p.h.folds {
		if len(d.files) == 0 { // only the ledger knows it: there are no lines to judge
			continue
		}
		id := p.h.Fleet.RunOf(d.thread.ID)
		r := byID[id]
		if r == nil {
			r = &replayRun{id: id, start: d.thread.FirstAt}
			byID[id] = r
			all = append(all, r)
		}
		r.folds = append(r.folds, d)
		if d.thread.FirstAt.Before(r.start) {
			r.start = d.thread.FirstAt
		}
		r.end = maxTime(r.end, d.thread.LastAt)
	}
	slices.SortFunc(all, func(a, b *replayRun) int {
		return cmp.Or(a.start.Compare(b.start), strings.Compare(string(a.id), string(b.id)))
	})
	return all
}

// readAhead folds the runs that are to be judged, in detail and in their order, as
// many at once as there are processors. What a run gave is taken from its channel once.
func (p *replayer) readAhead(ctx context.Context, runs []*replayRun) []chan [][]budget.Step {
	steps := make([]chan [][]budget.Step, len(runs))
	for i := range steps {
		steps[i] = make(chan [][]budget.Step) // unbuffered: a worker waits until its run is judged
	}
	ancestry := newAncestry(func(id string) []watch.File { return p.files[id] })
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		f := newFolder(p.o.Prices, p.o.Now, ancestry.lookup)
		f.steps = true
		go func() {
			for i := int(next.Add(1)) - 1; i < len(runs); i = int(next.Add(1)) - 1 {
				select {
				case steps[i] <- p.stepsOf(ctx, f, runs[i]):
				case <-ctx.Done():
					close(steps[i])
				}
			}
		}()
	}
	return steps
}

// stepsOf folds a run's threads again, this time in detail; nothing of one that is not judged.
func (p *replayer) stepsOf(ctx context.Context, f *folder, r *replayRun) [][]budget.Step {
	if p.tooOld(r) {
		return nil
	}
	var all [][]budget.Step
	for _, d := range r.folds {
		again, err := f.fold(ctx, &group{key: d.thread.ID, files: d.files}, true, news{})
		if err != nil {
			return nil // ctx is done, which the judge sees
		}
		all = append(all, again.steps)
	}
	return all
}

func (p *replayer) tooOld(r *replayRun) bool {
	return !p.j.Since.IsZero() && r.end.Before(p.j.Since)
}

// run judges a run by its steps.
func (p *replayer) run(r *replayRun, steps [][]budget.Step) {
	root := r.folds[0].thread
	for _, d := range r.folds {
		if model.RunID(d.thread.ID) == r.id {
			root = d.thread
		}
	}
	project := p.h.Projects[root.ID]
	if p.tooOld(r) {
		p.over(pastRun{earlierOf(root, r.threads(), p.o.Prices, p.costOf(r)), project, r.end})
		return
	}
	w := budget.NewWatcher(p.subject(r, project))
	last := judgeSteps(w, steps, p.keep)
	for t := last; t.Sub(last) <= tickFor && t.Before(p.o.Now()); t = t.Add(tickEvery) {
		for _, e := range w.Tick(t) {
			p.keep(e)
		}
	}
	p.over(pastRun{w.Earlier(), project, r.end})
	p.out.Runs = append(p.out.Runs, ReplayedRun{r.id, project, r.start, r.end, w.Responses(), w.Cost()})
}

// costOf is what a run cost, by its sums alone.
func (p *replayer) costOf(r *replayRun) price.Money {
	var sum price.Cost
	for _, d := range r.folds {
		for b, n := range d.thread.Rows {
			sum = sum.Add(p.o.Prices.Cost(b, n.Usage))
		}
	}
	return sum.USD
}

// over adds a run to those that later ones are compared with.
func (p *replayer) over(r pastRun) {
	i := len(p.past)
	for i > 0 && p.past[i-1].end.After(r.end) {
		i--
	}
	p.past = slices.Insert(p.past, i, r)
}

func (r *replayRun) threads() []*model.Thread {
	all := make([]*model.Thread, len(r.folds))
	for i, d := range r.folds {
		all[i] = d.thread
	}
	return all
}

// subject is what a run is judged by: runs that had ended when it began. One that
// went on beside it, or has no price, is left out.
func (p *replayer) subject(r *replayRun, project string) budget.Subject {
	return budget.Subject{Run: r.id, Prices: p.o.Prices, Thresholds: p.j.Thresholds, Policy: p.j.Policy, RunBudget: p.j.RunBudget,
		Earlier: earlier(p.past, project, r.start)}
}

// keep takes a change of an exception: the worst that was said of it stays, and
// the newest state.
func (p *replayer) keep(e budget.Exception) {
	i, ok := p.byID[e.ID]
	if !ok {
		p.byID[e.ID] = len(p.out.Exceptions)
		p.out.Exceptions = append(p.out.Exceptions, e)
		return
	}
	if e.Run == p.out.Exceptions[i].Run {
		p.out.Exceptions[i] = e
	}
}

// tickEvery is how often time alone is judged between two lines, and tickFor for
// how long: after that nothing changes any more.
const (
	tickEvery = 15 * time.Second
	tickFor   = 40 * time.Minute
)

// judgeSteps gives a watcher the steps of a run's threads in the order of their
// times, and time in between. It gives the time of the last one.
func judgeSteps(w *budget.Watcher, threads [][]budget.Step, say func(budget.Exception)) time.Time {
	tell := func(changes []budget.Exception) {
		for _, e := range changes {
			say(e)
		}
	}
	var now time.Time
	for _, s := range mergeSteps(threads) {
		if !now.IsZero() {
			for t := now.Add(tickEvery); t.Before(s.At) && t.Sub(now) <= tickFor; t = t.Add(tickEvery) {
				tell(w.Tick(t))
			}
		}
		now = maxTime(now, s.At)
		tell(w.Apply(s))
	}
	return now
}

// mergeSteps puts the steps of several threads in the order of their times; those
// of one thread stay in their order, also where its clock went back.
func mergeSteps(threads [][]budget.Step) []budget.Step {
	var all []budget.Step
	for _, steps := range threads {
		var newest time.Time
		for i := range steps {
			newest = maxTime(newest, steps[i].At)
			steps[i].At = newest
		}
		all = append(all, steps...)
	}
	slices.SortStableFunc(all, func(a, b budget.Step) int { return a.At.Compare(b.At) })
	return all
}
