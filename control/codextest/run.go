package codextest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Limit is the longest that one Codex process may take.
const Limit = 90 * time.Second

// Result is how a Codex process ended.
type Result struct {
	ThreadID string // that codex exec --json named; "" where it named none
	Stdout   string
	Stderr   string
	ExitCode int // -1 where it was killed
}

// Run is a Codex process that was started.
type Run struct {
	h      *Home
	cmd    *exec.Cmd
	cancel context.CancelFunc
	out    threadWatcher
	err    bytes.Buffer
}

// Exec runs "codex exec --json ARGS" in a folder and waits for its end. A run
// that takes longer than [Limit] is killed and fails the test.
func (h *Home) Exec(dir string, args ...string) Result {
	h.t.Helper()
	return h.Start(dir, args...).Wait()
}

// Start is Exec without waiting. The process is killed when the test ends.
func (h *Home) Start(dir string, args ...string) *Run {
	h.t.Helper()
	return h.start(dir, append([]string{"exec", "--json"}, args...))
}

// Codex runs any other command of Codex, such as "archive", and waits for its end.
func (h *Home) Codex(dir string, args ...string) Result {
	h.t.Helper()
	return h.start(dir, args).Wait()
}

func (h *Home) start(dir string, args []string) *Run {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), Limit)
	r := &Run{h: h, cancel: cancel, cmd: exec.CommandContext(ctx, h.binary, args...)}
	r.out.named = make(chan struct{})
	r.cmd.Dir, r.cmd.Env = dir, h.Env()
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.err
	r.cmd.WaitDelay = 2 * time.Second // a tool that outlives Codex may hold its output open
	ownGroup(r.cmd)
	if err := r.cmd.Start(); err != nil {
		cancel()
		h.t.Fatalf("codex %s: %v", strings.Join(args, " "), err)
	}
	return r
}

// Wait waits for the end of the process.
func (r *Run) Wait() Result {
	r.h.t.Helper()
	defer r.cancel()
	err := r.cmd.Wait()
	res := Result{ThreadID: r.out.thread(), Stdout: r.out.text(), Stderr: r.err.String(), ExitCode: r.cmd.ProcessState.ExitCode()}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		r.h.t.Errorf("codex %s: %v\n%s%s", strings.Join(r.cmd.Args[1:], " "), err, res.Stdout, res.Stderr)
	}
	return res
}

// Kill ends the process at once, with what it started in its own group.
func (r *Run) Kill() { killGroup(r.cmd) }

// Interrupt asks Codex to end its turn and itself; npm's wrapper hands it on.
func (r *Run) Interrupt() { r.cmd.Process.Signal(os.Interrupt) }

// ThreadID waits until Codex named its thread, and gives it.
func (r *Run) ThreadID() string {
	r.h.t.Helper()
	select {
	case <-r.out.named:
		return r.out.thread()
	case <-time.After(Limit):
		r.h.t.Fatalf("codex named no thread: %s", r.out.text())
		return ""
	}
}

// threadWatcher keeps what Codex prints and catches the thread's id in it.
type threadWatcher struct {
	mu    sync.Mutex
	all   bytes.Buffer
	id    string
	named chan struct{}
	from  int // start of the line that is not complete yet
}

func (w *threadWatcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all.Write(p)
	for w.id == "" {
		rest := w.all.Bytes()[w.from:]
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		w.from += end + 1
		var event struct {
			Type     string `json:"type"`
			ThreadID string `json:"thread_id"`
		}
		if json.Unmarshal(rest[:end], &event) == nil && event.Type == "thread.started" && event.ThreadID != "" {
			w.id = event.ThreadID
			close(w.named)
		}
	}
	return len(p), nil
}

func (w *threadWatcher) thread() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.id
}

func (w *threadWatcher) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}
