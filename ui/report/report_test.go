package report

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"pgregory.net/rapid"
)

func quarter(at string) int64 {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return t.Unix() / model.QuarterSeconds
}

func count(input, output model.Tokens, responses int64) model.Count {
	return model.Count{Usage: model.Usage{Input: input, Output: output}, Responses: responses}
}

func thread(id, session string, rows map[model.Bucket]model.Count) *model.Thread {
	t := model.NewThread(id, model.Options{})
	t.ID, t.Meta.SessionID, t.Rows = id, session, rows
	return t
}

// twoRuns is a root with a sub-agent on both sides of Berlin's midnight, a run
// whose model has no price, and a thread that used nothing.
func twoRuns() Input {
	f := model.NewFleet()
	f.Put(thread("aaaa", "", map[model.Bucket]model.Count{
		{Quarter: quarter("2026-10-01T21:45:00Z"), Model: "gpt-5.4"}: count(1_000_000, 0, 2), // 23:45 in Berlin
		{Quarter: quarter("2026-10-01T22:00:00Z"), Model: "gpt-5.4"}: count(0, 1_000_000, 1), // midnight in Berlin
	}))
	f.Put(thread("bbbb", "aaaa", map[model.Bucket]model.Count{
		{Quarter: quarter("2026-10-01T22:00:00Z"), Model: "gpt-5.4-mini"}: count(1_000_000, 0, 1),
	}))
	f.Put(thread("cccc", "", map[model.Bucket]model.Count{
		{Quarter: quarter("2026-10-03T10:00:00Z"), Model: "nobody-1"}: count(70, 7, 1),
	}))
	f.Put(thread("dddd", "", nil))
	f.Threads["cccc"].Cwd = "/home/u/\x1b[31mlab"
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return Input{Fleet: f, Projects: map[string]string{"aaaa": "example.com/o/r", "bbbb": "example.com/o/r"}, Prices: price.Default(), Zone: zone, User: "ada"}
}

func TestBuild(t *testing.T) {
	r := Build(twoRuns())
	want := map[string]string{ // 2.50 input, 15.00 output; mini 0.75 input
		"2026-10-01": "2.50", "2026-10-02": "15.75", "2026-10-03": "0.00",
	}
	for day, usd := range want {
		if got := r.Days[day].Cost.USD.String(); got != usd {
			t.Errorf("%s: $%s, want $%s", day, got, usd)
		}
	}
	if len(r.Days) != len(want) {
		t.Errorf("days %v", slices.Sorted(maps.Keys(r.Days)))
	}
	if got := slices.Sorted(maps.Keys(r.Threads)); !slices.Equal(got, []string{"aaaa", "bbbb", "cccc"}) {
		t.Errorf("threads %v: one that used nothing is to be left out", got)
	}
	if th := r.Threads["bbbb"]; th.Run != "aaaa" || th.Project != "example.com/o/r" {
		t.Errorf("sub-agent: run %q, project %q", th.Run, th.Project)
	}
	if th := r.Threads["cccc"]; th.Project != "/home/u/lab" || th.Priced() || !th.Cost.Floor() {
		t.Errorf("no price: project %q, priced %v, cost %+v", th.Project, th.Priced(), th.Cost)
	}
	if !r.Overall.Priced() || !r.Overall.Cost.Floor() || r.Overall.Cost.Unpriced != 77 || r.Overall.Responses != 5 {
		t.Errorf("overall %+v", r.Overall)
	}
	if got := r.UnpricedModels(); !slices.Equal(got, []string{"nobody-1"}) {
		t.Errorf("unpriced models %v", got)
	}
}

func TestBy(t *testing.T) {
	r := Build(twoRuns())
	for key, want := range map[string][]string{
		"thread":  {"aaaa", "bbbb", "cccc"},
		"run":     {"aaaa", "cccc"},
		"project": {"example.com/o/r", "/home/u/lab"},
		"model":   {"gpt-5.4", "gpt-5.4-mini", "nobody-1"},
		"day":     {"2026-10-01", "2026-10-02", "2026-10-03"},
		"user":    {"ada"},
		"moon":    nil,
	} {
		var got []string
		for _, g := range r.By(key) {
			got = append(got, g.Key)
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %s: %v, want %v", key, got, want)
		}
	}
}

func TestBuildWithoutFleet(t *testing.T) {
	r := Build(Input{Prices: price.Default(), Zone: time.UTC})
	if !r.Overall.IsZero() || !r.Overall.Priced() || len(r.By("day")) != 0 {
		t.Errorf("%+v", r)
	}
}

// However a report is split, the parts are the whole.
func TestPartsSumUp(t *testing.T) {
	models := []string{"gpt-5.4", "gpt-5.1-codex", "nobody-1", "\x1b[2J", ""}
	rapid.Check(t, func(t *rapid.T) {
		f := model.NewFleet()
		for range rapid.IntRange(0, 6).Draw(t, "threads") {
			id := rapid.StringMatching(`[a-d\x1b]{1,3}`).Draw(t, "id")
			rows := map[model.Bucket]model.Count{}
			for range rapid.IntRange(0, 5).Draw(t, "rows") {
				b := model.Bucket{Quarter: quarter("2026-10-01T00:00:00Z") + rapid.Int64Range(-500, 500).Draw(t, "quarter"), Model: rapid.SampledFrom(models).Draw(t, "model")}
				rows[b] = count(model.Tokens(rapid.Int64Range(0, 1e6).Draw(t, "in")), model.Tokens(rapid.Int64Range(0, 1e6).Draw(t, "out")), 1)
			}
			f.Put(thread(id, rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "session"), rows))
		}
		r := Build(Input{Fleet: f, Prices: price.Default(), Zone: time.UTC})
		for _, key := range Keys() {
			var sum Usage
			for _, g := range r.By(key) {
				sum = sum.Plus(g.Usage)
			}
			if sum != r.Overall {
				t.Fatalf("by %s: %+v, want %+v", key, sum, r.Overall)
			}
		}
	})
}

func TestExplain(t *testing.T) {
	in := twoRuns()
	a := in.Fleet.Threads["aaaa"]
	a.Responses = []model.Response{{Record: true}, {Record: false}}
	a.Decided[model.Counted] = 2
	a.Kinds = map[string]int64{"token_usage_record": 1, "evil\x1b]0;x\x07": 2}
	w, ok := Explain(in, "aaaa")
	if !ok || len(w.Threads) != 2 || w.Threads[0].ID != "aaaa" {
		t.Fatalf("%v, %+v", ok, w)
	}
	root := w.Threads[0]
	if root.FromRecords != 1 || root.FromCounts != 1 || root.NotKept != 1 {
		t.Errorf("from records %d, from counts %d, not kept %d", root.FromRecords, root.FromCounts, root.NotKept)
	}
	if root.Kinds["evil"] != 2 {
		t.Errorf("kinds %v", root.Kinds)
	}
	if len(w.Prices) != 2 || w.Prices[0].Quote.Model != "gpt-5.4" || w.Prices[0].Cost.USD.String() != "17.50" {
		t.Errorf("prices %+v", w.Prices)
	}
	if _, ok := Explain(in, "nope"); ok {
		t.Error("a run that there is not was explained")
	}
}

// A thread that is added again takes its own place, and the builder says what Build says.
func TestBuilder(t *testing.T) {
	in := twoRuns()
	want := Build(in)
	b := NewBuilder(in)
	for _, half := range []bool{true, false} {
		for id, th := range in.Fleet.Threads {
			again := *th
			if half && id != "cccc" {
				again.Rows = map[model.Bucket]model.Count{{Quarter: 7, Model: "gone"}: count(1, 2, 3)}
			}
			b.Add(&again, in.Fleet.RunOf(id), in.Projects[id])
		}
	}
	if got := b.Report(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Days are those of the zone, as formatting each instant gives them, also where its
// offset is odd, changes, or skips a day.
func TestDayNames(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "Pacific/Kwajalein", "America/Sao_Paulo"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		days := dayNames{zone: zone, known: map[int64]string{}}
		for _, from := range []string{"1969-12-20T00:00:00Z", "1993-08-15T00:00:00Z", "2011-12-25T00:00:00Z", "2026-03-20T00:00:00Z", "2026-10-20T00:00:00Z"} {
			for q := quarter(from); q < quarter(from)+14*96; q++ {
				if got, want := days.of(q), model.QuarterTime(q).In(zone).Format(time.DateOnly); got != want {
					t.Fatalf("%s: quarter %d is on %s, want %s", name, q, got, want)
				}
			}
		}
	}
}
