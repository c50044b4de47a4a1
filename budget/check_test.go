package budget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEnvelopes(t *testing.T) {
	t.Parallel()
	nov := func(from, to int) Period {
		return Period{From: time.Date(2026, 11, from, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, to+1, 0, 0, 0, 0, time.UTC)}
	}
	month := Budget{Name: "month", Period: Period{Name: Month}, Limit: usd(310), Scope: Scope{Project: "github.com/acme/*"}}
	child := func(b Budget) Budget { b.Parent = "month"; return b }
	for _, tt := range []struct {
		name    string
		budgets []Budget
		want    string // "" fine
	}{
		{"a day within a month promises 31 times", []Budget{month, child(Budget{Name: "day", Period: Period{Name: Day}, Limit: usd(10)})}, ""},
		{"a day too large", []Budget{month, child(Budget{Name: "day", Period: Period{Name: Day}, Limit: usd(10.01)})}, `promises $310.31, more than the $310.00 that it holds (31 days of $10.01 in it)`},
		{"shares of a whole", []Budget{month, child(Budget{Name: "a", Period: month.Period, Share: 0.6}), child(Budget{Name: "b", Period: month.Period, Share: 0.4})}, ""},
		{"shares of more than a whole", []Budget{month, child(Budget{Name: "a", Period: month.Period, Share: 0.6}), child(Budget{Name: "b", Period: month.Period, Share: 0.41})}, "more than the $310.00"},
		{"thirds", []Budget{month, child(Budget{Name: "a", Period: month.Period, Share: 1. / 3}), child(Budget{Name: "b", Period: month.Period, Share: 1. / 3}), child(Budget{Name: "c", Period: month.Period, Share: 1. / 3})}, ""},
		{"milestones in one month", []Budget{month, child(Budget{Name: "a", Period: nov(1, 10), Share: 0.6}), child(Budget{Name: "b", Period: nov(20, 30), Share: 0.5})}, "more than"},
		{"milestones in different months", []Budget{month, child(Budget{Name: "a", Period: nov(1, 30), Share: 0.6}), child(Budget{Name: "b", Period: nov(31, 61), Share: 0.5})}, ""},
		{"milestones that share only their month's end", []Budget{month, child(Budget{Name: "a", Period: nov(1, 31), Share: 0.6}), child(Budget{Name: "b", Period: nov(40, 50), Share: 0.5})}, "more than"},
		{"a week may lie in two months", []Budget{month, child(Budget{Name: "w", Period: Period{Name: Week}, Limit: usd(1)})}, "a week may lie in two months"},
		{"a month in a day", []Budget{{Name: "month", Period: Period{Name: Day}, Limit: usd(5)}, child(Budget{Name: "m", Period: Period{Name: Month}, Limit: usd(1)})}, "does not fit"},
		{"a milestone beyond its envelope", []Budget{{Name: "month", Period: nov(1, 10), Limit: usd(5)}, child(Budget{Name: "m", Period: nov(5, 11), Limit: usd(1)})}, "does not lie within"},
		{"days of a milestone", []Budget{{Name: "month", Period: nov(1, 10), Limit: usd(10)}, child(Budget{Name: "d", Period: Period{Name: Day}, Limit: usd(1)})}, ""},
		{"more days than a milestone has", []Budget{{Name: "month", Period: nov(1, 10), Limit: usd(10)}, child(Budget{Name: "d", Period: Period{Name: Day}, Limit: usd(1.01)})}, "10 days of $1.01"},
		{"each run sets nothing aside", []Budget{month, child(Budget{Name: "r", Period: Period{Name: Run}, Limit: usd(310)}), child(Budget{Name: "a", Period: month.Period, Share: 1})}, ""},
		{"a run larger than its envelope", []Budget{month, child(Budget{Name: "r", Period: Period{Name: Run}, Limit: usd(311)})}, "is more than"},
		{"another unit", []Budget{month, child(Budget{Name: "t", Period: month.Period, Limit: Limit{TokenUnit, 5}})}, "another unit"},
		{"another scope", []Budget{month, child(Budget{Name: "t", Period: month.Period, Limit: usd(1), Scope: Scope{Project: "github.com/bell/x"}})}, "does not"},
		{"a narrower scope", []Budget{month, child(Budget{Name: "t", Period: month.Period, Limit: usd(1), Scope: Scope{Project: "github.com/acme/shop", Kind: "test"}})}, ""},
		{"round in a circle", []Budget{child(Budget{Name: "a", Period: month.Period, Limit: usd(1)}), {Name: "month", Parent: "a", Period: month.Period, Limit: usd(1)}}, "circle"},
		{"no such envelope", []Budget{child(Budget{Name: "a", Period: month.Period, Limit: usd(1)})}, `no budget "month"`},
		{"a share of nothing", []Budget{{Name: "a", Period: month.Period, Share: 0.5}}, "nothing to have a share of"},
		{"two of a name", []Budget{month, month}, "another budget of this name"},
		{"below zero", []Budget{{Name: "a", Period: month.Period, Limit: usd(-1)}}, "below zero"},
		{"ten years and more", []Budget{{Name: "a", Period: Period{From: start, To: start.AddDate(11, 0, 0)}, Limit: usd(1)}}, "ten years"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := Plan{Budgets: tt.budgets}.Check()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestAChildCountsWithinItsEnvelope(t *testing.T) {
	t.Parallel()
	budgets, err := Plan{Clients: []Client{{Name: "acme", Projects: []string{"x"}}}, Budgets: []Budget{
		{Name: "beta", Parent: "acme month", Share: 0.6, Period: Period{Name: Month}, Scope: Scope{Kind: "test"}},
		{Name: "acme month", Scope: Scope{Client: "acme"}, Period: Period{Name: Month}, Limit: usd(400)},
	}}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if b := budgets[0]; b.Scope != (Scope{Client: "acme", Kind: "test"}) || b.Limit != usd(240) {
		t.Errorf("%+v", b)
	}
}

// Whatever plan passes the check: the parts of each envelope, added up over any
// of its periods, are not more than it holds; and extensions keep it so.
func TestEnvelopesNeverPromiseMoreThanTheyHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var budgets []Budget
		n := rapid.IntRange(1, 6).Draw(t, "budgets")
		for i := range n {
			b := Budget{Name: fmt.Sprint("b", i), Period: Period{Name: rapid.SampledFrom([]string{Month, Week, Day, ""}).Draw(t, "period")}}
			if b.Period.Milestone() {
				first := rapid.IntRange(0, 60).Draw(t, "first")
				b.Period.From = time.Date(2026, 10, 1+first, 0, 0, 0, 0, time.UTC)
				b.Period.To = b.Period.From.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "days"))
			}
			if b.Limit = (Limit{USD, rapid.Int64Range(0, 1000).Draw(t, "limit")}); i > 0 && rapid.Bool().Draw(t, "inside") {
				b.Parent = fmt.Sprint("b", rapid.IntRange(0, n-1).Draw(t, "parent"))
				if rapid.Bool().Draw(t, "share") {
					b.Limit, b.Share = Limit{}, rapid.Float64Range(0.01, 1).Draw(t, "part")
				}
			}
			budgets = append(budgets, b)
		}
		j, err := NewJudge(Plan{Budgets: budgets})
		if err != nil {
			return
		}
		until := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
		for range rapid.IntRange(0, 4).Draw(t, "grants") {
			b := rapid.SampledFrom(budgets).Draw(t, "to")
			_ = j.Grant(b.Name, "", rapid.Int64Range(1, 500).Draw(t, "amount"), until)
		}
		limits := map[string]int64{}
		for _, s := range j.Standings(start) {
			limits[s.Budget.Name] = s.Limit
		}
		for _, parent := range j.Budgets() {
			for day := range 120 { // of every day: the period of the envelope that it lies in
				from, to := parent.Period.At(time.Date(2026, 9, 20+day, 0, 0, 0, 0, time.UTC), time.UTC)
				promised := int64(0)
				for _, b := range j.Budgets() {
					if b.Parent != parent.Name {
						continue
					}
					for at := from; at.Before(to); {
						a, z := b.Period.At(at, time.UTC)
						if a.Before(to) && from.Before(z) {
							promised += limits[b.Name]
						}
						if b.Period.Milestone() {
							break
						}
						at = z
					}
				}
				if promised > limits[parent.Name] {
					t.Fatalf("%s holds %d and promises %d from %s to %s: %+v", parent.Name, limits[parent.Name], promised, from, to, budgets)
				}
			}
		}
	})
}

func TestParseLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Limit{
		"$400": usd(400), "$0": usd(0), "$1,250.50": usd(1250.5), "$0.000000000001": {USD, 1}, "$2k": usd(2000),
		"40M tokens": {TokenUnit, 40_000_000}, "1.5M tokens": {TokenUnit, 1_500_000}, "1 token": {TokenUnit, 1}, "500k tokens": {TokenUnit, 500_000},
		"1200 credits": {CreditUnit, 1200 * Credit}, "0.5 credits": {CreditUnit, Credit / 2},
	} {
		if got, err := ParseLimit(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "400", "$", "$-4", "$1.2.3", "5 dollars", "$4 00", "1,00 tokens", "0.5 tokens", "$99999999999999", "9999999999G tokens", "$0.0000000000001", "∞ tokens", "$1e3", "tokens", "$.5", "$5."} {
		if got, err := ParseLimit(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestAmountsAsText(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]Limit{
		"$0.00": usd(0), "<$0.01": {USD, 1}, "$1,234.50": usd(1234.5), "-$3.00": usd(-3), "$9,223,372.04": {USD, 1<<63 - 1},
		"999 tokens": {TokenUnit, 999}, "1.25k tokens": {TokenUnit, 1250}, "40M tokens": {TokenUnit, 40_000_000}, "1M tokens": {TokenUnit, 999_999},
		"1,200 credits": {CreditUnit, 1200 * Credit}, "0.5 credits": {CreditUnit, Credit / 2}, "<0.1 credits": {CreditUnit, 1},
	} {
		if got := l.String(); got != want {
			t.Errorf("%+v: %q, want %q", l, got, want)
		}
	}
}
