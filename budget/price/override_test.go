package price

import (
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestOverrideErrorsNameTheField(t *testing.T) {
	ok := Override{Model: "m", Input: "1", Output: "2"}
	with := func(f func(*Override)) []Override { o := ok; f(&o); return []Override{ok, o} }
	cases := []struct {
		name string
		o    []Override
		want string
	}{
		{"model", with(func(o *Override) { o.Model = "" }), "price override 2 (): model: is missing"},
		{"input", with(func(o *Override) { o.Model, o.Input = "n", "" }), "price override 2 (n): input: is missing"},
		{"output", with(func(o *Override) { o.Model, o.Output = "n", "two" }), `output: "two" is not a plain decimal`},
		{"cached", with(func(o *Override) { o.Model, o.Cached = "n", "3" }), "cached: 3 is above input"},
		{"cache_write", with(func(o *Override) { o.Model, o.CacheWrite = "n", "." }), `cache_write: "." is not`},
		{"from", with(func(o *Override) { o.Model, o.From = "n", "tomorrow" }), `from: "tomorrow" is no date`},
		{"same day", with(func(o *Override) {}), "from: two prices begin on the same day"},
		{"long_context", with(func(o *Override) { o.Model, o.LongContext = "n", &Amounts{Input: "2"} }), "long_context: output: is missing"},
		{"tiers", with(func(o *Override) { o.Model, o.Tiers = "n", map[string]Amounts{"fast": {Input: "x"}} }), `tiers.fast: input: "x"`},
		{"default tier", with(func(o *Override) { o.Model, o.Tiers = "n", map[string]Amounts{"auto": {}} }), "is the default tier"},
	}
	for _, c := range cases {
		_, err := Default().With(c.o)
		if err == nil || !contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestOverridePrices(t *testing.T) {
	l, err := Default().With([]Override{
		{Model: "gpt-5.5", Input: "4", Cached: "0.4", Output: "20", From: "2026-06-01"},
		{Model: "gpt-5.5", Input: "3", Output: "15", From: "2026-07-01", Tiers: map[string]Amounts{"priority": {Input: "6", Output: "30"}}},
		{Model: "house-model", Input: "1", Output: "1", LongContext: &Amounts{Input: "2", Output: "2"}},
		{Model: "gpt-5", Input: "0", Output: "0"},
		{Model: "gpt-5.6", Input: "7", Output: "7", From: "2026-09-01"}, // an alias gets a price of its own
	})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		model, date, tier string
		long              bool
		want              string
		priced            bool
	}{
		{"gpt-5.5", "2026-05-31", "", false, "6.35", true}, // 0.5 × 5 + 0.5 × 0.5 + 0.12 × 30
		{"gpt-5.5", "2026-06-01", "", false, "4.60", true},
		{"gpt-5.5", "2026-07-01", "", false, "4.80", true}, // cached is billed as input
		{"gpt-5.5", "2026-07-01", "fast", true, "9.60", true},
		{"gpt-5.5", "2026-06-02", "fast", false, "0.00", false},
		{"openai/house-model", "2020-01-01", "", true, "2.24", true},
		{"gpt-5", "2025-01-01", "", false, "0.00", true}, // free by the user's word, also before its first price
		{"gpt-5.6", "2026-08-31", "", false, "4.60", true},
		{"gpt-5.6", "2026-09-01", "", false, "7.84", true},
		{"gpt-5.6-sol", "2026-09-01", "", false, "4.60", true},
	}
	u := model.Usage{Input: 1_000_000, Cached: 500_000, Output: 120_000}
	for _, c := range cases {
		b := bucket(c.model, c.date)
		b.Tier, b.Long = c.tier, c.long
		got := l.Cost(b, u)
		if got.USD.String() != c.want || got.Floor() == c.priced {
			t.Errorf("%+v: %v, floor %v", c, got.USD, got.Floor())
		}
	}
	if q, _ := Default().Explain(bucket("gpt-5.5", "2026-07-01")); q.How != HowExact {
		t.Error("the list itself was changed")
	}
	if same, err := Default().With(nil); err != nil || same != Default() {
		t.Error("no overrides give another list")
	}
}

func TestPerMillionIsExact(t *testing.T) {
	cases := []struct {
		in   string
		want Money
		ok   bool
	}{
		{"0", 0, true}, {"0.005", 5_000, true}, {"0.0025", 2_500, true}, {"12.50", 12_500_000, true}, {"0.000001", 1, true},
		{"0.0000010", 1, true}, {"9999.999999", 9_999_999_999, true}, {"007", 7_000_000, true},
		{"", 0, false}, {".5", 0, false}, {"5.", 0, false}, {"1.2.3", 0, false}, {"0.0000001", 0, false}, {"+1", 0, false}, {"1,5", 0, false}, {"١", 0, false},
	}
	for _, c := range cases {
		got, err := perMillion(c.in)
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("%q: %d, %v", c.in, got, err)
		}
	}
}
