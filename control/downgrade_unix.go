//go:build unix

package control

import (
	"os/exec"
	"syscall"
)

// detach makes a program outlive the one that starts it, and its terminal.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
