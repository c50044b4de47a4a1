//go:build linux

package control_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

// offers waits for a plan that offers to interrupt, and whose run has threads.
func offers(threads int) func(control.Plan) bool {
	return func(p control.Plan) bool {
		return len(p.Choices) > 0 && len(p.Target.Threads) == threads && len(p.Turns) == threads
	}
}

// asked counts the model requests of a thread, those of its sub-agents too.
func (s *stage) asked(root string) int {
	n := 0
	for _, r := range s.server.Log() {
		if r.SessionID == root || r.ThreadID == root {
			n++
		}
	}
	return n
}

// silent makes sure that a stopped run asks nothing more of the model, for as long
// as another run asks several times.
func (s *stage) silent(root, other string) {
	s.t.Helper()
	before, from := s.asked(root), s.asked(other)
	s.await("the other run to go on", func() bool { return s.asked(other) >= from+3 })
	if n := s.asked(root); n != before {
		s.t.Errorf("the stopped run made %d more requests", n-before)
	}
}

func (s *stage) await(what string, there func() bool) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); !there(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// slowly is a turn that goes on and on, one short command after another.
func slowly() codextest.Script {
	return codextest.Script{{Delay: 80 * time.Millisecond, Calls: []codextest.Call{codextest.Shell("echo on")}, Loop: true}}
}

func TestInterruptedServerRunStopsWithCommandsAndTheOtherGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	app := s.home.AppServer()
	end := make(chan struct{})
	s.server.Set("other", codextest.Script{{Delay: 80 * time.Millisecond, Calls: []codextest.Call{codextest.Shell("echo on")}, Loop: true}})
	s.server.Set("long", codextest.Script{{Calls: []codextest.Call{codextest.Shell("sleep 3101 & sleep 3102; echo never")}, Loop: true}})
	_ = end
	shop, docs := s.home.Work("shop"), s.home.Work("docs")
	other := app.Run(docs, "", codextest.Prompt("go", "other"))
	thread := app.Run(shop, "", codextest.Prompt("go", "long"))
	p := s.plan(s.target(thread, shop), func(p control.Plan) bool { return offers(1)(p) && app.Has(t, "sleep 3101", "sleep 3102") })
	t.Log(strings.Join(p.Choices[len(p.Choices)-1].Effects, "\n"))
	if p.Owner.Kind != control.Server || p.Owner.Process.PID != app.PID || !slices.Equal(p.Others, []string{other}) {
		t.Errorf("owner %+v, others %v", p.Owner, p.Others)
	}

	o, err := s.c.Act(t.Context(), p, control.Interrupt, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(steps(o))
	if !o.Stopped || o.Gone || !slices.Equal(o.Aborted, []string{thread}) || len(o.Next) != 0 {
		t.Errorf("%+v", o)
	}
	if app.Has(t, "sleep 3101") || app.Has(t, "sleep 3102") {
		t.Error("its commands are still running")
	}
	s.silent(thread, other)
	if _, err := s.c.Act(t.Context(), p, control.Interrupt, nil); !errors.Is(err, control.ErrEnded) {
		t.Errorf("a second time: %v", err)
	}
	if status := app.Ended(thread); status != appserver.Interrupted {
		t.Errorf("turn %s", status)
	}
	s.server.Set("other", codextest.Script{{Text: "done"}})
	if status := app.Ended(other); status != appserver.Completed {
		t.Errorf("the other run's turn %s", status)
	}
	if now, err := s.c.Owner(t.Context(), s.home.Dir, other); err != nil || !now.Process.Same(p.Owner.Process) {
		t.Errorf("server afterwards %+v, %v", now, err)
	}
}
