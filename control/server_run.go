package control

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// serverRun is one run inside a shared server, as the server tells of it.
type serverRun struct {
	conn     *appserver.Conn
	root     string
	threads  []Thread          // of the run, root first: those that were shown, then those that the server has beside
	added    []Thread          // those of them that were not shown
	loaded   map[string]bool   // the server holds it now
	sessions map[string]string // root of each thread that the server was asked about: it never changes
}

// serverTurn is a turn that runs.
type serverTurn struct {
	thread Thread
	turn   string
}

func newServerRun(conn *appserver.Conn, t Target) *serverRun {
	r := &serverRun{conn: conn, root: t.root(), loaded: map[string]bool{}, sessions: map[string]string{}}
	r.threads = slices.Clone(t.Threads)
	if !r.has(r.root) {
		r.threads = slices.Insert(r.threads, 0, Thread{ID: r.root})
	}
	for _, t := range r.threads {
		r.sessions[t.ID] = r.root
	}
	return r
}

func (r *serverRun) has(id string) bool {
	return slices.ContainsFunc(r.threads, func(t Thread) bool { return t.ID == id })
}

// find looks which threads the server holds, and adds sub-agents of the run that
// are new: a sub-agent names the run's root as its session.
func (r *serverRun) find(ctx context.Context) error {
	ids, err := r.conn.LoadedThreads(ctx)
	if err != nil {
		return err
	}
	clear(r.loaded)
	for _, id := range ids {
		r.loaded[id] = true
		if _, known := r.sessions[id]; known || !plainName(id) {
			continue
		}
		t, err := r.conn.ReadThread(ctx, id)
		if errors.Is(err, appserver.ErrNoThread) {
			continue // unloaded meanwhile
		}
		if err != nil {
			return fmt.Errorf("thread %s: %w", id, err)
		}
		r.sessions[id] = t.Session
		if t.Session == r.root && !t.Ephemeral {
			thread := Thread{ID: id, Parent: t.Parent, Agent: t.Agent}
			r.threads, r.added = append(r.threads, thread), append(r.added, thread)
		}
	}
	return nil
}

// running gives the run's turns that the server says are in progress, root first.
func (r *serverRun) running(ctx context.Context) ([]serverTurn, error) {
	var all []serverTurn
	for _, t := range r.threads {
		if !r.loaded[t.ID] {
			continue
		}
		turn, ok, err := r.conn.NewestTurn(ctx, t.ID)
		if errors.Is(err, appserver.ErrNoThread) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("thread %s: %w", model.Clean(t.ID, 60), err)
		}
		if ok && turn.Status == appserver.InProgress {
			all = append(all, serverTurn{t, turn.ID})
		}
	}
	return all, nil
}

// runsBeside counts the runs that threads of others belong to; one that the server
// was not asked about counts as a run of its own.
func (r *serverRun) runsBeside(others []string) int {
	runs := map[string]bool{}
	for _, id := range others {
		if session := r.sessions[id]; session != "" {
			id = session
		}
		runs[id] = true
	}
	return len(runs)
}
