package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Downgrade and TakeOver are the ways of an [Outcome] that is theirs. No plan offers them as a choice.
const (
	WayDowngrade Way = "downgrade"
	WayTakeOver  Way = "take-over"
)

const (
	lockPatience    = 15 * time.Second // for the resumed run to hold its thread
	contextPatience = 90 * time.Second // for its first turn's settings: a compaction may come first
)

// How says in words, step by step, how a run is made to go on with another model.
// It is nil where it can't be done; [Control.Downgrade] says why.
func (p Plan) How(s Switch) []string {
	switch p.Owner.Kind {
	case Server:
		if s.Later {
			return []string{"ask the server for " + s.words() + " from the next turn on; the turn that runs is left alone"}
		}
		return []string{"interrupt the turn that runs, and those of its sub-agents (the server is asked, nothing is signalled)",
			"start a turn with " + s.words() + ": " + quoted(s.prompt()) + "; the window stays open"}
	case Exec, None:
		if _, err := p.resumeArgs(s); err != nil {
			return nil
		}
		policy, _ := readSandbox(p.Turns[p.Target.root()].Settings) // resumeArgs has read it
		how := []string{fmt.Sprintf("codex exec resume in its folder with %s, told %s; its sandbox (%s) and approvals stay as they are", s.words(), quoted(s.prompt()), policy.Type),
			"what it says goes to a file; what other options it was started with, such as --json or -c, it has no more"}
		if p.Owner.Kind == Exec {
			how = append([]string{fmt.Sprintf("interrupt codex exec, pid %d (SIGINT): what started it sees it end with code 1", p.Owner.Process.PID)}, how...)
		}
		return how
	}
	return nil
}

func (s Switch) words() string {
	text := model.Clean(s.Model, 60)
	if s.Effort != "" {
		text += " at effort " + model.Clean(s.Effort, 20)
	}
	return text
}

func quoted(s string) string { return `"` + model.Clean(s, 60) + `"` }

// Downgrade ends the run's turn and lets the run go on with another model, or from
// the next turn on where s says so. What it is to run with otherwise is what its
// last turn ran with, its sandbox and approvals above all: where they can't be
// passed on exactly nothing is done, and the error is a [*Refusal].
//
// It returns once the new turn's settings were read from the session file, or not
// within a minute and a half: tell hears of every step. tell may be nil.
func (c *Control) Downgrade(ctx context.Context, p Plan, s Switch, tell func(Step)) (Outcome, error) {
	models, err := c.Models(ctx, p.Owner, p.Target.Home)
	if err != nil {
		return Outcome{}, fmt.Errorf("which models there are is not known: %w", err)
	}
	if s, err = p.Check(s, models); err != nil {
		return Outcome{}, err
	}
	switch p.Owner.Kind {
	case Server:
		return c.askServer(ctx, p, s, tell)
	case Exec, None:
		return c.resume(ctx, p, s, tell)
	case TUI:
		return Outcome{}, p.refuse(s, "an interactive codex changes its model only by hand: press Esc in its window, then /model")
	}
	return Outcome{}, p.refuse(s, cmp.Or(p.Owner.Why, p.Why, "who works on it can't be proved"))
}

// askServer has a server do it, and reads from the session file whether it came so.
func (c *Control) askServer(ctx context.Context, p Plan, s Switch, tell func(Step)) (Outcome, error) {
	told := newTelling(c, tell)
	o, err := c.serverSwitch(ctx, p, s, told.take)
	o.Way = WayDowngrade
	if err == nil && s.Later {
		o.Switched = told.done("settings")
	} else if err == nil && !told.failed("start") && c.o.Reader != nil {
		if t, ok := c.nextTurn(ctx, p, told, func() bool { return false }); ok {
			o.Switched = s.matches(t, told)
		}
	}
	o.Steps = told.steps
	return o, err
}

// Check holds a switch against the models that Codex knows, before anything is done: the
// error says what can't be. An effort that was not named is the model's own: left
// out, the settings file's would be taken.
func (p Plan) Check(s Switch, models []Model) (Switch, error) {
	if err := s.check(); err != nil {
		return s, err
	}
	i := slices.IndexFunc(models, func(m Model) bool { return m.Slug == s.Model })
	if i < 0 {
		return s, fmt.Errorf("%w: Codex knows no model %q", ErrForbidden, model.Clean(s.Model, 60))
	}
	m := models[i]
	if s.Effort == "" {
		s.Effort = m.DefaultEffort
	}
	if s.Effort != "" && len(m.Efforts) > 0 && !slices.Contains(m.Efforts, s.Effort) {
		return s, fmt.Errorf("%w: %s has no effort %q, but %s", ErrForbidden, m.Slug, model.Clean(s.Effort, 20), strings.Join(m.Efforts, ", "))
	}
	if s.Later && p.Owner.Kind != Server {
		return s, fmt.Errorf("%w: only a server can change the model later, and this is none: it changes when the turn that runs is interrupted", ErrForbidden)
	}
	return s, nil
}

// resume interrupts codex exec and starts it again.
func (c *Control) resume(ctx context.Context, p Plan, s Switch, tell func(Step)) (Outcome, error) {
	if c.o.Reader == nil {
		return Outcome{}, fmt.Errorf("%w: what its session file says can't be read", ErrForbidden)
	}
	args, err := p.resumeArgs(s)
	if err != nil {
		return Outcome{}, err
	}
	r := &resumption{c: c, plan: p, wish: s, args: args, told: newTelling(c, tell)}
	if err := r.prepare(); err != nil {
		return Outcome{}, p.refuse(s, err.Error())
	}
	defer r.discard()
	o := Outcome{Stopped: true, ExitCode: -1}
	if p.Owner.Kind == Exec {
		if o, err = c.Act(ctx, p, Interrupt, r.told.take); err != nil {
			return o, err
		}
	}
	o.Way = WayDowngrade
	if !o.Stopped || !r.free(ctx) {
		r.told.step("resume", StepNote, "it was not started again: two writers of one thread are refused")
		return r.outcome(o), nil
	}
	if err := r.start(); err != nil {
		r.told.step("resume", StepFailed, "it could not be started again: "+err.Error())
		return r.outcome(o), nil
	}
	o.Switched = r.prove(ctx)
	o.Output = r.output
	return r.outcome(o), nil
}

// outcome is what was observed, with the command with which a person goes on.
func (r *resumption) outcome(o Outcome) Outcome {
	o.At, o.Steps = r.c.o.Now(), r.told.steps
	o.Resume = r.args
	if o.Switched {
		o.Resume, o.Next = r.plan.byHand(r.wish), nil
	}
	return o
}

// SwitchedAt is when a downgrade began to go on with the other model, as far as its
// steps tell: what was used before has nothing to do with it.
func (o Outcome) SwitchedAt() time.Time {
	for _, s := range o.Steps {
		if s.Key == stepStart {
			return s.At
		}
	}
	if len(o.Steps) > 0 {
		return o.Steps[0].At
	}
	return o.At
}

// stepStart is the key of the step that tells of the new beginning.
const stepStart = "resume-start"

// resumption is one run that is started again.
type resumption struct {
	c    *Control
	plan Plan
	wish Switch
	args []string
	told *telling

	exe     string
	env     []string
	dir     string
	output  string
	file    *os.File
	process *os.Process
	ended   chan int // the exit code, once
	began   time.Time
}

// prepare makes sure beforehand of all that could fail between the end of the old
// process and the start of the new one.
func (r *resumption) prepare() error {
	r.dir = r.plan.Folder()
	if info, err := os.Stat(r.dir); err != nil || !info.IsDir() || !plainPath(r.dir) {
		return errors.New("its folder is not there")
	}
	if r.plan.Owner.Kind == Exec {
		r.exe = r.plan.Owner.Process.Exe
		r.env = r.c.environOf(r.plan.Owner.Process)
	}
	if info, err := os.Stat(r.exe); err != nil || !info.Mode().IsRegular() {
		exe, err := r.c.codex()
		if err != nil {
			return err
		}
		r.exe = exe
	}
	if r.env == nil {
		r.env = r.c.environment()
	}
	r.env = withHome(r.env, r.plan.Target.Home)
	return r.open()
}

// open makes the file that the run's output goes to, for the user alone.
func (r *resumption) open() error {
	dir, err := r.c.stateFolder()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	name := r.plan.Target.root() + r.c.o.Now().UTC().Format("-20060102T150405.000") + ".log"
	r.output = filepath.Join(dir, name)
	r.file, err = os.OpenFile(r.output, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

// discard closes the file, and removes it where nothing was started.
func (r *resumption) discard() {
	_ = r.file.Close() // the process has it open itself
	if r.process == nil {
		_ = os.Remove(r.output)
	}
}

// stateFolder is where the output of resumed runs is kept.
func (c *Control) stateFolder() (string, error) {
	if c.o.State != "" {
		return c.o.State, nil
	}
	state := c.variable("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "tokenburn", "runs"), nil
}
