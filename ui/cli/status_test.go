package cli

import (
	"testing"
	"time"
)

// A watcher for tmux whose line never changed outlived the server that started it.
func TestWatcherAsksWhetherTmuxIsThere(t *testing.T) {
	for _, c := range []struct {
		option string
		since  time.Duration
		want   bool
	}{{"@tokenburn", againAfter, true}, {"@tokenburn", time.Second, false}, {"", time.Hour, false}} {
		if got := (statusFlags{setOption: c.option}).again(c.since); got != c.want {
			t.Errorf("option %q, %v after the line: again is %v", c.option, c.since, got)
		}
	}
}
