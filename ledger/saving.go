package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Saving is one switch of a run to another model or effort: what was promised, and
// what was used since. Strings are clean.
type Saving struct {
	ID                                             string // made up by who puts it
	Run                                            model.RunID
	At                                             time.Time
	Until                                          time.Time // end of the measurement; zero while it goes on
	Actor                                          string
	Method                                         string // resume, server, or settings: from the next turn on
	FromModel, FromEffort, ToModel, ToEffort, Tier string
	Promised                                       price.Money // an hour; -1 not known
	OneOff                                         price.Money // promised cost of the switch itself; -1 not known
	Prices                                         string      // version of the price list that Promised was worked out with
	Turns                                          int         // that were measured so far
	Used                                           []SavingUse // tokens since the switch, never money
}

// SavingUse is what was used since a switch in one bucket.
type SavingUse struct {
	Bucket       model.Bucket
	Usage        model.Usage
	Responses    int64
	SwitchItself bool // the compaction, or the first request without a cache
}

const (
	sqlPutSaving = `INSERT INTO savings (id, run, at, until, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET run = excluded.run, at = excluded.at, until = excluded.until, body = excluded.body WHERE savings.until = 0`
	sqlSavings     = `SELECT body FROM savings WHERE at >= ? ORDER BY at, id`
	sqlOpenSavings = `SELECT body FROM savings WHERE until = 0 ORDER BY at, id`
)

// PutSaving writes a saving in place of what was known of it; one that is over stays as
// it is, since another process may still measure it.
func (l *Ledger) PutSaving(ctx context.Context, s Saving) error {
	if err := l.change(ctx, survivesProcess, func(t tx) error { return t.putSaving(s) }); err != nil {
		return fmt.Errorf("write saving %s: %w", s.ID, err)
	}
	return nil
}

func (t tx) putSaving(s Saving) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return t.exec(sqlPutSaving, s.ID, string(s.Run), nanos(s.At), nanos(s.Until), string(body))
}

// Savings gives the savings since an instant (zero: all), oldest first.
func (l *Ledger) Savings(ctx context.Context, since time.Time) ([]Saving, error) {
	return l.savings(ctx, sqlSavings, nanos(since))
}

// OpenSavings gives those that are still measured, oldest first.
func (l *Ledger) OpenSavings(ctx context.Context) ([]Saving, error) {
	return l.savings(ctx, sqlOpenSavings)
}

func (l *Ledger) savings(ctx context.Context, text string, args ...any) ([]Saving, error) {
	var all []Saving
	err := l.query(ctx, text, args, func(scan func(...any) error) error {
		var body []byte
		var s Saving
		if err := scan(&body); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &s); err != nil {
			return err
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		return all, fmt.Errorf("read savings: %w", err)
	}
	return all, nil
}
