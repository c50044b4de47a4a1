package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"pgregory.net/rapid"
)

// decideWith runs f as one decision of the gate.
func decideWith(t testing.TB, l *Ledger, f func(g *Gate) error) {
	t.Helper()
	if err := l.Gate(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// spotted is a total without its time.
type spotted struct {
	home, project, folder string
	model.KindBucket
}

// totals gives what the sums say of a stretch of time.
func totals(t testing.TB, l *Ledger, from, to int64, cuts []int64) map[spotted]model.Count {
	t.Helper()
	found := map[spotted]model.Count{}
	decideWith(t, l, func(g *Gate) error {
		list, err := g.Totals(from, to, cuts)
		for _, x := range list {
			k := spotted{x.Home, x.Project, x.Folder, x.KindBucket}
			found[k] = found[k].Plus(x.Count)
		}
		return err
	})
	for k, n := range found {
		if n == (model.Count{}) {
			delete(found, k)
		}
	}
	return found
}

// added gives the same by reading all rows.
func added(t testing.TB, l *Ledger, from, to int64, cuts []int64) map[spotted]model.Count {
	t.Helper()
	found := map[spotted]model.Count{}
	for _, th := range threadsOf(t, l, Which{}) {
		for _, r := range th.Rows {
			if r.Quarter < from || r.Quarter >= to {
				continue
			}
			b := r.KindBucket
			b.Quarter = from
			for _, c := range cuts {
				if c <= r.Quarter && c > from && c < to {
					b.Quarter = c
				}
			}
			folder := th.Folder
			if folder == "" {
				folder = th.Cwd
			}
			k := spotted{th.Home, th.Project, folder, b}
			found[k] = found[k].Plus(r.Count)
		}
	}
	for k, n := range found {
		if n == (model.Count{}) {
			delete(found, k)
		}
	}
	return found
}

// However threads are replaced, moved and emptied, the sums are those of their rows.
func TestSumsAreThoseOfTheRows(t *testing.T) {
	l := openNew(t)
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 4).Draw(rt, "writings") {
			var batch []Thread
			ids := rapid.Permutation([]string{"a", "b", "c", "d"}).Draw(rt, "ids")
			for _, id := range ids[:rapid.IntRange(1, 4).Draw(rt, "n")] {
				th := some(id, 0)
				th.Project = rapid.SampledFrom([]string{"p", "q"}).Draw(rt, "project")
				th.Folder = rapid.SampledFrom([]string{"", "/f"}).Draw(rt, "folder")
				seen := map[model.KindBucket]bool{}
				for range rapid.IntRange(0, 12).Draw(rt, "rows") {
					r := row(rapid.Int64Range(-200, 400).Draw(rt, "quarter"), "m", rapid.IntRange(0, 3).Draw(rt, "seed"))
					if !seen[r.KindBucket] {
						th.Rows = append(th.Rows, r)
					}
					seen[r.KindBucket] = true
				}
				batch = append(batch, th)
			}
			mustReplace(t, l, batch...)
		}
		from := rapid.Int64Range(-250, 450).Draw(rt, "from")
		to := rapid.OneOf(rapid.Int64Range(from-5, 500), rapid.Just(int64(math.MaxInt64/2))).Draw(rt, "to")
		cuts := rapid.SampledFrom([][]int64{nil, {0}, {-96, 96, 192}}).Draw(rt, "cuts")
		if got, want := totals(t, l, from, to, cuts), added(t, l, from, to, cuts); !reflect.DeepEqual(got, want) {
			rt.Fatalf("from %d to %d:\n got %v\nwant %v", from, to, got, want)
		}
	})
}

// Counters that a hostile file makes up can't make a sum overflow.
func TestSumsOfHostileCounters(t *testing.T) {
	l := openNew(t)
	th := some("a", 1)
	th.Rows[0].Usage = model.Usage{Input: math.MaxInt64, Output: math.MinInt64}
	for i := range 300 {
		th.ID = fmt.Sprint(i)
		mustReplace(t, l, th)
	}
	for _, n := range totals(t, l, math.MinInt64/2, math.MaxInt64/2, nil) {
		if n.Input != 300*most || n.Output != -300*most {
			t.Errorf("%+v", n)
		}
	}
	for i := range 300 {
		th := some(fmt.Sprint(i), 0)
		mustReplace(t, l, th)
	}
	if left := totals(t, l, math.MinInt64/2, math.MaxInt64/2, nil); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// A released ledger's sums are made of the rows that it has.
func TestMigrationMakesSums(t *testing.T) {
	b, err := os.ReadFile(releasedFile(1))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	l := openAt(t, path)
	got, want := totals(t, l, -1000, 1000, []int64{0}), added(t, l, -1000, 1000, []int64{0})
	if len(want) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %d, want %d", len(got), len(want))
	}
	mustReplace(t, l, some("thread ", 2))
	if got, want := totals(t, l, 3, 1000, nil), added(t, l, 3, 1000, nil); !reflect.DeepEqual(got, want) {
		t.Errorf("after a change: got %v, want %v", got, want)
	}
}

func TestReservations(t *testing.T) {
	l := openNew(t)
	ctx := context.Background()
	th := some("a", 3)
	mustReplace(t, l, th)
	known := th.Total()
	made := Reservation{Thread: "a", Run: "r", Home: "/h", Project: "p", Folder: "/f", Row: row(7, "gpt-5.5", 3), At: noon, Until: noon.Add(time.Minute),
		Known: model.Count{Usage: model.Usage{Input: known.Total()}, Responses: known.Responses}, PID: 12, Ticks: 1 << 63}
	fresh := made
	fresh.Thread, fresh.Known = "new", model.Count{}
	decideWith(t, l, func(g *Gate) error { return errors.Join(g.Reserve(made), g.Reserve(fresh)) })
	at := func(now time.Time) map[string]Reservation {
		list, err := l.Reservations(ctx, now)
		if err != nil {
			t.Fatal(err)
		}
		var within []Reservation
		decideWith(t, l, func(g *Gate) error {
			var err error
			within, err = g.Reservations(now)
			return err
		})
		if !reflect.DeepEqual(within, list) {
			t.Errorf("within a decision %v, outside %v", within, list)
		}
		m := map[string]Reservation{}
		for _, r := range list {
			m[r.Thread] = r
		}
		return m
	}
	if got := at(noon); !reflect.DeepEqual(got, map[string]Reservation{"a": made, "new": fresh}) {
		t.Errorf("got %+v", got)
	}
	if got := at(noon.Add(time.Minute)); len(got) != 0 {
		t.Errorf("after their time: %v", got)
	}
	th.Rows[0].Responses++
	mustReplace(t, l, th)
	if got := at(noon); len(got) != 1 || got["new"].Thread != "new" {
		t.Errorf("after a response: %v", got)
	}
	decideWith(t, l, func(g *Gate) error { return g.Release("new") })
	if got := at(noon); len(got) != 0 {
		t.Errorf("after its release: %v", got)
	}
}

func TestOrders(t *testing.T) {
	l := openNew(t)
	ctx := context.Background()
	hold := Order{ID: "h", Run: "r", Kind: "hold", Until: noon.Add(time.Hour), At: noon, Actor: "ann", Reason: "lunch"}
	end := Order{ID: "e", Run: "r", Kind: "turn_end", At: noon.Add(time.Second), Actor: "ann"}
	sum := Order{ID: "s", Run: "other", Kind: "amount", Amount: 5, At: noon.Add(2 * time.Second), Actor: "bob"}
	for _, o := range []Order{hold, end, sum} {
		if err := l.PutOrder(ctx, o, Entry{Actor: o.Actor, Action: "order", Subject: string(o.Run), After: o.Kind}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.PutOrder(ctx, hold, Entry{}); err == nil {
		t.Error("an order was given twice")
	}
	if err := l.EndOrder(ctx, "e", noon.Add(time.Minute), Entry{Actor: "ann", Action: "order ended", Subject: "r"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"e", "never"} {
		if err := l.EndOrder(ctx, id, noon, Entry{}); !errors.Is(err, ErrUnknown) {
			t.Errorf("order %s: %v", id, err)
		}
	}
	if got, err := l.Orders(ctx); err != nil || !reflect.DeepEqual(got, []Order{hold, sum}) {
		t.Errorf("got %+v, %v", got, err)
	}
	end.Done = noon.Add(time.Minute)
	if got, err := l.OrdersSince(ctx, time.Time{}); err != nil || !reflect.DeepEqual(got, []Order{hold, end, sum}) {
		t.Errorf("got %+v, %v", got, err)
	}
	decideWith(t, l, func(g *Gate) error {
		for now, want := range map[time.Time]int{noon: 1, noon.Add(time.Hour): 0} {
			if got, err := g.Orders("r", now); err != nil || len(got) != want {
				t.Errorf("at %s: %v, %v", now, got, err)
			}
		}
		return nil
	})
	if n, err := l.Verify(ctx); n != 4 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

func TestSavings(t *testing.T) {
	l := openNew(t)
	ctx := context.Background()
	a := Saving{ID: "a", Run: "r", At: noon, Actor: "ann", Method: "resume", FromModel: "gpt-5.5", ToModel: "gpt-6-luna", ToEffort: "low",
		Promised: 7, OneOff: -1, Prices: "2026-11", Turns: 2,
		Used: []SavingUse{{Bucket: model.Bucket{Quarter: 5, Model: "gpt-6-luna", Long: true}, Usage: model.Usage{Input: 3, Reasoning: 1}, Responses: 1, SwitchItself: true}}}
	b := a
	b.ID, b.At = "b", noon.Add(time.Hour)
	for _, s := range []Saving{b, a} {
		if err := l.PutSaving(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	a.Turns, a.Until = 3, noon.Add(2*time.Hour)
	if err := l.PutSaving(ctx, a); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Savings(ctx, time.Time{}); err != nil || !reflect.DeepEqual(got, []Saving{a, b}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := l.Savings(ctx, noon.Add(time.Minute)); err != nil || !reflect.DeepEqual(got, []Saving{b}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := l.OpenSavings(ctx); err != nil || !reflect.DeepEqual(got, []Saving{b}) {
		t.Errorf("open: %+v, %v", got, err)
	}
}

func TestSavedStates(t *testing.T) {
	l := openNew(t)
	ctx := context.Background()
	for i, run := range []model.RunID{"r", "q", "r"} {
		n, err := l.SaveState(ctx, SavedState{Run: run, At: noon, Body: json.RawMessage(fmt.Sprintf(`{"i":%d}`, i))}, Entry{Action: "stop", Subject: string(run)})
		if err != nil || n != int64(i+1) {
			t.Fatalf("state %d: %v", n, err)
		}
	}
	got, err := l.SavedStates(ctx, "r")
	if err != nil || len(got) != 2 || string(got[1].Body) != `{"i":2}` || !got[1].At.Equal(noon) {
		t.Errorf("got %+v, %v", got, err)
	}
	if n, err := l.Verify(ctx); n != 3 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

// What somebody decided about an exception stays when the gate raises it again.
func TestRaise(t *testing.T) {
	l := openNew(t)
	ctx := context.Background()
	e := exception("g")
	e.State, e.Changed = budget.Open, noon
	for _, c := range []struct{ was, want budget.Life }{
		{"", budget.Open}, {budget.Acknowledged, budget.Acknowledged}, {budget.Dismissed, budget.Dismissed}, {budget.Extended, budget.Reopened}, {budget.Stopped, budget.Reopened},
		{budget.Resolved, budget.Reopened}, {budget.Expired, budget.Reopened},
	} {
		if c.was != "" {
			old := e
			old.State, old.Changed = c.was, e.Changed.Add(time.Hour)
			if err := l.PutExceptions(ctx, old); err != nil {
				t.Fatal(err)
			}
		}
		e.Changed = e.Changed.Add(2 * time.Hour)
		if err := l.Raise(ctx, e, Entry{Action: "refuse", Subject: "budget"}); err != nil {
			t.Fatal(err)
		}
		if got := oneException(t, l, "g").State; got != c.want {
			t.Errorf("from %q: %s, want %s", c.was, got, c.want)
		}
	}
	if n, err := l.Verify(ctx); n != 7 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

func TestMeterAndSeen(t *testing.T) {
	l := openNew(t)
	ctx := context.Background()
	m := Meter{Thread: "a", Path: "/p", Dev: 1 << 63, Ino: 2, Offset: 3, State: []byte("x")}
	if _, ok, err := l.Meter(ctx, "a"); ok || err != nil {
		t.Errorf("there is one: %v", err)
	}
	decideWith(t, l, func(g *Gate) error {
		return errors.Join(g.PutMeter(m), g.Saw("/h", "PreModelRequest", "a", noon, true), g.Saw("/h", "PreModelRequest", "b", noon.Add(1), false))
	})
	if got, ok, err := l.Meter(ctx, "a"); !ok || err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, %v", got, err)
	}
	want := []GateSeen{{Home: "/h", At: noon.Add(1), Event: "PreModelRequest", Thread: "b", Refused: 1, Last: noon}}
	if got, err := l.GatesSeen(ctx); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Whoever must answer at once waits for nobody for long, and makes and mends nothing.
func TestOpenGate(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenGate(filepath.Join(dir, "none", "ledger.db"), time.Millisecond); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	path := filepath.Join(dir, "ledger.db")
	l := openAt(t, path)
	mustReplace(t, l, some("a", 3))
	err := l.change(context.Background(), survivesProcess, func(tx) error {
		g, err := OpenGate(path, 20*time.Millisecond)
		if err != nil {
			return err
		}
		defer g.Close()
		began := time.Now()
		if err := g.Gate(context.Background(), func(*Gate) error { return nil }); !errors.Is(err, ErrBusy) {
			t.Errorf("held by another: %v", err)
		}
		if d := time.Since(began); d > time.Second {
			t.Errorf("it waited for %s", d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := os.WriteFile(path, []byte("no ledger at all, but long enough to be looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenGate(path, time.Millisecond); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
	if aside, _ := damagedFiles(t, path); len(aside) > 0 {
		t.Errorf("set aside: %v", aside)
	}
}
