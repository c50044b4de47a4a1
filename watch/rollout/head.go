package rollout

import (
	"bytes"
	"time"
)

// head is what a line says before its payload is read.
type head struct {
	at      time.Time
	ordinal int64
	name    string // Event.Type
	act     action
	inItem  bool // act is about payload.item
	payload int  // where the payload's object begins
	unknown bool // the type is none that is known
}

// fastHead reads the one layout that Codex writes,
//
//	{"timestamp":"…","ordinal":N,"type":"T","payload":{"type":"U",…
//
// (ordinal only in paginated history, the payload's type first), for the types
// that are known. It says false for anything else, right or wrong.
func fastHead(b []byte) (h head, ok bool) {
	s := scanner{b: b}
	if !s.lit(`{"timestamp":"`) {
		return h, false
	}
	at, ok := s.instant(&h)
	if !ok {
		return h, false
	}
	h.ordinal = -1
	if s.lit(`,"ordinal":`) {
		v, n := digits(b[s.p:])
		if n == 0 || n > 18 {
			return h, false
		}
		h.ordinal = v
		s.p += n
	}
	if !s.lit(`,"type":"`) || !h.fastType(&s) {
		return h, false
	}
	if at != nil {
		h.at = parseTime(at)
	}
	return h, true
}

// instant reads the time's text up to its quote: into h where it is of the usual
// length, else it gives the text.
func (s *scanner) instant(h *head) (text []byte, ok bool) {
	const usual = len("2026-11-23T10:39:39.722Z")
	if len(s.b)-s.p > usual && s.b[s.p+usual] == '"' {
		if h.at = parseTime(s.b[s.p : s.p+usual]); !h.at.IsZero() { // so there is no quote in it
			s.p += usual + 1
			return nil, true
		}
	}
	return s.word(40)
}

// fastType reads the line's type and the payload's.
func (h *head) fastType(s *scanner) bool {
	switch { // most lines are of these two
	case s.lit(`event_msg","payload":{`):
		h.name, h.payload = "event_msg", s.p-1
		return h.fastSub(s, true)
	case s.lit(`response_item","payload":{`):
		h.name, h.payload = "response_item", s.p-1
		return h.fastSub(s, false)
	}
	typ, ok := s.word(40)
	if !ok || !s.lit(`,"payload":{`) {
		return false
	}
	h.payload = s.p - 1
	name, act, withSub, ok := outer(typ)
	h.name, h.act = name, act
	return ok && !withSub
}

// fastSub reads the payload's type, and of an item_completed the item's.
func (h *head) fastSub(s *scanner, event bool) bool {
	if !s.lit(`"type":"`) {
		return false
	}
	sub, ok := s.word(48)
	if !ok {
		return false
	}
	if !event {
		h.name, h.act, ok = responseItem(sub)
		return ok
	}
	h.name, h.act, ok = eventMsg(sub)
	if !ok || h.act != itemCompleted {
		return ok
	}
	h.inItem = true
	if !s.lit(`,"thread_id":"`) || !s.over() || !s.lit(`,"turn_id":"`) || !s.over() || !s.lit(`,"item":{"type":"`) {
		return false
	}
	kind, ok := s.word(48)
	if ok {
		h.name, h.act, ok = item(kind)
	}
	return ok
}

// word reads up to a quote at most limit bytes away; a string with an escape is not one.
func (s *scanner) word(limit int) ([]byte, bool) {
	w := s.b[s.p:min(len(s.b), s.p+limit)]
	i := bytes.IndexByte(w, '"')
	if i < 0 || bytes.IndexByte(w[:i], '\\') >= 0 {
		return nil, false
	}
	s.p += i + 1
	return w[:i], true
}

func (s *scanner) over() bool {
	_, ok := s.word(80)
	return ok
}
