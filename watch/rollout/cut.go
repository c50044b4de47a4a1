package rollout

import (
	"bytes"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// cutLine decodes a line of which only both ends are left. Its head must be of a
// layout in which the type comes before whatever is long, as in all that Codex
// writes. What usage needs is never long: where it isn't all there, the line is
// too long.
func (d *Decoder) cutLine(b, tail []byte, size int64, e *model.Event) (reason string) {
	if len(b) == 0 || b[0] != '{' || len(tail) == 0 || tail[len(tail)-1] != '}' {
		return notJSON
	}
	h, ok := fastHead(b)
	if !ok {
		if h, ok = d.cutHead(b); !ok {
			return tooLong
		}
	}
	h.fill(e)
	if kind, skip := d.skips(h.act); skip {
		e.Kind = kind
		return ""
	}
	switch h.act {
	case usageRecord, tokenCount:
		return tooLong
	case compactedLine:
		e.Kind = model.EventCompacted
		if s, ok := tailMember(tail, compactionKey, 2); ok {
			e.ResponseID = d.once(&s)
		}
		return ""
	}
	s := scanner{b: b, p: h.payload, cut: true}
	d.payload(&s, h, e)
	switch h.act {
	case sessionMeta:
		if e.Meta.ID == "" {
			return tooLong
		}
		d.metaTail(tail, e.Meta)
	case turnContext:
		if e.Model == "" {
			return tooLong
		}
	case worldState, settingsApplied, turnStarted:
		return tooLong // what they would have told isn't known to be all
	case toolOutput, toolEnd:
		d.toolTail(tail, h, e)
		if e.Tool.OutputBytes > 0 { // the rest of the line is about the rest of the output
			e.Tool.OutputBytes += size - int64(len(b))
		}
	}
	return ""
}

// cutHead finds the type in a head of another layout, if it is there at all: the
// members that are whole before the cut are read as in a whole line.
func (d *Decoder) cutHead(b []byte) (h head, ok bool) {
	s := scanner{b: b}
	v := readEnvelope(&s)
	if len(v.typ) == 0 {
		return h, false
	}
	if v.payload < 0 && v.hasPayload {
		return h, false
	}
	h, reason := d.classify(b, v)
	lost := h.name == "event_msg" || h.name == "response_item" || h.name == "event_msg.item_completed"
	return h, reason == "" && h.payload >= 0 && !lost
}

// tailMember finds the last member of this name in a line's tail, if n objects
// are open around it.
func tailMember(tail, key []byte, n int) (scanner, bool) {
	i := bytes.LastIndex(tail, key)
	if i < 0 {
		return scanner{}, false
	}
	s := scanner{b: tail, p: i + len(key)}
	return s, closes(tail, s.p, n)
}

var (
	exitCodeKey = []byte(`,"exit_code":`)
	statusKey   = []byte(`,"status":`)
	durationKey = []byte(`,"duration":`)
	wrappedMeta = []byte(`\"metadata\":{\"exit_code\":`)
)

// toolTail finds what stands behind a long output.
func (d *Decoder) toolTail(tail []byte, h head, e *model.Event) {
	depth := 2
	if h.inItem {
		depth = 3
	}
	if h.act == toolOutput {
		if i := bytes.LastIndex(tail, wrappedMeta); i >= 0 {
			s := scanner{b: tail, p: i + len(wrappedMeta)}
			if !e.Tool.HasExit {
				s.exitCode(&e.Tool)
			}
		}
		return
	}
	if s, ok := tailMember(tail, exitCodeKey, depth); ok {
		s.exitCode(&e.Tool)
	}
	if s, ok := tailMember(tail, durationKey, depth); ok {
		e.Tool.Duration = s.duration()
	}
	if s, ok := tailMember(tail, statusKey, depth); ok && e.Status == "" {
		e.Status = d.variant(&s)
	}
}

// metaTail finds what stands behind long instructions and decides about accounting.
func (d *Decoder) metaTail(tail []byte, m *model.Meta) {
	find := func(key string, set func(s *scanner)) {
		if s, ok := tailMember(tail, []byte(`,"`+key+`":`), 2); ok {
			set(&s)
		}
	}
	find("history_mode", func(s *scanner) { m.HistoryMode = d.name(s) })
	find("history_base", func(s *scanner) { d.historyBase(s, m) })
	find("subagent_history_start_ordinal", func(s *scanner) {
		if v, ok := s.integer(); ok && v >= 0 {
			m.OwnOrdinal = v
		}
	})
	find("git", func(s *scanner) { d.git(s, m) })
}
