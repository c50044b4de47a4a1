package monitor

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// run is a root thread with its sub-agents, as the book keeps it.
type run struct {
	id      model.RunID
	threads []*entry
	number  int
	suffix  int // 2 and more: another live run had the same name

	suffixed string // the name that it had

	view   Run       // as of the last time it was built; its slices are never changed, only replaced
	dirty  bool      // something was written since
	next   time.Time // when its state changes by time alone; zero: never
	minute int64     // of the sparkline's end
	told   bool      // run_started was said
}

func (r *run) drop(e *entry) {
	r.threads = slices.DeleteFunc(r.threads, func(o *entry) bool { return o == e })
	r.dirty = true
}

// root is the run's own thread; where its file is not known, the oldest that is.
func (r *run) root() *entry {
	var oldest *entry
	for _, e := range r.threads {
		if model.RunID(e.thread.ID) == r.id {
			return e
		}
		if oldest == nil || e.thread.FirstAt.Before(oldest.thread.FirstAt) {
			oldest = e
		}
	}
	return oldest
}

// refresh brings the view up to date: all of it where something was written or a
// state changes, else only what time alone changes.
func (r *run) refresh(o Options, now time.Time) {
	if r.dirty || !r.next.IsZero() && !now.Before(r.next) {
		r.build(o, now)
		return
	}
	if r.view.Rate.burning() {
		r.view.Rate = r.rate(now)
	}
	if m := now.Unix() / 60; m != r.minute {
		r.spark(m)
	}
}

// build makes the view anew.
func (r *run) build(o Options, now time.Time) {
	root := r.root()
	t := root.thread
	r.dirty, r.next = false, time.Time{}
	v := Run{
		ID: r.id, Number: r.number, Title: t.Title, Project: root.project,
		Cwd: model.Clean(t.Cwd, maxPath), Branch: model.Clean(t.Meta.GitBranch, 200), User: o.User,
		Model: t.Model, Effort: t.Effort, Tier: t.Tier, Origin: origin(t.Meta), CLI: model.Clean(t.Meta.CLIVersion, 40),
		Reason: t.Turn.Reason, Turn: t.TurnCount, TurnSince: t.Turn.Started, StartedAt: t.FirstAt,
		Context: t.Context, Window: t.Window, Percent: model.ContextPercent(t.Context, t.Window),
		Spark: r.view.Spark, BudgetUsed: -1,
	}
	if len(root.files) > 0 {
		v.Home = root.files[0].Home
		v.ShellHome = o.shellHome(v.Home)
	}
	for _, e := range r.threads {
		v.addThread(e)
	}
	v.Kinds = r.kinds(o)
	r.judge(&v, root, now)
	r.view = v
	r.view.Name = r.name()
	r.view.Rate = r.rate(now)
	r.spark(now.Unix() / 60)
}

// addThread adds a thread's numbers to those of the run.
func (v *Run) addThread(e *entry) {
	t := e.thread
	v.Usage = v.Usage.Plus(e.sums.usage)
	v.Inherited = v.Inherited.Plus(t.Inherited)
	v.Cost = v.Cost.Add(e.sums.cost)
	v.Split = v.Split.add(e.sums.split)
	if e.sums.day != nil {
		v.TodayCost = v.TodayCost.Add(e.sums.day.today)
	}
	v.Turns += t.TurnCount
	v.Calls += t.CallCount
	v.Failed += e.failed
	v.Compacted += t.Compacted
	v.Unmetered += t.Unmetered
	v.Files += t.FileChanges
	v.Added += t.Added
	v.Removed += t.Removed
	v.Unknown = v.Unknown || t.Uncertain.Responses > 0
	if last := lastWrite(t, e.written(), maxTime(t.LastAt, e.written())); last.After(v.LastAt) {
		v.LastAt = last
	}
	if v.StartedAt.IsZero() || !t.FirstAt.IsZero() && t.FirstAt.Before(v.StartedAt) {
		v.StartedAt = t.FirstAt
	}
}

// judge tells how the run stands: as its root does, but working or silent while a
// sub-agent is.
func (r *run) judge(v *Run, root *entry, now time.Time) {
	var views []ThreadView
	for _, e := range r.threads {
		s, next := e.state(now)
		if e.gone && s.Live() {
			s, next = StateDone, time.Time{}
		}
		if !next.IsZero() && (r.next.IsZero() || next.Before(r.next)) {
			r.next = next
		}
		if e == root {
			v.State = s
			v.Pending, v.Sampling = pending(e.thread, s)
		} else if s <= StateSilent {
			v.LiveAgents++
		}
		views = append(views, threadView(e, root, s))
	}
	slices.SortStableFunc(views, func(a, b ThreadView) int {
		return compareBool(b.ID == root.thread.ID, a.ID == root.thread.ID)
	})
	for _, t := range views[1:] {
		if t.State <= StateSilent && t.State < v.State {
			v.State = t.State
		}
	}
	if v.State <= StateIdle || v.State == StateDone {
		v.Reason = ""
	}
	v.Threads = views
}

// pending is what a working thread waits for: the newest call without an output,
// or the model.
func pending(t *model.Thread, s State) (call string, sampling bool) {
	if s > StateSilent {
		return "", false
	}
	if t.Pending == 0 {
		return "", true
	}
	if c := t.Waiting(); c != nil {
		return c.Label(maxCommand), false
	}
	return t.Turn.LastTool, false
}

func threadView(e, root *entry, s State) ThreadView {
	t := e.thread
	name := "root"
	if e != root {
		name = model.Clean(cmp.Or(t.Meta.AgentName, t.Meta.AgentPath, t.Meta.AgentRole, t.Meta.SubAgent), 80)
		if name == "" {
			name = shortID(t.ID)
		}
	}
	return ThreadView{ID: t.ID, Parent: t.Meta.ParentID, Name: name, Model: t.Model, State: s,
		Usage: e.sums.usage, Cost: e.sums.cost, Percent: model.ContextPercent(t.Context, t.Window), LastAt: t.LastAt}
}

// rate is the burn rate of all threads together, since the run began. What has
// ended burns nothing, however much it did a minute ago; what waits for its user
// burns nothing once it has been silent for the time that a rate is an answer about.
func (r *run) rate(now time.Time) Rate {
	if !r.view.State.Live() || r.view.State == StateIdle && now.Sub(r.view.LastAt) >= model.HalfLife {
		return Rate{}
	}
	var all burn
	var began time.Time
	for _, e := range r.threads {
		all.usd = all.usd.Merge(e.burn.usd)
		all.tokens = all.tokens.Merge(e.burn.tokens)
		all.unpriced = all.unpriced.Merge(e.burn.unpriced)
		if at := e.thread.FirstAt; began.IsZero() || at.Before(began) {
			began = at
		}
	}
	return all.rate(now, began)
}

// spark makes the sparkline up to a minute.
func (r *run) spark(minute int64) {
	r.minute = minute
	var line []price.Money
	for _, e := range r.threads {
		for i := len(e.burn.minutes) - 1; i >= 0; i-- {
			m := e.burn.minutes[i]
			at := m.minute - (minute - sparkMinutes + 1)
			if at < 0 {
				break
			}
			if line == nil {
				line = make([]price.Money, sparkMinutes)
			}
			if at < sparkMinutes {
				line[at] = line[at].Add(m.cost)
			}
		}
	}
	if line == nil {
		line = quietSpark
	}
	r.view.Spark = line
}

// quietSpark is the sparkline of a run that burnt nothing; it is never written to.
var quietSpark = make([]price.Money, sparkMinutes)

// name is the run's short name.
func (r *run) name() string {
	n := r.baseName()
	if r.suffix > 1 && r.suffixed == n {
		n += " " + strconv.Itoa(r.suffix)
	}
	return n
}

// baseName is the last part of the run's project, else of its title or id.
func (r *run) baseName() string {
	root := r.root()
	if p := strings.TrimRight(strings.ReplaceAll(root.project, `\`, "/"), "/"); p != "" {
		if p == "~" {
			return p
		}
		return path.Base(p)
	}
	if root.thread.Title != "" {
		return model.Clean(root.thread.Title, 40)
	}
	return shortID(string(r.id))
}

func shortID(id string) string { return model.Clean(id, 8) }

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
