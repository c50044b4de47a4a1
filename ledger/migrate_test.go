package ledger

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

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
			if n, err := l.Verify(ctx); n != 6 || err != nil {
				t.Errorf("%d entries, %v; want 6", n, err)
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
