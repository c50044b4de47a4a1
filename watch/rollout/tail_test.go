package rollout

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// Of a long output the end is kept too: test runners and compilers sum up there.
func TestTheEndOfALongOutputIsKept(t *testing.T) {
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "line %d of \"many\" \\n häuser\n", i)
	}
	b.WriteString("Tests: 3 failed, 9 passed\n")
	for name, text := range map[string]string{"long": b.String(), "one line": strings.Repeat("x", 9000), "short": "Tests: 3 failed\n", "just fits": strings.Repeat("ab\n", model.MaxText/3)} {
		line, err := json.Marshal(map[string]any{"timestamp": "2026-11-23T10:00:00.000Z", "type": "response_item",
			"payload": map[string]any{"type": "function_call_output", "call_id": "c", "output": text}})
		if err != nil {
			t.Fatal(err)
		}
		var e model.Event
		if err := NewDecoder(Options{Detail: true}).Decode(watch.Line{Bytes: line, Size: int64(len(line))}, &e); err != nil {
			t.Fatal(err)
		}
		got := e.Tool.Output
		if len(got) > model.MaxText || !strings.HasPrefix(text, got[:min(len(got), 2000)]) {
			t.Errorf("%s: %d bytes, begins %.40q", name, len(got), got)
		}
		if len(text) <= model.MaxText && got != text {
			t.Errorf("%s: changed", name)
		}
		if name == "long" && !strings.HasSuffix(got, "häuser\nTests: 3 failed, 9 passed\n") {
			t.Errorf("ends %q", got[len(got)-60:])
		}
	}
}
