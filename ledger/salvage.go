package ledger

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// salvage reads what can be read of a damaged file.
type salvage struct {
	path string
	o    options
}

// open gives the damaged file without checking or migrating it.
func (s *salvage) open() *Ledger {
	l := &Ledger{path: s.path, o: s.o, prepared: map[string]*sql.Stmt{}}
	l.write = pool(s.path, s.o, "&mode=ro", 1)
	l.read = pool(s.path, s.o, "&mode=ro", readers)
	l.suspect = true // it is known to be
	return l
}

// kept are the tables that session files can't tell again.
func kept() []string {
	return []string{"labels", "exceptions", "decisions", "alerts", "grants", "orders", "savings", "states", "audit"}
}

// export writes the rows of the kept tables to a file, one JSON object a line with
// the table's name under "table", and gives their number. Where there are none,
// no file is left. Rows that can't be read are left out.
func (s *salvage) export(path string) (lines int, err error) {
	l := s.open()
	defer l.Close()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriter(f)
	for _, table := range kept() {
		lines += exportTable(l, table, json.NewEncoder(w))
	}
	err = w.Flush()
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil && lines == 0 {
		err = os.Remove(path)
	}
	return lines, err
}

// exportTable writes the rows of a table up to the first that can't be read.
func exportTable(l *Ledger, table string, out *json.Encoder) (lines int) {
	rows, err := l.read.Query("SELECT * FROM " + table)
	if err != nil {
		return 0
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return 0
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if rows.Scan(into...) != nil {
			return lines
		}
		row := map[string]any{"table": table}
		for i, name := range names {
			if b, ok := values[i].([]byte); ok {
				values[i] = string(b)
			}
			row[name] = values[i]
		}
		if out.Encode(row) != nil {
			return lines
		}
		lines++
	}
	return lines
}

// carry takes into a new ledger what can be read of the old, and tells how much
// that was. Of the audit trail that is the part which is whole and unbroken; of
// usage the threads whose rows add up to what they added up to when they were written.
func (s *salvage) carry(l *Ledger) string {
	old := s.open()
	defer old.Close()
	ctx := context.Background()
	var did []string
	note := func(n int, what string, err error) {
		if err == nil && n > 0 {
			did = append(did, fmt.Sprintf("%d %s", n, what))
		}
	}
	n, err := carryThreads(ctx, old, l)
	note(n, "threads", err)
	n, err = carryDecisions(ctx, old, l)
	note(n, "labels, exceptions, decisions, grants and orders", err)
	n, err = carryTrail(ctx, old, l)
	note(n, "entries of the audit trail", err)
	if len(did) == 0 {
		return "nothing could be carried over"
	}
	return "carried over: " + strings.Join(did, ", ")
}

func carryThreads(ctx context.Context, old, l *Ledger) (n int, err error) {
	var threads []Thread
	err = old.snapshot(ctx, func(q *sql.Tx) error {
		threads, _ = old.threads(ctx, q, Which{}) // as far as they can be read
		return nil
	})
	for _, t := range threads {
		t.Reader = "" // what was damaged is read again where that can be
		if err := l.Replace(ctx, t); err != nil {
			return n, err
		}
		n++
	}
	return n, err
}

func carryDecisions(ctx context.Context, old, l *Ledger) (n int, err error) {
	labels, _ := old.Labels(ctx)
	exceptions, _ := old.Exceptions(ctx, time.Time{})
	decisions, _ := old.Decisions(ctx, time.Time{})
	grants, _ := old.Grants(ctx, time.Time{})
	alerts, _ := old.AlertsSince(ctx, time.Time{})
	orders, _ := old.OrdersSince(ctx, time.Time{})
	savings, _ := old.Savings(ctx, time.Time{})
	states, _ := old.SavedStates(ctx, "")
	err = l.change(ctx, survivesPower, func(t tx) error {
		n = 0
		put := func(err error) bool {
			if err == nil {
				n++
			}
			return err == nil
		}
		for _, b := range labels {
			put(t.putLabel(b))
		}
		for _, e := range exceptions {
			put(t.putException(e))
		}
		for _, d := range decisions {
			put(t.putDecision(d))
		}
		for _, g := range grants {
			put(t.putGrant(g))
		}
		for _, a := range alerts {
			put(t.putAlert(a))
		}
		for _, o := range orders {
			put(t.putOrder(o))
		}
		for _, s := range savings {
			put(t.putSaving(s))
		}
		for _, s := range states {
			put(t.putState(s))
		}
		return nil
	})
	return n, err
}

func carryTrail(ctx context.Context, old, l *Ledger) (n int, err error) {
	entries, _ := old.Trail(ctx, time.Time{})
	err = l.change(ctx, survivesPower, func(t tx) error {
		n = 0
		var last Entry
		for _, e := range entries {
			if e.follows(last) != nil {
				return nil
			}
			if err := t.putAudit(e); err != nil {
				return err
			}
			last = e
			n++
		}
		return nil
	})
	return n, err
}
