package monitor

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

func TestCanonicalRemote(t *testing.T) {
	for _, c := range []struct{ remote, want string }{
		{"https://github.com/acme/x.git", "github.com/acme/x"},
		{"https://user:secret@GitHub.com/acme/x", "github.com/acme/x"},
		{"git@github.com:acme/x.git", "github.com/acme/x"},
		{"github.com:acme/x", "github.com/acme/x"},
		{"ssh://git@git.example.org:2222/acme/deep/x.git/", "git.example.org/acme/deep/x"},
		{"git://example.org/x.git", "example.org/x"},
		{"https://example.org/X.git?token=1", "example.org/X"},
		{"https://exa\x1bmple.org/x", ""},
		{"git@github.com:acme/\x1b[31mx.git", "github.com/acme/x"},
		{"file:///srv/x.git", ""},
		{"/srv/git/x.git", ""},
		{"../x:y/z", ""},
		{`C:\git\x`, ""},
		{"C:/git/x", ""},
		{"https://github.com", ""},
		{"https://", ""},
		{"", ""},
	} {
		if got := canonicalRemote(c.remote); got != c.want {
			t.Errorf("%q: %q, want %q", c.remote, got, c.want)
		}
	}
}

func TestProjects(t *testing.T) {
	home := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(home, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	remote := "[core]\n\tbare = false\n[remote \"fork\"]\n\turl = https://github.com/me/x\n[remote \"origin\"]\n\tfetch = +refs\n\turl = git@github.com:acme/x.git\n"
	write("named/.git/config", remote)
	write("named/.git/HEAD", "ref: refs/heads/main\n")
	write("named/sub/deep/file", "")
	write("named/.git/worktrees/wt/commondir", "../..\n")
	write("wt/.git", "gitdir: "+filepath.Join(home, "named/.git/worktrees/wt")+"\n")
	write("wt/src/file", "")
	write("local/.git/HEAD", "ref: refs/heads/main\n")
	write("local/.git/config", "[core]\n\tbare = false\n")
	write("local/.git/worktrees/lwt/commondir", "../..")
	write("lwt/.git", "gitdir: ../local/.git/worktrees/lwt")
	write("local/.git/modules/sub/config", "[remote \"origin\"]\nurl = https://github.com/acme/sub\n")
	write("local/sub/.git", "gitdir: ../.git/modules/sub\n")
	write("bare.git/config", "[core]\n\tbare = true\n")
	write("bare.git/worktrees/b/commondir", "../..")
	write("b/.git", "gitdir: "+filepath.Join(home, "bare.git/worktrees/b"))
	write("broken/.git", "nonsense")
	write("plain/file", "")
	write("sandbox/work/file", "")
	if err := os.Mkdir(filepath.Join(home, "sandbox/.git"), 0o755); err != nil { // as Codex's sandbox leaves it
		t.Fatal(err)
	}

	p := newProjects()
	p.home = home
	for _, c := range []struct{ name, cwd, url, want string }{
		{"named by the session", "named", "https://example.org/other", "example.org/other"},
		{"repository", "named", "", "github.com/acme/x"},
		{"subfolder", "named/sub/deep", "", "github.com/acme/x"},
		{"worktree", "wt/src", "", "github.com/acme/x"},
		{"deleted folder of a repository", "named/gone/long/ago", "", "github.com/acme/x"},
		{"repository without a remote", "local", "", "~/local"},
		{"its worktree", "lwt", "", "~/local"},
		{"submodule", "local/sub", "", "github.com/acme/sub"},
		{"worktree of a bare repository", "b", "", "~/bare.git"},
		{"broken mark", "broken", "", "~/broken"},
		{"no repository", "plain", "", "~/plain"},
		{"a sandbox's empty mark", "sandbox/work", "", "~/sandbox/work"},
		{"gone", "never/was", "", "~/never/was"},
		{"remote that is a path", "plain", "/srv/x.git", "~/plain"},
	} {
		th := &model.Thread{Meta: model.Meta{Cwd: filepath.Join(home, c.cwd), GitURL: c.url}}
		for range 2 { // the second time from memory
			if got := p.of(th); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	}
	for _, c := range []struct{ cwd, want string }{
		{"", ""},
		{home, "~"},
		{`\\server\share`, `\\server\share`},
		{"relative/path", "relative/path"},
		{"/nowhere/\x1b[31mred", "/nowhere/red"},
	} {
		if got := p.of(&model.Thread{Cwd: c.cwd}); got != c.want {
			t.Errorf("cwd %q: %q, want %q", c.cwd, got, c.want)
		}
	}
}
