package control

import (
	"context"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
)

// serverOwner asks the home's server whether a thread is open in it. It is for
// systems that don't tell who holds a lock: there the server's own word, from the
// process that the system says is behind its socket, is the only proof that there is.
// False where there is no server, it has another thread, or its process isn't told.
func (c *Control) serverOwner(ctx context.Context, home, thread string) (Owner, bool) {
	conn, err := appserver.Dial(ctx, home)
	if err != nil {
		return Owner{}, false
	}
	defer conn.Close()
	loaded, err := conn.LoadedThreads(ctx)
	if err != nil || !slices.Contains(loaded, thread) {
		return Owner{}, false
	}
	p, ok := c.describe(ctx, conn.PID)
	if !ok || !isCodex(p.Exe) {
		return Owner{}, false
	}
	slices.Sort(loaded)
	return Owner{Thread: thread, Home: home, Kind: Server, Process: p, Holds: loaded, Socket: conn.Path}, true
}
