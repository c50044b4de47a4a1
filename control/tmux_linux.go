package control

import (
	"context"
	"os"
	"strings"
)

// pane finds the tmux pane that shows a process: the one whose terminal is the
// process's, or that of a program it runs in (script, expect). On each terminal the
// process must be the one in front: a key that goes to what is in front there, be
// it a shell or an editor, is none for Codex.
func (c *Control) pane(ctx context.Context, p Process) (tmuxPane, bool) {
	var panes []tmuxPane
	f, listed, tty := c.proc(), false, ""
	for pid := p.PID; pid > 1; {
		s, err := f.stat(pid)
		if err != nil {
			break
		}
		if s.TTY != "" && s.TTY != tty {
			if !s.Front {
				break
			}
			if !listed {
				panes, listed = c.panesOf(ctx, f, p), true
			}
			for _, pane := range panes {
				if pane.TTY == s.TTY {
					return pane, true
				}
			}
			tty = s.TTY
		}
		pid = s.PPID
	}
	return tmuxPane{}, false
}

// panesOf are the panes of the tmux servers that a process can be in: the one
// that its environment names, and the user's default one. Another user's environment
// is not believed: it could name a socket that was laid out for us.
func (c *Control) panesOf(ctx context.Context, f procfs, p Process) []tmuxPane {
	var panes []tmuxPane
	if socket := f.tmuxSocket(p.PID); socket != "" && p.UID == os.Getuid() {
		panes = c.panes(ctx, socket)
	}
	return append(panes, c.panes(ctx, "")...)
}

// tmuxSocket is the server that the variable TMUX of a process names.
func (f procfs) tmuxSocket(pid int) string {
	b, err := os.ReadFile(f.path(pid, "environ"))
	if err != nil {
		return ""
	}
	for v := range strings.SplitSeq(string(b), "\x00") {
		if value, ok := strings.CutPrefix(v, "TMUX="); ok {
			socket, _, _ := strings.Cut(value, ",")
			if strings.HasPrefix(socket, "/") {
				return socket
			}
		}
	}
	return ""
}
