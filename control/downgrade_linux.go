package control

import (
	"os"
	"strings"
)

// environLimit bounds what is read of a process's environment.
const environLimit = 4 << 20

// environOf gives the environment that a process was started with: keys and paths
// that the run needs stand in it. It is nil where it can't be read, or the process
// is not the same one any more. It is passed on and never shown.
func (c *Control) environOf(p Process) []string {
	f := c.proc()
	b, err := os.ReadFile(f.path(p.PID, "environ"))
	if err != nil || len(b) == 0 || len(b) > environLimit || p.UID != os.Getuid() {
		return nil
	}
	if now, err := f.process(p.PID); err != nil || !now.Same(p) {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}
