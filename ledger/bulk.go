package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
)

// How many rows one statement puts in: as many as there may be, of the rest some, of
// what is left then one.
const (
	fillRows = 32
	fillSome = 8
)

// bulk puts many rows in over one connection. It speaks to the driver itself: the
// statements of a long filling, whose text alone takes as long to read as all its
// rows to write, are prepared once for all its transactions, and the arguments are
// laid out as the driver wants them. It belongs to one goroutine.
type bulk struct {
	conn     *sql.Conn
	prepared map[string]driver.Stmt
	stmts    map[string]*sql.Stmt // by text, those that are not asked for many rows
	fillings map[string]*filling  // by table
	numbers  numbers
	sums     deltas
}

func newBulk(c *sql.Conn) *bulk { return &bulk{conn: c} }

// close gives up the statements; the connection is the caller's.
func (b *bulk) close() {
	for _, s := range b.stmts {
		_ = s.Close() // the connection closes it in any case
	}
	clear(b.stmts)
	if len(b.prepared) == 0 {
		return
	}
	_ = b.conn.Raw(func(any) error {
		for _, s := range b.prepared {
			_ = s.Close() // it tells once more how its last run ended
		}
		return nil
	})
	clear(b.prepared)
}

// exec runs one statement in the transaction that is open on the connection.
func (b *bulk) exec(text string, args []driver.NamedValue) error {
	ctx := context.Background() // see quietly
	return b.conn.Raw(func(c any) error {
		s := b.prepared[text]
		if s == nil {
			var err error
			if s, err = c.(driver.ConnPrepareContext).PrepareContext(ctx, text); err != nil {
				return err
			}
			if b.prepared == nil {
				b.prepared = map[string]driver.Stmt{}
			}
			b.prepared[text] = s
		}
		_, err := s.(driver.StmtExecContext).ExecContext(ctx, args)
		return err
	})
}

// filling is rows of one table that wait for being put in.
type filling struct {
	bulk    *bulk
	columns int
	one     string // the statements' texts, for one row, some and most
	some    string
	most    string
	args    []driver.NamedValue
}

// filling gives the rows that wait for a table (with its columns), none at first; end
// is the end of the statement.
func (b *bulk) filling(table string, columns int, end string) *filling {
	f := b.fillings[table]
	if f == nil {
		f = &filling{bulk: b, columns: columns, one: insertion(table, columns, 1, end), some: insertion(table, columns, fillSome, end), most: insertion(table, columns, fillRows, end)}
		if b.fillings == nil {
			b.fillings = map[string]*filling{}
		}
		b.fillings[table] = f
	}
	f.args = f.args[:0]
	return f
}

// insertion is the text that puts some rows in. Where one can't be, those before it
// stay until the transaction is rolled back, which it is then: to take them out by itself, SQLite
// would copy each page before.
func insertion(table string, columns, rows int, end string) string {
	row := ", (" + strings.Repeat("?, ", columns-1) + "?)"
	return "INSERT OR FAIL INTO " + table + " VALUES " + strings.Repeat(row, rows)[len(", "):] + end
}

// add takes values as the driver knows them: int64, string or []byte.
func (f *filling) add(values ...any) {
	for _, v := range values {
		f.args = append(f.args, driver.NamedValue{Value: v})
	}
}

// flush puts in what waits; with whole, what does not fill a large statement goes on
// waiting. The number of rows of a statement is one of a few, so that each is prepared once.
func (f *filling) flush(whole bool) error {
	left := f.args
	for len(left) > 0 {
		rows, text := 1, f.one
		switch n := len(left) / f.columns; {
		case n >= fillRows:
			rows, text = fillRows, f.most
		case n >= fillSome:
			rows, text = fillSome, f.some
		}
		if whole && rows < fillRows {
			break
		}
		args := left[:rows*f.columns]
		for i := range args {
			args[i].Ordinal = i + 1
		}
		if err := f.bulk.exec(text, args); err != nil {
			return err
		}
		left = left[len(args):]
	}
	n := copy(f.args, left)
	clear(f.args[n:]) // what they point to may go
	f.args = f.args[:n]
	return nil
}
