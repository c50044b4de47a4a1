package control

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	profileOff   = `{"type":"disabled"}`
	profileRead  = `{"type":"managed","file_system":{"type":"restricted","entries":[{"path":{"type":"special","value":{"kind":"root"}},"access":"read"}]},"network":"restricted"}`
	profileWrite = `{"type":"managed","file_system":{"type":"restricted","entries":[{"path":{"type":"special","value":{"kind":"root"}},"access":"read"},` +
		`{"path":{"type":"path","path":"/w"},"access":"write"},{"path":{"type":"special","value":{"kind":"slash_tmp"}},"access":"write"},` +
		`{"path":{"type":"special","value":{"kind":"tmpdir"}},"access":"write"},{"path":{"type":"path","path":"/w/.git"},"access":"read","missing_path_behavior":"skip"}EXTRA]},"network":"restricted"}`
	policyWrite = `{"type":"workspace-write","network_access":false,"exclude_tmpdir_env_var":false,"exclude_slash_tmp":false}`
)

// A sandbox is passed on word for word or not at all: each of the refused ones would
// permit more if it were passed on.
func TestSandboxIsPassedOnExactlyOrNotAtAll(t *testing.T) {
	t.Parallel()
	with := func(entry string) string { return strings.Replace(profileWrite, "EXTRA", entry, 1) }
	const mode, table = "-c sandbox_mode=", " -c sandbox_workspace_write."
	const writes = mode + `"workspace-write"` + table + `writable_roots=[]` + table + "network_access=false" + table + "exclude_tmpdir_env_var=false" + table + "exclude_slash_tmp=false"
	for name, x := range map[string]struct{ policy, profile, want string }{
		"full access":                      {`{"type":"danger-full-access"}`, profileOff, mode + `"danger-full-access"`},
		"read-only":                        {`{"type":"read-only"}`, profileRead, mode + `"read-only"`},
		"a folder":                         {policyWrite, with(""), writes},
		"before there were profiles":       {policyWrite, "", writes},
		"a name alone":                     {`"read-only"`, "", mode + `"read-only"`},
		"under its old name":               {`{"mode":"workspace-write"}`, "", writes},
		"another folder":                   {strings.Replace(policyWrite, "{", `{"writable_roots":["/o"],`, 1), with(`,{"path":{"type":"path","path":"/o"},"access":"write"}`), strings.Replace(writes, "[]", `["/o"]`, 1)},
		"full access that is none":         {`{"type":"danger-full-access"}`, profileRead, ""},
		"a secret is kept":                 {policyWrite, with(`,{"path":{"type":"path","path":"/w/secret"},"access":"deny"}`), ""},
		"a part is not written":            {policyWrite, with(`,{"path":{"type":"path","path":"/w/vendor"},"access":"read","missing_path_behavior":"skip"}`), ""},
		"tmp is excluded in one":           {strings.Replace(policyWrite, `"exclude_slash_tmp":false`, `"exclude_slash_tmp":true`, 1), with(""), ""},
		"a folder is in one only":          {policyWrite, with(`,{"path":{"type":"path","path":"/o"},"access":"write"}`), ""},
		"a glob":                           {policyWrite, with(`,{"path":{"type":"glob","pattern":"**/*.key"},"access":"deny"}`), ""},
		"a network of its own":             {policyWrite, strings.Replace(with(""), `"network":"restricted"`, `"network":"enabled"`, 1), ""},
		"a rule that is not known":         {`{"type":"read-only","hosts":["a"]}`, "", ""},
		"read-only with a network":         {`{"type":"read-only","network_access":true}`, "", ""},
		"a kind that is not known":         {`{"type":"external-sandbox"}`, "", ""},
		"a folder that is no path":         {strings.Replace(policyWrite, "{", `{"writable_roots":["x\u001b[31m"],`, 1), "", ""},
		"nothing is told":                  {``, "", ""},
		"a profile that is not understood": {policyWrite, `{"type":"managed","more":1}`, ""},
	} {
		s := Settings{Sandbox: json.RawMessage(x.policy), Profile: json.RawMessage(x.profile), Cwd: "/w"}
		p, err := readSandbox(s)
		if x.want == "" {
			if err == nil {
				t.Errorf("%s: passed on as %q", name, p.flags())
			}
			continue
		}
		if got := strings.Join(p.flags(), " "); err != nil || got != x.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, x.want)
		}
	}
}

func TestApprovalsThatExecCanHave(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		policy, reviewer string
		ok               bool
	}{
		{"never", "user", true}, {"never", "", true}, {"on-request", "auto_review", true},
		{"on-request", "user", false}, {"untrusted", "", false}, {"", "", false}, {`{"granular":{}}`, "user", false},
	} {
		if f, err := approvalFlags(Settings{Approval: x.policy, Reviewer: x.reviewer}); (err == nil) != x.ok {
			t.Errorf("%s by %q: %q, %v", x.policy, x.reviewer, f, err)
		}
	}
}

func plannedExec() Plan {
	s := Settings{Model: "gpt-5.5", Cwd: "/w", Tier: "priority", Approval: "never", Sandbox: json.RawMessage(`{"type":"read-only"}`), Profile: json.RawMessage(profileRead)}
	return Plan{Owner: Owner{Kind: Exec, Process: Process{PID: 77}}, Target: Target{Run: "01a2", Threads: []Thread{{ID: "01a2"}}}, Turns: map[string]Turn{"01a2": {ID: "u1", Number: 1, Settings: s}}}
}

// What is told to the run can be no option, and neither can a model's name.
func TestResumeCommandTakesWordsForWords(t *testing.T) {
	t.Parallel()
	args, err := plannedExec().resumeArgs(Switch{Model: "gpt-6-luna", Effort: "low", Prompt: "--last; rm -rf $HOME"})
	want := []string{"codex", "exec", "resume", "-m", "gpt-6-luna", "-c", `model_reasoning_effort="low"`, "-c", `sandbox_mode="read-only"`, "-c", `approval_policy="never"`,
		"-c", `service_tier="priority"`, "--skip-git-repo-check", "--", "01a2", "--last; rm -rf $HOME"}
	if err != nil || !slices.Equal(args, want) {
		t.Errorf("%q, %v\nwant %q", args, err, want)
	}
	for _, s := range []Switch{{}, {Model: "-x"}, {Model: "a b"}, {Model: "m\x1b[2J"}, {Model: "m", Effort: `x"`}, {Model: "m", Prompt: " - "}, {Model: "m", Prompt: "a\x00b"},
		{Model: "m", Prompt: strings.Repeat("a", maxPrompt+1)}} {
		if args, err := plannedExec().resumeArgs(s); !errors.Is(err, ErrForbidden) {
			t.Errorf("%+v gives %q, %v", s, args, err)
		}
	}
}

func TestHandOverForbidsNoLessThanTheRunHad(t *testing.T) {
	t.Parallel()
	p := plannedExec()
	if got, want := strings.Join(p.HandOver(), " "), `codex resume -m gpt-5.5 -c sandbox_mode="read-only" 01a2`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.Turns["01a2"] = Turn{Settings: Settings{Model: "$(id)", Sandbox: json.RawMessage(`{"type":"danger-full-access"}`)}}
	if got, want := strings.Join(p.HandOver(), " "), "codex resume 01a2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What Codex prints is not believed: names that are none, sizes that can't be, and
// things that are no model are left out.
func TestCatalogueIsReadDefensively(t *testing.T) {
	t.Parallel()
	models, err := readCatalogue([]byte(`{"models":[
		{"slug":"gpt-5.5","display_name":"GPT\u001b[31m-5.5","visibility":"list","context_window":272000,"effective_context_window_percent":95,"comp_hash":"2911",
		 "default_reasoning_level":"medium","supported_reasoning_levels":[{"effort":"low"},{"effort":"$(x)"},{"effort":"high"}]},
		{"slug":"-m"}, {"slug":"a b"}, {"slug":""}, 7, {"slug":["x"]},
		{"slug":"odd","visibility":"hide","context_window":-5,"comp_hash":"a b","default_reasoning_level":"x y"}]}`))
	if err != nil || len(models) != 2 {
		t.Fatalf("%+v, %v", models, err)
	}
	m := models[0]
	if m.Name != "GPT-5.5" && strings.ContainsRune(m.Name, 0x1b) || m.Window != 258_400 || m.CompHash != "2911" || !slices.Equal(m.Efforts, []string{"low", "high"}) || m.Hidden {
		t.Errorf("%+v", m)
	}
	if o := models[1]; o.Window != 0 || o.CompHash != "" || o.DefaultEffort != "" || !o.Hidden {
		t.Errorf("%+v", o)
	}
	for _, bad := range []string{"", "[]", `{"models":[]}`, `{"models":{}}`, "not json"} {
		if models, err := readCatalogue([]byte(bad)); err == nil {
			t.Errorf("%q gives %+v", bad, models)
		}
	}
}

func TestSettingsOfATurn(t *testing.T) {
	t.Parallel()
	s, err := ReadSettings([]byte(`{"turn_id":"u","model":"m","effort":null,"cwd":"/w","comp_hash":"1","approval_policy":{"granular":{}},"sandbox_policy":null,"permission_profile":{"type":"disabled"}}`))
	if err != nil || s.Turn != "u" || s.Effort != "" || s.Sandbox != nil || string(s.Profile) != profileOff || s.Approval != `{"granular":{}}` {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := ReadSettings([]byte(`{"model":7}`)); err == nil {
		t.Error("a model that is a number is read")
	}
}

// What a run can't go on with is told before anything is planned, asked or done.
func TestSwitchIsHeldAgainstWhatCodexKnows(t *testing.T) {
	t.Parallel()
	models := []Model{{Slug: "gpt-5.5", Efforts: []string{"low", "high"}, DefaultEffort: "high"}, {Slug: "bare"}}
	for name, x := range map[string]struct {
		owner  Kind
		wish   Switch
		effort string
		why    string
	}{
		"its own effort":        {Exec, Switch{Model: "gpt-5.5"}, "high", ""},
		"another effort":        {Exec, Switch{Model: "gpt-5.5", Effort: "low"}, "low", ""},
		"efforts are not known": {Exec, Switch{Model: "bare", Effort: "huge"}, "huge", ""},
		"later, by the server":  {Server, Switch{Model: "gpt-5.5", Later: true}, "high", ""},
		"a typing mistake":      {Exec, Switch{Model: "gpt-55"}, "", `knows no model "gpt-55"`},
		"no such effort":        {Exec, Switch{Model: "gpt-5.5", Effort: "huge"}, "", `gpt-5.5 has no effort "huge", but low, high`},
		"later, by itself":      {Exec, Switch{Model: "gpt-5.5", Later: true}, "", "only a server"},
		"no name":               {Exec, Switch{Model: "-m"}, "", "no model's name"},
	} {
		s, err := Plan{Owner: Owner{Kind: x.owner}}.Check(x.wish, models)
		switch {
		case x.why == "":
			if err != nil || s.Effort != x.effort {
				t.Errorf("%s: effort %q, %v; want %q", name, s.Effort, err, x.effort)
			}
		case !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), x.why):
			t.Errorf("%s: %v, want %q", name, err, x.why)
		}
	}
}

// Where there is little room the folders of a program would be all that is seen of it.
func TestAProcessIsNamedByItsProgram(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("/usr/lib/node_modules/@openai/codex", 3) + "/bin/codex-code-mode-host"
	for command, want := range map[string]string{
		deep + " --stdio": "codex-code-mode-host --stdio", deep: "codex-code-mode-host", "sleep 300": "sleep 300",
		"/bin/sh -c /opt/x/y": "sh -c /opt/x/y", "": "", "odd/ x": "odd/ x",
	} {
		if got := (Process{Command: command}).Program(); got != want {
			t.Errorf("%q is %q, want %q", command, got, want)
		}
	}
	if got := names([]Process{{PID: 7, Command: deep + " --stdio"}}); got != "codex-code-mode-host --stdio (7)" {
		t.Errorf("listed as %q", got)
	}
}
