package rollout

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Where a writer died inside a line that nobody reads, the line after it is found
// wherever it begins and whatever is around it.
func TestALineInsideOfASkippedOneIsFound(t *testing.T) {
	start := `{"timestamp":"2026-04-10T10:00:01.000Z","type":"compacted","payload":{}}`
	fillers := []string{"Z", "ZZZZ", "{", "}", `"`, `\"`, `{\"timestamp\":\"2026-04-10T10:00:00Z\",`, `Z"`, `,"at":"2026-04-10T10:00:00Z",`,
		strings.Repeat("iVBORw0KGgoZ", 40), strings.Repeat("func main() { f() }; ", 20), `{"timestamp":"x`, "2026-04-10T10:00:00Z"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var b []byte
		for range r.IntN(12) {
			b = append(b, fillers[r.IntN(len(fillers))]...)
		}
		if hasStart(b) {
			t.Fatalf("found in %q", b)
		}
		b = append(b, start...)
		for range r.IntN(12) {
			b = append(b, fillers[r.IntN(len(fillers))]...)
		}
		if !hasStart(b) {
			t.Fatalf("not found in %q", b)
		}
	}
}

func TestAGluedLineIsNotTakenForAWholeOne(t *testing.T) {
	for _, times := range []string{"2026-04-10T10:00:00.000Z", "2026-04-10T10:00:00Z", "2026-04-10T10:00:00.123456789Z"} {
		second := `{"timestamp":"` + times + `","type":"event_msg","payload":{"type":"token_count","info":null,"rate_limits":null}}`
		first := `{"timestamp":"` + times + `","type":"response_item","payload":{"type":"reasoning","encrypted_content":"`
		for _, text := range []string{"", strings.Repeat("gAAAZ", 900), strings.Repeat("{", 900)} {
			var e model.Event
			if err := NewDecoder(Options{}).Decode(line([]byte(first+text+second)), &e); err == nil {
				t.Errorf("%s after %.20q: taken as %s", times, text, e.Type)
			}
			whole := first + text + `"}}`
			if h, ok := fastHead([]byte(whole)); !ok || !closed([]byte(whole), h.payload) {
				t.Errorf("a whole line with %.20q is not known as one", text)
			}
			if got := Glued([]byte(first + text + second)); len(got) != 2 || !bytes.Equal(got[1], []byte(second)) {
				t.Errorf("%d pieces", len(got))
			}
		}
	}
}
