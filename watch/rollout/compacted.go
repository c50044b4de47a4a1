package rollout

import (
	"bytes"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// compacted decodes a compacted line. The record inside it is a copy of the one
// that the compaction's response has as a line of its own, so it isn't read.
func (d *Decoder) compacted(s *scanner, e *model.Event) {
	e.Kind = model.EventCompacted
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		if string(s.key()) == "compaction_response_id" {
			e.ResponseID = d.once(s)
		} else {
			s.skip()
		}
	}
}

var compactionKey = []byte(`,"compaction_response_id":`)

// compactedTail decodes a compacted line from its last 64 KiB: the whole history
// is in it, and whole files are little else. False means: walk it.
func (d *Decoder) compactedTail(b []byte, e *model.Event) bool {
	from := max(0, len(b)-64<<10)
	i := bytes.LastIndex(b[from:], compactionKey)
	if i < 0 {
		return false
	}
	s := scanner{b: b, p: from + i + len(compactionKey)}
	if !closes(b, s.p, 2) {
		return false
	}
	e.Kind, e.ResponseID = model.EventCompacted, d.once(&s)
	return !s.bad
}

// closes walks from p, outside of strings and inside n objects or arrays, and
// says whether the last of them ends where b does, no deeper and no sooner.
// It is how a member found by a search from the end is known to be a member of
// the right object: `,"name":` is always a real member, for in a string the quotes
// are escaped, but it may be a nested object's.
func closes(b []byte, p, n int) bool {
	s := scanner{b: b, p: p}
	for s.p < len(b) {
		switch b[s.p] {
		case '"':
			if s.str(); s.bad {
				return false
			}
			continue
		case '{', '[':
			n++
		case '}', ']':
			if n--; n == 0 {
				return s.p == len(b)-1
			}
		}
		s.p++
	}
	return false
}
