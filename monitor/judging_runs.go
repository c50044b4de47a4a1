package monitor

import (
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

const (
	// watchFor is how long after its last line a run is still watched. What burns
	// again after that is watched anew, from its beginning.
	watchFor = time.Hour
	// overFor is how long exceptions about a run stay after it is over.
	overFor = 30 * time.Minute
)

// watched is one run that is judged while it goes on.
type watched struct {
	w       *budget.Watcher // nil until the steps of all threads are here
	limit   price.Money     // of the run's budget
	waiting map[*entry]bool // threads that are folded again for their steps
	queue   map[*entry][]budget.Step
}

// learn takes the steps that reading a thread gave.
func (l *loop) learn(e *entry) {
	steps := e.steps
	e.steps = nil
	l.noteRepository(e)
	if e.tap == nil {
		return
	}
	lines, whole := e.thread.Lines, e.fed == 0
	fed := min(e.fed, lines) // a file may say less than it did
	e.fed = lines
	if l.started {
		for i := range steps {
			if s := &steps[i]; s.Kind == budget.StepResponse && s.Line > e.burnt {
				l.burnt(e, s.Response)
			}
		}
		e.burnt = lines
	}
	steps = slices.DeleteFunc(steps, func(s budget.Step) bool { return s.Line <= fed })
	if !l.started {
		l.wait(e, steps)
		return
	}
	w := l.watched[e.run.id]
	switch {
	case w == nil && len(steps) > 0:
		l.attend(e.run, map[*entry][]budget.Step{e: steps}, whole)
	case w == nil:
	case w.w == nil:
		w.queue[e] = append(w.queue[e], steps...)
		delete(w.waiting, e)
		l.begin(e.run, w)
	default:
		for _, s := range steps {
			l.change(w.w.Apply(s), false)
		}
	}
}

// attend begins to watch a run. Threads whose steps are not all at hand are folded
// again for them.
func (l *loop) attend(r *run, have map[*entry][]budget.Step, whole bool) {
	w := &watched{waiting: map[*entry]bool{}, queue: map[*entry][]budget.Step{}}
	l.watched[r.id] = w
	for _, e := range r.threads {
		if steps, ok := have[e]; ok && whole {
			w.queue[e] = steps
			continue
		}
		if s := l.sources[e.key]; s != nil && len(s.files) > 0 {
			e.fed = 0
			s.steps = true
			w.waiting[e] = true
			l.wanted = append(l.wanted, s)
		}
	}
	l.begin(r, w)
}

// foldWanted has the threads folded whose steps are wanted.
func (l *loop) foldWanted() {
	wanted := l.wanted
	l.wanted = nil
	began := time.Now()
	for i, s := range wanted {
		if i > 0 && time.Since(began) >= stepTime {
			l.wanted = append(l.wanted, wanted[i:]...)
			return
		}
		if s.state == sourceKnown {
			l.foldNow(s)
		}
	}
}

// earlyMost is how many steps wait for history to be read. Each can hold kilobytes of a
// command's output, and threads whose steps do not wait are read again one by one.
const earlyMost = 8192

// wait keeps the steps of a thread until judging begins, or none of them.
func (l *loop) wait(e *entry, steps []budget.Step) {
	switch {
	case l.tooMany[e]:
	case l.waits+len(steps) > l.earlyMost:
		l.waits -= len(l.early[e])
		l.tooMany[e] = true
		delete(l.early, e)
	default:
		l.waits += len(steps)
		l.early[e] = append(l.early[e], steps...)
	}
}

// begin replays what a run did so far, once all of it is here. What was over
// before is not told.
func (l *loop) begin(r *run, w *watched) {
	if len(w.waiting) > 0 || w.w != nil {
		return
	}
	w.limit = l.runLimit(r)
	w.w = budget.NewWatcher(l.subject(r, w.limit))
	now := l.now()
	var threads [][]budget.Step
	for _, e := range r.threads {
		if len(w.queue[e]) > 0 {
			threads = append(threads, w.queue[e])
		}
	}
	w.queue = nil
	judgeSteps(w.w, threads, func(budget.Exception) {})
	w.w.Tick(now)
	open := w.w.Open()
	l.change(open, true)
	for _, x := range l.queue.of(r.id) {
		if x.Budget == "" && x.State != budget.Resolved && !slices.ContainsFunc(open, func(o budget.Exception) bool { return o.ID == x.ID }) {
			l.resolve(x, now)
		}
	}
}

// subject is what a run is judged by: earlier runs of its project, or of any.
func (l *loop) subject(r *run, limit price.Money) budget.Subject {
	root := r.root()
	return budget.Subject{Run: r.id, Thresholds: l.plan.Plan.Thresholds, Policy: l.plan.Plan.Policy, Prices: l.o.Prices, RunBudget: limit,
		Earlier: l.earlierFor(root.project, root.thread.FirstAt)}
}

// watchLive begins to watch the runs that were going when history had been read.
func (l *loop) watchLive(now time.Time) {
	early := l.early
	l.early, l.tooMany = nil, nil
	for _, r := range l.list {
		r.refresh(l.o, now) // all before the first is watched: it is compared with those that are over
	}
	for _, r := range l.list {
		have := map[*entry][]budget.Step{}
		for _, e := range r.threads {
			if steps, ok := early[e]; ok {
				have[e] = steps
			}
		}
		if r.view.State.Live() {
			l.attend(r, have, true)
		}
	}
}

// rewatch judges the runs that are watched anew, because what they are judged by changed.
func (l *loop) rewatch() {
	for id := range l.watched {
		delete(l.watched, id)
		if r := l.runs[id]; r != nil {
			l.attend(r, nil, false)
		}
	}
}

// tick lets time go by for runs and exceptions.
func (l *loop) tick(now time.Time) {
	for id, w := range l.watched {
		r := l.runs[id]
		if r == nil {
			delete(l.watched, id)
			continue
		}
		for e := range w.waiting {
			if s := l.sources[e.key]; s == nil || len(s.files) == 0 || e.run != r {
				delete(w.waiting, e)
			}
		}
		l.begin(r, w)
		if w.w != nil {
			l.change(w.w.Tick(now), false)
		}
		if !r.view.State.Live() && now.Sub(r.view.LastAt) > watchFor {
			l.remember(id, w)
			delete(l.watched, id)
		}
	}
	l.closeOver(now)
	l.due(now)
	l.regrant()
}

// closeOver resolves exceptions about runs that are over for a while.
func (l *loop) closeOver(now time.Time) {
	for _, x := range l.queue.all {
		if x.Run == "" || x.State == budget.Resolved || x.shared() {
			continue
		}
		r := l.runs[x.Run]
		if r == nil || !r.view.State.Live() && now.Sub(r.view.LastAt) > overFor {
			l.resolve(x, now)
			delete(l.queue.firing, x.key)
		}
	}
}

// stepsWhole is how many of the newest steps of a thread are kept whole until they
// are judged. Rules about calls look back over a few dozen of them.
const stepsWhole = 8192

// trimSteps leaves out the calls of all but the newest steps, which can hold texts
// of kilobytes each, and keeps what money and time are judged by.
func trimSteps(steps []budget.Step) []budget.Step {
	kept := steps[:0]
	for i, s := range steps {
		if i < len(steps)-stepsWhole && s.Call != nil {
			switch s.Kind {
			case budget.StepCall, budget.StepCallDone:
				continue
			case budget.StepChanged:
				c := *s.Call
				c.Args, c.Command, c.Output = "", "", ""
				s.Call = &c
			}
		}
		kept = append(kept, s)
	}
	clear(steps[len(kept):])
	return kept
}
