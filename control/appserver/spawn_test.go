package appserver

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A child that says nothing, one that says rubbish, and one that ignores the end
// of its input: none of them may hold us up or stay behind.
func TestSpawnEndsWhatIsNoServer(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("no /bin/sh here")
	}
	for _, c := range []struct {
		name, script string
		want         error
		says         string
		patience     time.Duration // 0 is a second
	}{
		{name: "says nothing and ends", script: "exit 0", want: ErrClosed},
		{name: "complains", script: "echo 'config is \033[31mbroken' >&2; exit 1", want: ErrClosed, says: "config is broken"},
		{name: "speaks rubbish", script: "echo hello; exec sleep 60", want: ErrProtocol},
		{name: "never answers", script: "exec sleep 60", want: context.DeadlineExceeded},
		{name: "ends a line never", script: "exec head -c 40000000 /dev/zero", want: ErrProtocol, patience: Patience},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			program := filepath.Join(dir, "codex")
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+c.script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			t.Parallel() // only now: a child that another one starts meanwhile would hold the script open
			ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(c.patience, time.Second))
			defer cancel()
			conn, err := Spawn(ctx, program, dir, nil)
			if conn != nil || !errors.Is(err, c.want) {
				t.Fatalf("%v, %v; want %v", conn, err, c.want)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		})
	}
}
