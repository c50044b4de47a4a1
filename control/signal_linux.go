package control

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// pidfd is a process as the kernel knows it: its number may be given to another, the
// descriptor stays with the one that it was opened for.
type pidfd int

// openProcess takes hold of a process. A kernel that can't do that (before 5.3) gets no signals.
func openProcess(pid int) (handle, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case errors.Is(err, unix.ESRCH):
		return nil, fmt.Errorf("%w: process %d is gone", ErrEnded, pid)
	case errors.Is(err, unix.ENOSYS):
		return nil, fmt.Errorf("%w: this kernel has no pidfd, so a signal could hit another process", ErrForbidden)
	case err != nil:
		return nil, fmt.Errorf("take hold of process %d: %w", pid, err)
	}
	return pidfd(fd), nil
}

func (p pidfd) send(sig syscall.Signal) error {
	err := unix.PidfdSendSignal(int(p), sig, nil, 0)
	switch {
	case errors.Is(err, unix.ESRCH):
		return fmt.Errorf("%w: the process is gone", ErrEnded)
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: the system doesn't allow it (another user's process)", ErrForbidden)
	case err != nil:
		return fmt.Errorf("send %s: %w", unix.SignalName(sig), err)
	}
	return nil
}

func (p pidfd) close() { unix.Close(int(p)) }

// lives says that a process is the one that it was, by the instant of its start,
// and has not ended. Its executable may be another now: a shell becomes the command
// that it was to run.
func (c *Control) lives(p Process) bool {
	s, err := c.proc().stat(p.PID)
	return err == nil && !s.Dead && s.Ticks == p.Ticks
}

// halted says that a process is suspended: it gets no signal but SIGKILL until it goes on.
func (c *Control) halted(p Process) bool {
	s, err := c.proc().stat(p.PID)
	return err == nil && s.Halted && s.Ticks == p.Ticks
}

// isStill says that a process lives and runs the executable that it ran.
func (c *Control) isStill(p Process) bool {
	s, err := c.proc().process(p.PID)
	return err == nil && !s.Dead && s.Same(p)
}

// isAncestor says that this program was started by a process, or by one that it started.
func (c *Control) isAncestor(pid int) bool {
	f := c.proc()
	for at, n := os.Getpid(), 0; at > 1 && n < 1000; n++ {
		s, err := f.stat(at)
		if err != nil {
			return false
		}
		if s.PPID == pid {
			return true
		}
		at = s.PPID
	}
	return false
}
