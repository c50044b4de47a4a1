//go:build unix

package appserver

import (
	"os/exec"
	"syscall"
)

// ownGroup puts a server of our own and what it starts in a group that is ended
// as one: npm's codex is a wrapper whose death would leave the real one behind.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup is for a leader that has not been waited for yet: its number is still its own.
func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
