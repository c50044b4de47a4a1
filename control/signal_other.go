//go:build !linux

package control

import "fmt"

// openProcess takes hold of nothing here: who works on a thread can't be proved.
func openProcess(pid int) (handle, error) {
	return nil, fmt.Errorf("%w: on this system a signal to process %d could hit another", ErrForbidden, pid)
}

func (*Control) lives(Process) bool { return true }

func (*Control) halted(Process) bool { return false }

func (*Control) isStill(Process) bool { return false }

func (*Control) isAncestor(int) bool { return false }
