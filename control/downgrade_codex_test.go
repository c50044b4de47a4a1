//go:build linux

package control_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// bench is a real codex exec whose first answer does not come, and a control to act on it.
type bench struct {
	t      *testing.T
	server *codextest.Server
	home   *codextest.Home
	work   string
	run    *codextest.Run
	thread string
	c      *control.Control
	reader control.Reader
}

// held starts codex exec; its model answers once, and then no more.
func held(t *testing.T, args ...string) *bench {
	t.Helper()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	server.Set("held", codextest.Script{{Calls: []codextest.Call{codextest.Shell("true")}}, {Gate: make(chan struct{})}})
	server.Set("on", codextest.Script{{Text: "Went on."}})
	b := &bench{t: t, server: server, home: codextest.NewHome(t, server)}
	b.work = b.home.Work("shop")
	b.run = b.home.Start(b.work, append(args, codextest.Prompt("go", "held"))...)
	b.thread = b.run.ThreadID()
	b.reader = monitor.NewReader([]string{b.home.Dir})
	b.c = control.New(control.Options{Reader: b.reader, Codex: codextest.Codex(t), Env: b.home.Env(), State: filepath.Join(t.TempDir(), "runs"), Patience: patience})
	return b
}

func (b *bench) target() control.Target {
	return control.Target{Run: model.RunID(b.thread), Home: b.home.Dir, Cwd: b.work, Threads: []control.Thread{{ID: b.thread}}}
}

// plan waits until the run has had its first answer, and asks what can be done.
func (b *bench) plan() control.Plan {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer stop()
	for {
		turn, err := b.reader.Turn(ctx, control.Thread{ID: b.thread})
		if err == nil && turn.Context > 0 {
			break
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("no answer was recorded: %+v, %v", turn, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	p, err := b.c.Plan(ctx, b.target())
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func texts(steps []control.Step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.Text + "\n")
	}
	return b.String()
}

// The cheaper model is served at the wished effort, in the run's folder, with the
// sandbox and approvals that it had and not those of the settings file; the
// compaction that comes first is the old model's.
func TestRealExecGoesOnWithACheaperModel(t *testing.T) {
	t.Parallel()
	extra := t.TempDir()
	b := held(t, "-s", "workspace-write", "--add-dir", extra, "-c", "sandbox_workspace_write.exclude_slash_tmp=true", "-c", "model_reasoning_effort=high")
	p := b.plan()
	o, err := b.c.Downgrade(t.Context(), p, control.Switch{Model: "gpt-6-luna", Effort: "low", Prompt: codextest.Prompt("- go on", "on")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !o.Stopped || !o.Switched || !o.Gone || o.Way != control.WayDowngrade {
		t.Fatalf("%+v\n%s", o, texts(o.Steps))
	}
	if res := b.run.Wait(); res.ExitCode != 1 {
		t.Errorf("the old process ended with %d, want 1", res.ExitCode)
	}
	b.servedAfter([]string{"turn gpt-5.5 high completed", "compaction gpt-5.5 low completed", "turn gpt-6-luna low completed"})

	now, err := b.reader.Turn(t.Context(), control.Thread{ID: b.thread})
	if err != nil {
		t.Fatal(err)
	}
	was := p.Turns[b.thread].Settings
	s := now.Settings
	if string(s.Sandbox) != string(was.Sandbox) || s.Approval != was.Approval || s.Cwd != b.work || s.Model != "gpt-6-luna" || s.Effort != "low" || s.Turn != now.ID {
		t.Errorf("the turn runs with %+v\nthe last one ran with %+v", s, was)
	}
	if !strings.Contains(string(s.Sandbox), extra) {
		t.Errorf("sandbox %s is not what the run was started with", s.Sandbox)
	}
	info, err := os.Stat(o.Output)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("output %s: %v %v", o.Output, info, err)
	}
	b.counted()
}

// servedAfter waits until the server has served what is wanted.
func (b *bench) servedAfter(want []string) {
	b.t.Helper()
	var got []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got = nil
		for _, r := range b.server.Log() {
			if r.Outcome == codextest.Gone { // on its way when the run was interrupted, or not yet
				continue
			}
			got = append(got, r.Kind+" "+r.Model+" "+r.Effort+" "+string(r.Outcome))
		}
		if len(got) >= len(want) {
			break
		}
	}
	if !slices.Equal(got, want) {
		b.t.Errorf("served %q\nwant   %q", got, want)
	}
}

// counted compares what is counted from the session file with what was served, by model.
func (b *bench) counted() {
	b.t.Helper()
	var got map[string]model.Count
	want := map[string]model.Count{}
	for k, n := range b.server.Usage() {
		want[k.Model] = want[k.Model].Plus(n)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		h, err := monitor.Load(b.t.Context(), monitor.Options{Homes: []string{b.home.Dir}}, monitor.Range{})
		if err != nil {
			b.t.Fatal(err)
		}
		got = map[string]model.Count{}
		for bucket, n := range h.Fleet.Threads[b.thread].Rows {
			got[bucket.Model] = got[bucket.Model].Plus(n)
		}
		if len(got) == len(want) {
			break
		}
	}
	for name, w := range want {
		if got[name] != w {
			b.t.Errorf("%s: counted %+v, served %+v", name, got[name], w)
		}
	}
}

// What can't be passed on exactly is refused before anything is sent.
func TestRealExecWithRulesOfItsOwnIsLeftAlone(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	server.Set("held", codextest.Script{{Calls: []codextest.Call{codextest.Shell("true")}}, {Gate: make(chan struct{})}})
	b := &bench{t: t, server: server, home: codextest.NewHome(t, server)}
	config, err := os.ReadFile(filepath.Join(b.home.Dir, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	text := "default_permissions = \"mine\"\n" + strings.ReplaceAll(string(config), "sandbox_mode = \"danger-full-access\"\n", "") + `
[permissions.mine.filesystem]
":root" = "read"
":workspace_roots" = {"." = "write", "secret" = "none"}
[permissions.mine.network]
enabled = false
`
	if err := os.WriteFile(filepath.Join(b.home.Dir, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b.work = b.home.Work("shop")
	b.run = b.home.Start(b.work, codextest.Prompt("go", "held"))
	b.thread = b.run.ThreadID()
	b.reader = monitor.NewReader([]string{b.home.Dir})
	b.c = control.New(control.Options{Reader: b.reader, Codex: codextest.Codex(t), Env: b.home.Env(), State: t.TempDir()})
	p := b.plan()
	o, err := b.c.Downgrade(t.Context(), p, control.Switch{Model: "gpt-6-luna"}, nil)
	var refusal *control.Refusal
	if !errors.As(err, &refusal) || !errors.Is(err, control.ErrForbidden) || len(o.Steps) > 0 {
		t.Fatalf("%v, %+v; its sandbox was %s", err, o, p.Turns[b.thread].Settings.Profile)
	}
	if got := strings.Join(refusal.Command, " "); got != "codex resume -m gpt-6-luna -c model_reasoning_effort=\"medium\" "+b.thread {
		t.Errorf("command %q", got)
	}
	if o, err := b.c.Owner(t.Context(), b.home.Dir, b.thread); err != nil || o.Kind != control.Exec {
		t.Errorf("it is not left alone: %+v, %v", o, err)
	}
	b.run.Kill()
	b.run.Wait()
}

// A model that Codex does not know is refused before anything is sent.
func TestRealCatalogue(t *testing.T) {
	t.Parallel()
	b := held(t)
	p := b.plan()
	models, err := b.c.Models(t.Context(), p.Owner, b.home.Dir)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(models, func(m control.Model) bool { return m.Slug == "gpt-5.5" })
	if i < 0 || models[i].Window != 258_400 || models[i].CompHash == "" || models[i].DefaultEffort != "medium" || !slices.Contains(models[i].Efforts, "high") || models[i].Hidden {
		t.Errorf("%+v", models)
	}
	for _, s := range []control.Switch{{Model: "gpt-none"}, {Model: "--last"}, {Model: "gpt-5.5", Effort: "huge"}, {Model: "gpt-5.5", Later: true}, {Model: "gpt-5.5", Prompt: "-"}} {
		if o, err := b.c.Downgrade(t.Context(), p, s, nil); !errors.Is(err, control.ErrForbidden) || len(o.Steps) > 0 {
			t.Errorf("%+v: %v, %+v", s, err, o)
		}
	}
	b.run.Kill()
	b.run.Wait()
}
