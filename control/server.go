package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// dialServer connects to the server that works on a run, at the home's control
// socket or where its own process listens. What listens there must be the very
// process that holds the thread's lock: the error wraps [ErrChanged] where it is
// another one, and [appserver.ErrNoServer] where nothing listens.
func (c *Control) dialServer(ctx context.Context, o Owner) (*appserver.Conn, error) {
	paths := append([]string{appserver.SocketPath(o.Home)}, c.listens(o.Process.PID)...)
	if o.Socket != "" {
		paths = slices.Insert(paths, 0, o.Socket)
	}
	var failed error
	for _, path := range paths {
		conn, err := appserver.DialSocket(ctx, path)
		if err == nil && conn.PID != o.Process.PID {
			err = errors.Join(otherServer(conn.PID, o), conn.Close())
		}
		if err == nil {
			return conn, nil
		}
		// The home's own socket is tried first: what is wrong with it is what a reader can mend.
		if failed == nil || errors.Is(failed, appserver.ErrNoServer) {
			failed = err
		}
	}
	return nil, failed
}

func otherServer(pid int, o Owner) error {
	if pid == 0 {
		return fmt.Errorf("%w: this system does not tell who listens at the socket", ErrForbidden)
	}
	return fmt.Errorf("%w: process %d listens at the control socket, and %d works on the run", ErrChanged, pid, o.Process.PID)
}

// elsewhere says what is left where the server can't be asked: a signal is no way,
// it would hit everybody's runs.
const elsewhere = "End the turn in its own window, or in the list that `codex agents` shows. The server is never signalled: others' runs are in it."

// lookPatience bounds all looks at a server before a deed: it may have many threads,
// and answer slowly on purpose.
const lookPatience = 15 * time.Second

// serverChoices fills in what can be done about a run in a shared server. Choices
// are there only where the server was reached and says that a turn of the run is
// running. The run's sub-agents that were not shown yet become part of its target.
func (c *Control) serverChoices(ctx context.Context, p *Plan) error {
	whole := ctx
	ctx, cancel := context.WithTimeout(whole, lookPatience)
	defer cancel()
	conn, err := c.dialServer(ctx, p.Owner)
	if err != nil {
		p.Why = c.notAsked(ctx, p.Owner.Process, err)
		return whole.Err()
	}
	defer conn.Close()
	r := newServerRun(conn, p.Target)
	if err := r.find(ctx); err != nil {
		p.Why = fmt.Sprintf("the Codex server, process %d, does not tell what runs in it: %s. %s",
			p.Owner.Process.PID, model.Clean(err.Error(), 200), elsewhere)
		return whole.Err()
	}
	p.Owner.Socket = conn.Path
	p.Target.Threads = r.threads
	p.Others = slices.DeleteFunc(p.Others, r.has)
	for id, turn := range c.turns(ctx, r.added) {
		p.Turns[id] = turn
	}
	running, err := r.running(ctx)
	if err != nil {
		p.Why = "the Codex server does not tell what runs in it: " + model.Clean(err.Error(), 200)
		return whole.Err()
	}
	if len(running) == 0 {
		p.Why = "no turn is running: it waits for its user, and nothing burns"
		return nil
	}
	p.Choices = p.serverOffers(running, r.runsBeside(p.Others))
	return nil
}

// notAsked says why a server can't be asked, and what is left. One that listens
// nowhere speaks to the program that started it alone.
func (c *Control) notAsked(ctx context.Context, server Process, err error) string {
	if !c.locksTold || len(c.listens(server.PID)) > 0 {
		return fmt.Sprintf("it runs in the Codex server, process %d, which can't be asked: %s. %s", server.PID, model.Clean(err.Error(), 200), elsewhere)
	}
	starter := "such as an editor"
	p, ok := c.describe(ctx, server.PPID)
	if ok && strings.Contains(p.Command, "app-server") { // npm's wrapper
		p, ok = c.describe(ctx, p.PPID)
	}
	if ok && p.PID > 1 && p.Command != "" {
		starter = "an editor, say: " + p.label()
	}
	return fmt.Sprintf("it runs in a Codex server, process %d, that listens nowhere: only the program that started it (%s) can end its turn. The server is not signalled: others' runs may be in it.",
		server.PID, starter)
}

// serverAct does a deed through the server. No signal is ever sent.
func (c *Control) serverAct(ctx context.Context, p Plan, w Way, report func(Step)) (Outcome, error) {
	d, err := c.beginServer(ctx, p, w, report)
	if err != nil {
		return Outcome{}, err
	}
	defer d.conn.Close()
	switch w {
	case Interrupt:
		err = d.stop(ctx)
	case WrapUp:
		err = d.steer(ctx)
	default:
		return Outcome{}, fmt.Errorf("%w: %q is no way to deal with a server", ErrForbidden, w)
	}
	return d.out, err
}

// serverDeed is one deed that a server is asked for.
type serverDeed struct {
	deed
	conn *appserver.Conn
	run  *serverRun
}

// beginServer proves again who works on the run, reaches it, and sees what runs.
func (c *Control) beginServer(ctx context.Context, p Plan, w Way, report func(Step)) (*serverDeed, error) {
	if report == nil {
		report = func(Step) {}
	}
	d := &serverDeed{deed: deed{c: c, p: p, way: w, report: report, out: Outcome{Way: w, ExitCode: -1, Resume: p.Resume}}}
	if err := d.proveOwner(ctx); err != nil {
		return nil, err
	}
	var err error
	if d.conn, err = c.dialServer(ctx, p.Owner); err != nil {
		return nil, notReached(err)
	}
	d.run = newServerRun(d.conn, p.Target)
	look, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	if err := d.run.find(look); err != nil {
		return nil, errors.Join(notReached(err), d.conn.Close())
	}
	d.p.Target.Threads = d.run.threads
	d.turns = c.turns(ctx, d.run.threads)
	return d, nil
}

// notReached is the error of a server that can't be asked; nothing was asked of it.
func notReached(err error) error {
	if errors.Is(err, ErrChanged) || errors.Is(err, ErrForbidden) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: the Codex server can't be asked: %w. %s", ErrForbidden, err, elsewhere)
}

// proveTurns gives the turns that run. The error wraps [ErrEnded] where none does, and
// [ErrChanged] where the root has another turn than the one that was shown.
func (d *serverDeed) proveTurns(ctx context.Context) ([]serverTurn, error) {
	running, err := d.run.running(ctx)
	if err != nil {
		return nil, notReached(err)
	}
	if len(running) == 0 {
		return nil, fmt.Errorf("%w: no turn of it is running", ErrEnded)
	}
	was, known := d.p.Turns[d.p.Target.root()]
	if root, ok := d.rootTurn(running); ok && known && was.ID != "" && root.turn != was.ID {
		return nil, fmt.Errorf("%w: another turn began", ErrChanged)
	}
	return running, nil
}

func (d *serverDeed) rootTurn(running []serverTurn) (serverTurn, bool) {
	i := slices.IndexFunc(running, func(t serverTurn) bool { return t.thread.ID == d.p.Target.root() })
	if i < 0 {
		return serverTurn{}, false
	}
	return running[i], true
}
