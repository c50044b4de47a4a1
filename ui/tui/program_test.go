package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/teatest/v2"
	"go.uber.org/goleak"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// fakeSource gives the snapshots it is handed and keeps what it is sent.
type fakeSource struct {
	snaps chan monitor.Snapshot
	sent  chan monitor.Intent
}

func newFakeSource() *fakeSource {
	f := &fakeSource{snaps: make(chan monitor.Snapshot, 1), sent: make(chan monitor.Intent, 16)}
	f.snaps <- fakeSnapshot()
	return f
}

func (f *fakeSource) Snapshots() <-chan monitor.Snapshot { return f.snaps }
func (f *fakeSource) Send(i monitor.Intent)              { f.sent <- i }

// terminal collects what is written and tells when a word has come.
type terminal struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	want string
	seen chan struct{}
}

func newTerminal(want string) *terminal { return &terminal{want: want, seen: make(chan struct{})} }

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(p)
	if t.want != "" && strings.Contains(t.buf.String(), t.want) {
		close(t.seen)
		t.want = ""
	}
	return len(p), nil
}

// await gives a channel that is closed once a word comes that was not written before.
func (t *terminal) await(want string) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Reset()
	t.want, t.seen = want, make(chan struct{})
	return t.seen
}

func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// runScreenWith runs the program on a terminal of 120×40 until do, which is called
// once the first snapshot is on screen, has made it end.
func runScreenWith(t *testing.T, o Options, src *fakeSource, do func(keys io.Writer, cancel func())) (string, error) {
	t.Helper()
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in, keys := io.Pipe()
	defer keys.Close()
	out := newTerminal("api-gateway")
	o.Out = out
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, src, o, tea.WithInput(in), tea.WithWindowSize(120, 40),
			tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	}()
	select {
	case <-out.seen:
	case err := <-done:
		t.Fatalf("ended before the first snapshot: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("the first snapshot is not on screen")
	}
	do(keys, cancel)
	select {
	case err := <-done:
		return out.text(), err
	case <-time.After(10 * time.Second):
		t.Fatal("does not end")
		return "", nil
	}
}

// signalSelf sends this process a signal, as far as the system has such.
func signalSelf(s os.Signal) {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		p.Signal(s)
	}
}

func TestRunEnds(t *testing.T) {
	for name, do := range map[string]func(io.Writer, func()){
		"q":       func(w io.Writer, _ func()) { io.WriteString(w, "q") },
		"ctrl+c":  func(w io.Writer, _ func()) { io.WriteString(w, "\x03") },
		"SIGTERM": func(io.Writer, func()) { signalSelf(syscall.SIGTERM) },
		"SIGHUP":  func(io.Writer, func()) { signalSelf(syscall.SIGHUP) },
		"SIGINT":  func(io.Writer, func()) { signalSelf(syscall.SIGINT) },
		"context": func(_ io.Writer, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			out, err := runScreenWith(t, Options{}, newFakeSource(), do)
			if err != nil {
				t.Error(err)
			}
			if on, off := strings.Count(out, "\x1b[?1049h"), strings.Count(out, "\x1b[?1049l"); on == 0 || on != off {
				t.Errorf("alternate screen on %d times, off %d times", on, off)
			}
		})
	}
}

func TestRunSendsIntents(t *testing.T) {
	src := newFakeSource()
	_, err := runScreenWith(t, Options{}, src, func(w io.Writer, _ func()) {
		io.WriteString(w, "r")
		if got := []monitor.Intent{<-src.sent, <-src.sent}; got[0] != (monitor.Focus{Run: fakeRuns()[0].ID}) || got[1] != (monitor.Rescan{}) {
			t.Errorf("sent %v", got)
		}
		io.WriteString(w, "q")
	})
	if err != nil {
		t.Error(err)
	}
}

// Enter answers a menu only once it has been on screen for a while, by the program's own clock.
func TestRunArmsMenus(t *testing.T) {
	src := newFakeSource()
	<-src.snaps
	src.snaps <- judgedSnapshot()
	_, err := runScreenWith(t, Options{}, src, func(w io.Writer, _ func()) {
		if got := <-src.sent; got != (monitor.Focus{Run: fakeRuns()[0].ID}) {
			t.Errorf("sent %v", got)
		}
		asked := time.Now()
		io.WriteString(w, "z\r")
		again := time.NewTicker(20 * time.Millisecond)
		defer again.Stop()
		for {
			select {
			case got := <-src.sent:
				if m, ok := got.(monitor.Move); !ok || m.To != budget.Snoozed || time.Since(asked) < armTime {
					t.Errorf("sent %v after %v", got, time.Since(asked))
				}
				io.WriteString(w, "q")
				return
			case <-again.C:
				io.WriteString(w, "\r")
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPanicRestoresTheTerminal(t *testing.T) {
	o := Options{Send: func(i monitor.Intent) {
		if i == (monitor.Rescan{}) {
			panic("broken")
		}
	}}
	out, err := runScreenWith(t, o, newFakeSource(), func(w io.Writer, _ func()) { io.WriteString(w, "r") })
	if !errors.Is(err, tea.ErrProgramPanic) || !strings.Contains(err.Error(), "the screen broke") {
		t.Errorf("error %v", err)
	}
	if strings.Count(out, "\x1b[?1049h") != strings.Count(out, "\x1b[?1049l") {
		t.Error("the alternate screen stays")
	}
}

// jammed is a terminal at which drawing breaks, once there is something to draw.
type jammed struct{ *terminal }

func (j jammed) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("api-gateway")) {
		panic("jammed")
	}
	return j.terminal.Write(b)
}

// The painter draws in goroutines of its own, where a panic would end the process.
func TestPanicOfThePainterRestoresTheTerminal(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	in, keys := io.Pipe()
	defer keys.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out := jammed{newTerminal("")}
	err := Run(ctx, newFakeSource(), Options{Out: out}, tea.WithInput(in), tea.WithWindowSize(120, 40),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	if !errors.Is(err, tea.ErrProgramPanic) {
		t.Errorf("ended with %v", err)
	}
	if on, off := strings.Count(out.text(), "\x1b[?1049h"), strings.Count(out.text(), "\x1b[?1049l"); on == 0 || on != off {
		t.Errorf("alternate screen on %d times, off %d times", on, off)
	}
}

// deaf takes no lines. Of each program that teatest ran a goroutine stays that waits
// for SIGINT, which another test sends, and that writes a line to its own test, long over.
type deaf struct{ testing.TB }

func (deaf) Log(...any) {}

func TestWholeProgram(t *testing.T) {
	tm := teatest.NewTestModel(deaf{t}, New(Options{}), teatest.WithInitialTermSize(100, 30))
	tm.Send(SnapshotMsg(fakeSnapshot()))
	teatest.WaitFor(t, tm.Output(), func(b []byte) bool { return bytes.Contains(b, []byte("tests-flaky")) })
	for _, k := range press("down", "/", "a", "u", "t", "h", "enter", "enter") {
		tm.Send(k)
	}
	tm.Type("q")
	tm.WaitFinished(t, teatest.WithFinalTimeout(10*time.Second))
	m := tm.FinalModel(t).(Model)
	if m.screen != screenRun || m.run.id != fakeRuns()[3].ID {
		t.Errorf("screen %d of run %q", m.screen, m.run.id)
	}
}
