//go:build linux

package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

// commands runs tokenburn for a home, with a ledger of its own.
func commands(t *testing.T, home *codextest.Home) func(args ...string) (code int, out, said string) {
	env := append(home.Env(), "XDG_STATE_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	return func(args ...string) (int, string, string) {
		var out, said bytes.Buffer
		code := Main(args, strings.NewReader(""), &out, &said, env)
		return code, out.String(), said.String()
	}
}

// told runs a command until it says what is waited for, and gives its exit code.
func told(t *testing.T, tokenburn func(...string) (int, string, string), want string, args ...string) int {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		code, out, said := tokenburn(args...)
		if strings.Contains(out+said, want) {
			return code
		}
		if time.Now().After(end) {
			t.Fatalf("tokenburn %s never said %q: %d %s%s", strings.Join(args, " "), want, code, out, said)
		}
	}
}

// "tokenburn stop" ends a real run, prints what was seen, and keeps how it stood.
func TestStopARealRun(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	server.Set("long", codextest.Script{{Calls: []codextest.Call{codextest.Shell("sleep 300 & sleep 301")}}, {Text: "Never."}})
	home := codextest.NewHome(t, server)
	run := home.Start(home.Work("a"), codextest.Prompt("go", "long"))
	id := run.ThreadID()
	tokenburn := commands(t, home)

	var listed runsJSON
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		code, out, said := tokenburn("ls", "--json")
		if code != 0 || json.Unmarshal([]byte(out), &listed) != nil {
			t.Fatalf("ls: %d %s%s", code, out, said)
		}
		if len(listed.Runs) == 1 && listed.Runs[0].PID != nil && server.Begun(id) == 1 && len(server.Log()) == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("never listed with its owner: %+v", listed.Runs)
		}
	}
	if o := listed.Runs[0].Owner; o == nil || *o != "exec" {
		t.Errorf("owner %v", o)
	}
	if code, out, _ := tokenburn("stop", id, "--dry-run"); code != 0 || !strings.Contains(out, "Nothing was done") || !strings.Contains(out, "SIGINT goes to process") {
		t.Errorf("dry run: %d\n%s", code, out)
	}
	if code, _, said := tokenburn("stop", id); code != exitUsage || !strings.Contains(said, "--yes") {
		t.Errorf("nobody to be asked: %d %s", code, said)
	}
	code, out, said := tokenburn("stop", id, "--yes", "--json", "--reason", "a test")
	var doc stopJSON
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 0 {
		t.Fatalf("stop: %d %v\n%s%s", code, err, out, said)
	}
	if doc.State != "stopped" || doc.Gone == nil || !*doc.Gone || len(doc.Aborted) != 1 || doc.Aborted[0] != id || len(doc.Survivors) != 0 {
		t.Errorf("stopped: %s", out)
	}
	if res := run.Wait(); res.ExitCode != 1 {
		t.Errorf("codex ended with %d", res.ExitCode)
	}
	if n := server.Begun(id); n != 1 {
		t.Errorf("%d requests", n)
	}
	if code, out, _ := tokenburn("stop", id, "--yes"); code != 0 || !strings.Contains(out, "nothing runs") {
		t.Errorf("once more: %d %s", code, out)
	}
	code, out, _ = tokenburn("audit", "--json")
	if code != 0 || strings.Count(out, `"run_stop.interrupt"`) != 2 || !strings.Contains(out, "a test") || !strings.Contains(out, "seen: SIGINT sent to") {
		t.Errorf("audit: %s", out)
	}
}

// What can be ordered of a run in the shared server, and what is said where it can't.
func TestOrdersForARunInTheServer(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	gate := make(chan struct{})
	server.Set("long", codextest.Script{{Gate: gate, Calls: []codextest.Call{codextest.Shell("echo on")}}, {Text: "Here is the summary."}})
	home := codextest.NewHome(t, server)
	app := home.AppServer()
	id := app.Run(home.Work("my shop"), "", codextest.Prompt("go", "long"))
	tokenburn := commands(t, home)
	told(t, tokenburn, "app-server", "ls")
	for _, c := range []struct {
		want string
		code int
		args []string
	}{
		{"ordered: no further turn after this one", 0, []string{"stop", id, "--yes", "--at-turn-end"}},
		{"ordered: stop when it has cost $900.00", 0, []string{"stop", id, "--yes", "--at-amount", "$900"}},
		{"Codex does not ask the gate", 1, []string{"stop", id, "--yes", "--hold-until", "2h"}},
		{"read-only: nothing is acted on", 1, []string{"--read-only", "stop", id, "--call-off"}},
		{"Called off: 2 orders", 0, []string{"stop", id, "--call-off"}},
		{"from its next turn on with gpt-6-luna", 0, []string{"downgrade", id, "--model", "gpt-6-luna", "--later", "--yes"}},
		{"read-only: nothing is acted on", 1, []string{"--read-only", "takeover", id, "--yes"}},
		{"the request to wrap up", 0, []string{"stop", id, "--yes", "--wrap-up"}},
		{"what is: --way wrap-up, --way interrupt", 1, []string{"stop", id, "--yes", "--way", "kill"}},
	} {
		code, out, said := tokenburn(c.args...)
		if code != c.code || !strings.Contains(out+said, c.want) {
			t.Errorf("%v: %d %s%s", c.args, code, out, said)
		}
	}
	close(gate)
	app.Ended(id)
	// A turn that is over by itself is nothing to stop; the end of a process was not had.
	if code := told(t, tokenburn, "nothing runs that could be stopped", "stop", id, "--yes"); code != 0 {
		t.Errorf("nothing to stop: %d", code)
	}
	if code, _, said := tokenburn("stop", id, "--yes", "--run"); code != 1 || !strings.Contains(said, "no turn is running") {
		t.Errorf("its process: %d %s", code, said)
	}
	if code, out, _ := tokenburn("takeover", id, "--print"); code != 0 || !strings.HasSuffix(out, "CODEX_HOME="+home.Dir+" codex resume "+id+"\n") || !strings.HasPrefix(out, "cd '") {
		t.Errorf("the command: %d %s", code, out)
	}
}

// An interactive Codex in a tmux pane is interrupted by a key. That its process stays is told where it was to end.
func TestStopAWindow(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	server.Set("held", codextest.Script{{Gate: make(chan struct{})}})
	home := codextest.NewHome(t, server)
	w := home.Window(home.Work("shop"), "--no-daemon", codextest.Prompt("go", "held"))
	tokenburn := commands(t, home)
	told(t, tokenburn, "tui ", "ls")
	var listed runsJSON
	_, out, _ := tokenburn("ls", "--json")
	if err := json.Unmarshal([]byte(out), &listed); err != nil || len(listed.Runs) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	id := listed.Runs[0].ID
	if code := told(t, tokenburn, "stopped.", "stop", id, "--yes", "--turn"); code != 0 {
		t.Errorf("interrupted: %d", code)
	}
	w.Shows("Conversation interrupted")
	if code := told(t, tokenburn, "nothing runs", "stop", id, "--yes"); code != 0 {
		t.Errorf("a window that waits: %d", code)
	}
	w.Keys(codextest.Prompt("again", "held"))
	w.Shows("again") // a newline that comes with the text is part of it
	w.Keys("Enter")
	w.Shows("esc to interrupt")
	if code := told(t, tokenburn, "its process goes on", "stop", id, "--yes", "--run"); code != 1 {
		t.Errorf("its process was to be ended: %d", code)
	}
}
