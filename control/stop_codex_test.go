//go:build linux

package control_test

import (
	"errors"
	"strings"
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

func newStage(t *testing.T) *stage {
	t.Helper()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	home := codextest.NewHome(t, server)
	c := control.New(control.Options{Reader: monitor.NewReader([]string{home.Dir})})
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
		if ready(p) {
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
			if !started(p.Children, w) {
				return false
			}
		}
		return true
	}
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

func TestInterruptedExecIsGoneWithAllThatItStarted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.server.Set("long", codextest.Script{{Calls: []codextest.Call{codextest.Shell("sleep 3001 & sleep 3002; echo never")}, Loop: true}})
	work := s.home.Work("shop")
	run := s.home.Start(work, codextest.Prompt("go", "long"))
	thread := run.ThreadID()
	p := s.plan(s.target(thread, work), runs("sleep 3001", "sleep 3002"))
	t.Log(strings.Join(p.Choices[0].Effects, "\n"))
	o, err := s.c.Act(t.Context(), p, control.Interrupt, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(steps(o))
	if !o.Stopped || !o.Gone || len(o.Aborted) != 1 || len(o.Survivors) != 0 || len(o.Next) != 0 {
		t.Errorf("%+v", o)
	}
	if res := run.Wait(); res.ExitCode != 1 {
		t.Errorf("exit %d", res.ExitCode)
	}
	if _, err := s.c.Act(t.Context(), p, control.Interrupt, nil); !errors.Is(err, control.ErrEnded) {
		t.Errorf("a second time: %v", err)
	}
}
