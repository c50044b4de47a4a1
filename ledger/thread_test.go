package ledger

import (
	"context"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"pgregory.net/rapid"
)

// byBucket makes the order of rows, which is not promised, no matter.
func byBucket(t Thread) (Thread, map[model.KindBucket]model.Count) {
	rows := map[model.KindBucket]model.Count{}
	for _, r := range t.Rows {
		rows[r.KindBucket] = r.Count
	}
	t.Rows = nil
	return t, rows
}

func same(t *testing.T, got, want Thread) {
	t.Helper()
	g, gotRows := byBucket(got)
	w, wantRows := byBucket(want)
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %+v\nwant %+v", g, w)
	}
	if !maps.Equal(gotRows, wantRows) {
		t.Errorf("rows: got %v\nwant %v", gotRows, wantRows)
	}
}

func TestReplaceGivesBackWhatWasPut(t *testing.T) {
	l := openNew(t)
	a, b := some("a", 30), some("b", 0)
	b.Files, b.First, b.State = nil, time.Time{}, nil
	mustReplace(t, l, a, b)
	got := threadsOf(t, l, Which{})
	same(t, got["a"], a)
	same(t, got["b"], b)
}

func TestReplaceNeverAdds(t *testing.T) {
	l := openNew(t)
	other := some("other", 5)
	mustReplace(t, l, other)
	for _, n := range []int{3, 30, 30, 7, 0, 1} {
		a := some("a", n)
		a.Files = a.Files[:n%2]
		a.Run, a.Project, a.State = "r", "p", []byte{byte(n)}
		mustReplace(t, l, a)
		got := threadsOf(t, l, Which{})
		if len(got) != 2 {
			t.Fatalf("%d threads, want 2", len(got))
		}
		if n%2 == 0 {
			a.Files = nil
		}
		same(t, got["a"], a)
		same(t, got["other"], other)
	}
}

func TestReplaceIsAllOrNothing(t *testing.T) {
	l := openNew(t)
	a := some("a", 3)
	mustReplace(t, l, a)
	twice := some("b", 1)
	twice.Rows = append(twice.Rows, twice.Rows[0])
	for _, bad := range []Thread{{}, twice} {
		if err := l.Replace(context.Background(), some("a", 9), bad); err == nil {
			t.Errorf("%v was taken", bad.ID)
		}
	}
	got := threadsOf(t, l, Which{})
	if len(got) != 1 {
		t.Errorf("%d threads, want 1", len(got))
	}
	same(t, got["a"], a)
}

func TestWhich(t *testing.T) {
	l := openNew(t)
	a, b, c := some("a", 2), some("b", 3), some("c", 4)
	b.Home, c.Written = "/other", noon.Add(-48*time.Hour)
	mustReplace(t, l, a, b, c)
	for _, x := range []struct {
		name string
		w    Which
		want []string
	}{
		{"all", Which{}, []string{"a", "b", "c"}},
		{"home", Which{Homes: []string{"/other"}}, []string{"b"}},
		{"homes", Which{Homes: []string{"/other", "/home/dev/.codex", "/none"}}, []string{"a", "b", "c"}},
		{"no home", Which{Homes: []string{}}, nil},
		{"ids", Which{IDs: []string{"c", "x", "a"}}, []string{"a", "c"}},
		{"no ids", Which{IDs: []string{}}, nil},
		{"since", Which{WrittenSince: noon.Add(-time.Hour)}, []string{"a", "b"}},
		{"all of it", Which{Homes: []string{"/home/dev/.codex"}, IDs: []string{"b", "a"}, WrittenSince: noon}, []string{"a"}},
	} {
		got := threadsOf(t, l, x.w)
		if ids := slices.Sorted(maps.Keys(got)); !slices.Equal(ids, x.want) {
			t.Errorf("%s: %v, want %v", x.name, ids, x.want)
		}
		for id, want := range map[string]Thread{"a": a, "b": b, "c": c} {
			if th, ok := got[id]; ok {
				same(t, th, want)
			}
		}
	}
}

func TestFactsAlone(t *testing.T) {
	l := openNew(t)
	a := some("a", 5)
	mustReplace(t, l, a)
	a.State, a.Rows = nil, nil
	same(t, threadsOf(t, l, Which{Facts: true})["a"], a)
}

// Names come from session files, which may hold anything.
func TestHostileNames(t *testing.T) {
	l := openNew(t)
	var want []Thread
	for i, name := range []string{"a\x00b", "a", "\xff\xfe", "'; DROP TABLE usage; --", "%s ?", strings.Repeat("x", 100_000), "\x1b[31m", ""} {
		th := some("id "+name, 3)
		th.Project, th.Cwd, th.Model, th.Files[0].Path = name, name, name, name
		for j := range th.Rows {
			th.Rows[j].Model, th.Rows[j].Tier = name, name
			th.Rows[j].Quarter = -int64(i)
		}
		th.Rows = th.Rows[:1]
		want = append(want, th)
	}
	mustReplace(t, l, want...)
	got := threadsOf(t, l, Which{})
	if len(got) != len(want) {
		t.Fatalf("%d threads, want %d", len(got), len(want))
	}
	for _, th := range want {
		same(t, got[th.ID], th)
	}
}

// Whatever the order in which threads are written, and however often, the sums are
// those of each thread's newest rows.
func TestAnyOrderGivesEqualSums(t *testing.T) {
	l := openNew(t)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		r := rand.New(rand.NewPCG(seed, 1))
		newest := map[string]Thread{}
		for _, id := range []string{"a", "b", "c", "d"} {
			versions := rapid.IntRange(1, 3).Draw(t, "versions")
			for range versions {
				th := some(id, 0)
				th.Run = "one run"
				for _, q := range r.Perm(20)[:r.IntN(15)] {
					th.Rows = append(th.Rows, row(int64(q), "m", r.IntN(40)))
				}
				if err := l.Replace(context.Background(), th); err != nil {
					t.Fatal(err)
				}
				newest[id] = th
			}
		}
		list := slices.Collect(maps.Values(newest))
		for range 2 {
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			if err := l.Replace(context.Background(), list...); err != nil {
				t.Fatal(err)
			}
			want, got, table := map[model.KindBucket]model.Count{}, map[model.KindBucket]model.Count{}, model.Count{}
			for _, th := range newest {
				for _, r := range th.Rows {
					want[r.KindBucket] = want[r.KindBucket].Plus(r.Count)
				}
			}
			list, err := l.Threads(context.Background(), Which{})
			if err != nil || len(list) != 4 {
				t.Fatal(len(list), err)
			}
			for _, th := range list {
				for _, r := range th.Rows {
					got[r.KindBucket] = got[r.KindBucket].Plus(r.Count)
				}
			}
			var total model.Count
			for _, n := range want {
				total = total.Plus(n)
			}
			err = l.read.QueryRow("SELECT coalesce(sum(input), 0), coalesce(sum(cached), 0), coalesce(sum(cache_write), 0), coalesce(sum(output), 0), coalesce(sum(reasoning), 0), coalesce(sum(responses), 0) FROM sums WHERE level = 0").
				Scan(&table.Input, &table.Cached, &table.CacheWrite, &table.Output, &table.Reasoning, &table.Responses)
			if err != nil || table != total {
				t.Fatalf("the sums add up to %v (%v), want %v", table, err, total)
			}
			if !maps.Equal(got, want) {
				t.Fatalf("got %v\nwant %v", got, want)
			}
		}
	})
}
