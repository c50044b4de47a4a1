package monitor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// fails writes one request of a runaway: an answer, and a command that fails as before.
func (s *session) fails(command string) *session {
	s.t.Helper()
	return s.wait(10*time.Second).answer(small).played(command, 1, "error: no such module\n")
}

// played writes a command that ended.
func (s *session) played(command string, exit int, output string) *session {
	s.t.Helper()
	status := "completed"
	if exit != 0 {
		status = "failed"
	}
	id := s.call(command)
	s.wait(time.Second)
	s.msg("item_completed", meta{"thread_id": s.id, "turn_id": s.turn, "item": map[string]any{"type": "CommandExecution", "id": id,
		"command": []string{"/bin/bash", "-lc", command}, "cwd": "file:///home/dev", "source": "unified_exec_startup", "status": status,
		"aggregated_output": output, "exit_code": exit, "duration": map[string]any{"secs": 1, "nanos": 0}}})
	return s.line("response_item", map[string]any{"type": "function_call_output", "call_id": id,
		"output": fmt.Sprintf("Process exited with code %d\nOutput:\n%s", exit, output)})
}

// planOf is a plan that never changes.
func planOf(p budget.Plan) func(Repositories) Planned {
	return func(Repositories) Planned { return Planned{Plan: p} }
}

func dayBudget(limit price.Money) budget.Budget {
	return budget.Budget{Name: "day", Period: budget.Period{Name: budget.Day}, Limit: budget.Limit{Unit: budget.USD, Amount: int64(limit)}}
}

func (l *live) exception(rule string) func(Snapshot) bool {
	return func(s Snapshot) bool { return find(s.Exceptions, rule) != nil }
}

func find(es []budget.Exception, rule string) *budget.Exception {
	for i := range es {
		if es[i].Rule == rule {
			return &es[i]
		}
	}
	return nil
}

// told counts what was told of a rule in a state, and was news.
func (l *live) told(rule string, state budget.Life) int {
	n := 0
	for _, f := range l.said {
		if f.Exception.Rule == rule && f.Exception.State == state && !f.Known {
			n++
		}
	}
	return n
}

// A run that fails again and again is noticed while it goes on.
func TestRunawayLive(t *testing.T) {
	h := newHome(t)
	a := h.begin(time.Now().Add(-5*time.Minute), 1, nil).ask(gpt, "fix the build").answer(small)
	l := start(t, Options{Homes: []string{h.path}})
	s := l.until("history", responses(1))
	if len(s.Exceptions) != 0 || s.Budgets != nil || s.Runs[0].Open != 0 || s.Runs[0].BudgetUsed != -1 {
		t.Fatalf("a quiet run: %+v", s.Exceptions)
	}
	for range 3 {
		a.fails("npm test")
	}
	s = l.until("a warning", func(s Snapshot) bool { return len(s.Exceptions) > 0 })
	for range 3 {
		a.fails("npm test")
	}
	s = l.until("a page", func(s Snapshot) bool { return len(s.Exceptions) > 0 && s.Exceptions[0].Severity == budget.Page })
	e := s.Exceptions[0]
	if e.Run != s.Runs[0].ID || e.Thread != a.id || e.ResponseIndex == 0 || e.ResponseIndex > 7 || len(e.Evidence) == 0 || e.State != budget.Open {
		t.Errorf("exception %+v", e)
	}
	if r := s.Runs[0]; r.Worst != budget.Page || r.Open == 0 {
		t.Errorf("run: worst %s, %d open", r.Worst, r.Open)
	}
	if !slices.ContainsFunc(s.Log, func(e LogEntry) bool { return strings.Contains(e.Text, "page: LOOP_") }) {
		t.Errorf("log %+v", s.Log)
	}
	a.end()
	l.until("its end", func(s Snapshot) bool { return find(s.Exceptions, e.Rule) == nil })
	if n := l.told(e.Rule, budget.Open); n == 0 || n > 2 {
		t.Errorf("%s was told %d times, want at most once each severity", e.Rule, n)
	}
}

// What runs already when the monitor starts is recognised at once; what is over is not told.
func TestRunawayBefore(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	over := h.begin(now.Add(-10*time.Minute), 1, nil).ask(gpt, "fix the build")
	for range 7 {
		over.fails("npm test")
	}
	over.end()
	loop := h.begin(now.Add(-3*time.Minute), 2, nil).ask(gpt, "fix the build")
	child := h.begin(now.Add(-2*time.Minute), 3, meta{"session_id": loop.id, "parent_thread_id": loop.id, "source": meta{"subagent": meta{"thread_spawn": meta{"parent_thread_id": loop.id, "depth": 1}}}}).
		ask(gpt, "part").answer(small).end()
	for range 7 {
		loop.fails("npm test")
	}
	l := start(t, Options{Homes: []string{h.path}})
	s := l.until("the loop", func(s Snapshot) bool { return len(s.Exceptions) > 0 })
	for _, e := range s.Exceptions {
		if e.Thread != loop.id {
			t.Errorf("an exception about %s, which is over: %+v", e.Thread, e)
		}
		if e.ResponseIndex > 8 {
			t.Errorf("response %d of 8", e.ResponseIndex)
		}
	}
	// A sub-agent's thread is part of the same run.
	child.wait(time.Minute).ask(gpt, "more").answer(small)
	l.until("its sub-agent", func(s Snapshot) bool { return allResponses(s) == 16 })
	for _, f := range l.said {
		if f.Thread == over.id {
			t.Errorf("told of what is over: %+v", f)
		}
	}
}

func TestBudgetLive(t *testing.T) {
	h := newHome(t)
	a := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	cost := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(time.Now()), Model: gpt}, small).USD
	p := budget.Plan{
		Budgets: []budget.Budget{dayBudget(4 * cost), {Name: "each run", Period: budget.Period{Name: budget.Run}, Limit: budget.Limit{Amount: int64(10 * cost)}, AtLimit: budget.Ask}},
		Clients: []budget.Client{{Name: "acme", Projects: []string{"/home/dev/code/*"}}}, Task: "[A-Z]+-[0-9]+",
	}
	l := start(t, Options{Homes: []string{h.path}, Plan: planOf(p)})
	s := l.until("standings", func(s Snapshot) bool { return len(s.Budgets) == 2 })
	if b := s.Budgets[0]; b.Spent != int64(cost) || b.Limit != int64(4*cost) || b.Used < 24.9 || b.Used > 25.1 {
		t.Errorf("standing %+v", b)
	}
	if r := s.Runs[0]; r.BudgetUsed < 9.9 || r.BudgetUsed > 10.1 || r.Client != "acme" || r.Task != "" {
		t.Errorf("run: %.1f %% of its budget, client %q, task %q", r.BudgetUsed, r.Client, r.Task)
	}
	a.answer(small)
	s = l.until("half", l.exception(budget.RuleThreshold))
	if e := find(s.Exceptions, budget.RuleThreshold); e.Severity != budget.Notice || e.Budget != "day" || e.Run != "" {
		t.Errorf("at half: %+v", e)
	}
	a.answer(small).answer(small)
	s = l.until("the limit", l.exception(budget.RuleHard))
	if e := find(s.Exceptions, budget.RuleHard); e.Severity != budget.Critical || e.Advice.Action == "" {
		t.Errorf("at the limit: %+v", e)
	}
	// An extension grants at once.
	id := find(s.Exceptions, budget.RuleHard).ID
	l.m.Send(Move{ID: id, To: budget.Extended, Amount: cost, Until: time.Now().Add(time.Hour), Reason: "release", Approver: "lead"})
	s = l.until("the extension", func(s Snapshot) bool { return len(s.Budgets) > 0 && s.Budgets[0].Limit == int64(5*cost) })
	if find(s.Exceptions, budget.RuleHard) != nil {
		t.Errorf("still there: %+v", s.Exceptions)
	}
	// What was granted is spent, too: another time of trouble.
	a.answer(small)
	s = l.until("the limit again", l.exception(budget.RuleHard))
	if e := find(s.Exceptions, budget.RuleHard); e.ID == id {
		t.Errorf("the same episode: %s", e.ID)
	}
	// A label by hand goes before what is found.
	l.m.Send(Label{Run: s.Runs[0].ID, Task: "ABC-1", Client: "zeta"})
	l.until("the label", func(s Snapshot) bool { return s.Runs[0].Task == "ABC-1" && s.Runs[0].Client == "zeta" })
	l.m.Send(Label{Run: s.Runs[0].ID})
	l.until("no label", func(s Snapshot) bool { return s.Runs[0].Task == "" && s.Runs[0].Client == "acme" })
}

func TestMoves(t *testing.T) {
	h := newHome(t)
	a := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	cost := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(time.Now()), Model: gpt}, small).USD
	l := start(t, Options{Homes: []string{h.path}, Plan: planOf(budget.Plan{Budgets: []budget.Budget{dayBudget(cost)}, Approvers: map[string]string{"": "lead"}})})
	s := l.until("the limit", l.exception(budget.RuleHard))
	e := find(s.Exceptions, budget.RuleHard)
	if e.Owner != "lead" {
		t.Errorf("asked is %q", e.Owner)
	}
	refused := func(what, text string, m Move) {
		t.Helper()
		l.m.Send(m)
		l.until(what, func(s Snapshot) bool {
			return slices.ContainsFunc(s.Notices, func(n Notice) bool { return n.Effect == refusedEffect && strings.Contains(n.Text, text) })
		})
	}
	refused("no such exception", "no exception nix", Move{ID: "nix", To: budget.Acknowledged})
	refused("no reason", "reason", Move{ID: e.ID, To: budget.Dismissed})
	refused("an instant in the past", "until when", Move{ID: e.ID, To: budget.Snoozed, Until: time.Now().Add(-time.Hour)})
	refused("a second person", "ask lead", Move{ID: e.ID, To: budget.Extended, Amount: 5 * cost, Until: time.Now().Add(time.Hour), Reason: "x"})
	l.m.Send(Move{ID: e.ID, To: budget.Acknowledged})
	l.until("acknowledged", func(s Snapshot) bool {
		x := find(s.Exceptions, budget.RuleHard)
		return x != nil && x.State == budget.Acknowledged
	})
	refused("twice", "cannot acknowledge", Move{ID: e.ID, To: budget.Acknowledged})
	l.m.Send(Move{ID: e.ID, To: budget.Snoozed, Until: time.Now().Add(time.Hour)})
	s = l.until("snoozed", func(s Snapshot) bool { return len(s.Snoozed) == 1 })
	if find(s.Exceptions, budget.RuleHard) != nil {
		t.Error("snoozed and in the list")
	}
	l.m.Send(Move{ID: e.ID, To: budget.Reopened})
	l.until("reopened", l.exception(budget.RuleHard))
	l.m.Send(Move{ID: e.ID, To: budget.Dismissed, Reason: "known"})
	l.until("dismissed", func(s Snapshot) bool { return find(s.Exceptions, budget.RuleHard) == nil })
	a.answer(small)
	l.until("more spend", responses(2))
	if find(l.last.Exceptions, budget.RuleHard) != nil {
		t.Error("a dismissal holds for its episode")
	}
}

// A change of the plan is judged at once; a bad one keeps what was.
func TestHotReload(t *testing.T) {
	h := newHome(t)
	h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small).answer(small)
	cost := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(time.Now()), Model: gpt}, small).USD
	file := filepath.Join(t.TempDir(), "plan")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	write("10")
	good := Planned{}
	load := func(Repositories) Planned {
		p := Planned{File: file, Files: []string{file}, Plan: good.Plan}
		text, _ := os.ReadFile(file)
		var n price.Money
		if _, err := fmt.Sscan(string(text), &n); err != nil {
			p.Problems = []Notice{{Text: file + ":1:1: no number", Effect: "the settings before go on"}}
			return p
		}
		p.Plan.Budgets = []budget.Budget{dayBudget(n * cost)}
		good = p
		return p
	}
	l := start(t, Options{Homes: []string{h.path}, Plan: load})
	s := l.until("a plan", func(s Snapshot) bool { return len(s.Budgets) == 1 })
	if s.Budgets[0].Limit != int64(10*cost) || len(s.Exceptions) > 0 || s.PlanFile != file {
		t.Errorf("%+v, exceptions %+v", s.Budgets, s.Exceptions)
	}
	write("2")
	s = l.until("the limit", l.exception(budget.RuleHard))
	write("nonsense")
	s = l.until("a banner", func(s Snapshot) bool {
		return slices.ContainsFunc(s.Notices, func(n Notice) bool { return strings.Contains(n.Text, ":1:1") })
	})
	if len(s.Budgets) != 1 || s.Budgets[0].Limit != int64(2*cost) {
		t.Errorf("a bad edit changed the plan: %+v", s.Budgets)
	}
	write("100")
	l.until("recovery", func(s Snapshot) bool {
		return s.Budgets[0].Limit == int64(100*cost) && len(s.Exceptions) == 0 && !slices.ContainsFunc(s.Notices, func(n Notice) bool { return strings.Contains(n.Text, ":1:1") })
	})
	if n := l.told(budget.RuleHard, budget.Open); n != 1 {
		t.Errorf("the limit was told %d times, want once", n)
	}
}

// A restart pages nobody a second time, and keeps what was decided.
func TestRestart(t *testing.T) {
	h := newHome(t)
	a := h.begin(time.Now().Add(-3*time.Minute), 1, nil).ask(gpt, "do")
	for range 7 {
		a.fails("make")
	}
	cost := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(time.Now()), Model: gpt}, small).USD
	path := filepath.Join(t.TempDir(), "ledger.db")
	o := Options{Homes: []string{h.path}, Plan: planOf(budget.Plan{Budgets: []budget.Budget{dayBudget(5 * cost)}})}
	var ids []string
	t.Run("first", func(t *testing.T) {
		o := o
		o.Ledger = openLedger(t, path)
		l := start(t, o)
		l.until("the limit", l.exception(budget.RuleHard))
		a.answer(small) // a page wants to be found twice
		s := l.until("exceptions", func(s Snapshot) bool { return find(s.Exceptions, budget.RulePageFast) != nil && len(s.Exceptions) > 2 })
		for _, e := range s.Exceptions {
			ids = append(ids, e.ID)
		}
		e := find(s.Exceptions, budget.RuleHard)
		l.m.Send(Move{ID: e.ID, To: budget.Acknowledged, Actor: "ann"})
		l.until("acknowledged", func(s Snapshot) bool { x := find(s.Exceptions, budget.RuleHard); return x.State == budget.Acknowledged })
		loop := find(s.Exceptions, budget.RuleLoopIdentical)
		l.m.Send(Move{ID: loop.ID, To: budget.Resolved, Actor: "ann"})
		l.until("resolved by hand", func(s Snapshot) bool { return find(s.Exceptions, budget.RuleLoopIdentical) == nil })
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == loop.ID })
		l.m.Send(Label{Run: s.Runs[0].ID, Task: "T-1"})
		l.until("a label", func(s Snapshot) bool { return s.Runs[0].Task == "T-1" })
	})
	t.Run("again", func(t *testing.T) {
		o := o
		o.Ledger = openLedger(t, path)
		l := start(t, o)
		s := l.until("exceptions", func(s Snapshot) bool { return len(s.Exceptions) >= len(ids) && len(s.Budgets) == 1 })
		var again []string
		for _, e := range s.Exceptions {
			again = append(again, e.ID)
		}
		if !slices.Equal(ids, again) {
			t.Errorf("exceptions %v, before %v", again, ids)
		}
		if e := find(s.Exceptions, budget.RuleHard); e.State != budget.Acknowledged {
			t.Errorf("state %s", e.State)
		}
		a.answer(small)
		s = l.until("an answer", responses(9))
		if s.Runs[0].Task != "T-1" {
			t.Errorf("task %q", s.Runs[0].Task)
		}
		said := map[string]int{}
		for _, f := range l.said {
			said[f.Exception.ID]++
			if !f.Known {
				t.Errorf("told again: %s", f.Text)
			}
		}
		for _, id := range ids {
			if said[id] != 1 {
				t.Errorf("%s, which still holds, was said %d times", id, said[id])
			}
		}
		trail, err := o.Ledger.Trail(t.Context(), time.Time{})
		if err != nil || len(trail) != 3 || trail[0].Actor != "ann" || trail[0].Action != string(budget.MoveAck) || trail[1].Action != string(budget.MoveResolve) || trail[2].Action != "label" {
			t.Errorf("audit trail %+v, %v", trail, err)
		}
	})
}

// What another process decides shows in the monitor.
func TestDecidedElsewhere(t *testing.T) {
	h := newHome(t)
	h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	cost := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(time.Now()), Model: gpt}, small).USD
	led := openLedger(t, filepath.Join(t.TempDir(), "ledger.db"))
	l := start(t, Options{Homes: []string{h.path}, Plan: planOf(budget.Plan{Budgets: []budget.Budget{dayBudget(cost)}}), Ledger: led})
	s := l.until("the limit", l.exception(budget.RuleHard))
	e := *find(s.Exceptions, budget.RuleHard)
	after, err := e.Apply(budget.Decision{Move: budget.MoveDismiss, At: time.Now(), Actor: "bob", Reason: "fine"}, budget.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if err := led.Decide(t.Context(), after, ledger.Decision{Exception: e.ID, From: budget.Open, To: after.State}, ledger.Entry{Action: "dismiss"}); err != nil {
		t.Fatal(err)
	}
	l.until("dismissed", func(s Snapshot) bool { return find(s.Exceptions, budget.RuleHard) == nil })
}

func openLedger(t *testing.T, path string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// The day's account comes when it is asked for, and goes with the last who asked.
func TestShowDay(t *testing.T) {
	h := newHome(t)
	a := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	l := start(t, Options{Homes: []string{h.path}})
	l.until("history", responses(1))
	l.m.Send(ShowDay{Date: a.now})
	s := l.until("a day", func(s Snapshot) bool { return s.Day != nil })
	if s.Day.Usage.Responses != 1 || !s.Day.Open || s.Day.Cost.USD != s.Today.USD {
		t.Errorf("day %+v", s.Day)
	}
	l.m.Send(ShowDay{})
	l.until("no day", func(s Snapshot) bool { return s.Day == nil })
}

// Other thresholds judge a run anew from its beginning.
func TestThresholdsReload(t *testing.T) {
	h := newHome(t)
	a := h.begin(time.Now().Add(-5*time.Minute), 1, nil).ask(gpt, "fix the build")
	for range 7 {
		a.fails("npm test")
	}
	file := filepath.Join(t.TempDir(), "plan")
	load := func(Repositories) Planned {
		p := Planned{Files: []string{file}}
		if _, err := os.Stat(file); err == nil {
			p.Plan.Thresholds.Off = []string{budget.RuleLoopIdentical, budget.RuleLoopRepeat, budget.RuleLoopError, budget.RulePingPong, budget.RuleEditRetry}
		}
		return p
	}
	l := start(t, Options{Homes: []string{h.path}, Plan: load})
	l.until("the loop", func(s Snapshot) bool { return len(s.Exceptions) > 0 })
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l.until("no rule", func(s Snapshot) bool { return len(s.Exceptions) == 0 })
	a.now = time.Now()
	a.fails("npm test")
	l.until("one more", responses(8))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	s := l.until("the rules again", func(s Snapshot) bool { return len(s.Exceptions) > 0 })
	if s.Exceptions[0].State != budget.Reopened {
		t.Errorf("state %s", s.Exceptions[0].State)
	}
}

// A policy holds from the moment at which it is set, and no longer than it is.
func TestPolicyReload(t *testing.T) {
	h := newHome(t)
	a := h.begin(time.Now().Add(-5*time.Minute), 1, nil).ask(gpt, "fix the build").answer(small)
	file := filepath.Join(t.TempDir(), "plan")
	load := func(Repositories) Planned {
		p := Planned{Files: []string{file}}
		if _, err := os.Stat(file); err == nil {
			p.Plan.Policy.Models = []string{"gpt-6-luna"}
		}
		return p
	}
	l := start(t, Options{Homes: []string{h.path}, Plan: load})
	if s := l.until("history", responses(1)); find(s.Exceptions, budget.RuleModelDrift) != nil {
		t.Errorf("without a policy: %+v", s.Exceptions)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := l.until("the policy", l.exception(budget.RuleModelDrift))
	if e := find(s.Exceptions, budget.RuleModelDrift); e.Thread != a.id || e.Threshold != "gpt-6-luna" {
		t.Errorf("%+v", e)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	l.until("none", func(s Snapshot) bool { return find(s.Exceptions, budget.RuleModelDrift) == nil })
}
