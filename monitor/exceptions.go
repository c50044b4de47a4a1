package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// selfActor is who makes the moves that time alone makes.
const selfActor = "tokenburn"

// resolvedFor is how long what is over stays known.
const resolvedFor = 2 * 24 * time.Hour

// raised is one exception in the queue.
type raised struct {
	budget.Exception
	key    alertKey // of a budget alert
	alert  budget.Alert
	byTier bool      // it is a budget alert
	before bool      // the ledger has it of before
	seen   time.Time // when this monitor first told of it; zero where it was stored before
}

// shared says that the exception is about no run of its own: all raise the same one.
func (x *raised) shared() bool {
	return x.Rule == budget.RuleUnknownType || x.Rule == budget.RuleUnpriced
}

// waits says that the exception stands in the list: it is neither snoozed, decided nor over.
func (x *raised) waits() bool { return x.NeedsAttention() || x.State == budget.Acknowledged }

// queue is all exceptions that are known.
type queue struct {
	all    map[string]*raised
	firing map[alertKey]*raised // budget alerts that hold
	// lasting are the alerts that the ledger has as firing: they go on under their old names.
	lasting map[alertKey]budget.Alert

	before []*raised // of the ledger, until it is known what they are about

	changed       bool // the lists below are out of date
	open, snoozed []budget.Exception
	runs          map[model.RunID]runState
}

// runState is what a run's row shows of its exceptions.
type runState struct {
	worst budget.Severity
	open  int
}

func newQueue() queue {
	return queue{all: map[string]*raised{}, firing: map[alertKey]*raised{}, lasting: map[alertKey]budget.Alert{}}
}

// of gives the exceptions about a run.
func (q *queue) of(id model.RunID) []*raised {
	var all []*raised
	for _, x := range q.all {
		if x.Run == id {
			all = append(all, x)
		}
	}
	slices.SortFunc(all, func(a, b *raised) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// list brings the lists up to date. Lists are never changed once made, only replaced.
func (q *queue) list() {
	if !q.changed && q.runs != nil {
		return
	}
	q.changed, q.open, q.snoozed, q.runs = false, nil, nil, map[model.RunID]runState{}
	for _, x := range q.all {
		switch {
		case x.waits():
			q.open = append(q.open, x.Exception)
			if x.Run != "" && !x.shared() {
				s := q.runs[x.Run]
				s.open++
				s.worst = max(s.worst, x.Severity)
				q.runs[x.Run] = s
			}
		case x.State == budget.Snoozed:
			q.snoozed = append(q.snoozed, x.Exception)
		}
	}
	order := func(a, b budget.Exception) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), b.At.Compare(a.At), strings.Compare(a.ID, b.ID))
	}
	slices.SortStableFunc(q.open, order)
	slices.SortStableFunc(q.snoozed, order)
}

// change takes what a watcher says of its exceptions. What was found while the past
// was replayed and is in the ledger already is nothing new.
func (l *loop) change(es []budget.Exception, past bool) {
	for _, e := range es {
		x := l.queue.all[e.ID]
		switch {
		case e.State == budget.Resolved:
			if x != nil {
				l.resolve(x, e.Changed)
			}
		case x == nil:
			l.raise(&raised{Exception: e}, false)
		case past && (x.before || x.State != budget.Resolved):
			// What somebody resolved by hand in an earlier life stays so.
			x.found(e)
			l.queue.changed = true
		default:
			l.again(x, e)
		}
	}
}

// found takes what was found anew, and leaves what was decided.
func (x *raised) found(e budget.Exception) {
	e.State, e.Until, e.Owner, e.Changed, e.Reason = x.State, x.Until, x.Owner, x.Changed, x.Reason
	x.Exception = e
}

// raise puts an exception into the queue and tells of it. Known says that nobody
// needs to be told: it held before.
func (l *loop) raise(x *raised, known bool) {
	if x.Owner == "" {
		x.Owner = cmp.Or(l.plan.Plan.Approvers[x.Budget], l.plan.Plan.Approvers[""])
	}
	x.seen = l.now()
	l.queue.all[x.ID] = x
	l.keep.put(x.Exception)
	l.announce(x, known)
}

// again takes an exception that was found once more: worse than it was, or after
// it was over.
func (l *loop) again(x *raised, e budget.Exception) {
	worse := e.Severity > x.Severity
	x.found(e)
	if after, err := x.Apply(budget.Decision{Move: budget.MoveReopen, At: l.now(), Actor: selfActor}, budget.Rules{}); err == nil {
		after.Severity = e.Severity
		x.Exception = after
		worse = true
	}
	l.queue.changed, l.touched = true, true
	l.keep.put(x.Exception)
	if worse {
		l.announce(x, !x.NeedsAttention())
	}
}

// resolve ends an exception by itself.
func (l *loop) resolve(x *raised, at time.Time) {
	if !at.After(x.Changed) { // a line may be older than what was decided about it
		at = x.Changed.Add(time.Millisecond)
	}
	after, err := x.Apply(budget.Decision{Move: budget.MoveResolve, At: at, Actor: selfActor}, budget.Rules{})
	if err != nil {
		return // it is over already
	}
	x.Exception = after
	l.keep.put(after)
	l.announce(x, true)
}

// announce tells of an exception as it stands now.
func (l *loop) announce(x *raised, known bool) {
	l.queue.changed, l.touched = true, true
	e := x.Exception
	at := e.Changed
	if at.IsZero() {
		at = e.At
	}
	f := Fact{Type: factException, At: at, Run: e.Run, Thread: e.Thread, Turn: e.Turn, Exception: &e, Known: known, Text: exceptionText(e)}
	if r := l.runBy(e.Run); r != nil {
		f.Name, f.NamedByPrompt = r.name(), r.root().project == ""
	}
	l.say(f)
}

// exceptionText is one line about an exception.
func exceptionText(e budget.Exception) string {
	what := e.Rule
	if e.Budget != "" {
		what += " " + model.Clean(e.Budget, 60)
	}
	switch e.State {
	case budget.Open:
		return fmt.Sprintf("%s: %s: %s", e.Severity, what, model.Clean(e.Observed, 200))
	case budget.Resolved:
		return what + " is over"
	}
	text := fmt.Sprintf("%s: %s", what, strings.ReplaceAll(string(e.State), "_", " "))
	if e.State == budget.Snoozed || e.State == budget.Extended {
		text += " until " + e.Until.Format("2006-01-02 15:04")
	}
	return text
}

// due makes the moves that time alone makes.
func (l *loop) due(now time.Time) {
	for id, x := range l.queue.all {
		if x.State == budget.Resolved {
			if now.Sub(x.Changed) > resolvedFor {
				delete(l.queue.all, id)
			}
			continue
		}
		// Nobody could decide on what began before anybody was told of it.
		e := x.Exception
		if x.seen.After(e.Changed) {
			e.Changed = x.seen
		}
		move, ok := e.Due(now, budget.DefaultSLA())
		if !ok {
			continue
		}
		before := x.State
		after, err := x.Apply(budget.Decision{Move: move, At: now, Actor: selfActor}, budget.Rules{})
		if err != nil {
			continue
		}
		x.Exception = after
		l.keep.decide(before, after, move)
		l.announce(x, false)
	}
}

// show puts what is judged into a snapshot.
func (l *loop) show(s *Snapshot) {
	l.queue.list()
	s.PlanFile, s.Day, s.Gate = l.plan.File, l.day.day, l.gate
	s.Exceptions, s.Snoozed = l.queue.open, l.queue.snoozed
	if len(l.plan.Plan.Budgets) > 0 {
		s.Budgets = l.standings
	}
	rates := map[model.RunID]price.Money{}
	for i := range s.Runs {
		r := &s.Runs[i]
		if l.queue.runs[r.ID].open > 0 {
			rates[r.ID] = r.Rate.USDPerHour
		}
		w := l.put[r.ID]
		r.Client, r.Task = w.client, w.task
		if used, ok := l.runUsed[r.ID]; ok {
			r.BudgetUsed = used
		}
		x := l.queue.runs[r.ID]
		r.Worst, r.Open = x.worst, x.open
	}
	s.Exceptions = savingAtMost(s.Exceptions, rates)
}

// savingAtMost limits the saving in the advice on runs to what they burn an hour now:
// what was said while they burnt more is no saving any more.
func savingAtMost(es []budget.Exception, rates map[model.RunID]price.Money) []budget.Exception {
	over := func(e budget.Exception) bool {
		rate, known := rates[e.Run]
		return known && e.Advice.Saving > rate
	}
	if !slices.ContainsFunc(es, over) {
		return es
	}
	es = slices.Clone(es)
	for i := range es {
		if over(es[i]) {
			es[i].Advice.Saving = rates[es[i].Run]
		}
	}
	return es
}
