package monitor

import (
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// A turn is told as the files say it now, whatever became of them meanwhile.
func TestReaderFollowsAThread(t *testing.T) {
	h := newHome(t)
	began := time.Now().Add(-time.Hour)
	s := h.begin(began, 1, nil).ask(gpt, "do").answer(small)
	path := s.path
	r := NewReader([]string{h.path})
	turn := func() control.Turn {
		t.Helper()
		got, err := r.Turn(t.Context(), control.Thread{ID: s.id, Path: path})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := turn()
	if first.Number != 1 || first.ID != s.turn || first.State != model.TurnRunning || first.Context != small.Total() || first.Window != 258400 {
		t.Errorf("first turn: %+v", first)
	}
	if e := first.Settings; e.Model != gpt || e.Effort != "low" || e.Cwd != "/home/dev/code/x" || e.Approval != "never" {
		t.Errorf("settings: %+v", e)
	}
	steps := []struct {
		name   string
		do     func()
		number int
		state  model.TurnState
	}{
		{"it grows", func() { s.answer(small).abort() }, 1, model.TurnAborted},
		{"another turn", func() { s.ask("gpt-6-luna", "on").answer(small) }, 2, model.TurnRunning},
		{"archived", func() { s.archive() }, 2, model.TurnRunning},
		{"it grows in the archive", func() { s.end() }, 2, model.TurnDone},
		{"compressed", func() { s.compress() }, 2, model.TurnDone},
		{"another segment", func() { s = s.segment(began.Add(time.Minute), 77).ask(gpt, "again"); path = s.path }, 3, model.TurnRunning},
	}
	for _, c := range steps {
		c.do()
		if got := turn(); got.Number != c.number || got.State != c.state || got.ID != s.turn {
			t.Errorf("%s: turn %d %s %s, want %d %s %s", c.name, got.Number, got.State, got.ID, c.number, c.state, s.turn)
		}
	}
}

// What a later turn has to be given again is what the newest turn_context says.
func TestReaderGivesTheNewestSettings(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small).end()
	s.msg("task_started", meta{"turn_id": "two", "started_at": s.now.Unix()})
	s.line("turn_context", meta{"turn_id": "two", "cwd": "/src", "approval_policy": "on-request", "model": "gpt-5.5", "comp_hash": "2911", "effort": "high",
		"sandbox_policy": meta{"type": "workspace-write", "writable_roots": []string{"/a b"}, "network_access": false}})
	s.line("world_state", meta{"full": false, "state": meta{"collaboration_mode": meta{"model": "gpt-6-luna", "reasoning_effort": "low"}}})
	got, err := NewReader([]string{h.path}).Turn(t.Context(), control.Thread{ID: s.id})
	if err != nil {
		t.Fatal(err)
	}
	e := got.Settings
	if e.Model != "gpt-6-luna" || e.Effort != "low" || e.Cwd != "/src" || e.Approval != "on-request" || e.CompHash != "2911" {
		t.Errorf("settings %+v", e)
	}
	if want := `{"network_access":false,"type":"workspace-write","writable_roots":["/a b"]}`; string(e.Sandbox) != want {
		t.Errorf("sandbox %s, want %s", e.Sandbox, want)
	}
}

func TestReaderOfNothing(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Hour), 1, nil)
	r := NewReader([]string{h.path})
	if got, err := r.Turn(t.Context(), control.Thread{ID: s.id}); err != nil || got.Number != 0 {
		t.Errorf("a file without a turn: %+v, %v", got, err)
	}
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Turn(t.Context(), control.Thread{ID: s.id, Path: s.path}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
}
