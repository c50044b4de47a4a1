package rollout

import (
	"bytes"
	"math"
	"strconv"
)

// scanner walks one JSON text from left to right and allocates nothing. The
// first thing that can't be JSON sets bad; from then on every method is a no-op
// that reports nothing, so a caller checks bad once, at the end.
//
// It is lenient where strictness has no use here: control characters in strings
// and any order of brackets inside a value that is skipped are let through.
type scanner struct {
	b   []byte
	p   int
	bad bool
	cut bool // b is the head of a longer line: text may end with it
}

// peek skips white space and gives the next byte, or 0 and bad at the end.
func (s *scanner) peek() byte {
	for s.p < len(s.b) {
		c := s.b[s.p]
		if c > ' ' || c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			if s.bad {
				return 0
			}
			return c
		}
		s.p++
	}
	s.bad = true
	return 0
}

// open consumes c if it is next.
func (s *scanner) open(c byte) bool {
	if s.peek() != c || s.bad {
		return false
	}
	s.p++
	return true
}

// more goes to member n of the object or array that is open, or over its end.
func (s *scanner) more(n int, end byte) bool {
	c := s.peek()
	if s.bad {
		return false
	}
	if c == end {
		s.p++
		return false
	}
	if n == 0 {
		return true
	}
	if c != ',' {
		s.bad = true
		return false
	}
	s.p++
	if s.peek() == end { // a trailing comma
		s.bad = true
	}
	return !s.bad
}

// str reads a string and gives it as written: without its quotes, with its escapes.
func (s *scanner) str() []byte {
	if s.peek() != '"' {
		s.bad = true
		return nil
	}
	start := s.p + 1
	for q := start; ; {
		i := bytes.IndexByte(s.b[q:], '"')
		if i < 0 {
			s.bad, s.p = true, len(s.b)
			return nil
		}
		end := q + i
		k := end
		for k > start && s.b[k-1] == '\\' {
			k--
		}
		if (end-k)&1 == 0 {
			s.p = end + 1
			return s.b[start:end]
		}
		q = end + 1
	}
}

// text is str for a long string: where the line was cut inside it, it is what is there.
func (s *scanner) text() []byte {
	s.peek()
	start := s.p + 1
	raw := s.str()
	if raw == nil && s.cut && start < len(s.b) && s.b[start-1] == '"' {
		return s.b[start:]
	}
	return raw
}

// key reads a member's name, escapes resolved, and the colon after it.
func (s *scanner) key() []byte {
	k := s.str()
	if bytes.IndexByte(k, '\\') >= 0 {
		k = unescape(nil, k)
	}
	if !s.open(':') {
		s.bad = true
		return nil
	}
	return k
}

// skip goes over the next value.
func (s *scanner) skip() {
	switch c := s.peek(); {
	case s.bad:
	case c == '"':
		s.str()
	case c == '{' || c == '[':
		s.nested()
	default:
		s.literal()
	}
}

// nested goes over an object or array by counting brackets outside of strings.
func (s *scanner) nested() {
	depth := 0
	for s.p < len(s.b) {
		switch s.b[s.p] {
		case '"':
			if s.str(); s.bad {
				return
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				s.p++
				return
			}
		}
		s.p++
	}
	s.bad = true
}

// literal reads true, false, null or something made of a number's bytes.
func (s *scanner) literal() []byte {
	s.peek()
	if s.bad {
		return nil
	}
	start := s.p
	number := true
	for ; s.p < len(s.b); s.p++ {
		c := s.b[s.p]
		if c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E' {
			continue
		}
		if c < 'a' || c > 'z' {
			break
		}
		number = false
	}
	t := s.b[start:s.p]
	if len(t) == 0 || number && t[0] != '-' && (t[0] < '0' || t[0] > '9') ||
		!number && string(t) != "null" && string(t) != "true" && string(t) != "false" {
		s.bad = true
		return nil
	}
	return t
}

// null consumes null if it is next.
func (s *scanner) null() bool {
	if s.peek() == 'n' {
		s.literal()
		return !s.bad
	}
	return false
}

// integer reads a number's whole part, or one that is written as a string. ok
// is false, and the value skipped, for anything else and for null.
func (s *scanner) integer() (v int64, ok bool) {
	var t []byte
	switch c := s.peek(); {
	case c == '"':
		t = s.str()
	case c == '-' || c >= '0' && c <= '9':
		t = s.literal()
	default:
		s.skip()
		return 0, false
	}
	neg := len(t) > 0 && t[0] == '-'
	if neg {
		t = t[1:]
	}
	v, n := digits(t)
	switch {
	case n == 0 || n > 18:
		return 0, false
	case n < len(t) && t[n] != '.':
		f, err := strconv.ParseFloat(string(t), 64)
		if err != nil || f > 1e18 {
			return 0, false
		}
		v = int64(f)
	}
	if neg {
		v = -v
	}
	return v, true
}

// digits reads the decimal digits that t starts with and says how many there are; v is right up to 18.
func digits(t []byte) (v int64, n int) {
	for n < len(t) && t[n]-'0' <= 9 {
		if n < 18 {
			v = v*10 + int64(t[n]-'0')
		}
		n++
	}
	return v, n
}

// float reads a number, also one in a string; ok is false for anything else.
func (s *scanner) float() (f float64, ok bool) {
	var t []byte
	switch c := s.peek(); {
	case c == '"':
		t = s.str()
	case c == '-' || c >= '0' && c <= '9':
		t = s.literal()
	default:
		s.skip()
		return 0, false
	}
	if v, n := digits(t); n > 0 && n <= 9 { // exact in a float64, without an allocation
		if n == len(t) {
			return float64(v), true
		}
		if frac, m := digits(t[n+1:]); t[n] == '.' && m > 0 && m <= 6 && n+1+m == len(t) {
			pow := int64(1)
			for range m {
				pow *= 10
			}
			return float64(v*pow+frac) / float64(pow), true
		}
	}
	f, err := strconv.ParseFloat(string(t), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// boolean reads true or false; ok is false for anything else.
func (s *scanner) boolean() (v, ok bool) {
	if c := s.peek(); c != 't' && c != 'f' {
		s.skip()
		return false, false
	}
	t := s.literal()
	return string(t) == "true", !s.bad
}

// lit consumes exactly these bytes if they are next, white space not skipped.
func (s *scanner) lit(t string) bool {
	if len(s.b)-s.p < len(t) || string(s.b[s.p:s.p+len(t)]) != t {
		return false
	}
	s.p += len(t)
	return true
}
