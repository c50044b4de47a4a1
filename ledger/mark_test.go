package ledger

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A mark is another one after every write, whoever made it, and the same as long as
// there is none.
func TestMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	// What was written just now has no mark: the files are made older instead of waiting.
	age := func(by time.Duration) {
		t.Helper()
		for _, p := range []string{path, path + "-wal"} {
			if err := os.Chtimes(p, time.Time{}, time.Now().Add(-by)); err != nil {
				t.Fatal(err)
			}
		}
	}
	age(time.Hour)
	first := l.Mark()
	if first == "" || l.Mark() != first {
		t.Fatalf("at rest: %q, then %q", first, l.Mark())
	}
	if err := other.SetLabel(t.Context(), Label{Run: "run", Client: "client", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if got := l.Mark(); got != "" {
		t.Errorf("just written to: %q", got)
	}
	age(markAge + time.Second)
	second := l.Mark()
	if second == "" || second == first {
		t.Errorf("after a write: %q, before it %q", second, first)
	}
}
