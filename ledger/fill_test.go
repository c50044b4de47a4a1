package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Many threads at once, new and known ones and some twice, leave in every table
// what the same threads leave one by one.
func TestManyAtOnceAreAsOneByOne(t *testing.T) {
	many, single := openNew(t), openNew(t)
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		names := []string{"a", "b", "\xffbytes that are no text", fmt.Sprint(round), fmt.Sprint(round, " two"), "é\x00"}
		for n := range 12 {
			names = append(names, fmt.Sprint(round, " of many ", n), fmt.Sprint("of all ", n))
		}
		var list []Thread
		for range rapid.IntRange(0, 40).Draw(t, "threads") {
			th := some(rapid.SampledFrom(names).Draw(t, "id"), rapid.IntRange(0, 5).Draw(t, "rows"))
			th.Project = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "project")
			th.Files = th.Files[:rapid.IntRange(0, 2).Draw(t, "files")]
			if rapid.Bool().Draw(t, "stateless") {
				th.State = nil
			}
			list = append(list, th)
		}
		if rapid.Bool().Draw(t, "some at a time") {
			fillBy(t, many, list, rapid.IntRange(1, 40).Draw(t, "together"))
		} else if err := many.Replace(context.Background(), list...); err != nil {
			t.Fatal(err)
		}
		for _, th := range list {
			if err := single.Replace(context.Background(), th); err != nil {
				t.Fatal(err)
			}
		}
		for _, text := range []string{
			// Numbers are given in another order, so that names stand for them.
			"SELECT id, run, t.home, t.project, user, cwd, branch, t.folder, title, model, first_at, last_at, written_at, tokens, responses, reader, hex(state), p.project FROM threads t JOIN places p ON p.n = t.place",
			"SELECT t.id, position, path, size, modified_at, f.dev, f.ino, f.offset FROM files f JOIN threads t ON t.n = f.thread",
			"SELECT level, span, p.home, p.project, p.folder, c.model, tier, long, kind, input, cached, cache_write, output, reasoning, responses FROM sums s JOIN places p ON p.n = s.place JOIN classes c ON c.n = s.class WHERE responses <> 0",
			"SELECT count(*), count(DISTINCT change), min(change) > 0 FROM threads",
		} {
			got, want := allOf(t, many, text), allOf(t, single, text)
			if !slices.Equal(got, want) {
				t.Fatalf("%s\ngot  %d %q\nwant %d %q", text, len(got), got, len(want), want)
			}
		}
		if a, b := threadsAsText(t, many), threadsAsText(t, single); !slices.Equal(a, b) {
			t.Fatalf("got  %q\nwant %q", a, b)
		}
	})
}

// fillBy puts threads in by one filling, so many in a transaction.
func fillBy(t *rapid.T, l *Ledger, list []Thread, together int) {
	f, err := l.Fill(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for some := range slices.Chunk(list, together) {
		if err := f.Replace(context.Background(), some...); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// allOf gives the rows of a query as text, sorted.
func allOf(t *rapid.T, l *Ledger, text string) []string {
	rows, err := l.read.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	var all []string
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%q", values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// threadsAsText gives the threads as the packed rows tell them, sorted.
func threadsAsText(t *rapid.T, l *Ledger) []string {
	list, err := l.Threads(context.Background(), Which{})
	if err != nil {
		t.Fatal(err)
	}
	all := make([]string, 0, len(list))
	for _, th := range list {
		all = append(all, fmt.Sprintf("%q %v", th.ID, th.Rows))
	}
	slices.Sort(all)
	return all
}

// An error in one thread leaves nothing of the others either.
func TestManyAtOnceOrNone(t *testing.T) {
	l := openNew(t)
	bad := some("bad", 3)
	bad.Rows = append(bad.Rows, bad.Rows[0]) // a bucket twice
	var list []Thread
	for i := range 100 {
		list = append(list, some(fmt.Sprint(i), 5))
	}
	if err := l.Replace(context.Background(), append(list, bad)...); err == nil {
		t.Fatal("no error for a bucket that comes twice")
	}
	if n := len(threadsOf(t, l, Which{})); n != 0 {
		t.Fatalf("%d threads are left of a change that failed", n)
	}
}

// A filling goes on after a transaction that failed, of which nothing is left.
func TestAFillingOutlivesAnError(t *testing.T) {
	l, ctx := openNew(t), context.Background()
	f, err := l.Fill(ctx)
	if err != nil {
		t.Fatal(err)
	}
	bad := some("bad", 3)
	bad.Rows = append(bad.Rows, bad.Rows[0]) // a bucket twice
	for i, list := range [][]Thread{{some("a", 5), some("b", 5)}, {some("c", 5), bad}, {some("d", 5), some("a", 9)}, nil} {
		if err := f.Replace(ctx, list...); (err != nil) != (i == 1) {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got := threadsOf(t, l, Which{})
	if len(got) != 3 {
		t.Errorf("%d threads, want 3", len(got))
	}
	same(t, got["a"], some("a", 9))
	same(t, got["d"], some("d", 5))
	mustReplace(t, l, some("e", 1)) // the connection is free again
	if err := l.Check(ctx); err != nil {
		t.Error(err)
	}
}

// A writing that is broken off leaves nothing, of the sums that budgets are held by no
// more than of the threads, wherever its time ended.
func TestNothingIsLeftOfABrokenOffWriting(t *testing.T) {
	for name, put := range map[string][]Thread{"one": {some("b", 5)}, "many": {some("b", 5), some("c", 5)}} {
		t.Run(name, func(t *testing.T) {
			l := openNew(t)
			mustReplace(t, l, some("a", 5))
			ctx, end := context.WithCancel(context.Background())
			defer end()
			err := l.change(ctx, survivesProcess, func(t tx) error {
				if err := putting(put)(t); err != nil {
					return err
				}
				end()
				for range 100 { // were it rolled back by now, the sums would stay
					if _, err := t.Exec("SELECT 1"); err != nil {
						break
					}
					time.Sleep(time.Millisecond)
				}
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if n := len(threadsOf(t, l, Which{})); n != 1 {
				t.Errorf("%d threads are in it, want 1", n)
			}
			var sums, rows int64
			err = l.read.QueryRow("SELECT (SELECT sum(responses) FROM sums WHERE level = 0), (SELECT sum(responses) FROM threads)").Scan(&sums, &rows)
			if err != nil || sums != rows {
				t.Errorf("the sums say %d responses, the threads %d (%v)", sums, rows, err)
			}
			mustReplace(t, l, put...) // the connection is free again
		})
	}
}

// A filling that could not begin gives the connection back: nobody in this process
// could write any more.
func TestAFillingThatCannotBeginHoldsNothing(t *testing.T) {
	l := openNew(t)
	for asked := range 100 {
		ending := &endsWhenAsked{Context: t.Context()}
		ending.left.Store(int64(asked))
		f, err := l.Fill(ending)
		ctx, end := context.WithTimeout(t.Context(), 10*time.Second)
		defer end()
		if err == nil {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			return
		}
		if err := l.Replace(ctx, some("a", 1)); err != nil {
			t.Fatalf("after a filling that ended when it was asked for the %d. time: %v", asked+1, err)
		}
	}
	t.Error("no filling could begin")
}

// endsWhenAsked is a context that ends when it was asked some times whether it has.
type endsWhenAsked struct {
	context.Context
	left atomic.Int64
}

func (c *endsWhenAsked) Done() <-chan struct{} {
	ended := make(chan struct{})
	if c.left.Add(-1) < 0 {
		close(ended)
	}
	return ended
}

func (c *endsWhenAsked) Err() error {
	if c.left.Load() < 0 {
		return context.Canceled
	}
	return nil
}
