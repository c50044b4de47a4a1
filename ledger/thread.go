package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Thread is what the ledger knows of a thread.
type Thread struct {
	ID      string
	Run     model.RunID
	Home    string // the CODEX_HOME that its files were found in
	Project string
	User    string
	Cwd     string
	Branch  string
	Folder  string    // where it began to work, which clients are found by; "" Cwd
	Title   string    // its first prompt, cleaned and short, which a task may be found in
	Model   string    // of its newest response
	First   time.Time // its oldest and newest line
	Last    time.Time
	Written time.Time // newest write to its files
	Files   []File    // in the order of folding
	// Reader names the program that read the files, so that another version of it
	// reads them again; "" where what is known here must not stand for the files.
	Reader string
	State  []byte // whatever else the reader wants to be given back; nil where that is nothing
	Rows   []Row
}

// File is a session file as it was when it was read.
type File struct {
	Path     string
	Size     int64
	ModTime  time.Time
	Dev, Ino uint64
	Offset   int64 // what was read of it
}

// Row is the usage of a thread in one bucket. A thread has at most one row a bucket.
type Row struct {
	model.KindBucket
	model.Count
}

// Total adds up the rows.
func (t *Thread) Total() model.Count {
	var n model.Count
	for _, r := range t.Rows {
		n = n.Plus(r.Count)
	}
	return n
}

const (
	sqlOldThread  = `SELECT n, place, packed FROM threads WHERE id = ?`
	threadColumns = `id, run, home, project, user, cwd, branch, folder, title, model,
		first_at, last_at, written_at, tokens, responses, reader, state, packed, updated_at, place`
	threadParts  = 20 // of them
	sqlPutThread = `INSERT INTO threads (` + threadColumns + `, change)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(change), 0) + 1 FROM threads))
		ON CONFLICT (id) DO UPDATE SET run = excluded.run, home = excluded.home, project = excluded.project, user = excluded.user,
		cwd = excluded.cwd, branch = excluded.branch, folder = excluded.folder, title = excluded.title, model = excluded.model,
		first_at = excluded.first_at, last_at = excluded.last_at, written_at = excluded.written_at,
		tokens = excluded.tokens, responses = excluded.responses, reader = excluded.reader, state = excluded.state, packed = excluded.packed, updated_at = excluded.updated_at,
		place = excluded.place, change = excluded.change
		RETURNING n`
	sqlDropFiles = `DELETE FROM files WHERE thread = ?`
	fileColumns  = `thread, position, path, size, modified_at, dev, ino, offset`
	fileParts    = 8
	sqlPutFile   = `INSERT INTO files (` + fileColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

	sqlThreads = `SELECT n, id, run, home, project, user, cwd, branch, folder, title, model,
		first_at, last_at, written_at, tokens, responses, reader, state, packed FROM threads`
	sqlFacts = `SELECT n, id, run, home, project, user, cwd, branch, folder, title, model,
		first_at, last_at, written_at, 0, 0, reader, x'', x'' FROM threads`
	sqlFiles = `SELECT thread, path, size, modified_at, dev, ino, offset FROM files`
)

// Replace puts threads with their rows in place of what was known of them, in one
// transaction: all of it is written, or nothing.
func (l *Ledger) Replace(ctx context.Context, threads ...Thread) error {
	if len(threads) == 0 {
		return nil
	}
	if err := l.change(ctx, survivesProcess, putting(threads)); err != nil {
		return fmt.Errorf("write usage: %w", err)
	}
	return nil
}

// putting gives what puts threads in place of what was known of them.
func putting(threads []Thread) func(tx) error {
	return func(t tx) error {
		if len(threads) > 1 {
			t.ctx = quietly(t.ctx)
			return t.replaceAll(threads)
		}
		if err := t.replace(&threads[0]); err != nil {
			return fmt.Errorf("thread %s: %w", threads[0].ID, err)
		}
		return nil
	}
}

func (t tx) replace(th *Thread) error {
	if th.ID == "" {
		return errors.New("a thread without an id")
	}
	packed, classes, err := t.pack(th.Rows)
	if err != nil {
		return err
	}
	old, err := t.oldThread(th.ID)
	if err != nil {
		return err
	}
	place, err := t.place(th)
	if err != nil {
		return err
	}
	var n int64
	if err := t.one(sqlPutThread, t.values(th, packed, place), &n); err != nil {
		return err
	}
	if err := t.exec(sqlDropFiles, n); err != nil {
		return err
	}
	for i, f := range th.Files {
		if err := t.exec(sqlPutFile, n, i, f.Path, f.Size, nanos(f.ModTime), int64(f.Dev), int64(f.Ino), f.Offset); err != nil {
			return err
		}
	}
	t.replaceRows(place, th.Rows, classes, old)
	return nil
}

// values gives what stands in a thread's columns.
func (t tx) values(th *Thread, packed []byte, place int64) []any {
	total, state := th.Total(), th.State
	if state == nil {
		state = []byte{}
	}
	return []any{th.ID, string(th.Run), th.Home, th.Project, th.User, th.Cwd, th.Branch, th.Folder, th.Title, th.Model,
		nanos(th.First), nanos(th.Last), nanos(th.Written), int64(total.Total()), total.Responses,
		th.Reader, state, packed, t.l.o.now().UnixNano(), place}
}

// oldThread is what a thread counted before.
type oldThread struct {
	place int64
	rows  map[rowKey][counters]int64
}

// oldThread gives what is known of a thread's usage; nothing where it is new.
func (t tx) oldThread(id string) (oldThread, error) {
	var n int64
	var packed []byte
	var old oldThread
	err := t.one(sqlOldThread, []any{id}, &n, &old.place, &packed)
	switch {
	case isNoRows(err):
		return old, nil
	case err != nil:
		return old, err
	}
	old.rows, err = unpackNumbers(packed)
	return old, err
}

// Which says which threads are asked for; the zero value asks for all.
type Which struct {
	Homes        []string  // that their files were found in; nil: any
	IDs          []string  // nil: any
	WrittenSince time.Time // whose files were written to since
	Facts        bool      // leave State and Rows out
}

// where gives the condition on threads and its arguments.
func (w Which) where() (string, []any) {
	var parts []string
	var args []any
	list := func(column string, of []string) {
		if of == nil {
			return
		}
		names, err := json.Marshal(of)
		if err != nil { // strings can always be written
			panic(err)
		}
		parts = append(parts, column+" IN (SELECT value FROM json_each(?))")
		args = append(args, string(names))
	}
	list("home", w.Homes)
	list("id", w.IDs)
	if !w.WrittenSince.IsZero() {
		parts = append(parts, "written_at >= ?")
		args = append(args, nanos(w.WrittenSince))
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(parts, " AND "), args
}

// Threads gives threads with their files and rows, all as of one instant.
func (l *Ledger) Threads(ctx context.Context, w Which) ([]Thread, error) {
	var threads []Thread
	err := l.guard(l.snapshot(ctx, func(q *sql.Tx) error {
		var err error
		threads, err = l.threads(ctx, q, w)
		return err
	}))
	if err != nil {
		return nil, fmt.Errorf("read threads: %w", err)
	}
	return threads, nil
}

// snapshot runs f in a reading transaction, which sees one state of the ledger.
func (l *Ledger) snapshot(ctx context.Context, f func(*sql.Tx) error) error {
	t, err := l.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }() // it changed nothing
	return f(t)
}

func (l *Ledger) threads(ctx context.Context, q *sql.Tx, w Which) ([]Thread, error) {
	names, err := classNames(ctx, q)
	if err != nil {
		return nil, err
	}
	where, args := w.where()
	var threads []Thread
	var numbers []int64
	text := sqlThreads
	if w.Facts {
		text = sqlFacts
	}
	err = eachRow(ctx, q, text+where+" ORDER BY n", args, func(scan func(...any) error) error {
		n, t, err := scanThread(scan, names)
		if err == nil {
			threads, numbers = append(threads, t), append(numbers, n)
		}
		return err
	})
	if err != nil {
		return threads, err
	}
	at := 0
	return threads, eachRow(ctx, q, sqlFiles+of(where)+" ORDER BY thread, position", args, func(scan func(...any) error) error {
		var n, modified, dev, ino int64
		var f File
		err := scan(&n, &f.Path, &f.Size, &modified, &dev, &ino, &f.Offset)
		f.ModTime, f.Dev, f.Ino = instant(modified), uint64(dev), uint64(ino)
		for at < len(numbers) && numbers[at] < n { // both lists are in the order of the threads' numbers
			at++
		}
		if at < len(numbers) && numbers[at] == n {
			threads[at].Files = append(threads[at].Files, f)
		}
		return err
	})
}

// scanThread reads a thread without its files. Rows that don't add up to what was
// noted beside them are damage.
func scanThread(scan func(...any) error, names map[int64]class) (n int64, t Thread, err error) {
	var first, last, written, tokens, responses int64
	var packed sql.RawBytes
	err = scan(&n, &t.ID, &t.Run, &t.Home, &t.Project, &t.User, &t.Cwd, &t.Branch, &t.Folder, &t.Title, &t.Model,
		&first, &last, &written, &tokens, &responses, &t.Reader, &t.State, &packed)
	if err != nil {
		return n, t, err
	}
	if len(t.State) == 0 {
		t.State = nil
	}
	t.First, t.Last, t.Written = instant(first), instant(last), instant(written)
	if t.Rows, err = unpack(packed, names); err != nil {
		return n, t, fmt.Errorf("%w: thread %s: %w", ErrDamaged, t.ID, err)
	}
	if sum := t.Total(); int64(sum.Total()) != tokens || sum.Responses != responses {
		return n, t, fmt.Errorf("%w: the rows of thread %s don't add up", ErrDamaged, t.ID)
	}
	return n, t, nil
}

// of turns a condition on threads into one on what belongs to them.
func of(where string) string {
	if where == "" {
		return ""
	}
	return " WHERE thread IN (SELECT n FROM threads" + where + ")"
}

// eachRow calls f for each row of a query that is asked once.
func eachRow(ctx context.Context, q *sql.Tx, text string, args []any, f func(scan func(...any) error) error) error {
	rows, err := q.QueryContext(ctx, text, args...)
	return scanRows(rows, err, f)
}

// scanRows calls f for each row of an answer, if there is one, and closes it.
func scanRows(rows *sql.Rows, err error, f func(scan func(...any) error) error) error {
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

// nanos is how an instant is kept: 0 is none.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
