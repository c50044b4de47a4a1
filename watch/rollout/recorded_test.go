package rollout

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

func line(b []byte) watch.Line { return watch.Line{Bytes: b, Size: int64(len(b))} }

// expected is the model server's own log, see the README beside it.
type expected struct {
	ThreadID string `json:"thread_id"`
	Records  int    `json:"usage_records_in_file"`
	Served   struct {
		Input, Cached, CacheWrite, Output, Reasoning int64
	} `json:"-"`
	Responses []struct {
		ID    string `json:"response_id"`
		Usage *struct {
			Input      model.Tokens `json:"input_tokens"`
			Cached     model.Tokens `json:"cached_input_tokens"`
			CacheWrite model.Tokens `json:"cache_write_input_tokens"`
			Output     model.Tokens `json:"output_tokens"`
			Reasoning  model.Tokens `json:"reasoning_output_tokens"`
		} `json:"usage"`
	} `json:"responses"`
	Turns []struct {
		ID     string `json:"turn_id"`
		Status string `json:"status"`
	} `json:"turns"`
}

func TestRecordedSessionsDecodeWhole(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(recordedDir, "EXPECTED.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth map[string]expected
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	for name, lines := range recorded(t) {
		want, ok := truth[strings.TrimSuffix(name, ".jsonl")]
		if !ok {
			t.Errorf("%s: not in EXPECTED.json", name)
		}
		for _, detail := range []bool{false, true} {
			d := NewDecoder(Options{Detail: detail})
			got := make(map[string]model.Usage)
			ended := make(map[string]string)
			thread, records := "", 0
			for i, l := range lines {
				var e model.Event
				if err := d.Decode(line(l), &e); err != nil {
					t.Errorf("%s:%d: %v", name, i+1, err)
				}
				if !Known(e.Type) || e.At.IsZero() {
					t.Errorf("%s:%d: type %q known %v, at %v", name, i+1, e.Type, Known(e.Type), e.At)
				}
				switch e.Kind {
				case model.EventMeta:
					if thread == "" {
						thread = e.Meta.ID
					}
				case model.EventRecord:
					records++
					got[e.ResponseID] = e.Usage
				case model.EventTurnEnded:
					ended[e.TurnID] = e.Status
				}
			}
			if thread != want.ThreadID || records != want.Records {
				t.Errorf("%s: thread %s with %d records, want %s with %d", name, thread, records, want.ThreadID, want.Records)
			}
			checkServed(t, name, want, got)
			for _, turn := range want.Turns {
				if status, ok := ended[turn.ID]; ok && !strings.Contains(turn.Status, strings.TrimSuffix(status, "ed")) && status != "aborted" {
					t.Errorf("%s: turn %s ended %q, want %q", name, turn.ID, status, turn.Status)
				}
			}
		}
	}
}

func checkServed(t *testing.T, name string, want expected, got map[string]model.Usage) {
	t.Helper()
	served := make(map[string]model.Usage)
	for _, r := range want.Responses {
		if u := r.Usage; u != nil {
			served[r.ID] = model.Usage{Input: u.Input, Cached: u.Cached, CacheWrite: u.CacheWrite, Output: u.Output, Reasoning: u.Reasoning}
		}
	}
	for id, u := range got {
		if served[id] != u {
			t.Errorf("%s: response %s has %+v, served %+v", name, id, u, served[id])
		}
	}
}

// TestLayoutDoesNotMatter writes every recorded line again in other layouts.
func TestLayoutDoesNotMatter(t *testing.T) {
	for _, detail := range []bool{false, true} {
		d := NewDecoder(Options{Detail: detail})
		fast := 0
		total := 0
		for name, lines := range recorded(t) {
			for i, l := range lines {
				var want, f model.Event
				if err := d.Decode(line(l), &want); err != nil {
					t.Fatalf("%s:%d: %v", name, i+1, err)
				}
				total++
				if f.Ordinal = -1; d.fast(l, &f) {
					fast++
				}
				for how, again := range relaid(t, l) {
					var got model.Event
					if err := d.Decode(line(again), &got); err != nil {
						t.Fatalf("%s:%d %s: %v", name, i+1, how, err)
					}
					sortChanges(&want)
					sortChanges(&got)
					if !reflect.DeepEqual(want, got) {
						t.Errorf("%s:%d %s (detail %v):\n%.300s\n got %+v\nwant %+v", name, i+1, how, detail, l, got, want)
					}
				}
				var slow model.Event
				slow.Ordinal = -1
				if reason := d.slow(l, &slow); reason != "" || !reflect.DeepEqual(slow, mustDecode(t, d, l)) {
					t.Errorf("%s:%d: the slow path says %q and %+v", name, i+1, reason, slow)
				}
			}
		}
		if fast < total*9/10 {
			t.Errorf("detail %v: only %d of %d recorded lines took the fast path", detail, fast, total)
		}
	}
}

func mustDecode(t *testing.T, d *Decoder, l []byte) (e model.Event) {
	t.Helper()
	if err := d.Decode(line(l), &e); err != nil {
		t.Fatalf("%v: %.300s", err, l)
	}
	return e
}

func sortChanges(e *model.Event) {
	slices.SortFunc(e.Changes, func(a, b model.FileChange) int { return strings.Compare(a.Path, b.Path) })
}

// relaid gives the same JSON with its members sorted, indented, and with the envelope turned round.
func relaid(t *testing.T, l []byte) map[string][]byte {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(l))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	encode := func(indent string) []byte {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", indent)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		return bytes.ReplaceAll(buf.Bytes(), []byte("\n"), []byte(" "))
	}
	sorted := encode("")
	return map[string][]byte{
		"sorted":    sorted,
		"spaced":    encode(" \t"),
		"escaped":   bytes.ReplaceAll(sorted, []byte(`"type":"`), []byte(`"\u0074ype":"`)),
		"windows":   append(bytes.Clone(l), '\r'),
		"surrounds": append([]byte("  "), append(bytes.Clone(l), "\t \r"...)...),
		"marked":    append([]byte("\xef\xbb\xbf"), l...),
	}
}

// TestDetailChangesNoUsage compares both modes.
func TestDetailChangesNoUsage(t *testing.T) {
	less, more := NewDecoder(Options{}), NewDecoder(Options{Detail: true})
	for name, lines := range recorded(t) {
		for i, l := range lines {
			a, b := mustDecode(t, less, l), mustDecode(t, more, l)
			switch b.Kind {
			case model.EventMeta, model.EventTurnStarted, model.EventTurnContext, model.EventModel, model.EventSettings,
				model.EventRecord, model.EventTokenCount, model.EventCompacted:
				if !reflect.DeepEqual(a, b) {
					t.Errorf("%s:%d: without detail %+v, with detail %+v", name, i+1, a, b)
				}
			case model.EventTurnEnded:
				if a.Kind != b.Kind || a.Status != b.Status || a.Reason != b.Reason || a.TurnID != b.TurnID {
					t.Errorf("%s:%d: without detail %+v, with detail %+v", name, i+1, a, b)
				}
			default:
				if a.Type != b.Type || a.At != b.At || a.Ordinal != b.Ordinal || a.Kind != model.EventOther && a.Kind != b.Kind {
					t.Errorf("%s:%d: without detail %+v, with detail %+v", name, i+1, a, b)
				}
			}
		}
	}
}
