package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/tui"
)

// frameFlags are those of a command that draws a screen.
type frameFlags struct {
	once          bool
	width, height int
}

func (f *frameFlags) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.once, "once", false, "print one plain frame and exit; so it does where stdout is no terminal")
	c.Flags().IntVar(&f.width, "width", 0, "width of that frame (default: $COLUMNS, then 80)")
	c.Flags().IntVar(&f.height, "height", 0, "height of that frame (default: 24)")
}

// size gives the frame's width and height.
func (a *app) size(f frameFlags) (w, h int, err error) {
	w, h = cmp.Or(f.width, a.width(), 80), cmp.Or(f.height, 24)
	if f.width < 0 || f.height < 0 || w > 1000 || h > 1000 {
		return 0, 0, usagef("", "--width %d --height %d: want between 1 and 1000", f.width, f.height)
	}
	return w, h, nil
}

// live is what tokenburn does by itself: the monitor, or one frame of it.
func (a *app) live(ctx context.Context, f frameFlags) error {
	if f.once || !a.isTerminal(a.out) {
		w, h, err := a.size(f)
		if err != nil {
			return err
		}
		s, _, err := a.list(ctx, false)
		if err != nil {
			return err
		}
		return a.printFrame(a.frame(s, w, h))
	}
	putOffCollecting(a.env)
	p, o := a.planner(), a.options()
	o.Plan, o.Control, o.Face, o.Guards, o.Calm = p.load, a.control(), "tui", true, true
	m := monitor.New(o)
	facts, told := m.Facts(), make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer close(told)
		a.notes(ctx, p, m, facts, a.out)
	}()
	err := a.screen(ctx, m)
	cancel()
	<-told
	return err
}

// printFrame writes a frame without the padding at the ends of its lines.
func (a *app) printFrame(frame string) error {
	lines := strings.Split(strings.TrimRight(frame, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	_, err := fmt.Fprintln(a.out, strings.TrimRight(strings.Join(lines, "\n"), "\n"))
	return err
}

// screenOptions are what the screen needs to know about the terminal and the settings.
func (a *app) screenOptions() tui.Options {
	return tui.Options{
		Theme: a.theme(), ASCII: a.ascii(), Version: thisBuild().String(), Look: a.look(),
	}
}

// frame draws a snapshot as the screen would show it.
func (a *app) frame(s monitor.Snapshot, w, h int) string {
	return tui.Frame(s, w, h, a.screenOptions())
}

// screen runs the live monitor until the user leaves it.
func (a *app) screen(ctx context.Context, m *monitor.Monitor) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ran := make(chan error, 1)
	go func() { ran <- m.Run(ctx) }()
	o := a.screenOptions()
	o.Out = a.out
	if a.env.get("TMUX") != "" {
		o.Copy = tmuxCopy
	}
	err := tui.Run(ctx, m, o, tea.WithInput(a.in), tea.WithEnvironment(a.env), tea.WithColorProfile(a.profile()))
	cancel()
	return errors.Join(err, <-ran)
}

// tmuxCopy puts a text into tmux's own buffer and through it into the
// terminal's clipboard, which tmux before 3.4 does not do for OSC 52 by itself.
func tmuxCopy(text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), tmuxPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tmux", "load-buffer", "-w", "-")
	cmd.Stdin = strings.NewReader(text)
	return cmd.Run()
}
