package monitor

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// asleepHome is a home of runs that are long over, among them sub-agents, threads whose
// parent has no file, and lines that can't be read, and of one that goes on.
func asleepHome(t *testing.T, now time.Time) (h codexHome, first *session) {
	t.Helper()
	h = newHome(t)
	old := now.Add(-20 * 24 * time.Hour)
	for i := range 12 {
		s := h.begin(old.Add(time.Duration(i)*time.Hour), i+1, nil).ask(gpt, fmt.Sprint("do ", i))
		s.output(s.call("go test ./..."), i%2)
		s.answer(small).patch("a.go").answer(small).count(small, float64(i)).raw([]byte("{broken\n")).msg("what_is_this", meta{}).end()
		if i%3 == 0 {
			first = s
			h.begin(old.Add(time.Duration(i)*time.Hour+time.Minute), 100+i, meta{"session_id": s.id, "parent_thread_id": s.id, "source": map[string]any{"subagent": "review"}}).
				ask(gpt, "review").answer(small).end().touched()
		}
		s.touched()
	}
	h.begin(old, 200, meta{"session_id": threadID(old, 999), "parent_thread_id": threadID(old, 999)}).ask(gpt, "orphan").answer(small).end().touched()
	h.begin(now.Add(-time.Hour), 300, nil).ask(gpt, "now").answer(small).touched()
	return h, first
}

// readLoop gives a loop that has read a home and began to judge.
func readLoop(t *testing.T, home string, now *time.Time) *loop {
	t.Helper()
	l := still(t, home)
	l.now = func() time.Time { return *now }
	l.readAll()
	l.publish(*now)
	*now = now.Add(2 * restAfter)
	return l
}

// bookOf is what a thread in the book is, as far as anything can ask.
func bookOf(l *loop) map[string]string {
	all := map[string]string{}
	for id, e := range l.threads {
		t := *e.thread
		state, _ := stateOf(e.folded, false, l.now())
		rows, split := map[model.Bucket]model.Count{}, maps.Clone(t.KindRows)
		e.rows(func(b model.Bucket, n model.Count) { rows[b] = n })
		v := e.run.view
		v.Rate, v.Spark = Rate{}, nil
		all[id] = fmt.Sprintf("%s\n%v\n%v\n%v %v %v %v %v %v\n%+v\n%v %v %v %v", state, rows, split, e.run.id, e.run.number, e.project, e.gone, e.fed, e.burnt,
			v, e.sums.usage, e.sums.cost, e.sums.split, e.written().UTC())
	}
	return all
}

// Runs that are long over sleep, are in all that is told, and wake up as they were.
func TestSleepLosesNothing(t *testing.T) {
	now := time.Now()
	h, _ := asleepHome(t, now)
	l, awake := readLoop(t, h.path, &now), func() *loop { n := now.Add(-2 * restAfter); return readLoop(t, h.path, &n) }()
	for _, r := range awake.list {
		r.refresh(awake.o, now)
	}
	want, past := bookOf(awake), awake.earlierRuns()
	for l.doze(now) {
	}
	if n := len(l.asleep.runs); n != 13 || len(l.list) != 1 || len(l.threads) != 1 {
		t.Fatalf("%d runs sleep, %d do not, of %d threads; want 13, 1, 1", n, len(l.list), len(l.threads))
	}
	l.pastAt = time.Time{}
	if got := l.earlierRuns(); !reflect.DeepEqual(byEnd(got), byEnd(past)) {
		t.Errorf("runs to compare with: %+v\nwant %+v", got, past)
	}
	l.changed, awake.changed = true, true
	a, b := l.book.snapshot(now), awake.book.snapshot(now)
	a.Series, b.Series = Series{}, Series{}
	if !reflect.DeepEqual(a.Runs[0].ID, b.Runs[0].ID) || l.agg.files != awake.agg.files || !maps.Equal(l.agg.skipped, awake.agg.skipped) ||
		!maps.Equal(l.agg.unknown, awake.agg.unknown) || l.agg.uncertain != awake.agg.uncertain || len(l.agg.skipped) == 0 {
		t.Errorf("told of all: %+v\nwant %+v", l.agg, awake.agg)
	}
	for _, id := range slices.Collect(maps.Keys(l.asleep.runs)) {
		if r := l.runBy(id); r == nil {
			t.Fatalf("run %s did not wake up", id)
		} else {
			r.refresh(l.o, now)
		}
	}
	if len(l.asleep.threads)+len(l.asleep.runs) > 0 || l.asleep.notes.files != 0 || len(l.asleep.notes.skipped)+len(l.asleep.notes.unknown) > 0 || l.asleep.api != 0 {
		t.Errorf("all are awake, but %+v", l.asleep)
	}
	got := bookOf(l)
	for id, w := range want {
		if got[id] != w {
			t.Errorf("thread %s woke up as\n%s\nit was\n%s", id, got[id], w)
		}
	}
}

func byEnd(all []pastRun) []pastRun {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b pastRun) int { return a.end.Compare(b.end) })
	for i := range all {
		all[i].end = all[i].end.UTC()
	}
	return all
}

// What is written to a thread that sleeps, and by a sub-agent of it, is counted as ever.
func TestSleeperGoesOn(t *testing.T) {
	now := time.Now()
	h, on := asleepHome(t, now)
	l := readLoop(t, h.path, &now)
	for l.doze(now) {
	}
	past := l.asleep.runs[model.RunID(on.id)].past
	on.now = now
	on.ask(gpt, "go on").answer(small).touched()
	l.hint(watch.Hint{Paths: []string{on.path}})
	r := l.runs[model.RunID(on.id)]
	if r == nil || len(r.threads) != 2 {
		t.Fatalf("the run that goes on is %+v", r)
	}
	r.refresh(l.o, now)
	if r.view.Usage.Responses != 4 || !r.view.State.Live() {
		t.Errorf("it has %d responses and is %v; want 4 and live", r.view.Usage.Responses, r.view.State)
	}
	if past == (pastRun{}) || past.Earlier == (budget.Earlier{}) {
		t.Error("it told nothing to others while it slept")
	}
}

// A thread that sleeps may get another file. All files are counted then, once.
func TestSleeperGetsAnotherFile(t *testing.T) {
	now := time.Now()
	h, on := asleepHome(t, now)
	l := readLoop(t, h.path, &now)
	for l.doze(now) {
	}
	had := l.agg.files
	text, err := os.ReadFile(on.path)
	if err != nil {
		t.Fatal(err)
	}
	later := filepath.Join(h.path, "archived_sessions", strings.Replace(filepath.Base(on.path), "rollout-2", "rollout-3", 1))
	if err := errors.Join(os.Mkdir(filepath.Dir(later), 0o700), os.WriteFile(later, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	l.look()
	l.readOn()
	l.book.snapshot(now)
	if n := len(l.sources[on.id].files); n != 2 || l.agg.files != had+1 {
		t.Errorf("the thread has %d files and all have %d; want 2 and %d", n, l.agg.files, had+1)
	}
}

// Runs that sleep count in budgets, also in those of a plan that comes while they do.
func TestSleepersCountInBudgets(t *testing.T) {
	now := time.Now()
	h, _ := asleepHome(t, now)
	l, awake := readLoop(t, h.path, &now), func() *loop { n := now.Add(-2 * restAfter); return readLoop(t, h.path, &n) }()
	used := func(l *loop) (used float64) {
		l.evaluate(now)
		for _, s := range l.standings {
			used += s.Used
		}
		return used
	}
	plan := Planned{Plan: budget.Plan{Zone: time.UTC, Budgets: []budget.Budget{{Name: "milestone", Period: budget.Period{From: now.AddDate(0, 0, -40), To: now.AddDate(0, 0, 40)},
		Limit: budget.Limit{Unit: budget.USD, Amount: 1e15}}}}}
	awake.takePlan(plan)
	want := used(awake)
	for l.doze(now) {
	}
	l.takePlan(plan)
	if got := used(l); got != want || want == 0 {
		t.Errorf("a plan that comes while they sleep has %v used, want %v", got, want)
	}
	l.publish(now)
	for l.doze(now) {
	}
	if got := used(l); got != want || len(l.asleep.runs) != 13 {
		t.Errorf("of %d that sleep, %v is used, want 13 and %v", len(l.asleep.runs), got, want)
	}
}

// A sub-agent that only names another one as its parent finds the run of both, though it sleeps.
func TestSleeperGetsAnAgentOfItsAgent(t *testing.T) {
	now := time.Now()
	h, on := asleepHome(t, now)
	l := readLoop(t, h.path, &now)
	for l.doze(now) {
	}
	agents := l.asleep.runs[model.RunID(on.id)].threads
	agent := agents[slices.IndexFunc(agents, func(p packed) bool { return p.id != on.id })].id
	s := h.begin(now, 400, meta{"parent_thread_id": agent, "source": map[string]any{"subagent": "review"}}).ask(gpt, "review").answer(small).touched()
	l.look()
	l.readOn()
	if e := l.threads[s.id]; e == nil || e.run.id != model.RunID(on.id) || len(e.run.threads) != 3 {
		t.Errorf("it is %+v, want the third of run %s", e, on.id)
	}
}

// A run keeps its number while it sleeps, and no other gets it.
func TestSleeperKeepsItsNumber(t *testing.T) {
	now := time.Now()
	h := newHome(t)
	var old []*session
	for n := range 3 {
		old = append(old, h.begin(now.Add(-time.Duration(n+1)*time.Hour), n+1, nil).ask(gpt, "do").answer(small).end().touched())
	}
	l := readLoop(t, h.path, &now)
	want := map[model.RunID]int{}
	for id, r := range l.runs {
		want[id] = r.number
	}
	now = now.Add(10 * 24 * time.Hour)
	l.sweep(now)
	for range 2 { // a new day, and what budgets make of it
		l.publish(now)
		now = now.Add(time.Second)
	}
	for l.doze(now) {
	}
	if len(l.asleep.runs) != 3 || len(want) != 3 {
		t.Fatalf("%d runs of %d sleep, want all 3", len(l.asleep.runs), len(want))
	}
	fresh := h.begin(now, 9, nil).ask(gpt, "do").answer(small).touched()
	l.look()
	l.readOn()
	l.publish(now)
	for _, s := range old {
		if id := model.RunID(s.id); l.runBy(id).number != want[id] {
			t.Errorf("run %s woke up with number %d, it was %d", id, l.runBy(id).number, want[id])
		}
	}
	if n := l.runs[model.RunID(fresh.id)].number; n != 4 {
		t.Errorf("the new run has number %d, want 4", n)
	}
}
