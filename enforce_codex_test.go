package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// gateBench is a Codex home whose hooks ask the gate of the built program. Limits
// are in tokens, so that no price matters.
type gateBench struct {
	*codextest.Home
	t      *testing.T
	server *codextest.Server
	dir    string // of tokenburn's own files
	work   string
}

// each is what every response of the script "spend" uses.
var each = model.Usage{Input: 9_000, Cached: 4_000, Output: 1_000}

const eachTotal = 10_000

func newGateBench(t *testing.T, budgets string, trust bool) *gateBench {
	t.Helper()
	server := codextest.NewServer(t)
	spend := codextest.Step{Calls: []codextest.Call{codextest.Shell("echo on")}, Usage: &each, Loop: true}
	server.Set("spend", codextest.Script{spend})
	server.Set("spend-child", codextest.Script{spend})
	server.Set("spend-agents", codextest.Script{
		{Calls: []codextest.Call{codextest.Spawn(codextest.Prompt("child work", "spend-child"), false)}, Usage: &each}, spend})
	b := &gateBench{Home: codextest.NewHome(t, server), t: t, server: server, dir: t.TempDir()}
	b.work = b.Home.Work("shop")
	b.write("config/tokenburn/config.toml", budgets)
	args := []string{"enforce", "install", "--yes"}
	if trust {
		args = append(args, "--trust")
	}
	b.tokenburn(0, args...)
	return b
}

func (b *gateBench) write(name, text string) {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// tokenburn runs a command on this bench and wants that exit code.
func (b *gateBench) tokenburn(code int, args ...string) string {
	b.t.Helper()
	got := runAs(b.t, func(c *exec.Cmd) { c.Env = append(environment(b.dir), "CODEX_HOME="+b.Dir) }, args...)
	if got.code != code {
		b.t.Fatalf("tokenburn %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got.code, code, got.out, got.err)
	}
	return got.out
}

// total is what all responses that were served used.
func (b *gateBench) total() model.Tokens { return b.server.Total().Total() }

// within wants that the limit held, and that something was served at all.
func (b *gateBench) within(limit model.Tokens) {
	b.t.Helper()
	if n := b.total(); n > limit || n < eachTotal {
		b.t.Errorf("%d tokens were served, with a limit of %d", n, limit)
	}
}

// ended waits until a thread's file tells how its turn ended. The server itself calls a turn
// interrupted for a moment that has not begun yet.
func (b *gateBench) ended(thread string) string {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(b.Dir, "sessions", "*", "*", "*", "*"+thread+".jsonl"))
		if err != nil || len(files) == 0 {
			continue
		}
		text, err := os.ReadFile(files[0])
		for _, word := range []string{"turn_aborted", "task_complete"} {
			if err == nil && strings.Contains(string(text), `"type":"`+word+`"`) {
				return word
			}
		}
	}
	b.t.Fatalf("no turn of thread %s ended", thread)
	return ""
}

const dayOf40k = `[[budget]]
name = "day"
period = "day"
limit = "40000 tokens"
at_limit = "gate"
`

// No request leaves past the limit; then no turn begins; with more granted, the same run goes on.
func TestCodexExecObeysTheGate(t *testing.T) {
	t.Parallel()
	b := newGateBench(t, dayOf40k, true)
	res := b.Exec(b.work, codextest.Prompt("go", "spend"))
	if res.ExitCode == 0 {
		t.Errorf("the run was not interrupted:\n%s", res.Stdout)
	}
	b.within(40_000)
	used := b.total()

	again := b.Exec(b.work, codextest.Prompt("go", "tools"))
	if b.total() != used {
		t.Errorf("a new turn was taken: %d tokens after %d\n%s", b.total(), used, again.Stdout)
	}

	b.tokenburn(0, "exceptions", "extend", b.exception(), "20000 tokens", "--until", "2h", "--reason", "release", "--approver", "lea")
	b.Exec(b.work, "resume", res.ThreadID, codextest.Prompt("go on", "spend"))
	b.within(60_000)
	if b.total() <= used {
		t.Errorf("nothing was served after the extension: %d tokens", b.total())
	}
	if out := b.tokenburn(0, "enforce", "status"); !strings.Contains(out, `Enforced: budget "day"`) {
		t.Errorf("status: %s", out)
	}
	if out := b.tokenburn(0, "budgets"); !strings.Contains(out, "1 enforced") {
		t.Errorf("budgets: %s", out)
	}
}

// exception is the id of the only open exception that a limit raised.
func (b *gateBench) exception() string {
	b.t.Helper()
	var doc struct {
		Exceptions []struct{ ID, Rule string }
	}
	out := b.tokenburn(0, "exceptions", "--json")
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		b.t.Fatal(err)
	}
	for _, e := range doc.Exceptions {
		if e.Rule == "BUDGET_GATE" {
			return e.ID
		}
	}
	b.t.Fatalf("no exception tells of the limit:\n%s", out)
	return ""
}

// A thread of the shared server is interrupted, and the server stays.
func TestAppServerObeysTheGate(t *testing.T) {
	t.Parallel()
	b := newGateBench(t, dayOf40k, true)
	s := b.AppServer()
	thread := s.Run(b.work, "", codextest.Prompt("go", "spend"))
	if end := b.ended(thread); end != "turn_aborted" {
		t.Errorf("the turn ended by %s", end)
	}
	b.within(40_000)
	used := b.total()
	second := s.Run(b.work, "", codextest.Prompt("go", "tools"))
	b.ended(second)
	if b.total() != used {
		t.Errorf("another thread was served: %d tokens after %d", b.total(), used)
	}
}

// Sub-agents spend from the same budget, and are held with it.
func TestAgentsObeyTheGate(t *testing.T) {
	t.Parallel()
	b := newGateBench(t, strings.Replace(dayOf40k, `"day"`+"\nlimit", `"run"`+"\nlimit", 1), true)
	b.Exec(b.work, codextest.Prompt("go", "spend-agents"))
	b.within(40_000)
	threads := map[string]bool{}
	for _, r := range b.server.Log() {
		threads[r.ThreadID] = true
	}
	if len(threads) < 2 {
		t.Errorf("only %d thread was served", len(threads))
	}
}

// So are those of the shared server, each by its own turn.
func TestAgentsInTheServerObeyTheGate(t *testing.T) {
	t.Parallel()
	b := newGateBench(t, dayOf40k, true)
	s := b.AppServer()
	root := s.Run(b.work, "", codextest.Prompt("go", "spend-agents"))
	b.ended(root)
	for _, r := range b.server.Log() {
		if r.ThreadID != root {
			b.ended(r.ThreadID)
			break
		}
	}
	b.within(40_000)
}

// Three runs at once together stay within one day's budget.
func TestThreeRunsAtOnceObeyTheGate(t *testing.T) {
	t.Parallel()
	b := newGateBench(t, strings.Replace(dayOf40k, "40000", "90000", 1), true)
	var runs []*codextest.Run
	for range 3 {
		runs = append(runs, b.Start(b.work, codextest.Prompt("go", "spend")))
	}
	for _, r := range runs {
		r.Wait()
	}
	b.within(90_000)
}

// Codex skips a hook that is not trusted without a word: status says so.
func TestAnUntrustedGateIsTold(t *testing.T) {
	t.Parallel()
	b := newGateBench(t, strings.Replace(dayOf40k, "40000", "5000", 1), false)
	if out := b.tokenburn(1, "enforce", "status"); !strings.Contains(out, "not trusted: Codex skips it without a word") || !strings.Contains(out, `NOT enforced: budget "day"`) {
		t.Errorf("status: %s", out)
	}
	b.Exec(b.work, codextest.Prompt("go", "tools"))
	if b.total() <= 5_000 {
		t.Errorf("%d tokens were served: the gate was asked although it is not trusted", b.total())
	}
	b.tokenburn(0, "enforce", "install", "--yes", "--trust")
	used := b.total()
	b.Exec(b.work, codextest.Prompt("go", "tools"))
	if b.total() != used {
		t.Errorf("%d tokens after %d: the gate was not asked although it is trusted", b.total(), used)
	}
	b.tokenburn(0, "enforce", "remove", "--yes")
	if _, err := os.Stat(filepath.Join(b.Dir, "hooks.json")); !os.IsNotExist(err) {
		t.Errorf("hooks.json stays: %v", err)
	}
	config, err := os.ReadFile(filepath.Join(b.Dir, "config.toml"))
	if err != nil || strings.Contains(string(config), "hooks") {
		t.Errorf("config.toml (%v):\n%s", err, config)
	}
}

// Where the gate can't decide, requests pass, or they do not where a budget says so.
func TestAGateThatFails(t *testing.T) {
	t.Parallel()
	for name, closed := range map[string]bool{"open": false, "closed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newGateBench(t, dayOf40k+"on_failure = \""+name+"\"\n", true)
			ledger := filepath.Join(b.dir, "state", "tokenburn", "ledger.db")
			for _, suffix := range []string{"", "-wal", "-shm"} {
				os.Remove(ledger + suffix)
			}
			if err := os.Mkdir(ledger, 0o700); err != nil {
				t.Fatal(err)
			}
			b.Exec(b.work, codextest.Prompt("go", "tools"))
			if n := b.total(); (n == 0) != closed {
				t.Errorf("%d tokens were served", n)
			}
		})
	}
}
