package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

// The exit codes.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitExceeded = 3 // a budget is
	exitNotFound = 4
)

// usageError is a mistake in the command line or the settings.
type usageError struct {
	text string
	hint string // how to mend it, "" where the text says it
}

func (e *usageError) Error() string { return e.text }

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...), hint}
}

// notFoundError says that what was named does not exist.
type notFoundError struct{ text, hint string }

func (e *notFoundError) Error() string { return e.text }

// failure is an error with the way to mend it.
type failure struct {
	err  error
	hint string
}

func (e *failure) Error() string { return e.err.Error() }
func (e *failure) Unwrap() error { return e.err }

// exitCode gives the exit code for an error.
func exitCode(err error) int {
	var usage *usageError
	var settings *config.Error
	var missing *notFoundError
	switch {
	case errors.Is(err, exceededError{}):
		return exitExceeded
	case errors.Is(err, monitor.ErrNotFound), errors.As(err, &missing):
		return exitNotFound
	case errors.As(err, &usage), errors.As(err, &settings):
		return exitUsage
	}
	return exitFailed
}

// report writes an error to stderr: what and where on the first line, then how to mend it.
func (a *app) report(err error) {
	if errors.Is(err, exceededError{}) {
		return // the command has said which
	}
	var settings *config.Error
	if errors.As(err, &settings) {
		fmt.Fprintf(a.err, "tokenburn: %s:%d:%d: %s\n\n%s\n\nFix the file, or start without it: tokenburn --no-config\n",
			a.shortPath(settings.Path), settings.Line, settings.Col, settings.Text, settings.Excerpt)
		return
	}
	text, hint := cleanLines(err.Error()), ""
	var usage *usageError
	var failed *failure
	var missing *notFoundError
	switch {
	case errors.As(err, &missing):
		hint = missing.hint
	case errors.As(err, &usage):
		hint = usage.hint
	case errors.As(err, &failed):
		hint = failed.hint
	}
	fmt.Fprintf(a.err, "tokenburn: %s\n", text)
	if hint != "" {
		fmt.Fprintln(a.err, hint)
	}
}

// cleanLines makes an error's text fit for a terminal: arguments and paths in it
// may hold anything.
func cleanLines(s string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		lines = append(lines, indent+model.Clean(line, 2000))
	}
	return strings.Join(lines, "\n")
}

// plainFlags says in words what the libraries that read the command line say in theirs.
func plainFlags(text string) string {
	both := regexp.MustCompile(`^if any flags in the group \[.*\] are set none of the others can be; \[(.*)\] were all set$`)
	if m := both.FindStringSubmatch(text); m != nil {
		return "--" + strings.Join(strings.Fields(m[1]), " and --") + " can't be used together"
	}
	value := regexp.MustCompile(`^invalid argument (".*") for "(?:-\w, )?(--[\w-]+)" flag: strconv\.Parse(Int|Uint|Float|Bool): .*$`)
	if m := value.FindStringSubmatch(text); m != nil {
		want := map[string]string{"Int": "a whole number", "Uint": "a whole number", "Float": "a number", "Bool": "true or false"}[m[3]]
		return m[2] + ": invalid value " + m[1] + ": want " + want
	}
	return text
}
