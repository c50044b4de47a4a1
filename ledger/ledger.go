// Package ledger is what lasts: the usage of every thread, labels, exceptions
// with what was decided about them, grants, and the audit trail. It is a SQLite
// database on this machine; only this package knows SQL.
//
// Tokens are kept, money is not: prices are dated, so money is worked out when it
// is asked for. A thread's rows are always replaced as a whole, never added to,
// because a thread's usage can be derived from its session files again at any time.
//
// Several processes may have one ledger open: monitors, commands and a gate.
// Writing transactions are short, begin with the write lock, and wait for each
// other. What was committed survives the death of the process that wrote it.
package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver, registered as "sqlite"
)

// Ledger is an open ledger. All methods may be called from any goroutine.
type Ledger struct {
	path   string
	notice string
	o      options
	write  *sql.DB // one connection: writers of this process stand in line here
	read   *sql.DB

	mu       sync.Mutex
	prepared map[string]*sql.Stmt // of read, by text
	suspect  bool                 // an operation said that the file is damaged
}

// options are what tests change.
type options struct {
	now     func() time.Time
	busy    time.Duration // how long SQLite waits for another writer
	pages   int           // most pages of the file; 0 no limit
	version int           // the newest schema; 0 the present one
	hasty   bool          // leave the daily check to others
}

const (
	busyTime  = 5 * time.Second // and then the attempt is made again, see [Ledger.change]
	readers   = 4
	pageCache = 512            // KiB that a connection keeps of the file: a page is seldom asked for again
	checkTime = 24 * time.Hour // between two checks of the whole file
)

// Open opens the ledger at path, and makes it where there is none: the file for
// the user alone (0600), its folder too (0700) where that is missing.
//
// A ledger that is damaged is set aside beside it, as NAME.damaged-DATE, and a new
// one is begun with what could be read of the old; [Ledger.Notice] tells of it. A file
// that never was one is refused and not touched. A ledger that a newer version wrote is refused
// with [ErrNewer] and not touched. Every other error means that there is no ledger
// to be had now: the folder can't be written, another process holds it for too long.
func Open(path string) (*Ledger, error) {
	return open(path, options{now: time.Now, busy: busyTime})
}

func open(path string, o options) (*Ledger, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := prepareFile(path); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	l, err := connect(path, o)
	if errors.Is(err, fs.ErrNotExist) { // another process sets a damaged file aside at this moment
		if err = awaitMending(path, o); err == nil {
			l, err = connect(path, o)
		}
	}
	if errors.Is(err, ErrDamaged) && mayBeOurs(path) {
		var notice string
		if notice, err = setAside(path, o); err == nil {
			l, err = connect(path, o)
		}
		if err == nil {
			l.notice = notice
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// prepareFile makes the folder and an empty file, so that nothing of the ledger
// is ever readable for others. Its companions (-wal, -shm) get its permissions.
// What is somebody else's keeps its own.
func prepareFile(path string) error {
	whose, err := kinOf(path)
	switch {
	case err != nil:
		return err
	case whose == kinForeign:
		return errForeign
	case whose == kinOther:
		return errNoLedger
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Mode().IsRegular():
		if info.Mode().Perm()&0o077 != 0 && whose == kinOurs && runtime.GOOS != "windows" {
			return os.Chmod(path, 0o600)
		}
		return nil
	case err == nil:
		return errors.New("is not a file")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// connect opens the file, brings its schema up to date and checks it where that is due.
func connect(path string, o options) (*Ledger, error) {
	l := &Ledger{path: path, o: o, prepared: map[string]*sql.Stmt{}}
	l.write = pool(path, o, "&_txlock=immediate&_pragma=synchronous(NORMAL)", 1)
	if l.read = l.write; !o.hasty { // who is in a hurry opens it once, and asks one thing at a time
		l.read = pool(path, o, "&_pragma=query_only(1)", readers)
	}
	err := l.begin()
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Ledger) begin() error {
	ctx := context.Background()
	if err := checkHead(l.path); err != nil {
		return err
	}
	if err := l.migrate(ctx); err != nil {
		return known(err)
	}
	if l.o.hasty {
		return nil
	}
	return known(l.checkIfDue(ctx))
}

// pool opens connections as they are needed.
func pool(path string, o options, more string, most int) *sql.DB {
	name := filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		name = "/" + name
	}
	dsn := "file:" + (&url.URL{Path: name}).EscapedPath() +
		fmt.Sprintf("?_pragma=busy_timeout(%d)&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)&_pragma=cache_size(-%d)", o.busy.Milliseconds(), pageCache)
	if o.hasty { // others write the log back into the file, and sooner
		dsn += "&_pragma=wal_autocheckpoint(2000)"
	}
	if o.pages > 0 {
		dsn += fmt.Sprintf("&_pragma=max_page_count(%d)", o.pages)
	}
	db, err := sql.Open("sqlite", dsn+more)
	if err != nil { // the driver is linked in, and opening connects to nothing
		panic(err)
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}

// Path is where the ledger is.
func (l *Ledger) Path() string { return l.path }

// Notice tells what happened to a damaged ledger in whose place this one is; "" nothing.
func (l *Ledger) Notice() string { return l.notice }

// Close waits for what goes on and closes the file. The ledger can't be used after it.
func (l *Ledger) Close() error {
	l.mu.Lock()
	for _, s := range l.prepared {
		_ = s.Close() // the connection closes it in any case
	}
	clear(l.prepared)
	l.mu.Unlock()
	return errors.Join(l.read.Close(), l.write.Close())
}

// stmt gives the prepared statement of a query; each is prepared once.
func (l *Ledger) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	l.mu.Lock()
	s := l.prepared[text]
	l.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := l.read.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.prepared[text]; old != nil {
		_ = s.Close() // the other one does
		return old, nil
	}
	l.prepared[text] = s
	return s, nil
}

// query calls f for each row.
func (l *Ledger) query(ctx context.Context, text string, args []any, f func(scan func(...any) error) error) error {
	return l.guard(l.each(ctx, text, args, f))
}

func (l *Ledger) each(ctx context.Context, text string, args []any, f func(scan func(...any) error) error) error {
	s, err := l.stmt(ctx, text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
