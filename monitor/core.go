package monitor

import "context"

type core struct{}

func newMonitor(o Options) *Monitor            { return &Monitor{} }
func (c *core) run(ctx context.Context) error  { <-ctx.Done(); return nil }
func (c *core) snapshots() <-chan Snapshot     { return nil }
func (c *core) facts() <-chan Fact             { return nil }
func (c *core) send(i Intent)                  {}
func (h *History) snapshot(o Options) Snapshot { return Snapshot{} }
