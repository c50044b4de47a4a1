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
	at, ok := s.word(40)
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
	if !s.lit(`,"type":"`) {
		return h, false
	}
	typ, ok := s.word(40)
	if !ok || !s.lit(`,"payload":{`) {
		return h, false
	}
	h.payload = s.p - 1
	name, act, withSub, ok := outer(typ)
	if !ok {
		return h, false
	}
	h.name, h.act = name, act
	if withSub && !h.fastSub(&s, typ[0] == 'e') {
		return h, false
	}
	h.at = parseTime(at)
	return h, true
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
