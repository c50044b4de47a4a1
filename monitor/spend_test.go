package monitor

import (
	"fmt"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"pgregory.net/rapid"
)

func spending(t testing.TB, p budget.Plan) *Spending {
	t.Helper()
	s, err := NewSpending(p, price.Default(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// spendThread is a thread that used that much in one bucket.
func spendThread(id string, b model.Bucket, n model.Count) *model.Thread {
	t := model.NewThread(id, model.Options{})
	t.Rows = map[model.Bucket]model.Count{b: n}
	return t
}

var spendQuarter = time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC).Unix() / model.QuarterSeconds

func TestSpendOfARunCarriesWhatScopesAskFor(t *testing.T) {
	t.Parallel()
	b := model.Bucket{Quarter: spendQuarter, Model: "gpt-5.4"}
	n := model.Count{Usage: model.Usage{Input: 1000, Output: 100}, Responses: 1}
	root, sub := spendThread("root", b, n), spendThread("sub", b, n)
	root.Meta.GitBranch, root.Title, root.Meta.Cwd = "feat/ACME-12-cart", "mend ACME-99", "/home/ada/src/shop"
	sub.Meta.GitBranch, sub.Meta.Cwd = "other/ACME-7", "/home/ada/src/shop"
	members := []Member{{sub, "github.com/acme/shop"}, {root, "github.com/acme/shop"}}
	s := spending(t, budget.Plan{Task: "[A-Z]+-[0-9]+", Clients: []budget.Client{{Name: "acme", Projects: []string{"github.com/acme/*"}}}})
	rows := s.Run("root", members)
	if len(rows) != 1 {
		t.Fatalf("threads that differ in nothing give one row: %+v", rows)
	}
	r := rows[0]
	if r.Run != "root" || r.Task != "ACME-12" || r.Client != "acme" || r.User != "ada" || r.Count.Responses != 2 || r.Kind != model.KindOther {
		t.Errorf("%+v", r)
	}
	if want := price.Default().Cost(b, n.Usage); r.Cost != want.Add(want) {
		t.Errorf("cost %+v, want twice %+v", r.Cost, want)
	}
	s.Labels = map[model.RunID]Label{"root": {Run: "root", Task: "relaunch", Client: "own"}}
	if r := s.Run("root", members)[0]; r.Task != "relaunch" || r.Client != "own" {
		t.Errorf("a label goes before what is found: %+v", r)
	}
	got := s.Response("root", members, members[0], &model.Response{Bucket: b, Usage: n.Usage})
	if got.Task != "relaunch" || got.Cost != price.Default().Cost(b, n.Usage) || got.Run != "root" {
		t.Errorf("%+v", got)
	}
}

// However a bucket is split over kinds of work, the parts' cost is the whole's.
func TestSpendOverKindsAddsUpExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		models := []string{"gpt-5.4", "gpt-6.2-sol", "no-such-model"}
		b := model.Bucket{Quarter: spendQuarter, Model: rapid.SampledFrom(models).Draw(t, "model"), Long: rapid.Bool().Draw(t, "long")}
		var whole model.Count
		th := spendThread("root", b, whole)
		th.KindRows = map[model.KindBucket]model.Count{}
		some := func(name string) model.Tokens { return model.Tokens(rapid.Int64Range(0, 5000).Draw(t, name)) }
		for i, k := range model.Kinds() {
			if i > 0 && !rapid.Bool().Draw(t, "has") {
				continue
			}
			// Rounding may give a kind more cached input than input.
			c := model.Count{Usage: model.Usage{Input: some("input"), Cached: some("cached"), CacheWrite: some("write"), Output: some("output")}, Responses: 1}
			th.KindRows[model.KindBucket{Bucket: b, Kind: k}] = c
			whole = whole.Plus(c)
		}
		th.Rows[b] = whole
		s := &Spending{Prices: price.Default()}
		var sum budget.Spend
		for _, r := range s.Run("root", []Member{{th, ""}}) {
			sum.Count, sum.Cost, sum.Credits = sum.Count.Plus(r.Count), sum.Cost.Add(r.Cost), sum.Credits+r.Credits
		}
		credits, _ := price.Default().Credits(b, whole.Usage)
		if want := price.Default().Cost(b, whole.Usage); sum.Count != whole || sum.Cost != want || sum.Credits != int64(credits) {
			t.Fatalf("parts %+v %+v %d, whole %+v %+v %d", sum.Count, sum.Cost, sum.Credits, whole, want, credits)
		}
	})
}

func TestFeedIsTheSameInAnyOrderOfThreads(t *testing.T) {
	t.Parallel()
	h := &History{Fleet: model.NewFleet(), Projects: map[string]string{}}
	for i := range 20 {
		b := model.Bucket{Quarter: spendQuarter + int64(i%3), Model: "gpt-5.4"}
		th := spendThread(fmt.Sprint("t", i), b, model.Count{Usage: model.Usage{Input: model.Tokens(1000 * i)}, Responses: 1})
		if i%4 > 0 {
			th.Meta.SessionID = fmt.Sprint("t", i-i%4)
		}
		th.Responses = []model.Response{{At: time.Unix(b.Quarter*model.QuarterSeconds, 0), Bucket: b, Usage: model.Usage{Input: model.Tokens(1000 * i)}}}
		h.Fleet.Put(th)
	}
	s := &Spending{Prices: price.Default()}
	j, err := budget.NewJudge(budget.Plan{Budgets: []budget.Budget{{Name: "run", Period: budget.Period{Name: budget.Run}, Limit: budget.Limit{Amount: 1}}, {Name: "day", Period: budget.Period{Name: budget.Day}, Limit: budget.Limit{Unit: budget.TokenUnit, Amount: 1}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Feed(j, h)
	now := time.Unix((spendQuarter+3)*model.QuarterSeconds, 0)
	s.FeedBurn(j, h, h, now.Add(-7*time.Hour))
	all := j.Standings(now)
	if len(all) != 6 || all[5].Spent != 190_000 {
		t.Errorf("%d standings, the day's tokens %d", len(all), all[len(all)-1].Spent)
	}
	if tr, ok := j.Explain("day", "", now); !ok || tr.Windows[3].Spent != 190_000 || len(tr.Runs) != 5 {
		t.Errorf("%+v", tr)
	}
}
