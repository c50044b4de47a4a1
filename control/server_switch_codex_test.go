//go:build linux

package control_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

// lastTurn is the newest model request of a run that is no compaction.
func (s *stage) lastTurn(run string) (last codextest.Served) {
	for _, r := range s.server.Log() {
		if r.SessionID == run && r.ThreadID == run && r.Kind == "turn" && r.Outcome == codextest.Completed {
			last = r
		}
	}
	return last
}

func TestServerRunGoesOnWithACheaperModel(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	app := s.home.AppServer()
	s.server.Set("dear", codextest.Script{
		{Calls: []codextest.Call{codextest.Spawn(codextest.Prompt("work", "kid"), false)}},
		{Calls: []codextest.Call{behind("sleep 3131")}},
		{Calls: []codextest.Call{codextest.Wait()}, Loop: true},
	})
	s.server.Set("kid", slowly())
	s.server.Set("cheap", codextest.Script{{Text: "Done for less."}})
	work := s.home.Work("shop")
	run := app.Run(work, "", codextest.Prompt("go", "dear"))
	p := s.plan(s.target(run, work), func(p control.Plan) bool { return len(p.Turns) == 2 && app.Has(t, "sleep 3131") })

	wrong := control.Switch{Model: "no-such-model"}
	if o, err := s.c.Downgrade(t.Context(), p, wrong, nil); !errors.Is(err, control.ErrForbidden) || len(o.Steps) > 0 {
		t.Errorf("a model that it doesn't know: %+v, %v", o, err)
	}
	to := control.Switch{Model: "gpt-6-luna", Effort: "low", Prompt: codextest.Prompt("go on", "cheap")}
	o, err := s.c.Downgrade(t.Context(), p, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(steps(o))
	if !o.Switched || len(o.Aborted) != 2 {
		t.Errorf("%+v", o)
	}
	if status := app.Ended(run); status != appserver.Completed {
		t.Errorf("turn %s", status)
	}
	if last := s.lastTurn(run); last.Model != "gpt-6-luna" || last.Effort != "low" || last.Script != "cheap" {
		t.Errorf("last served: %s %s for %s", last.Model, last.Effort, last.Script)
	}
	if !app.Has(t, "sleep 3131") {
		t.Error("a command that the run may still need was ended")
	}
}

func TestServerRunChangesItsModelFromTheNextTurnOn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	app := s.home.AppServer()
	gate := make(chan struct{})
	s.server.Set("held", codextest.Script{{Gate: gate, Text: "One."}})
	s.server.Set("next", codextest.Script{{Text: "Two."}})
	work := s.home.Work("shop")
	run := app.Run(work, "", codextest.Prompt("go", "held"))
	p := s.plan(s.target(run, work), func(p control.Plan) bool { return len(p.Choices) > 0 && s.server.Begun(run) == 1 })
	o, err := s.c.Downgrade(t.Context(), p, control.Switch{Model: "gpt-6-luna", Effort: "low", Later: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(steps(o))
	if o.Stopped || !o.Switched {
		t.Errorf("%+v", o)
	}
	close(gate)
	if status := app.Ended(run); status != appserver.Completed {
		t.Errorf("the running turn %s", status)
	}
	if last := s.lastTurn(run); last.Model != "gpt-5.5" {
		t.Errorf("the running turn was served by %s", last.Model)
	}
	if _, err := app.StartTurn(t.Context(), run, codextest.Prompt("on", "next"), "", ""); err != nil {
		t.Fatal(err)
	}
	s.await("the next turn", func() bool { return s.lastTurn(run).Script == "next" })
	if last := s.lastTurn(run); last.Model != "gpt-6-luna" || last.Effort != "low" {
		t.Errorf("the next turn was served by %s %s", last.Model, last.Effort)
	}
}

// A window that is attached to the server stays so, and shows what the other model says.
func TestWindowStaysAttachedWhileItsRunIsMoved(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	app := s.home.AppServer()
	s.server.Set("dear", slowly())
	s.server.Set("cheap", codextest.Script{{Text: "Done for less."}})
	work := s.home.Work("shop")
	w := s.home.Window(work, codextest.Prompt("go", "dear"))
	run := ""
	s.await("the window's run", func() bool {
		ids, err := app.LoadedThreads(t.Context())
		for _, id := range ids {
			if thread, err := app.ReadThread(t.Context(), id); err == nil && !thread.Ephemeral {
				run = id
			}
		}
		return err == nil && run != "" && s.server.Begun(run) > 1
	})
	p := s.plan(s.target(run, work), func(p control.Plan) bool { return len(p.Choices) == 2 })
	if p.Owner.Kind != control.Server || p.Owner.Process.PID != app.PID {
		t.Errorf("owner %+v, want the server and not the window", p.Owner)
	}
	o, err := s.c.Downgrade(t.Context(), p, control.Switch{Model: "gpt-6-luna", Effort: "low", Prompt: codextest.Prompt("go on", "cheap")}, nil)
	if err != nil || !o.Switched {
		t.Errorf("%+v, %v", o, err)
	}
	w.Shows("Done for less.")
	if screen := w.Screen(); !strings.Contains(screen, "Conversation interrupted") {
		t.Errorf("the window does not tell of the interruption:\n%s", screen)
	}
}
