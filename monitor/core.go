package monitor

import (
	"context"
	"sync"
	"sync/atomic"
)

// core is what a Monitor holds while it does not run: the channels to and from the loop.
type core struct {
	o       Options
	hands   hands         // nil: runs are only watched
	out     chan Snapshot // holds the newest snapshot that nobody took
	said    chan Fact     // nil where nobody asked for facts
	intents chan Intent
	done    chan struct{} // closed when Run returned
	once    sync.Once     // Run runs once
	shown   atomic.Bool   // somebody asked for snapshots
}

func newMonitor(o Options) *Monitor {
	return &Monitor{core: core{
		o:       o.withDefaults(),
		hands:   handsOf(o),
		out:     make(chan Snapshot, 1),
		intents: make(chan Intent, 16),
		done:    make(chan struct{}),
	}}
}

func (c *core) run(ctx context.Context) error {
	c.once.Do(func() {
		defer close(c.done)
		defer close(c.out)
		if c.said != nil {
			defer close(c.said)
		}
		newLoop(c).run(ctx)
	})
	return nil
}

func (c *core) snapshots() <-chan Snapshot {
	c.shown.Store(true)
	return c.out
}

func (c *core) facts() <-chan Fact {
	if c.said == nil {
		c.said = make(chan Fact, 64)
	}
	return c.said
}

func (c *core) send(i Intent) {
	select {
	case c.intents <- i:
	case <-c.done:
	}
}

// offer puts a snapshot where the face finds it, in place of one that was not taken.
func (c *core) offer(s Snapshot) {
	for {
		select {
		case c.out <- s:
			return
		default:
		}
		select {
		case <-c.out:
		default:
		}
	}
}
