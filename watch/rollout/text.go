package rollout

import (
	"bytes"
	"hash/maphash"
	"strings"
	"unicode/utf8"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// unescape appends a JSON string as written to dst, escapes resolved. A lone
// surrogate is the replacement character; an escape that JSON doesn't know, and
// bytes that aren't UTF-8, are kept as they are.
func unescape(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 || i+1 >= len(raw) {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		c := raw[i+1]
		raw = raw[i+2:]
		switch c {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case '"', '\\', '/':
			dst = append(dst, c)
		case 'u':
			r, n := escapedRune(raw)
			if n == 0 {
				dst = append(dst, '\\', 'u')
				break
			}
			dst = utf8.AppendRune(dst, r)
			raw = raw[n:]
		default:
			dst = append(dst, '\\', c)
		}
	}
}

// escapedRune reads what follows \u: four hex digits, or a surrogate pair. It
// gives the number of bytes read, 0 where there are no four digits.
func escapedRune(raw []byte) (rune, int) {
	r, ok := hex4(raw)
	if !ok {
		return 0, 0
	}
	if r < 0xd800 || r > 0xdfff {
		return r, 4
	}
	if r < 0xdc00 && len(raw) >= 10 && raw[4] == '\\' && raw[5] == 'u' {
		if low, ok := hex4(raw[6:]); ok && low >= 0xdc00 && low <= 0xdfff {
			return 0x10000 + (r-0xd800)<<10 + (low - 0xdc00), 10
		}
	}
	return utf8.RuneError, 4
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// cut gives at most limit bytes of t, never half a character.
func cut(t []byte, limit int) []byte {
	if len(t) <= limit {
		return t
	}
	for k := limit; k > max(0, limit-utf8.UTFMax); k-- {
		if utf8.RuneStart(t[k]) {
			return t[:k]
		}
	}
	return t[:limit]
}

// valid copies t into a string; bytes that aren't UTF-8 are the replacement character.
func valid(t []byte, limit int) string {
	t = cut(t, limit)
	if utf8.Valid(t) {
		return string(t)
	}
	return string(cut(bytes.ToValidUTF8(t, []byte("\uFFFD")), limit))
}

// textOf resolves a string as written and keeps at most limit bytes of it.
func (d *Decoder) textOf(raw []byte, limit int) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return valid(raw, limit)
	}
	// No character takes more than six bytes as written for each byte that it
	// becomes, so this much is enough whatever the rest is.
	if most := 6*limit + 12; len(raw) > most {
		raw = raw[:most]
	}
	d.scratch = unescape(d.scratch[:0], raw)
	return valid(d.scratch, limit)
}

// tailKept is how much of the end of a long output is kept: what a test run or a
// compiler sums up stands there.
const tailKept = 1024

// headAndTail resolves a string as written and keeps at most limit bytes of it: of
// a longer one its beginning, a line with an ellipsis, and its last whole lines.
func (d *Decoder) headAndTail(raw []byte, limit int) string {
	if len(raw) <= limit || limit < 3*tailKept {
		return d.textOf(raw, limit)
	}
	if len(raw) <= 6*limit && len(d.whole(raw)) <= limit {
		return d.textOf(raw, limit)
	}
	const gap = "\n…\n"
	end := raw[len(raw)-2*tailKept:]
	for {
		i := bytes.Index(end, []byte(`\n`))
		if i < 0 {
			return d.textOf(raw, limit) // one line without end
		}
		escaped := i > 0 && end[i-1] == '\\'
		end = end[i+2:]
		if !escaped && len(end) <= tailKept {
			break
		}
	}
	tail := d.textOf(end, tailKept)
	return d.textOf(raw, limit-len(gap)-len(tail)) + gap + tail
}

// whole resolves a string as written, all of it. The result is valid until the
// decoder's next string.
func (d *Decoder) whole(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	d.scratch = unescape(d.scratch[:0], raw)
	return d.scratch
}

// text reads a string value of at most MaxText bytes; any other value is skipped and "".
func (d *Decoder) text(s *scanner) string {
	if s.peek() != '"' {
		s.skip()
		return ""
	}
	return d.textOf(s.str(), model.MaxText)
}

// name reads a string value that is likely to come again (a model, a thread, a folder).
func (d *Decoder) name(s *scanner) string {
	if s.peek() != '"' {
		s.skip()
		return ""
	}
	raw := s.str()
	if len(raw) > maxInterned || bytes.IndexByte(raw, '\\') >= 0 || !utf8.Valid(raw) {
		return d.textOf(raw, model.MaxText)
	}
	return d.names.get(raw)
}

// once reads a string value that hardly comes again (a response's id).
func (d *Decoder) once(s *scanner) string {
	if s.peek() != '"' {
		s.skip()
		return ""
	}
	raw := s.str()
	if len(raw) > maxInterned || bytes.IndexByte(raw, '\\') >= 0 || !utf8.Valid(raw) {
		return d.textOf(raw, model.MaxText)
	}
	return d.names.keep(raw)
}

const maxInterned = 256

// interner shares equal strings. It is a cache of fixed size in which a newer
// string takes the place of an older one, so hostile files can't make it grow.
type interner struct {
	seed  maphash.Seed
	slots [512]string
	names block
	ids   block
}

func (n *interner) get(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	slot := &n.slots[maphash.Bytes(n.seed, b)%uint64(len(n.slots))]
	if *slot != string(b) {
		*slot = n.names.keep(b)
	}
	return *slot
}

// keep copies what hardly comes again. Those have blocks of their own: names are
// kept for as long as a thread is known, and would keep its thousands of ids too.
func (n *interner) keep(b []byte) string { return n.ids.keep(b) }

// block is what is left of 4 KiB that strings are cut from: a session file has
// thousands of ids.
type block struct{ rest strings.Builder }

func (k *block) keep(b []byte) string {
	if k.rest.Cap()-k.rest.Len() < len(b) {
		k.rest = strings.Builder{}
		k.rest.Grow(4 << 10)
	}
	start := k.rest.Len()
	k.rest.Write(b)
	return k.rest.String()[start:]
}
