//go:build linux

package control_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// stage is a real run, and a control that can act on it.
type stage struct {
	t      *testing.T
	server *codextest.Server
	home   *codextest.Home
	c      *control.Control
}

// patience is how long what has to come is waited for: the machine may be busy.
const patience = 20 * time.Second

func newStage(t *testing.T) *stage {
	t.Helper()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	home := codextest.NewHome(t, server)
	c := control.New(control.Options{Reader: monitor.NewReader([]string{home.Dir}), Patience: patience})
	return &stage{t: t, server: server, home: home, c: c}
}

// target is a run as a screen would show it.
func (s *stage) target(thread, cwd string) control.Target {
	return control.Target{Run: model.RunID(thread), Name: "shop", Home: s.home.Dir, Cwd: cwd, Threads: []control.Thread{{ID: thread}}}
}

// plan waits until a plan shows what a test waits for.
func (s *stage) plan(target control.Target, ready func(control.Plan) bool) control.Plan {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		p, err := s.c.Plan(s.t.Context(), target)
		if err != nil {
			s.t.Fatal(err)
		}
		if ready(p) && s.server.Begun(string(target.Run)) > 0 {
			return p
		}
		if time.Now().After(end) {
			s.t.Fatalf("the run never came to where it is to be stopped: %+v", p)
		}
	}
}

// runs says that the root's turn runs and that a command runs that holds all of the words.
func runs(words ...string) func(control.Plan) bool {
	return func(p control.Plan) bool {
		if len(p.Choices) == 0 || p.Turns[string(p.Target.Run)].Number == 0 {
			return false
		}
		for _, w := range words {
			if !settled(p.Children, w) {
				return false
			}
		}
		return true
	}
}

// settled says that a command has been running for a second. Codex ends a command
// itself whose turn is interrupted within some tenths of a second after its start;
// later ones go on in the background.
func settled(ps []control.Process, command string) bool {
	for _, p := range ps {
		if strings.HasPrefix(p.Command, command) && time.Since(p.Started) > time.Second {
			return true
		}
	}
	return false
}

func started(ps []control.Process, command string) bool {
	for _, p := range ps {
		if strings.HasPrefix(p.Command, command) {
			return true
		}
	}
	return false
}

// steps are the outcome's steps as text.
func steps(o control.Outcome) string {
	var b strings.Builder
	for _, s := range o.Steps {
		b.WriteString([]string{"…", "✓", "✗", "!"}[s.State] + " " + s.Text + "\n")
	}
	return b.String()
}

// stopped is a real run that is stopped.
type stopped struct {
	name   string
	args   []string // before the prompt
	script codextest.Script
	ready  func(control.Plan) bool
	begun  chan struct{} // the answer is being streamed; nil does not matter
	native bool          // without npm's wrapper
	ended  int           // threads that end
}

const sleepers = "sleep 121 & sleep 122; echo never"

func stops() []stopped {
	streaming := make(chan struct{}, 1)
	shell := codextest.Script{{Calls: []codextest.Call{codextest.Shell(sleepers)}, Loop: true}}
	asleep := runs("sleep 121", "sleep 122")
	return []stopped{
		{name: "waiting for the model", script: codextest.Script{{Gate: make(chan struct{})}}, ready: runs(), ended: 1},
		{name: "long command with grandchildren", script: shell, ready: asleep, ended: 1},
		{name: "without the wrapper", script: shell, ready: asleep, native: true, ended: 1},
		{name: "code mode", args: []string{"-m", "gpt-6-luna"}, ready: asleep, ended: 1,
			script: codextest.Script{{Calls: []codextest.Call{codextest.Code(`text((await tools.exec_command({cmd:"` + sleepers + `"})).output)`)}, Loop: true}}},
		{name: "streaming", ready: runs(), begun: streaming, ended: 1,
			script: codextest.Script{{Stream: time.Minute, Deltas: 600, Begun: streaming, Loop: true}}},
		{name: "sub-agent", ended: 2, ready: func(p control.Plan) bool { return asleep(p) && len(p.Turns) == 2 }, script: codextest.Script{
			{Calls: []codextest.Call{codextest.Spawn(codextest.Prompt("child work", "long-command-with-grandchildren"), false)}},
			{Calls: []codextest.Call{codextest.Wait()}, Loop: true}}},
	}
}

func TestStoppedExecIsGoneAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	gate := make(chan struct{})
	s.server.Set("neighbour", codextest.Script{{Calls: []codextest.Call{codextest.Shell("echo hi")}}, {Gate: gate, Text: "done"}})
	work := s.home.Work("neighbour")
	neighbour := s.home.Start(work, codextest.Prompt("go", "neighbour"))
	beside := s.plan(s.target(neighbour.ThreadID(), work), runs())

	var mu sync.Mutex
	requests := map[string]int{}
	t.Run("stop", func(t *testing.T) {
		for _, c := range stops() {
			s.server.Set(c.tag(), c.script)
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				on := &stage{t: t, server: s.server, home: s.home, c: s.c}
				if c.native {
					on.home = s.home.With(beside.Owner.Process.Exe)
				}
				run, n := on.stop(c)
				mu.Lock()
				defer mu.Unlock()
				requests[run] = n
			})
		}
	})
	close(gate)
	if res := neighbour.Wait(); res.ExitCode != 0 {
		t.Errorf("the run beside them ended with %d: %s", res.ExitCode, res.Stderr)
	}
	if n := s.server.Begun(string(beside.Target.Run)); n != 2 {
		t.Errorf("the run beside them made %d requests, want 2", n)
	}
	for run, n := range requests {
		if now := s.server.Begun(run); now != n || n == 0 {
			t.Errorf("run %s made %d requests after it was stopped", run, now-n)
		}
	}
}

func (c stopped) tag() string { return strings.ReplaceAll(c.name, " ", "-") }

// stop starts a run, stops it as soon as it is where the case wants it, checks what
// is told of it, and gives the run with the requests that it had made by then.
func (s *stage) stop(c stopped) (run string, requests int) {
	s.t.Helper()
	work := s.home.Work(c.tag())
	r := s.home.Start(work, append(slices.Clone(c.args), codextest.Prompt("go", c.tag()))...)
	run = r.ThreadID()
	if c.begun != nil {
		<-c.begun
	}
	p := s.plan(s.target(run, work), c.ready)
	if p.Owner.Kind != control.Exec || filepath.Base(p.Owner.Process.Exe) != "codex" || p.Owner.Process.Cwd != work {
		s.t.Errorf("owner %+v", p.Owner)
	}
	o, err := s.c.Act(s.t.Context(), p, control.Interrupt, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	requests = s.server.Begun(run)
	if !o.Stopped || !o.Gone || len(o.Aborted) != c.ended || len(o.Survivors) != 0 || len(o.Next) != 0 {
		s.t.Errorf("%+v\n%s", o, steps(o))
	}
	for _, child := range p.Children {
		if there(child.PID) {
			s.t.Errorf("%s (%d) is still there", child.Command, child.PID)
		}
	}
	if res := r.Wait(); res.ExitCode != 1 {
		s.t.Errorf("exit %d", res.ExitCode)
	}
	if _, err := s.c.Act(s.t.Context(), p, control.Interrupt, nil); !errors.Is(err, control.ErrEnded) {
		s.t.Errorf("a second time: %v", err)
	}
	s.t.Log(steps(o))
	return run, requests
}

// Two monitors may have the same idea at the same moment.
func TestTwoWhoStopAtOnceDoNoHarm(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.server.Set("long", codextest.Script{{Calls: []codextest.Call{codextest.Shell(sleepers)}, Loop: true}})
	work := s.home.Work("shop")
	run := s.home.Start(work, codextest.Prompt("go", "long"))
	target := s.target(run.ThreadID(), work)
	p := s.plan(target, runs("sleep 121", "sleep 122"))
	var done sync.WaitGroup
	for range 3 {
		done.Go(func() {
			c := control.New(control.Options{Reader: monitor.NewReader([]string{s.home.Dir}), Patience: patience})
			o, err := c.Act(t.Context(), p, control.Interrupt, nil)
			switch {
			case errors.Is(err, control.ErrEnded):
			case err != nil:
				t.Error(err)
			case !o.Stopped || len(o.Survivors) != 0:
				t.Errorf("%+v\n%s", o, steps(o))
			}
		})
	}
	done.Wait()
	run.Wait()
	turn, err := monitor.NewReader([]string{s.home.Dir}).Turn(t.Context(), target.Threads[0])
	if err != nil || turn.State != model.TurnAborted {
		t.Errorf("%+v, %v: the end of the turn is not recorded", turn, err)
	}
}

// A file may be archived while its run is being stopped: its end is still found.
func TestEndOfATurnIsFoundInAFileThatMoved(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.server.Set("held", codextest.Script{{Gate: make(chan struct{})}})
	work := s.home.Work("shop")
	run := s.home.Start(work, codextest.Prompt("go", "held"))
	target := s.target(run.ThreadID(), work)
	s.plan(target, runs())
	files, err := filepath.Glob(filepath.Join(s.home.Dir, "sessions/*/*/*/rollout-*-"+string(target.Run)+".jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("session files %v, %v", files, err)
	}
	target.Threads[0].Path = files[0]
	p := s.plan(target, runs())
	archive := filepath.Join(s.home.Dir, "archived_sessions")
	if err := os.MkdirAll(archive, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(files[0], filepath.Join(archive, filepath.Base(files[0]))); err != nil {
		t.Fatal(err)
	}
	o, err := s.c.Act(t.Context(), p, control.Interrupt, nil)
	if err != nil || !o.Stopped || len(o.Aborted) != 1 {
		t.Errorf("%v\n%s", err, steps(o))
	}
	run.Wait()
}

func TestTheHardWayTellsWhatItLeavesBehind(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.server.Set("long", codextest.Script{{Calls: []codextest.Call{codextest.Shell(sleepers)}, Loop: true}})
	work := s.home.Work("shop")
	run := s.home.Start(work, codextest.Prompt("go", "long"))
	p := s.plan(s.target(run.ThreadID(), work), runs("sleep 121", "sleep 122"))
	p.Choices = []control.Choice{{Way: control.Terminate}} // as if a softer one had failed
	o, err := s.c.Act(t.Context(), p, control.Terminate, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(steps(o))
	if !o.Stopped || !o.Gone || len(o.Aborted) != 0 || !started(o.Survivors, "sleep 121") {
		t.Errorf("%+v", o)
	}
	if len(o.Next) != 1 || o.Next[0].Way != control.Children {
		t.Fatalf("next %+v", o.Next)
	}
	survivors := o.Survivors
	if o, err = s.c.Act(t.Context(), p.After(o), control.Children, nil); err != nil || !o.Stopped || len(o.Survivors) != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	t.Log(steps(o))
	for _, child := range survivors {
		if there(child.PID) {
			t.Errorf("%s (%d) is still there", child.Command, child.PID)
		}
	}
	run.Wait()
}

// there says that a process runs; one that ended and that nobody asked for yet doesn't.
func there(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(b), ") Z ")
}
