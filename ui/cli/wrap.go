package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// wrap breaks text between words into lines of at most width cells; 0 leaves it
// in one line. A word that is longer than a line stands alone and stays whole: it may be a path to copy.
func wrap(s string, width int) string { return wrapHanging("", s, width) }

// wrapHanging is [wrap] with a lead before the first line and as much space before the others.
func wrapHanging(lead, s string, width int) string {
	if width <= 0 {
		return lead + s
	}
	indent := ansi.StringWidth(lead)
	if indent > width/2 { // too narrow for a column of its own
		indent = 2
	}
	var b strings.Builder
	b.WriteString(lead)
	at, fresh := ansi.StringWidth(lead), true
	for _, word := range strings.Fields(s) {
		w := ansi.StringWidth(word)
		switch {
		case fresh:
		case at+1+w <= width:
			b.WriteString(" ")
			at++
		default:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		}
		b.WriteString(word)
		at, fresh = at+w, false
	}
	return b.String()
}

// wrapIndent is [wrapHanging] for a line that begins with a label: "  label     text".
func wrapIndent(line string, width int) string {
	const label = 12
	if len(line) < label || strings.TrimSpace(line[:2]) != "" || line[label-1] != ' ' {
		text := strings.TrimLeft(line, " ")
		return wrapHanging(line[:len(line)-len(text)], text, width)
	}
	return wrapHanging(line[:label], line[label:], width)
}
