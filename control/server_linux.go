package control

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// acceptsConnections is __SO_ACCEPTCON of the flags in /proc/net/unix: the socket listens.
const acceptsConnections = "00010000"

// listens gives the unix sockets at which a process listens: those in /proc/net/unix
// that it has open. A server that was told to listen elsewhere than at its home's
// control socket is found so. Any failure means none.
func (c *Control) listens(pid int) []string {
	fds := c.proc().path(pid, "fd")
	names, err := readNames(fds)
	if err != nil {
		return nil
	}
	open := map[string]bool{}
	for _, n := range names {
		if to, err := os.Readlink(filepath.Join(fds, n)); err == nil {
			open[to] = true
		}
	}
	f, err := os.Open(c.proc().path(pid, "net/unix"))
	if err != nil {
		return nil
	}
	defer f.Close()
	var paths []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// Num RefCount Protocol Flags Type St Inode Path
		w := strings.Fields(lines.Text())
		if len(w) == 8 && w[3] == acceptsConnections && filepath.IsAbs(w[7]) && open["socket:["+w[6]+"]"] {
			paths = append(paths, w[7])
		}
	}
	return paths
}
