package demo

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestRunGoesOnUntilItIsStopped plays five minutes on a made-up clock.
func TestRunGoesOnUntilItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := t.TempDir()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		start := time.Now()
		if err := Run(ctx, home, Options{Zone: time.UTC, Speed: 2}); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d != 5*time.Minute {
			t.Errorf("it ran for %v", d)
		}
		late, writing := time.Time{}, 0
		for _, th := range readBack(t, home) {
			if th.LastAt.After(late) {
				late = th.LastAt
			}
			if th.LastAt.After(start.Add(4 * time.Minute)) {
				writing++
			}
		}
		if d := late.Sub(start); d < 4*time.Minute+50*time.Second || d > 5*time.Minute+time.Second {
			t.Errorf("the newest line is from %v after the start", d)
		}
		if writing < 5 {
			t.Errorf("only %d threads were written in the last minute", writing)
		}
	})
}

func TestRunTellsErrors(t *testing.T) {
	if err := Run(t.Context(), "/dev/null/home", Options{}); err == nil {
		t.Error("no error")
	}
}
