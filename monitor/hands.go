package monitor

import (
	"context"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// hands are what the loop asks of a [control.Control]: a seam that tests cross.
// All of it may take seconds, so that the loop never waits for it itself.
type hands interface {
	Owners(ctx context.Context, home string) (map[string]control.Owner, error)
	LocksMark(inodes map[uint64]bool) string
	Plan(ctx context.Context, t control.Target) (control.Plan, error)
	Act(ctx context.Context, p control.Plan, w control.Way, tell func(control.Step)) (control.Outcome, error)
	Models(ctx context.Context, o control.Owner, home string) ([]control.Model, error)
	Downgrade(ctx context.Context, p control.Plan, s control.Switch, tell func(control.Step)) (control.Outcome, error)
	Places(ctx context.Context, p control.Plan) []control.Place
	TakeOver(ctx context.Context, p control.Plan, place control.Place, tell func(control.Step)) (control.Outcome, error)
}

const (
	lookTime  = 15 * time.Second // that finding out who owns a run may take
	actTime   = 2 * time.Minute  // that one deed may take with all that is waited for
	graceTime = 15 * time.Second // that a deed goes on after the monitor was told to end
)

// acting is what the loop knows of deeds. It belongs to the loop.
type acting struct {
	hands hands // nil: runs are only watched
	deed  *deed // that a face asked for; nil none
	going map[model.RunID]*deed
	news  chan deedNews
	wait  *sync.WaitGroup // of all that was started
}

func newActing(h hands) acting {
	return acting{hands: h, going: map[model.RunID]*deed{}, news: make(chan deedNews), wait: &sync.WaitGroup{}}
}

// handsOf gives the hands of the options; nil where runs are only watched.
func handsOf(o Options) hands {
	if o.Control == nil {
		return nil
	}
	return o.Control
}

// target is a run as it is shown, for acting on it.
func (r *run) target() control.Target {
	v := &r.view
	t := control.Target{Run: r.id, Name: r.name(), Home: v.Home, Cwd: r.root().thread.Cwd}
	root := r.root()
	t.Threads = append(t.Threads, threadOf(root, root))
	for _, e := range r.threads {
		if e != root && len(e.files) > 0 {
			t.Threads = append(t.Threads, threadOf(e, root))
		}
	}
	return t
}

func threadOf(e, root *entry) control.Thread {
	t := control.Thread{ID: e.thread.ID, Parent: e.thread.Meta.ParentID}
	if len(e.files) > 0 {
		t.Path = e.files[len(e.files)-1].Path
	}
	if e != root {
		t.Agent = threadView(e, root, 0).Name
	}
	return t
}
