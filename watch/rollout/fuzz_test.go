package rollout

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// FuzzDecode holds the two paths against each other: where both accept a line,
// they give the same event; the fast one accepts what the slow one refuses only
// where it doesn't read the body; and whatever is valid JSON is never "not json".
func FuzzDecode(f *testing.F) {
	seen := make(map[string]bool)
	d := NewDecoder(Options{})
	for _, lines := range recorded(f) {
		for _, l := range lines {
			var e model.Event
			if err := d.Decode(line(l), &e); err == nil && !seen[e.Type] && len(l) < 8<<10 {
				seen[e.Type] = true
				f.Add(l)
			}
		}
	}
	for _, c := range decodeCases {
		f.Add([]byte(c.line))
	}
	for _, c := range badCases {
		f.Add([]byte(c.line))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, detail := range []bool{false, true} {
			both(t, NewDecoder(Options{Detail: detail}), b)
		}
	})
}

func both(t *testing.T, d *Decoder, b []byte) {
	b = trim(b, true)
	if len(b) == 0 {
		return
	}
	fast, slow := model.Event{Ordinal: -1}, model.Event{Ordinal: -1}
	accepted := d.fast(b, &fast)
	fast.Limits = slices.Clone(fast.Limits)
	reason := d.slow(b, &slow)
	valid := json.Valid(b)
	if valid && reason == notJSON {
		t.Fatalf("valid JSON refused: %q", b)
	}
	switch {
	case accepted && reason == "":
		if !reflect.DeepEqual(fast, slow) {
			t.Fatalf("%q\nfast %+v\nslow %+v", b, fast, slow)
		}
	case accepted:
		h, _ := fastHead(b)
		if _, skipped := d.skips(h.act); valid || !skipped && h.act != compactedLine {
			t.Fatalf("fast accepts what slow calls %q: %q", reason, b)
		}
	}
	if reason == "" && slow.Unknown && slow.Kind != model.EventOther || accepted && fast.Unknown {
		t.Fatalf("%q: unknown, but used: %+v", b, slow)
	}
	var e model.Event
	err := d.Decode(watch.Line{Bytes: b, Offset: 7, Size: int64(len(b))}, &e)
	var bad BadLine
	switch {
	case err == nil:
		if !accepted && reason != "" {
			t.Fatalf("%q: no error, want %q", b, reason)
		}
	case !errors.As(err, &bad) || bad.Offset != 7 || bad.Reason != reason || !reflect.DeepEqual(e, model.Event{Ordinal: -1}):
		t.Fatalf("%q: error %v, want %q; event %+v", b, err, reason, e)
	}
}

// FuzzCut cuts lines in two and drops what is between: nothing may panic, and
// what is told must be what the whole line tells.
func FuzzCut(f *testing.F) {
	for _, c := range decodeCases {
		f.Add([]byte(c.line), 100, 60)
	}
	f.Fuzz(func(t *testing.T, b []byte, head, tail int) {
		if head < 0 || tail < 1 || head+tail > len(b) || bytes.IndexByte(b, '\n') >= 0 {
			return
		}
		d := NewDecoder(Options{Detail: true})
		var whole, cutOne model.Event
		if d.Decode(line(b), &whole) != nil {
			return
		}
		if !json.Valid(b) {
			return
		}
		l := watch.Line{Bytes: b[:head], Tail: b[len(b)-tail:], Size: int64(len(b))}
		if d.Decode(l, &cutOne) != nil {
			return
		}
		if cutOne.Type != whole.Type || cutOne.Usage != whole.Usage || cutOne.Total != whole.Total || cutOne.Last != whole.Last {
			t.Fatalf("%q and %q:\n got %+v\nwant %+v", l.Bytes, l.Tail, cutOne, whole)
		}
	})
}
