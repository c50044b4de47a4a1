package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// watch is the command that tells each fact as it happens.
func (a *app) watch() *cobra.Command {
	var asJSON, plain, tell bool
	c := &cobra.Command{
		Use:   "watch",
		Short: "One line for each thing as it happens",
		Long: "Reads history, says that it is ready, and then prints one line for each turn, response, tool call, file change, " +
			"rate limit and exception as Codex writes it. Each line is flushed at once. SIGTERM and a reader that goes away end it with exit code 0.",
		Example: "tokenburn watch --plain\ntokenburn watch --json | jq -c 'select(.type==\"response\")'",
		Args:    noArgs,
		RunE: a.do(func(cmd *cobra.Command, _ []string) error {
			return a.runWatch(cmd.Context(), asJSON, tell)
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line (docs/json.md)")
	c.Flags().BoolVar(&plain, "plain", false, "words only, for logs and screen readers (the default)")
	c.Flags().BoolVar(&tell, "notify", false, "also tell of exceptions as [notify] in the settings says (but for the terminal's own ways)")
	c.MarkFlagsMutuallyExclusive("json", "plain")
	return c
}

// errClosed is the cause of a context that ends because nobody reads stdout any more.
var errClosed = fmt.Errorf("stdout was closed: %w", syscall.EPIPE)

func (a *app) runWatch(ctx context.Context, asJSON, tell bool) error {
	p, o := a.planner(), a.options()
	o.Plan = p.load
	// What comes together is written together, and at once: 200 busy runs have
	// thousands of facts a second, and each write wakes the reader.
	out := bufio.NewWriterSize(a.out, 64<<10)
	write := plainPrinter(out, o.Zone, a.plain)
	if asJSON {
		write = jsonPrinter(out)
	}
	m := monitor.New(o)
	facts := m.Facts()
	return a.follow(ctx, m, func(ctx context.Context) error {
		note := func(monitor.Fact) {}
		if tell {
			notes, told := make(chan monitor.Fact), make(chan struct{})
			go func() { defer close(told); a.notes(ctx, p, m, notes, nil) }()
			defer func() { close(notes); <-told }()
			note = func(f monitor.Fact) { notes <- f }
		}
		for f := range facts {
			if f.Exception != nil {
				note(f)
			}
			err := write(f)
			if err == nil && len(facts) == 0 {
				err = out.Flush()
			}
			if err != nil {
				go func() { // the loop waits for whoever reads its facts
					for range facts {
					}
				}()
				return err
			}
		}
		return nil
	})
}

// follow runs a monitor until ctx is done, nobody reads stdout any more, or work
// is done or fails; work's error comes first. SIGTERM is a clean end.
func (a *app) follow(ctx context.Context, m *monitor.Monitor, work func(context.Context) error) error {
	a.endsCleanly = map[syscall.Signal]bool{syscall.SIGTERM: true}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if waitClosed(ctx, a.out) {
			cancel(errClosed)
		}
	}()
	ran := make(chan error, 1)
	go func() { ran <- m.Run(ctx) }()
	failed := work(ctx)
	closed := errors.Is(context.Cause(ctx), errClosed)
	cancel(nil)
	err := <-ran
	<-watched
	switch {
	case failed != nil && !errors.Is(failed, context.Canceled):
		return failed
	case closed:
		return errClosed
	}
	return err
}

// jsonPrinter writes a fact as one line of JSON, in a single write.
func jsonPrinter(w io.Writer) func(monitor.Fact) error {
	return func(f monitor.Fact) error {
		line, err := json.Marshal(factJSON(f))
		if err != nil {
			return err
		}
		_, err = w.Write(append(line, '\n'))
		return err
	}
}
