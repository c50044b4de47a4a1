package control

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// tmuxPatience bounds one call of tmux: a server that hangs must not hang the plan.
const tmuxPatience = 2 * time.Second

// tmuxPane is a pane as tmux tells of it.
type tmuxPane struct {
	Socket string // of its server, "" the default one
	ID     string // such as "%3"
	TTY    string
	Mode   bool   // a mode such as copy-mode takes its keys
	Why    string // why no key may be sent to it; "" where one may
}

const paneFormat = "#{pane_id}\t#{pane_tty}\t#{pane_dead}\t#{pane_in_mode}\t#{pane_input_off}\t#{pane_synchronized}"

// panes are the panes of one tmux server; nil where there is none.
func (c *Control) panes(ctx context.Context, socket string) []tmuxPane {
	out, err := c.tmux(ctx, socket, "list-panes", "-a", "-F", paneFormat)
	if err != nil {
		return nil
	}
	var panes []tmuxPane
	for line := range strings.Lines(out) {
		w := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(w) != 6 || !strings.HasPrefix(w[0], "%") || w[1] == "" {
			continue
		}
		p := tmuxPane{Socket: socket, ID: w[0], TTY: w[1], Mode: w[3] != "" && w[3] != "0"}
		switch {
		case w[2] == "1":
			p.Why = "its tmux pane is dead"
		case w[4] == "1":
			p.Why = "its tmux pane takes no input"
		case w[5] == "1":
			p.Why = "its tmux pane hands every key to other panes too (synchronize-panes)"
		}
		panes = append(panes, p)
	}
	return panes
}

// tmux runs one tmux command on a server (its socket; "" the default one) and gives its output.
func (c *Control) tmux(ctx context.Context, socket string, args ...string) (string, error) {
	if socket != "" {
		args = append([]string{"-S", socket}, args...)
	}
	ctx, cancel := context.WithTimeout(ctx, tmuxPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tmux", args...)
	cmd.Env = c.o.Env
	out, err := cmd.Output()
	return strings.TrimRight(string(out), "\n"), err
}
