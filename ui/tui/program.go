package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// Source is where snapshots come from and intents go to: a monitor.
type Source interface {
	Snapshots() <-chan monitor.Snapshot // closed when there are no more
	Send(monitor.Intent)
}

// framesPerSecond is how often the screen is written at most.
const framesPerSecond = 30

// Run shows the screen in the terminal until the user quits, ctx is done, or the
// process is told to end (SIGTERM, SIGHUP, SIGINT): all of these return nil with the terminal as it was. A panic inside
// the screen restores the terminal and is returned as an error that wraps [tea.ErrProgramPanic].
// Options.Send is set to the source's where it is nil.
func Run(ctx context.Context, src Source, o Options, more ...tea.ProgramOption) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	if o.Send == nil {
		o.Send = mailbox(ctx, &wg, src.Send)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP, os.Interrupt)
	defer signal.Stop(signals)

	options := append([]tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(framesPerSecond), tea.WithoutSignalHandler()}, more...)
	tempo := &tempo{}
	defer tempo.stop()
	var out io.Writer = os.Stdout
	if o.Out != nil {
		out = o.Out
	}
	c := newCanvas(out)
	defer c.stop()
	options = append(options, tea.WithOutput(c.writer()))
	p := tea.NewProgram(paced{New(o), tempo, c}, options...)
	tempo.program, c.program = p, p
	wg.Go(func() {
		select {
		case <-signals:
			p.Quit()
		case <-ctx.Done():
		}
	})
	wg.Go(func() { pump(ctx, src.Snapshots(), p) })
	_, err := p.Run()
	cancel()
	wg.Wait()
	switch {
	case err == nil, errors.Is(err, tea.ErrInterrupted):
		return nil
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("the screen broke: %w", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	}
	return fmt.Errorf("running the screen: %w", err)
}

// pump hands snapshots to the program. p.Send waits while the screen is busy; the
// source drops what nobody took meanwhile, so the screen always gets the newest.
func pump(ctx context.Context, snapshots <-chan monitor.Snapshot, p *tea.Program) {
	for {
		select {
		case s, ok := <-snapshots:
			if !ok {
				return
			}
			p.Send(SnapshotMsg(s))
		case <-ctx.Done():
			return
		}
	}
}

// mailbox gives a send that never blocks: intents wait in order for the source
// to take them. More than fit are left out, which takes a source that stands still.
func mailbox(ctx context.Context, wg *sync.WaitGroup, send func(monitor.Intent)) func(monitor.Intent) {
	box := make(chan monitor.Intent, 256)
	wg.Go(func() {
		for {
			select {
			case i := <-box:
				send(i)
			case <-ctx.Done():
				return
			}
		}
	})
	return func(i monitor.Intent) {
		select {
		case box <- i:
		default:
		}
	}
}
