package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// class is what usage is counted under besides thread and time.
type class struct {
	model, tier string
	long        bool
	kind        model.Kind
}

func classOf(b model.KindBucket) class { return class{b.Model, b.Tier, b.Long, b.Kind} }

func (c class) bucket(quarter int64) model.KindBucket {
	return model.KindBucket{Bucket: model.Bucket{Quarter: quarter, Model: c.model, Tier: c.tier, Long: c.long}, Kind: c.kind}
}

const (
	sqlDropUsage = `DELETE FROM usage WHERE thread = ?`
	sqlPutUsage  = `INSERT INTO usage (thread, quarter, class, input, cached, cache_write, output, reasoning, responses)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlClasses  = `SELECT n, model, tier, long, kind FROM classes`
	sqlPutClass = `INSERT INTO classes (model, tier, long, kind) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET model = excluded.model RETURNING n`
)

// replaceRows puts rows in place of a thread's.
func (t tx) replaceRows(n int64, rows []Row) error {
	if err := t.exec(sqlDropUsage, n); err != nil {
		return err
	}
	for _, r := range rows {
		c, err := t.class(classOf(r.KindBucket))
		if err != nil {
			return err
		}
		err = t.exec(sqlPutUsage, n, r.Quarter, c, int64(r.Input), int64(r.Cached), int64(r.CacheWrite), int64(r.Output), int64(r.Reasoning), r.Responses)
		if err != nil {
			return err
		}
	}
	return nil
}

// class gives the number of a class, and makes one where it is new.
func (t tx) class(c class) (int64, error) {
	if n, ok := t.classes[c]; ok {
		return n, nil
	}
	var n int64
	if err := t.one(sqlPutClass, []any{c.model, c.tier, c.long, int64(c.kind)}, &n); err != nil {
		return 0, err
	}
	t.classes[c] = n
	return n, nil
}

// classNames gives all classes by number.
func classNames(ctx context.Context, q *sql.Tx) (map[int64]class, error) {
	names := map[int64]class{}
	err := eachRow(ctx, q, sqlClasses, nil, func(scan func(...any) error) error {
		var n, kind int64
		var c class
		err := scan(&n, &c.model, &c.tier, &c.long, &kind)
		if kind > 0 && kind < int64(len(model.Kinds())) { // a newer version may know more
			c.kind = model.Kind(kind)
		}
		names[n] = c
		return err
	})
	return names, err
}

// rows hands each usage row to its thread.
func (l *Ledger) rows(ctx context.Context, q *sql.Tx, text string, args []any, thread func(n int64) *Thread) error {
	names, err := classNames(ctx, q)
	if err != nil {
		return err
	}
	return eachRow(ctx, q, text, args, func(scan func(...any) error) error {
		var n, quarter, c int64
		var u model.Count
		err := scan(&n, &quarter, &c, &u.Input, &u.Cached, &u.CacheWrite, &u.Output, &u.Reasoning, &u.Responses)
		if t := thread(n); t != nil {
			t.Rows = append(t.Rows, Row{names[c].bucket(quarter), u})
		}
		return err
	})
}

// Sum is the usage of all threads of a project and run in one bucket.
type Sum struct {
	model.KindBucket
	model.Count
	Run     model.RunID
	Project string
}

const sqlSums = `SELECT t.run, t.project, u.quarter, u.class, sum(u.input), sum(u.cached), sum(u.cache_write), sum(u.output), sum(u.reasoning), sum(u.responses)
	FROM usage u JOIN threads t ON t.n = u.thread WHERE u.quarter >= ? AND u.quarter < ? GROUP BY t.run, t.project, u.quarter, u.class`

// Sums gives the usage of the quarters from (inclusive) to (exclusive), added up over the threads
// of each run; in no order.
func (l *Ledger) Sums(ctx context.Context, from, to int64) ([]Sum, error) {
	var sums []Sum
	err := l.guard(l.snapshot(ctx, func(q *sql.Tx) error {
		names, err := classNames(ctx, q)
		if err != nil {
			return err
		}
		sums = sums[:0]
		return eachRow(ctx, q, sqlSums, []any{from, to}, func(scan func(...any) error) error {
			var s Sum
			var quarter, c int64
			err := scan(&s.Run, &s.Project, &quarter, &c, &s.Input, &s.Cached, &s.CacheWrite, &s.Output, &s.Reasoning, &s.Responses)
			s.KindBucket = names[c].bucket(quarter)
			sums = append(sums, s)
			return err
		})
	}))
	if err != nil {
		return nil, fmt.Errorf("read usage: %w", err)
	}
	return sums, nil
}
