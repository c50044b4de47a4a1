package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// Grant is an extension of a budget: always an amount, an end and a reason.
type Grant struct {
	ID        string
	Budget    string
	Key       string // the run or task that it is for; "" the budget's present period
	Exception string // that it was given for
	Limit     budget.Limit
	From      time.Time
	Until     time.Time
	Reason    string
	Requester string
	Approver  string    // "" where nobody else was asked
	Revoked   time.Time // zero where it holds
}

// Holds says that the grant counts at an instant.
func (g Grant) Holds(at time.Time) bool {
	return !at.Before(g.From) && at.Before(g.Until) && (g.Revoked.IsZero() || at.Before(g.Revoked))
}

const (
	sqlPutGrant = `INSERT INTO grants (id, budget, subject, exception, unit, amount, from_at, until, reason, requester, approver, revoked_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlRevokeGrant = `UPDATE grants SET revoked_at = ? WHERE id = ? AND revoked_at = 0`
	sqlGrants      = `SELECT id, budget, subject, exception, unit, amount, from_at, until, reason, requester, approver, revoked_at
		FROM grants WHERE until >= ? ORDER BY from_at, id`
)

func (t tx) putGrant(g Grant) error {
	return t.exec(sqlPutGrant, g.ID, g.Budget, g.Key, g.Exception, int64(g.Limit.Unit), g.Limit.Amount, nanos(g.From), nanos(g.Until),
		g.Reason, g.Requester, g.Approver, nanos(g.Revoked))
}

// PutGrant writes a grant and its entry of the audit trail. Its ID must be new.
func (l *Ledger) PutGrant(ctx context.Context, g Grant, entry Entry) error {
	err := l.change(ctx, survivesPower, func(t tx) error {
		if err := t.putGrant(g); err != nil {
			return err
		}
		return t.audit(entry)
	})
	if err != nil {
		return fmt.Errorf("write grant %s: %w", g.ID, err)
	}
	return nil
}

// Revoke ends a grant at an instant. It fails with [ErrUnknown] where there is no
// such grant, or it was revoked before.
func (l *Ledger) Revoke(ctx context.Context, id string, at time.Time, entry Entry) error {
	err := l.change(ctx, survivesPower, func(t tx) error {
		r, err := t.ExecContext(t.ctx, sqlRevokeGrant, nanos(at), id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("%w: no grant to revoke", ErrUnknown)
		}
		return t.audit(entry)
	})
	if err != nil {
		return fmt.Errorf("revoke grant %s: %w", id, err)
	}
	return nil
}

// Grants gives the grants that end at or after an instant (zero: all), the revoked
// ones too, oldest first.
func (l *Ledger) Grants(ctx context.Context, since time.Time) ([]Grant, error) {
	var gs []Grant
	if err := l.query(ctx, sqlGrants, []any{nanos(since)}, eachGrant(&gs)); err != nil {
		return gs, fmt.Errorf("read grants: %w", err)
	}
	return gs, nil
}

func eachGrant(gs *[]Grant) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var g Grant
		var unit, from, until, revoked int64
		err := scan(&g.ID, &g.Budget, &g.Key, &g.Exception, &unit, &g.Limit.Amount, &from, &until, &g.Reason, &g.Requester, &g.Approver, &revoked)
		g.Limit.Unit, g.From, g.Until, g.Revoked = budget.Unit(unit), instant(from), instant(until), instant(revoked)
		*gs = append(*gs, g)
		return err
	}
}
