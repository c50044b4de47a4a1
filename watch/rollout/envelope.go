package rollout

import (
	"bytes"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// envelope is a line's own members, wherever they stand.
type envelope struct {
	typ, at, record []byte // record: record_type, of mid-2025
	hasType         bool
	hasPayload      bool
	hasID           bool
	payload         int
	ordinal         int64
}

// slowHead finds the same as fastHead in any layout. It walks the whole line,
// so it also tells whether that is one JSON object. reason is "" or a BadLine's.
//
// Of several equal names in the envelope, and of several payload types, the
// first counts: fastHead reads no further. (Anywhere else it is the last.)
func (d *Decoder) slowHead(b []byte) (h head, reason string) {
	s := scanner{b: b}
	if s.peek() != '{' {
		s.skip()
		if s.bad || !s.ended() {
			return h, notJSON
		}
		return h, notObject
	}
	v := readEnvelope(&s)
	if s.bad || !s.ended() {
		return h, notJSON
	}
	return d.classify(b, v)
}

func readEnvelope(s *scanner) envelope {
	v := envelope{ordinal: -1, payload: -1}
	var hasAt, hasOrdinal bool
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		c := s.peek()
		switch {
		case string(k) == "timestamp" && !hasAt:
			hasAt = true
			if c == '"' {
				v.at = plain(s.str())
				continue
			}
		case string(k) == "type" && !v.hasType:
			v.hasType = true
			if c == '"' {
				v.typ = plain(s.str())
				continue
			}
		case string(k) == "record_type" && c == '"':
			v.record = plain(s.str())
			continue
		case string(k) == "ordinal" && !hasOrdinal:
			hasOrdinal = true
			if i, ok := s.integer(); ok && i >= 0 {
				v.ordinal = i
			}
			continue
		case string(k) == "payload" && !v.hasPayload:
			v.hasPayload = true
			if c == '{' {
				v.payload = s.p
			}
		case string(k) == "id":
			v.hasID = true
		}
		s.skip()
	}
	return v
}

// plain resolves the escapes of a short string.
func plain(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	return unescape(nil, raw)
}

// ended says that nothing but white space is left.
func (s *scanner) ended() bool {
	for ; s.p < len(s.b); s.p++ {
		if c := s.b[s.p]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// classify decides what a line is from its envelope.
func (d *Decoder) classify(b []byte, v envelope) (h head, reason string) {
	h.at, h.ordinal, h.payload = parseTime(v.at), v.ordinal, v.payload
	if len(v.typ) == 0 {
		switch {
		case v.hasType || v.hasPayload:
			return h, noType
		case string(v.record) == "state":
			h.name = bareStateType
			return h, ""
		case v.hasID && v.at != nil: // the bare first line of mid-2025
			h.name, h.act, h.payload = "session_meta", bareMeta, 0
			return h, ""
		}
		return h, noType
	}
	name, act, withSub, ok := outer(v.typ)
	if !ok && !v.hasPayload { // a bare response item of mid-2025?
		if name, act, ok := responseItem(v.typ); ok {
			h.name, h.act, h.payload = name, act, 0
			return h, ""
		}
	}
	if !ok {
		h.nameUnknown(d, "", v.typ)
		return h, ""
	}
	h.name, h.act = name, act
	if v.payload < 0 && (act != ignore || withSub) {
		return h, badPayload
	}
	if withSub {
		d.slowSub(b, &h, name == "event_msg")
	}
	return h, ""
}

// slowSub finds the payload's type, and of an item_completed the item's, in any order.
func (d *Decoder) slowSub(b []byte, h *head, event bool) {
	sub, item, hasSub, itemKind := payloadType(b, h.payload)
	if !hasSub {
		h.unknown = true
		return
	}
	ok := false
	if !event {
		if h.name, h.act, ok = responseItem(sub); !ok {
			h.nameUnknown(d, "response_item.", sub)
		}
		return
	}
	if h.name, h.act, ok = eventMsg(sub); !ok {
		h.nameUnknown(d, "event_msg.", sub)
		return
	}
	if h.act == itemCompleted {
		h.classifyItem(d, item, itemKind)
	}
}

func (h *head) classifyItem(d *Decoder, found bool, kind []byte) {
	h.act, h.inItem = ignore, true
	if !found || len(kind) == 0 {
		return
	}
	name, act, ok := item(kind)
	if !ok {
		h.nameUnknown(d, "event_msg.item_completed.", kind)
		return
	}
	h.name, h.act = name, act
}

// payloadType reads the first type of the payload and the first type of its first item.
func payloadType(b []byte, at int) (sub []byte, hasItem, hasSub bool, kind []byte) {
	s := scanner{b: b, p: at}
	s.open('{')
	seen := false
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		c := s.peek()
		switch {
		case string(k) == "type" && !seen:
			seen = true
			if c == '"' {
				sub = plain(s.str())
				hasSub = len(sub) > 0
				continue
			}
		case string(k) == "item" && !hasItem:
			hasItem = true
			if c == '{' {
				q := scanner{b: b, p: s.p}
				kind = itemKind(&q)
			}
		}
		s.skip()
	}
	return sub, hasItem, hasSub, kind
}

func itemKind(s *scanner) []byte {
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		if string(s.key()) == "type" {
			if s.peek() == '"' {
				return plain(s.str())
			}
			return nil
		}
		s.skip()
	}
	return nil
}

// nameUnknown takes a type that isn't known for the line's: at most 64 bytes of it.
func (h *head) nameUnknown(d *Decoder, prefix string, typ []byte) {
	h.unknown, h.act = true, ignore
	h.name = d.names.get(append([]byte(prefix), model.Clean(valid(typ, 64), 64)...))
}
