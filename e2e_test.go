package main_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// bench is one Codex home with its model server, and the program following it live.
type bench struct {
	*codextest.Home
	t      *testing.T
	server *codextest.Server
	watch  *follower
	work   string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	server := codextest.NewServer(t)
	home := codextest.NewHome(t, server)
	return &bench{Home: home, t: t, server: server, watch: follow(t, home.Dir), work: home.Work("shop")}
}

// exec runs Codex to its end and wants that exit code.
func (b *bench) exec(exit int, args ...string) string {
	b.t.Helper()
	res := b.Exec(b.work, args...)
	if res.ExitCode != exit {
		b.t.Fatalf("codex exec %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), res.ExitCode, exit, res.Stdout, res.Stderr)
	}
	return res.ThreadID
}

// exact wants all that the server reported so far, and nothing else, from the
// program: live, and from the files by themselves.
func (b *bench) exact() usageReport {
	b.t.Helper()
	want := b.server.Usage()
	if len(want) == 0 {
		b.t.Fatal("nothing was served")
	}
	b.watch.await("what was served", func(facts []fact) bool { return maps.Equal(sum(facts), want) })
	r := usageOf(b.t, b.Dir)
	got := map[codextest.Key]model.Count{}
	for id, th := range r.Threads {
		for name, c := range th.Models {
			got[codextest.Key{Thread: id, Model: name}] = c.count()
		}
	}
	if !maps.Equal(got, want) {
		b.t.Errorf("usage --json: counted %+v, served %+v", got, want)
	}
	if total := b.server.Total(); r.Overall.count() != total {
		b.t.Errorf("usage --json: overall %+v, served %+v", r.Overall.count(), total)
	}
	for name, c := range r.Models {
		var served model.Count
		for k, n := range want {
			if k.Model == name {
				served = served.Plus(n)
			}
		}
		if c.count() != served {
			b.t.Errorf("usage --json: model %s %+v, served %+v", name, c.count(), served)
		}
	}
	if len(r.Skipped) > 0 {
		b.t.Errorf("usage --json: skipped lines %v", r.Skipped)
	}
	for _, x := range b.watch.all() {
		if th, ok := r.Threads[x.Thread]; ok && (x.Run != th.Run || x.Name != filepath.Base(th.Project)) {
			b.t.Errorf("watch --json tells of run %s %q, usage --json of %s in %s: %s", x.Run, x.Name, th.Run, th.Project, x.line)
			break
		}
	}
	return r
}

// served gives the models that the server was asked for, with how many metered responses.
func (b *bench) served() map[string]int64 {
	n := map[string]int64{}
	for k, c := range b.server.Usage() {
		n[k.Model] += c.Responses
	}
	return n
}

func TestCodex(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real Codex CLI")
	}
	codextest.Codex(t)
	for name, scenario := range map[string]func(*testing.T, *bench){
		"tools and a failing command":     toolRun,
		"file edits and a commit":         patchRun,
		"retries are not counted":         retryRun,
		"out of quota":                    quotaRun,
		"a response without usage":        unmeteredRun,
		"an incomplete response":          incompleteRun,
		"a web search":                    webRun,
		"automatic compaction":            compactRun,
		"code mode":                       codeRun,
		"a sub-agent":                     agentRun,
		"a sub-agent with history":        agentForkRun,
		"a sub-agent of the newer kind":   codeAgentRun,
		"exact while it runs":             liveRun,
		"resumed":                         resumeRun,
		"resumed with another model":      otherModelRun,
		"forked":                          forkRun,
		"archived and brought back":       archiveRun,
		"two at once":                     twoRuns,
		"killed in the middle of a turn":  killedRun,
		"stopped while the model answers": streamingRun,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			scenario(t, b)
			b.exact()
		})
	}
}

func toolRun(t *testing.T, b *bench) {
	id := b.exec(0, codextest.Prompt("list the files", "tools"))
	b.watch.await("the turn's end", turnEnded(id, "done"))
	for _, want := range []string{"ls -la", "echo hi > a.txt; exit 3", "cat a.txt"} {
		if !some(b.watch.all(), func(x fact) bool { return x.Type == "tool" && strings.Contains(x.Command, want) }) {
			t.Errorf("no tool fact tells of %q:\n%s", want, lines(b.watch.all()))
		}
	}
	for _, kind := range []string{"run_started", "turn_started", "limit"} {
		if !has(b.watch.all(), kind) {
			t.Errorf("no %s fact:\n%s", kind, lines(b.watch.all()))
		}
	}
}

func patchRun(t *testing.T, b *bench) {
	id := b.exec(0, codextest.Prompt("add a file", "patch"))
	b.watch.await("the turn's end", turnEnded(id, "done"))
	added, removed := 0, 0
	for _, x := range b.watch.all() {
		if x.Type == "artifact" && filepath.Base(x.Path) == "p.txt" {
			added, removed = added+x.Added, removed+x.Removed
		}
	}
	if added != 3 || removed != 1 {
		t.Errorf("artifacts tell of +%d -%d lines in p.txt, want +3 -1:\n%s", added, removed, lines(b.watch.all()))
	}
}

func retryRun(t *testing.T, b *bench) {
	b.exec(0, codextest.Prompt("go", "retries"))
	if n := b.served()["gpt-5.5"]; n != 2 {
		t.Errorf("%d responses served, want 2", n)
	}
}

func quotaRun(t *testing.T, b *bench) {
	id := b.exec(1, codextest.Prompt("go", "quota"))
	b.watch.await("the turn's end", turnEnded(id, "failed"))
}

func unmeteredRun(t *testing.T, b *bench)  { b.exec(0, codextest.Prompt("go", "unmetered")) }
func incompleteRun(t *testing.T, b *bench) { b.Exec(b.work, codextest.Prompt("go", "incomplete")) }
func webRun(t *testing.T, b *bench)        { b.exec(0, codextest.Prompt("go", "web")) }

func compactRun(t *testing.T, b *bench) {
	b.exec(0, "-c", "model_auto_compact_token_limit=50000", codextest.Prompt("go", "compact"))
	compactions := 0
	for _, r := range b.server.Log() {
		if r.Kind == "compaction" {
			compactions++
		}
	}
	if compactions == 0 {
		t.Error("Codex asked for no compaction")
	}
}

func codeRun(t *testing.T, b *bench) {
	b.exec(0, "-m", "gpt-6-luna", codextest.Prompt("go", "code"))
}

func agentRun(t *testing.T, b *bench) {
	b.sameRun(b.exec(0, codextest.Prompt("go", "agents")))
}

func agentForkRun(t *testing.T, b *bench) {
	b.sameRun(b.exec(0, codextest.Prompt("go", "agents-fork")))
}

func codeAgentRun(t *testing.T, b *bench) {
	b.sameRun(b.exec(0, "-m", "gpt-6-luna", codextest.Prompt("go", "code-agents")))
}

// sameRun wants two threads, and that both are counted for the root's run.
func (b *bench) sameRun(root string) {
	b.t.Helper()
	r := b.exact()
	if len(r.Threads) != 2 {
		b.t.Errorf("%d threads, want a root and its sub-agent", len(r.Threads))
	}
	for id, th := range r.Threads {
		if th.Run != root {
			b.t.Errorf("thread %s is counted for run %s, want %s", id, th.Run, root)
		}
	}
}

// liveRun holds the model back before its second answer: what was served by
// then must be told while the run goes on, not at its end.
func liveRun(t *testing.T, b *bench) {
	gate := make(chan struct{})
	b.server.Set("held", codextest.Script{
		{Calls: []codextest.Call{codextest.Shell("echo one")}},
		{Gate: gate, Calls: []codextest.Call{codextest.Shell("echo two")}},
		{Text: "Done."},
	})
	codex := b.Start(b.work, codextest.Prompt("go", "held"))
	id := codex.ThreadID()
	b.watch.await("the first response", func(facts []fact) bool { return count(facts, "response") == 1 })
	if got := b.exact(); got.Overall.Responses != 1 {
		t.Errorf("%d responses counted while the second is held back, want 1", got.Overall.Responses)
	}
	close(gate)
	if res := codex.Wait(); res.ExitCode != 0 {
		t.Fatalf("codex: exit code %d\n%s", res.ExitCode, res.Stderr)
	}
	b.watch.await("the turn's end", turnEnded(id, "done"))
}

func resumeRun(t *testing.T, b *bench) {
	id := b.exec(0, codextest.Prompt("go", "tools"))
	b.exact()
	if again := b.exec(0, "resume", id, codextest.Prompt("go on", "patch")); again != id {
		t.Fatalf("resumed as thread %s, want %s", again, id)
	}
}

// otherModelRun makes Codex compact at the change, which the old model is billed for.
func otherModelRun(t *testing.T, b *bench) {
	id := b.exec(0, codextest.Prompt("go", "tools"))
	b.exact()
	b.exec(0, "resume", id, "-m", "gpt-6-luna", "-c", "model_reasoning_effort=low", codextest.Prompt("go on", "code"))
	if n := b.served(); n["gpt-5.5"] != 4 || n["gpt-6-luna"] != 3 {
		t.Errorf("served %v, want a compaction by the old model and 3 responses by the new one", n)
	}
}

func forkRun(t *testing.T, b *bench) {
	id := b.exec(0, codextest.Prompt("go", "tools"))
	b.exact()
	fork := b.exec(0, "fork", id, codextest.Prompt("another way", "patch"))
	if fork == id {
		t.Fatalf("the fork is its parent %s", id)
	}
	if r := b.exact(); r.Threads[fork].Run != fork {
		t.Errorf("the fork is counted for run %s, want its own", r.Threads[fork].Run)
	}
}

func archiveRun(t *testing.T, b *bench) {
	id := b.exec(0, codextest.Prompt("go", "tools"))
	before := b.exact()
	for _, command := range []string{"archive", "unarchive"} {
		if res := b.Codex(b.work, command, id); res.ExitCode != 0 {
			t.Fatalf("codex %s: exit code %d\n%s%s", command, res.ExitCode, res.Stdout, res.Stderr)
		}
		if after := b.exact(); after.Overall.count() != before.Overall.count() {
			t.Errorf("after %s %+v, before %+v", command, after.Overall.count(), before.Overall.count())
		}
	}
	b.exec(0, "resume", id, codextest.Prompt("go on", "patch"))
}

func twoRuns(t *testing.T, b *bench) {
	one := b.Start(b.work, codextest.Prompt("go", "tools"))
	two := b.Start(b.Home.Work("office"), codextest.Prompt("go", "agents"))
	for _, r := range []codextest.Result{one.Wait(), two.Wait()} {
		if r.ExitCode != 0 {
			t.Fatalf("codex: exit code %d\n%s", r.ExitCode, r.Stderr)
		}
	}
	r := b.exact()
	projects := map[string]bool{}
	for _, th := range r.Threads {
		projects[th.Project] = true
	}
	if len(r.Threads) != 3 || len(projects) != 2 {
		t.Errorf("%d threads in projects %v, want 3 threads in 2", len(r.Threads), projects)
	}
}

// killedRun ends Codex where nothing can be written any more: what was recorded until then stays.
func killedRun(t *testing.T, b *bench) {
	gate := make(chan struct{})
	b.server.Set("held", codextest.Script{{Calls: []codextest.Call{codextest.Shell("echo one")}}, {Gate: gate}})
	codex := b.Start(b.work, codextest.Prompt("go", "held"))
	b.watch.await("the first response", func(facts []fact) bool { return count(facts, "response") == 1 })
	codex.Kill()
	codex.Wait()
}

// streamingRun stops Codex while a response streams in: the provider may bill it,
// but Codex records nothing, and nothing may be made up.
func streamingRun(t *testing.T, b *bench) {
	begun := make(chan struct{}, 1)
	b.server.Set("slow", codextest.Script{
		{Calls: []codextest.Call{codextest.Shell("echo one")}},
		{Stream: time.Minute, Deltas: 100, Begun: begun},
	})
	codex := b.Start(b.work, codextest.Prompt("go", "slow"))
	id := codex.ThreadID()
	select {
	case <-begun:
	case <-time.After(codextest.Limit):
		t.Fatal("the second response never began")
	}
	codex.Interrupt()
	codex.Wait()
	b.watch.await("the turn's end", turnEnded(id, "aborted"))
}

// turnEnded says that a turn of the thread ended that way.
func turnEnded(thread, status string) func([]fact) bool {
	return func(facts []fact) bool {
		return some(facts, func(x fact) bool {
			return x.Type == "turn_ended" && x.Thread == thread && x.Status == status
		})
	}
}

func some(facts []fact, ok func(fact) bool) bool {
	for _, x := range facts {
		if ok(x) {
			return true
		}
	}
	return false
}
