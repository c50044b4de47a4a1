package cli

import (
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
	var asJSON, plain bool
	c := &cobra.Command{
		Use:   "watch",
		Short: "One line for each thing as it happens",
		Long: "Reads history, says that it is ready, and then prints one line for each turn, response, tool call, file change and " +
			"rate limit as Codex writes it. Each line is flushed at once. SIGTERM and a reader that goes away end it with exit code 0.",
		Example: "tokenburn watch --plain\ntokenburn watch --json | jq -c 'select(.type==\"response\")'",
		Args:    noArgs,
		RunE: a.do(func(cmd *cobra.Command, _ []string) error {
			return a.runWatch(cmd.Context(), asJSON)
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line (docs/json.md)")
	c.Flags().BoolVar(&plain, "plain", false, "words only, for logs and screen readers (the default)")
	c.MarkFlagsMutuallyExclusive("json", "plain")
	return c
}

// errClosed is the cause of a context that ends because nobody reads stdout any more.
var errClosed = fmt.Errorf("stdout was closed: %w", syscall.EPIPE)

func (a *app) runWatch(ctx context.Context, asJSON bool) error {
	a.endsCleanly = map[syscall.Signal]bool{syscall.SIGTERM: true}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	print := plainPrinter(a.out, a.options().Zone)
	if asJSON {
		print = jsonPrinter(a.out)
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if waitClosed(ctx, a.out) {
			cancel(errClosed)
		}
	}()
	m := monitor.New(a.options())
	facts := m.Facts()
	ran := make(chan error, 1)
	go func() { ran <- m.Run(ctx) }()
	var failed error
	for f := range facts { // to the end, even when nobody listens: the loop waits for its reader
		if failed != nil {
			continue
		}
		if failed = print(f); failed != nil {
			cancel(failed)
		}
	}
	err := <-ran
	closed := errors.Is(context.Cause(ctx), syscall.EPIPE)
	cancel(nil)
	<-stopped
	switch {
	case failed != nil:
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
