//go:build linux

package control_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// threads waits until a home's processes hold so many threads, and gives them, oldest first.
func (s *stage) threads(n int) []string {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		owners, err := s.c.Owners(s.t.Context(), s.home.Dir)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(owners) == n {
			return slices.Sorted(maps.Keys(owners)) // ids of version 7 begin with their time
		}
		if time.Now().After(end) {
			s.t.Fatalf("%d threads are held, want %d", len(owners), n)
		}
	}
}

// neighbours are runs beside one that is stopped, in the same home: an interactive
// Codex in the next pane, and a codex exec. They must not notice.
type neighbours struct {
	s    *stage
	exec *codextest.Run
	ids  []string
}

// beside starts the neighbours of a window whose run has so many threads.
func (s *stage) beside(w *codextest.Window, threads int) *neighbours {
	s.t.Helper()
	s.server.Set("beside", slowly())
	w.Split(s.home.Work("pane"), "--no-daemon", codextest.Prompt("go", "beside"))
	n := &neighbours{s: s, ids: s.threads(threads + 1)[threads:]}
	n.exec = s.home.Start(s.home.Work("exec"), codextest.Prompt("go", "beside"))
	n.ids = append(n.ids, n.exec.ThreadID())
	return n
}

// goOn waits until both have asked their model for more, and lets them come to their end.
func (n *neighbours) goOn() {
	n.s.t.Helper()
	for _, id := range n.ids {
		from := n.s.server.Begun(id)
		n.s.await("a run beside it to go on", func() bool { return n.s.server.Begun(id) > from+3 })
	}
	n.s.server.Set("beside", codextest.Script{{Text: "done"}})
	if res := n.exec.Wait(); res.ExitCode != 0 {
		n.s.t.Errorf("the codex exec beside it ended with %d: %s", res.ExitCode, res.Stderr)
	}
	reader := monitor.NewReader([]string{n.s.home.Dir})
	n.s.await("their turns to be completed", func() bool {
		return !slices.ContainsFunc(n.ids, func(id string) bool {
			turn, err := reader.Turn(n.s.t.Context(), control.Thread{ID: id})
			return err != nil || turn.State != model.TurnDone
		})
	})
}

func has(c control.Choice, text string) bool {
	return strings.Contains(strings.Join(c.Effects, "\n"), text)
}

func TestEscapeEndsTheTurnAndTheWindowStays(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.server.Set("long", codextest.Script{{Calls: []codextest.Call{codextest.Shell(sleepers)}}, {Gate: make(chan struct{})}})
	work := s.home.Work("shop")
	w := s.home.Window(work, "--no-daemon", codextest.Prompt("go", "long"))
	target := s.target(s.threads(1)[0], work)
	neighbours := s.beside(w, 1)
	p := s.plan(target, runs("sleep 121", "sleep 122"))
	if p.Owner.Kind != control.TUI || p.Owner.Pane != w.Pane || p.Owner.Tmux != w.Socket || p.Choices[0].Way != control.Interrupt || len(p.Others) != 0 {
		t.Fatalf("%+v", p)
	}

	w.Tmux("set-option", "-w", "-t", w.Pane, "synchronize-panes", "on")
	if q := s.plan(target, runs()); q.Choices[0].Way != control.Terminate || !has(q.Choices[0], "synchronize-panes") {
		t.Errorf("a key that goes to other panes too is offered: %+v", q.Choices)
	}
	if _, err := s.c.Act(t.Context(), p, control.Interrupt, nil); !errors.Is(err, control.ErrChanged) {
		t.Errorf("a key that goes to other panes too: %v", err)
	}
	w.Tmux("set-option", "-w", "-t", w.Pane, "synchronize-panes", "off")

	w.Tmux("copy-mode", "-t", w.Pane) // as when its user scrolled back
	o, err := s.c.Act(t.Context(), p, control.Interrupt, nil)
	if err != nil {
		t.Fatal(err)
	}
	requests := s.server.Begun(string(target.Run))
	if !o.Stopped || o.Gone || len(o.Aborted) != 1 || !started(o.Survivors, "sleep 121") || len(o.Next) != 1 || o.Next[0].Way != control.Children {
		t.Errorf("%+v\n%s", o, steps(o))
	}
	w.Shows("Conversation interrupted")
	if o, err = s.c.Act(t.Context(), p.After(o), control.Children, nil); err != nil || !o.Stopped || o.Gone {
		t.Errorf("%v\n%s", err, steps(o))
	}
	if p = s.plan(target, func(control.Plan) bool { return true }); len(p.Choices) != 0 || p.Owner.Kind != control.TUI || p.Why == "" {
		t.Errorf("afterwards: %+v", p)
	}
	neighbours.goOn()
	if n := s.server.Begun(string(target.Run)); n != requests {
		t.Errorf("%d requests after the turn was ended", n-requests)
	}
}

// Escape reaches the turn in front only, and only the end of the process ends the rest.
func TestSubAgentsOfAWindowOutliveEscape(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.c = control.New(control.Options{Reader: monitor.NewReader([]string{s.home.Dir}), Patience: 2 * time.Second})
	s.server.Set("parent", codextest.Script{
		{Calls: []codextest.Call{codextest.Spawn(codextest.Prompt("child work", "child"), false)}},
		{Calls: []codextest.Call{codextest.Wait()}}})
	s.server.Set("child", codextest.Script{{Calls: []codextest.Call{codextest.Shell(sleepers)}}})
	work := s.home.Work("shop")
	w := s.home.Window(work, "--no-daemon", codextest.Prompt("go", "parent"))
	ids := s.threads(2)
	neighbours := s.beside(w, 2)
	target := s.target(ids[0], work)
	target.Threads = append(target.Threads, control.Thread{ID: ids[1], Parent: ids[0], Agent: "Averroes"})
	p := s.plan(target, runs("sleep 121", "sleep 122"))
	if !has(p.Choices[0], "1 running sub-agent goes on") {
		t.Errorf("%+v", p.Choices)
	}
	o, err := s.c.Act(t.Context(), p, control.Interrupt, nil)
	if err != nil {
		t.Fatal(err)
	}
	if o.Stopped || len(o.Aborted) != 1 || len(o.Next) != 1 || o.Next[0].Way != control.Terminate || !has(o.Next[0], "sub-agents") {
		t.Errorf("%+v\n%s", o, steps(o))
	}
	p = p.After(o)
	if o, err = s.c.Act(t.Context(), p, control.Terminate, nil); err != nil || !o.Stopped || !o.Gone || !started(o.Survivors, "sleep 121") {
		t.Errorf("%v\n%s", err, steps(o))
	}
	requests := s.server.Begun(ids[0])
	if o, err = s.c.Act(t.Context(), p.After(o), control.Children, nil); err != nil || !o.Stopped || len(o.Survivors) != 0 {
		t.Errorf("%v\n%s", err, steps(o))
	}
	neighbours.goOn()
	if n := s.server.Begun(ids[0]); n != requests {
		t.Errorf("%d requests after the process was ended", n-requests)
	}
}
