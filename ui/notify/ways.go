package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// patience is how long a command, tmux or the desktop may take.
const patience = 10 * time.Second

// Ways are the ways of telling that there are here.
type Ways struct {
	// Terminal takes the bell and notes of the terminal, each in one write; nil: there is none.
	Terminal io.Writer
	InTmux   bool // notes go through tmux to the terminal that it runs in
	// Desktop shows a note; nil: there is no desktop.
	Desktop func(title, text string) error
}

func (w Ways) bell() error { return w.write("\a") }

// write writes a sequence in one piece, so that it does not end up inside another.
func (w Ways) write(s string) error {
	if w.Terminal == nil {
		return nil
	}
	_, err := io.WriteString(w.Terminal, s)
	return err
}

// terminal writes a note of the terminal's own. OSC 9 takes one text, OSC 777 a
// title and a text between semicolons.
func (w Ways) terminal(kind, title, text string) error {
	plain := func(s string) string { return strings.ReplaceAll(model.Clean(s, 400), ";", ",") }
	seq := "\x1b]9;" + plain(title+": "+text) + "\x1b\\"
	if kind == "osc777" {
		seq = "\x1b]777;notify;" + plain(title) + ";" + plain(text) + "\x1b\\"
	}
	if w.InTmux {
		seq = "\x1bPtmux;" + strings.ReplaceAll(seq, "\x1b", "\x1b\x1b") + "\x1b\\"
	}
	return w.write(seq)
}

// tmux shows a line in the status line of the session's clients. tmux takes "#"
// as the beginning of a format, so each is doubled.
func (w Ways) tmux(ctx context.Context, text string) error {
	return run(ctx, []string{"tmux", "display-message", "-d", "10000", "--", strings.ReplaceAll(model.Clean(text, 400), "#", "##")}, nil)
}

func (w Ways) desktop(ctx context.Context, title, text string) error {
	if w.Desktop == nil {
		return errors.New("there is no desktop")
	}
	// A desktop that does not answer may hold up its own goroutine, and nothing else.
	done := make(chan error, 1)
	go func() { done <- w.Desktop(title, text) }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("desktop: %w", err)
		}
		return nil
	case <-ctx.Done():
		return nil
	case <-time.After(patience):
		return errors.New("desktop: no answer")
	}
}

// command runs the settings' own command with an exception on its stdin. It is no
// shell's: the words are taken as they are.
func (w Ways) command(ctx context.Context, argv []string, in []byte) error {
	return run(ctx, argv, in)
}

func run(ctx context.Context, argv []string, in []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Stdin = bytes.NewReader(in)
	c.WaitDelay = time.Second // of children that keep its output open
	var out tail
	c.Stdout, c.Stderr = io.Discard, &out
	err := c.Run()
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s: no end after %s", model.Clean(argv[0], 100), patience)
	case len(out) > 0:
		return fmt.Errorf("%s: %w: %s", model.Clean(argv[0], 100), err, model.Clean(string(out), 200))
	}
	return fmt.Errorf("%s: %w", model.Clean(argv[0], 100), err)
}

// tail keeps the beginning of what is written to it.
type tail []byte

func (t *tail) Write(b []byte) (int, error) {
	*t = append(*t, b[:min(len(b), max(0, 400-len(*t)))]...)
	return len(b), nil
}
