package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Two monitors and a command share one ledger. One monitor is killed without
// warning, all session files vanish: nothing that was read is lost, and nothing is counted twice.
func TestLedgerOutlivesMonitorsAndFiles(t *testing.T) {
	t.Parallel()
	home, state := t.TempDir(), t.TempDir()
	at, spent := time.Now().Add(-time.Hour), model.Usage{Input: 1000, Output: 100}
	var sessions []*session
	for i := range 5 {
		s := newSession(t, home, at.Add(time.Duration(i)*time.Minute), "/home/dev/x")
		s.begin(at, "main", "do")
		s.respond(at.Add(time.Second), spent)
		sessions = append(sessions, s)
		if err := os.Chtimes(s.path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	kept := filepath.Join(state, "ledger.db")
	one, two := watching(t, home, kept), watching(t, home, kept)
	before := usageOf(t, home, "--ledger", kept)
	if before.Overall.Responses != 5 {
		t.Fatalf("%d responses, want 5", before.Overall.Responses)
	}
	sessions[4].respond(time.Now(), spent)
	two.await(t, "response")
	one.await(t, "response")
	_ = one.cmd.Process.Kill()
	one.end()
	_ = two.cmd.Process.Signal(os.Interrupt)
	two.end()
	if err := os.RemoveAll(filepath.Join(home, "sessions")); err != nil {
		t.Fatal(err)
	}
	after := usageOf(t, home, "--ledger", kept)
	if after.Overall.Responses != 6 || len(after.Threads) != 5 {
		t.Errorf("%d responses of %d threads, want 6 of 5", after.Overall.Responses, len(after.Threads))
	}
	if got := run(t, "--codex-home", home, "--ledger", kept, "audit", "--verify"); got.code != 0 {
		t.Errorf("audit --verify: %d %s", got.code, got.err)
	}
	if got := usageOf(t, home, "--no-ledger"); got.Overall.Responses != 0 {
		t.Errorf("without the ledger %d responses", got.Overall.Responses)
	}
}

// watched is a "watch --json" that runs until it is ended.
type watched struct {
	cmd   *exec.Cmd
	lines chan string
	stop  context.CancelFunc
}

// watching starts one and waits until it has read history.
func watching(t *testing.T, home, kept string) *watched {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	w := &watched{cmd: exec.CommandContext(ctx, binary, "--codex-home", home, "--ledger", kept, "watch", "--json"), lines: make(chan string, 100), stop: stop}
	w.cmd.Env = environment(t.TempDir())
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.stop(); w.end() })
	go func() {
		defer close(w.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			w.lines <- s.Text()
		}
	}()
	w.await(t, "ready")
	return w
}

// await reads lines up to one of a type.
func (w *watched) await(t *testing.T, kind string) {
	t.Helper()
	var seen []string
	for line := range w.lines {
		var fact struct{ Type string }
		if json.Unmarshal([]byte(line), &fact) == nil && fact.Type == kind {
			return
		}
		seen = append(seen, line)
	}
	t.Fatalf("no %s in:\n%s", kind, strings.Join(seen, "\n"))
}

// end waits until the process is gone.
func (w *watched) end() {
	for range w.lines { //nolint:revive // it must be read until it is closed
	}
	_ = w.cmd.Wait() // it was ended by us
	w.stop()
}
