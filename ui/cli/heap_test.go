package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		live int64
		want int
	}{{0, 275}, {mb, 275}, {4 * mb, 150}, {7 * mb, 42}, {8 * mb, 30}, {9 * mb, 30}, {1000 * mb, 30}} {
		if got := growth(c.live); got != c.want {
			t.Errorf("growth(%d MB) = %d, want %d", c.live/mb, got, c.want)
		}
	}
}

// What is brief puts the first collection off, the next ones come as ever; a GOGC
// in the environment goes before both.
func TestBriefCommandsPutCollectingOff(t *testing.T) {
	now := func() int { p := debug.SetGCPercent(100); debug.SetGCPercent(p); return p }
	defer debug.SetGCPercent(now())
	stop := tendHeap(nil)
	defer stop()
	if putOffCollecting(environment{"GOGC=50"}); now() != mostPercent {
		t.Errorf("with GOGC: %d %%, want %d", now(), mostPercent)
	}
	if putOffCollecting(nil); now() != briefPercent {
		t.Errorf("%d %%, want %d", now(), briefPercent)
	}
	runtime.GC()
	for end := time.Now().Add(10 * time.Second); now() == briefPercent; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the heap is not tended after a collection")
		}
	}
}
