package ledger

import (
	"context"
	"database/sql"
	"errors"
)

// durability is what a change must survive.
type durability bool

const (
	survivesProcess durability = false // enough for what session files tell again
	survivesPower   durability = true  // for what only the ledger knows
)

// tx is a writing transaction.
type tx struct {
	*sql.Tx
	l    *Ledger
	ctx  context.Context
	bulk *bulk
	numbers
	sums *deltas // not written yet
}

// numbers are those of classes and places, as far as the transactions of one [bulk]
// used them. They never change.
type numbers struct {
	classes map[class]int64
	places  map[[3]string]int64
}

// change runs f in one writing transaction, which holds the write lock from its
// beginning. It is tried again where another process holds the lock for longer
// than the busy time. f may be called more than once.
func (l *Ledger) change(ctx context.Context, d durability, f func(tx) error) error {
	return l.patiently(ctx, func() error { return l.changeOnce(ctx, d, f) })
}

// patiently makes an attempt again where another process holds the lock.
func (l *Ledger) patiently(ctx context.Context, attempt func() error) error {
	var err error
	for range 3 {
		err = attempt()
		if !isBusy(err) || ctx.Err() != nil {
			break
		}
	}
	return l.guard(err)
}

func (l *Ledger) changeOnce(ctx context.Context, d durability, f func(tx) error) error {
	c, err := l.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	b := newBulk(c)
	defer b.close()
	return l.changeOn(ctx, b, d, f)
}

// changeOn is changeOnce on a connection.
func (l *Ledger) changeOn(ctx context.Context, b *bulk, d durability, f func(tx) error) error {
	c := b.conn
	if d == survivesPower {
		if _, err := c.ExecContext(ctx, "PRAGMA synchronous=FULL"); err != nil {
			return err
		}
		defer c.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous=NORMAL")
	}
	t, err := begin(ctx, c)
	if err != nil {
		return err
	}
	if b.numbers.classes == nil {
		b.numbers = numbers{map[class]int64{}, map[[3]string]int64{}}
	}
	w := tx{t, l, ctx, b, b.numbers, &b.sums}
	w.sums.list = w.sums.list[:0]
	if err = f(w); err == nil {
		err = w.flush()
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		b.numbers = numbers{} // numbers that it gave are free again
		return errors.Join(err, t.Rollback())
	}
	if err = t.Commit(); err != nil {
		b.numbers = numbers{}
	}
	return err
}

// begin begins a transaction. Its context ends the waiting for the lock, but not the
// transaction: that would be rolled back behind the back of a [bulk], which speaks to
// the driver itself, and each statement after it would be a transaction of its own.
func begin(ctx context.Context, c *sql.Conn) (*sql.Tx, error) {
	waiting, end := context.WithCancel(quietly(ctx))
	goesOn := context.AfterFunc(ctx, end)
	t, err := c.BeginTx(waiting, nil)
	if !goesOn() {
		if err == nil {
			_ = t.Rollback() // it may be done already
		}
		err = ctx.Err()
	}
	if err != nil {
		end()
		return nil, err
	}
	return t, nil
}

func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// stmt gives the prepared statement of a text; the end of the [bulk] closes it.
func (t tx) stmt(text string) (*sql.Stmt, error) {
	if s := t.bulk.stmts[text]; s != nil {
		return s, nil
	}
	s, err := t.bulk.conn.PrepareContext(t.ctx, text)
	if err == nil {
		if t.bulk.stmts == nil {
			t.bulk.stmts = map[string]*sql.Stmt{}
		}
		t.bulk.stmts[text] = s
	}
	return s, err
}

// exec runs one statement.
func (t tx) exec(text string, args ...any) error {
	s, err := t.stmt(text)
	if err == nil {
		_, err = s.ExecContext(t.ctx, args...)
	}
	return err
}

// one reads a single row; its error wraps [sql.ErrNoRows] where there is none.
func (t tx) one(text string, args []any, into ...any) error {
	s, err := t.stmt(text)
	if err != nil {
		return err
	}
	return s.QueryRowContext(t.ctx, args...).Scan(into...)
}
