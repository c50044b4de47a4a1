package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// SavedState is how a run stood before something was done to it.
type SavedState struct {
	N    int64 // its number, given by the ledger
	Run  model.RunID
	At   time.Time
	Body json.RawMessage // whatever its writer wants to be given back
}

const (
	sqlPutState = `INSERT INTO states (run, at, body) VALUES (?, ?, ?) RETURNING n`
	sqlStates   = `SELECT n, run, at, body FROM states WHERE run = ? OR ? = '' ORDER BY n`
)

// SaveState keeps how a run stands, together with an entry of the audit trail that
// says what for, and gives its number. When it returns, both survive a loss of power.
func (l *Ledger) SaveState(ctx context.Context, s SavedState, entry Entry) (n int64, err error) {
	err = l.change(ctx, survivesPower, func(t tx) error {
		if err := t.one(sqlPutState, []any{string(s.Run), nanos(s.At), string(s.Body)}, &n); err != nil {
			return err
		}
		return t.audit(entry)
	})
	if err != nil {
		return 0, fmt.Errorf("save the state of run %s: %w", s.Run, err)
	}
	return n, nil
}

func (t tx) putState(s SavedState) error {
	var n int64
	return t.one(sqlPutState, []any{string(s.Run), nanos(s.At), string(s.Body)}, &n)
}

// SavedStates gives the states of a run that were saved ("" of all runs), oldest first.
func (l *Ledger) SavedStates(ctx context.Context, run model.RunID) ([]SavedState, error) {
	var all []SavedState
	err := l.query(ctx, sqlStates, []any{string(run), string(run)}, func(scan func(...any) error) error {
		var s SavedState
		var at int64
		err := scan(&s.N, &s.Run, &at, (*[]byte)(&s.Body))
		s.At = instant(at)
		all = append(all, s)
		return err
	})
	if err != nil {
		return all, fmt.Errorf("read saved states: %w", err)
	}
	return all, nil
}
