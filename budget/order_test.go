package budget

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"pgregory.net/rapid"
)

// drawSpend draws a row of the last weeks.
func drawSpend(t *rapid.T, run string) Spend {
	at := start.Add(-time.Duration(rapid.IntRange(-2, 40*96).Draw(t, "quarters")) * 15 * time.Minute)
	s := Spend{Quarter: model.QuarterOf(at), Run: model.RunID(run),
		Project: rapid.SampledFrom([]string{"github.com/acme/shop", "github.com/bell/site"}).Draw(t, "project"),
		Model:   rapid.SampledFrom([]string{"gpt-5.4", "strange"}).Draw(t, "model"), User: "ada",
		Task: rapid.SampledFrom([]string{"", "ACME-1", "ACME-2"}).Draw(t, "task"),
		Kind: rapid.SampledFrom(model.Kinds()).Draw(t, "kind"),
	}
	n := rapid.Int64Range(0, 5*dollar).Draw(t, "cost")
	s.Count = model.Count{Usage: model.Usage{Input: model.Tokens(n / 1e6)}, Responses: 1}
	s.Cost = price.Cost{USD: price.Money(n)}
	if s.Model == "strange" {
		s.Cost = price.Cost{Unpriced: s.Count.Input, Upper: price.Money(n)}
	}
	return s
}

func orderPlan() Plan {
	return Plan{Zone: time.FixedZone("x", 5*3600+1800), Budgets: []Budget{
		{Name: "month", Period: Period{Name: Month}, Limit: usd(30)},
		{Name: "tests", Parent: "month", Share: 0.5, Period: Period{Name: Month}, Scope: Scope{Kind: "test"}},
		{Name: "week", Period: Period{Name: Week}, Limit: usd(10), Scope: Scope{Project: "github.com/acme/*"}},
		{Name: "day", Period: Period{Name: Day}, Limit: usd(4)},
		{Name: "run", Period: Period{Name: Run}, Limit: usd(5)},
		{Name: "task", Period: Period{Name: Task}, Limit: Limit{TokenUnit, 10_000_000}},
		{Name: "beta", Period: Period{From: start.AddDate(0, 0, -10).Truncate(15 * time.Minute), To: start.AddDate(0, 0, 10).Truncate(15 * time.Minute)}, Limit: usd(20)},
	}}
}

// The same facts in any order, told once or again and again, give the same
// standings; and the standings of a budget for everything are the sum of what was told.
func TestAnyOrderOfTheSameFactsGivesTheSameStandings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		runs := map[string][]Spend{}
		var names []string
		var burn []event
		for i := range rapid.IntRange(1, 6).Draw(t, "runs") {
			run := fmt.Sprint("run", i)
			names = append(names, run)
			for range rapid.IntRange(0, 12).Draw(t, "rows") {
				runs[run] = append(runs[run], drawSpend(t, run))
			}
			for range rapid.IntRange(0, 5).Draw(t, "burns") {
				burn = append(burn, event{start.Add(-time.Duration(rapid.IntRange(-60, 9*3600).Draw(t, "ago")) * time.Second), drawSpend(t, run)})
			}
		}
		a, err := NewJudge(orderPlan())
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range names {
			a.Put(model.RunID(run), runs[run])
		}
		for _, e := range burn {
			a.Burn(e.at, e.spend)
		}
		b, _ := NewJudge(orderPlan())
		b.Standings(start.Add(-10 * time.Hour)) // asked before anything was known
		for _, i := range rapid.Permutation(indexes(len(burn))).Draw(t, "burn order") {
			b.Burn(burn[i].at, burn[i].spend)
		}
		for _, i := range rapid.Permutation(indexes(len(names))).Draw(t, "order") {
			rows := runs[names[i]]
			for n := range rows { // as it grew
				b.Put(model.RunID(names[i]), rows[:n:n])
			}
			b.Put(model.RunID(names[i]), shuffled(t, rows))
		}
		a.Standings(start.Add(-time.Second))
		b.Standings(start.Add(-time.Second))
		want, got := a.Standings(start), b.Standings(start)
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("in order:\n%+v\nin another:\n%+v", want, got)
		}
		if again := b.Standings(start); !reflect.DeepEqual(got, again) {
			t.Fatalf("asked again at the same instant:\n%+v\n%+v", got, again)
		}
		checkSums(t, b, want, runs)
	})
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func shuffled(t *rapid.T, rows []Spend) []Spend {
	if len(rows) == 0 {
		return nil
	}
	return rapid.Permutation(rows).Draw(t, "rows")
}

// checkSums holds the standings against the rows, added up by hand.
func checkSums(t *rapid.T, j *Judge, all []Standing, runs map[string][]Spend) {
	for _, s := range all {
		if s.Budget.Name != "month" && (s.Budget.Name != "run" || s.Key == "") {
			continue // the last one stands for runs of which there are none
		}
		var want, upper int64
		for run, rows := range runs {
			for _, r := range rows {
				if s.Key == "" && r.Quarter >= model.QuarterOf(s.From) || s.Key == run {
					want += int64(r.Cost.USD)
					upper += int64(r.Cost.USD + r.Cost.Upper)
				}
			}
		}
		if s.Spent != want || s.Upper != upper {
			t.Fatalf("%s %s: spent %d, upper %d, want %d, %d", s.Budget.Name, s.Key, s.Spent, s.Upper, want, upper)
		}
		tr, ok := j.Explain(s.Budget.Name, s.Key, start)
		if !ok {
			t.Fatalf("%s %s has no trace", s.Budget.Name, s.Key)
		}
		var parts int64
		for _, p := range tr.Runs {
			parts += p.Amount
		}
		if parts != s.Upper {
			t.Fatalf("%s %s: its runs add up to %d of %d", s.Budget.Name, s.Key, parts, s.Upper)
		}
		if f := s.Forecast; f.Known && !(s.Upper <= f.P10 && f.P10 <= f.P50 && f.P50 <= f.P90) {
			t.Fatalf("%s: spent %d, forecast %+v", s.Budget.Name, s.Upper, f)
		}
	}
}
