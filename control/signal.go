package control

import (
	"fmt"
	"os"
	"syscall"
)

// handle is one process that a signal can be sent to, and to no later one of its number.
type handle interface {
	send(syscall.Signal) error
	close()
}

// signal sends a signal to a process that was proved before. The handle is taken
// first and the identity is proved again behind it: so it is the handle of this very
// process, even if its number is given to another one in between. Check says what
// else has to hold at that moment; nil for nothing.
func (c *Control) signal(p Process, sig syscall.Signal, check func() error) error {
	if err := c.mayHit(p.PID); err != nil {
		return err
	}
	h, err := c.open(p.PID)
	if err != nil {
		return err
	}
	defer h.close()
	if !c.lives(p) {
		return fmt.Errorf("%w: process %d is gone", ErrEnded, p.PID)
	}
	if check != nil {
		if err := check(); err != nil {
			return err
		}
	}
	return h.send(sig)
}

// mayHit refuses the numbers that mean more than one process, the first process,
// this one, and those that it runs in.
func (c *Control) mayHit(pid int) error {
	if pid <= 1 {
		return fmt.Errorf("%w: process %d is never signalled", ErrForbidden, pid)
	}
	if pid == os.Getpid() || pid == os.Getppid() || c.isAncestor(pid) {
		return fmt.Errorf("%w: this program itself runs in process %d", ErrForbidden, pid)
	}
	return nil
}
