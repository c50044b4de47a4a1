package ledger

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
)

var release = flag.Bool("release", false, "write testdata/ledger/vN.db for the present schema, where there is none")

func releasedFile(version int) string {
	return filepath.Join("testdata", "ledger", fmt.Sprintf("v%d.db", version))
}

// Every version that was released becomes the present one, and keeps what it holds.
func TestMigrateReleased(t *testing.T) {
	if path := releasedFile(len(steps())); *release {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			filled(t, path)
			filledMore(t, path)
		}
	}
	for v := 1; v <= len(steps()); v++ {
		t.Run(fmt.Sprint("v", v), func(t *testing.T) {
			b, err := os.ReadFile(releasedFile(v))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "ledger.db")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			l := openAt(t, path)
			ctx := context.Background()
			if l.Notice() != "" {
				t.Error(l.Notice())
			}
			if now, err := l.version(ctx); now != len(steps()) || err != nil {
				t.Errorf("schema %d, %v; want %d", now, err, len(steps()))
			}
			got := threadsOf(t, l, Which{})
			if len(got) != 40 {
				t.Errorf("%d threads, want 40", len(got))
			}
			for id, th := range got {
				same(t, th, some(id, 40))
			}
			if oneException(t, l, "e1").State != budget.Acknowledged {
				t.Error("the exception's state was lost")
			}
			entries := int64(6)
			if v >= 2 {
				entries += 2
				keptMore(t, l)
			}
			if n, err := l.Verify(ctx); n != entries || err != nil {
				t.Errorf("%d entries, %v; want %d", n, err, entries)
			}
			mustReplace(t, l, some("new", 3))
		})
	}
}

// A file of a newer version is refused and not touched.
func TestNewerIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	filled(t, path)
	l := openAt(t, path)
	if _, err := l.write.Exec("INSERT INTO migrations VALUES (?, 0)", len(steps())+1); err != nil {
		t.Fatal(err)
	}
	l.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(path, testOptions()); !errors.Is(err, ErrNewer) {
		t.Errorf("error %v, want %v", err, ErrNewer)
	}
	if after, err := os.ReadFile(path); err != nil || string(before) != string(after) {
		t.Errorf("it was changed: %v", err)
	}
	if files, _ := damagedFiles(t, path); len(files) > 0 {
		t.Errorf("set aside: %v", files)
	}
}

// Opening what is up to date writes nothing.
func TestOpenWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	filled(t, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l := openAt(t, path)
	threadsOf(t, l, Which{})
	if stats := l.write.Stats(); stats.OpenConnections != 0 {
		t.Errorf("%d connections for writing", stats.OpenConnections)
	}
	l.Close()
	if after, err := os.ReadFile(path); err != nil || string(before) != string(after) {
		t.Errorf("it was changed: %v", err)
	}
}

// filledMore adds what the second version has.
func filledMore(t *testing.T, path string) {
	t.Helper()
	ctx := context.Background()
	l, err := open(path, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.SaveState(ctx, SavedState{Run: "r", At: noon, Body: []byte(`{"turn":3}`)}, Entry{Action: "stop", Subject: "r"})
	err = errors.Join(err,
		l.PutOrder(ctx, Order{ID: "o", Run: "r", Kind: "hold", Until: noon.Add(time.Hour), At: noon, Actor: "ann"}, Entry{Action: "order", Subject: "r"}),
		l.PutSaving(ctx, Saving{ID: "s", Run: "r", At: noon, Promised: 5}),
		l.Gate(ctx, func(g *Gate) error {
			return errors.Join(g.Reserve(Reservation{Thread: "t", Run: "r", Row: row(1, "gpt-5.5", 1), At: noon, Until: noon.Add(time.Minute)}),
				g.PutMeter(Meter{Thread: "t", Path: "/p", Offset: 7}), g.Saw("/h", "PreModelRequest", "t", noon, true))
		}), l.Close())
	if err != nil {
		t.Fatal(err)
	}
}

func keptMore(t *testing.T, l *Ledger) {
	t.Helper()
	ctx := context.Background()
	orders, err1 := l.Orders(ctx)
	savings, err2 := l.Savings(ctx, time.Time{})
	states, err3 := l.SavedStates(ctx, "")
	reserved, err4 := l.Reservations(ctx, noon)
	seen, err5 := l.GatesSeen(ctx)
	m, ok, err6 := l.Meter(ctx, "t")
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		t.Fatal(err)
	}
	if len(orders) != 1 || len(savings) != 1 || len(states) != 1 || len(reserved) != 1 || len(seen) != 1 || !ok || m.Offset != 7 {
		t.Errorf("%d orders, %d savings, %d states, %d reservations, %d homes, meter %v", len(orders), len(savings), len(states), len(reserved), len(seen), m)
	}
	if got, want := totals(t, l, -1000, 1000, nil), added(t, l, -1000, 1000, nil); len(want) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("the sums are not those of the rows")
	}
}
