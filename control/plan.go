package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Plan tells what can be done about a run, and to whom. Nothing happens. It has no
// choices, and says why, where nothing works on the run or who does can't be proved.
// What can't be read of a thread's turn is missing in Turns.
func (c *Control) Plan(ctx context.Context, t Target) (Plan, error) {
	p := Plan{At: c.o.Now(), Target: t, Turns: map[string]Turn{}}
	if !plainName(t.root()) {
		return p, fmt.Errorf("%w: %q is no thread's name", ErrForbidden, model.Clean(t.root(), 60))
	}
	o, err := c.ownerOf(ctx, t)
	if err != nil {
		return p, err
	}
	p.Owner = o
	p.Turns = c.turns(ctx, p.threads())
	p.Resume = p.resume()
	switch o.Kind {
	case None, Unproved:
		p.Why = o.Why
		return p, ctx.Err()
	case Server:
		p.Others = p.others()
		return p, c.serverChoices(ctx, &p)
	}
	p.Children = c.descendants(o.Process.PID)
	if o.Kind == Exec {
		p.Choices = []Choice{p.choice(Interrupt)}
	} else {
		p.Others = c.recorded(ctx, p.others())
		c.windowChoices(ctx, &p)
	}
	if c.halted(o.Process) {
		for i := range p.Choices {
			p.Choices[i].Effects = append(p.Choices[i].Effects, "It is suspended: nothing but SIGKILL reaches it until it goes on (fg, or kill -CONT).")
		}
	}
	return p, ctx.Err()
}

// ownerOf is what works on a run: on its root, or on the first sub-agent where nothing
// holds the root any more.
func (c *Control) ownerOf(ctx context.Context, t Target) (Owner, error) {
	root, err := c.Owner(ctx, t.Home, t.root())
	if err != nil || root.Kind != None {
		return root, err
	}
	for _, thread := range t.Threads {
		if thread.ID == t.root() || !plainName(thread.ID) {
			continue
		}
		o, err := c.Owner(ctx, t.Home, thread.ID)
		if err != nil || o.Kind != None {
			return o, err
		}
	}
	return root, nil
}

// threads are the run's threads. All that a codex exec holds belong to its run, so
// that a sub-agent that was not shown yet is watched too.
func (p Plan) threads() []Thread {
	threads := slices.Clone(p.Target.Threads)
	if len(threads) == 0 {
		threads = []Thread{{ID: p.Target.root()}}
	}
	if p.Owner.Kind == Exec {
		for _, id := range p.others() {
			threads = append(threads, Thread{ID: id, Parent: p.Target.root()})
		}
	}
	return threads
}

// others are the threads that the run's process holds and that were not shown as the run's.
func (p Plan) others() []string {
	var ids []string
	for _, id := range p.Owner.Holds {
		if id != p.Target.root() && !slices.ContainsFunc(p.Target.Threads, func(t Thread) bool { return t.ID == id }) {
			ids = append(ids, id)
		}
	}
	return ids
}

// recorded leaves out threads without a session file: those that Codex keeps for
// itself, such as the one that finds a title.
func (c *Control) recorded(ctx context.Context, ids []string) []string {
	if c.o.Reader == nil {
		return ids
	}
	return slices.DeleteFunc(ids, func(id string) bool {
		_, err := c.o.Reader.Turn(ctx, Thread{ID: id})
		return errors.Is(err, fs.ErrNotExist)
	})
}

// turns reads the newest turn of each thread; one that can't be read is left out.
func (c *Control) turns(ctx context.Context, threads []Thread) map[string]Turn {
	turns := map[string]Turn{}
	if c.o.Reader == nil {
		return turns
	}
	for _, t := range threads {
		if turn, err := c.o.Reader.Turn(ctx, t); err == nil {
			turns[t.ID] = turn
		}
	}
	return turns
}

// running says that a turn was begun and its end is not recorded.
func (t Turn) running() bool { return t.Number > 0 && t.State == model.TurnRunning }

// runningThreads are the threads with a running turn, root first.
func (p Plan) runningThreads() []Thread {
	return slices.DeleteFunc(p.threads(), func(t Thread) bool { return !p.Turns[t.ID].running() })
}

// resume is the command with which a human goes on: a codex exec as it was, with all
// that its last turn ran with, since codex exec resume by itself takes none of it, and
// nothing at all where it isn't told what to do.
func (p Plan) resume() []string {
	if old := p.Turns[p.Target.root()].Settings; p.Owner.Kind == Exec {
		if args, err := p.resumeArgs(Switch{Model: old.Model, Effort: old.Effort}); err == nil {
			return args
		}
	}
	return p.HandOver()
}

// onlyAgents is why no key is pressed any more in a window whose own turn is over.
const onlyAgents = "Only its sub-agents work: Esc in the window doesn't reach them."

// windowChoices fills in what can be done about an interactive Codex with the run in it.
func (c *Control) windowChoices(ctx context.Context, p *Plan) {
	root, known := p.Turns[p.Target.root()]
	if known && len(p.runningThreads()) == 0 {
		p.Why = "no turn is running: it waits for its user, and nothing burns"
		return
	}
	pane, ok := c.pane(ctx, p.Owner.Process)
	if ok && pane.Why == "" && root.running() {
		p.Choices = []Choice{p.choice(Interrupt)}
		return
	}
	hard := p.choice(Terminate)
	switch {
	case !known:
		hard.Effects = append(hard.Effects, "Whether a turn runs can't be read, so Esc isn't sent: in a window that waits it does other things.")
	case !root.running():
		hard.Effects = append(hard.Effects, onlyAgents)
	case ok:
		hard.Effects = append(hard.Effects, "Esc can't be sent to it: "+pane.Why+". Pressed there by hand it ends the turn alone.")
	default:
		hard.Effects = append(hard.Effects, "No tmux pane shows it, so Esc can't be sent. Pressed in its window by hand it ends the turn alone.")
	}
	p.Choices = []Choice{hard}
}
