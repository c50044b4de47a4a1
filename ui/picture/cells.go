package picture

import (
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// kind says how a cell is drawn.
type kind uint8

const (
	kindText  kind = iota
	kindWide       // text of two cells a character
	kindShape      // a box or block character
	kindSpace      // nothing but its background
)

func kindOf(c uv.Cell) kind {
	switch {
	case strings.TrimSpace(c.Content) == "":
		return kindSpace
	case c.Width > 1:
		return kindWide
	case isShape(c.Content):
		return kindShape
	}
	return kindText
}

// stretch is cells side by side that are drawn alike.
type stretch struct {
	x, cells int
	look     look
	kind     kind
	text     []string
}

// stretches cuts a line into such. A single space between two texts of the same
// look stays inside, so that sentences are one piece.
func stretches(line []uv.Cell, look func(uv.Style) look, kind func(uv.Cell) kind) []stretch {
	var all []stretch
	x := 0
	for i, c := range line {
		k, l := kind(c), look(c.Style)
		if k == kindSpace && i+1 < len(line) && len(all) > 0 {
			if last := all[len(all)-1]; last.kind == kindText && kind(line[i+1]) == kindText && last.look == l && look(line[i+1].Style) == l {
				k = kindText
			}
		}
		if n := len(all) - 1; n >= 0 && all[n].kind == k && all[n].look == l {
			all[n].cells += c.Width
			all[n].text = append(all[n].text, c.Content)
		} else {
			all = append(all, stretch{x: x, cells: c.Width, look: l, kind: k, text: []string{c.Content}})
		}
		x += c.Width
	}
	return all
}

// characters makes a line fit for drawing: one cell for each character, at most
// columns cells wide in all, and no escape sequence left in any.
func characters(line []uv.Cell, columns int) (chars []uv.Cell, width int) {
	for _, c := range line {
		if c.Width <= 0 {
			continue // the second half of a wide character
		}
		if c.Content = ansi.Strip(c.Content); c.Content == "" {
			c.Content = " "
		}
		if columns > 0 && width+c.Width > columns {
			break
		}
		width += c.Width
		chars = append(chars, c)
	}
	return chars, width
}
