package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// terminal is a shell in a tmux server of its own. Tests read its screen and
// type into it; they wait for what is shown, never for a span of time.
type terminal struct {
	t      testing.TB
	socket string
	dir    string
}

// newTerminal starts a shell in a terminal of that size, or skips without tmux.
func newTerminal(t testing.TB, width, height int) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux here: the screen cannot be driven in a real terminal")
	}
	dir, err := os.MkdirTemp("", "tmux-") // short: a socket's path has little room
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	x := &terminal{t: t, socket: filepath.Join(dir, "s"), dir: dir}
	x.tmux("new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "-s", "test", "env", "PS1=$ ", "sh")
	t.Cleanup(func() { x.command("kill-server").Run() })
	x.await("a prompt", shows("$"))
	return x
}

func (x *terminal) command(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-S", x.socket, "-f", "/dev/null", "-u"}, args...)...)
	cmd.Env = environment(x.dir)
	return cmd
}

// tmux runs a command of tmux and gives what it prints.
func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	out, err := x.command(args...).CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// screen gives the lines that are shown, without the spaces at their ends.
func (x *terminal) screen() string { x.t.Helper(); return x.tmux("capture-pane", "-p", "-t", "test") }

// keys presses keys, named as tmux names them.
func (x *terminal) keys(keys ...string) {
	x.t.Helper()
	x.tmux(append([]string{"send-keys", "-t", "test"}, keys...)...)
}

// text types text as it is.
func (x *terminal) text(s string) { x.t.Helper(); x.tmux("send-keys", "-t", "test", "-l", s) }

// resize gives the terminal another size.
func (x *terminal) resize(width, height int) {
	x.t.Helper()
	x.tmux("resize-window", "-t", "test", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height))
}

// format gives what tmux knows of the pane, such as "#{cursor_flag}".
func (x *terminal) format(f string) string {
	x.t.Helper()
	return strings.TrimSpace(x.tmux("display-message", "-p", "-t", "test", f))
}

// await waits until the screen is as wanted and gives it.
func (x *terminal) await(what string, ok func(string) bool) string {
	x.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		s := x.screen()
		if ok(s) {
			return s
		}
		select {
		case <-tick.C:
		case <-deadline:
			x.t.Fatalf("waited %s for %s; the screen shows:\n%s", patience, what, s)
		}
	}
}

// settle waits until the screen has not changed for a few looks at it.
func (x *terminal) settle() {
	x.t.Helper()
	last, same := "", 0
	x.await("the screen to stand still", func(s string) bool {
		if s = clock.ReplaceAllString(s, ""); s == last {
			same++
		} else {
			last, same = s, 0
		}
		return same >= 5
	})
}

// clock matches what changes on the screen by itself.
var clock = regexp.MustCompile(`[0-9.:]+`)

// start types a command line that starts the program and tells its exit code after it.
func (x *terminal) start(home string, args ...string) {
	x.t.Helper()
	line := binary + " --codex-home '" + home + "'"
	for _, a := range args {
		line += " '" + a + "'"
	}
	x.text(line + "; echo \"exit=$?\"")
	x.keys("Enter")
}

// program gives the process id of the program in the terminal, by its parent, the shell.
func (x *terminal) program() string {
	x.t.Helper()
	out, err := exec.Command("pgrep", "-P", x.format("#{pane_pid}")).Output()
	if err != nil {
		x.t.Fatalf("pgrep: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// shows says that all of these texts are on the screen.
func shows(texts ...string) func(string) bool {
	return func(s string) bool {
		for _, text := range texts {
			if !strings.Contains(s, text) {
				return false
			}
		}
		return true
	}
}

// hides says that none of these texts is on the screen.
func hides(texts ...string) func(string) bool {
	return func(s string) bool {
		for _, text := range texts {
			if strings.Contains(s, text) {
				return false
			}
		}
		return true
	}
}
