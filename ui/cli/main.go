// Package cli is the commands: flags and settings in, tables, JSON, streams and
// the live monitor out, and one exit code.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones by name, also where the system has no database of them

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
)

// Main runs one command line (without the program's name) and gives its exit
// code: 0 fine, 1 failed, 2 wrong usage or settings, 3 a budget is exceeded, 4 not found, 130 and 143
// ended by SIGINT and SIGTERM. Errors go to stderr as "tokenburn: …". A reader
// of stdout that goes away ends a command without an error.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	ctx, stop := withSignals(context.Background())
	defer stop()
	defer tendHeap(env)()
	a := &app{in: stdin, out: stdout, err: stderr, env: environment(env)}
	defer a.close()
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if a.plainHelp(args) {
		root.SetOut(struct{ io.Writer }{stdout}) // no longer a terminal to the help's eyes
	}
	err := fang.Execute(ctx, root,
		fang.WithoutVersion(), // ours knows --json
		fang.WithoutManpage(), // its own goes round root's output; ours does not
		fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {}),
	)
	switch {
	case a.failed != nil:
		err = a.failed
	case err != nil: // only the command line itself can fail outside of a command's work
		err = &usageError{plainFlags(err.Error()), "See: tokenburn --help"}
	}
	var sig *signalError
	ended := errors.As(context.Cause(ctx), &sig)
	switch {
	case errors.Is(err, syscall.EPIPE):
		return exitOK
	case ended && (err == nil || errors.Is(err, context.Canceled)):
		if a.endsCleanly[sig.signal] {
			return exitOK
		}
		return 128 + int(sig.signal)
	case err == nil:
		return exitOK
	}
	a.report(err)
	return gateCode(args, exitCode(err))
}

// work is what a command does, after its flags are parsed.
type work func(cmd *cobra.Command, args []string) error

// do checks the global flags and the settings before a command's work.
func (a *app) do(w work) func(*cobra.Command, []string) error {
	return a.bare(func(cmd *cobra.Command, args []string) error {
		return a.prepared(func() error { return w(cmd, args) })
	})
}

func (a *app) prepared(work func() error) error {
	if err := a.prepare(); err != nil {
		return err
	}
	return work()
}

// bare runs a command's work so that its error comes back to [Main] by itself:
// given to the library, it would ask the terminal for its background colour first.
func (a *app) bare(w work) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.failed = w(cmd, args)
		return nil
	}
}

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return "ended by " + e.signal.String() }

// withSignals gives a context that ends at SIGINT, SIGTERM or SIGHUP, with a
// [*signalError] as its cause. It also asks for SIGPIPE, so that writing to a closed pipe is
// an error that can be told from others and not the end of the process.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	came := make(chan os.Signal, 4)
	signal.Notify(came, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-came:
				if n, ok := s.(syscall.Signal); ok && n != syscall.SIGPIPE {
					cancel(&signalError{n})
				}
			case <-done:
				return
			}
		}
	}()
	return ctx, func() { signal.Stop(came); close(done); cancel(nil) }
}
