package ledger

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

func BenchmarkReplace200Rows(b *testing.B) {
	l := openNew(b)
	th := some("a", 200)
	for b.Loop() {
		mustReplace(b, l, th)
	}
}

// BenchmarkGate is what a gate does: open, ask eight things, close.
func BenchmarkGate(b *testing.B) {
	ctx, path := context.Background(), filepath.Join(b.TempDir(), "ledger.db")
	l := openAt(b, path)
	for i := range 200 {
		mustReplace(b, l, some(fmt.Sprint(i), 50))
	}
	for b.Loop() {
		l, err := open(path, testOptions())
		if err != nil {
			b.Fatal(err)
		}
		for range 2 {
			_, err1 := l.Labels(ctx)
			_, err2 := l.Grants(ctx, noon)
			_, err3 := l.Alerts(ctx)
			_, err4 := l.Exceptions(ctx, noon)
			if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
				b.Fatal(err1, err2, err3, err4)
			}
		}
		l.Close()
	}
}

// BenchmarkFill is what a first reading of a large history does: 2,000 threads that
// are new to an empty ledger.
func BenchmarkFill(b *testing.B) {
	threads := make([]Thread, 2000)
	for i := range threads {
		th := some(fmt.Sprintf("0199a213-81c0-7800-8aa1-%012d", i), 0)
		th.Files, th.State, th.Project = th.Files[:1], make([]byte, 1000), fmt.Sprintf("github.com/acme/p%d", i%14)
		for q := range 5 {
			th.Rows = append(th.Rows, row(int64(1_980_000+i*3+q), "gpt-5.5", 0))
		}
		threads[i] = th
	}
	for b.Loop() {
		l, err := open(filepath.Join(b.TempDir(), "ledger.db"), testOptions())
		if err != nil {
			b.Fatal(err)
		}
		for some := range slices.Chunk(threads, 200) {
			mustReplace(b, l, some...)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// large makes the rows of two million responses: 4,000 threads that work for
// four hours each with 30 responses a quarter.
func large(tb testing.TB) *Ledger {
	tb.Helper()
	l := openNew(tb)
	for i := 0; i < 4000; i += 200 {
		var batch []Thread
		for j := range 200 {
			n := i + j
			th := some(fmt.Sprintf("thread %d", n), 0)
			th.Run = model.RunID(fmt.Sprintf("run %d", n/3))
			th.Project = fmt.Sprintf("github.com/acme/p%d", n%40)
			for q := range 16 {
				r := row(int64(1_980_000+n/12+q), "gpt-5.5", 0)
				r.Responses = 32
				th.Rows = append(th.Rows, r)
			}
			batch = append(batch, th)
		}
		mustReplace(tb, l, batch...)
	}
	return l
}

func BenchmarkUsage2M(b *testing.B) {
	l := large(b)
	b.ResetTimer()
	for b.Loop() {
		if n := len(threadsOf(b, l, Which{})); n != 4000 {
			b.Fatal(n)
		}
	}
}

// A test, so that a slow ledger is noticed without a benchmark: three times what it should take.
func TestLargeIsQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 64,000 rows")
	}
	l := large(t)
	best := time.Hour
	for range 3 {
		began := time.Now()
		var n int64
		for _, th := range threadsOf(t, l, Which{}) {
			for _, r := range th.Rows {
				n += r.Responses
			}
		}
		if n != 4000*16*32 {
			t.Errorf("%d responses, want %d", n, 4000*16*32)
		}
		best = min(best, time.Since(began))
	}
	t.Logf("usage of 2 million responses in %s", best)
	if best > 5*time.Second {
		t.Errorf("it took %s", best)
	}
}
