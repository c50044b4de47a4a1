package ledger

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Goroutines with ledgers of their own and a shared one write and read at once.
func TestSeveralAtOnce(t *testing.T) {
	const writers, each = 6, 15
	path := filepath.Join(t.TempDir(), "ledger.db")
	ctx := context.Background()
	shared := openAt(t, path)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			l := shared
			if w%2 == 0 {
				own, err := open(path, testOptions())
				if err != nil {
					t.Error(err)
					return
				}
				defer own.Close()
				l = own
			}
			for i := range each {
				if err := l.Replace(ctx, some(fmt.Sprintf("own %d %d", w, i), 10), some("common", 10)); err != nil {
					t.Error(err)
				}
				if err := l.Audit(ctx, Entry{Actor: fmt.Sprint(w), Action: "count"}); err != nil {
					t.Error(err)
				}
				list, err := l.Threads(ctx, Which{IDs: []string{"common"}})
				if err != nil || len(list) != 1 {
					t.Errorf("%d threads, %v", len(list), err)
				} else {
					same(t, list[0], some("common", 10)) // never half of it
				}
			}
		})
	}
	wg.Wait()
	if got := threadsOf(t, shared, Which{}); len(got) != writers*each+1 {
		t.Errorf("%d threads, want %d", len(got), writers*each+1)
	}
	if n, err := shared.Verify(ctx); n != writers*each || err != nil {
		t.Errorf("%d entries, %v; want %d", n, err, writers*each)
	}
}

// Several begin a new ledger at the same time.
func TestSeveralBegin(t *testing.T) {
	for range 5 {
		path := filepath.Join(t.TempDir(), "ledger.db")
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				l, err := open(path, testOptions())
				if err != nil {
					t.Error(err)
					return
				}
				defer l.Close()
				if err := l.Replace(context.Background(), some(fmt.Sprint(i), 1)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := threadsOf(t, openAt(t, path), Which{}); len(got) != 8 {
			t.Errorf("%d threads, want 8", len(got))
		}
	}
}

// Processes write at once; each is killed in the middle of it, and what it said
// was committed is there.
func TestKilledProcessLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	const children, each = 3, 25
	counts := make([]int, children)
	var wg sync.WaitGroup
	for c := range children {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "LEDGER_TEST_CHILD="+path, fmt.Sprintf("LEDGER_TEST_NAME=child%d", c))
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Error(err)
				return
			}
			if err := cmd.Start(); err != nil {
				t.Error(err)
				return
			}
			lines := bufio.NewScanner(out)
			for counts[c] < each && lines.Scan() {
				if _, err := fmt.Sscan(lines.Text(), &counts[c]); err != nil {
					t.Error(lines.Text())
					break
				}
			}
			_ = cmd.Process.Kill() // SIGKILL: it can't tidy up
			_ = cmd.Wait()         // it was killed
		})
	}
	l := openAt(t, path) // a reader goes on all the time
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			if _, err := l.Verify(context.Background()); err != nil {
				t.Error(err)
				running = false
			}
		}
	}
	<-done
	got := threadsOf(t, l, Which{})
	entries, err := l.Trail(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, e := range entries {
		said[e.Actor+"-"+e.Subject] = true
	}
	for c, n := range counts {
		if n < each {
			t.Errorf("child %d got to %d", c, n)
		}
		for i := 1; i <= n; i++ {
			id := fmt.Sprintf("child%d-%d", c, i)
			same(t, got[id], some(id, 20))
			if !said[id] {
				t.Errorf("the entry of %s is missing", id)
			}
		}
	}
	if _, err := l.Verify(context.Background()); err != nil {
		t.Error(err)
	}
	if err := l.Check(context.Background()); err != nil {
		t.Error(err)
	}
}
