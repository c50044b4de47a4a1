package ledger

import (
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrDamaged says that the file is damaged. Opening it again sets it aside, if it
	// is a ledger.
	ErrDamaged = errors.New("the file is damaged")
	// ErrNewer says that a newer version of this program wrote the ledger.
	ErrNewer = errors.New("written by a newer version of tokenburn; use that one, or another file")
	// ErrFull says that the disk is full; nothing of the change was written.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly says that the file or its folder can't be written.
	ErrReadOnly = errors.New("can't be written")
	// ErrBusy says that another process held the ledger for too long.
	ErrBusy = errors.New("another process holds it for too long")
	// ErrChanged says that something was changed by somebody else in the meantime.
	ErrChanged = errors.New("it was changed by somebody else in the meantime")
	// ErrUnknown says that there is no such thing in the ledger.
	ErrUnknown = errors.New("not in the ledger")
)

// code is the primary result code of an error of SQLite, 0 where it is none.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func isBusy(err error) bool {
	c := code(err)
	return c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED
}

// known gives an error of SQLite the sentinel that callers test.
func known(err error) error {
	sentinel := error(nil)
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		sentinel = ErrDamaged
	case sqlite3.SQLITE_FULL:
		sentinel = ErrFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		sentinel = ErrReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		sentinel = ErrBusy
	}
	if sentinel == nil || errors.Is(err, sentinel) {
		return err
	}
	return fmt.Errorf("%w: %w", sentinel, err)
}

// guard names an error, and notes a damaged file so that the next opening checks all of it.
func (l *Ledger) guard(err error) error {
	err = known(err)
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.suspect {
		l.suspect = true
		_ = os.WriteFile(suspectMark(l.path), nil, 0o600) // without it, the daily check finds the damage
	}
	return err
}
