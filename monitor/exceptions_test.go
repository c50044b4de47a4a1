package monitor

import (
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// What time alone does to exceptions: pages that nobody answers, snoozes and
// extensions that end, runs that are over.
func TestTimeAlone(t *testing.T) {
	begin := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	cost := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(begin), Model: gpt}, small).USD
	m := newMonth(t, time.UTC, begin, budget.Plan{Budgets: []budget.Budget{{Name: "day", Period: budget.Period{Name: budget.Day},
		Limit: budget.Limit{Amount: int64(10 * cost)}, AtLimit: budget.Ask, WarnAt: []int{}}}})
	s := m.begin("fix the build")
	for range 7 {
		m.book(s.now, small)
		s.fails("make all")
		m.wrote(s)
	}
	page := func(rule string) *raised {
		t.Helper()
		for _, x := range m.l.queue.all {
			if x.Rule == rule {
				return x
			}
		}
		t.Fatalf("no %s: %+v", rule, m.l.queue.all)
		return nil
	}
	loop := page(budget.RuleLoopIdentical)
	if loop.State != budget.Open || loop.Severity != budget.Page {
		t.Fatalf("%+v", loop.Exception)
	}
	m.until(m.clock.Add(20 * time.Minute))
	if loop.State != budget.Escalated {
		t.Errorf("after 20 minutes: %s", loop.State)
	}
	move := func(x *raised, i Move) {
		t.Helper()
		i.ID = x.ID
		if err := m.l.move(i); err != nil {
			t.Fatal(err)
		}
	}
	move(loop, Move{To: budget.Snoozed, Until: m.clock.Add(5 * time.Minute)})
	m.until(m.clock.Add(6 * time.Minute))
	if loop.State != budget.Reopened {
		t.Errorf("after the snooze: %s", loop.State)
	}
	s.now = m.clock
	for range 4 {
		m.answer(s.wait(time.Second), small)
	}
	hard := page(budget.RuleHard)
	if hard.Severity != budget.Page || m.l.standings[0].Limit != int64(10*cost) {
		t.Errorf("%+v", hard.Exception)
	}
	move(hard, Move{To: budget.Extended, Amount: 5 * cost, Until: m.clock.Add(10 * time.Minute), Reason: "release", Approver: "lead"})
	m.until(m.clock.Add(time.Minute))
	if hard.State != budget.Extended || m.l.standings[0].Limit != int64(15*cost) {
		t.Errorf("extended: %s, limit %s", hard.State, price.Money(m.l.standings[0].Limit))
	}
	m.until(m.clock.Add(15 * time.Minute))
	if hard.State != budget.Expired && hard.State != budget.Escalated || m.l.standings[0].Limit != int64(10*cost) {
		t.Errorf("after the extension: %s, limit %s", hard.State, price.Money(m.l.standings[0].Limit))
	}
	// The second extension of a period needs somebody else, whatever its size.
	if err := m.l.move(Move{ID: hard.ID, To: budget.Extended, Amount: cost, Until: m.clock.Add(time.Hour), Reason: "more", Actor: "dev", Approver: "dev"}); err == nil {
		t.Error("extended twice by one person")
	}
	s.now = m.clock
	s.abort()
	m.wrote(s)
	m.until(m.clock.Add(40 * time.Minute))
	if loop.State != budget.Resolved {
		t.Errorf("the run is over: %s", loop.State)
	}
	m.until(begin.Add(24 * time.Hour))
	if hard.State != budget.Resolved {
		t.Errorf("on the next day: %s", hard.State)
	}
}

// Another monitor found that what was granted is spent, too, and told it as another
// time of trouble: so does this one, instead of taking the alert for over.
func TestGrantThatAnotherMonitorSawSpentIsTroubleHereToo(t *testing.T) {
	begin := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	cost := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(begin), Model: gpt}, small).USD
	day := budget.Budget{Name: "day", Period: budget.Period{Name: budget.Day}, Limit: budget.Limit{Amount: int64(2 * cost)}, WarnAt: []int{}}
	m := newMonth(t, time.UTC, begin, budget.Plan{Budgets: []budget.Budget{day}})
	s := m.begin("do")
	for range 6 {
		m.answer(s.wait(time.Second), small)
	}
	var hard *raised
	for _, x := range m.l.queue.all {
		if x.Rule == budget.RuleHard {
			hard = x
		}
	}
	if hard == nil {
		t.Fatal("no alert")
	}
	at := m.clock.Add(time.Second)
	e := hard.Exception
	e.State, e.Changed, e.Until = budget.Extended, at, at.Add(time.Hour)
	m.l.takeDecided([]budget.Exception{e})
	e.State, e.Changed, e.Until = budget.Resolved, at.Add(time.Second), time.Time{}
	m.l.takeDecided([]budget.Exception{e})
	m.until(m.clock.Add(time.Minute))
	for _, x := range m.l.queue.all {
		if x.Rule == budget.RuleHard && x.NeedsAttention() {
			return
		}
	}
	t.Error("the limit is passed, and nothing says so")
}

// What was decided by command about the newest alert of a quarter of an hour holds,
// although earlier ones of it are known, and no monitor wrote any of them down.
func TestDecisionAboutTheNewestAlertHolds(t *testing.T) {
	begin := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	cost := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(begin), Model: gpt}, small).USD
	m := newMonth(t, time.UTC, begin, budget.Plan{Budgets: []budget.Budget{{Name: "day", Period: budget.Period{Name: budget.Day}, Limit: budget.Limit{Amount: int64(2 * cost)}, WarnAt: []int{}}}})
	s := m.begin("do")
	for range 6 {
		m.answer(s.wait(time.Second), small)
	}
	var first *raised
	for k, x := range m.l.queue.firing {
		if x.Rule == budget.RuleHard {
			first = x
			delete(m.l.queue.firing, k)
		}
	}
	if first == nil {
		t.Fatal("no alert")
	}
	newest := *first
	first.before, first.State = true, budget.Resolved
	newest.ID, newest.before, newest.State = first.ID+"x", true, budget.Dismissed
	m.l.queue.all[newest.ID] = &newest
	m.until(m.clock.Add(time.Minute))
	if x := m.l.queue.all[newest.ID+"x"]; x != nil {
		t.Errorf("raised again: %+v", x.Exception)
	}
}

// A dialog shows the client that the settings gave, and sends it back with the task:
// that is no label, which would hold against a change of the settings.
func TestLabelLeavesWhatWasFoundToTheSettings(t *testing.T) {
	m := newMonth(t, time.UTC, time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), budget.Plan{})
	run := model.RunID("r")
	m.l.put[run] = whose{client: "acme"}
	m.l.obeyLabel(Label{Run: run, Task: "T-1", Client: "acme"})
	if got, want := m.l.labels[run], (Label{Run: run, Task: "T-1"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	m.l.put[run] = whose{client: "zeta", task: "T-1"}
	m.l.labels[run] = Label{Run: run, Task: "T-1", Client: "zeta"}
	m.l.obeyLabel(Label{Run: run, Task: "T-2", Client: "zeta"})
	if got, want := m.l.labels[run], (Label{Run: run, Task: "T-2", Client: "zeta"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A history that was read once is judged as the live monitor judges it, and
// nothing is written.
func TestJudgedOnce(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	old := h.begin(now.Add(-50*time.Hour), 1, nil).ask(gpt, "before").answer(small).end().touched()
	a := h.begin(now.Add(-3*time.Minute), 2, nil).ask(gpt, "fix it")
	for range 7 {
		a.fails("make")
	}
	cost := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(now), Model: gpt}, small).USD
	week := budget.Budget{Name: "all", Period: budget.Period{From: now.Add(-90 * time.Hour), To: now.Add(90 * time.Hour)}, Limit: budget.Limit{Amount: int64(10 * cost)}, WarnAt: []int{}}
	o := Options{Homes: []string{h.path}, Zone: time.UTC, User: "dev", Plan: planOf(budget.Plan{Budgets: []budget.Budget{week}})}
	read := func(r Range) *History {
		t.Helper()
		x, err := Load(t.Context(), o, r)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	day := read(Range{ModifiedSince: now.Add(-24 * time.Hour), Detail: true})
	s := day.Judged(t.Context(), o, read(Range{}))
	if len(s.Runs) != 1 || s.Runs[0].Worst != budget.Page || len(s.Exceptions) == 0 || s.Exceptions[0].Run != s.Runs[0].ID {
		t.Errorf("runs %+v, exceptions %+v", s.Runs, s.Exceptions)
	}
	if len(s.Budgets) != 1 || s.Budgets[0].Spent != int64(8*cost) {
		t.Errorf("budgets %+v: want what %s spent, too", s.Budgets, old.id)
	}
	// Without a plan and with nothing amiss there is nothing to see.
	a.end()
	o.Plan = nil
	s = read(Range{Detail: true}).Judged(t.Context(), o, nil)
	if len(s.Exceptions) != 0 || s.Budgets != nil || s.Runs[0].BudgetUsed != -1 || s.Runs[0].Client != "" || len(s.Notices) != 0 {
		t.Errorf("quiet: %+v, %+v, %+v", s.Exceptions, s.Budgets, s.Notices)
	}
}

// A thread that is longer than any person could read is judged by its end, and by all that it spent.
func TestTrimSteps(t *testing.T) {
	var steps []budget.Step
	for i := range 3 * stepsWhole {
		s := budget.Step{Line: int64(i + 1), Kind: []budget.StepKind{budget.StepCall, budget.StepCallDone, budget.StepResponse, budget.StepChanged}[i%4]}
		if s.Kind != budget.StepResponse {
			s.Call = &model.Call{Tool: model.Tool{Command: "x", Output: "y"}}
		}
		if steps = append(steps, s); len(steps) >= 2*stepsWhole {
			steps = trimSteps(steps)
		}
	}
	var n [8]int
	for i, s := range steps {
		n[s.Kind]++
		if whole := i >= len(steps)-stepsWhole/2; whole && s.Call != nil && s.Call.Output == "" {
			t.Fatal("one of the newest steps was cut")
		}
	}
	if n[budget.StepResponse] != 3*stepsWhole/4 || n[budget.StepChanged] != 3*stepsWhole/4 || n[budget.StepCallDone] < stepsWhole/4 || len(steps) >= 3*stepsWhole {
		t.Errorf("%v of %d steps", n, len(steps))
	}
}
