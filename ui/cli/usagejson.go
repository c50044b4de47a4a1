package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// schema is the version of every JSON document here. Fields may be added within
// a version; none changes its meaning or goes away. docs/json.md is its contract.
const schema = 1

// usageJSON is U of docs/json.md.
type usageJSON struct {
	InputTokens           int64   `json:"input_tokens"`
	CachedInputTokens     int64   `json:"cached_input_tokens"`
	CacheWriteInputTokens int64   `json:"cache_write_input_tokens"`
	OutputTokens          int64   `json:"output_tokens"`
	ReasoningOutputTokens int64   `json:"reasoning_output_tokens"`
	Responses             int64   `json:"responses"`
	CostUSD               *string `json:"cost_usd"`
	CostIsFloor           bool    `json:"cost_is_floor"`
	UnpricedTokens        int64   `json:"unpriced_tokens"`
}

func toJSON(u report.Usage) usageJSON {
	j := usageJSON{
		InputTokens: int64(u.Input), CachedInputTokens: int64(u.Cached), CacheWriteInputTokens: int64(u.CacheWrite),
		OutputTokens: int64(u.Output), ReasoningOutputTokens: int64(u.Reasoning), Responses: u.Responses,
		CostIsFloor: u.Cost.Floor(), UnpricedTokens: int64(u.Cost.Unpriced),
	}
	if u.Priced() {
		j.CostUSD = new(string)
		*j.CostUSD = u.Cost.USD.String()
	}
	return j
}

func toJSONs(m map[string]report.Usage) map[string]usageJSON {
	out := make(map[string]usageJSON, len(m))
	for k, u := range m {
		out[k] = toJSON(u)
	}
	return out
}

// usageReportJSON is what "usage --json" prints.
type usageReportJSON struct {
	Schema   int                  `json:"schema"`
	Timezone string               `json:"timezone"`
	Since    *string              `json:"since"`
	Until    *string              `json:"until"`
	Overall  usageJSON            `json:"overall"`
	Models   map[string]usageJSON `json:"models"`
	Days     map[string]usageJSON `json:"days"`
	Threads  struct{}             `json:"threads"` // see threadWriter
	By       string               `json:"by,omitempty"`
	Groups   []groupJSON          `json:"groups,omitempty"`
	Skipped  map[string]int64     `json:"skipped"`
	Warnings []string             `json:"warnings"`
}

// groupJSON is one part in "usage --json --by KEY".
type groupJSON struct {
	Key  string `json:"key"`
	Name string `json:"name,omitempty"`
	usageJSON
}

// writeUsage prints the document with the threads one by one: there may be tens
// of thousands, and as one document in memory they would be most of what the
// command holds.
func writeUsage(w io.Writer, doc usageReportJSON, threads map[string]*report.Thread) error {
	var whole bytes.Buffer
	if err := writeJSON(&whole, doc); err != nil {
		return err
	}
	// Nothing else can look like it: quotes inside of strings are escaped.
	before, after, ok := bytes.Cut(whole.Bytes(), []byte("\n  \"threads\": {}"))
	if !ok || len(threads) == 0 {
		_, err := w.Write(whole.Bytes())
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	out.Write(before)
	out.WriteString("\n  \"threads\": {")
	each := newThreadWriter()
	for i, id := range slices.Sorted(maps.Keys(threads)) {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(each.thread(id, threads[id]))
	}
	out.WriteString("\n  }")
	out.Write(after)
	return out.Flush()
}

func groupsJSON(groups []report.Group) []groupJSON {
	var out []groupJSON
	for _, g := range groups {
		out = append(out, groupJSON{g.Key, g.Name, toJSON(g.Usage)})
	}
	return out
}

// writeJSON prints a document for people and programs: indented, keys of maps in order.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// orEmpty makes a list that is never null in JSON.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
