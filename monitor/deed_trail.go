package monitor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// trail writes down what is done about runs, and how they stood before: in the
// ledger, or in a file of the folder for state where there is no ledger.
type trail struct {
	ledger *ledger.Ledger
	folder string // "" nowhere
	actor  string
	face   string
	cause  string
	prices string
}

func (l *loop) trail(actor, cause string) trail {
	return trail{ledger: l.o.Ledger, folder: l.o.StateFolder, actor: actor, face: l.o.Face, cause: cause, prices: l.o.Prices.AsOf}
}

// actionsFile is where actions are written down without a ledger: one JSON object a line.
const actionsFile = "actions.jsonl"

// action is what the audit trail calls a deed.
func (k DeedKind) action() string {
	return "run_" + strings.ReplaceAll(string(k), "take_over", "takeover")
}

// before saves how the run stands, and writes down what is about to be done to it. A
// failure is told and does not hold up the deed: what burns is to end.
func (t trail) before(ctx context.Context, w worker, i Do) []control.Step {
	s := w.saved(ctx)
	e := t.entry(w, i)
	e.Before, e.After = s.standing(), "asked for"
	e.Evidence = strings.TrimPrefix(t.face+": ", ": ") + s.evidence()
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), decideTime)
	defer stop()
	step := control.Step{At: w.now(), Key: "saved", State: control.StepDone, Text: "how it stood was saved: " + s.standing()}
	if s.GitWhy != "" {
		step.Text += "; git's view of its folder is not known: " + s.GitWhy
	}
	if err := t.save(ctx, s, e); err != nil {
		step.State, step.Text = control.StepFailed, "how it stood could not be saved: "+model.Clean(err.Error(), 200)
	}
	return []control.Step{step}
}

// after writes down what was observed; the step tells where that failed, else it is nil.
func (t trail) after(ctx context.Context, w worker, i Do, o control.Outcome, failed error) *control.Step {
	e := t.entry(w, i)
	e.Before, e.After = "asked for", "not stopped"
	var seen []string
	switch {
	case failed != nil:
		e.After = "nothing done"
		seen = append(seen, failed.Error())
	case o.Switched:
		e.After = "goes on with another model"
	case w.kind == DeedDowngrade && o.Stopped:
		e.After = "stopped, and not seen to go on"
	case w.kind == DeedDowngrade:
		e.After = "not switched"
	case o.Stopped:
		e.After = "stopped"
	}
	for _, s := range o.Steps {
		seen = append(seen, s.At.UTC().Format("15:04:05.000 ")+stepWord(s.State)+s.Text)
	}
	e.Evidence = model.Clean(strings.Join(seen, "; "), 4000)
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), decideTime)
	defer stop()
	if err := t.write(ctx, e); err != nil {
		return &control.Step{At: w.now(), Key: "trail", State: control.StepFailed, Text: "it could not be written down: " + model.Clean(err.Error(), 200)}
	}
	return nil
}

func stepWord(s control.StepState) string {
	switch s {
	case control.StepDone:
		return "seen: "
	case control.StepFailed, control.StepWaiting:
		return "not seen: "
	}
	return ""
}

// entry is what all entries about a deed have.
func (t trail) entry(w worker, i Do) ledger.Entry {
	e := ledger.Entry{At: w.now(), Actor: t.actor, Action: w.kind.action(), Subject: string(w.target.Run), Reason: t.cause, Prices: t.prices}
	if way := string(cmp.Or(i.Way, control.Way(i.Place))); way != "" {
		e.Action += "." + way
	}
	return e
}

// save keeps a state together with the entry about it.
func (t trail) save(ctx context.Context, s savedRun, e ledger.Entry) error {
	if t.ledger != nil {
		_, err := t.ledger.SaveState(ctx, ledger.SavedState{Run: s.Run, At: s.At, Body: s.body()}, e)
		return err
	}
	return t.append(e, s.body())
}

func (t trail) write(ctx context.Context, e ledger.Entry) error {
	if t.ledger != nil {
		return t.ledger.Audit(ctx, e)
	}
	return t.append(e, nil)
}

// append writes to the file that stands in for the ledger: for the user alone.
func (t trail) append(e ledger.Entry, state json.RawMessage) error {
	if t.folder == "" {
		return errors.New("there is neither a ledger nor a folder for state")
	}
	line, err := json.Marshal(struct {
		At       time.Time       `json:"at"`
		Actor    string          `json:"actor"`
		Action   string          `json:"action"`
		Subject  string          `json:"subject"`
		Before   string          `json:"before"`
		After    string          `json:"after"`
		Reason   string          `json:"reason,omitempty"`
		Evidence string          `json:"evidence,omitempty"`
		State    json.RawMessage `json:"state,omitempty"`
	}{e.At.UTC(), e.Actor, e.Action, e.Subject, e.Before, e.After, e.Reason, e.Evidence, state})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(t.folder, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(t.folder, actionsFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// standing is the run's newest turn in words.
func (s savedRun) standing() string {
	if len(s.Threads) == 0 || s.Threads[0].Number == 0 {
		return "no turn yet"
	}
	t := s.Threads[0]
	return fmt.Sprintf("turn %d %s", t.Number, t.State)
}

// evidence is who is acted on, so that it can be told from any other later.
func (s savedRun) evidence() string {
	o := s.Owner
	text := fmt.Sprintf("%s, thread %s", o.Kind, s.Run)
	if o.PID > 0 {
		text += fmt.Sprintf(", pid %d since %s, lock %d", o.PID, o.Started.UTC().Format(time.RFC3339Nano), o.Inode)
	}
	return model.Clean(text, 400)
}
