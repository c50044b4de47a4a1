package monitor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// playedHands stand in for processes: what they are told to do, they do to the
// session that they hold.
type playedHands struct {
	mu     sync.Mutex
	owners map[string]control.Owner
	acts   []control.Way
	act    func(ctx context.Context, w control.Way, tell func(control.Step)) (control.Outcome, error)
	slow   chan struct{} // Plan waits for it, where it is not nil
	looks  int
	mark   string // of the system's locks
	fail   error  // of the next look at a home
	models []control.Model
}

func (h *playedHands) Owners(context.Context, string) (map[string]control.Owner, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looks++
	if err := h.fail; err != nil {
		h.fail = nil
		return nil, err
	}
	all := map[string]control.Owner{}
	for id, o := range h.owners {
		all[id] = o
	}
	return all, nil
}

func (h *playedHands) LocksMark(files map[uint64]bool) string {
	if h.mark == "" {
		return ""
	}
	return fmt.Sprint(h.mark, " of ", len(files))
}

func (h *playedHands) own(id string, o control.Owner) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.owners == nil {
		h.owners = map[string]control.Owner{}
	}
	o.Thread = id
	h.owners[id] = o
}

func (h *playedHands) Plan(ctx context.Context, t control.Target) (control.Plan, error) {
	if h.slow != nil {
		select {
		case <-h.slow:
		case <-ctx.Done():
			return control.Plan{}, ctx.Err()
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p := control.Plan{Target: t, Owner: h.owners[string(t.Run)], Turns: map[string]control.Turn{string(t.Run): {ID: "u", Number: 1}},
		Resume: []string{"codex", "exec", "resume", string(t.Run)}}
	if p.Owner.Kind == control.None || p.Owner.Kind == "" {
		p.Why = "nothing works on it"
		return p, nil
	}
	p.Choices = []control.Choice{{Way: control.Interrupt, Label: "Interrupt the turn"}}
	return p, nil
}

func (h *playedHands) Act(ctx context.Context, p control.Plan, w control.Way, tell func(control.Step)) (control.Outcome, error) {
	h.mu.Lock()
	h.acts = append(h.acts, w)
	h.mu.Unlock()
	return h.act(ctx, w, tell)
}

func (h *playedHands) Models(context.Context, control.Owner, string) ([]control.Model, error) {
	return h.models, nil
}

func (h *playedHands) Downgrade(ctx context.Context, _ control.Plan, s control.Switch, tell func(control.Step)) (control.Outcome, error) {
	h.mu.Lock()
	h.acts = append(h.acts, control.Way("downgrade "+s.Model))
	h.mu.Unlock()
	return h.act(ctx, control.WayDowngrade, tell)
}

func (h *playedHands) Places(context.Context, control.Plan) []control.Place {
	return []control.Place{control.PlacePrint}
}

func (h *playedHands) TakeOver(ctx context.Context, _ control.Plan, _ control.Place, tell func(control.Step)) (control.Outcome, error) {
	return h.act(ctx, control.WayTakeOver, tell)
}

func (h *playedHands) done() []control.Way {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]control.Way{}, h.acts...)
}

// stopping is an Act that ends a session's turn.
func stopping(s *session) func(context.Context, control.Way, func(control.Step)) (control.Outcome, error) {
	return func(_ context.Context, w control.Way, tell func(control.Step)) (control.Outcome, error) {
		tell(control.Step{Key: "sent", State: control.StepWaiting, Text: "SIGINT is sent"})
		s.now = time.Now()
		s.abort()
		step := control.Step{Key: "sent", State: control.StepDone, Text: "SIGINT sent"}
		tell(step)
		return control.Outcome{At: time.Now(), Way: w, Stopped: true, Gone: true, ExitCode: -1, Steps: []control.Step{step},
			Resume: []string{"codex", "exec", "resume", s.id}}, nil
	}
}

func deedIs(id string, state DeedState) func(Snapshot) bool {
	return func(s Snapshot) bool { return s.Deed != nil && s.Deed.ID == id && s.Deed.State == state }
}

// A stop is asked for, shown, done and observed; how the run stood is saved before,
// and what was seen is written down.
func TestStopFromAskToOutcome(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Minute), 1, meta{"originator": "codex_exec", "source": "exec"}).ask(gpt, "do").answer(small)
	book := openLedger(t, filepath.Join(t.TempDir(), "ledger.db"))
	hands := &playedHands{act: stopping(s)}
	hands.own(s.id, control.Owner{Kind: control.Exec, Process: control.Process{PID: 4711, Started: s.now}, Inode: 99})
	l := startWith(t, Options{Homes: []string{h.path}, Ledger: book}, hands)
	first := l.until("its owner", func(sn Snapshot) bool { return sn.Reading.Done && len(sn.Runs) == 1 && sn.Runs[0].Owner.PID == 4711 })
	if first.ReadOnly || first.Deed != nil {
		t.Errorf("read-only %t, deed %+v", first.ReadOnly, first.Deed)
	}

	run := first.Runs[0].ID
	l.m.Send(Ask{ID: "a", Run: run, Kind: DeedStop})
	ready := l.until("the choices", deedIs("a", DeedReady)).Deed
	if len(ready.Plan.Choices) != 1 || ready.Plan.Target.Threads[0].Path != s.path || ready.Cost.USD <= 0 {
		t.Errorf("ready: %+v", ready)
	}
	if want := "cd /home/dev/code/x && CODEX_HOME=" + h.path + " codex exec resume " + s.id; ready.Command != want {
		t.Errorf("command %q, want %q", ready.Command, want)
	}

	l.m.Send(Do{ID: "a", Way: control.Interrupt, Reason: "too dear"})
	ended := l.until("the outcome", deedIs("a", DeedEnded)).Deed
	if !ended.Outcome.Stopped || len(ended.Steps) != 2 || ended.Steps[0].Key != "saved" || ended.Steps[1].State != control.StepDone {
		t.Errorf("ended: %+v", ended)
	}
	l.until("the run stopped", func(sn Snapshot) bool { return sn.Runs[0].State == StateStopped })
	l.m.Send(Leave{ID: "a"})
	last := l.until("nothing", func(sn Snapshot) bool { return sn.Deed == nil })
	if !strings.Contains(logText(last), "stop by dev: it stopped") {
		t.Errorf("log: %s", logText(last))
	}

	states, err := book.SavedStates(t.Context(), run)
	if err != nil || len(states) != 1 || !strings.Contains(string(states[0].Body), `"pid":4711`) || !strings.Contains(string(states[0].Body), `"turn":"u"`) {
		t.Errorf("saved %+v, %v", states, err)
	}
	trail, err := book.Trail(t.Context(), time.Time{})
	if err != nil || len(trail) != 2 {
		t.Fatalf("%d entries: %+v %v", len(trail), trail, err)
	}
	if e := trail[0]; e.Actor != "dev" || e.Action != "run_stop.interrupt" || e.Subject != s.id || !strings.Contains(e.Evidence, "pid 4711") || e.Reason != "too dear" {
		t.Errorf("asked: %+v", e)
	}
	if e := trail[1]; e.After != "stopped" || !strings.Contains(e.Evidence, "seen: SIGINT sent") {
		t.Errorf("observed: %+v", e)
	}
}

func logText(s Snapshot) string {
	var all []string
	for _, e := range s.Log {
		all = append(all, e.Run+": "+e.Text)
	}
	return strings.Join(all, "\n")
}

// What can't be done is refused with a reason, and nothing is sent.
func TestDeedsRefused(t *testing.T) {
	owner := control.Owner{Kind: control.Exec, Process: control.Process{PID: 4711}}
	cases := []struct {
		name     string
		options  Options
		hands    func(*session) hands
		run      string
		way      control.Way
		want     DeedState
		why      string
		readOnly bool
	}{
		{name: "read-only", options: Options{ReadOnly: true}, hands: func(s *session) hands {
			h := &playedHands{act: stopping(s)}
			h.own(s.id, owner)
			return h
		}, want: DeedRefused, why: "read-only", readOnly: true},
		{name: "only watched", hands: func(*session) hands { return nil }, want: DeedRefused, why: "only watches", readOnly: true},
		{name: "no such run", hands: func(*session) hands { return &playedHands{} }, run: "nobody", want: DeedRefused, why: "no such run"},
		{name: "not offered", hands: func(s *session) hands {
			h := &playedHands{act: stopping(s)}
			h.own(s.id, owner)
			return h
		}, way: control.Kill, want: DeedRefused, why: `"kill" is not offered`},
		{name: "nobody owns it", hands: func(*session) hands { return &playedHands{} }, way: control.Interrupt, want: DeedRefused, why: "not offered"},
		{name: "it ended meanwhile", hands: func(s *session) hands {
			h := &playedHands{act: func(context.Context, control.Way, func(control.Step)) (control.Outcome, error) {
				return control.Outcome{}, fmt.Errorf("turn 1: %w", control.ErrEnded)
			}}
			h.own(s.id, owner)
			return h
		}, way: control.Interrupt, want: DeedRefused, why: control.ErrEnded.Error()},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			s := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
			c.options.Homes = []string{h.path}
			c.options.StateFolder = t.TempDir()
			played := c.hands(s)
			l := startWith(t, c.options, played)
			first := l.until("history", responses(1))
			if first.ReadOnly != c.readOnly {
				t.Errorf("read-only %t", first.ReadOnly)
			}
			run := first.Runs[0].ID
			if c.run != "" {
				run = "nobody"
			}
			l.m.Send(Ask{ID: "a", Run: run, Kind: DeedStop})
			if c.way != "" {
				l.until("the choices", deedIs("a", DeedReady))
				l.m.Send(Do{ID: "a", Way: c.way})
			}
			if d := l.until("refused", deedIs("a", c.want)).Deed; !strings.Contains(d.Why, c.why) {
				t.Errorf("why %q, want %q", d.Why, c.why)
			}
			if p, ok := played.(*playedHands); ok && c.name != "it ended meanwhile" && len(p.done()) != 0 {
				t.Errorf("done: %v", p.done())
			}
		})
	}
}

// One deed at a time is shown; one that is being carried out is left alone by all else.
func TestDeedGoesOnWithoutItsFace(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	o := h.begin(time.Now().Add(-time.Minute), 2, meta{"cwd": "/home/dev/code/other"}).ask(gpt, "other").answer(small)
	let := make(chan struct{})
	stop := stopping(s)
	hands := &playedHands{act: func(ctx context.Context, w control.Way, tell func(control.Step)) (control.Outcome, error) {
		<-let
		return stop(ctx, w, tell)
	}}
	for _, x := range []*session{s, o} {
		hands.own(x.id, control.Owner{Kind: control.Exec, Process: control.Process{PID: 4711}})
	}
	folder := t.TempDir()
	l := startWith(t, Options{Homes: []string{h.path}, StateFolder: folder}, hands)
	l.until("history", responses(2))
	ask := func(id string, s *session) { l.m.Send(Ask{ID: id, Run: runID(s), Kind: DeedStop}) }
	ask("a", s)
	l.until("a", deedIs("a", DeedReady))
	l.m.Send(Do{ID: "a", Way: control.Interrupt})
	l.until("a acts", deedIs("a", DeedActing))
	l.m.Send(Do{ID: "a", Way: control.Interrupt}) // a second press does nothing
	l.m.Send(Leave{ID: "a"})
	ask("b", o)
	l.until("b", deedIs("b", DeedReady))
	ask("c", s)
	if d := l.until("c", deedIs("c", DeedRefused)).Deed; !strings.Contains(d.Why, "at this moment") {
		t.Errorf("asked again meanwhile: %q", d.Why)
	}
	close(let)
	l.until("its end is told", func(sn Snapshot) bool { return strings.Contains(logText(sn), "it stopped") })
	if got := hands.done(); len(got) != 1 {
		t.Errorf("done: %v", got)
	}
	ask("d", s)
	l.until("it may be asked about again", deedIs("d", DeedReady))

	// Without a ledger it is written down in a file for the user alone.
	path := filepath.Join(folder, actionsFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info, err)
	}
	if text := string(readFile(t, path)); strings.Count(text, "\n") != 2 || !strings.Contains(text, `"action":"run_stop.interrupt"`) || !strings.Contains(text, `"threads":[{`) {
		t.Errorf("written down: %s", text)
	}
}

// Whoever leaves while it is found out who owns the run is asked nothing more.
func TestLeaveWhileLooking(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	hands := &playedHands{slow: make(chan struct{})}
	l := startWith(t, Options{Homes: []string{h.path}}, hands)
	l.until("history", responses(1))
	l.m.Send(Ask{ID: "a", Run: runID(s), Kind: DeedStop})
	l.until("looking", deedIs("a", DeedLooking))
	l.m.Send(Leave{ID: "other"})
	l.m.Send(Leave{ID: "a"})
	l.until("nothing", func(sn Snapshot) bool { return sn.Deed == nil })
	l.m.Send(Do{ID: "a", Way: control.Interrupt})
	l.until("a late choice is refused", func(sn Snapshot) bool {
		for _, n := range sn.Notices {
			if strings.Contains(n.Text, "not on the screen any more") {
				return true
			}
		}
		return false
	})
}

func runID(s *session) model.RunID { return model.RunID(s.id) }
