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

// "tokenburn stop" ends a real run, prints what was seen, and keeps how it stood.
func TestStopARealRun(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	server.Set("long", codextest.Script{{Calls: []codextest.Call{codextest.Shell("sleep 300 & sleep 301")}}, {Text: "Never."}})
	home := codextest.NewHome(t, server)
	run := home.Start(home.Work("a"), codextest.Prompt("go", "long"))
	id := run.ThreadID()
	env := append(home.Env(), "XDG_STATE_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	tokenburn := func(args ...string) (int, string, string) {
		var out, said bytes.Buffer
		code := Main(args, strings.NewReader(""), &out, &said, env)
		return code, out.String(), said.String()
	}

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
