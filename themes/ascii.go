package themes

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Plain gives a text fit for these glyphs: as it is, or, where they are ASCII, with
// a "?" for every cell of what is not, so that columns stay where they are. What
// takes no cell is left out; escape sequences stay.
func (g Glyphs) Plain(text string) string {
	if !g.ASCII || isASCII(text) {
		return text
	}
	var b strings.Builder
	var state byte
	last := "" // the ASCII character before, which a combining one may belong to
	for len(text) > 0 {
		part, width, n, next := ansi.DecodeSequence(text, state, nil)
		if n <= 0 {
			break
		}
		switch {
		case isASCII(part):
			b.WriteString(part)
			last = ""
			if width == 1 {
				last = part
			}
		default:
			if last != "" {
				width = ansi.StringWidth(last+part) - 1
			}
			b.WriteString(strings.Repeat("?", max(0, width)))
			last = ""
		}
		text, state = text[n:], next
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
