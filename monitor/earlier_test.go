package monitor

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// hundred is about half a dollar of gpt-5.5.
var hundred = model.Usage{Input: 100_000, Output: 100}

// What the sums of a run tell: its kind by its prompt, else by what it did, and
// at least what it spent in quarters of an hour that brought nothing.
func TestEarlierOfSums(t *testing.T) {
	prices := price.Default()
	first := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).Unix() / model.QuarterSeconds
	one := prices.Cost(model.Bucket{Quarter: first, Model: gpt}, hundred).USD
	quarters := func(kinds string) *model.Thread { // a letter for each quarter of an hour: e edits, r research, t tests
		th := &model.Thread{Rows: map[model.Bucket]model.Count{}, KindRows: map[model.KindBucket]model.Count{}}
		for i, c := range kinds {
			b, n := model.Bucket{Quarter: first + int64(i), Model: gpt}, model.Count{Usage: hundred, Responses: 1}
			th.Rows[b] = n
			kind := map[rune]model.Kind{'e': model.KindEdit, 'r': model.KindResearch, 't': model.KindTest}[c]
			th.KindRows[model.KindBucket{Bucket: b, Kind: kind}] = n
			if c == 'e' {
				th.FileChanges++
			}
		}
		return th
	}
	for name, c := range map[string]struct {
		prompt, kinds string
		other         string // of a sub-agent
		research      bool
		gap           int // in responses; -1 not known
	}{
		"edits all the time":     {"fix the build", "eee", "", false, 0},
		"three quiet quarters":   {"fix the build", "errtere", "", false, 3},
		"the end counts not":     {"fix the build", "rerrrr", "", false, 1},
		"nothing came of it":     {"fix the build", "rtrt", "", false, -1},
		"a sub-agent edits":      {"fix the build", "rrrrr", "rre", false, 4},
		"asked for research":     {"explain the build", "rrer", "", true, -1},
		"no word, only looked":   {"hm", "rrrrr", "", true, -1},
		"no word, tested a lot":  {"hm", "rttr", "", false, -1},
		"no word, changed files": {"hm", "rrrrre", "", false, 5},
	} {
		root := quarters(c.kinds)
		root.Title = c.prompt
		threads := []*model.Thread{root}
		if c.other != "" {
			threads = append(threads, quarters(c.other))
		}
		e := earlierOf(root, threads, prices, 7)
		gap := -1
		if e.Made {
			gap = int(e.Gap / one)
		}
		if e.Research != c.research || gap != c.gap || e.Cost != 7 {
			t.Errorf("%s: research %v, gap of %d responses; want %v, %d", name, e.Research, gap, c.research, c.gap)
		}
	}
	unread := &model.Thread{Title: "fix it", FileChanges: 2, Rows: quarters("rre").Rows}
	if e := earlierOf(unread, []*model.Thread{unread}, prices, 7); e.Made {
		t.Errorf("a gap without kinds: %+v", e)
	}
}

// Only what had ended is compared with, the newest first and not without end.
func TestEarlierIsOver(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	var past []pastRun
	for i := range 700 {
		past = append(past, pastRun{budget.Earlier{Cost: price.Money(i)}, []string{"a", "b"}[i%2], now.Add(time.Duration(i) * time.Minute)})
	}
	for name, c := range map[string]struct {
		began  time.Time
		n      int
		newest price.Money
	}{
		"before all":    {now, 0, 0},
		"as one ends":   {now.Add(10 * time.Minute), 9, 9}, // the first has no price
		"after one":     {now.Add(10*time.Minute + 1), 10, 10},
		"after them":    {now.Add(1000 * time.Minute), earlierRuns, 699},
		"after them, b": {now.Add(700 * time.Minute), earlierRuns, 699},
	} {
		got := earlier(past, "b", c.began)
		if len(got) != c.n || c.n > 0 && (got[0].Cost != c.newest || got[0].SameProject != (c.newest%2 == 1)) {
			t.Errorf("%s: %d, the newest %+v", name, len(got), got[:min(1, len(got))])
		}
	}
}

// A monitor looks its runs through once an hour, and compares a run with those
// that are over.
func TestEarlierLive(t *testing.T) {
	now := time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)
	at := now
	m := New(Options{Zone: time.UTC, User: "dev", Now: func() time.Time { return at }})
	l := newLoop(&m.core)
	l.book = crowd(t, 200, now) // one a minute, each of 90 s; those of the last hour may go on
	l.book.snapshot(now)
	r := l.list[100]
	s := l.subject(r, 0)
	if len(s.Earlier) != 98 || len(l.past) != 140 {
		t.Fatalf("%d earlier runs of %d, want 98 of 140", len(s.Earlier), len(l.past))
	}
	same := 0
	for _, e := range s.Earlier {
		if e.SameProject {
			same++
		}
		if e.Cost <= 0 || e.Made {
			t.Errorf("%+v", e)
		}
	}
	if same != 2 { // every fortieth
		t.Errorf("%d of the same project, want 2", same)
	}
	first := &l.past[0]
	l.seen[r.id] = budget.Earlier{Gap: 5, Made: true, Cost: 1}
	at = now.Add(59 * time.Minute)
	if l.subject(r, 0); &l.past[0] != first {
		t.Error("looked through again within the hour")
	}
	at = now.Add(61 * time.Minute)
	found := 0
	for _, e := range l.subject(l.list[2], 0).Earlier {
		if e.Made && e.Gap == 5 {
			found++
		}
	}
	if found != 1 {
		t.Errorf("what was watched is found %d times, want once", found)
	}
}

// A replay compares a run with those of its kind that had ended when it began.
func TestReplayComparesWithEarlier(t *testing.T) {
	began := time.Now().Add(-20 * time.Hour)
	for name, c := range map[string]struct {
		prompt string
		every  time.Duration // between the beginnings of the earlier runs
		want   string
	}{
		"of its kind":    {"fix the build", 10 * time.Minute, "of 9 runs of the same project and kind"},
		"another kind":   {"explain the build", 10 * time.Minute, ""},
		"yet to come":    {"fix the build", 10 * time.Hour, ""},
		"no word of its": {"hm", 10 * time.Minute, ""},
	} {
		h := newHome(t)
		for i := range 9 {
			h.begin(began.Add(time.Duration(i)*c.every-15*time.Hour), i+1, nil).ask(gpt, c.prompt).answer(hundred).end()
		}
		a := h.begin(began, 20, nil).ask(gpt, "fix the build")
		for range 12 {
			a.wait(time.Minute).answer(hundred)
		}
		a.end()
		out, err := Replay(context.Background(), Options{Homes: []string{h.path}, Zone: time.UTC}, Judgement{})
		if err != nil {
			t.Fatal(err)
		}
		e := find(out.Exceptions, budget.RuleOutlier)
		if (e != nil) != (c.want != "") || e != nil && !strings.Contains(e.Threshold, c.want) {
			t.Errorf("%s: %+v, want %q", name, e, c.want)
		}
	}
}
