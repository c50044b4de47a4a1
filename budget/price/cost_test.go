package price

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// TestGolden checks costs that were worked out by hand from the vendor's pages.
func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Model       string
		Date        string
		Input       model.Tokens `json:"input_tokens"`
		Cached      model.Tokens `json:"cached_input_tokens"`
		CacheWrite  model.Tokens `json:"cache_write_input_tokens"`
		Output      model.Tokens `json:"output_tokens"`
		ServiceTier string       `json:"service_tier"`
		Pico        Money        `json:"cost_pico_usd"`
		USD         string       `json:"cost_usd"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		b := bucket(v.Model, v.Date)
		b.Tier, b.Long = v.ServiceTier, v.Input > model.LongContextTokens
		u := model.Usage{Input: v.Input, Cached: v.Cached, CacheWrite: v.CacheWrite, Output: v.Output}
		if c := Default().Cost(b, u); c != (Cost{USD: v.Pico}) {
			t.Errorf("%+v: cost %+v", v, c)
		}
		if got := fmt.Sprintf("%.6f", v.Pico.Dollars()); got != v.USD {
			t.Errorf("%+v: %s", v, got)
		}
	}
	if len(vectors) != 13 {
		t.Errorf("%d vectors", len(vectors))
	}
}

func TestResolution(t *testing.T) {
	l, err := Default().With([]Override{{Model: "llama-local", Input: "0", Output: "0"}, {Model: "gpt-5.5", From: "2026-11-01", Input: "4", Cached: "0.4", Output: "24"}})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, date string
		model      string
		how        How
		reason     string
	}{
		{"gpt-5", "2025-10-01", "gpt-5", HowExact, ""},
		{"gpt-5.6", "2026-10-01", "gpt-5.6-sol", HowAlias, ""},
		{"openai/gpt-5", "2025-10-01", "gpt-5", HowProvider, ""},
		{"openai/gpt-5.6", "2026-10-01", "gpt-5.6-sol", HowProvider, ""},
		{"openai/openai/gpt-5", "2025-10-01", "", HowNone, "does not have"},
		{"gpt-5-2025-08-07", "2025-10-01", "gpt-5", HowDated, ""},
		{"openai/gpt-5-2025-08-07", "2025-10-01", "gpt-5", HowDated, ""},
		{"gpt-5-2025-13-07", "2025-10-01", "", HowNone, "does not have"},
		{"gpt-5.5-high", "2026-06-01", "gpt-5.5", HowEffort, ""},
		{"gpt-5.1-codex-max", "2025-12-01", "gpt-5.1-codex-max", HowExact, ""},
		{"gpt-5.1-codex-max-high", "2025-12-01", "gpt-5.1-codex-max", HowEffort, ""},
		{"codex-auto-review", "2026-07-08", "gpt-5.5", HowMoving, ""},
		{"codex-auto-review", "2026-07-09", "gpt-5.6-sol", HowMoving, ""},
		{"codex-auto-review", "2026-07-31", "gpt-5.6-luna", HowMoving, ""},
		{"codex-auto-review", "2026-01-01", "gpt-5.5", HowNone, "first price is from 2026-04-23"},
		{"gpt-daybreak-blue-latest", "2026-09-01", "gpt-5.6-sol", HowMoving, ""},
		{"llama-local", "2026-09-01", "llama-local", HowOverride, ""},
		{"gpt-5.5", "2026-10-31", "gpt-5.5", HowExact, ""},
		{"gpt-5.5", "2026-11-01", "gpt-5.5", HowOverride, ""},
		{"gpt-5.5-codex", "2026-11-01", "gpt-5.5", HowOverride, ""},
		{"gpt-5", "2025-08-06", "gpt-5", HowNone, "first price is from 2025-08-07"},
		// Never by family.
		{"gpt-6-astra-law", "2026-11-01", "", HowNone, "does not have"},
		{"gpt-6-astra-pro", "2026-11-01", "", HowNone, "does not have"},
		{"gpt-5-turbo", "2026-11-01", "", HowNone, "does not have"},
		{"gpt-5.5-fast", "2026-11-01", "", HowNone, "does not have"},
		{"-high", "2026-11-01", "", HowNone, "does not have"},
		{"-2025-08-07", "2026-11-01", "", HowNone, "does not have"},
		{"", "2026-11-01", "", HowNone, "does not have"},
		{model.UnknownModel, "2026-11-01", "", HowNone, "does not have"},
	}
	for _, c := range cases {
		q, ok := l.Explain(bucket(c.name, c.date))
		if q.Model != c.model || q.How != c.how || ok != (c.reason == "") || (c.reason == "") != (q.Reason == "") || !contains(q.Reason, c.reason) {
			t.Errorf("%s on %s: model %q, %v, priced %v, reason %q; want %q, %v, %q", c.name, c.date, q.Model, q.How, ok, q.Reason, c.model, c.how, c.reason)
		}
	}
}

func TestTiersAndLongContext(t *testing.T) {
	cases := []struct {
		model, tier string
		long        bool
		want        Rates // zero: unpriced
	}{
		{"gpt-5.5", "", false, Rates{5e6, 5e5, 5e6, 30e6}},
		{"gpt-5.5", "auto", false, Rates{5e6, 5e5, 5e6, 30e6}},
		{"gpt-5.5", "standard", true, Rates{10e6, 1e6, 10e6, 45e6}},
		{"gpt-5.5", "priority", false, Rates{125e5, 125e4, 125e5, 75e6}},
		{"gpt-5.5", "Fast", false, Rates{125e5, 125e4, 125e5, 75e6}},
		{"gpt-5.5", "fast", true, Rates{10e6, 1e6, 10e6, 45e6}},  // fast excludes long context
		{"gpt-6-sol", "fast", true, Rates{8e6, 8e5, 10e6, 30e6}}, // twice the long rate
		{"gpt-6-sol", "flex", true, Rates{2e6, 2e5, 25e5, 75e5}}, // half of the long rate
		{"gpt-6-sol", "batch", false, Rates{1e6, 1e5, 125e4, 5e6}},
		{"gpt-6-sol", "ultrafast", false, Rates{}}, // no price listed
		{"gpt-6-sol", "scale", false, Rates{}},     // no such tier
		{"gpt-5-mini", "", true, Rates{25e4, 25e3, 25e4, 2e6}},
		{"gpt-5-mini", "fast", true, Rates{45e4, 45e3, 45e4, 36e5}},
	}
	u := model.Usage{Input: 1000, Cached: 400, CacheWrite: 100, Output: 50, Reasoning: 30}
	for _, c := range cases {
		b := bucket(c.model, "2026-11-20")
		b.Tier, b.Long = c.tier, c.long
		q, ok := Default().Explain(b)
		if q.Rates != c.want || ok != (c.want != Rates{}) {
			t.Errorf("%+v: rates %+v, priced %v", c, q.Rates, ok)
		}
		want := Cost{USD: 500*c.want.Input + 400*c.want.Cached + 100*c.want.CacheWrite + 50*c.want.Output}
		got := Default().Cost(b, u)
		if ok && got != want || !ok && (got.Unpriced != 1050 || got.USD != 0 || got.Upper <= 0) {
			t.Errorf("%+v: cost %+v, want %+v", c, got, want)
		}
		in, ca, cw, out, sok := Default().Split(b, u)
		if sok != ok || in+ca+cw+out != want.USD {
			t.Errorf("%+v: the split %v %v %v %v does not add up to %v", c, in, ca, cw, out, want.USD)
		}
	}
}

func TestUpperBound(t *testing.T) {
	u := model.Usage{Input: 1_000_000, Cached: 500_000, CacheWrite: 100_000, Output: 100_000}
	cases := []struct {
		model, tier string
		long        bool
		want        string // dollars
	}{
		{"nobody-knows", "", false, "10.75"}, // 4 + 0.5 + 1.25 + 5
		{"nobody-knows", "flex", false, "5.375"},
		{"nobody-knows", "fast", false, "21.50"},
		{"nobody-knows", "", true, "19.00"},          // 8 + 1 + 2.5 + 7.5
		{"nobody-knows", "warp", false, "64.50"},     // the dearest tier, six times
		{"gpt-5.5-pro", "ultrafast", false, "76.50"}, // cached at its own 30
		{"gpt-5.5-pro", "fast", false, "48.00"},      // its own standard rates are dearer than astra's fast ones
	}
	for _, c := range cases {
		b := bucket(c.model, "2026-11-20")
		b.Tier, b.Long = c.tier, c.long
		if got := Default().Cost(b, u); got.Upper.String() != c.want || got.Unpriced != 1_100_000 || !got.Floor() {
			t.Errorf("%+v: %+v, upper %v", c, got, got.Upper)
		}
	}
}

func TestCostOfOddUsage(t *testing.T) {
	b := bucket("gpt-6.2-sol", "2026-11-20")
	cases := []struct {
		name string
		u    model.Usage
		want Cost
	}{
		{"nothing", model.Usage{}, Cost{}},
		{"negative", model.Usage{Input: -5, Cached: -5, CacheWrite: -5, Output: -5}, Cost{}},
		{"more cached than input", model.Usage{Input: 10, Cached: 20}, Cost{USD: 20 * 100_000}},
		{"reasoning is inside", model.Usage{Output: 10, Reasoning: 10}, Cost{USD: 10 * 10_000_000}},
		{"overflow stops", model.Usage{Input: math.MaxInt64, Output: math.MaxInt64}, Cost{USD: math.MaxInt64}},
	}
	for _, c := range cases {
		if got := Default().Cost(b, c.u); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := Default().Cost(bucket("x", "2026-11-20"), model.Usage{Input: -3}); got != (Cost{}) {
		t.Errorf("negative usage of an unknown model: %+v", got)
	}
}

func TestCredits(t *testing.T) {
	u := model.Usage{Input: 1_000_000, Cached: 500_000, CacheWrite: 100_000, Output: 100_000}
	cases := []struct {
		model, tier string
		long        bool
		want        string // credits; "": not known
	}{
		{"gpt-5.5", "", false, "143.75"}, // 500k × 125 + 500k × 12.5 + 100k × 750, writes as input
		{"gpt-5.5", "fast", false, "359.375"},
		{"gpt-5.5", "", true, "250.00"},
		{"gpt-5.5", "fast", true, ""},
		{"gpt-5.5", "flex", false, ""},
		{"gpt-6-astra", "", false, "237.50"}, // writes are free
		{"gpt-6-astra", "", true, "237.50"},  // and no long tier in Codex
		{"gpt-6.2-sol", "fast", false, "102.50"},
		{"gpt-5-nano", "", false, ""},
		{"unknown", "", false, ""},
	}
	for _, c := range cases {
		b := bucket(c.model, "2026-11-20")
		b.Tier, b.Long = c.tier, c.long
		got, ok := Default().Credits(b, u)
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("%+v: %v, %v", c, got, ok)
		}
	}
}

// TestCostAddsUp: usage of one bucket, cut into parts in any order, costs the same.
func TestCostAddsUp(t *testing.T) {
	names := []string{"gpt-6.2-sol", "gpt-5.5", "openai/gpt-5-mini", "codex-auto-review", "nobody-knows", "gpt-5.5-high"}
	rapid.Check(t, func(t *rapid.T) {
		b := model.Bucket{
			Quarter: rapid.Int64Range(1_940_000, 1_990_000).Draw(t, "quarter"),
			Model:   rapid.SampledFrom(names).Draw(t, "model"),
			Tier:    rapid.SampledFrom([]string{"", "fast", "priority", "flex", "warp"}).Draw(t, "tier"),
			Long:    rapid.Bool().Draw(t, "long"),
		}
		parts := rapid.SliceOfN(rapid.Custom(usage), 1, 8).Draw(t, "parts")
		var sum, back Cost
		var whole model.Usage
		for i := range parts {
			c := Default().Cost(b, parts[i])
			if c.USD < 0 || c.Upper < 0 || c.Unpriced < 0 {
				t.Fatalf("negative: %+v", c)
			}
			sum, whole = sum.Add(c), whole.Add(parts[i])
			back = back.Add(Default().Cost(b, parts[len(parts)-1-i]))
		}
		if c := Default().Cost(b, whole); c != sum || c != back {
			t.Fatalf("%+v: whole %+v, parts %+v, in the other order %+v", b, c, sum, back)
		}
	})
}

func usage(t *rapid.T) model.Usage {
	n := func(name string, most model.Tokens) model.Tokens {
		return model.Tokens(rapid.Int64Range(0, int64(most)).Draw(t, name))
	}
	in := n("input", 2_000_000)
	cached := n("cached", in)
	out := n("output", 200_000)
	return model.Usage{Input: in, Cached: cached, CacheWrite: n("write", in-cached), Output: out, Reasoning: n("reasoning", out)}
}

func BenchmarkCost(b *testing.B) {
	l := Default()
	u := model.Usage{Input: 100_000, Cached: 90_000, Output: 1000}
	for _, name := range []string{"gpt-6.2-sol", "gpt-5.6", "openai/gpt-5-2025-08-07", "nobody-knows"} {
		k := bucket(name, "2026-11-20")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Cost(k, u)
			}
		})
	}
}
