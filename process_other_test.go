//go:build !unix

package main_test

import (
	"os"
	"os/exec"
	"testing"
)

const canTerminate = false

func terminate(p *os.Process) { p.Kill() }

func peakMemory(*os.ProcessState) int64 { return 0 }

func withoutPrivileges(t *testing.T, _ string) func(*exec.Cmd) {
	t.Skip("permissions are another matter here")
	return nil
}
