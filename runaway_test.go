package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

// raised is what "watch --json" says of an exception.
type raised struct {
	Rule          string `json:"rule"`
	Severity      string `json:"severity"`
	Thread        string `json:"thread"`
	State         string `json:"state"`
	ResponseIndex int    `json:"response_index"`
	Evidence      []struct {
		Text string `json:"text"`
		Line int64  `json:"line"`
	} `json:"evidence"`
	Recommendation struct {
		Action string `json:"action"`
	} `json:"recommendation"`
}

// A run that calls the same failing command over and over: five times is the
// threshold at which a person is interrupted, so at the seventh request at the latest
// the page must be out. The model is held back there: whatever comes, comes while the run goes on.
func TestCodexRunaway(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real Codex CLI")
	}
	codextest.Codex(t)
	t.Parallel()
	b := newBench(t)
	gate := make(chan struct{})
	var script codextest.Script
	for range 7 {
		script = append(script, codextest.Step{Calls: []codextest.Call{codextest.Shell("cat missing.txt")}})
	}
	b.server.Set("runaway", append(script, codextest.Step{Gate: gate, Text: "I give up."}))
	codex := b.Start(b.work, codextest.Prompt("fix the build", "runaway"))
	id := codex.ThreadID()
	b.watch.await("a page", func(facts []fact) bool { return pageOf(facts) != nil })
	page := pageOf(b.watch.all())
	if !strings.HasPrefix(page.Rule, "LOOP_") || page.Thread != id || page.State != "open" || page.ResponseIndex < 5 || page.ResponseIndex > 7 {
		t.Errorf("page %+v", page)
	}
	if len(page.Evidence) == 0 || page.Evidence[0].Line == 0 || page.Recommendation.Action == "" {
		t.Errorf("evidence %+v, recommendation %+v", page.Evidence, page.Recommendation)
	}
	warned := false
	for _, x := range b.watch.all() {
		if e := x.Exception; e != nil && e.Severity == "warn" && e.ResponseIndex >= 3 && e.ResponseIndex <= 5 {
			warned = true
		}
	}
	if !warned {
		t.Errorf("nothing warned at the third failure, or within two requests:\n%s", lines(b.watch.all()))
	}
	if out := tokenburn(t, b.Dir, "status"); !strings.HasPrefix(out, "▲") || !strings.Contains(out, "shop loop") {
		t.Errorf("status %q", out)
	}
	close(gate)
	if res := codex.Wait(); res.ExitCode != 0 {
		t.Fatalf("codex: exit code %d\n%s", res.ExitCode, res.Stderr)
	}
	b.watch.await("it to be over", func(facts []fact) bool {
		return some(facts, func(x fact) bool {
			return x.Exception != nil && x.Exception.Rule == page.Rule && x.Exception.State == "resolved"
		})
	})
	b.exact()
}

// A productive run raises nothing that anyone should look at.
func TestCodexQuiet(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real Codex CLI")
	}
	codextest.Codex(t)
	t.Parallel()
	b := newBench(t)
	for _, script := range []string{"tools", "patch", "web"} {
		id := b.exec(0, codextest.Prompt("do it", script))
		b.watch.await("the turn's end", turnEnded(id, "done"))
	}
	for _, x := range b.watch.all() {
		if x.Exception != nil && x.Exception.Severity != "notice" {
			t.Errorf("raised: %s", x.line)
		}
	}
}

// The settings are followed while the program runs: a budget that is spent already
// is judged at once, and a mistake changes nothing.
func TestCodexHotReload(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real Codex CLI")
	}
	codextest.Codex(t)
	t.Parallel()
	b := newBench(t)
	b.exec(0, codextest.Prompt("do it", "tools"))
	b.exact()
	config := filepath.Join(b.watch.config, "tokenburn", "config.toml")
	if err := os.MkdirAll(filepath.Dir(config), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("[[budget]]\nname = \"tiny day\"\nperiod = \"day\"\nlimit = \"$0.000001\"\n")
	hard := func(state string) func([]fact) bool {
		return func(facts []fact) bool {
			return some(facts, func(x fact) bool {
				return x.Exception != nil && x.Exception.Rule == "BUDGET_HARD" && x.Exception.State == state
			})
		}
	}
	b.watch.await("the limit", hard("open"))
	write("[[budget]]\nname = \"tiny day\"\nperiod = \"day\"\nlimit = \"$1000000\"\n")
	b.watch.await("its end", hard("resolved"))
}

// pageOf gives the first page among facts.
func pageOf(facts []fact) *raised {
	for _, x := range facts {
		if x.Exception != nil && x.Exception.Severity == "page" {
			return x.Exception
		}
	}
	return nil
}

// tokenburn runs the program on a home and gives what it printed.
func tokenburn(t *testing.T, home string, args ...string) string {
	t.Helper()
	c := exec.Command(binary, append([]string{"--codex-home", home, "--no-ledger"}, args...)...)
	c.Env = environment(t.TempDir())
	out, err := c.Output()
	if err != nil {
		t.Fatalf("tokenburn %v: %v\n%s", args, err, fmt.Sprint(string(out)))
	}
	return string(out)
}
