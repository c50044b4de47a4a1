package monitor

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// movesWhenAsked is a context that does something once: when a file was read, after which
// a fold asks whether it has ended.
type movesWhenAsked struct {
	context.Context
	once sync.Once
	move func()
}

func (c *movesWhenAsked) Err() error {
	if pc, _, _, ok := runtime.Caller(1); ok && strings.HasSuffix(runtime.FuncForPC(pc).Name(), "(*folder).fold") {
		c.once.Do(c.move)
	}
	return c.Context.Err()
}

// putAway archives every other session, and compresses the rest.
func putAway(all []*session) {
	for i, s := range all {
		if i%2 == 0 {
			s.archive()
		} else {
			s.compress()
		}
	}
}

// many makes a home with a long session for each worker, which are read first, and short
// ones. It gives these, and the responses of the long ones.
func many(t *testing.T, short int) (h codexHome, all []*session, long int64) {
	t.Helper()
	h = newHome(t)
	now := time.Now()
	for i := range runtime.GOMAXPROCS(0) {
		s := h.begin(now.Add(-50*time.Hour), 1000+i, nil).ask(gpt, "large")
		for range 200 {
			s.answer(small)
		}
		s.touched()
		long += 200
	}
	for i := range short {
		all = append(all, h.begin(now.Add(-time.Duration(40+i)*time.Hour), 1+i, nil).ask(gpt, "do").answer(small).touched())
	}
	return h, all, long
}

func responsesOf(h *History) (n int64) {
	for _, t := range h.Fleet.Threads {
		n += t.Usage().Responses
	}
	return n
}

// What is archived or compressed after the files were listed, and before its turn to be
// read came, is counted where it is then.
func TestLoadOfFilesThatMove(t *testing.T) {
	for _, detail := range []bool{false, true} {
		h, all, long := many(t, 30)
		ctx := &movesWhenAsked{Context: t.Context(), move: func() { putAway(all) }}
		got, err := Load(ctx, Options{Homes: []string{h.path}}, Range{Detail: detail})
		if err != nil {
			t.Fatal(err)
		}
		if n := responsesOf(got); n != long+30 || len(got.Problems) > 0 {
			t.Errorf("detail %v: %d responses, want %d; problems %v", detail, n, long+30, got.Problems)
		}
	}
}

// Of what is removed meanwhile the ledger tells.
func TestLoadOfFilesThatGo(t *testing.T) {
	h, all, long := many(t, 5)
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := Options{Homes: []string{h.path}, Ledger: l}
	if _, err := Load(t.Context(), o, Range{}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(h.path, "sessions", "*", "*", "*", "*.jsonl"))
	if err != nil || len(files) <= 5 {
		t.Fatal(files, err)
	}
	for _, f := range files { // so that they are read again
		if err := os.Chtimes(f, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	ctx := &movesWhenAsked{Context: t.Context(), move: func() {
		for _, s := range all {
			if err := os.Remove(s.path); err != nil {
				t.Error(err)
			}
		}
	}}
	got, err := Load(ctx, o, Range{})
	if err != nil {
		t.Fatal(err)
	}
	if n := responsesOf(got); n != long+5 || len(got.Problems) > 0 || got.Remembered < 5 {
		t.Errorf("%d responses, want %d; %d threads remembered, problems %v", n, long+5, got.Remembered, got.Problems)
	}
}

// copied makes a thread of three responses, and one that copied it; own writes the copies
// and the second one's two responses.
func copied(h codexHome) (a, b *session, own func()) {
	now := time.Now().Add(-30 * time.Hour)
	old := meta{"cli_version": "0.90.0", "history_mode": nil}
	turn := func(s *session) {
		s.line("turn_context", meta{"cwd": "/home/dev/code/x", "model": gpt}).msg("user_message", meta{"message": "do"})
	}
	a = h.begin(now, 1, old)
	turn(a)
	for i := range 3 {
		a.total = a.total.Add(small)
		a.count(small, float64(i)).wait(time.Minute)
	}
	a.touched()
	old["forked_from_id"] = a.id
	b = h.begin(now.Add(time.Hour), 2, old)
	return a, b, func() {
		turn(b)
		for i := range 5 {
			if i == 3 { // at once: only the lines of the other one tell that this is its own
				turn(b)
			}
			b.total = b.total.Add(small)
			b.count(small, float64(i))
		}
		b.touched()
	}
}

// A fork counts only what is its own, also where the thread that it copied is moved meanwhile.
func TestLoadOfAForkWhoseAncestorMoves(t *testing.T) {
	h, _, long := many(t, 0)
	a, _, own := copied(h)
	own()
	for _, move := range []func(){func() {}, a.archive} {
		got, err := Load(&movesWhenAsked{Context: t.Context(), move: move}, Options{Homes: []string{h.path}}, Range{})
		if err != nil {
			t.Fatal(err)
		}
		if n := responsesOf(got) - long; n != 5 || len(got.Problems) > 0 {
			t.Errorf("%d responses, want 5; problems %v", n, got.Problems)
		}
	}
}

// The same while it is followed: where the fork is read whole, and where it is read on.
func TestFollowingAForkWhoseAncestorMoves(t *testing.T) {
	for _, known := range []bool{false, true} {
		h := newHome(t)
		a, b, own := copied(h)
		l := still(t, h.path)
		if known {
			l.readAll()
		}
		l.look()
		a.archive()
		own()
		l.hint(watch.Hint{Paths: []string{b.path}})
		for range 2 { // the first says that it is elsewhere
			l.look()
			l.readOn()
		}
		l.hint(watch.Hint{Paths: []string{a.path}})
		if n, m := l.threads[a.id].thread.Usage().Responses, l.threads[b.id].thread.Usage().Responses; n != 3 || m != 2 {
			t.Errorf("known %v: %d and %d responses, want 3 and 2", known, n, m)
		}
	}
}
