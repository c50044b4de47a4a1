package control

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
)

// A hook is a program that Codex starts and waits for before it goes on. So a hook may
// do what nobody else may: end the turn of the very process that it runs in.

// ErrNoCaller says that this program was not started by the Codex that works on the thread.
var ErrNoCaller = errors.New("it was not asked by the Codex that works on the thread")

// callerDepth is how many processes may lie between Codex and its hook: a shell and what that runs.
const callerDepth = 4

// Caller is the Codex process that started this program as its hook, through at most a
// few others; false where there is none, or the system does not tell.
func (c *Control) Caller() (Process, bool) { return c.caller() }

// Alive says whether a process of this number and start (in clock ticks since boot)
// lives; true where the system does not tell.
func (c *Control) Alive(pid int, ticks uint64) bool { return c.lives(Process{PID: pid, Ticks: ticks}) }

// InterruptCaller ends the running turn of a thread in the Codex that asked this
// program as its hook, before that goes on, and tells how. Codex exec gets SIGINT, a shared
// server turn/interrupt for this thread alone, an interactive Codex Escape through its tmux
// pane. Nothing is sent unless it is proved that the process that asks holds the
// thread: else the error is [ErrNoCaller], or [ErrForbidden] where there is no way to
// end only this turn. Hard says that an interactive Codex without a pane may be ended
// (SIGTERM), with what that leaves behind.
func (c *Control) InterruptCaller(ctx context.Context, home, thread, turn string, hard bool) (string, error) {
	asks, ok := c.caller()
	if !ok {
		return "", ErrNoCaller
	}
	o, err := c.Owner(ctx, home, thread)
	if err != nil {
		return "", fmt.Errorf("who works on it: %w", err)
	}
	if o.Kind == Unproved || o.Kind == None {
		return "", fmt.Errorf("%w: %s", ErrNoCaller, o.Why)
	}
	if !o.Process.Same(asks) {
		return "", fmt.Errorf("%w: process %d asks, and process %d works on it", ErrNoCaller, asks.PID, o.Process.PID)
	}
	switch o.Kind {
	case Exec:
		return "SIGINT", c.signalCaller(ctx, o, syscall.SIGINT)
	case Server:
		return "turn/interrupt", c.interruptServer(ctx, o, turn)
	}
	d := &deed{c: c, p: Plan{Target: Target{Home: home}, Owner: o}, way: Interrupt, report: func(Step) {}}
	switch err := d.escape(ctx); {
	case err == nil:
		return "Escape", nil
	case !hard:
		return "", fmt.Errorf("%w: Esc can't be sent to it (%w)", ErrForbidden, err)
	}
	return "SIGTERM", c.signalCaller(ctx, o, syscall.SIGTERM)
}

// signalCaller signals the process that waits for this one. Its identity is proved
// again behind the handle that the signal goes through.
func (c *Control) signalCaller(ctx context.Context, o Owner, sig syscall.Signal) error {
	if o.Process.PID <= 1 {
		return fmt.Errorf("%w: process %d is never signalled", ErrForbidden, o.Process.PID)
	}
	h, err := openProcess(o.Process.PID)
	if err != nil {
		return err
	}
	defer h.close()
	now, err := c.Owner(ctx, o.Home, o.Thread)
	if err != nil {
		return fmt.Errorf("prove again who works on it: %w", err)
	}
	if asks, ok := c.caller(); !ok || !asks.Same(o.Process) || !now.Process.Same(o.Process) || now.Kind != o.Kind {
		return fmt.Errorf("%w: another process works on it now", ErrChanged)
	}
	return h.send(sig)
}

// interruptServer asks the server that waits for this program to end one turn.
func (c *Control) interruptServer(ctx context.Context, o Owner, turn string) error {
	conn, err := c.dialServer(ctx, o)
	if errors.Is(err, appserver.ErrNoServer) {
		return fmt.Errorf("%w: its server has no control socket", ErrForbidden)
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	if turn == "" {
		newest, ok, err := conn.NewestTurn(ctx, o.Thread)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%w: it has no turn", ErrEnded)
		}
		turn = newest.ID
	}
	if err := conn.Interrupt(ctx, o.Thread, turn); err != nil && !errors.Is(err, appserver.ErrNoTurn) {
		return err
	}
	return nil
}
