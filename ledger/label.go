package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Label is what somebody said a run is for. An empty Task or Client says nothing.
type Label struct {
	Run    model.RunID
	Task   string
	Client string
	At     time.Time
	By     string
}

const (
	sqlPutLabel = `INSERT INTO labels (run, task, client, set_at, set_by) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (run) DO UPDATE SET task = excluded.task, client = excluded.client, set_at = excluded.set_at, set_by = excluded.set_by`
	sqlDropLabel = `DELETE FROM labels WHERE run = ?`
	sqlLabels    = `SELECT run, task, client, set_at, set_by FROM labels ORDER BY run`
	sqlLabel     = `SELECT task, client FROM labels WHERE run = ?`
)

// SetLabel says what a run is for, in place of what was said before, and writes
// it to the audit trail. Empty Task and Client take the label away.
func (l *Ledger) SetLabel(ctx context.Context, b Label) error {
	err := l.change(ctx, survivesPower, func(t tx) error {
		var was Label
		_ = t.one(sqlLabel, []any{string(b.Run)}, &was.Task, &was.Client) // none before: both are empty
		if err := t.putLabel(b); err != nil {
			return err
		}
		return t.audit(Entry{At: b.At, Actor: b.By, Action: "label", Subject: string(b.Run), Before: was.String(), After: b.String()})
	})
	if err != nil {
		return fmt.Errorf("label run %s: %w", b.Run, err)
	}
	return nil
}

func (t tx) putLabel(b Label) error {
	if b.Task == "" && b.Client == "" {
		return t.exec(sqlDropLabel, string(b.Run))
	}
	return t.exec(sqlPutLabel, string(b.Run), b.Task, b.Client, nanos(b.At), b.By)
}

// String gives the label in words, "" for none.
func (b Label) String() string {
	switch {
	case b.Task == "" && b.Client == "":
		return ""
	case b.Client == "":
		return "task " + b.Task
	case b.Task == "":
		return "client " + b.Client
	}
	return "task " + b.Task + ", client " + b.Client
}

// Labels gives all labels by run.
func (l *Ledger) Labels(ctx context.Context) (map[model.RunID]Label, error) {
	labels := map[model.RunID]Label{}
	if err := l.query(ctx, sqlLabels, nil, eachLabel(labels)); err != nil {
		return labels, fmt.Errorf("read labels: %w", err)
	}
	return labels, nil
}

func eachLabel(labels map[model.RunID]Label) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var b Label
		var at int64
		err := scan(&b.Run, &b.Task, &b.Client, &at, &b.By)
		b.At = instant(at)
		labels[b.Run] = b
		return err
	}
}
