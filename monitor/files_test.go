package monitor

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rewrite puts a new file in the place of one.
func rewrite(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path+".tmp", b, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		t.Fatal(err)
	}
}

// A happening is something that becomes of a session file. It is given a home with one
// session of two responses, does something to it, and says how many responses are
// to be counted then. Afterwards the session may go on.
type happening struct {
	name   string
	do     func(t *testing.T, s *session)
	want   int64
	goesOn bool
	loaded int64  // what a fresh reading counts, where that is less; -1 nothing
	notice string // what the user is told of it
}

var happenings = []happening{
	{name: "archived", do: func(_ *testing.T, s *session) { s.archive() }, want: 2, goesOn: true},
	{name: "archived and back", do: func(t *testing.T, s *session) {
		from := s.path
		s.archive()
		if err := os.Rename(s.path, from); err != nil {
			t.Fatal(err)
		}
		s.path = from
	}, want: 2, goesOn: true},
	{name: "compressed", do: func(_ *testing.T, s *session) { s.compress() }, want: 2},
	{name: "compressed and unpacked", do: func(t *testing.T, s *session) {
		b := readFile(t, s.path)
		s.compress()
		rewrite(t, s.path, b)
		if err := os.Remove(s.path + ".zst"); err != nil {
			t.Fatal(err)
		}
	}, want: 2, goesOn: true},
	{name: "archived and compressed", do: func(_ *testing.T, s *session) { s.archive(); s.compress() }, want: 2},
	{name: "copied to the archive", do: func(t *testing.T, s *session) {
		appendFile(t, filepath.Join(s.home.path, "archived_sessions", filepath.Base(s.path)), readFile(t, s.path))
	}, want: 2, goesOn: true},
	{name: "replaced by the same", do: func(t *testing.T, s *session) { rewrite(t, s.path, readFile(t, s.path)) }, want: 2, goesOn: true},
	{name: "replaced by more", do: func(t *testing.T, s *session) {
		path := s.path
		s.path = filepath.Join(t.TempDir(), "more")
		appendFile(t, s.path, readFile(t, path))
		s.answer(small)
		rewrite(t, path, readFile(t, s.path))
		s.path = path
	}, want: 3, goesOn: true},
	{name: "cut short", do: func(t *testing.T, s *session) {
		if err := os.Truncate(s.path, int64(len(readFile(t, s.path))-200)); err != nil {
			t.Fatal(err)
		}
	}, want: 2, loaded: 1, notice: "1 session file cut short"},
	{name: "emptied", do: func(t *testing.T, s *session) {
		if err := os.Truncate(s.path, 0); err != nil {
			t.Fatal(err)
		}
	}, want: 2, loaded: -1, notice: "1 session file cut short"},
	{name: "deleted", do: func(t *testing.T, s *session) {
		if err := os.Remove(s.path); err != nil {
			t.Fatal(err)
		}
	}, want: 2, loaded: -1, notice: "1 session deleted"},
	{name: "home deleted", do: func(t *testing.T, s *session) {
		if err := os.RemoveAll(s.home.path); err != nil {
			t.Fatal(err)
		}
	}, want: 2, loaded: -1, notice: "2 sessions deleted"},
	{name: "another segment", do: func(_ *testing.T, s *session) {
		*s = *s.segment(s.now.Add(time.Minute), 77)
		s.ask(gpt, "on").answer(small)
	}, want: 3, goesOn: true},
	{name: "another segment, then the first grows", do: func(_ *testing.T, s *session) {
		s.segment(s.now.Add(time.Minute), 77).ask(gpt, "on").answer(small)
		s.replies++
		s.answer(small)
	}, want: 4, goesOn: true},
	{name: "torn line", do: func(_ *testing.T, s *session) {
		b := s.encode("event_msg", meta{"type": "token_count"})
		s.raw(b[:len(b)/2])
	}, want: 2},
	{name: "bad line", do: func(_ *testing.T, s *session) { s.raw([]byte("}{ nonsense\n")) }, want: 2, goesOn: true, notice: "1 line can't be read (not json: 1)"},
}

// Whatever becomes of the files, no snapshot shows less than was counted before, or
// more than was used.
func TestFilesLive(t *testing.T) {
	for _, c := range happenings {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			testHappening(t, c, false)
		})
		t.Run(c.name+", polling", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testHappening(t, c, true) })
		})
	}
}

func testHappening(t *testing.T, c happening, poll bool) {
	h := newHome(t)
	began := time.Now().Add(-time.Hour)
	s := h.begin(began, 1, nil).ask(gpt, "do").answer(small).answer(small)
	other := h.begin(began.Add(time.Second), 2, nil).ask(gpt, "else")
	l := start(t, Options{Homes: []string{h.path}, Poll: poll})
	l.until("history", responses(2))
	c.do(t, s)
	least := int64(2)
	steady := func(want int64) {
		t.Helper()
		l.until("what was used", func(sn Snapshot) bool {
			n := allResponses(sn)
			if n < least || n > want {
				t.Errorf("%d responses shown, between %d and %d were used", n, least, want)
			}
			least = max(least, n)
			return n == want
		})
	}
	steady(c.want)
	if c.notice != "" {
		l.until("the notice", func(sn Snapshot) bool {
			if n := allResponses(sn); n != c.want {
				t.Errorf("%d responses shown, want %d", n, c.want)
			}
			return slices.ContainsFunc(sn.Notices, func(n Notice) bool { return n.Text == c.notice })
		})
	}
	if c.goesOn {
		s.now = s.now.Add(10 * time.Minute)
		s.answer(small)
		steady(c.want + 1)
	}
	if c.name == "home deleted" {
		return
	}
	// By then all that was announced about the first session has been looked at.
	other.answer(small)
	steady(least + 1)
}

// A fresh reading of the same files counts the same.
func TestFilesLoad(t *testing.T) {
	for _, c := range happenings {
		t.Run(c.name, func(t *testing.T) {
			h := newHome(t)
			s := h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small).answer(small)
			c.do(t, s)
			want := c.want
			if c.loaded != 0 {
				want = max(0, c.loaded)
			}
			for _, r := range []Range{{}, {Detail: true}} {
				hist, err := Load(context.Background(), Options{Homes: []string{h.path}}, r)
				if err != nil {
					t.Fatal(err)
				}
				var n int64
				for _, th := range hist.Fleet.Threads {
					n += th.Usage().Responses
					if th.Title != "do" && th.Usage().Responses > 0 {
						t.Errorf("detail %v: title %q", r.Detail, th.Title)
					}
				}
				if n != want {
					t.Errorf("detail %v: %d responses, want %d", r.Detail, n, want)
				}
			}
		})
	}
}

func TestLoadHomes(t *testing.T) {
	a, b := newHome(t), newHome(t)
	now := time.Now().Add(-time.Hour)
	first := a.begin(now, 1, meta{"cli_version": "0.168.0"}).ask(gpt, "a").answer(small)
	b.begin(now, 2, nil).ask(gpt, "b").answer(small).answer(small)
	b.begin(now, 3, nil).ask(gpt, "c").raw([]byte("nonsense\n{\"type\":\"never_heard_of\",\"payload\":{}}\n"))
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(a.path, link); err != nil {
		t.Skip(err)
	}
	missing := filepath.Join(t.TempDir(), "missing")
	h, err := Load(context.Background(), Options{Homes: []string{a.path, link, b.path, missing}}, Range{})
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Fleet.Threads) != 3 || h.Files != 3 {
		t.Errorf("%d threads of %d files, want 3 of 3", len(h.Fleet.Threads), h.Files)
	}
	if got := h.Fleet.Threads[first.id].Usage().Responses; got != 1 {
		t.Errorf("a home that is reached twice: %d responses, want 1", got)
	}
	if h.Versions["0.169.0"] != 2 || h.Versions["0.168.0"] != 1 {
		t.Errorf("versions %v", h.Versions)
	}
	if len(h.Skipped) != 1 || total(h.Skipped) != 1 {
		t.Errorf("skipped %v, want one line", h.Skipped)
	}
	if h.Unknown["never_heard_of"] != 1 {
		t.Errorf("unknown types %v", h.Unknown)
	}
	if len(h.Problems) != 1 || h.Problems[0].Path != missing {
		t.Errorf("problems %v, want the missing home", h.Problems)
	}
	if want := []Home{{a.path, "exists", "missing"}, {link, "exists", "missing"}, {b.path, "exists", "missing"}, {missing, "missing", "missing"}}; len(h.Homes) != 4 || h.Homes[0] != want[0] || h.Homes[3] != want[3] {
		t.Errorf("homes %v, want %v", h.Homes, want)
	}
	if got := h.Projects[first.id]; got != "/home/dev/code/x" {
		t.Errorf("project %q", got)
	}
}

func TestLoadRange(t *testing.T) {
	h := newHome(t)
	now := time.Now().Truncate(time.Second)
	old := h.begin(now.Add(-72*time.Hour), 1, nil).ask(gpt, "old").answer(small).touched()
	young := h.begin(now.Add(-time.Hour), 2, nil).ask(gpt, "young").answer(small).touched()
	// An old segment of a thread that goes on is part of what the newer one says.
	long := h.begin(now.Add(-72*time.Hour), 3, nil).ask(gpt, "long").answer(small).touched()
	long.segment(now.Add(-time.Hour), 30).ask(gpt, "on").answer(small).touched()
	for _, c := range []struct {
		name  string
		r     Range
		wants map[string]int64
	}{
		{"all", Range{}, map[string]int64{old.id: 1, young.id: 1, long.id: 2}},
		{"since", Range{ModifiedSince: now.Add(-24 * time.Hour)}, map[string]int64{young.id: 1, long.id: 2}},
		{"only", Range{Only: []string{old.id}}, map[string]int64{old.id: 1}},
		{"only none", Range{Only: []string{}}, map[string]int64{}},
	} {
		hist, err := Load(context.Background(), Options{Homes: []string{h.path}}, c.r)
		if err != nil {
			t.Fatal(err)
		}
		if len(hist.Fleet.Threads) != len(c.wants) {
			t.Errorf("%s: %d threads, want %d", c.name, len(hist.Fleet.Threads), len(c.wants))
		}
		for id, n := range c.wants {
			if th := hist.Fleet.Threads[id]; th == nil || th.Usage().Responses != n {
				t.Errorf("%s: thread %s: %+v, want %d responses", c.name, id, th, n)
			}
		}
	}
}

// A file whose name has no id, or another one than its content, is its content's.
func TestLoadNames(t *testing.T) {
	h := newHome(t)
	now := time.Now().Add(-time.Hour)
	a := h.begin(now, 1, nil).ask(gpt, "a").answer(small)
	b := h.begin(now.Add(time.Minute), 2, meta{"id": a.id, "session_id": a.id})
	b.id, b.replies, b.total = a.id, 1, small
	b.ask(gpt, "more").answer(small)
	folder := filepath.Dir(a.path)
	c := *b
	c.path = filepath.Join(folder, "rollout-nameless.jsonl")
	c.now = now.Add(2 * time.Minute)
	c.writeMeta(nil)
	c.ask(gpt, "and more").answer(small)
	hist, err := Load(context.Background(), Options{Homes: []string{h.path}}, Range{})
	if err != nil {
		t.Fatal(err)
	}
	if len(hist.Fleet.Threads) != 1 || hist.Fleet.Threads[a.id].Usage().Responses != 3 {
		t.Errorf("%d threads, want one with 3 responses", len(hist.Fleet.Threads))
	}
	l := start(t, Options{Homes: []string{h.path}})
	l.until("the same, live", responses(3))
	c.answer(small)
	l.until("growth", responses(4))
}

// A last line without its newline counts when it is whole; ended later, it counts once.
func TestLoadUnterminated(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name string
		age  time.Duration
		cut  int
		want int64
	}{
		{"whole and old", 2 * time.Minute, 1, 2},
		{"whole and new", 0, 1, 2},
		{"torn and old", 2 * time.Minute, 20, 1},
	} {
		h := newHome(t)
		s := h.begin(now.Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
		whole := *s
		whole.path = filepath.Join(t.TempDir(), "line")
		whole.answer(small)
		line := readFile(t, whole.path)
		s.raw(line[:len(line)-c.cut])
		s.now = now.Add(-c.age)
		s.touched()
		for _, r := range []Range{{}, {Detail: true}} {
			hist, err := Load(context.Background(), Options{Homes: []string{h.path}}, r)
			if err != nil {
				t.Fatal(err)
			}
			if got := hist.Fleet.Threads[s.id].Usage().Responses; got != c.want {
				t.Errorf("%s, detail %v: %d responses, want %d", c.name, r.Detail, got, c.want)
			}
		}
		// Once it is ended after all, it counts once.
		l := start(t, Options{Homes: []string{h.path}})
		l.until(c.name, responses(c.want))
		s.raw(line[len(line)-c.cut:])
		s.now = time.Now()
		s.replies = 5
		s.answer(small)
		l.until(c.name+", ended", responses(3))
	}
}

// Copies that a fork took from its ancestor are found by the ancestor's own lines.
func TestAncestry(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small).count(small, 1).answer(small).count(small, 2)
	var asked []string
	hist, err := Load(context.Background(), Options{Homes: []string{h.path}}, Range{})
	if err != nil {
		t.Fatal(err)
	}
	files := hist.folds[0].files
	a := newAncestry(func(id string) (fs []watch.File) {
		asked = append(asked, id)
		if id == s.id {
			fs = files
		}
		return fs
	})
	for range 3 {
		pairs, found, _ := a.lookup(s.id)
		if !found || len(pairs) != 2 || pairs[0].Last != small || pairs[1].Total != small.Add(small) || pairs[0].At != s.now.UnixMilli() {
			t.Fatalf("pairs %+v, found %v", pairs, found)
		}
	}
	if _, found, _ := a.lookup("other"); found {
		t.Error("a thread without files was found")
	}
	if len(asked) != 2 {
		t.Errorf("asked for %v, want each once", asked)
	}
	for i := range 100 { // a flood of large answers
		a.answers[string(rune('a'+i))] = &answer{ready: closedChannel(), pairs: make([]model.Pair, maxPairs/10)}
		a.order = append(a.order, string(rune('a'+i)))
		a.pairs += maxPairs / 10
	}
	a.lookup("another")
	if a.pairs > maxPairs || len(a.answers) > 12 {
		t.Errorf("%d pairs of %d threads are kept", a.pairs, len(a.answers))
	}
}

func closedChannel() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// A folder without permission, a FIFO, and garbage cost themselves only.
func TestLoadHostile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are another matter there")
	}
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
	folder := filepath.Dir(s.path)
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("rollout-2026-01-01T00-00-00-"+threadID(s.now, 9)+".jsonl", []byte{0, 1, 2, '\n', 0xff, '\n'})
	write("rollout-2026-01-01T00-00-01-"+threadID(s.now, 10)+".jsonl.zst", []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2})
	write("rollout-2026-01-01T00-00-02-"+threadID(s.now, 11)+".jsonl", nil)
	if err := os.Mkdir(filepath.Join(folder, "rollout-2026-01-01T00-00-03-"+threadID(s.now, 12)+".jsonl"), 0o755); err != nil {
		t.Fatal(err)
	}
	hist, err := Load(context.Background(), Options{Homes: []string{h.path}}, Range{})
	if err != nil {
		t.Fatal(err)
	}
	if got := hist.Fleet.Threads[s.id].Usage().Responses; got != 1 {
		t.Errorf("%d responses, want 1", got)
	}
	if len(hist.Problems) == 0 {
		t.Error("a damaged file is no problem")
	}
	if sn := hist.Snapshot(Options{}); len(sn.Notices) == 0 {
		t.Error("no notice of it")
	}
}

func TestLoadCancelled(t *testing.T) {
	h := newHome(t)
	h.begin(time.Now().Add(-time.Hour), 1, nil).ask(gpt, "do").answer(small)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Load(ctx, Options{Homes: []string{h.path}}, Range{}); err != context.Canceled {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
