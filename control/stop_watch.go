package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// aftermath is how long what a run started may take to end after it: Codex kills its
// commands itself, and the system needs a moment for it.
const aftermath = time.Second

// watch looks on until all that the deed is to do is observed, or patience ends. The
// error is that of ctx.
func (d *deed) watch(ctx context.Context) error {
	d.expect()
	err := d.c.until(ctx, d.c.o.Patience, func() bool { return d.look(ctx) })
	if err != nil && !errors.Is(err, errWaited) {
		return err
	}
	rest := min(aftermath, d.c.o.Patience)
	if d.key() {
		rest /= 4 // commands go on after Escape: that they do is no surprise
	}
	err = d.c.until(ctx, rest, func() bool {
		d.out.Survivors = d.c.survivors(d.p.Owner.Process, d.before)
		return len(d.out.Survivors) == 0
	})
	if err != nil && !errors.Is(err, errWaited) {
		return err
	}
	return nil
}

// expect lists what is waited for.
func (d *deed) expect() {
	for _, t := range d.running {
		d.step("turn:"+t.ID, StepWaiting, d.turnName(t)+" is still running")
	}
	if d.ends() {
		d.step("lock", StepWaiting, "the thread is still locked")
		d.step("process", StepWaiting, fmt.Sprintf("process %d is still there", d.p.Owner.Process.PID))
	}
}

// look observes once; true where nothing is waited for any more.
func (d *deed) look(ctx context.Context) bool {
	d.lookAtProcess(ctx)
	over, read := d.lookAtTurns(ctx)
	if !d.ends() {
		return over
	}
	return d.out.Gone && d.done("lock") && read
}

func (d *deed) done(key string) bool {
	s, ok := d.state(key)
	return ok && s == StepDone
}

// lookAtProcess sees whether the process and its lock are there. The file is read
// after it: what a process wrote before it went is there then.
func (d *deed) lookAtProcess(ctx context.Context) {
	if !d.ends() {
		return
	}
	if !d.out.Gone && !d.c.lives(d.p.Owner.Process) {
		d.out.Gone = true
		d.step("process", StepDone, fmt.Sprintf("process %d is gone", d.p.Owner.Process.PID))
	}
	if d.done("lock") {
		return
	}
	owners, err := d.c.owners(ctx, d.p.Owner.Home)
	if err != nil {
		return
	}
	o, there := owners[d.p.Owner.Thread]
	switch {
	case !there || o.Kind == None:
		d.step("lock", StepDone, "the thread is unlocked")
	case o.Process.PID != d.p.Owner.Process.PID || d.out.Gone && o.Kind != Unproved:
		d.step("lock", StepDone, fmt.Sprintf("the thread is unlocked; process %d holds it now", o.Process.PID))
	}
}

// lookAtTurns reads how the turns stand that ran: whether all are over, and whether
// all could be read. A file that is being moved can't be for a moment.
func (d *deed) lookAtTurns(ctx context.Context) (over, read bool) {
	over, read = true, true
	for _, t := range d.running {
		key := "turn:" + t.ID
		if d.done(key) {
			continue
		}
		now, err := d.c.o.Reader.Turn(ctx, t)
		was := d.turns[t.ID]
		switch {
		case err != nil:
			d.step(key, StepWaiting, "its session file can't be read: "+model.Clean(err.Error(), 120))
			over, read = false, false
		case now.ID == was.ID && now.running():
			over = false
		case now.ID == was.ID && now.State == model.TurnAborted:
			d.out.Aborted = append(d.out.Aborted, t.ID)
			d.step(key, StepDone, d.turnName(t)+" ended: turn_aborted")
		case now.ID == was.ID && now.State == model.TurnDied:
			over = over && d.out.Gone
		default:
			d.step(key, StepDone, d.turnName(t)+" came to its own end")
		}
	}
	return over, read
}

// turnName names a turn as a person would: by its number, and the sub-agent that has it.
func (d *deed) turnName(t Thread) string {
	n := fmt.Sprintf("turn %d", d.turns[t.ID].Number)
	switch {
	case t.ID == d.p.Target.root():
		return n
	case t.Agent != "":
		return n + " of sub-agent " + model.Clean(t.Agent, nameLimit)
	}
	return n + " of sub-agent " + short([]string{t.ID})[0]
}

// conclude turns what was observed into an outcome: what was waited for in vain, who
// lives on, and what is offered now.
func (d *deed) conclude() {
	d.out.At = d.c.o.Now()
	open := 0 // turns whose end was not seen
	for _, t := range d.running {
		if d.done("turn:" + t.ID) {
			continue
		}
		open++
		d.concludeTurn(t)
	}
	if d.ends() {
		d.concludeProcess()
		d.out.Stopped = d.out.Gone // a turn can't go on without its process
	} else {
		d.out.Stopped = open == 0
	}
	for _, s := range d.out.Survivors {
		d.step(fmt.Sprintf("child:%d", s.PID), StepNote, "still running: "+s.label())
	}
	slices.Sort(d.out.Aborted)
	d.out.Next = d.next()
}

func (d *deed) concludeTurn(t Thread) {
	hard := d.way == Terminate || d.way == Kill
	switch {
	case d.out.Gone && hard:
		d.step("turn:"+t.ID, StepNote, d.turnName(t)+" died with the process; its session file has no end of it")
	case d.out.Gone:
		d.step("turn:"+t.ID, StepNote, d.turnName(t)+" is over with the process; its end was not written")
	default:
		d.step("turn:"+t.ID, StepFailed, fmt.Sprintf("%s is still running after %s", d.turnName(t), d.c.o.Patience))
	}
}

func (d *deed) concludeProcess() {
	if !d.out.Gone {
		d.step("process", StepFailed, fmt.Sprintf("process %d is still there after %s", d.p.Owner.Process.PID, d.c.o.Patience))
	}
	if !d.done("lock") {
		d.step("lock", StepFailed, fmt.Sprintf("the thread is still locked after %s", d.c.o.Patience))
	}
}

// next is what is offered after this: the next harder deed where this one was proved
// not to be enough, and an end for what was left behind.
func (d *deed) next() []Choice {
	p := d.p.After(d.out)
	p.Turns = d.turns
	if !d.out.Stopped {
		p.Children = d.before
		w, ok := harder(d.way)
		if !ok {
			return nil
		}
		if d.key() && !d.turnOpen(p.Target.root()) {
			hard := p.choice(Terminate)
			hard.Effects = append(hard.Effects, onlyAgents)
			return []Choice{hard}
		}
		return []Choice{p.choice(w)}
	}
	if len(d.out.Survivors) > 0 {
		return []Choice{p.choice(Children)}
	}
	return nil
}

// turnOpen says that a thread's turn ran and its end was not seen.
func (d *deed) turnOpen(thread string) bool {
	_, known := d.state("turn:" + thread)
	return known && !d.done("turn:"+thread)
}

// harder is the step up the ladder.
func harder(w Way) (Way, bool) {
	switch w {
	case Interrupt:
		return Again, true
	case Again:
		return Terminate, true
	case Terminate:
		return Kill, true
	}
	return "", false
}
