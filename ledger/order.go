package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Order is something that is to happen to a run later. It holds for the gate, the
// monitor and the guard alike.
type Order struct {
	ID     string
	Run    model.RunID
	Kind   string      // turn_end, amount or hold, see monitor.OrderKind
	Amount price.Money // of an amount: total cost of the run
	Until  time.Time   // of a hold; zero else
	At     time.Time
	Actor  string
	Reason string
	Done   time.Time // carried out or called off; zero while it holds
}

// Holds says that the order counts at an instant.
func (o Order) Holds(at time.Time) bool {
	return o.Done.IsZero() && (o.Until.IsZero() || at.Before(o.Until))
}

const (
	sqlPutOrder = `INSERT INTO orders (id, run, kind, amount, until, at, actor, reason, done_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlEndOrder = `UPDATE orders SET done_at = ? WHERE id = ? AND done_at = 0`
	sqlOrders   = `SELECT id, run, kind, amount, until, at, actor, reason, done_at FROM orders`
)

// PutOrder writes a new order and its entry of the audit trail. Its ID must be new.
func (l *Ledger) PutOrder(ctx context.Context, o Order, entry Entry) error {
	err := l.change(ctx, survivesPower, func(t tx) error {
		if err := t.putOrder(o); err != nil {
			return err
		}
		return t.audit(entry)
	})
	if err != nil {
		return fmt.Errorf("write order %s: %w", o.ID, err)
	}
	return nil
}

func (t tx) putOrder(o Order) error {
	return t.exec(sqlPutOrder, o.ID, string(o.Run), o.Kind, int64(o.Amount), nanos(o.Until), nanos(o.At), o.Actor, o.Reason, nanos(o.Done))
}

// EndOrder says that an order was carried out or called off, and writes its entry of
// the audit trail. It fails with [ErrUnknown] where there is no such order, or it
// ended before; nothing is written then.
func (l *Ledger) EndOrder(ctx context.Context, id string, at time.Time, entry Entry) error {
	err := l.change(ctx, survivesPower, func(t tx) error {
		r, err := t.ExecContext(t.ctx, sqlEndOrder, nanos(at), id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("%w: no order that holds", ErrUnknown)
		}
		return t.audit(entry)
	})
	if err != nil {
		return fmt.Errorf("end order %s: %w", id, err)
	}
	return nil
}

// Orders gives the orders that were not carried out or called off, oldest first.
// Holds whose time is over are among them: see [Order.Holds].
func (l *Ledger) Orders(ctx context.Context) ([]Order, error) {
	return l.orders(ctx, " WHERE done_at = 0 ORDER BY at, id")
}

// OrdersSince gives the orders that were given at an instant or later (zero: all),
// the ended ones too, oldest first.
func (l *Ledger) OrdersSince(ctx context.Context, since time.Time) ([]Order, error) {
	return l.orders(ctx, " WHERE at >= ? ORDER BY at, id", nanos(since))
}

func (l *Ledger) orders(ctx context.Context, where string, args ...any) ([]Order, error) {
	var os []Order
	if err := l.query(ctx, sqlOrders+where, args, eachOrder(&os)); err != nil {
		return os, fmt.Errorf("read orders: %w", err)
	}
	return os, nil
}

func eachOrder(os *[]Order) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var o Order
		var until, at, done int64
		err := scan(&o.ID, &o.Run, &o.Kind, &o.Amount, &until, &at, &o.Actor, &o.Reason, &done)
		o.Until, o.At, o.Done = instant(until), instant(at), instant(done)
		*os = append(*os, o)
		return err
	}
}
