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

// quiet is how many looks in a row must find no turn of the run in progress: a
// sub-agent that ends may wake its parent, and one may have been about to begin.
const (
	quiet      = 3
	quietPause = 60 * time.Millisecond
)

// stop interrupts every running turn of the run and ends its commands.
func (d *serverDeed) stop(ctx context.Context) error {
	err := d.interrupt(ctx, true)
	d.out.At = d.c.o.Now()
	if err != nil {
		return err
	}
	d.conclude()
	return ctx.Err()
}

// interrupt ends every turn of the run, the root's first, until the server says that
// none is in progress; with commands too, those that run on behind its threads. The
// error is [ErrEnded] or [ErrChanged], and then nothing was asked, or that of ctx.
func (d *serverDeed) interrupt(ctx context.Context, commands bool) error {
	running, err := d.proveTurns(ctx)
	if err != nil {
		return err
	}
	late, cancel := context.WithTimeout(ctx, d.c.o.Patience)
	defer cancel()
	d.end(late, running)
	err = d.sweep(late)
	if err == nil && commands {
		if d.endCommands(late); late.Err() == nil {
			err = d.sweep(late) // what a command's end may have woken
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	d.told(err)
	d.watchFiles(ctx)
	return ctx.Err()
}

// sweep interrupts what runs until several looks in a row find nothing. A look that
// fails is made again: the server can't tell of a thread whose file is just being made.
func (d *serverDeed) sweep(ctx context.Context) error {
	for still := 0; ; {
		running, err := d.look(ctx)
		d.end(ctx, running)
		still++
		if len(running) > 0 || err != nil {
			still = 0
		}
		if still == quiet {
			return nil
		}
		if errors.Is(err, appserver.ErrClosed) {
			return err
		}
		select {
		case <-ctx.Done():
			if err != nil && !errors.Is(err, ctx.Err()) {
				return err
			}
			return ctx.Err()
		case <-time.After(quietPause):
		}
	}
}

// look gives the turns of the run that the server says are in progress.
func (d *serverDeed) look(ctx context.Context) ([]serverTurn, error) {
	if err := d.run.find(ctx); err != nil {
		return nil, err
	}
	return d.run.running(ctx)
}

// end asks for the end of turns, and makes their session files be watched for it.
func (d *serverDeed) end(ctx context.Context, running []serverTurn) {
	for _, t := range running {
		known := d.recorded(ctx, t)
		d.ask(ctx, t)
		if !known || slices.ContainsFunc(d.running, func(o Thread) bool { return o.ID == t.thread.ID }) {
			continue
		}
		d.running = append(d.running, t.thread)
		d.step("turn:"+t.thread.ID, StepWaiting, d.turnName(t.thread)+" is still running")
	}
}

// recorded says that a turn's session file tells of it as running. A turn that
// began since the last look takes the place of the one before.
func (d *serverDeed) recorded(ctx context.Context, t serverTurn) bool {
	id := t.thread.ID
	if d.turns[id].ID == t.turn {
		return d.turns[id].running()
	}
	if i := slices.IndexFunc(d.running, func(o Thread) bool { return o.ID == id }); i >= 0 {
		if !d.done("turn:" + id) {
			d.step("turn:"+id, StepDone, d.turnName(t.thread)+" is over: another one began")
		}
		d.running = slices.Delete(d.running, i, i+1)
	}
	delete(d.turns, id) // of another turn nothing is to be told under this one's name
	if d.c.o.Reader == nil {
		return false
	}
	now, err := d.c.o.Reader.Turn(ctx, t.thread)
	if err != nil || now.ID != t.turn || !now.running() {
		return false
	}
	d.turns[id] = now
	return true
}

// named names a turn; where its file does not tell of it yet, by its thread alone.
func (d *serverDeed) named(t Thread) string {
	name := d.turnName(t)
	if d.turns[t.ID].Number == 0 {
		name = strings.Replace(name, "turn 0", "a turn", 1)
	}
	return name
}

// ask asks the server to interrupt one turn, and notes what it says.
func (d *serverDeed) ask(ctx context.Context, t serverTurn) {
	key := "ask:" + t.turn
	if d.done(key) {
		return // it was asked and has not ended yet
	}
	err := d.conn.Interrupt(ctx, t.thread.ID, t.turn)
	switch {
	case errors.Is(err, appserver.ErrNoTurn), errors.Is(err, appserver.ErrNoThread):
		// it ended by itself in between: the next look tells
	case err != nil:
		d.step(key, StepFailed, "the server did not interrupt "+d.named(t.thread)+": "+model.Clean(err.Error(), 160))
	default:
		d.step(key, StepDone, "the server was asked to interrupt "+d.named(t.thread))
	}
}

// endCommands ends what runs on behind the run's threads, and looks whether it is gone.
func (d *serverDeed) endCommands(ctx context.Context) {
	// A list that can't be had does not keep us from ending what is on it.
	found, _ := d.commands(ctx)
	for _, t := range d.run.threads {
		if !d.run.loaded[t.ID] {
			continue
		}
		if err := d.conn.CleanTerminals(ctx, t.ID); err != nil && !errors.Is(err, appserver.ErrNoThread) {
			d.step("commands", StepFailed, "commands behind it were not ended: "+model.Clean(err.Error(), 160))
			return
		}
	}
	var left []string
	err := d.c.until(ctx, d.c.o.Patience, func() bool {
		list, err := d.commands(ctx)
		if err == nil {
			left = list
		}
		return err == nil && len(left) == 0
	})
	switch {
	case err != nil && len(left) == 0:
		d.step("commands", StepFailed, "the server does not tell whether commands run on behind it")
	case err != nil:
		d.step("commands", StepFailed, "still running behind it: "+join(left))
	case len(found) == 0:
		d.step("commands", StepDone, "no command runs on behind it")
	default:
		d.step("commands", StepDone, "the server ended "+count(len(found), "command", "commands")+" that ran on behind it")
	}
}

// commands lists what runs on behind the run's threads.
func (d *serverDeed) commands(ctx context.Context) ([]string, error) {
	var all []string
	for _, t := range d.run.threads {
		if !d.run.loaded[t.ID] {
			continue
		}
		list, err := d.conn.Terminals(ctx, t.ID)
		if err != nil && !errors.Is(err, appserver.ErrNoThread) {
			return nil, err
		}
		for _, x := range list {
			all = append(all, model.Clean(x.Command, nameLimit))
		}
	}
	return all, nil
}

// told notes what the server says in the end.
func (d *serverDeed) told(err error) {
	switch {
	case err == nil:
		d.step("server", StepDone, fmt.Sprintf("the server, process %d, says that no turn of it is running", d.conn.PID))
	case errors.Is(err, context.DeadlineExceeded):
		d.step("server", StepFailed, fmt.Sprintf("the server still says that a turn of it is running after %s", d.c.o.Patience))
	default:
		d.step("server", StepFailed, "the server does not tell how its turns stand: "+model.Clean(err.Error(), 160))
	}
}

// watchFiles waits until the session files tell that the turns are over.
func (d *serverDeed) watchFiles(ctx context.Context) {
	// that it was waited in vain shows in the steps
	_ = d.c.until(ctx, d.c.o.Patience, func() bool {
		over, read := d.lookAtTurns(ctx)
		return over && read
	})
}

// conclude turns what was observed into an outcome.
func (d *serverDeed) conclude() {
	d.out.Stopped = d.done("server")
	for _, t := range d.running {
		if !d.done("turn:" + t.ID) {
			d.out.Stopped = false
			d.concludeTurn(t)
		}
	}
	slices.Sort(d.out.Aborted)
	d.out.Aborted = slices.Compact(d.out.Aborted)
	if state, ok := d.state("commands"); !d.out.Stopped || ok && state == StepFailed {
		again := d.p.serverInterrupt(0, d.run.runsBeside(d.p.Others))
		again.Label = "Ask the server once more"
		d.out.Next = []Choice{again}
	}
}

func join(words []string) string {
	if len(words) > namesShown {
		words = append(slices.Clone(words[:namesShown]), fmt.Sprintf("%d more", len(words)-namesShown))
	}
	s := ""
	for i, w := range words {
		if i > 0 {
			s += ", "
		}
		s += w
	}
	return s
}
