package monitor

import (
	"testing"
	"time"
)

// While only rates decay, the screen is brought up to date often at first, then seldom.
func TestBurnPause(t *testing.T) {
	for quiet, want := range map[time.Duration]time.Duration{
		-time.Minute: time.Second, 0: time.Second, 10 * time.Second: time.Second, time.Minute: 5 * time.Second, time.Hour: 10 * time.Second,
	} {
		l := still(t, t.TempDir())
		l.heard = time.Now()
		l.published = l.heard.Add(quiet)
		if got := l.burnPause(); got != want {
			t.Errorf("quiet for %s: %s, want %s", quiet, got, want)
		}
	}
}
