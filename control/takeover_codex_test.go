//go:build linux

package control_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// Where there is no tmux the command is what is left. What it says is what the run had.
func TestRealTakeOverByCommand(t *testing.T) {
	t.Parallel()
	b := held(t, "-s", "read-only")
	p := b.plan()
	if got := b.c.Places(t.Context(), p); !slices.Equal(got, []control.Place{control.PlacePrint}) {
		t.Fatalf("places %v", got)
	}
	if _, err := b.c.TakeOver(t.Context(), p, control.PlaceWindow, nil); !errors.Is(err, control.ErrForbidden) {
		t.Errorf("a window outside of tmux: %v", err)
	}
	o, err := b.c.TakeOver(t.Context(), p, control.PlacePrint, nil)
	if err != nil || !o.Stopped || !o.Gone {
		t.Fatalf("%v: %+v\n%s", err, o, texts(o.Steps))
	}
	if got, want := strings.Join(o.Resume, " "), `codex resume -m gpt-5.5 -c sandbox_mode="read-only" `+b.thread; got != want {
		t.Errorf("command %q, want %q", got, want)
	}
	if res := b.run.Wait(); res.ExitCode != 1 {
		t.Errorf("exit code %d", res.ExitCode)
	}
}

// The command that a stopped run is to be gone on with works as it is printed, and
// the run has what it had: codex exec resume by itself takes that from the settings.
func TestResumeCommandGoesOnAsItWas(t *testing.T) {
	t.Parallel()
	b := held(t, "-s", "workspace-write", "-c", `model_reasoning_effort="low"`)
	p := b.plan()
	if _, err := b.c.Act(t.Context(), p, control.Interrupt, nil); err != nil {
		t.Fatal(err)
	}
	b.run.Wait()
	b.server.Set("held", codextest.Script{{Text: "Went on."}})
	if res := b.home.Codex(p.Folder(), p.Resume[1:]...); res.ExitCode != 0 {
		t.Fatalf("%q ended with %d: %s%s", p.Resume, res.ExitCode, res.Stdout, res.Stderr)
	}
	now, err := b.reader.Turn(t.Context(), control.Thread{ID: b.thread})
	old := p.Turns[b.thread]
	if err != nil || now.Number != old.Number+1 || now.State != model.TurnDone {
		t.Fatalf("%+v, %v", now, err)
	}
	if a, b := old.Settings, now.Settings; a.Model != b.Model || b.Effort != "low" || a.Approval != b.Approval || !strings.Contains(string(b.Sandbox), "workspace-write") {
		t.Errorf("it went on with %+v, and had %+v", b, a)
	}
}

// Inside tmux a window opens, in which the session is.
func TestRealTakeOverInANewWindow(t *testing.T) {
	t.Parallel()
	b := held(t)
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skipf("no tmux here: %v", err)
	}
	b.home.Config("[projects." + strconv.Quote(b.work) + "]\ntrust_level = \"trusted\"\n" +
		"[notice.model_migrations]\n\"gpt-5.5\" = \"gpt-6-sol\"")
	dir := t.TempDir()
	socket, program := filepath.Join(dir, "tmux"), filepath.Join(dir, "codex")
	// The shared server that a window starts by itself is a copy of 400 MB.
	script := "#!/bin/sh\nshift\nexec " + codextest.Codex(t) + " resume --no-daemon \"$@\"\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	tmux := func(args ...string) (string, error) {
		cmd := exec.Command("tmux", append([]string{"-S", socket, "-f", "/dev/null"}, args...)...)
		cmd.Env = b.home.Env()
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	pid, err := tmux("new-session", "-d", "-P", "-F", "#{pid}", "-x", "120", "-y", "40", "sleep 600")
	if err != nil {
		t.Fatalf("tmux: %v: %s", err, pid)
	}
	t.Cleanup(func() { _, _ = tmux("kill-server") })
	p := b.plan()
	c := control.New(control.Options{Reader: monitor.NewReader([]string{b.home.Dir}), Codex: program, Env: append(b.home.Env(), "TMUX="+socket+","+pid+",0")})
	if got := c.Places(t.Context(), p); len(got) == 0 || got[0] != control.PlaceWindow {
		t.Fatalf("places %v", got)
	}
	o, err := c.TakeOver(t.Context(), p, control.PlaceWindow, nil)
	if err != nil || !o.Stopped || o.Pane == "" {
		t.Fatalf("%v: %+v\n%s", err, o, texts(o.Steps))
	}
	b.run.Wait()
	var owner control.Owner
	for end := time.Now().Add(30 * time.Second); owner.Kind != control.TUI; time.Sleep(50 * time.Millisecond) {
		if owner, err = c.Owner(t.Context(), b.home.Dir, b.thread); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			screen, _ := tmux("capture-pane", "-p", "-t", o.Pane)
			t.Fatalf("the session is not in the window: %+v\n%s", owner, screen)
		}
	}
	if owner.Pane != o.Pane || owner.Process.Cwd != b.work {
		t.Errorf("the session is in pane %q of %s, want %s", owner.Pane, owner.Process.Cwd, o.Pane)
	}
	// A window that is there already is shown, not opened a second time.
	again, err := c.Plan(t.Context(), b.target())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Places(t.Context(), again); len(got) == 0 || got[0] != control.PlacePane {
		t.Fatalf("places %v of %+v", got, again.Owner)
	}
	if _, err := tmux("select-window", "-t", ":0"); err != nil {
		t.Fatal(err)
	}
	shown, err := c.TakeOver(t.Context(), again, control.PlacePane, nil)
	if err != nil || shown.Pane != o.Pane {
		t.Fatalf("%v: %+v\n%s", err, shown, texts(shown.Steps))
	}
	if front, _ := tmux("display-message", "-p", "#{pane_id}"); front != o.Pane {
		t.Errorf("pane %s is in front, want %s", front, o.Pane)
	}
}
