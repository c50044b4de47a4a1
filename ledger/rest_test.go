package ledger

import (
	"context"
	"path/filepath"
	"testing"
)

// After a rest nothing but one connection for writing is open, and all is as before.
func TestRest(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	l.Rest() // before anything was asked
	mustReplace(t, l, some("a", 3))
	if got := threadsOf(t, l, Which{}); len(got) != 1 {
		t.Fatalf("%d threads, want 1", len(got))
	}
	if n := l.read.Stats().OpenConnections; n == 0 {
		t.Fatal("nothing was read")
	}
	l.Rest()
	if n, w := l.read.Stats().OpenConnections, l.write.Stats().OpenConnections; n != 0 || w != 1 {
		t.Errorf("%d connections for reading and %d for writing are open, want 0 and 1", n, w)
	}
	same(t, threadsOf(t, l, Which{})["a"], some("a", 3))
	mustReplace(t, l, some("b", 2))
	if n, err := l.Verify(context.Background()); err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}
