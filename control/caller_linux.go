package control

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func (c *Control) caller() (Process, bool) {
	f := c.proc()
	pid := os.Getppid()
	for range callerDepth {
		s, err := f.process(pid)
		switch {
		case err != nil || s.Dead || pid <= 1:
			return Process{}, false
		case isCodex(s.Exe):
			return s.Process, true
		}
		pid = s.PPID
	}
	return Process{}, false
}

// TellCaller writes a line to the stderr of the Codex exec that asked this program,
// where that is a terminal or a pipe: what a hook says before its turn ends is shown
// nowhere else. The text must be clean.
func (c *Control) TellCaller(text string) {
	p, ok := c.caller()
	if !ok {
		return
	}
	args, err := os.ReadFile(c.proc().path(p.PID, "cmdline"))
	if err != nil {
		return
	}
	if kind, _ := kindOf(strings.Split(strings.TrimSuffix(string(args), "\x00"), "\x00")); kind != Exec {
		return // a window draws its screen there
	}
	path := c.proc().path(p.PID, "fd/2")
	info, err := os.Stat(path)
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeCharDevice) == 0 {
		return // in a file it would stand in the way of what Codex writes
	}
	f, err := os.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	_ = f.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)) // whoever reads it may not
	_, _ = f.WriteString(text + "\n")
}
