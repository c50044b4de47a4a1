package monitor

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		home, folder string
		args         []string
		want         string
	}{
		{"", "", nil, ""},
		{"", "", []string{"codex", "resume", "x"}, "codex resume x"},
		{"", "/src/shop", []string{"codex", "resume", "x"}, "cd /src/shop && codex resume x"},
		{"/home/dev/other home", "/src/my shop", []string{"codex", "resume", "x"}, "cd '/src/my shop' && CODEX_HOME='/home/dev/other home' codex resume x"},
		{"/h", "/it's", []string{"codex", "-c", `a="b"`, "$(reboot)"}, `cd '/it'\''s' && CODEX_HOME=/h codex -c 'a="b"' '$(reboot)'`},
		{"", "-", []string{"codex", ""}, "cd ./- && codex ''"},
		{"/a\nb", "/c\x1b[31m", []string{"codex", "x\ny"}, "codex 'x y'"}, // what can't be told in one line is left out
	} {
		if got := CommandLine(c.home, c.folder, c.args); got != c.want {
			t.Errorf("%q %q %q:\n got %s\nwant %s", c.home, c.folder, c.args, got, c.want)
		}
	}
}

func TestShellHome(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ usual, home, want string }{
		{"/home/dev/.codex", "/home/dev/.codex", ""},
		{"/home/dev/.codex", "/home/dev/.codex/", ""},
		{"/home/dev/.codex", "/home/dev/work", "/home/dev/work"},
		{"", "/home/dev/.codex", "/home/dev/.codex"},
		{"/home/dev/.codex", "work", filepath.Join(here, "work")}, // the command begins in another folder
		{"", "", ""},
	} {
		if got := (Options{UsualHome: c.usual}).shellHome(c.home); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// What is printed to be copied is read by a shell as it was meant.
func TestCommandLineInAShell(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skipf("no shell here: %v", err)
	}
	dir := t.TempDir()
	folder, home := filepath.Join(dir, "my shop's $(work)"), filepath.Join(dir, `other "home"`)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	codex := "#!/bin/sh\npwd; printf '%s\\n' \"$CODEX_HOME\" \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "codex"), []byte(codex), 0o700); err != nil {
		t.Fatal(err)
	}
	args := []string{"codex", "exec", "resume", "-c", `model_reasoning_effort="low"`, "--", "01a2", "go on; it's $HOME & more"}
	cmd := exec.Command(shell, "-c", CommandLine(home, folder, args))
	cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	want := strings.Join(append([]string{folder, home}, args[1:]...), "\n") + "\n"
	if err != nil || string(out) != want {
		t.Errorf("%v\n got %q\nwant %q", err, out, want)
	}
}
