package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"
)

// Act does one of a plan's choices, and tells what was observed. What is acted on is
// proved again right before: where the run ended meanwhile the error is [ErrEnded],
// where something else is there now it is [ErrChanged], where the plan doesn't offer
// the deed or the system refuses it [ErrForbidden]; nothing was sent then. To go on
// with what an outcome offers next, act on [Plan.After] of it.
//
// Report gets each step when it is observed, from this goroutine; nil for nobody.
// Act returns when all is observed, when it was waited for in vain for as long as
// [Options.Patience], or when ctx ends: then with what was observed till then, and
// the error of ctx.
func (c *Control) Act(ctx context.Context, p Plan, w Way, report func(Step)) (Outcome, error) {
	if report == nil {
		report = func(Step) {}
	}
	if !slices.ContainsFunc(p.Choices, func(o Choice) bool { return o.Way == w }) {
		return Outcome{}, fmt.Errorf("%w: %q is not offered", ErrForbidden, w)
	}
	switch p.Owner.Kind {
	case Server:
		return c.serverAct(ctx, p, w, report)
	case Exec, TUI:
	default:
		return Outcome{}, fmt.Errorf("%w: %s", ErrForbidden, p.Owner.Why)
	}
	d := &deed{c: c, p: p, way: w, report: report, out: Outcome{Way: w, ExitCode: -1, Resume: p.Resume}}
	if w == Children {
		err := d.endChildren(ctx)
		return d.out, err
	}
	if err := d.prove(ctx); err != nil {
		return Outcome{}, err
	}
	d.before = c.descendants(p.Owner.Process.PID)
	if err := d.send(ctx); err != nil {
		return Outcome{}, err
	}
	err := d.watch(ctx)
	d.conclude()
	return d.out, err
}

// deed is one deed that is being carried out.
type deed struct {
	c      *Control
	p      Plan
	way    Way
	report func(Step)
	out    Outcome

	running []Thread // with a turn that runs, root first
	turns   map[string]Turn
	before  []Process // what the run had started right before the deed
}

// key says that Escape is pressed instead of a signal sent.
func (d *deed) key() bool {
	return d.p.Owner.Kind == TUI && (d.way == Interrupt || d.way == Again)
}

// ends says that the process is to end.
func (d *deed) ends() bool { return !d.key() }

// step notes a fact, in the place of what was noted under its key before, and
// reports it if it is new.
func (d *deed) step(key string, state StepState, text string) {
	s := Step{At: d.c.o.Now(), Key: key, State: state, Text: text}
	i := slices.IndexFunc(d.out.Steps, func(o Step) bool { return o.Key == key })
	switch {
	case i < 0:
		d.out.Steps = append(d.out.Steps, s)
	case d.out.Steps[i].State == state && d.out.Steps[i].Text == text:
		return
	default:
		d.out.Steps[i] = s
	}
	d.report(s)
}

// state is how the step of a key stands; false where there is none.
func (d *deed) state(key string) (StepState, bool) {
	i := slices.IndexFunc(d.out.Steps, func(o Step) bool { return o.Key == key })
	if i < 0 {
		return 0, false
	}
	return d.out.Steps[i].State, true
}

// prove makes sure that the process is the one that was shown, that it holds the
// thread, and that the choice still makes sense.
func (d *deed) prove(ctx context.Context) error {
	if err := d.proveOwner(ctx); err != nil {
		return err
	}
	if d.p.Owner.Kind == Exec { // sub-agents that it started since
		if now, err := d.c.Owner(ctx, d.p.Owner.Home, d.p.Owner.Thread); err == nil && now.Kind == Exec {
			d.p.Owner.Holds = now.Holds
		}
	}
	d.turns = d.c.turns(ctx, d.p.threads())
	for _, t := range d.p.threads() {
		if d.turns[t.ID].running() {
			d.running = append(d.running, t)
		}
	}
	return d.proveTurn()
}

// proveOwner looks at the lock and its holder again.
func (d *deed) proveOwner(ctx context.Context) error {
	was := d.p.Owner
	now, err := d.c.Owner(ctx, was.Home, was.Thread)
	switch {
	case err != nil:
		return fmt.Errorf("prove again who works on it: %w", err)
	case now.Kind == None && d.letGo():
		return nil
	case now.Kind == None:
		return fmt.Errorf("%w: %s", ErrEnded, now.Why)
	case now.Process.PID == was.Process.PID && !now.Process.Same(was.Process) && now.Kind != Unproved:
		return fmt.Errorf("%w: number %d was given to another process", ErrChanged, was.Process.PID)
	case now.Kind == Unproved:
		return fmt.Errorf("%w: %s", ErrChanged, now.Why)
	case !now.Process.Same(was.Process):
		return fmt.Errorf("%w: process %d works on it now", ErrChanged, now.Process.PID)
	case now.Kind != was.Kind:
		return fmt.Errorf("%w: it is a codex %s now", ErrChanged, now.Kind)
	}
	return nil
}

// letGo says that a codex exec that was interrupted gave its lock back and still
// doesn't end: it is the same process, and has no other thread to go on to.
func (d *deed) letGo() bool {
	return d.p.Owner.Kind == Exec && d.way != Interrupt && d.c.isStill(d.p.Owner.Process)
}

// proveTurn refuses to end another turn than the one that was shown, where that
// would be somebody's next one.
func (d *deed) proveTurn() error {
	if d.way != Interrupt && d.p.Owner.Kind == Exec {
		return nil
	}
	root := d.p.Target.root()
	was, known := d.p.Turns[root]
	now, readable := d.turns[root]
	switch {
	case !known || !readable:
		return nil // it is proved whom the deed goes to; what its file says can't be
	case was.running() && len(d.running) == 0:
		return fmt.Errorf("%w: turn %d is over", ErrEnded, was.Number)
	case d.p.Owner.Kind == TUI && now.ID != was.ID:
		return fmt.Errorf("%w: turn %d began", ErrChanged, now.Number)
	case d.key() && !now.running():
		return fmt.Errorf("%w: turn %d is over", ErrEnded, was.Number)
	}
	return nil
}

// send sends the signal, or presses the key.
func (d *deed) send(ctx context.Context) error {
	if d.key() {
		return d.escape(ctx)
	}
	sig := syscall.SIGINT
	switch d.way {
	case Terminate:
		sig = syscall.SIGTERM
	case Kill:
		sig = syscall.SIGKILL
	}
	err := d.c.signal(d.p.Owner.Process, sig, func() error { return d.proveOwner(ctx) })
	if err != nil {
		return err
	}
	d.step("signal", StepDone, fmt.Sprintf("%s sent to %d", signalName(d.way), d.p.Owner.Process.PID))
	return nil
}

// escape presses Escape in the pane that was shown, if the same process is still in
// front there.
func (d *deed) escape(ctx context.Context) error {
	pane, ok := d.c.pane(ctx, d.p.Owner.Process)
	switch {
	case !ok:
		return fmt.Errorf("%w: it is in front of no tmux pane any more", ErrChanged)
	case pane.Why != "":
		return fmt.Errorf("%w: %s", ErrChanged, pane.Why)
	case pane.ID != d.p.Owner.Pane || pane.Socket != d.p.Owner.Tmux:
		return fmt.Errorf("%w: it is in tmux pane %s now", ErrChanged, pane.ID)
	}
	if pane.Mode { // the key would only leave copy-mode
		if _, err := d.c.tmux(ctx, pane.Socket, "send-keys", "-t", pane.ID, "-X", "cancel"); err != nil {
			return fmt.Errorf("leave the mode of tmux pane %s: %w", pane.ID, err)
		}
	}
	if _, err := d.c.tmux(ctx, pane.Socket, "send-keys", "-t", pane.ID, "Escape"); err != nil {
		return fmt.Errorf("send Escape to tmux pane %s: %w", pane.ID, err)
	}
	d.step("signal", StepDone, "Escape sent to tmux pane "+pane.ID)
	return nil
}

// errWaited is the end of the patience with a deed; it never leaves the package.
var errWaited = errors.New("waited in vain")

// until looks again and again until what is looked for is there, the patience is
// over (errWaited), or ctx ends.
func (c *Control) until(ctx context.Context, patience time.Duration, there func() bool) error {
	const pause = 50 * time.Millisecond
	end := time.NewTimer(patience)
	defer end.Stop()
	look := time.NewTicker(pause)
	defer look.Stop()
	for !there() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			if there() {
				return nil
			}
			return errWaited
		case <-look.C:
		}
	}
	return nil
}
