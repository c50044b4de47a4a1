package monitor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// repo is a real repository in a folder of the test.
type repo struct {
	t    *testing.T
	path string
	now  time.Time // of the next commit
}

var dawn = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// newRepo makes an empty repository; tests are skipped where there is no git.
func newRepo(t *testing.T) *repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed: repositories cannot be made")
	}
	r := &repo{t: t, path: filepath.Join(t.TempDir(), "repo"), now: dawn}
	if err := os.MkdirAll(r.path, 0o755); err != nil {
		t.Fatal(err)
	}
	r.git("init", "-q", "-b", "main")
	return r
}

// git runs git in the repository at r.now and gives what it prints.
func (r *repo) git(args ...string) string { return r.gitIn(r.path, args...) }

func (r *repo) gitIn(dir string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	at := r.now.Format(time.RFC3339)
	cmd.Env = append(gitEnv(), "HOME="+r.t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_DATE="+at, "GIT_COMMITTER_DATE="+at,
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// write gives files content, one line for each number.
func (r *repo) write(dir string, files map[string]int) {
	r.t.Helper()
	for name, lines := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			r.t.Fatal(err)
		}
		var b strings.Builder
		for i := range lines {
			fmt.Fprintf(&b, "%s line %d\n", filepath.Base(name), i)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
}

// commit commits everything some minutes after dawn and gives its hash.
func (r *repo) commit(minutes int, message string, files map[string]int) string {
	return r.commitIn(r.path, minutes, message, files)
}

func (r *repo) commitIn(dir string, minutes int, message string, files map[string]int) string {
	r.t.Helper()
	r.now = dawn.Add(time.Duration(minutes) * time.Minute)
	r.write(dir, files)
	r.gitIn(dir, "add", "-A")
	r.gitIn(dir, "commit", "-q", "--allow-empty", "-m", message)
	return r.gitIn(dir, "rev-parse", "HEAD")
}

// worked is a run that changed files between two minutes after dawn.
func worked(run, cwd string, from, to int, files map[string]int) Work {
	at := func(m int) time.Time { return dawn.Add(time.Duration(m) * time.Minute) }
	w := Work{Run: model.RunID(run), Thread: run, Cwd: cwd, From: at(from), To: at(to)}
	for name, added := range files {
		w.Edits = append(w.Edits, Edit{At: at(from), Turn: 1, Path: filepath.Join(cwd, name), Added: added})
	}
	return w
}

// linkAll reads the repositories of works and links them.
func linkAll(t *testing.T, works ...Work) []CommitLink {
	t.Helper()
	c := NewGit().Read(context.Background(), Folders(works), dawn.Add(-time.Hour))
	for repo, l := range c.Repos {
		if l.Why != "" {
			t.Fatalf("%s: %s", repo, l.Why)
		}
	}
	return Link(works, c)
}

// said is one link in short: "subject state linked run=credit …".
func said(links []CommitLink) []string {
	var all []string
	for _, l := range links {
		s := l.Subject + " " + l.State.String()
		if !l.Linked {
			s += " ambiguous"
		}
		for _, p := range l.Parts {
			s += fmt.Sprintf(" %s=%d/%.2f", p.Run, p.Credit, p.Confidence)
		}
		all = append(all, s)
	}
	return all
}

func wantLinks(t *testing.T, got []CommitLink, want ...string) {
	t.Helper()
	if a, b := strings.Join(said(got), "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("links:\n%s\nwant:\n%s", a, b)
	}
	for _, l := range got {
		var sum int64
		for _, p := range l.Parts {
			sum += p.Credit
		}
		if l.Linked && sum != CreditWhole || !l.Linked && sum != 0 {
			t.Errorf("%s: credits add up to %d", l.Subject, sum)
		}
	}
}

func TestCommitsAreLinkedByTimeAndPaths(t *testing.T) {
	r := newRepo(t)
	r.commit(-30, "before", map[string]int{"a.go": 3})
	r.commit(20, "mine", map[string]int{"a.go": 10, "b.go": 5})
	r.commit(25, "other paths", map[string]int{"z.go": 5})
	r.commit(30, "a part", map[string]int{"a.go": 12, "c.go": 1, "d.go": 1, "e.go": 1})
	r.commit(89, "within grace", map[string]int{"b.go": 6})
	r.commit(91, "after grace", map[string]int{"b.go": 7})
	w := worked("run-a", r.path, 0, 60, map[string]int{"a.go": 10, "b.go": 5})
	wantLinks(t, linkAll(t, w),
		"mine kept run-a=1000000/1.00",
		"a part kept ambiguous run-a=0/0.25",
		"within grace kept run-a=1000000/1.00")
}

func TestOneCommitOfSeveralRuns(t *testing.T) {
	r := newRepo(t)
	r.commit(40, "both", map[string]int{"a.go": 30, "b.go": 10})
	r.commit(45, "thirds", map[string]int{"p": 9, "q": 9, "r": 9})
	a := worked("run-a", r.path, 0, 60, map[string]int{"a.go": 29, "p": 9})
	b := worked("run-b", r.path, 10, 50, map[string]int{"b.go": 9, "q": 9})
	c := worked("run-c", r.path, 10, 50, map[string]int{"r": 9})
	d := worked("run-d", r.path, 10, 50, map[string]int{"else": 9})
	wantLinks(t, linkAll(t, a, b, c, d),
		"both kept run-a=750000/0.50 run-b=250000/0.50",
		"thirds kept run-a=333334/0.33 run-b=333333/0.33 run-c=333333/0.33")
}

func TestWorktreesAndSubfoldersAreOneRepository(t *testing.T) {
	r := newRepo(t)
	r.commit(0, "first", map[string]int{"main.go": 1})
	tree := filepath.Join(filepath.Dir(r.path), "tree")
	r.git("worktree", "add", "-q", "-b", "feature", tree)
	r.commitIn(tree, 20, "in the worktree", map[string]int{"sub/x.go": 4})
	// Two runs: one in the worktree, one in a subfolder of the main tree.
	a := worked("run-a", tree, 5, 30, map[string]int{"sub/x.go": 4})
	b := worked("run-b", filepath.Join(r.path, "sub"), 5, 30, map[string]int{"y.go": 4})
	r.commit(25, "in a subfolder", map[string]int{"sub/y.go": 4})
	c := NewGit().Read(context.Background(), Folders([]Work{a, b}), dawn.Add(-time.Hour))
	if len(c.Repos) != 1 {
		t.Errorf("%d repositories, want one: %v", len(c.Repos), c.Places)
	}
	wantLinks(t, Link([]Work{a, b}, c), "in the worktree kept run-a=1000000/1.00", "in a subfolder kept run-b=1000000/1.00")

	// The worktree goes, its commits stay: the project tells the repository.
	r.git("worktree", "remove", "--force", tree)
	a.Project, b.Project = "example.com/o/r", "example.com/o/r"
	wantLinks(t, linkAll(t, a, b), "in the worktree kept run-a=1000000/1.00", "in a subfolder kept run-b=1000000/1.00")
}

func TestFatesOfCommits(t *testing.T) {
	r := newRepo(t)
	r.commit(0, "root", map[string]int{"root": 1})
	reverted := r.commit(5, "reverted", map[string]int{"a": 3})
	back := r.commit(6, "brought back", map[string]int{"b": 3})
	r.now = dawn.Add(10 * time.Minute)
	r.git("revert", "--no-edit", reverted)
	r.git("revert", "--no-edit", back)
	r.now = dawn.Add(11 * time.Minute)
	r.git("revert", "--no-edit", "HEAD")
	r.commit(20, "lost", map[string]int{"c": 3})
	r.git("reset", "-q", "--hard", "HEAD~1")
	r.commit(22, "amended", map[string]int{"d": 3})
	r.write(r.path, map[string]int{"d": 4})
	r.git("add", "-A")
	r.git("commit", "-q", "--amend", "-m", "amended for good")
	r.commit(24, "squashed 1", map[string]int{"e": 3})
	r.commit(25, "squashed 2", map[string]int{"f": 3})
	r.git("reset", "-q", "--soft", "HEAD~2")
	r.commit(26, "squash", nil)
	r.write(r.path, map[string]int{"g": 3})
	r.git("add", "-A")
	r.git("stash", "-q")
	w := worked("run-a", r.path, 0, 60, map[string]int{"a": 3, "b": 3, "c": 3, "d": 3, "e": 3, "f": 3, "g": 3})
	wantLinks(t, linkAll(t, w),
		"reverted reverted run-a=1000000/1.00",
		"brought back kept run-a=1000000/1.00",
		"lost lost run-a=1000000/1.00",
		"amended for good kept run-a=1000000/1.00",
		"squash kept run-a=1000000/1.00")
}

func TestRevertOfAMergeRevertsWhatItBrought(t *testing.T) {
	r := newRepo(t)
	r.commit(0, "root", map[string]int{"root": 1})
	r.git("checkout", "-q", "-b", "side")
	r.commit(5, "on the side", map[string]int{"a": 3})
	r.git("checkout", "-q", "main")
	r.commit(6, "meanwhile", map[string]int{"b": 3})
	r.now = dawn.Add(7 * time.Minute)
	r.git("merge", "-q", "--no-ff", "-m", "merge side", "side")
	w := worked("run-a", r.path, 0, 60, map[string]int{"a": 3, "b": 3})
	wantLinks(t, linkAll(t, w), "on the side kept run-a=1000000/1.00", "meanwhile kept run-a=1000000/1.00")
	r.now = dawn.Add(9 * time.Minute)
	r.git("revert", "--no-edit", "-m", "1", "HEAD")
	wantLinks(t, linkAll(t, w), "on the side reverted run-a=1000000/1.00", "meanwhile kept run-a=1000000/1.00")
}

func TestLateRevertIsNoRevert(t *testing.T) {
	r := newRepo(t)
	r.commit(0, "root", nil)
	c := r.commit(5, "kept for long", map[string]int{"a": 3})
	r.now = dawn.Add(15 * 24 * time.Hour)
	r.git("revert", "--no-edit", c)
	wantLinks(t, linkAll(t, worked("run-a", r.path, 0, 60, map[string]int{"a": 3})), "kept for long kept run-a=1000000/1.00")
}

func TestTrailerIsExact(t *testing.T) {
	r := newRepo(t)
	r.commit(20, "by hand\n\nTokenBurn-Run: 01a2fb00\n", map[string]int{"elsewhere": 5})
	r.commit(21, "two\n\nTokenBurn-Run: 01a2fb00\nTokenBurn-Run: 01a2ff00-aaaa\n", map[string]int{"a": 5})
	r.commit(22, "nobody\n\nTokenBurn-Run: ffffffff\n", map[string]int{"a": 6})
	a := worked("01a2fb00-aaaa", r.path, 0, 10, map[string]int{"a": 5})
	b := worked("01a2ff00-aaaa", r.path, 0, 10, map[string]int{"b": 5})
	got := linkAll(t, a, b)
	wantLinks(t, got,
		"by hand kept 01a2fb00-aaaa=1000000/1.00",
		"two kept 01a2fb00-aaaa=1000000/1.00 01a2ff00-aaaa=0/1.00",
		"nobody kept 01a2fb00-aaaa=1000000/1.00")
	if !got[0].Parts[0].Exact || got[2].Parts[0].Exact {
		t.Error("only what a trailer names is exact")
	}
}

func TestRenamesBinariesAndOddPaths(t *testing.T) {
	r := newRepo(t)
	odd := "gr\xfc\xfcn \"t\".txt" // no UTF-8: a session file has replacement characters there
	r.commit(0, "root", map[string]int{"old.go": 40})
	r.git("mv", "old.go", "new.go")
	r.commit(10, "renamed", nil)
	if err := os.WriteFile(filepath.Join(r.path, "bin"), []byte{0, 1, 2, 0}, 0o644); err != nil {
		t.Fatal(err)
	}
	r.commit(11, "binary", nil)
	r.commit(12, "odd", map[string]int{odd: 2, "tab\tand\nline": 2})
	if !strings.Contains(r.git("ls-files", "-z"), odd) {
		t.Skip("this file system takes no such names")
	}
	moved := worked("run-a", r.path, 5, 20, map[string]int{"new.go": 0, "bin": -1, "tab\tand\nline": 2})
	moved.Edits[0].Old = filepath.Join(r.path, "old.go")
	moved.Edits = append(moved.Edits, Edit{At: moved.From, Path: filepath.Join(r.path, "gr\ufffd\ufffdn \"t\".txt"), Added: 2})
	got := linkAll(t, moved)
	wantLinks(t, got, "renamed kept run-a=1000000/1.00", "binary kept run-a=1000000/1.00", "odd kept run-a=1000000/1.00")
	if got[0].Added != 0 || got[1].Added != 0 {
		t.Errorf("a renamed and a binary file have no added lines: %+v", got[:2])
	}
}

func TestRepositoriesThatCannotBeRead(t *testing.T) {
	r := newRepo(t)
	works := []Work{worked("run-a", r.path, 0, 10, map[string]int{"a": 1})}
	c := NewGit().Read(context.Background(), Folders(works), dawn)
	for _, l := range c.Repos {
		if l.Why != "" || len(l.Commits) != 0 {
			t.Errorf("an empty repository: %+v", l)
		}
	}
	if len(c.Repos) != 1 {
		t.Fatalf("%d repositories", len(c.Repos))
	}
	if err := os.WriteFile(filepath.Join(r.path, ".git", "config"), []byte("[core\nbroken"), 0o644); err != nil {
		t.Fatal(err)
	}
	c = NewGit().Read(context.Background(), Folders(works), dawn)
	for _, l := range c.Repos {
		if l.Why == "" || l.Partial {
			t.Errorf("a broken repository: %+v", l)
		}
	}
	none := (&Git{err: ErrNoGit}).Read(context.Background(), Folders(works), dawn)
	if none.Why != ErrNoGit.Error() {
		t.Errorf("without git: %+v", none)
	}
	outside := NewGit().Read(context.Background(), []string{t.TempDir(), "relative", `\\host\share`, "//host/share", ""}, dawn)
	if len(outside.Repos) != 0 {
		t.Errorf("outside of any repository: %+v", outside.Repos)
	}
}

// What a repository's own settings name is never run.
func TestNothingOfTheRepositoryIsRun(t *testing.T) {
	r := newRepo(t)
	r.commit(5, "mine", map[string]int{"a.txt": 3})
	evil := filepath.Join(t.TempDir(), "evil")
	proof := filepath.Join(t.TempDir(), "it-ran")
	if err := os.WriteFile(evil, []byte("#!/bin/sh\ntouch '"+proof+"'\ncat \"$1\" 2>/dev/null\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"core.fsmonitor": evil, "core.pager": evil, "core.hooksPath": filepath.Dir(evil), "diff.external": evil,
		"diff.x.textconv": evil, "diff.x.command": evil, "gpg.program": evil, "log.showSignature": "true", "core.sshCommand": evil, "alias.log": "!" + evil,
		"alias.rev-list": "!" + evil, "filter.x.smudge": evil, "filter.x.clean": evil, "core.askPass": evil, "core.editor": evil} {
		r.git("config", k, v)
	}
	if err := os.WriteFile(filepath.Join(r.path, ".git", "info", "attributes"), []byte("* diff=x filter=x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := linkAll(t, worked("run-a", r.path, 0, 10, map[string]int{"a.txt": 3}))
	wantLinks(t, got, "mine kept run-a=1000000/1.00")
	if _, err := os.Stat(proof); err == nil {
		t.Error("a program of the repository was run")
	}
}

func TestCommitMessagesAreCleaned(t *testing.T) {
	r := newRepo(t)
	r.commit(5, "evil \x1b]0;x\x07\x1b[31mred\u202e", map[string]int{"a": 3})
	wantLinks(t, linkAll(t, worked("run-a", r.path, 0, 10, map[string]int{"a": 3})), "evil red kept run-a=1000000/1.00")
}
