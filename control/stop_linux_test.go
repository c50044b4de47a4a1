package control

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// scene is a made-up codex exec in its turn 4, with a command and what that started.
type scene struct {
	*madeUp
	told *told
	post *post
	c    *Control
}

var (
	codexExec = fake{pid: 700, ppid: 600, ticks: 50, session: 600, args: []string{"codex", "exec", "go"}, opens: []string{thread}}
	shell     = fake{pid: 710, ppid: 700, ticks: 60, session: 710, exe: "/bin/bash", args: []string{"bash", "-c", "make"}}
	grandson  = fake{pid: 711, ppid: 710, ticks: 61, session: 710, exe: "/usr/bin/make", args: []string{"make"}}
)

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{madeUp: newMadeUp(t), told: &told{}}
	s.post = &post{m: s.madeUp}
	s.c = s.control(s.told)
	s.c.open = s.post.open
	s.lock(thread, 700)
	for _, f := range []fake{codexExec, shell, grandson} {
		s.add(f)
	}
	s.told.set(thread, 4, model.TurnRunning)
	return s
}

// end is what a process does that ends well.
func (s *scene) end(state model.TurnState) {
	s.told.set(thread, 4, state)
	s.unlock(700)
	s.remove(700)
}

func (s *scene) target() Target {
	return Target{Run: thread, Home: s.home, Threads: []Thread{{ID: thread}}}
}

func (s *scene) plan(t *testing.T) Plan {
	t.Helper()
	p, err := s.c.Plan(t.Context(), s.target())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ways(cs []Choice) string {
	var w []string
	for _, c := range cs {
		w = append(w, string(c.Way))
	}
	return strings.Join(w, " ")
}

func pids(ps []Process) string {
	var w []string
	for _, p := range ps {
		w = append(w, fmt.Sprint(p.PID))
	}
	return strings.Join(w, " ")
}

func TestPlanOfAnExec(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	p := s.plan(t)
	if ways(p.Choices) != "interrupt" || p.Why != "" || pids(p.Children) != "710 711" || p.Turns[thread].Number != 4 {
		t.Errorf("%+v", p)
	}
	if got := strings.Join(p.Resume, " "); got != "codex resume "+thread {
		t.Errorf("resume %q: what the run had is not known, so that a human has to say", got)
	}
	all := strings.Join(p.Choices[0].Effects, "\n")
	for _, want := range []string{"SIGINT goes to process 700", "bash -c make (710)", "make (711)", "turn_aborted", "Edits that were made stay"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}

// What stands between the plan and the signal: in each case nothing may be sent.
func TestNothingIsSentToWhatIsNotTheSameAnyMore(t *testing.T) {
	t.Parallel()
	reused := fake{pid: 700, ticks: 999, exe: "/usr/bin/vim", args: []string{"vim"}}
	for _, c := range []struct {
		name    string
		between func(*scene) // after the plan
		opened  func(*scene) // when the process is taken hold of
		want    error
	}{
		{"the run ended", func(s *scene) { s.end(model.TurnDone) }, nil, ErrEnded},
		{"it ended and left its lock file", func(s *scene) { s.remove(700); s.unlock(700) }, nil, ErrEnded},
		{"its turn is over", func(s *scene) { s.told.set(thread, 4, model.TurnDone) }, nil, ErrEnded},
		{"its number was given to another", func(s *scene) { s.unlock(700); s.add(reused) }, nil, ErrEnded},
		{"another Codex of its number has the thread", func(s *scene) {
			other := codexExec
			other.ticks = 999
			s.add(other)
		}, nil, ErrChanged},
		{"another Codex has the thread", func(s *scene) {
			other := codexExec
			other.pid = 900
			s.unlock(700)
			s.lock(thread, 900)
			s.add(other)
		}, nil, ErrChanged},
		{"two have it", func(s *scene) {
			other := codexExec
			other.pid = 900
			s.lock(thread, 900)
			s.add(other)
		}, nil, ErrChanged},
		{"it became something else", func(s *scene) {
			other := codexExec
			other.exe = "/usr/bin/vim"
			s.add(other)
		}, nil, ErrChanged},
		{"its arguments are a server's now", func(s *scene) {
			other := codexExec
			other.args = []string{"codex", "app-server"}
			s.add(other)
		}, nil, ErrChanged},
		{"it ended in the last moment", nil, func(s *scene) { s.end(model.TurnDone) }, ErrEnded},
		{"its number was given to another in the last moment", nil, func(s *scene) { s.unlock(700); s.add(reused) }, ErrEnded},
		{"it was given to another Codex in the last moment", nil, func(s *scene) {
			other := codexExec
			other.ticks = 999
			s.add(other)
		}, ErrEnded},
		{"it gave the thread away in the last moment", nil, func(s *scene) { s.unlock(700) }, ErrEnded},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			p := s.plan(t)
			if c.between != nil {
				c.between(s)
			}
			if c.opened != nil {
				s.post.opened = func(int) { c.opened(s) }
			}
			o, err := s.c.Act(t.Context(), p, Interrupt, nil)
			if !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if len(s.post.log) != 0 || len(o.Steps) != 0 {
				t.Errorf("sent %v, steps %v", s.post.log, o.Steps)
			}
		})
	}
}

func TestLadderGoesUpOnlyAfterProof(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	p := s.plan(t)
	for _, w := range []Way{Again, Terminate, Kill, Children} {
		if _, err := s.c.Act(t.Context(), p, w, nil); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s at once: %v", w, err)
		}
	}
	for _, c := range []struct{ way, next Way }{{Interrupt, Again}, {Again, Terminate}, {Terminate, Kill}, {Kill, ""}} {
		o, err := s.c.Act(t.Context(), p, c.way, nil)
		if err != nil {
			t.Fatal(err)
		}
		if o.Stopped || o.Gone || ways(o.Next) != string(c.next) {
			t.Errorf("after %s: stopped %v, gone %v, next %q, want %q", c.way, o.Stopped, o.Gone, ways(o.Next), c.next)
		}
		if !failed(o, "process") || !failed(o, "turn:"+thread) {
			t.Errorf("after %s: %+v", c.way, o.Steps)
		}
		p = p.After(o)
	}
	if want := []string{"700:2", "700:2", "700:15", "700:9"}; !slices.Equal(s.post.log, want) {
		t.Errorf("sent %v, want %v", s.post.log, want)
	}
}

func failed(o Outcome, key string) bool {
	return slices.ContainsFunc(o.Steps, func(s Step) bool { return s.Key == key && s.State == StepFailed })
}

func TestCleanEndIsObserved(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	p := s.plan(t)
	s.post.sent = func(int, syscall.Signal) { s.end(model.TurnAborted); s.remove(710); s.remove(711) }
	var reported []Step
	o, err := s.c.Act(t.Context(), p, Interrupt, func(st Step) { reported = append(reported, st) })
	if err != nil {
		t.Fatal(err)
	}
	if !o.Stopped || !o.Gone || !slices.Equal(o.Aborted, []string{thread}) || len(o.Survivors)+len(o.Next) != 0 || o.ExitCode != -1 {
		t.Errorf("%+v", o)
	}
	for _, st := range o.Steps {
		if st.State != StepDone {
			t.Errorf("%+v", st)
		}
	}
	if len(reported) == 0 || reported[0].Key != "signal" {
		t.Errorf("reported %+v", reported)
	}
}

// A process that was interrupted and gave its thread back, but hangs: it can still be ended.
func TestOneThatHangsAfterItsTurnCanBeEnded(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	p := s.plan(t)
	s.post.sent = func(_ int, sig syscall.Signal) {
		s.told.set(thread, 4, model.TurnAborted)
		s.unlock(700)
		if sig == syscall.SIGTERM {
			s.remove(700)
		}
	}
	for _, w := range []Way{Interrupt, Again, Terminate} {
		o, err := s.c.Act(t.Context(), p, w, nil)
		if err != nil {
			t.Fatalf("%s: %v", w, err)
		}
		if o.Stopped != (w == Terminate) {
			t.Errorf("%s: %+v", w, o)
		}
		p = p.After(o)
	}
}

func TestWhatWasLeftBehindIsEndedOnRequestAlone(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	p := s.plan(t)
	s.post.sent = func(int, syscall.Signal) {
		s.end(model.TurnAborted)
		s.remove(710) // its child goes to the first process
		orphan := grandson
		orphan.ppid = 1
		s.add(orphan)
		s.add(fake{pid: 712, ppid: 711, ticks: 70, session: 710, exe: "/usr/bin/cc", args: []string{"cc"}}) // begun meanwhile
	}
	o, err := s.c.Act(t.Context(), p, Interrupt, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !o.Stopped || pids(o.Survivors) != "711 712" || ways(o.Next) != "children" {
		t.Fatalf("%+v", o)
	}
	s.add(fake{pid: 713, ppid: 712, ticks: 80, session: 710, exe: "/usr/bin/as", args: []string{"as"}}) // nobody was told of it
	s.post.sent = func(pid int, sig syscall.Signal) {
		if pid == 711 || sig == syscall.SIGKILL {
			s.remove(pid)
		}
	}
	o, err = s.c.Act(t.Context(), p.After(o), Children, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"700:2", "711:15", "712:15", "712:9"}; !slices.Equal(s.post.log, want) {
		t.Errorf("sent %v, want %v", s.post.log, want)
	}
	if !o.Stopped || len(o.Survivors) != 0 {
		t.Errorf("%+v", o)
	}
}

func TestANumberThatAChildHadIsNotItsLater(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	p := s.plan(t)
	s.post.sent = func(int, syscall.Signal) { s.end(model.TurnAborted) }
	o, err := s.c.Act(t.Context(), p, Interrupt, nil)
	if err != nil || pids(o.Survivors) != "710 711" {
		t.Fatalf("%+v %v", o, err)
	}
	s.post.log, s.post.sent = nil, nil
	s.post.opened = func(int) {
		for _, f := range []fake{shell, grandson} {
			f.ticks, f.args = 9999, []string{"precious"}
			s.add(f)
		}
	}
	if o, err = s.c.Act(t.Context(), p.After(o), Children, nil); err != nil || len(s.post.log) != 0 || !o.Stopped {
		t.Errorf("sent %v, %+v, %v", s.post.log, o, err)
	}
}

func TestNeverToItselfNorToAServer(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, pid := range []int{-1, 0, 1, os.Getpid(), os.Getppid()} {
		if err := s.c.signal(Process{PID: pid}, syscall.SIGINT, nil); !errors.Is(err, ErrForbidden) {
			t.Errorf("%d: %v", pid, err)
		}
	}
	s.add(fake{pid: os.Getpid(), ppid: 777, ticks: 1})
	s.add(fake{pid: 777, ppid: 700, ticks: 1})
	p := s.plan(t)
	if _, err := s.c.Act(t.Context(), p, Interrupt, nil); !errors.Is(err, ErrForbidden) {
		t.Errorf("the run that this program runs in: %v", err)
	}
	server := codexExec
	server.args = []string{"codex", "app-server"}
	s.add(server)
	p.Owner.Kind = Exec // even if a plan said so
	if _, err := s.c.Act(t.Context(), p, Interrupt, nil); !errors.Is(err, ErrChanged) {
		t.Errorf("a server: %v", err)
	}
	if len(s.post.log) != 0 {
		t.Errorf("sent %v", s.post.log)
	}
}

// A run may start Codex itself: that is another run, or everybody's server.
func TestAnotherCodexIsNoChild(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.lock("nested", 720)
	s.add(fake{pid: 720, ppid: 710, ticks: 70, args: []string{"codex", "exec", "nested"}, opens: []string{"nested"}})
	s.add(fake{pid: 721, ppid: 720, ticks: 71, exe: "/bin/sleep", args: []string{"sleep"}})
	s.add(fake{pid: 722, ppid: 710, ticks: 72, args: []string{"codex", "app-server"}})
	s.add(fake{pid: 723, ppid: 710, ticks: 73, args: []string{"codex-linux-sandbox", "--", "make"}}) // a command in its sandbox
	s.add(fake{pid: 724, ppid: 723, ticks: 74, exe: "/bin/sleep", args: []string{"sleep"}})
	if got := pids(s.plan(t).Children); got != "710 711 723 724" {
		t.Errorf("children %s", got)
	}
}

func TestSubAgentsOfAnExecAreWatchedToo(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	kid := "01a20000-0000-7000-8000-00000000000f"
	s.lock(kid, 700)
	f := codexExec
	f.opens = []string{thread, kid}
	s.add(f)
	s.told.set(kid, 1, model.TurnRunning)
	p := s.plan(t)
	if len(p.Turns) != 2 || len(p.Others) != 0 {
		t.Errorf("%+v", p)
	}
	s.post.sent = func(int, syscall.Signal) {
		s.told.set(kid, 1, model.TurnAborted)
		s.end(model.TurnAborted)
	}
	o, err := s.c.Act(t.Context(), p, Interrupt, nil)
	if err != nil || !slices.Equal(o.Aborted, []string{thread, kid}) || !o.Stopped {
		t.Errorf("%+v %v", o, err)
	}
}

func TestWindowWithoutPaneIsEndedWithItsPriceSaid(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	window := codexExec
	window.args = []string{"codex", "--no-daemon"}
	window.opens = []string{thread, "elsewhere"}
	s.lock("elsewhere", 700)
	s.told.set("elsewhere", 2, model.TurnRunning)
	s.add(window)
	p := s.plan(t)
	if ways(p.Choices) != "terminate" || !slices.Equal(p.Others, []string{"elsewhere"}) || p.Resume[1] != "resume" {
		t.Fatalf("%+v", p)
	}
	all := strings.Join(p.Choices[0].Effects, "\n")
	for _, want := range []string{"SIGTERM goes to process 700", "window closes", "unfinished", "1 other thread in the same process ends with it", "No tmux pane"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	s.post.sent = func(int, syscall.Signal) { s.unlock(700); s.remove(700) }
	o, err := s.c.Act(t.Context(), p, Terminate, nil)
	if err != nil || !o.Stopped || len(o.Aborted) != 0 || ways(o.Next) != "children" {
		t.Errorf("%+v %v", o, err)
	}

	s = newScene(t)
	s.add(window)
	s.told.set(thread, 4, model.TurnDone)
	if p = s.plan(t); len(p.Choices) != 0 || !strings.Contains(p.Why, "no turn is running") {
		t.Errorf("idle: %+v", p)
	}
}

// The next turn of a window is its user's: it is not the one that was to be ended.
func TestTheNextTurnOfAWindowIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	window := codexExec
	window.args = []string{"codex", "--no-daemon"}
	s.add(window)
	p := s.plan(t)
	s.told.set(thread, 5, model.TurnRunning)
	if _, err := s.c.Act(t.Context(), p, Terminate, nil); !errors.Is(err, ErrChanged) || len(s.post.log) != 0 {
		t.Errorf("%v, sent %v", err, s.post.log)
	}
}
