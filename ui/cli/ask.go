package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// confirm asks whether to go on; only a clear yes is one. Where nobody can answer,
// the error names the flag that does.
func (a *app) confirm(question string) (bool, error) {
	if !a.isTerminal(a.in) || !a.isTerminal(a.err) {
		return false, usagef("Say --yes to do it without being asked, or --dry-run to see what it would be.", "nobody is there to be asked")
	}
	return a.ask(a.err, question)
}

// ask puts a question and takes the line that is typed after it: what was typed
// before it was read is no answer to it.
func (a *app) ask(out io.Writer, question string) (bool, error) {
	if f, ok := a.in.(*os.File); ok {
		dropTyped(f)
	}
	if _, err := fmt.Fprintf(out, "%s [y/N] ", question); err != nil {
		return false, err
	}
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && line == "" {
		return false, nil
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}
