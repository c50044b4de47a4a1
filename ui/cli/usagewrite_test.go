package cli

import (
	"bytes"
	"slices"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
	"pgregory.net/rapid"
)

// Threads are written as encoding/json writes them.
func TestThreadsAreWrittenAsJSONWritesThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"gpt-5.5", "", `a "b" \c`, "é\x1b[0m", "\xff", "<&>", "\u2028", "2026-11-23"})
		usage := func() report.Usage {
			n := func() model.Tokens { return model.Tokens(rapid.Int64().Draw(t, "tokens")) }
			return report.Usage{Count: model.Count{Usage: model.Usage{Input: n(), Cached: n(), CacheWrite: n(), Output: n(), Reasoning: n()},
				Responses: int64(n())}, Cost: price.Cost{USD: price.Money(n()), Unpriced: max(0, n())}}
		}
		parts := func() (p report.Parts) {
			names := rapid.SliceOfDistinct(name, func(s string) string { return s }).Draw(t, "parts")
			slices.Sort(names) // as a report has them
			for _, k := range names {
				p = append(p, report.Part{Name: k, Usage: usage()})
			}
			return p
		}
		th := &report.Thread{Usage: usage(), Run: name.Draw(t, "run"), Project: name.Draw(t, "project"), Models: parts(), Days: parts()}
		id := name.Draw(t, "id")
		got := append(append([]byte("{\n  \"threads\": {"), newThreadWriter().thread(id, th)...), "\n  }\n}\n"...)
		var want bytes.Buffer
		err := writeJSON(&want, map[string]any{"threads": map[string]threadUsageJSON{
			id: {toJSON(th.Usage), partsJSON(th.Models), partsJSON(th.Days), th.Run, th.Project}}})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%s\nwant\n%s", got, want.Bytes())
		}
	})
}

func partsJSON(parts report.Parts) map[string]usageJSON {
	out := make(map[string]usageJSON, len(parts))
	for _, p := range parts {
		out[p.Name] = toJSON(p.Usage)
	}
	return out
}

// threadUsageJSON is one thread in "usage --json".
type threadUsageJSON struct {
	usageJSON
	Models  map[string]usageJSON `json:"models"`
	Days    map[string]usageJSON `json:"days"`
	Run     string               `json:"run"`
	Project string               `json:"project"`
}
