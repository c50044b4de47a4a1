package monitor

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// A run that never ends, which two loops follow: one as ever, and one that keeps all.
func endlessRun(t *testing.T, lines int, each func(a, b *loop, s *session, n int)) {
	t.Helper()
	start := time.Now().Add(-3 * time.Hour).Truncate(time.Second)
	now := start
	h := newHome(t)
	s := h.begin(now, 1, nil).ask(gpt, "fix all bugs")
	loops := [2]*loop{still(t, h.path), still(t, h.path)}
	for i, l := range loops {
		l.now = func() time.Time { return now }
		l.folder.now = l.now
		l.folder.live = i == 0
		l.takePlan(Planned{Plan: budget.Plan{Zone: time.UTC, Budgets: []budget.Budget{
			{Name: "day", Period: budget.Period{Name: budget.Day}, Limit: budget.Limit{Unit: budget.USD, Amount: 1e15}}}}})
		l.readAll()
		l.publish(now)
	}
	for n := range lines {
		s.now = now
		switch n % 6 {
		case 0:
			s.output(s.call(fmt.Sprintf("go test ./p%d", n/600)), n/6%3)
		case 1:
			s.patch(fmt.Sprintf("f%d.go", n%11))
		case 2:
			s.output(s.call("cat main.go"), 0)
		default:
			s.answer(small)
		}
		if n%97 == 96 {
			s.end().ask(gpt, "go on")
		}
		now = now.Add(4 * time.Second)
		if n%50 == 49 {
			for _, l := range loops {
				l.hint(watch.Hint{Paths: []string{s.path}})
				l.publish(now)
			}
			each(loops[0], loops[1], s, n)
		}
	}
}

func TestEndlessRunIsBounded(t *testing.T) {
	raised := 0
	endlessRun(t, 2400, func(a, b *loop, s *session, n int) {
		x, y := a.threads[s.id], b.threads[s.id]
		if c, r, u, d := len(x.thread.Calls), len(x.thread.Responses), len(x.thread.Turns), len(x.recent); c > 320 || r > 80 || u > 40 || d > 3*fewRecent {
			t.Fatalf("line %d: %d calls, %d responses, %d turns and %d responses of the day are kept", n, c, r, u, d)
		}
		if x.sums.usage != y.sums.usage || x.sums.cost != y.sums.cost || !maps.Equal(x.thread.Rows, y.thread.Rows) || !maps.Equal(x.thread.KindRows, y.thread.KindRows) {
			t.Fatalf("line %d: the sums are %+v, want %+v", n, x.sums, y.sums)
		}
		v, w := x.run.view, y.run.view
		if !reflect.DeepEqual(v, w) {
			t.Fatalf("line %d: the run is\n%+v\nwant\n%+v", n, v, w)
		}
		if got, want := exceptionsOf(a), exceptionsOf(b); !reflect.DeepEqual(got, want) {
			t.Fatalf("line %d: raised was %+v\nwant %+v", n, got, want)
		}
		raised = len(a.queue.all)
		for _, since := range []time.Duration{time.Minute, productiveFor, 3 * time.Hour} {
			at := a.now().Add(-since + productiveFor)
			if got, want := productiveLately(x.run.threads, at), productiveLately(y.run.threads, at); got != want {
				t.Fatalf("line %d: productive since %v is %v, want %v", n, since, got, want)
			}
		}
	})
	if raised == 0 {
		t.Error("nothing was raised: the test does not show that the same is")
	}
}

func exceptionsOf(l *loop) (all []budget.Exception) {
	for _, x := range l.queue.all {
		all = append(all, x.Exception)
	}
	slices.SortFunc(all, func(a, b budget.Exception) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Whoever looks into a run sees all that is kept of one that was looked at all the time,
// and it is let go of again when nobody does.
func TestLookingIntoAnEndlessRun(t *testing.T) {
	endlessRun(t, 1800, func(a, b *loop, s *session, n int) {
		if n < 1750 {
			return
		}
		a.obey(Focus{Run: model.RunID(s.id)})
		a.publish(a.now())
		b.obey(Focus{Run: model.RunID(s.id)})
		b.publish(b.now())
		got, want := a.detail(a.focus), b.detail(b.focus)
		if !reflect.DeepEqual(got, want) || len(got.Context) < 700 {
			t.Errorf("inside of it are %d turns, %d calls, %d points; want %d, %d, %d", len(got.Turns), len(got.Calls), len(got.Context), len(want.Turns), len(want.Calls), len(want.Context))
		}
		a.obey(Focus{})
		a.savings.open = []ledger.Saving{{Run: model.RunID(s.id)}}
		a.sweep(a.now().Add(sweepTime))
		if e := a.threads[s.id]; len(e.thread.Responses) < 700 {
			t.Errorf("%d responses are kept while it is measured what a switch saves", len(e.thread.Responses))
		}
		a.savings.open = nil
		a.sweep(a.now().Add(2 * sweepTime))
		if e := a.threads[s.id]; len(e.thread.Responses) > 80 || len(e.thread.Calls) > 320 {
			t.Errorf("%d responses and %d calls are still kept", len(e.thread.Responses), len(e.thread.Calls))
		}
	})
}

// Whoever looks into a run before anything was let go of goes on seeing all of it; what a
// switch of it saves is measured by all of it, too.
func TestLookingIntoAYoungRun(t *testing.T) {
	var begun time.Time
	endlessRun(t, 900, func(a, b *loop, s *session, n int) {
		switch id := model.RunID(s.id); n {
		case 49:
			a.obey(Focus{Run: id})
			b.obey(Focus{Run: id})
		case 449:
			if got, want := a.detail(a.focus), b.detail(b.focus); !reflect.DeepEqual(got, want) || len(got.Context) < 200 {
				t.Errorf("inside of it are %d turns, %d calls, %d points; want %d, %d, %d", len(got.Turns), len(got.Calls), len(got.Context), len(want.Turns), len(want.Calls), len(want.Context))
			}
			begun = a.now()
			for _, l := range []*loop{a, b} {
				l.obey(Focus{})
				l.sweep(begun.Add(sweepTime))
				l.switched(&deed{Deed: Deed{Run: id, Plan: control.Plan{Target: control.Target{Run: id}}}}, control.Switch{Model: gpt}, control.Outcome{At: begun})
			}
		case 899:
			saving := ledger.Saving{At: begun, FromModel: "gpt-5.4", ToModel: gpt}
			if got, want := MeasureSaving(saving, a.threads[s.id].thread, a.now()), MeasureSaving(saving, b.threads[s.id].thread, b.now()); !reflect.DeepEqual(got, want) || want.Turns < 4 {
				t.Errorf("measured was %+v\nwant %+v", got, want)
			}
		}
	})
}

// Of a thread that appears in a run that is looked into, all is seen, however much of it there is.
func TestLookingIntoARunBeforeItsThreadIsThere(t *testing.T) {
	for _, answers := range []int{10, 200} {
		h, now := newHome(t), time.Now()
		l := still(t, h.path)
		l.look()
		l.readAll()
		s := h.begin(now.Add(-time.Hour), 1, nil).ask(gpt, "fix all bugs")
		l.obey(Focus{Run: model.RunID(s.id)})
		for range answers {
			s.answer(small)
		}
		l.look()
		for range 200 {
			s.answer(small)
		}
		l.hint(watch.Hint{Paths: []string{s.path}})
		if n := len(l.threads[s.id].thread.Responses); n != answers+200 {
			t.Errorf("%d of %d responses are kept", n, answers+200)
		}
	}
}

// A thread whose steps are too many to wait for history is judged as others are.
func TestStepsThatDoNotWait(t *testing.T) {
	now := time.Now()
	h := newHome(t)
	for n := range 3 {
		s := h.begin(now.Add(-20*time.Minute), n+1, nil).ask(gpt, "fix it")
		for range 30 {
			s.fails("go test ./...")
			s.answer(small)
		}
	}
	raised := func(most int) []budget.Exception {
		l := still(t, h.path)
		l.now = func() time.Time { return now }
		l.earlyMost = most
		l.readAll()
		for range 10 {
			l.publish(now)
			l.foldWanted()
		}
		l.tick(now)
		if most == 0 && len(l.watched) != 3 {
			t.Errorf("%d runs are watched, want 3", len(l.watched))
		}
		return exceptionsOf(l)
	}
	got, want := raised(0), raised(earlyMost)
	if !reflect.DeepEqual(got, want) || len(want) == 0 {
		t.Errorf("raised was %+v\nwant %+v", got, want)
	}
}

// The loop seals a thread that was followed, perhaps while the worker that folded it
// folds another: they share no memory.
func TestAFollowedThreadSharesNothingWithItsWorker(t *testing.T) {
	now := time.Now()
	h := newHome(t)
	h.begin(now.Add(-time.Hour), 1, nil).ask(gpt, "fix it").answer(small).answer(small)
	l := still(t, h.path)
	files, _ := watch.Scan([]string{h.path})
	worker := l.newFolder()
	fold := func(detail bool) *folded {
		t.Helper()
		d, err := worker.fold(l.ctx, &group{key: files[0].ThreadID, files: files}, detail, news{})
		if err != nil || d.thread.Usage().Responses != 2 {
			t.Fatalf("%d responses, %v", d.thread.Usage().Responses, err)
		}
		return d
	}
	followed := fold(true)
	worker.spare = model.Spare{}
	followed.thread.Seal()
	if !reflect.DeepEqual(worker.spare, model.Spare{}) {
		t.Error("the worker got the memory of a thread that was followed")
	}
	if fold(false); reflect.DeepEqual(worker.spare, model.Spare{}) {
		t.Error("the worker's own thread left it nothing")
	}
}

// Of a thread whose steps were too many none waits, not even what comes later: without those before
// it, it would be judged as all there is.
func TestStepsThatWaitAreWhole(t *testing.T) {
	l := still(t, t.TempDir())
	l.earlyMost = 4
	one, other := &entry{}, &entry{}
	l.wait(one, make([]budget.Step, 3))
	l.wait(one, make([]budget.Step, 3))
	l.wait(one, make([]budget.Step, 1))
	l.wait(other, make([]budget.Step, 4))
	if len(l.early[one]) != 0 || len(l.early[other]) != 4 || l.waits != 4 {
		t.Errorf("%d and %d steps wait, %d in all; want 0, 4 and 4", len(l.early[one]), len(l.early[other]), l.waits)
	}
}
