package cli

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/demo"
	"github.com/tokenburn-sentinel/tokenburn/ui/picture"
	"github.com/tokenburn-sentinel/tokenburn/ui/tui"
)

type demoFlags struct {
	frame frameFlags
	seed  uint64
	speed float64
	svg   string
	size  string
}

// demo is the command that shows the monitor at work on made-up runs.
func (a *app) demo() *cobra.Command {
	var f demoFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "The monitor at work on a made-up fleet",
		Long: "Six made-up runs of different temper write real session files into a temporary folder, and the monitor watches them as it " +
			"would watch Codex. Your own sessions are not touched or shown. The folder is removed at the end.",
		Example: "tokenburn demo\ntokenburn demo --seed 7 --speed 4\ntokenburn demo --svg screen.svg --size 120x40",
		Args:    noArgs,
		RunE:    a.do(func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context(), f) }),
	}
	f.frame.add(c)
	c.Flags().Uint64Var(&f.seed, "seed", 1, "another number gives another fleet")
	c.Flags().Float64Var(&f.speed, "speed", 1, "how many times faster the runs go")
	c.Flags().StringVar(&f.svg, "svg", "", "write one frame as an SVG picture into this file (\"-\" for stdout) and exit")
	c.Flags().StringVar(&f.size, "size", "", "size of that picture in cells (default: 120x40)")
	_ = c.MarkFlagFilename("svg", "svg")
	return c
}

func (a *app) runDemo(ctx context.Context, f demoFlags) (err error) {
	if !(f.speed > 0 && f.speed <= 1000) {
		return usagef("", "--speed %v: want more than 0 and at most 1000", f.speed)
	}
	home, err := os.MkdirTemp("", "tokenburn-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	o := a.withoutLedger()
	o.Homes = []string{home}
	o.Plan = func(monitor.Repositories) monitor.Planned { return monitor.Planned{Plan: demo.Plan(o.Zone)} }
	play := demo.Options{Seed: f.seed, Speed: f.speed, Zone: o.Zone}
	fleet, err := demo.Seed(home, time.Now(), play)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fleet.Close()) }()
	switch {
	case f.svg != "":
		return a.demoPicture(ctx, f, o)
	case f.frame.once || !a.isTerminal(a.out):
		w, h, err := a.size(f.frame)
		if err != nil {
			return err
		}
		s, err := snapshot(ctx, o)
		if err != nil {
			return err
		}
		return a.printFrame(a.frame(s, w, h))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	played := make(chan error, 1)
	go func() { played <- fleet.Play(ctx, play) }()
	o.Calm = true
	err = a.screen(ctx, monitor.New(o))
	cancel()
	return errors.Join(err, <-played)
}

// snapshot reads all there is once, and judges it now.
func snapshot(ctx context.Context, o monitor.Options) (monitor.Snapshot, error) {
	h, err := monitor.Load(ctx, o, monitor.Range{Detail: true})
	if err != nil {
		return monitor.Snapshot{}, err
	}
	return h.Judged(ctx, o, nil), nil
}

// demoPicture draws one frame as an SVG.
func (a *app) demoPicture(ctx context.Context, f demoFlags, o monitor.Options) error {
	w, h, err := pictureSize(f.size)
	if err != nil {
		return err
	}
	s, err := snapshot(ctx, o)
	if err != nil {
		return err
	}
	look := a.screenOptions()
	look.Look.NoColor, look.Look.Sixteen = a.flags.color == "never", false
	st, err := themes.New(look.Theme, look.Look)
	if err != nil {
		return err
	}
	svg, err := picture.SVG(tui.Picture(s, w, h, look), picture.Options{Columns: w, Rows: h, Title: "tokenburn", Foreground: st.Foreground, Background: st.Background})
	if err != nil {
		return err
	}
	if f.svg == "-" {
		_, err = a.out.Write(svg)
		return err
	}
	return os.WriteFile(f.svg, svg, 0o644)
}

func pictureSize(text string) (w, h int, err error) {
	if text == "" {
		return 120, 40, nil
	}
	left, right, ok := strings.Cut(text, "x")
	w, errW := strconv.Atoi(left)
	h, errH := strconv.Atoi(right)
	if !ok || errW != nil || errH != nil || w < 1 || h < 1 || w > 1000 || h > 1000 {
		return 0, 0, usagef("", "--size %s: want columns and rows, such as 120x40", text)
	}
	return w, h, nil
}
