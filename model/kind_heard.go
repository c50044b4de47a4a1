package model

import "strings"

// heard is a message as the patterns of intents are asked about it. Most of them
// want a word that most messages don't have: that is found out first, since a
// regular expression takes a hundred times as long.
type heard struct {
	text  string // as it is
	low   string // in lower case
	plain string // with the letters of ASCII in lower case, byte for byte as long as text
	odd   bool   // it has letters that a pattern takes for others, and lower case doesn't
	grams [64]uint64
}

// hear takes up a message.
func hear(text string) *heard {
	h := &heard{text: text, plain: lowerASCII(text)}
	h.low = h.plain
	for i := range len(text) {
		if text[i] >= 0x80 {
			h.low = strings.ToLower(text)
			h.odd = hasOdd(text)
			break
		}
	}
	for i := 0; i+2 < len(h.low); i++ {
		g := gram(h.low, i)
		h.grams[g>>6] |= 1 << (g & 63)
	}
	return h
}

// hasOdd says that a text has a long s, the Kelvin sign or one of Old Cyrillic's
// letter forms: patterns that ignore case take them for s, k and the letters of today.
func hasOdd(text string) bool {
	return strings.Contains(text, "ſ") || strings.Contains(text, "\u212a") || strings.Contains(text, "\xe1\xb2")
}

// lowerASCII is a text with A to Z in lower case.
func lowerASCII(s string) string {
	for i := range len(s) {
		if s[i]-'A' < 26 {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i]-'A' < 26 {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// gram gives the place of three bytes of a text in a heard's set.
func gram(s string, i int) uint32 {
	n := uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16
	return n * 0x9E3779B1 >> 20
}

// has says that a literal stands in the message, in lower case.
func (h *heard) has(literal string) bool {
	for i := 0; i+2 < len(literal); i++ {
		if g := gram(literal, i); h.grams[g>>6]&(1<<(g&63)) == 0 {
			return false
		}
	}
	return strings.Contains(h.low, literal)
}

// hasOne says that one of some literals stands in the message.
func (h *heard) hasOne(of []string) bool {
	for _, n := range of {
		if h.has(n) {
			return true
		}
	}
	return false
}

// isWord says that a byte is of the characters that \b tells from others.
func isWord(c byte) bool {
	return c == '_' || c-'0' < 10 || c|0x20-'a' < 26
}

// beginsWord says that a word may begin at a place: none goes on there.
func beginsWord(s string, i int) bool { return i == 0 || !isWord(s[i-1]) }

// endsWord says that a word that ends before a place goes on no further.
func endsWord(s string, i int) bool { return i == len(s) || !isWord(s[i]) }
