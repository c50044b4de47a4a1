package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Threads that are new, as all are where an empty ledger is filled from a long
// history, need nothing looked up, changed or removed: they are put in with a few
// large statements, in two thirds of the time that one for each row takes.

// Filler puts the threads of a long history in, some at a time. It has the one
// connection that this process writes with: until it is closed, other changes by
// way of the same [Ledger] wait. Other processes wait for a transaction at most. It
// belongs to one goroutine.
type Filler struct {
	l    *Ledger
	bulk *bulk
}

// Fill begins a filling.
func (l *Ledger) Fill(ctx context.Context) (*Filler, error) {
	c, err := l.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("write usage: %w", l.guard(err))
	}
	return &Filler{l, newBulk(c)}, nil
}

// Replace is [Ledger.Replace].
func (f *Filler) Replace(ctx context.Context, threads ...Thread) error {
	if len(threads) == 0 {
		return nil
	}
	err := f.l.patiently(ctx, func() error { return f.l.changeOn(ctx, f.bulk, survivesProcess, putting(threads)) })
	if err != nil {
		return fmt.Errorf("write usage: %w", err)
	}
	return nil
}

// Close ends the filling; what was put in stays.
func (f *Filler) Close() error {
	f.bulk.close()
	return f.bulk.conn.Close()
}

// replaceAll puts threads in place of what was known of them. Of a thread that
// comes twice the later one counts.
func (t tx) replaceAll(threads []Thread) error {
	fresh, others, err := t.fresh(threads)
	if err != nil {
		return err
	}
	for _, th := range others.before {
		if err := t.replace(th); err != nil {
			return fmt.Errorf("thread %s: %w", th.ID, err)
		}
	}
	if err := t.fill(fresh); err != nil {
		return err
	}
	for _, th := range others.after {
		if err := t.replace(th); err != nil {
			return fmt.Errorf("thread %s: %w", th.ID, err)
		}
	}
	return nil
}

// others are threads that are not simply new: known before, or again after they were put in.
type others struct{ before, after []*Thread }

const sqlHave = `SELECT id FROM threads WHERE id IN (SELECT value FROM json_each(?))`

// fresh sorts the threads out that the ledger does not know yet.
func (t tx) fresh(threads []Thread) (fresh []*Thread, o others, err error) {
	ids := make([]string, len(threads))
	for i := range threads {
		ids[i] = threads[i].ID
	}
	const known, put = 1, 2
	seen := make(map[string]int, len(ids))
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, o, err
	}
	have, err := t.stmt(sqlHave)
	if err != nil {
		return nil, o, err
	}
	rows, err := have.QueryContext(t.ctx, string(list))
	err = scanRows(rows, err, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		seen[id] = known
		return err
	})
	for i := range threads {
		th := &threads[i]
		switch {
		case seen[th.ID] == known || !plainText(th.ID): // what JSON doesn't hold was not looked for
			o.before = append(o.before, th)
		case seen[th.ID] == put:
			o.after = append(o.after, th)
		default:
			seen[th.ID] = put
			fresh = append(fresh, th)
		}
	}
	return fresh, o, err
}

// plainText says that JSON gives a name back as it is.
func plainText(name string) bool {
	return name != "" && strings.ToValidUTF8(name, "") == name
}

const sqlNewest = `SELECT coalesce(max(n), 0), (SELECT coalesce(max(change), 0) FROM threads) FROM threads`

// fill puts threads in that the ledger does not know.
func (t tx) fill(threads []*Thread) error {
	if len(threads) == 0 {
		return nil
	}
	var n, change int64
	if err := t.one(sqlNewest, nil, &n, &change); err != nil {
		return err
	}
	rows := t.bulk.filling("threads (n, change, "+threadColumns+")", 2+threadParts, "")
	files := t.bulk.filling("files ("+fileColumns+")", fileParts, "")
	for i, th := range threads {
		n, change = n+1, change+1
		rows.add(n, change)
		if err := t.fillOne(th, n, rows, files); err != nil {
			return fmt.Errorf("thread %s: %w", th.ID, err)
		}
		if i%fillRows != fillRows-1 && i != len(threads)-1 {
			continue
		}
		for _, f := range []*filling{rows, files} { // those of the second refer to the first's
			if err := f.flush(f != rows && i != len(threads)-1); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillOne adds the rows of one thread.
func (t tx) fillOne(th *Thread, n int64, rows, files *filling) error {
	packed, classes, err := t.pack(th.Rows)
	if err != nil {
		return err
	}
	place, err := t.place(th)
	if err != nil {
		return err
	}
	rows.add(t.values(th, packed, place)...)
	for i, f := range th.Files {
		files.add(n, int64(i), f.Path, f.Size, nanos(f.ModTime), int64(f.Dev), int64(f.Ino), f.Offset)
	}
	for i, r := range th.Rows {
		t.sums.add(place, rowKey{r.Quarter, classes[i]}, less(numbersOf(r.Count), [counters]int64{}))
	}
	return nil
}

// quietly gives a context that holds the values of another but not its end, for
// statements of a transaction, which looks at the end itself before it is committed: the
// driver starts a goroutine for each statement that might be broken off, which costs
// more than a row.
func quietly(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }
