package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// wrapUp is what the model is asked. It is plain text for a model, not a command.
const wrapUp = "Please wrap up now: finish the step you are on, start nothing new and no sub-agents, " +
	"leave the files in a working state, and end your turn with a short summary of what is done and what is left."

// steer puts the request to come to an end into the root's running turn.
func (d *serverDeed) steer(ctx context.Context) error {
	running, err := d.proveTurns(ctx)
	if err != nil {
		return err
	}
	root, ok := d.rootTurn(running)
	if !ok {
		return fmt.Errorf("%w: the run's own turn is over, only its sub-agents work", ErrEnded)
	}
	err = d.conn.Steer(ctx, root.thread.ID, root.turn, wrapUp)
	switch {
	case errors.Is(err, appserver.ErrNoTurn):
		return fmt.Errorf("%w: its turn is over", ErrEnded)
	case err != nil:
		return notReached(err)
	}
	d.out.At = d.c.o.Now()
	d.step("steer", StepDone, "the server put the request to wrap up into "+d.named(root.thread))
	d.step("turn:"+root.thread.ID, StepNote, d.named(root.thread)+" goes on until the model ends it")
	d.out.Next = []Choice{d.p.serverInterrupt(0, d.run.runsBeside(d.p.Others))}
	return ctx.Err()
}

// serverModels gives the models that the server of a run offers, hidden ones too.
// Windows and the form of contexts it does not tell.
func (c *Control) serverModels(ctx context.Context, o Owner) ([]Model, error) {
	conn, err := c.dialServer(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("models of the Codex server: %w", err)
	}
	defer conn.Close()
	return modelsOf(ctx, conn)
}

func modelsOf(ctx context.Context, conn *appserver.Conn) ([]Model, error) {
	listed, err := conn.Models(ctx)
	if err != nil {
		return nil, fmt.Errorf("models of the Codex server: %w", err)
	}
	var all []Model
	for _, m := range listed[:min(len(listed), maxModels)] {
		if plainWord(m.Slug) {
			all = append(all, Model{Slug: m.Slug, Name: m.Name, Efforts: m.Efforts, DefaultEffort: m.DefaultEffort, Hidden: m.Hidden})
		}
	}
	return all, nil
}

// serverSwitch moves a run to another model. With Later only what its next turn
// runs with is set, and the running turn goes on. Otherwise its turns are
// interrupted, its commands go on, and a turn begins with the other model; windows
// stay attached. That the turn ran with it is for the caller to measure.
//
// Where nothing was changed the error is [ErrEnded], [ErrChanged] or
// [ErrForbidden]. Where the run was interrupted and did not go on, Stopped says so
// and a step says why.
func (c *Control) serverSwitch(ctx context.Context, p Plan, s Switch, report func(Step)) (Outcome, error) {
	d, err := c.beginServer(ctx, p, Interrupt, report)
	if err != nil {
		return Outcome{}, err
	}
	defer d.conn.Close()
	if s.Effort, err = d.effort(ctx, s); err != nil {
		return Outcome{}, err
	}
	if s.Later {
		err = d.settle(ctx, s)
		return d.out, err
	}
	if err := d.interrupt(ctx, false); err != nil {
		return d.out, err
	}
	d.conclude()
	if !d.out.Stopped {
		d.step("start", StepFailed, "the run was not moved to "+s.words()+": its turn did not end")
		return d.out, nil
	}
	d.goOn(ctx, s)
	return d.out, ctx.Err()
}

// effort makes sure that the server knows the model before anything is interrupted,
// and gives the effort by name: none named would leave the old one.
func (d *serverDeed) effort(ctx context.Context, s Switch) (string, error) {
	models, err := modelsOf(ctx, d.conn)
	if err != nil {
		return "", notReached(err)
	}
	i := slices.IndexFunc(models, func(m Model) bool { return m.Slug == s.Model })
	if i < 0 {
		return "", fmt.Errorf("%w: its server does not know the model %q", ErrForbidden, model.Clean(s.Model, 60))
	}
	m := models[i]
	effort := cmp.Or(s.Effort, m.DefaultEffort)
	if len(m.Efforts) > 0 && effort != "" && !slices.Contains(m.Efforts, effort) {
		return "", fmt.Errorf("%w: model %s has no effort %q", ErrForbidden, m.Slug, model.Clean(effort, 30))
	}
	return effort, nil
}

// settle sets what the next turn runs with.
func (d *serverDeed) settle(ctx context.Context, s Switch) error {
	root := d.p.Target.root()
	if err := d.conn.UpdateSettings(ctx, root, s.Model, s.Effort); err != nil {
		return notReached(err)
	}
	d.out.At = d.c.o.Now()
	t, err := d.conn.ReadThread(ctx, root)
	switch {
	case err != nil:
		d.step("settings", StepFailed, "the server took "+s.words()+" and does not tell whether it holds: "+model.Clean(err.Error(), 160))
	case t.Model != s.Model:
		d.step("settings", StepFailed, "the server took "+s.words()+" and still names "+t.Model)
	default:
		d.step("settings", StepDone, "the server set "+s.words()+" for the run's next turn")
	}
	return ctx.Err()
}

// goOn begins a turn with the other model.
func (d *serverDeed) goOn(ctx context.Context, s Switch) {
	root := d.p.Target.root()
	id, err := d.conn.StartTurn(ctx, root, cmp.Or(s.Prompt, "continue"), s.Model, s.Effort)
	d.out.At = d.c.o.Now()
	if err != nil {
		d.step("start", StepFailed, "the run was stopped, and the server began no turn with "+s.words()+": "+model.Clean(err.Error(), 160))
		return
	}
	d.out.Stopped = false // it goes on, as it should
	now, ok, err := d.conn.NewestTurn(ctx, root)
	if err != nil || !ok || now.ID != id {
		d.step("start", StepWaiting, "the server took a turn with "+s.words()+" and does not show it yet")
		return
	}
	d.step("start", StepDone, "the server began a turn with "+s.words())
}
