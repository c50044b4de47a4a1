package codextest

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Window is a Codex in a tmux pane, with a tmux server of its own.
type Window struct {
	Socket string // of the tmux server
	Pane   string // such as "%0"

	h *Home
}

// Window runs "codex ARGS" in a tmux pane, in a folder that it trusts; it ends with
// the test. Where there is no tmux it skips the test and says why.
func (h *Home) Window(dir string, args ...string) *Window {
	h.t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		h.t.Skipf("no tmux here: %v", err)
	}
	h.trust(dir)
	h.Config("[notice.model_migrations]\n\"gpt-5.5\" = \"gpt-6-sol\"") // else it asks whether to take a newer model
	w := &Window{h: h, Socket: filepath.Join(h.root, "tmux-"+filepath.Base(dir))}
	h.t.Cleanup(func() { w.tmux("kill-server") })
	out, err := w.tmux(append([]string{"-f", "/dev/null", "new-session", "-d", "-P", "-F", "#{pane_id}",
		"-x", "120", "-y", "40", "-c", dir, h.binary}, args...)...)
	if err != nil {
		h.t.Fatalf("tmux: %v: %s", err, out)
	}
	w.Pane = strings.TrimSpace(out)
	return w
}

// Split runs another "codex ARGS" in a pane beside this one.
func (w *Window) Split(dir string, args ...string) *Window {
	w.h.t.Helper()
	w.h.trust(dir)
	beside := *w
	beside.Pane = w.Tmux(append([]string{"split-window", "-d", "-h", "-P", "-F", "#{pane_id}", "-t", w.Pane, "-c", dir, w.h.binary}, args...)...)
	return &beside
}

// trust lets an interactive Codex work in a folder without asking about it.
func (h *Home) trust(dir string) {
	h.t.Helper()
	h.Config("[projects." + strconv.Quote(dir) + "]\ntrust_level = \"trusted\"")
}

// Screen is what the pane shows.
func (w *Window) Screen() string {
	out, _ := w.tmux("capture-pane", "-p", "-t", w.Pane)
	return out
}

// Keys presses keys, named as tmux names them.
func (w *Window) Keys(keys ...string) {
	w.h.t.Helper()
	if out, err := w.tmux(append([]string{"send-keys", "-t", w.Pane}, keys...)...); err != nil {
		w.h.t.Fatalf("tmux send-keys: %v: %s", err, out)
	}
}

// Shows waits until the pane shows a text.
func (w *Window) Shows(text string) {
	w.h.t.Helper()
	for end := time.Now().Add(Limit / 3); !strings.Contains(w.Screen(), text); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			w.h.t.Fatalf("the window never showed %q:\n%s", text, w.Screen())
		}
	}
}

// Tmux runs a tmux command on the window's server.
func (w *Window) Tmux(args ...string) string {
	w.h.t.Helper()
	out, err := w.tmux(args...)
	if err != nil {
		w.h.t.Fatalf("tmux %s: %v: %s", args[0], err, out)
	}
	return strings.TrimSpace(out)
}

func (w *Window) tmux(args ...string) (string, error) {
	cmd := exec.Command("tmux", append([]string{"-S", w.Socket}, args...)...)
	cmd.Env = w.h.Env()
	out, err := cmd.CombinedOutput()
	return string(out), err
}
