package control

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// gateHome is a CODEX_HOME with a program that can be called as the gate.
type gateHome struct {
	GatePlace
	t       *testing.T
	line    string
	program string
	record  *HookRecord
}

func newGateHome(t *testing.T) *gateHome {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := &gateHome{t: t, program: filepath.Join(root, "my bin", "tokenburn")}
	write(t, h.program, "#!/bin/sh\n")
	if err := os.Chmod(h.program, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "codex", "keep"), "")
	if h.GatePlace, err = UserPlace(filepath.Join(root, "codex")); err != nil {
		t.Fatal(err)
	}
	if h.line, err = (GateCommand{Program: h.program}).Line(); err != nil {
		t.Fatal(err)
	}
	if h.record, err = ReadHookRecord(filepath.Join(root, "state", "enforce.json")); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *gateHome) hooks() string  { return filepath.Join(h.Home, hooksName) }
func (h *gateHome) config() string { return filepath.Join(h.Home, configName) }

func (h *gateHome) install() error {
	changes, err := h.Install(h.line, h.record, false)
	return h.apply(changes, err)
}

func (h *gateHome) remove() error {
	changes, err := h.Remove(h.record, false)
	return h.apply(changes, err)
}

func (h *gateHome) apply(changes []HookChange, err error) error {
	for _, c := range changes {
		err = errors.Join(err, c.Apply(h.record))
	}
	return err
}

func (h *gateHome) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *gateHome) read(path string) string {
	h.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(b)
}

func TestInstallAndRemoveLeaveTheFilesAsTheyWere(t *testing.T) {
	for name, text := range hooksFiles() {
		t.Run(name, func(t *testing.T) {
			h := newGateHome(t)
			write(t, h.hooks(), text)
			h.must(h.install())
			if s := ReadGate(h.GatePlace, h.record); !s.Installed() || s.Enforced() {
				t.Errorf("installed %v, enforced %v: %s", s.Installed(), s.Enforced(), s.Why())
			}
			if info, err := os.Stat(h.hooks()); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v (%v)", info.Mode(), err)
			}
			if info, err := os.Stat(h.record.path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("the record of it is %v (%v)", info.Mode(), err)
			}
			before := h.read(h.hooks())
			h.must(h.install())
			if after := h.read(h.hooks()); after != before {
				t.Errorf("a second install changes it:\n%s", after)
			}
			h.must(h.remove())
			if got := h.read(h.hooks()); got != text {
				t.Errorf("not as it was:\n%q\n%q", text, got)
			}
			if _, err := os.Stat(h.record.path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the record stays: %v", err)
			}
		})
	}
}

func TestAFileThatWasMadeGoesAgain(t *testing.T) {
	h := newGateHome(t)
	h.must(h.install())
	h.must(h.remove())
	if _, err := os.Stat(h.hooks()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it stays: %v", err)
	}
	// Also where something was written into it and taken out again.
	h.must(h.install())
	write(t, h.hooks(), h.read(h.hooks())+"\n")
	h.must(h.remove())
	if _, err := os.Stat(h.hooks()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it stays: %v", err)
	}
	// But not where the user keeps something in it now.
	h.must(h.install())
	write(t, h.hooks(), strings.Replace(h.read(h.hooks()), "{", `{"description":"mine",`, 1))
	h.must(h.remove())
	if got := h.read(h.hooks()); !strings.Contains(got, "mine") || strings.Contains(got, "gate") {
		t.Errorf("left: %s", got)
	}
}

func TestWhatWasChangedMeanwhileStays(t *testing.T) {
	h := newGateHome(t)
	mine := `{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"mine"}]}]}}`
	write(t, h.hooks(), mine)
	h.must(h.install())
	write(t, h.hooks(), strings.Replace(h.read(h.hooks()), `"mine"`, `"yours"`, 1))
	h.must(h.remove())
	if got, want := h.read(h.hooks()), strings.Replace(mine, "mine", "yours", 1); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestHooksInTOMLGoThere(t *testing.T) {
	h := newGateHome(t)
	mine := "model = \"x\"\n\n[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"mine\"\n"
	write(t, h.config(), mine)
	h.must(h.install())
	if _, err := os.Stat(h.hooks()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("hooks.json was made beside them: %v", err)
	}
	s := ReadGate(h.GatePlace, nil)
	trust := ""
	for _, k := range s.Hooks {
		trust += "\n[hooks.state." + compactJSON(k.Key) + "]\ntrusted_hash = \"" + k.Hash + "\"\n"
	}
	write(t, h.config(), h.read(h.config())+trust)
	if s := ReadGate(h.GatePlace, nil); !s.Enforced() {
		t.Errorf("not enforced: %s", s.Why())
	}
	h.must(h.remove())
	if got := h.read(h.config()); got != mine+trust {
		t.Errorf("%q, want %q", got, mine+trust)
	}
}

func TestTrustIsReadFromCodexsFiles(t *testing.T) {
	h := newGateHome(t)
	h.must(h.install())
	trusted := func(change func(i int, hook GateHook) string) string {
		text := ""
		for i, k := range ReadGate(h.GatePlace, nil).Hooks {
			text += "[hooks.state." + compactJSON(k.Key) + "]\n" + change(i, k)
		}
		return text
	}
	yes := func(_ int, k GateHook) string { return "trusted_hash = \"" + k.Hash + "\"\n" }
	for name, c := range map[string]struct{ config, want string }{
		"trusted":  {trusted(yes), ""},
		"nothing":  {"", "PreModelRequest: not trusted"},
		"modified": {trusted(func(int, GateHook) string { return "trusted_hash = \"sha256:0\"\n" }), "changed since it was trusted"},
		"one disabled": {trusted(func(i int, k GateHook) string {
			return yes(i, k) + map[bool]string{true: "enabled = false\n"}[i == 1]
		}), "UserPromptSubmit: switched off"},
		"feature off": {trusted(yes) + "[features]\nhooks = false\n", "features.hooks"},
		"broken":      {"a = [", "can't be read"},
		"known by Codex only": {trusted(func(_ int, k GateHook) string {
			h.record.Known[k.Hash] = "sha256:new" + k.Event
			return "trusted_hash = \"sha256:new" + k.Event + "\"\n"
		}), ""},
	} {
		write(t, h.config(), c.config)
		s := ReadGate(h.GatePlace, h.record)
		if why := s.Why(); s.Enforced() != (c.want == "") || !strings.Contains(why, c.want) {
			t.Errorf("%s: enforced %v (%s), want %q", name, s.Enforced(), why, c.want)
		}
	}
	write(t, h.config(), trusted(yes))
	for name, c := range map[string]struct{ from, to, want string }{
		"asynchronous": {`"timeout": 10`, `"timeout": 10, "async": true`, "asynchronous"},
		"matcher":      {`"PreToolUse": [` + "\n      {", `"PreToolUse": [{"matcher": "Bash",`, `"Bash" only`},
		"relative":     {"exec '" + h.program + "'", "exec tokenburn", "no absolute path"},
		"gone":         {h.program, h.program + "/tokenburn", "not a directory"},
	} {
		text := h.read(h.hooks())
		write(t, h.hooks(), strings.ReplaceAll(text, c.from, c.to))
		if s := ReadGate(h.GatePlace, nil); s.Enforced() || !strings.Contains(s.Why(), c.want) {
			t.Errorf("%s: enforced %v (%s), want %q", name, s.Enforced(), s.Why(), c.want)
		}
		write(t, h.hooks(), text)
	}
	if err := os.Chmod(h.program, 0o644); err != nil {
		t.Fatal(err)
	}
	if s := ReadGate(h.GatePlace, nil); runtime.GOOS != "windows" && !strings.Contains(s.Why(), "can't be executed") {
		t.Errorf("a program that can't be executed: %s", s.Why())
	}
}

func TestHostileFiles(t *testing.T) {
	symlink := func(to string) func(*gateHome) {
		return func(h *gateHome) {
			if err := os.Symlink(to, h.hooks()); err != nil {
				t.Skip(err)
			}
		}
	}
	outside := filepath.Join(t.TempDir(), "hooks.json")
	write(t, outside, "{}")
	for name, c := range map[string]struct {
		make func(h *gateHome)
		want string
	}{
		"folder":   {func(h *gateHome) { h.must(os.Mkdir(h.hooks(), 0o755)) }, "is a folder"},
		"outside":  {symlink(outside), "leads out of its folder"},
		"dangling": {symlink(filepath.Join(t.TempDir(), "none")), "where nothing is"},
		"device":   {symlink("/dev/null"), "leads out of its folder"},
		"loop":     {symlink("hooks.json"), "hooks.json"},
		"read-only": {func(h *gateHome) {
			write(t, h.hooks(), "{}")
			h.must(os.Chmod(h.hooks(), 0o440))
		}, "is read-only (mode 0440)"},
		"bom":          {func(h *gateHome) { write(t, h.hooks(), "\xef\xbb\xbf{}") }, "hooks.json:1:1: it begins with a byte order mark"},
		"no json":      {func(h *gateHome) { write(t, h.hooks(), "{\n \"hooks\": nope }") }, "hooks.json:2:12:"},
		"utf-16":       {func(h *gateHome) { write(t, h.hooks(), "\xff\xfe{\x00}\x00") }, "hooks.json:1:1:"},
		"deep":         {func(h *gateHome) { write(t, h.hooks(), strings.Repeat("[", 20000)) }, "hooks.json:1:"},
		"bad config":   {func(h *gateHome) { write(t, h.config(), "a = 1\nb = [") }, "config.toml:2:"},
		"config a dir": {func(h *gateHome) { h.must(os.Mkdir(h.config(), 0o755)) }, "config.toml is a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newGateHome(t)
			c.make(h)
			before, _ := os.ReadFile(h.hooks())
			if err := h.install(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if after, _ := os.ReadFile(h.hooks()); !bytes.Equal(before, after) {
				t.Errorf("it was changed: %q", after)
			}
			if s := ReadGate(h.GatePlace, h.record); s.Enforced() {
				t.Error("taken for enforced")
			}
		})
	}
	if got, err := os.ReadFile(outside); err != nil || string(got) != "{}" {
		t.Errorf("what the symlink leads to was changed: %s (%v)", got, err)
	}
}

func TestASymlinkIsFollowedWhenTold(t *testing.T) {
	h := newGateHome(t)
	real := filepath.Join(t.TempDir(), "dotfiles.json")
	write(t, real, "{}\n")
	if err := os.Symlink(real, h.hooks()); err != nil {
		t.Skip(err)
	}
	changes, err := h.Install(h.line, h.record, true)
	h.must(h.apply(changes, err))
	if info, err := os.Lstat(h.hooks()); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the symlink was replaced: %v (%v)", info.Mode(), err)
	}
	if !strings.Contains(h.read(real), "tokenburn") {
		t.Error("the file that it leads to is as it was")
	}
	changes, err = h.Remove(h.record, true)
	h.must(h.apply(changes, err))
	if got := h.read(real); got != "{}\n" {
		t.Errorf("not as it was: %q", got)
	}
}

func TestAChangeBetweenReadingAndWritingIsNoticed(t *testing.T) {
	for name, other := range map[string]func(h *gateHome){
		"changed": func(h *gateHome) { write(t, h.hooks(), `{"description":"new"}`) },
		"deleted": func(h *gateHome) { h.must(os.Remove(h.hooks())) },
	} {
		h := newGateHome(t)
		write(t, h.hooks(), "{}")
		changes, err := h.Install(h.line, h.record, false)
		h.must(err)
		other(h)
		if err := h.apply(changes, nil); !errors.Is(err, ErrRaced) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h := newGateHome(t)
	changes, err := h.Install(h.line, h.record, false)
	h.must(err)
	write(t, h.hooks(), "{}")
	if err := h.apply(changes, nil); !errors.Is(err, ErrRaced) {
		t.Errorf("made: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(h.Home, ".tokenburn-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestFiveMegabytesOfOtherHooks(t *testing.T) {
	h := newGateHome(t)
	other := `{"type":"command","command":"` + strings.Repeat("x", 1000) + `"}`
	text := `{"hooks":{"Stop":[` + strings.Repeat(`{"hooks":[`+other+`]},`, 5000) + `{"hooks":[]}],"PreToolUse":[{"hooks":[` + other + `]}]}}`
	write(t, h.hooks(), text)
	h.must(h.install())
	wantGate(t, []byte(h.read(h.hooks())), false, h.line)
	h.must(h.remove())
	if h.read(h.hooks()) != text {
		t.Error("not as it was")
	}
}

func TestProjectPlaces(t *testing.T) {
	h := newGateHome(t)
	repo := filepath.Join(filepath.Dir(h.Home), "repo")
	write(t, filepath.Join(repo, ".git", "HEAD"), "x")
	write(t, filepath.Join(repo, "a", "b", "file"), "")
	tree := filepath.Join(filepath.Dir(h.Home), "tree")
	write(t, filepath.Join(tree, ".git"), "gitdir: "+filepath.Join(repo, ".git", "worktrees", "tree")+"\n")
	for _, dir := range []string{repo, filepath.Join(repo, "a", "b"), tree} {
		p, err := ProjectPlace(h.Home, dir)
		if err != nil || p.Project != repo || p.Folder() != filepath.Join(repo, ".codex") {
			t.Errorf("%s: %+v (%v)", dir, p, err)
		}
	}
	p, err := ProjectPlace(h.Home, repo)
	h.must(err)
	h.GatePlace = p
	h.must(h.install())
	if s := ReadGate(p, nil); s.Enforced() || !strings.Contains(s.Why(), "does not trust the project") {
		t.Errorf("of a project that is not trusted: %s", s.Why())
	}
	h.must(h.remove())
	if _, err := os.Stat(p.Folder()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folder stays: %v", err)
	}
}
