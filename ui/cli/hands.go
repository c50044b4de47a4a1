package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// control is what acts on runs.
func (a *app) control() *control.Control {
	o := control.Options{Reader: monitor.NewReader(a.homes()), Env: a.env}
	if path := a.ledgerPath(); path != "" {
		o.State = filepath.Join(filepath.Dir(path), "runs")
	}
	return control.New(o)
}

// hands drive a monitor without a screen, so that a command acts by the same way as
// a key: what is done is proved, told and written down alike.
type hands struct {
	m    *monitor.Monitor
	stop context.CancelFunc
	ran  chan error
	last monitor.Snapshot
}

// startHands starts a monitor that may act on runs.
func (a *app) startHands(ctx context.Context) *hands {
	p, o := a.planner(), a.options()
	o.Plan, o.All, o.Control = p.load, true, a.control()
	ctx, stop := context.WithCancel(ctx)
	h := &hands{m: monitor.New(o), stop: stop, ran: make(chan error, 1)}
	go func() { h.ran <- h.m.Run(ctx) }()
	return h
}

// close ends the monitor and waits for what it has begun.
func (h *hands) close() error {
	h.stop()
	return <-h.ran
}

// await reads snapshots until one fits.
func (h *hands) await(ctx context.Context, fits func(monitor.Snapshot) bool) error {
	for h.last.At.IsZero() || !fits(h.last) {
		select {
		case s, open := <-h.m.Snapshots():
			if !open {
				return errors.New("the monitor ended")
			}
			h.last = s
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// ask finds out what can be done about a run.
func (h *hands) ask(ctx context.Context, run model.RunID, kind monitor.DeedKind) (monitor.Deed, error) {
	err := h.await(ctx, func(s monitor.Snapshot) bool {
		for _, r := range s.Runs {
			if r.ID == run {
				return true
			}
		}
		return s.Reading.Done
	})
	if err != nil {
		return monitor.Deed{}, err
	}
	id := rand.Text()
	h.m.Send(monitor.Ask{ID: id, Run: run, Kind: kind})
	return h.watch(ctx, id, monitor.DeedLooking, nil)
}

// do has one choice carried out; tell gets each step as it is observed.
func (h *hands) do(ctx context.Context, d monitor.Do, tell func(control.Step)) (monitor.Deed, error) {
	h.last.Deed = nil
	h.m.Send(d)
	return h.watch(ctx, d.ID, monitor.DeedActing, tell)
}

// watch follows a deed until it leaves a state.
func (h *hands) watch(ctx context.Context, id string, during monitor.DeedState, tell func(control.Step)) (monitor.Deed, error) {
	told := map[string]string{}
	err := h.await(ctx, func(s monitor.Snapshot) bool {
		d := s.Deed
		if d == nil || d.ID != id {
			return false
		}
		for i, step := range d.Steps {
			key := fmt.Sprint(i, step.Key)
			text := fmt.Sprint(step.State, step.Text)
			if tell != nil && told[key] != text {
				told[key] = text
				tell(step)
			}
		}
		return d.State != during && !(during == monitor.DeedActing && d.State == monitor.DeedReady)
	})
	if err != nil {
		return monitor.Deed{}, err
	}
	return *h.last.Deed, nil
}

const readOnlyHint = "Leave --read-only and read_only out to act."

// mayAct refuses what read-only takes away.
func (a *app) mayAct() error {
	if a.readOnly() {
		return &failure{control.ErrReadOnly, readOnlyHint}
	}
	return nil
}

// byID refuses to act unasked on a run that is named by its place in a list.
func byID(name string, unasked bool) error {
	if n, err := strconv.Atoi(name); err == nil && n > 0 && n < 100_000 && unasked {
		return usagef("Name it by the beginning of its id, which never moves; see: tokenburn ls", "a number may mean another run by now, and --yes asks nobody")
	}
	return nil
}

// refused is why a deed was not done, as an error.
func refused(d monitor.Deed) error {
	err := errors.New(d.Why)
	if d.Why == control.ErrReadOnly.Error() {
		return &failure{err, readOnlyHint}
	}
	if d.Command != "" {
		return &failure{err, "By hand: " + d.Command}
	}
	return &failure{err, "See how it stands: tokenburn ls"}
}

// stepLine is one observed fact in words.
func stepLine(s control.Step, g themes.Glyphs) string {
	sign := map[control.StepState]string{control.StepWaiting: g.Ellipsis, control.StepDone: g.Done, control.StepFailed: g.Failed, control.StepNote: "!"}[s.State]
	return fmt.Sprintf("%s %s  %s", sign, s.At.Format("15:04:05"), model.Clean(s.Text, 600))
}

// stepJSON is one observed fact.
type stepJSON struct {
	At    *string `json:"at"`
	State string  `json:"state"`
	Text  string  `json:"text"`
}

func toStepsJSON(steps []control.Step) []stepJSON {
	out := []stepJSON{}
	for _, s := range steps {
		state := map[control.StepState]string{control.StepWaiting: "waiting", control.StepDone: "done", control.StepFailed: "failed", control.StepNote: "note"}[s.State]
		out = append(out, stepJSON{instant(s.At.Truncate(time.Millisecond)), state, model.Clean(s.Text, 600)})
	}
	return out
}
