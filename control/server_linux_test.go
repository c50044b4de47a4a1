package control

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

func TestServerPlanTellsWhoIsBesideAndFindsSubAgents(t *testing.T) {
	h := newHall(t)
	h.load(kid, hallThread{session: thread, turn: 1, running: true})
	p := h.plan()
	if len(p.Choices) != 2 || p.Choices[0].Way != WrapUp || p.Choices[1].Way != Interrupt {
		t.Fatalf("choices %+v, %q", p.Choices, p.Why)
	}
	effects := strings.Join(p.Choices[1].Effects, "\n")
	for _, want := range []string{fmt.Sprintf("shared Codex server, pid %d, with 1 other run.", os.Getpid()),
		"Closing the window would not stop it.", "1 running sub-agent is interrupted too"} {
		if !strings.Contains(effects, want) {
			t.Errorf("effects do not say %q:\n%s", want, effects)
		}
	}
	if got := strings.Join(p.Resume, " "); got != "codex resume "+thread {
		t.Errorf("resume: %s", got)
	}
	if !slices.Equal(p.Others, []string{otherRoot, otherChild}) || len(p.Target.Threads) != 2 || p.Turns[kid].Number != 1 {
		t.Errorf("others %v, threads %+v, turns %+v", p.Others, p.Target.Threads, p.Turns)
	}
	if len(h.asked) > 0 {
		t.Errorf("a plan asked for %v", h.asked)
	}
}

func TestServerPlanSaysWhyNothingCanBeDone(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(h *hall)
		says string
	}{
		{"it waits", func(h *hall) { h.threads[thread].running = false }, "no turn is running"},
		{"it is not there any more", func(h *hall) { delete(h.threads, thread); h.order = h.order[1:] }, "no turn is running"},
		{"no socket", func(h *hall) { os.Remove(appserver.SocketPath(h.home)) }, "listens nowhere: only the program that started it (such as an editor)"},
		{"it does not list", func(h *hall) {
			h.answer = func(m string, _ hallParams) (any, string) {
				return nil, map[string]string{"thread/loaded/list": "\x1b[31mnot today"}[m]
			}
		}, "not today"},
		{"it lists rubbish", func(h *hall) {
			h.answer = func(m string, _ hallParams) (any, string) {
				return map[string]any{"thread/loaded/list": 7}[m], ""
			}
		}, "can't be understood"},
		{"it tells of another thread", func(h *hall) {
			h.answer = func(m string, _ hallParams) (any, string) {
				return map[string]any{"thread/read": map[string]any{"thread": map[string]any{"id": thread, "sessionId": thread}}}[m], ""
			}
		}, "another thread than the one asked for"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHall(t)
			c.make(h)
			p := h.plan()
			if len(p.Choices) != 0 || !strings.Contains(p.Why, c.says) || strings.Contains(p.Why, "\x1b") {
				t.Errorf("%+v, %q; want it to say %q", p.Choices, p.Why, c.says)
			}
		})
	}
}

func TestServerDeedThatMakesNoSenseAnyMoreAsksForNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		way  Way
		make func(h *hall)
		want error
	}{
		{"the turn ended", Interrupt, func(h *hall) { h.threads[thread].running = false }, ErrEnded},
		{"the turn ended, to steer", WrapUp, func(h *hall) { h.threads[thread].running = false }, ErrEnded},
		{"another turn began", Interrupt, func(h *hall) { h.threads[thread].turn = 5 }, ErrChanged},
		{"another turn began, to steer", WrapUp, func(h *hall) { h.threads[thread].turn = 5 }, ErrChanged},
		{"its number is another process's", Interrupt, func(h *hall) {
			h.add(fake{pid: os.Getpid(), ppid: 1, ticks: 78, uid: os.Getuid(), args: []string{"codex", "app-server"}, opens: []string{thread}})
		}, ErrChanged},
		{"another process holds it", Interrupt, func(h *hall) {
			h.unlock(os.Getpid())
			h.lock(thread, 801)
			h.add(fake{pid: 801, ppid: 1, ticks: 5, args: []string{"codex", "app-server"}, opens: []string{thread}})
		}, ErrChanged},
		{"nothing holds it", Interrupt, func(h *hall) { h.unlock(os.Getpid()) }, ErrEnded},
		{"the socket went away", Interrupt, func(h *hall) { os.Remove(appserver.SocketPath(h.home)); h.c.o.Patience = 0 }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHall(t)
			p := h.plan()
			if c.want == nil { // it was reached by its own path, which goes too
				p.Owner.Socket, c.want = "", ErrForbidden
			}
			h.change(func() { c.make(h) })
			o, err := h.c.Act(t.Context(), p, c.way, nil)
			if !errors.Is(err, c.want) || len(o.Steps) > 0 {
				t.Errorf("%+v, %v; want %v", o, err, c.want)
			}
			if len(h.asked) > 0 {
				t.Errorf("the server was asked for %v", h.asked)
			}
		})
	}
}

func TestServerStop(t *testing.T) {
	begin := func(h *hall, id string) {
		if x := h.threads[id]; x != nil {
			x.turn, x.running = x.turn+1, true
			h.record(id)
			return
		}
		h.load(id, hallThread{session: thread, turn: 1, running: true})
	}
	for _, c := range []struct {
		name    string
		make    func(h *hall)
		stopped bool
		asked   []string // of interrupts, in order
		says    []string
	}{
		{"a turn", func(*hall) {}, true, []string{thread}, []string{"no command runs on behind it", "says that no turn of it is running"}},
		{"a sub-agent appears meanwhile", func(h *hall) {
			h.after = func(m string, p hallParams) {
				if m == "turn/interrupt" && p.ThreadID == thread {
					begin(h, kid)
				}
			}
		}, true, []string{thread, kid}, []string{"turn 4 ended: turn_aborted", "turn 1 of sub-agent 01a20000-0000 ended: turn_aborted"}},
		{"a sub-agent's end wakes its parent", func(h *hall) {
			h.load(kid, hallThread{session: thread, turn: 1, running: true})
			h.after = func(m string, p hallParams) {
				if m == "turn/interrupt" && p.ThreadID == kid {
					begin(h, thread)
				}
			}
		}, true, []string{thread, kid, thread}, []string{"turn 5 ended: turn_aborted"}},
		{"the file tells nothing of a sub-agent", func(h *hall) {
			h.load(kid, hallThread{session: thread, turn: 1, running: true})
			h.told.set(kid, 0, model.TurnRunning)
		}, true, []string{thread, kid}, []string{"interrupt a turn of sub-agent 01a20000-0000"}},
		{"a command's end wakes it", func(h *hall) {
			h.threads[thread].behind = []string{"make \x1b[31mserve"}
			h.after = func(m string, p hallParams) {
				if m == "thread/backgroundTerminals/clean" && h.threads[thread].turn == 4 {
					begin(h, thread)
				}
			}
		}, true, []string{thread, thread}, []string{"the server ended 1 command"}},
		{"a sub-agent is just being made, and can't be told of for a moment", func(h *hall) {
			looks := 0
			h.after = func(m string, p hallParams) {
				if m == "turn/interrupt" && p.ThreadID == thread {
					h.load(kid, hallThread{session: thread, turn: 1, running: true})
				}
			}
			h.answer = func(m string, p hallParams) (any, string) {
				if m == "thread/read" && p.ThreadID == kid {
					if looks++; looks < 3 {
						return nil, "rollout is empty"
					}
				}
				return nil, ""
			}
		}, true, []string{thread, kid}, []string{"says that no turn of it is running"}},
		{"it ends by itself in between", func(h *hall) {
			h.answer = func(m string, p hallParams) (any, string) {
				if m == "turn/interrupt" {
					h.threads[thread].running = false
					h.told.set(thread, 4, model.TurnDone)
				}
				return nil, ""
			}
		}, true, []string{thread}, []string{"turn 4 came to its own end"}},
		{"the server says yes and does nothing", func(h *hall) {
			h.answer = func(m string, _ hallParams) (any, string) {
				return map[string]any{"turn/interrupt": map[string]any{}}[m], ""
			}
		}, false, []string{thread}, []string{"the server still says that a turn of it is running", "turn 4 is still running after"}},
		{"the server says it is over and the file does not", func(h *hall) {
			h.answer = func(m string, _ hallParams) (any, string) {
				if m == "turn/interrupt" {
					h.threads[thread].running = false
					return map[string]any{}, ""
				}
				return nil, ""
			}
		}, false, []string{thread}, []string{"says that no turn of it is running", "turn 4 is still running after"}},
		{"commands stay", func(h *hall) {
			h.threads[thread].behind = []string{"make \x1b[31mserve"}
			h.answer = func(m string, _ hallParams) (any, string) {
				return map[string]any{"thread/backgroundTerminals/clean": map[string]any{}}[m], ""
			}
		}, true, []string{thread}, []string{"still running behind it: make serve"}},
		{"it knows nothing of commands", func(h *hall) {
			h.answer = func(m string, _ hallParams) (any, string) {
				if strings.HasPrefix(m, "thread/backgroundTerminals") {
					return nil, "unknown variant"
				}
				return nil, ""
			}
		}, true, []string{thread}, []string{"commands behind it were not ended: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			if !c.stopped || c.name == "commands stay" { // all of it is waited for
				h.c.o.Patience = time.Second
			}
			p := h.plan()
			h.change(func() { c.make(h) })
			o, err := h.c.Act(t.Context(), p, Interrupt, nil)
			if err != nil {
				t.Fatal(err)
			}
			h.check(o, c.stopped, c.asked, c.says)
		})
	}
}

func (h *hall) check(o Outcome, stopped bool, interrupted, says []string) {
	h.t.Helper()
	var text []string
	failed := false
	for _, s := range o.Steps {
		text = append(text, s.Text)
		failed = failed || s.State == StepFailed
	}
	told := strings.Join(text, "\n")
	for _, want := range says {
		if !strings.Contains(told, want) {
			h.t.Errorf("steps do not say %q:\n%s", want, told)
		}
	}
	if o.Stopped != stopped || failed != (len(o.Next) > 0) || strings.Contains(told, "\x1b") {
		h.t.Errorf("stopped %v, want %v; next %+v\n%s", o.Stopped, stopped, o.Next, told)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var got []string
	for _, a := range h.asked {
		method, id, _ := strings.Cut(a, " ")
		if id != thread && id != kid {
			h.t.Errorf("%s: it is another run's", a)
		}
		if method == "turn/interrupt" {
			got = append(got, id)
		}
	}
	if !slices.Equal(got, interrupted) {
		h.t.Errorf("interrupted %v, want %v", got, interrupted)
	}
	if other := h.threads[otherRoot]; !other.running || len(other.behind) != 1 {
		h.t.Errorf("the other run noticed: %+v", other)
	}
}

func TestServerStopEndsWithItsContext(t *testing.T) {
	h := newHall(t)
	h.c.o.Patience = time.Minute
	p := h.plan()
	ctx, cancel := context.WithCancel(t.Context())
	h.change(func() {
		h.answer = func(m string, _ hallParams) (any, string) {
			if m == "turn/interrupt" {
				cancel()
				return map[string]any{}, ""
			}
			return nil, ""
		}
	})
	var steps []Step
	o, err := h.c.Act(ctx, p, Interrupt, func(s Step) { steps = append(steps, s) })
	if !errors.Is(err, context.Canceled) || len(o.Steps) == 0 || len(steps) == 0 {
		t.Errorf("%+v, %v", o, err)
	}
}

// Two monitors may have the same idea at the same moment.
func TestServerStopByTwoAtOnce(t *testing.T) {
	h := newHall(t)
	h.load(kid, hallThread{session: thread, turn: 1, running: true})
	p := h.plan()
	var done sync.WaitGroup
	for range 3 {
		done.Go(func() {
			o, err := h.c.Act(t.Context(), p, Interrupt, nil)
			if err != nil && !errors.Is(err, ErrEnded) || err == nil && (!o.Stopped || len(o.Next) > 0) {
				t.Errorf("%+v, %v", o, err)
			}
		})
	}
	done.Wait()
	if h.threads[thread].running || h.threads[kid].running || !h.threads[otherRoot].running {
		t.Error("not exactly the run's turns were ended")
	}
}
