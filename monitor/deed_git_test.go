package monitor

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The status of a folder is read without running anything that its repository names.
func TestStatusRunsNothingOfTheRepository(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here")
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh here")
	}
	dir, mark := t.TempDir(), filepath.Join(t.TempDir(), "ran")
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.email=a@b.c", "-c", "user.name=n"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q", "-b", "main")
	write("a.txt", "one\n")
	git("add", ".")
	git("commit", "-q", "-m", "init")
	write(".gitattributes", "*.txt filter=evil filter.with=equals\n")
	write("a.txt", "two\n") // of the same length: git has to compare its content
	write("new\x1b[31m.txt", "x")
	run := "sh -c 'echo ran >> " + mark + "; cat'"
	for _, name := range []string{"evil", "a=b", "sub.part"} {
		git("config", "filter."+name+".clean", run)
		git("config", "filter."+name+".process", run)
		git("config", "filter."+name+".required", "true")
	}
	git("config", "core.fsmonitor", run)
	git("config", "core.hooksPath", filepath.Join(dir, "hooks"))
	if err := os.MkdirAll(filepath.Join(dir, "hooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	write("hooks/post-index-change", "#!/bin/sh\necho ran >> "+mark+"\n")

	text, err := NewGit().Status(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("something of the repository was run")
	}
	for _, want := range []string{"# branch.head main", " a.txt\n", "? \"new"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if strings.ContainsRune(text, 0x1b) {
		t.Errorf("an escape sequence: %q", text)
	}
	if _, err := NewGit().Status(t.Context(), t.TempDir()); err == nil {
		t.Error("a folder in no repository has a status")
	}
}
