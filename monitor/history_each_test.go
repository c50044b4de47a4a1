package monitor

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// told is what [Range.Each] is told of a thread.
type told struct {
	run       model.RunID
	project   string
	title     string
	cwd       string
	last      time.Time
	unmetered int
	rows      map[model.Bucket]model.Count
}

func tellOf(t *model.Thread, run model.RunID, project string) told {
	return told{run, project, t.Title, t.Cwd, t.LastAt, t.Unmetered, maps.Clone(t.Rows)}
}

// loadEach loads with Each, and gives what was told last of each thread.
func loadEach(t *testing.T, o Options, r Range) (*History, map[string]told) {
	t.Helper()
	all := map[string]told{}
	r.Each = func(th *model.Thread, run model.RunID, project string) { all[th.ID] = tellOf(th, run, project) }
	return loadNow(t, o, r), all
}

// sameAsEach compares what Each is told with what a history without it has.
func sameAsEach(t *testing.T, what string, o Options, r Range) {
	t.Helper()
	h := loadNow(t, o, r)
	want := map[string]told{}
	for id, th := range h.Fleet.Threads {
		want[id] = tellOf(th, h.Fleet.RunOf(id), h.Projects[id])
	}
	e, got := loadEach(t, o, r)
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		t.Errorf("%s: told of %v, want %v", what, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	for id, w := range want {
		if !reflect.DeepEqual(got[id], w) {
			t.Errorf("%s: thread %s:\n got %+v\nwant %+v", what, id, got[id], w)
		}
	}
	type sums struct {
		files, leftOut, remembered int
		bytes                      int64
		skipped, unknown, versions map[string]int64
		problems                   []Problem
	}
	of := func(h *History) sums {
		return sums{h.Files, h.LeftOut, h.Remembered, h.Bytes, h.Skipped, h.Unknown, h.Versions, h.Problems}
	}
	if g, w := of(e), of(h); !reflect.DeepEqual(g, w) {
		t.Errorf("%s: %+v, want %+v", what, g, w)
	}
}

// Whoever takes threads one by one learns the same of them as who has all at the end.
func TestEachIsAll(t *testing.T) {
	for name, home := range corpora(t) {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			o := Options{Homes: []string{home}, Zone: time.UTC, User: "dev", Now: func() time.Time { return now }}
			sameAsEach(t, "without a ledger", o, Range{})
			o.Ledger = ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
			loadEach(t, o, Range{})
			sameAsEach(t, "from the ledger", o, Range{})
			if err := os.RemoveAll(filepath.Join(home, "sessions")); err != nil {
				t.Fatal(err)
			}
			sameAsEach(t, "without most files", o, Range{})
		})
	}
}

// A thread that was given away is given again where another file turns out to be its own,
// and parents that were given away are still known to their children.
func TestEachAgain(t *testing.T) {
	h := newHome(t)
	now := time.Now().Add(-time.Hour).Truncate(time.Second)
	a := h.begin(now, 1, nil).ask(gpt, "a").answer(small)
	b := h.begin(now.Add(time.Minute), 2, meta{"id": a.id, "session_id": a.id}) // a's by its content
	b.id, b.replies, b.total = a.id, 1, small
	b.ask(gpt, "more").answer(small)
	root := h.begin(now, 3, nil).ask(gpt, "root").answer(small)
	kid := h.begin(now.Add(time.Minute), 4, meta{"session_id": root.id, "parent_thread_id": root.id}).ask(gpt, "kid").answer(small)
	// As versions wrote it that named no session.
	old := h.begin(now.Add(2*time.Minute), 5, meta{"session_id": nil, "parent_thread_id": kid.id}).ask(gpt, "old").answer(small)
	older := h.begin(now.Add(3*time.Minute), 6, meta{"session_id": nil, "parent_thread_id": old.id}).ask(gpt, "older").answer(small)
	lost := h.begin(now.Add(4*time.Minute), 7, meta{"session_id": nil, "parent_thread_id": "nobody"}).ask(gpt, "lost").answer(small)
	empty := h.begin(now.Add(5*time.Minute), 8, nil)
	if err := os.WriteFile(empty.path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	rest(t, h.path)
	o := Options{Homes: []string{h.path}, Zone: time.UTC, User: "dev"}
	for _, r := range []Range{{}, {Only: []string{a.id, kid.id}}, {Kinds: true}} {
		sameAsEach(t, "", o, r)
	}
	_, got := loadEach(t, o, Range{})
	if n := got[a.id].rows; len(n) != 1 || sumOf(n).Responses != 2 {
		t.Errorf("of two files of one thread %v was told, want 2 responses", n)
	}
	for id, run := range map[string]string{root.id: root.id, kid.id: root.id, old.id: root.id, older.id: root.id, lost.id: "nobody"} {
		if got[id].run != model.RunID(run) {
			t.Errorf("thread %s is of run %q, want %q", id, got[id].run, run)
		}
	}
}

func sumOf(rows map[model.Bucket]model.Count) (sum model.Count) {
	for _, n := range rows {
		sum = sum.Plus(n)
	}
	return sum
}

// A ledger that is made while files are read already gets all of them, and is asked where
// somebody else has filled it meanwhile. One that can't be made is told of.
func TestLoadNewLedger(t *testing.T) {
	home := corpora(t)["recorded"]
	now := time.Now()
	o := Options{Homes: []string{home}, Zone: time.UTC, User: "dev", Now: func() time.Time { return now }}
	plain := o
	plain.Ledger = ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	loadNow(t, plain, Range{})
	want := threadsOf(t, plain.Ledger)
	if len(want) == 0 {
		t.Fatal("nothing was kept")
	}
	made := ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	o.NewLedger = true
	for range 2 {
		o.OpenLedger = func() (*ledger.Ledger, error) { return made, nil }
		if h, _ := loadEach(t, o, Range{}); len(h.Problems) != len(loadNow(t, plain, Range{}).Problems) {
			t.Errorf("problems %v", h.Problems)
		}
		if got := threadsOf(t, made); !reflect.DeepEqual(got, want) {
			t.Errorf("the ledger has\n%+v\nwant\n%+v", got, want)
		}
	}
	o.OpenLedger = func() (*ledger.Ledger, error) { return nil, errors.New("no room") }
	if h, all := loadEach(t, o, Range{}); len(all) == 0 || !slices.ContainsFunc(h.Problems, func(p Problem) bool { return strings.Contains(p.Err.Error(), "no room") }) {
		t.Errorf("%d threads, problems %v", len(all), h.Problems)
	}
}

// threadsOf is all that a ledger knows, in an order of its own.
func threadsOf(t *testing.T, l *ledger.Ledger) []ledger.Thread {
	t.Helper()
	list, err := l.Threads(context.Background(), ledger.Which{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		slices.SortFunc(list[i].Rows, func(a, b ledger.Row) int {
			return strings.Compare(keyOfBucket(a.Bucket)+a.Kind.String(), keyOfBucket(b.Bucket)+b.Kind.String())
		})
	}
	slices.SortFunc(list, func(a, b ledger.Thread) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// What is moved while threads are given away is counted once.
func TestEachOfFilesThatMove(t *testing.T) {
	h, all, long := many(t, 30)
	ctx := &movesWhenAsked{Context: t.Context(), move: func() { putAway(all) }}
	var n int64
	given := map[string]int64{}
	each := func(th *model.Thread, _ model.RunID, _ string) {
		n += th.Usage().Responses - given[th.ID]
		given[th.ID] = th.Usage().Responses
	}
	got, err := Load(ctx, Options{Homes: []string{h.path}}, Range{Each: each})
	if err != nil {
		t.Fatal(err)
	}
	if n != long+30 || len(got.Problems) > 0 || got.Files < len(all) {
		t.Errorf("%d responses, want %d; %d files, problems %v", n, long+30, got.Files, got.Problems)
	}
}

// What is removed after it was given away stays as it was read, where the ledger knows less
// of it; of what was not read yet it tells.
func TestEachOfFilesThatGo(t *testing.T) {
	h, all, _ := many(t, 60)
	o := Options{Homes: []string{h.path}, Ledger: ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))}
	loadNow(t, o, Range{})
	for _, s := range all {
		s.answer(small).touched()
	}
	given, most := map[string]int64{}, map[string]int64{}
	each := func(th *model.Thread, _ model.RunID, _ string) {
		n := th.Usage().Responses
		given[th.ID], most[th.ID] = n, max(most[th.ID], n)
		if len(given) != 20 {
			return
		}
		for _, s := range all {
			if err := os.Remove(s.path); err != nil {
				t.Error(err)
			}
		}
	}
	if h, err := Load(t.Context(), o, Range{Each: each}); err != nil || len(h.Problems) > 0 {
		t.Fatal(err, h.Problems)
	}
	for _, s := range all {
		if n := given[s.id]; n != most[s.id] || n == 0 {
			t.Errorf("%d responses of %s, after %d", n, s.id, most[s.id])
		}
	}
}
