// Package rollout turns one line of a Codex session file ("rollout") into a
// [model.Event], for every version of Codex from mid-2025 to 0.169.
//
// Most bytes of a session file are tool output, reasoning and copies of the
// history, in which nothing is counted. So there are two paths. The fast one
// knows the exact layout that Codex writes: it compares prefixes, and of a line
// that isn't needed it reads both ends only. Whatever is laid out differently
// takes the slow path, a walk that depends on no order of members and no white
// space. Both give the same event for the same valid JSON.
package rollout

import (
	"bytes"
	"hash/maphash"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// Options says how much of a line is wanted.
type Options struct {
	// Detail adds tool calls, messages' texts and file changes. Without it those
	// lines are EventOther, or carry their kind only (messages, reasoning).
	Detail bool
}

// Decoder decodes lines. It remembers strings that come again, nothing else, so
// one Decoder can serve any number of files. One goroutine at a time may use it.
type Decoder struct {
	detail  bool
	names   interner
	limits  limits // of the newest token_count
	recent  recent
	scratch []byte
	argv    []byte
}

// NewDecoder gives a Decoder that is ready for use.
func NewDecoder(o Options) *Decoder {
	return &Decoder{detail: o.Detail, names: interner{seed: maphash.MakeSeed()}}
}

// BadLine is the error for a line that can't be decoded. The line is lost, the file isn't.
type BadLine struct {
	// Reason is "not json", "not an object", "no type", "bad payload" (not an
	// object, or a usage record without usage), "bad number" (a token counter that
	// is negative, fractional, too large or no number) or "too long" (a line whose
	// middle was dropped, with what is needed in it).
	Reason string
	Offset int64 // of the line's first byte
}

// Error is the reason.
func (b BadLine) Error() string { return "bad line: " + b.Reason }

const (
	notJSON    = "not json"
	notObject  = "not an object"
	noType     = "no type"
	badPayload = "bad payload"
	badNumber  = "bad number"
	tooLong    = "too long"
)

// Decode resets e and fills it from one line. The error is nil or a [BadLine];
// then e is reset. Nil with EventOther is a line in which nothing is used: its
// Type says whether it is [Known]; an empty line has Type "".
//
// The body of a line that isn't used is not validated, but it has to be closed.
// Strings and slices of e may be kept, but Limits: they are valid until the next line.
func (d *Decoder) Decode(line watch.Line, e *model.Event) error {
	reset(e)
	b := trim(line.Bytes, line.Offset == 0)
	reason := ""
	switch {
	case line.Cut():
		reason = d.cutLine(b, trim(line.Tail, false), line.Size, e)
	case len(b) == 0:
		return nil
	default:
		if d.fast(b, e) {
			return nil
		}
		reset(e)
		reason = d.slow(b, e)
	}
	if reason != "" {
		reset(e)
		return BadLine{Reason: reason, Offset: line.Offset}
	}
	return nil
}

// reset is a literal with one member set, but that would be made aside and copied.
func reset(e *model.Event) {
	*e = model.Event{}
	e.Ordinal = -1
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// trim takes white space from both ends, and a byte order mark from a file's start.
func trim(b []byte, start bool) []byte {
	if n := len(b); n > 1 && b[0] == '{' && b[n-1] == '}' {
		return b
	}
	if start {
		b = bytes.TrimPrefix(b, byteOrderMark)
	}
	return bytes.Trim(b, " \t\r\n")
}

// fast decodes a line of Codex's own layout; false means: take the slow path.
func (d *Decoder) fast(b []byte, e *model.Event) bool {
	h, ok := fastHead(b)
	if !ok {
		return false
	}
	h.fill(e)
	if kind, skip := d.skips(h.act); skip {
		e.Kind = kind
		return closed(b, h.payload)
	}
	if h.act == compactedLine && len(b) > 64<<10 && d.compactedTail(b, e) {
		return closed(b, h.payload)
	}
	s := scanner{b: b, p: h.payload}
	if d.payload(&s, h, e) != "" || s.bad {
		return false
	}
	for n := 1; s.more(n, '}'); n++ {
		s.key()
		s.skip()
	}
	return !s.bad && s.ended()
}

// slow decodes a line of any layout; reason is "" or a BadLine's.
func (d *Decoder) slow(b []byte, e *model.Event) (reason string) {
	h, reason := d.slowHead(b)
	if reason != "" {
		return reason
	}
	h.fill(e)
	if kind, skip := d.skips(h.act); skip {
		e.Kind = kind
		return ""
	}
	s := scanner{b: b, p: h.payload}
	reason = d.payload(&s, h, e)
	if s.bad {
		return notJSON
	}
	return reason
}

func (h head) fill(e *model.Event) {
	e.At, e.Ordinal, e.Type, e.Unknown = h.at, h.ordinal, h.name, h.unknown
}

// skips says whether nothing of the payload is wanted, and the kind of such a line.
func (d *Decoder) skips(a action) (model.EventKind, bool) {
	switch {
	case a == ignore || a == itemCompleted:
		return model.EventOther, true
	case d.detail:
		return 0, false
	case a == userMessage:
		return model.EventUserMessage, true
	case a == agentMessage:
		return model.EventAgentMessage, true
	case a == reasoningText:
		return model.EventReasoning, true
	}
	return model.EventOther, a > reasoningText
}

// payload decodes the payload that s stands at. Structural damage is left in
// s.bad; reason is "" or why a well-formed payload can't be used.
func (d *Decoder) payload(s *scanner, h head, e *model.Event) (reason string) {
	switch h.act {
	case usageRecord:
		return d.usageRecord(s, e)
	case tokenCount:
		return d.tokenCount(s, e)
	case sessionMeta, bareMeta:
		d.meta(s, e, h.act == bareMeta)
	case turnContext:
		d.turnContext(s, e)
	case worldState:
		d.worldState(s, e)
	case settingsApplied:
		d.settings(s, e)
	case turnStarted:
		d.turnStarted(s, e)
	case turnComplete:
		d.turnComplete(s, e)
	case turnAborted:
		d.turnAborted(s, e)
	case compactedLine:
		d.compacted(s, e)
	default:
		if h.inItem {
			d.itemCompleted(s, h.act, e)
		} else {
			d.detailed(s, h.act, e)
		}
	}
	return ""
}
