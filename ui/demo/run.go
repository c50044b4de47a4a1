package demo

import (
	"context"
	"errors"
	"time"
)

// Run writes the fleet into home, its past first, and lets it go on until ctx is
// done; it returns nil then. The home is the caller's to remove.
func Run(ctx context.Context, home string, o Options) error {
	f, err := Seed(home, o.now(), o)
	if err != nil {
		return err
	}
	return errors.Join(f.Play(ctx, o), f.Close())
}

// Play lets the fleet go on in real time until ctx is done; it returns nil then.
func (f *Fleet) Play(ctx context.Context, o Options) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if err := f.Advance(o.now()); err != nil {
			return err
		}
		next := f.Next()
		if next.IsZero() {
			<-ctx.Done()
			return nil
		}
		timer.Reset(max(time.Millisecond, next.Sub(o.now())))
	}
}
