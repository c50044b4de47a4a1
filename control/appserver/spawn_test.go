package appserver

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

func TestSpawnedServerTellsModelsAndHooksAndTakesTrust(t *testing.T) {
	t.Parallel()
	codex := codextest.Codex(t)
	home := codextest.NewHome(t, codextest.NewServer(t))
	home.Config(`[[hooks.PreModelRequest]]
[[hooks.PreModelRequest.hooks]]
type = "command"
command = "/bin/true"
timeout = 7`)
	ctx := t.Context()
	c, err := Spawn(ctx, codex, home.Dir, home.Env())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Server.Home != home.Dir || c.Server.Agent == "" {
		t.Errorf("server says %+v, want home %s", c.Server, home.Dir)
	}

	models, err := c.Models(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(models, func(m Model) bool {
		return m.Slug == "gpt-6-luna" && slices.Contains(m.Efforts, "low") && m.DefaultEffort != ""
	}) {
		t.Errorf("models %+v do not hold gpt-6-luna with effort low", models)
	}

	work := home.Work("shop")
	hook := onlyHook(t, c, work)
	if hook.Trust != Untrusted || hook.Runs() || hook.Event != "preModelRequest" || hook.Command != "/bin/true" || hook.Timeout != 7 {
		t.Errorf("hook %+v, want an untrusted one of preModelRequest", hook)
	}
	wrote, err := c.TrustHooks(ctx, hook)
	if err != nil {
		t.Fatal(err)
	}
	if wrote.Path != filepath.Join(home.Dir, "config.toml") || wrote.Overridden {
		t.Errorf("written %+v", wrote)
	}
	if hook = onlyHook(t, c, work); !hook.Runs() {
		t.Errorf("hook %+v after trusting it, want one that runs", hook)
	}
	if err := c.Call(ctx, "no/such", nil, nil); !errors.Is(err, ErrMethod) {
		t.Errorf("unknown method: %v", err)
	}
	if err := c.Interrupt(ctx, "01a20802-0000-7000-8000-000000000000", "x"); !errors.Is(err, ErrNoThread) {
		t.Errorf("interrupt of a thread that it has not: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Call(ctx, "model/list", nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("call after Close: %v, want ErrClosed", err)
	}
}

func onlyHook(t *testing.T, c *Conn, cwd string) Hook {
	t.Helper()
	got, err := c.Hooks(t.Context(), []string{cwd})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Cwd != cwd || len(got[0].Hooks) != 1 {
		t.Fatalf("hooks %+v, want one of %s", got, cwd)
	}
	return got[0].Hooks[0]
}

// A child that says nothing, one that says rubbish, and one that ignores the end
// of its input: none of them may hold us up or stay behind.
func TestSpawnEndsWhatIsNoServer(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("no /bin/sh here")
	}
	for _, c := range []struct {
		name, script string
		want         error
		says         string
		patience     time.Duration // 0 is a second
	}{
		{name: "says nothing and ends", script: "exit 0", want: ErrClosed},
		{name: "complains", script: "echo 'config is \033[31mbroken' >&2; exit 1", want: ErrClosed, says: "config is broken"},
		{name: "speaks rubbish", script: "echo hello; exec sleep 60", want: ErrProtocol},
		{name: "never answers", script: "exec sleep 60", want: context.DeadlineExceeded},
		{name: "ends a line never", script: "exec head -c 40000000 /dev/zero", want: ErrProtocol, patience: Patience},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			program := filepath.Join(dir, "codex")
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+c.script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(c.patience, time.Second))
			defer cancel()
			conn, err := Spawn(ctx, program, dir, nil)
			if conn != nil || !errors.Is(err, c.want) {
				t.Fatalf("%v, %v; want %v", conn, err, c.want)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		})
	}
}
