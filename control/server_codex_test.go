//go:build linux

package control_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

func (s *stage) await(what string, there func() bool) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); !there(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// slowly is a turn that goes on for ever, one short command after another.
func slowly() codextest.Script {
	return codextest.Script{{Delay: 50 * time.Millisecond, Calls: []codextest.Call{codextest.Shell("echo on")}, Loop: true}}
}

// behind is a command that goes on behind its turn.
func behind(command string) codextest.Call {
	return codextest.Call{Name: "exec_command", Args: map[string]any{"cmd": command, "yield_time_ms": 250}}
}

// serverStop is a run in a shared server, and where it is to be interrupted.
type serverStop struct {
	name, model string
	script      codextest.Script
	child       codextest.Script
	begun       chan struct{} // the response is being streamed
	commands    []string      // that run when it is interrupted
	threads     int
	requests    int    // that were made before
	says        string // a step
}

func serverStops() []serverStop {
	begun := make(chan struct{}, 1)
	return []serverStop{
		{name: "command", commands: []string{"sleep 3101", "sleep 3102"}, threads: 1, requests: 1,
			script: codextest.Script{{Calls: []codextest.Call{codextest.Shell("sleep 3101 & sleep 3102; echo never")}, Loop: true}}},
		{name: "background", commands: []string{"sleep 3111", "sleep 3112"}, threads: 1, requests: 2, says: "the server ended 1 command",
			script: codextest.Script{{Calls: []codextest.Call{behind("sleep 3111 & sleep 3112; echo never")}}, {Delay: time.Minute}}},
		{name: "streaming", begun: begun, threads: 1, requests: 1,
			script: codextest.Script{{Begun: begun, Stream: time.Minute, Deltas: 1000}}},
		{name: "agents", threads: 2, requests: 4, child: slowly(), script: codextest.Script{
			{Calls: []codextest.Call{codextest.Spawn(codextest.Prompt("work", "agents-child"), false)}}, {Calls: []codextest.Call{codextest.Wait()}, Loop: true}}},
		{name: "code", model: "gpt-6-luna", commands: []string{"sleep 3121"}, threads: 1, requests: 1, script: codextest.Script{
			{Calls: []codextest.Call{codextest.Code(`text((await tools.exec_command({cmd:"sleep 3121"})).output)`)}, Loop: true}}},
		{name: "code-agents", model: "gpt-6-luna", threads: 2, requests: 4,
			child: codextest.Script{{Delay: 50 * time.Millisecond, Calls: []codextest.Call{codextest.Code(`text("on")`)}, Loop: true}},
			script: codextest.Script{
				{Calls: []codextest.Call{codextest.Collaborate("kid", codextest.Prompt("work", "code-agents-child"), "none")}},
				{Calls: []codextest.Call{codextest.Await()}, Loop: true}}},
	}
}

// One server, one run beside those that are stopped: it must not notice.
func TestInterruptedServerRunsAreSilentAndTheOneBesideGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	app := s.home.AppServer()
	s.server.Set("beside", slowly())
	beside := app.Run(s.home.Work("beside"), "", codextest.Prompt("go", "beside"))
	requests := map[string]int{}
	for _, c := range serverStops() {
		t.Run(c.name, func(t *testing.T) {
			run, n := s.on(t).stopInServer(app, c, beside)
			requests[run] = n
		})
	}
	from := s.server.Begun(beside)
	s.await("the run beside them to go on", func() bool { return s.server.Begun(beside) > from+5 })
	for run, n := range requests {
		if now := s.server.Begun(run); now != n {
			t.Errorf("run %s made %d requests after it was stopped", run, now-n)
		}
	}
	s.server.Set("beside", codextest.Script{{Text: "done"}})
	if status := app.Ended(beside); status != appserver.Completed {
		t.Errorf("the turn of the run beside them %s", status)
	}
}

// on is the stage for a part of its test.
func (s *stage) on(t *testing.T) *stage {
	part := *s
	part.t = t
	return &part
}

func (s *stage) stopInServer(app *codextest.AppServer, c serverStop, beside string) (run string, requests int) {
	s.t.Helper()
	s.server.Set(c.name, c.script)
	s.server.Set(c.name+"-child", c.child)
	work := s.home.Work(c.name)
	run = app.Run(work, c.model, codextest.Prompt("go", c.name))
	if c.begun != nil {
		<-c.begun
	}
	p := s.plan(s.target(run, work), func(p control.Plan) bool {
		return len(p.Choices) == 2 && len(p.Target.Threads) == c.threads && len(p.Turns) == c.threads &&
			s.server.Begun(run) >= c.requests && app.Has(s.t, c.commands...)
	})
	if p.Owner.Kind != control.Server || p.Owner.Process.PID != app.PID || !slices.Contains(p.Others, beside) || slices.Contains(p.Others, run) {
		s.t.Errorf("owner %+v, others %v", p.Owner, p.Others)
	}
	o, err := s.c.Act(s.t.Context(), p, control.Interrupt, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	requests = s.server.Begun(run)
	s.t.Log(steps(o))
	if !o.Stopped || o.Gone || len(o.Aborted) != c.threads || len(o.Next) != 0 || !strings.Contains(steps(o), c.says) {
		s.t.Errorf("%+v", o)
	}
	s.await("its commands to be gone", func() bool {
		return !slices.ContainsFunc(c.commands, func(x string) bool { return app.Has(s.t, x) })
	})
	if _, err := s.c.Act(s.t.Context(), p, control.Interrupt, nil); !errors.Is(err, control.ErrEnded) {
		s.t.Errorf("a second time: %v", err)
	}
	if now, err := s.c.Owner(s.t.Context(), s.home.Dir, run); err != nil || now.Kind != control.None && !now.Process.Same(p.Owner.Process) {
		s.t.Errorf("the server afterwards: %+v, %v", now, err)
	}
	return run, requests
}

func TestWrapUpReachesTheModel(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	app := s.home.AppServer()
	gate := make(chan struct{})
	s.server.Set("long", codextest.Script{{Gate: gate, Calls: []codextest.Call{codextest.Shell("echo on")}}, {Text: "Here is the summary."}})
	work := s.home.Work("shop")
	run := app.Run(work, "", codextest.Prompt("go", "long"))
	p := s.plan(s.target(run, work), func(p control.Plan) bool { return len(p.Choices) > 0 && s.server.Begun(run) == 1 })
	o, err := s.c.Act(t.Context(), p, control.WrapUp, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(steps(o))
	if o.Stopped || len(o.Next) != 1 || o.Next[0].Way != control.Interrupt {
		t.Errorf("%+v", o)
	}
	close(gate)
	if status := app.Ended(run); status != appserver.Completed {
		t.Errorf("turn %s", status)
	}
	if text := s.recorded(run); !strings.Contains(text, "Please wrap up now") {
		t.Errorf("the request is not in the session file")
	}
	if _, err := s.c.Act(t.Context(), p, control.WrapUp, nil); !errors.Is(err, control.ErrEnded) {
		t.Errorf("a second time: %v", err)
	}
}

// recorded is the text of a thread's session file.
func (s *stage) recorded(thread string) string {
	s.t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.home.Dir, "sessions/*/*/*/rollout-*-"+thread+".jsonl"))
	if err != nil || len(paths) != 1 {
		s.t.Fatalf("session files %v, %v", paths, err)
	}
	b, err := os.ReadFile(paths[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// What runs in a server that can't be reached is left alone, and nothing else is tried.
func TestServerThatCannotBeReachedIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	app, other := s.home.AppServer(), newStage(t).home.AppServer()
	s.server.Set("slow", slowly())
	work := s.home.Work("shop")
	run := app.Run(work, "", codextest.Prompt("go", "slow"))
	p := s.plan(s.target(run, work), func(p control.Plan) bool { return len(p.Choices) > 0 })
	link := appserver.SocketPath(s.home.Dir)

	defer s.replace(link, app.Path)
	t.Run("it listens elsewhere", func(t *testing.T) {
		s.replace(link, filepath.Join(s.home.Dir, "nothing"))
		p, err := s.c.Plan(t.Context(), s.target(run, work))
		if err != nil || len(p.Choices) == 0 || p.Owner.Socket != app.Path {
			t.Errorf("%+v, %v: its own socket was not found", p.Choices, err)
		}
	})
	t.Run("another server listens there", func(t *testing.T) {
		if err := os.Rename(app.Path, app.Path+"-away"); err != nil {
			t.Fatal(err)
		}
		defer os.Rename(app.Path+"-away", app.Path)
		s.replace(link, other.Path)
		before := s.server.Begun(run)
		if o, err := s.c.Act(t.Context(), p, control.Interrupt, nil); !errors.Is(err, control.ErrChanged) {
			t.Errorf("%+v, %v; want it refused", o, err)
		}
		if p, err := s.c.Plan(t.Context(), s.target(run, work)); err != nil || len(p.Choices) != 0 || !strings.Contains(p.Why, "codex agents") {
			t.Errorf("plan %+v, %q, %v; want none, and what is left", p.Choices, p.Why, err)
		}
		s.await("the run to go on", func() bool { return s.server.Begun(run) > before+3 })
	})
}

func (s *stage) replace(link, to string) {
	s.t.Helper()
	if err := os.Remove(link); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Symlink(to, link); err != nil {
		s.t.Fatal(err)
	}
}
