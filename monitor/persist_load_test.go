package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// corpora makes a home of each set of recorded sessions, all of them long at rest.
func corpora(t *testing.T) map[string]string {
	t.Helper()
	homes := map[string]string{"recorded": t.TempDir()}
	put := func(home, path string) {
		t.Helper()
		day := filepath.Join(homes[home], "sessions", "2026", "11", "23")
		if err := os.MkdirAll(day, 0o755); err != nil {
			t.Fatal(err)
		}
		rewrite(t, filepath.Join(day, "rollout-2026-11-23T12-00-00-"+filepath.Base(path)), readFile(t, path))
	}
	files, err := filepath.Glob("../testdata/sessions/*/*.jsonl*")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		put("recorded", f)
	}
	cases, err := filepath.Glob("../testdata/accounting/*")
	if err != nil || len(cases) == 0 {
		t.Fatal(len(cases), err)
	}
	for _, c := range cases {
		if info, err := os.Stat(c); err == nil && info.IsDir() {
			homes[filepath.Base(c)] = t.TempDir()
			if err := os.CopyFS(homes[filepath.Base(c)], os.DirFS(c)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, h := range homes {
		rest(t, h)
	}
	return homes
}

// rest makes all files of a home look as if nobody had written to them for an hour.
func rest(t *testing.T, home string) {
	t.Helper()
	restAt(t, home, time.Now().Add(-time.Hour).Truncate(time.Second))
}

// restAt makes all files of a home look as if they had been written to last at an instant.
func restAt(t *testing.T, home string, at time.Time) {
	t.Helper()
	err := filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func loadNow(t *testing.T, o Options, r Range) *History {
	t.Helper()
	h, err := Load(context.Background(), o, r)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// warm counts the threads that were taken from the ledger.
func (h *History) warm() (n int) {
	for _, d := range h.folds {
		if d.stored {
			n++
		}
	}
	return n
}

// picture is all that a history says, in a form in which two can be compared.
func picture(t *testing.T, h *History, o Options) string {
	t.Helper()
	type row struct {
		Bucket model.Bucket
		Count  model.Count
	}
	all := map[string]any{"files": h.Files, "bytes": h.Bytes, "skipped": h.Skipped, "unknown": h.Unknown, "versions": h.Versions,
		"problems": len(h.Problems), "homes": h.Homes, "projects": h.Projects}
	for id, th := range h.Fleet.Threads {
		s := threadState{Thread: *th}
		rows := []row{}
		for b, n := range th.Rows {
			rows = append(rows, row{b, n})
		}
		slices.SortFunc(rows, func(a, b row) int { return strings.Compare(keyOfBucket(a.Bucket), keyOfBucket(b.Bucket)) })
		all["thread "+id], all["rows "+id], all["run "+id] = s, rows, h.Fleet.RunOf(id)
	}
	all["snapshot"] = h.Snapshot(o)
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func keyOfBucket(b model.Bucket) string {
	k, _ := json.Marshal(b)
	return string(k)
}

func differ(t *testing.T, what, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Errorf("%s: line %d:\n got %s\nwant %s", what, i, strings.Join(g[max(0, i-3):i+1], "\n"), w[i])
			return
		}
	}
	if len(g) != len(w) {
		t.Errorf("%s: %d lines, want %d", what, len(g), len(w))
	}
}

// What the ledger gives in place of unchanged files is exactly what they say.
func TestWarmIsCold(t *testing.T) {
	for name, home := range corpora(t) {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			o := Options{Homes: []string{home}, Zone: time.UTC, User: "dev", All: true, Now: func() time.Time { return now }}
			cold := loadNow(t, o, Range{})
			want := picture(t, cold, o)
			o.Ledger = ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
			first := loadNow(t, o, Range{})
			if first.warm() != 0 {
				t.Errorf("%d of the first reading were known", first.warm())
			}
			differ(t, "first reading", picture(t, first, o), want)
			for _, later := range []time.Duration{0, time.Hour, 30 * time.Hour} {
				at := now.Add(later)
				o.Now = func() time.Time { return at }
				second := loadNow(t, o, Range{})
				without := o
				without.Ledger = nil
				differ(t, "later by "+later.String(), picture(t, second, o), picture(t, loadNow(t, without, Range{}), o))
				// Those that looked into other threads' files are read again.
				if asked := countUnsure(cold); second.warm() != len(cold.folds)-asked {
					t.Errorf("%d of %d threads were known, and %d can't be", second.warm(), len(cold.folds), asked)
				}
			}
			// Read in detail, it says the same and more.
			loadNow(t, o, Range{Detail: true})
			third := loadNow(t, o, Range{})
			for id, th := range third.Fleet.Threads {
				if was := cold.Fleet.Threads[id]; !maps.Equal(th.Rows, was.Rows) || th.Inherited != was.Inherited || th.Decided != was.Decided {
					t.Errorf("thread %s, kept from a reading in detail, counts %v, want %v", id, th.Rows, was.Rows)
				}
				if sum := sumOfKinds(th); th.KindRows != nil && !maps.Equal(sum, th.Rows) {
					t.Errorf("thread %s: its kinds add up to %v, want %v", id, sum, th.Rows)
				}
			}
		})
	}
}

func countUnsure(h *History) (n int) {
	for _, d := range h.folds {
		if d.unsure || d.waiting || len(d.problems) > 0 || d.thread.Lines == 0 {
			n++
		}
	}
	return n
}

func sumOfKinds(t *model.Thread) map[model.Bucket]model.Count {
	sum := map[model.Bucket]model.Count{}
	for b, n := range t.KindRows {
		sum[b.Bucket] = sum[b.Bucket].Plus(n)
	}
	return sum
}

// Whatever is added to a thread comes back from the ledger too: each field is set
// to something else than nothing, and must return.
func TestMemoryKeepsEveryField(t *testing.T) {
	th := &model.Thread{}
	left := map[string]bool{"Kinds": true, "Turns": true, "Responses": true, "Calls": true, "TurnBase": true}
	fill(reflect.ValueOf(th).Elem(), 1)
	th.KindRows = map[model.KindBucket]model.Count{}
	for b, n := range th.Rows {
		th.KindRows[model.KindBucket{Bucket: b, Kind: model.KindTest}] = n
	}
	d := &folded{key: th.ID, thread: th, detail: true, failed: 3, bytes: 9, unknown: map[string]int64{"x": 1}}
	l, err := remembered(d, "run", "project", "user", homeKey, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	back, err := recall(&l, th.ID, d.files, Options{}.withDefaults(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if back.failed != 3 || back.unknown["x"] != 1 {
		t.Errorf("got back %+v", back)
	}
	got, want := reflect.ValueOf(back.thread).Elem(), reflect.ValueOf(th).Elem()
	for i := range want.NumField() {
		f := want.Type().Field(i)
		if !f.IsExported() || left[f.Name] || f.Name == "Files" {
			continue
		}
		if want.Field(i).IsZero() || !reflect.DeepEqual(got.Field(i).Interface(), want.Field(i).Interface()) {
			t.Errorf("%s: got %v, want %v", f.Name, got.Field(i), want.Field(i))
		}
	}
}

// fill sets everything that can be set to something else than its zero value.
func fill(v reflect.Value, n int) {
	if !v.CanSet() {
		return
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 11, 23, 12, n%60, 0, 123_000_000, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text <&> \u2028 " + string(rune('a'+n%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(int64(1)<<60 + int64(n))
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(3)
	case reflect.Float64:
		v.SetFloat(0.1 * float64(n))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n+i)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n+i)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n+i)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		k, x := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(k, n)
		fill(x, n)
		v.SetMapIndex(k, x)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	}
}

// A file that is not as it was is read.
func TestWarmOnlyWhenUnchanged(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(t *testing.T, s *session, lg *ledger.Ledger)
		want int64
		warm int
	}{
		{"nothing", func(*testing.T, *session, *ledger.Ledger) {}, 2, 1},
		{"grown", func(_ *testing.T, s *session, _ *ledger.Ledger) { s.answer(small) }, 3, 0},
		{"grown, its time set back", func(t *testing.T, s *session, _ *ledger.Ledger) {
			info, err := os.Stat(s.path)
			if err != nil {
				t.Fatal(err)
			}
			s.answer(small)
			if err := os.Chtimes(s.path, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}, 3, 0},
		{"touched", func(t *testing.T, s *session, _ *ledger.Ledger) {
			at := time.Now().Add(-time.Minute)
			if err := os.Chtimes(s.path, at, at); err != nil {
				t.Fatal(err)
			}
		}, 2, 0},
		{"touched just now", func(t *testing.T, s *session, _ *ledger.Ledger) {
			if err := os.Chtimes(s.path, time.Now(), time.Now()); err != nil {
				t.Fatal(err)
			}
		}, 2, 0},
		{"replaced by the same", func(t *testing.T, s *session, _ *ledger.Ledger) {
			info, err := os.Stat(s.path)
			if err != nil {
				t.Fatal(err)
			}
			rewrite(t, s.path, readFile(t, s.path))
			if err := os.Chtimes(s.path, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}, 2, 0},
		{"archived", func(_ *testing.T, s *session, _ *ledger.Ledger) { s.archive() }, 2, 0},
		{"another segment", func(t *testing.T, s *session, _ *ledger.Ledger) {
			s.segment(s.now.Add(time.Minute), 77).ask(gpt, "on").answer(small)
			rest(t, s.home.path)
		}, 3, 0},
		{"read by another program", func(t *testing.T, s *session, lg *ledger.Ledger) {
			list, err := lg.Threads(context.Background(), ledger.Which{})
			if err != nil || len(list) != 1 {
				t.Fatal(len(list), err)
			}
			list[0].Reader = "v0.0.1"
			list[0].Rows = nil
			if err := lg.Replace(context.Background(), list[0]); err != nil {
				t.Fatal(err)
			}
		}, 2, 0},
		{"kept in another form", func(t *testing.T, _ *session, lg *ledger.Ledger) {
			list, err := lg.Threads(context.Background(), ledger.Which{})
			if err != nil || len(list) != 1 {
				t.Fatal(len(list), err)
			}
			list[0].State = []byte("[]")
			if err := lg.Replace(context.Background(), list[0]); err != nil {
				t.Fatal(err)
			}
		}, 2, 0},
		{"cut short", func(t *testing.T, s *session, _ *ledger.Ledger) {
			if err := os.Truncate(s.path, int64(len(readFile(t, s.path))-200)); err != nil {
				t.Fatal(err)
			}
		}, 1, 0},
		// Nothing of it is left: what was known is all there is.
		{"emptied", func(t *testing.T, s *session, _ *ledger.Ledger) {
			if err := os.Truncate(s.path, 0); err != nil {
				t.Fatal(err)
			}
		}, 2, 1},
		{"deleted", func(t *testing.T, s *session, _ *ledger.Ledger) {
			if err := os.Remove(s.path); err != nil {
				t.Fatal(err)
			}
		}, 2, 1},
		{"home deleted", func(t *testing.T, s *session, _ *ledger.Ledger) {
			if err := os.RemoveAll(s.home.path); err != nil {
				t.Fatal(err)
			}
		}, 2, 1},
		{"not readable", func(t *testing.T, s *session, _ *ledger.Ledger) {
			if runtime.GOOS == "windows" || os.Getuid() == 0 {
				t.Skip("this account may read anything")
			}
			if err := os.Chmod(s.path, 0); err != nil {
				t.Fatal(err)
			}
			at := time.Now().Add(-time.Minute)
			if err := os.Chtimes(s.path, at, at); err != nil {
				t.Fatal(err)
			}
		}, 2, 1},
	} {
		for _, detail := range []bool{false, true} {
			t.Run(c.name+map[bool]string{true: ", in detail"}[detail], func(t *testing.T) {
				h := newHome(t)
				s := h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small).answer(small)
				rest(t, h.path)
				lg := ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
				o := Options{Homes: []string{h.path}, Zone: time.UTC, Ledger: lg, All: true}
				loadNow(t, o, Range{Detail: detail})
				c.do(t, s, lg)
				for range 2 { // and once more, with what the first reading wrote
					hist := loadNow(t, o, Range{})
					th := hist.Fleet.Threads[s.id]
					if th == nil || th.Usage().Responses != c.want {
						t.Fatalf("thread %+v, want %d responses", th, c.want)
					}
					if sn := hist.Snapshot(o); len(sn.Runs) != 1 || sn.Runs[0].Usage.Responses != c.want || sn.Runs[0].Project != "/home/dev/code/x" {
						t.Errorf("shown: %+v", sn.Runs)
					}
				}
				fresh := loadNow(t, o, Range{Detail: true})
				if n := fresh.Fleet.Threads[s.id].Usage().Responses; n != c.want {
					t.Errorf("in detail: %d responses, want %d", n, c.want)
				}
			})
		}
	}
}

// A thread is in the ledger under its home, and only its home's history has it.
func TestGoneIsOfItsHome(t *testing.T) {
	a, b := newHome(t), newHome(t)
	now := time.Now().Add(-72 * time.Hour)
	one := a.begin(now, 1, nil).ask(gpt, "a").answer(small).touched()
	two := b.begin(now.Add(60*time.Hour), 2, nil).ask(gpt, "b").answer(small).answer(small).touched()
	child := a.begin(now, 3, meta{"session_id": one.id, "parent_thread_id": one.id}).ask(gpt, "c").answer(small).touched()
	lg := ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(a.path, link); err != nil {
		t.Skip(err)
	}
	loadNow(t, Options{Homes: []string{link, b.path}, Ledger: lg}, Range{})
	for _, s := range []*session{one, two, child} {
		if err := os.Remove(s.path); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		homes []string
		r     Range
		want  []string
	}{
		{"both", []string{a.path, b.path}, Range{}, []string{one.id, two.id, child.id}},
		{"one, by its own name", []string{a.path}, Range{}, []string{one.id, child.id}},
		{"the other", []string{b.path}, Range{}, []string{two.id}},
		{"none of them", []string{t.TempDir()}, Range{}, nil},
		{"since", []string{a.path, b.path}, Range{ModifiedSince: now.Add(24 * time.Hour)}, []string{two.id}},
		{"only", []string{a.path, b.path}, Range{Only: []string{one.id}}, []string{one.id}},
	} {
		for _, detail := range []bool{false, true} {
			c.r.Detail = detail
			hist := loadNow(t, Options{Homes: c.homes, Ledger: lg, All: true}, c.r)
			got := slices.Sorted(maps.Keys(hist.Fleet.Threads))
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s, detail %v: %v, want %v", c.name, detail, got, c.want)
			}
			if c.name == "both" && hist.Fleet.RunOf(child.id) != model.RunID(one.id) {
				t.Errorf("the child's run is %s", hist.Fleet.RunOf(child.id))
			}
			if hist.Files != 0 || len(hist.Snapshot(Options{All: true}).Notices) != 0 {
				t.Errorf("%s: %d files, notices %v", c.name, hist.Files, hist.Snapshot(Options{}).Notices)
			}
		}
	}
}

// Kinds and titles without turns and calls are the same, read or known.
func TestKindsAlone(t *testing.T) {
	for name, home := range corpora(t) {
		now := time.Now()
		o := Options{Homes: []string{home}, Zone: time.UTC, User: "dev", All: true, Now: func() time.Time { return now }}
		want := loadNow(t, o, Range{Detail: true})
		plain := loadNow(t, o, Range{Kinds: true})
		cold := picture(t, plain, o)
		o.Ledger = ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
		loadNow(t, o, Range{}) // of no use for it
		if first := loadNow(t, o, Range{Kinds: true}); first.warm() != 0 {
			t.Errorf("%s: %d threads were taken from a reading without kinds", name, first.warm())
		}
		warm := loadNow(t, o, Range{Kinds: true})
		differ(t, name, picture(t, warm, o), cold)
		if warm.warm() != len(plain.folds)-countUnsure(plain) {
			t.Errorf("%s: %d of %d threads were known", name, warm.warm(), len(plain.folds))
		}
		for id, th := range want.Fleet.Threads {
			got := warm.Fleet.Threads[id]
			th.Judge()
			if got == nil || !maps.Equal(got.KindRows, th.KindRows) || got.Title != th.Title || got.Turns != nil || got.Calls != nil {
				t.Errorf("%s: thread %s: got %+v", name, id, got)
			}
		}
	}
}

// Kinds that were read once are known still when the files are gone.
func TestGoneKeepsKinds(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
	rest(t, h.path)
	o := Options{Homes: []string{h.path}, Ledger: ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))}
	want := loadNow(t, o, Range{Detail: true}).Fleet.Threads[s.id]
	loadNow(t, o, Range{}) // a reading without detail does not take them away
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	got := loadNow(t, o, Range{Detail: true}).Fleet.Threads[s.id]
	if got == nil || len(want.KindRows) == 0 || !maps.Equal(got.KindRows, want.KindRows) {
		t.Errorf("got %v, want %v", got, want.KindRows)
	}
}

// A ledger that fails is one problem, and nothing is missing.
func TestLoadWithBrokenLedger(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
	rest(t, h.path)
	closed := ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	closed.Close()
	for _, o := range []Options{
		{Homes: []string{h.path}, Ledger: closed},
		{Homes: []string{h.path}, LedgerProblem: errors.New("no room")},
	} {
		for _, r := range []Range{{}, {Detail: true}, {ModifiedSince: time.Now().Add(-2 * time.Hour)}} {
			hist := loadNow(t, o, r)
			if hist.Fleet.Threads[s.id].Usage().Responses != 1 || len(hist.Problems) != 1 {
				t.Errorf("%v problems, threads %v", hist.Problems, hist.Fleet.Threads)
			}
			if ns := hist.Snapshot(o).Notices; len(ns) != 1 || ns[0].Effect != ledgerEffect {
				t.Errorf("notices %+v", ns)
			}
		}
	}
}

// A reading that is called off writes nothing and says so.
func TestLoadCancelledWithLedger(t *testing.T) {
	h := newHome(t)
	h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
	rest(t, h.path)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	lg := ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	if _, err := Load(ctx, Options{Homes: []string{h.path}, Ledger: lg}, Range{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if n := keptResponses(t, lg); len(n) != 0 {
		t.Errorf("the ledger has %v", n)
	}
}

// What is listed of runs is the same whether turns and calls are kept of all of
// them, of those written to lately only, or of none that the ledger knows.
func TestDetailSinceListsTheSame(t *testing.T) {
	for name, home := range corpora(t) {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			o := Options{Homes: []string{home}, Zone: time.UTC, User: "dev", All: true, Now: func() time.Time { return now }}
			want := list(t, loadNow(t, o, Range{Detail: true}), o)
			o.Ledger = ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
			for _, since := range []time.Time{now.Add(-2 * time.Hour), now, now} {
				h := loadNow(t, o, Range{Detail: true, DetailSince: since})
				differ(t, "since "+since.String(), list(t, h, o), want)
			}
			if h := loadNow(t, o, Range{Detail: true, DetailSince: now}); h.warm() != len(h.folds)-countUnsure(h) {
				t.Errorf("%d of %d threads came from the ledger", h.warm(), len(h.folds))
			}
		})
	}
}

// list is what a list of runs shows of a history.
func list(t *testing.T, h *History, o Options) string {
	t.Helper()
	o.Ledger = nil
	text, err := json.MarshalIndent(h.Snapshot(o).Runs, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
