//go:build linux

package control_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

// inServer starts a thread in a server, whose commands are approved as said.
func inServer(t *testing.T, conn *appserver.Conn, dir, approval, prompt string) string {
	t.Helper()
	var got struct {
		Thread struct {
			ID string `json:"id"`
		} `json:"thread"`
	}
	params := map[string]any{"cwd": dir, "approvalPolicy": approval, "sandbox": "read-only"}
	if err := conn.Call(t.Context(), "thread/start", params, &got); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.StartTurn(t.Context(), got.Thread.ID, prompt, "", ""); err != nil {
		t.Fatal(err)
	}
	return got.Thread.ID
}

// waits says that a thread waits for its user to approve of something.
func waits(t *testing.T, conn *appserver.Conn, thread string) bool {
	t.Helper()
	var got struct {
		Thread struct {
			Status struct {
				Flags []string `json:"activeFlags"`
			} `json:"status"`
		} `json:"thread"`
	}
	// its file is empty for a moment, and then the server has an error to tell
	err := conn.Call(t.Context(), "thread/read", map[string]any{"threadId": thread}, &got)
	return err == nil && slices.Contains(got.Thread.Status.Flags, "waitingOnApproval")
}

// A turn that waits for its user's approval is ended like any other, and what it
// asked for is not done.
func TestATurnThatWaitsForApprovalIsStopped(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	app := s.home.AppServer()
	s.server.Set("ask", codextest.Script{{Calls: []codextest.Call{codextest.Shell("touch approved")}, Loop: true}})
	s.server.Set("beside", slowly())
	beside := app.Run(s.home.Work("beside"), "", codextest.Prompt("go", "beside"))
	work := s.home.Work("shop")
	run := inServer(t, app.Conn, work, "untrusted", codextest.Prompt("go", "ask"))
	s.await("it to ask for approval", func() bool { return waits(t, app.Conn, run) })
	p := s.plan(s.target(run, work), func(p control.Plan) bool { return len(p.Choices) == 2 && p.Turns[run].Number == 1 })
	o, err := s.c.Act(t.Context(), p, control.Interrupt, nil)
	if err != nil || !o.Stopped || len(o.Aborted) != 1 {
		t.Errorf("%v\n%s", err, steps(o))
	}
	requests, from := s.server.Begun(run), s.server.Begun(beside)
	s.await("the run beside it to go on", func() bool { return s.server.Begun(beside) > from+5 })
	if n := s.server.Begun(run); n != requests || waits(t, app.Conn, run) {
		t.Errorf("%d requests after it was stopped; it waits: %v", n-requests, waits(t, app.Conn, run))
	}
	if _, err := os.Stat(filepath.Join(work, "approved")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what it asked for was done: %v", err)
	}
}

// An editor's own server speaks over its pipes, and to nobody else. It is neither
// asked nor signalled, and the shared server of the home is not taken for it.
func TestAServerOfAnEditorIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.server.Set("slow", slowly())
	editor, err := appserver.Spawn(t.Context(), codextest.Codex(t), s.home.Dir, s.home.Env())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { editor.Close() })
	work := s.home.Work("shop")
	run := inServer(t, editor, work, "never", codextest.Prompt("go", "slow"))
	s.await("it to work", func() bool { return s.server.Begun(run) > 0 })
	for _, shared := range []string{"without a shared server", "beside a shared server"} {
		t.Run(shared, func(t *testing.T) {
			if shared == "beside a shared server" {
				s.home.AppServer()
			}
			s := s.on(t)
			p, err := s.c.Plan(t.Context(), s.target(run, work))
			if err != nil || p.Owner.Kind != control.Server || len(p.Choices) != 0 {
				t.Fatalf("%v: %+v", err, p)
			}
			t.Log(p.Why)
			if !strings.Contains(p.Why, "editor") {
				t.Errorf("why: %s", p.Why)
			}
			p.Choices = []control.Choice{{Way: control.Interrupt}, {Way: control.Terminate}, {Way: control.Kill}} // as if they were offered
			for _, c := range p.Choices {
				if o, err := s.c.Act(t.Context(), p, c.Way, nil); !errors.Is(err, control.ErrForbidden) && !errors.Is(err, control.ErrChanged) {
					t.Errorf("%s: %v\n%s", c.Way, err, steps(o))
				}
			}
			from := s.server.Begun(run)
			s.await("it to go on", func() bool { return s.server.Begun(run) > from+3 })
		})
	}
}
