package cli

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/status"
)

type statusFlags struct {
	format    string
	width     int
	watch     bool
	hideIdle  bool
	setOption string
}

// status is the command for status bars.
func (a *app) status() *cobra.Command {
	var f statusFlags
	c := &cobra.Command{
		Use:   "status",
		Short: "One line for a status bar: runs, $/h, today's spend, what needs attention",
		Long: "Prints one line and exits, or with --watch one line whenever it changes. With --set-option the line goes to an option of " +
			"the tmux server instead of stdout, so that all its clients share one watcher.",
		Example: "tokenburn status --format tmux --width 40\ntokenburn status --format waybar --watch\n" +
			"tokenburn status --format tmux --watch --set-option @tokenburn",
		Args: noArgs,
		RunE: a.do(func(cmd *cobra.Command, _ []string) error { return a.runStatus(cmd.Context(), f) }),
	}
	c.Flags().StringVar(&f.format, "format", "plain", strings.Join(status.Formats(), ", "))
	c.Flags().IntVar(&f.width, "width", 0, "cells at most; whole parts are left out to fit (default: no limit)")
	c.Flags().BoolVar(&f.watch, "watch", false, "go on, and print the line whenever it changes")
	c.Flags().BoolVar(&f.hideIdle, "hide-idle", false, "print an empty line where no run is live and nothing needs attention")
	c.Flags().StringVar(&f.setOption, "set-option", "", "set this option of the tmux server to the line, such as @tokenburn")
	fixed(c, "format", status.Formats()...)
	return c
}

func (a *app) runStatus(ctx context.Context, f statusFlags) error {
	switch {
	case !slices.Contains(status.Formats(), f.format):
		return usagef("", "--format %s: want one of %s", f.format, strings.Join(status.Formats(), ", "))
	case f.width < 0:
		return usagef("", "--width %d: want a number of cells", f.width)
	case f.setOption != "" && !strings.HasPrefix(f.setOption, "@"):
		return usagef("", "--set-option %s: want the name of a user option, such as @tokenburn", f.setOption)
	}
	line := func(s monitor.Snapshot) string {
		text := status.Line(s, a.statusOptions(f))
		if f.format == string(status.Plain) || f.format == string(status.Tmux) {
			text = a.plain(text)
		}
		return text
	}
	if f.watch {
		return a.followStatus(ctx, f, line)
	}
	s, err := a.glance(ctx)
	if err != nil {
		return err
	}
	return a.putStatus(ctx, f, line(s))
}

func (a *app) statusOptions(f statusFlags) status.Options {
	o := status.Options{Format: status.Format(f.format), Width: f.width, HideIdle: f.hideIdle}
	profile := colorprofile.Env(a.env)
	o.RGB = profile == colorprofile.TrueColor
	look := themes.Options{ASCII: a.ascii(), Dark: a.dark(), NoColor: !a.statusColored()}
	if st, err := themes.New(firstOf(a.flags.theme, a.settings.Theme.Name), look); err == nil {
		o.Styles = st
	}
	return o
}

// statusColored says whether tmux's styles are written: stdout is never a
// terminal there, so only what was asked for counts.
func (a *app) statusColored() bool {
	switch firstOf(a.flags.color, a.settings.Color.When) {
	case "always":
		return true
	case "never":
		return false
	}
	return a.env.get("NO_COLOR") == ""
}

// putStatus prints the line, or hands it to tmux.
func (a *app) putStatus(ctx context.Context, f statusFlags, line string) error {
	if f.setOption == "" {
		_, err := fmt.Fprintln(a.out, line)
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, tmuxPatience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "tmux", "set-option", "-g", f.setOption, line).CombinedOutput()
	if err != nil && ctx.Err() == nil {
		return &failure{fmt.Errorf("tmux set-option %s: %w: %s", f.setOption, err, out), "It takes a running tmux server that this command can reach."}
	}
	return err
}

// tmuxPatience is how long tmux may take to set an option.
const tmuxPatience = 5 * time.Second

// followStatus writes the line whenever it changes, at most once a second: a
// status bar shows no more, and each line makes it draw. Nothing is written before history is read.
func (a *app) followStatus(ctx context.Context, f statusFlags, line func(monitor.Snapshot) string) error {
	o := a.options()
	o.Plan = a.planner().load
	m := monitor.New(o)
	return a.follow(ctx, m, func(ctx context.Context) error {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		shown, newest := "", ""
		var put time.Time
		for first := true; ; {
			select {
			case s, ok := <-m.Snapshots():
				if !ok {
					return nil
				}
				if newest = line(s); !first || !s.Reading.Done {
					continue
				}
				first = false
			case <-tick.C:
				if first || newest == shown && !f.again(time.Since(put)) {
					continue
				}
			}
			shown, put = newest, time.Now()
			if err := a.putStatus(ctx, f, shown); err != nil {
				return err
			}
		}
	})
}

// againAfter is how often tmux is told the same line again.
const againAfter = 30 * time.Second

// again says that a line is to be written although it has not changed. tmux is
// told it now and then: only so a watcher learns that its server is gone, and
// ends, where no run burns.
func (f statusFlags) again(since time.Duration) bool {
	return f.setOption != "" && since >= againAfter
}
