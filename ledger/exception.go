package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// Decision is one step in the life of an exception.
type Decision struct {
	Exception string // its ID
	At        time.Time
	Actor     string
	From, To  budget.Life
	Until     time.Time // of a snooze or an extension
	Reason    string
}

const (
	sqlPutException = `INSERT INTO exceptions (id, rule, severity, run, thread, budget, state, owner, at, until, changed_at, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET rule = excluded.rule, severity = excluded.severity, run = excluded.run, thread = excluded.thread,
		budget = excluded.budget, state = excluded.state, owner = excluded.owner, at = excluded.at, until = excluded.until,
		changed_at = excluded.changed_at, body = excluded.body`
	sqlExceptions     = `SELECT body FROM exceptions WHERE changed_at >= ? ORDER BY at, id`
	sqlException      = `SELECT body FROM exceptions WHERE id = ?`
	sqlExceptionState = `SELECT state FROM exceptions WHERE id = ?`
	sqlPutDecision    = `INSERT INTO decisions (exception, at, actor, from_state, to_state, until, reason) VALUES (?, ?, ?, ?, ?, ?, ?)`
	sqlDecisions      = `SELECT exception, at, actor, from_state, to_state, until, reason FROM decisions WHERE at >= ? ORDER BY n`
)

// PutExceptions writes exceptions as they stand now, in place of what was known
// of them. It is for what rules found; what a person decided goes through [Ledger.Decide],
// and an exception that somebody decided on keeps its state here.
func (l *Ledger) PutExceptions(ctx context.Context, es ...budget.Exception) error {
	if len(es) == 0 {
		return nil
	}
	err := l.change(ctx, survivesProcess, func(t tx) error {
		for _, e := range es {
			old, err := t.exception(e.ID)
			switch {
			case err == nil && old.Changed.After(e.Changed):
				e.State, e.Until, e.Owner, e.Changed, e.Reason = old.State, old.Until, old.Owner, old.Changed, old.Reason
			case err != nil && !errors.Is(err, sql.ErrNoRows):
				return err
			}
			if err := t.putException(e); err != nil {
				return fmt.Errorf("exception %s: %w", e.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write exceptions: %w", err)
	}
	return nil
}

func (t tx) exception(id string) (budget.Exception, error) {
	var e budget.Exception
	var body []byte
	if err := t.one(sqlException, []any{id}, &body); err != nil {
		return e, err
	}
	return e, json.Unmarshal(body, &e)
}

func (t tx) putException(e budget.Exception) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return t.exec(sqlPutException, e.ID, e.Rule, int64(e.Severity), string(e.Run), e.Thread, e.Budget, string(e.State), e.Owner,
		nanos(e.At), nanos(e.Until), nanos(e.Changed), string(body))
}

// Decide writes a step in the life of an exception: its new state, the decision
// and the entry of the audit trail, all or nothing. It fails with [ErrChanged] where the
// exception is no longer in the state that the decision was made in, and nothing is written.
// An exception that is not in the ledger yet counts as being in that state.
func (l *Ledger) Decide(ctx context.Context, after budget.Exception, d Decision, entry Entry) error {
	return l.decide(ctx, after, d, nil, entry)
}

// Extend is [Ledger.Decide] with the grant that the decision gives.
func (l *Ledger) Extend(ctx context.Context, after budget.Exception, d Decision, g Grant, entry Entry) error {
	return l.decide(ctx, after, d, &g, entry)
}

func (l *Ledger) decide(ctx context.Context, after budget.Exception, d Decision, g *Grant, entry Entry) error {
	err := l.change(ctx, survivesPower, func(t tx) error {
		var state budget.Life
		err := t.one(sqlExceptionState, []any{after.ID}, &state)
		switch {
		case err == nil && state != d.From:
			return fmt.Errorf("%w: it is %s, not %s", ErrChanged, state, d.From)
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		}
		if err := t.putException(after); err != nil {
			return err
		}
		if err := t.putDecision(d); err != nil {
			return err
		}
		if g != nil {
			if err := t.putGrant(*g); err != nil {
				return err
			}
		}
		return t.audit(entry)
	})
	if err != nil {
		return fmt.Errorf("decide on exception %s: %w", after.ID, err)
	}
	return nil
}

func (t tx) putDecision(d Decision) error {
	return t.exec(sqlPutDecision, d.Exception, nanos(d.At), d.Actor, string(d.From), string(d.To), nanos(d.Until), d.Reason)
}

// Exceptions gives the exceptions that changed since an instant (zero: all), oldest first.
func (l *Ledger) Exceptions(ctx context.Context, since time.Time) ([]budget.Exception, error) {
	var es []budget.Exception
	err := l.query(ctx, sqlExceptions, []any{nanos(since)}, func(scan func(...any) error) error {
		var body []byte
		var e budget.Exception
		if err := scan(&body); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &e); err != nil {
			return err
		}
		es = append(es, e)
		return nil
	})
	if err != nil {
		return es, fmt.Errorf("read exceptions: %w", err)
	}
	return es, nil
}

// Decisions gives what was decided since an instant (zero: ever), in the order in which it was written.
func (l *Ledger) Decisions(ctx context.Context, since time.Time) ([]Decision, error) {
	var ds []Decision
	err := l.query(ctx, sqlDecisions, []any{nanos(since)}, func(scan func(...any) error) error {
		var d Decision
		var at, until int64
		err := scan(&d.Exception, &at, &d.Actor, &d.From, &d.To, &until, &d.Reason)
		d.At, d.Until = instant(at), instant(until)
		ds = append(ds, d)
		return err
	})
	if err != nil {
		return ds, fmt.Errorf("read decisions: %w", err)
	}
	return ds, nil
}
