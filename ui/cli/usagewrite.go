package cli

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// threadWriter writes the threads of "usage --json", the members of a usageJSON with models,
// days, run and project, as encoding/json would write them, indented: there may be tens of thousands, and by way of maps and
// reflection they took longer to write than to count.
type threadWriter struct {
	b     []byte
	text  bytes.Buffer
	names *json.Encoder // of text
}

func newThreadWriter() *threadWriter {
	w := &threadWriter{}
	w.names = json.NewEncoder(&w.text)
	w.names.SetEscapeHTML(false)
	return w
}

// thread gives a thread with its key; the bytes are valid until the next one.
func (w *threadWriter) thread(id string, t *report.Thread) []byte {
	w.b = append(w.b[:0], "\n    "...)
	w.string(id)
	w.b = append(w.b, ": {"...)
	w.usage("\n      ", t.Usage)
	w.parts("models", t.Models)
	w.parts("days", t.Days)
	w.member(false, "\n      ", "run")
	w.string(t.Run)
	w.member(false, "\n      ", "project")
	w.string(t.Project)
	w.b = append(w.b, "\n    }"...)
	return w.b
}

func (w *threadWriter) parts(name string, parts report.Parts) {
	w.member(false, "\n      ", name)
	w.b = append(w.b, '{')
	for i, p := range parts {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = append(w.b, "\n        "...)
		w.string(p.Name)
		w.b = append(w.b, ": {"...)
		w.usage("\n          ", p.Usage)
		w.b = append(w.b, "\n        }"...)
	}
	if len(parts) > 0 {
		w.b = append(w.b, "\n      "...)
	}
	w.b = append(w.b, '}')
}

// usage writes the members of a usageJSON.
func (w *threadWriter) usage(indent string, u report.Usage) {
	j := toJSON(u)
	for i, m := range [...]struct {
		name string
		n    int64
	}{{"input_tokens", j.InputTokens}, {"cached_input_tokens", j.CachedInputTokens}, {"cache_write_input_tokens", j.CacheWriteInputTokens},
		{"output_tokens", j.OutputTokens}, {"reasoning_output_tokens", j.ReasoningOutputTokens}, {"responses", j.Responses}} {
		w.member(i == 0, indent, m.name)
		w.b = strconv.AppendInt(w.b, m.n, 10)
	}
	w.member(false, indent, "cost_usd")
	if j.CostUSD == nil {
		w.b = append(w.b, "null"...)
	} else {
		w.string(*j.CostUSD)
	}
	w.member(false, indent, "cost_is_floor")
	w.b = strconv.AppendBool(w.b, j.CostIsFloor)
	w.member(false, indent, "unpriced_tokens")
	w.b = strconv.AppendInt(w.b, j.UnpricedTokens, 10)
}

func (w *threadWriter) member(first bool, indent, name string) {
	if !first {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(append(w.b, indent...), '"'), name...), "\": "...)
}

// string writes a text; one that is plain needs nobody to look for escapes.
func (w *threadWriter) string(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			w.text.Reset()
			_ = w.names.Encode(s) // a string can always be written
			w.b = append(w.b, bytes.TrimSuffix(w.text.Bytes(), []byte("\n"))...)
			return
		}
	}
	w.b = append(append(append(w.b, '"'), s...), '"')
}
