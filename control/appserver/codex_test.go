package appserver_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
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
	c, err := appserver.Spawn(ctx, codex, home.Dir, home.Env())
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
	if !slices.ContainsFunc(models, func(m appserver.Model) bool {
		return m.Slug == "gpt-6-luna" && slices.Contains(m.Efforts, "low") && m.DefaultEffort != ""
	}) {
		t.Errorf("models %+v do not hold gpt-6-luna with effort low", models)
	}

	work := home.Work("shop")
	hook := onlyHook(t, c, work)
	if hook.Trust != appserver.Untrusted || hook.Runs() || hook.Event != "preModelRequest" || hook.Command != "/bin/true" || hook.Timeout != 7 {
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
	if err := c.Call(ctx, "no/such", nil, nil); !errors.Is(err, appserver.ErrMethod) {
		t.Errorf("unknown method: %v", err)
	}
	if err := c.Interrupt(ctx, "01a20802-0000-7000-8000-000000000000", "x"); !errors.Is(err, appserver.ErrNoThread) {
		t.Errorf("interrupt of a thread that it has not: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Call(ctx, "model/list", nil, nil); !errors.Is(err, appserver.ErrClosed) {
		t.Errorf("call after Close: %v, want appserver.ErrClosed", err)
	}
}

func onlyHook(t *testing.T, c *appserver.Conn, cwd string) appserver.Hook {
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
