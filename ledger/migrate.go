package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// steps are the schema's versions: step i makes version i+1 out of version i.
// A released step is never changed; testdata/ledger keeps a file of each version.
func steps() []string {
	return []string{schema1, schema2, schema3}
}

// schema1 is the first version. Instants are nanoseconds since the Unix epoch, 0
// where there is none; quarters are as in model.Bucket.
const schema1 = `
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;

-- What is known of a thread. tokens and responses are the sums of its usage rows,
-- packed is the same rows in a form that is quick to read.
CREATE TABLE threads (
	n INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	run TEXT NOT NULL,
	home TEXT NOT NULL,
	project TEXT NOT NULL,
	user TEXT NOT NULL,
	cwd TEXT NOT NULL,
	branch TEXT NOT NULL,
	model TEXT NOT NULL,
	first_at INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	written_at INTEGER NOT NULL,
	tokens INTEGER NOT NULL,
	responses INTEGER NOT NULL,
	reader TEXT NOT NULL,
	state BLOB NOT NULL,
	packed BLOB NOT NULL,
	updated_at INTEGER NOT NULL
);
CREATE INDEX threads_run ON threads (run);
CREATE INDEX threads_home ON threads (home, written_at);

-- The session files that a thread was read from, in their order.
CREATE TABLE files (
	thread INTEGER NOT NULL REFERENCES threads (n) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	path TEXT NOT NULL,
	size INTEGER NOT NULL,
	modified_at INTEGER NOT NULL,
	dev INTEGER NOT NULL,
	ino INTEGER NOT NULL,
	offset INTEGER NOT NULL,
	PRIMARY KEY (thread, position)
) WITHOUT ROWID;

-- What usage is counted under besides thread and time.
CREATE TABLE classes (
	n INTEGER PRIMARY KEY,
	model TEXT NOT NULL,
	tier TEXT NOT NULL,
	long INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	UNIQUE (model, tier, long, kind)
);

CREATE TABLE usage (
	thread INTEGER NOT NULL REFERENCES threads (n) ON DELETE CASCADE,
	quarter INTEGER NOT NULL,
	class INTEGER NOT NULL REFERENCES classes (n),
	input INTEGER NOT NULL,
	cached INTEGER NOT NULL,
	cache_write INTEGER NOT NULL,
	output INTEGER NOT NULL,
	reasoning INTEGER NOT NULL,
	responses INTEGER NOT NULL,
	PRIMARY KEY (thread, quarter, class)
) WITHOUT ROWID;

-- Task and client of a run, set by hand.
CREATE TABLE labels (
	run TEXT PRIMARY KEY,
	task TEXT NOT NULL,
	client TEXT NOT NULL,
	set_at INTEGER NOT NULL,
	set_by TEXT NOT NULL
) WITHOUT ROWID;

-- Exceptions as they stand; body is all of one, as JSON.
CREATE TABLE exceptions (
	id TEXT PRIMARY KEY,
	rule TEXT NOT NULL,
	severity INTEGER NOT NULL,
	run TEXT NOT NULL,
	thread TEXT NOT NULL,
	budget TEXT NOT NULL,
	state TEXT NOT NULL,
	owner TEXT NOT NULL,
	at INTEGER NOT NULL,
	until INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX exceptions_state ON exceptions (state, at);

-- What was decided about an exception, and by whom.
CREATE TABLE decisions (
	n INTEGER PRIMARY KEY,
	exception TEXT NOT NULL,
	at INTEGER NOT NULL,
	actor TEXT NOT NULL,
	from_state TEXT NOT NULL,
	to_state TEXT NOT NULL,
	until INTEGER NOT NULL,
	reason TEXT NOT NULL
);
CREATE INDEX decisions_exception ON decisions (exception, n);

-- Episodes of budgets in trouble; resolved_at is 0 while one lasts.
CREATE TABLE alerts (
	budget TEXT NOT NULL,
	subject TEXT NOT NULL,
	tier TEXT NOT NULL,
	percent INTEGER NOT NULL,
	since INTEGER NOT NULL,
	resolved_at INTEGER NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (budget, subject, tier, percent, since)
) WITHOUT ROWID;
CREATE INDEX alerts_open ON alerts (resolved_at);

-- Extensions of budgets.
CREATE TABLE grants (
	id TEXT PRIMARY KEY,
	budget TEXT NOT NULL,
	subject TEXT NOT NULL,
	exception TEXT NOT NULL,
	unit INTEGER NOT NULL,
	amount INTEGER NOT NULL,
	from_at INTEGER NOT NULL,
	until INTEGER NOT NULL,
	reason TEXT NOT NULL,
	requester TEXT NOT NULL,
	approver TEXT NOT NULL,
	revoked_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX grants_budget ON grants (budget, subject);

CREATE TABLE audit (
	seq INTEGER PRIMARY KEY,
	prev_hash TEXT NOT NULL,
	ts INTEGER NOT NULL,
	actor TEXT NOT NULL,
	host TEXT NOT NULL,
	action TEXT NOT NULL,
	subject TEXT NOT NULL,
	before TEXT NOT NULL,
	after TEXT NOT NULL,
	reason TEXT NOT NULL,
	evidence TEXT NOT NULL,
	price_version TEXT NOT NULL,
	hash TEXT NOT NULL
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
`

const migrationsTable = `CREATE TABLE IF NOT EXISTS migrations (
	version INTEGER PRIMARY KEY,
	applied_at INTEGER NOT NULL
)`

// migrate brings the schema up to date. Where that is already so, nothing is written.
func (l *Ledger) migrate(ctx context.Context) error {
	all := steps()
	if l.o.version > 0 {
		all = all[:l.o.version]
	}
	have, err := l.version(ctx)
	if err != nil {
		return err
	}
	switch {
	case have > len(all):
		return fmt.Errorf("schema %d: %w", have, ErrNewer)
	case have == len(all):
		return nil
	}
	if err := l.useWAL(ctx); err != nil {
		return err
	}
	return l.change(ctx, survivesPower, func(t tx) error {
		if err := t.exec(migrationsTable); err != nil {
			return err
		}
		if err := t.exec(fmt.Sprintf("PRAGMA application_id=%d", application)); err != nil {
			return err
		}
		var have int // another process may have been quicker
		if err := t.one("SELECT coalesce(max(version), 0) FROM migrations", nil, &have); err != nil {
			return err
		}
		for v := have; v < len(all); v++ {
			if err := t.script(all[v]); err != nil {
				return fmt.Errorf("migration to schema %d: %w", v+1, err)
			}
			if err := t.exec("INSERT INTO migrations (version, applied_at) VALUES (?, ?)", v+1, l.o.now().UnixNano()); err != nil {
				return err
			}
		}
		return nil
	})
}

// script runs several statements.
func (t tx) script(text string) error {
	_, err := t.ExecContext(t.ctx, text)
	return err
}

// application marks a SQLite file as a ledger ("tbSl").
const application = 0x7462536c

// errForeign says that the file is another program's.
var errForeign = errors.New("is another program's database")

// version is the schema's version, 0 for an empty file.
func (l *Ledger) version(ctx context.Context) (int, error) {
	var owner, tables, ours int
	err := l.read.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT count(*) FROM sqlite_schema), (SELECT count(*) FROM sqlite_schema WHERE name = 'migrations')`).Scan(&owner, &tables, &ours)
	switch {
	case err != nil || tables == 0:
		return 0, err
	case owner != application || ours == 0:
		return 0, errForeign
	}
	var v sql.NullInt64
	err = l.read.QueryRowContext(ctx, "SELECT max(version) FROM migrations").Scan(&v)
	return int(v.Int64), err
}

// useWAL lets readers go on while somebody writes. The mode is a property of the
// file, set once; SQLite does not wait for others while it is changed.
func (l *Ledger) useWAL(ctx context.Context) error {
	for end := time.Now().Add(l.o.busy); ; time.Sleep(5 * time.Millisecond) {
		_, err := l.write.ExecContext(ctx, "PRAGMA journal_mode=WAL")
		if !isBusy(err) || time.Now().After(end) {
			return err
		}
	}
}
