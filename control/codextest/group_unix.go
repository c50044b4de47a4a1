//go:build unix

package codextest

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the process and its children in a group of their own, which is
// killed as one: npm's codex is a wrapper whose death would leave the real one running.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return killGroup(cmd) }
}

func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
