package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// OpenGate opens the ledger for one that must answer at once: it waits for another
// process no longer than patience, and makes, checks and mends nothing. It fails with
// [fs.ErrNotExist] where there is no ledger, and with [ErrDamaged] where it is damaged:
// whoever opens it next with [Open] sets that right.
func OpenGate(path string, patience time.Duration) (*Ledger, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	l, err := connect(path, options{now: time.Now, busy: patience, hasty: true})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// Gate is one decision of the gate: a writing transaction, within which nobody else
// writes. What it reads is the newest. Its methods may only be called within [Ledger.Gate].
type Gate struct {
	t       tx
	classes map[int64]class // of before the decision; nil not read yet
}

// Gate runs f in one writing transaction; all that it writes is written, or nothing.
// It fails with [ErrBusy] where another process holds the ledger for too long.
func (l *Ledger) Gate(ctx context.Context, f func(*Gate) error) error {
	return l.guard(l.changeOnce(ctx, survivesProcess, func(t tx) error { return f(&Gate{t: t}) }))
}

const (
	sqlThread      = sqlThreads + ` WHERE id = ?`
	sqlThreadFiles = `SELECT path, size, modified_at, dev, ino, offset FROM files WHERE thread = ? ORDER BY position`
)

// Thread gives what is known of a thread, false where that is nothing.
func (g *Gate) Thread(id string) (th Thread, known bool, err error) {
	names, err := g.names()
	if err != nil {
		return th, false, err
	}
	var n int64
	err = g.each(sqlThread, []any{id}, func(scan func(...any) error) error {
		known = true
		n, th, err = scanThread(scan, names)
		return err
	})
	if err != nil || !known {
		return th, false, err
	}
	err = g.each(sqlThreadFiles, []any{n}, func(scan func(...any) error) error {
		var f File
		var modified, dev, ino int64
		err := scan(&f.Path, &f.Size, &modified, &dev, &ino, &f.Offset)
		f.ModTime, f.Dev, f.Ino = instant(modified), uint64(dev), uint64(ino)
		th.Files = append(th.Files, f)
		return err
	})
	return th, true, err
}

// names gives all classes by number. Those of the transaction's own are known, too.
func (g *Gate) names() (map[int64]class, error) {
	names := make(map[int64]class, len(g.classes))
	if g.classes == nil {
		var err error
		if g.classes, err = classNames(g.t.ctx, g.t.Tx); err != nil {
			return nil, err
		}
	}
	maps.Copy(names, g.classes)
	for c, n := range g.t.classes {
		names[n] = c
	}
	return names, nil
}

// each calls f for each row of a query, which is prepared once.
func (g *Gate) each(text string, args []any, f func(scan func(...any) error) error) error {
	s, err := g.t.stmt(text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(g.t.ctx, args...)
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

// Replace puts a thread in place of what was known of it.
func (g *Gate) Replace(th Thread) error { return g.t.replace(&th) }

const sqlRunThreads = ` WHERE run = ?`

// Run gives the threads of a run with their rows, without their files and states.
func (g *Gate) Run(run model.RunID) ([]Thread, error) {
	return g.some(sqlRunThreads, string(run))
}

// Since gives the threads that were last heard of at an instant or later, with
// their rows, without files and states. It takes the longer the more there are.
func (g *Gate) Since(homes []string, at time.Time) ([]Thread, error) {
	where, args := Which{Homes: homes}.where()
	if where == "" {
		where = " WHERE last_at >= ?"
	} else {
		where += " AND last_at >= ?"
	}
	return g.some(where, append(args, nanos(at))...)
}

const sqlUsageOnly = `SELECT n, id, run, home, project, user, cwd, branch, folder, title, model,
		first_at, last_at, written_at, tokens, responses, reader, x'', packed FROM threads`

func (g *Gate) some(where string, args ...any) ([]Thread, error) {
	names, err := g.names()
	if err != nil {
		return nil, err
	}
	var all []Thread
	err = g.each(sqlUsageOnly+where, args, func(scan func(...any) error) error {
		_, th, err := scanThread(scan, names)
		all = append(all, th)
		return err
	})
	return all, err
}

// Total is what the threads of one place used in one class: Quarter is the first of
// the span that it was added up over.
type Total struct {
	Home, Project, Folder string
	Row
}

// Ever is a quarter of an hour later than all: the beginning of a day of UTC.
const Ever = dayQuarters << 40

const sqlTotals = `SELECT p.home, p.project, p.folder, c.model, c.tier, c.long, c.kind,
	s.input, s.cached, s.cache_write, s.output, s.reasoning, s.responses
	FROM (SELECT place, class, sum(input) AS input, sum(cached) AS cached, sum(cache_write) AS cache_write, sum(output) AS output,
		sum(reasoning) AS reasoning, sum(responses) AS responses
		FROM sums WHERE level = ? AND span >= ? AND span < ? GROUP BY place, class) s
	JOIN places p ON p.n = s.place JOIN classes c ON c.n = s.class`

// Totals adds up what was used from one quarter of an hour up to another, not
// included; [Ever] is far away. It is not added up over the quarters in cuts, which are sorted beginnings of
// days of UTC: prices change there.
func (g *Gate) Totals(from, to int64, cuts []int64) ([]Total, error) {
	if err := g.t.flush(); err != nil { // what this decision wrote counts, too
		return nil, err
	}
	var all []Total
	for _, c := range append(slices.Clone(cuts), to) {
		c = min(c, to)
		if c <= from {
			continue
		}
		some, err := g.between(from, c)
		if err != nil {
			return all, err
		}
		all, from = append(all, some...), c
	}
	return all, nil
}

// between takes whole days by days, and the rest by quarters.
func (g *Gate) between(from, to int64) ([]Total, error) {
	first, last := floorDay(from-1)+1, floorDay(to) // whole days: first to last, not included
	if first >= last {
		return g.spans(nil, byQuarter, from, to, from)
	}
	all, err := g.spans(nil, byQuarter, from, first*dayQuarters, from)
	if err == nil {
		all, err = g.spans(all, byDay, first, last, from)
	}
	if err == nil {
		all, err = g.spans(all, byQuarter, last*dayQuarters, to, from)
	}
	return all, err
}

func (g *Gate) spans(all []Total, level int, from, to, quarter int64) ([]Total, error) {
	if from >= to {
		return all, nil
	}
	err := g.each(sqlTotals, []any{level, from, to}, func(scan func(...any) error) error {
		var c class
		var kind int64
		var x Total
		err := scan(&x.Home, &x.Project, &x.Folder, &c.model, &c.tier, &c.long, &kind,
			&x.Input, &x.Cached, &x.CacheWrite, &x.Output, &x.Reasoning, &x.Responses)
		if kind > 0 && kind < int64(len(model.Kinds())) {
			c.kind = model.Kind(kind)
		}
		x.KindBucket = c.bucket(quarter)
		all = append(all, x)
		return err
	})
	return all, err
}

// Reservations gives those that count at an instant, by thread.
func (g *Gate) Reservations(now time.Time) (rs []Reservation, err error) {
	err = g.each(sqlReservations, []any{nanos(now)}, eachReservation(&rs))
	return rs, err
}

// Reserve writes a reservation in place of the thread's earlier one.
func (g *Gate) Reserve(r Reservation) error { return g.t.putReservation(r) }

// Release ends a thread's reservation, if there is one.
func (g *Gate) Release(thread string) error { return g.t.exec(sqlDropReservation, thread) }

// Sweep forgets the reservations whose responses are known.
func (g *Gate) Sweep() error {
	return g.t.exec(`DELETE FROM reservations WHERE EXISTS (SELECT 1 FROM threads t WHERE t.id = reservations.thread
		AND (t.responses > reservations.known_responses OR t.tokens > reservations.known_tokens))`)
}

// Root is what the task of a run is found in.
type Root struct {
	Run           model.RunID
	Branch, Title string
}

// Roots gives the root threads of runs, as far as they are known.
func (g *Gate) Roots(runs []model.RunID) (map[model.RunID]Root, error) {
	ids := make([]string, 0, len(runs))
	for _, r := range runs {
		ids = append(ids, string(r))
	}
	where, args := Which{IDs: ids}.where()
	roots := map[model.RunID]Root{}
	return roots, g.each("SELECT id, branch, title FROM threads"+where, args, func(scan func(...any) error) error {
		var r Root
		err := scan(&r.Run, &r.Branch, &r.Title)
		roots[r.Run] = r
		return err
	})
}

const (
	sqlChanged  = `SELECT id, branch, title, change FROM threads WHERE change > ? AND id = run ORDER BY change`
	sqlPutTask  = `REPLACE INTO tasks (pattern, run, task) VALUES (?, ?, ?)`
	sqlDropTask = `DELETE FROM tasks WHERE pattern = ? AND run = ?`
	sqlTaskRuns = `SELECT run FROM tasks WHERE pattern = ? AND task = ?`
	tasksMeta   = "tasks " // and the pattern: the newest change that is known in tasks
)

// TaskRuns gives the runs in whose root a pattern finds a task; find tells what it
// finds. What it found is kept, so that only threads that changed are looked at again.
func (g *Gate) TaskRuns(pattern, task string, find func(Root) string) ([]model.RunID, error) {
	var mark string
	if err := g.t.one(sqlMeta, []any{tasksMeta + pattern}, &mark); err != nil && !isNoRows(err) {
		return nil, err
	}
	from, _ := strconv.ParseInt(mark, 10, 64) // "" is 0
	last := from
	found := map[model.RunID]string{}
	err := g.each(sqlChanged, []any{from}, func(scan func(...any) error) error {
		var r Root
		err := scan(&r.Run, &r.Branch, &r.Title, &last)
		found[r.Run] = find(r)
		return err
	})
	for run, task := range found {
		if err == nil && task != "" {
			err = g.t.exec(sqlPutTask, pattern, string(run), task)
		} else if err == nil && from > 0 {
			err = g.t.exec(sqlDropTask, pattern, string(run))
		}
	}
	if err == nil && last > from {
		err = g.t.exec(sqlPutMeta, tasksMeta+pattern, strconv.FormatInt(last, 10))
	}
	if err != nil {
		return nil, err
	}
	var runs []model.RunID
	err = g.each(sqlTaskRuns, []any{pattern, task}, func(scan func(...any) error) error {
		var run model.RunID
		err := scan(&run)
		runs = append(runs, run)
		return err
	})
	return runs, err
}

// Grants gives the grants that end after an instant and were not revoked.
func (g *Gate) Grants(after time.Time) (gs []Grant, err error) {
	err = g.each(sqlGrants, []any{nanos(after)}, eachGrant(&gs))
	kept := gs[:0]
	for _, one := range gs {
		if one.Revoked.IsZero() {
			kept = append(kept, one)
		}
	}
	return kept, err
}

// Labels gives all labels by run.
func (g *Gate) Labels() (map[model.RunID]Label, error) {
	labels := map[model.RunID]Label{}
	return labels, g.each(sqlLabels, nil, eachLabel(labels))
}

// Orders gives the orders of a run that hold at an instant, oldest first.
func (g *Gate) Orders(run model.RunID, now time.Time) ([]Order, error) {
	var all, holding []Order
	err := g.each(sqlOrders+" WHERE run = ? AND done_at = 0 ORDER BY at, id", []any{string(run)}, eachOrder(&all))
	for _, o := range all {
		if o.Holds(now) {
			holding = append(holding, o)
		}
	}
	return holding, err
}

// Exception gives an exception as it stands, false where there is none.
func (g *Gate) Exception(id string) (budget.Exception, bool, error) {
	e, err := g.t.exception(id)
	if isNoRows(err) {
		return e, false, nil
	}
	return e, err == nil, err
}

// PutException writes an exception as it stands now.
func (g *Gate) PutException(e budget.Exception) error { return g.t.putException(e) }

// Saw notes that the gate was asked.
func (g *Gate) Saw(home, event, thread string, at time.Time, refused bool) error {
	var n, last int64
	if refused {
		n, last = 1, nanos(at)
	}
	return g.t.exec(sqlPutGate, home, nanos(at), event, thread, n, last)
}

// Meter is how far the gate has read a thread's file, with what it needs to go on.
type Meter struct {
	Thread   string
	Path     string
	Dev, Ino uint64
	Offset   int64
	State    []byte
}

const (
	sqlPutMeter = `REPLACE INTO meters (thread, path, dev, ino, offset, state) VALUES (?, ?, ?, ?, ?, ?)`
	sqlMeter    = `SELECT path, dev, ino, offset, state FROM meters WHERE thread = ?`
)

// Meter gives the meter of a thread; false where there is none. It is read outside of
// a decision, so that reading the file holds nobody up.
func (l *Ledger) Meter(ctx context.Context, thread string) (Meter, bool, error) {
	m, found := Meter{Thread: thread}, false
	err := l.query(ctx, sqlMeter, []any{thread}, func(scan func(...any) error) error {
		var dev, ino int64
		err := scan(&m.Path, &dev, &ino, &m.Offset, &m.State)
		m.Dev, m.Ino, found = uint64(dev), uint64(ino), true
		return err
	})
	if err != nil {
		return m, false, fmt.Errorf("read meter: %w", err)
	}
	return m, found, nil
}

// PutMeter writes how far a thread's file was read.
func (g *Gate) PutMeter(m Meter) error {
	if m.State == nil {
		m.State = []byte{}
	}
	return g.t.exec(sqlPutMeter, m.Thread, m.Path, int64(m.Dev), int64(m.Ino), m.Offset, m.State)
}

// Raise writes an exception that the gate raised, and its entry of the audit trail.
// When it returns, both survive a loss of power. Where the exception is known, what
// somebody decided about it stays, but for one that is over, or for which enough was
// done: an extension that is used up, a run that was stopped and goes on. It is open again.
func (l *Ledger) Raise(ctx context.Context, e budget.Exception, entry Entry) error {
	err := l.change(ctx, survivesPower, func(t tx) error {
		now := e
		old, err := t.exception(e.ID)
		switch {
		case err == nil && !budget.ComesAgain(old.State):
			now.At, now.State, now.Until, now.Owner, now.Changed, now.Reason = old.At, old.State, old.Until, old.Owner, old.Changed, old.Reason
		case err == nil:
			now.At, now.State = old.At, budget.Reopened
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		if err := t.putException(now); err != nil {
			return err
		}
		return t.audit(entry)
	})
	if err != nil {
		return fmt.Errorf("raise %s: %w", e.ID, err)
	}
	return nil
}
