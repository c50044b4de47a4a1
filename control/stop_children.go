package control

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// endChildren ends exactly the processes that a run was seen to have left behind:
// SIGTERM to each, and SIGKILL to those that are still there after it.
func (d *deed) endChildren(ctx context.Context) error {
	left, err := d.signalAll(ctx, d.p.Children, syscall.SIGTERM, "SIGTERM")
	if err == nil && len(left) > 0 {
		left, err = d.signalAll(ctx, left, syscall.SIGKILL, "SIGKILL")
	}
	for _, p := range left {
		if d.c.lives(p) {
			d.out.Survivors = append(d.out.Survivors, p)
			d.step(gone(p), StepFailed, p.label()+" is still there")
		}
	}
	d.out.At = d.c.o.Now()
	d.out.Gone = !d.c.lives(d.p.Owner.Process)
	d.out.Stopped = len(d.out.Survivors) == 0
	return err
}

func gone(p Process) string { return fmt.Sprintf("child:%d", p.PID) }

// signalAll sends a signal to each that still lives and gives those that it did not
// end in the time that there is. The error is that of ctx.
func (d *deed) signalAll(ctx context.Context, ps []Process, sig syscall.Signal, name string) ([]Process, error) {
	var waited []Process
	for _, p := range ps {
		err := d.c.signal(p, sig, nil)
		switch {
		case errors.Is(err, ErrEnded):
			d.step(gone(p), StepDone, p.label()+" is gone")
			continue
		case err != nil:
			d.step("signal:"+gone(p), StepFailed, p.label()+": "+err.Error())
		default:
			d.step("signal:"+gone(p), StepDone, name+" sent to "+p.label())
		}
		waited = append(waited, p)
	}
	err := d.c.until(ctx, min(2*aftermath, d.c.o.Patience), func() bool {
		var left []Process
		for _, p := range waited {
			if d.c.lives(p) {
				left = append(left, p)
				continue
			}
			d.step(gone(p), StepDone, p.label()+" is gone")
		}
		waited = left
		return len(waited) == 0
	})
	if errors.Is(err, errWaited) {
		err = nil
	}
	return waited, err
}
