package model

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text from a session file fit to be shown on one line: control
// characters, escape sequences' introducers, direction overrides, zero-width
// joiners and variation selectors are left out, every run of white space is one space,
// invalid UTF-8 is the replacement character, and at most limit bytes are kept (cut at a character).
func Clean(s string, limit int) string {
	if len(s) <= limit && isClean(s) {
		return s
	}
	var b strings.Builder
	space := false
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == 0x1b || r == 0x9b || r == 0x9d || r == 0x90:
			i += n + escapeLength(s[i+n:], r)
			continue
		case unicode.IsSpace(r) || r == 0x85:
			space = b.Len() > 0
			i += n
			continue
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r >= 0xfe00 && r <= 0xfe0f || r == 0x200d || r >= 0xe0000 && r <= 0xe0fff:
			i += n
			continue
		}
		if space {
			if b.Len()+1 >= limit {
				break
			}
			b.WriteByte(' ')
			space = false
		}
		if b.Len()+utf8.RuneLen(r) > limit {
			break
		}
		b.WriteRune(r)
		i += n
		if b.Len() >= limit {
			break
		}
	}
	return b.String()
}

// isClean says that s is printable ASCII in single spaces, as names mostly are.
func isClean(s string) bool {
	space := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return s == "" || !space
}

// escapeLength is how many bytes after an introducer belong to its sequence:
// CSI up to its final byte, OSC and DCS up to their terminator, else one byte.
func escapeLength(s string, intro rune) int {
	i := 0
	if intro == 0x1b {
		if s == "" {
			return 0
		}
		switch s[0] {
		case '[':
			intro, i = 0x9b, 1
		case ']', 'P', '_', '^', 'X':
			intro, i = 0x9d, 1
		default:
			return 1
		}
	}
	if intro == 0x9b {
		for ; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
			if s[i] < 0x20 || s[i] > 0x7e {
				return i
			}
		}
		return i
	}
	for ; i < len(s); i++ {
		if s[i] == 0x07 {
			return i + 1
		}
		if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
			return i + 2
		}
		if s[i] == '\n' { // a terminator is missing: do not swallow the rest
			return i
		}
	}
	return i
}
