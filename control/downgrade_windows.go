package control

import (
	"os/exec"
	"syscall"
)

// detachedProcess is DETACHED_PROCESS: without the console of the one that starts it.
const detachedProcess = 0x8

// detach makes a program outlive the one that starts it, and its console.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | detachedProcess}
}
