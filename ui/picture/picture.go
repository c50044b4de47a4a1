// Package picture makes an SVG of a rendered screen, so that the project can show
// itself without a terminal.
package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Options say how a picture looks. The zero value is fine.
type Options struct {
	Columns, Rows          int         // size of the screen in cells; 0: as large as the text
	Title                  string      // of the window and for screen readers; "": no title bar
	Foreground, Background color.Color // what the terminal's own are; nil: light grey on black
}

// The grid, in pixels. A monospaced font is 0.6 of its size wide.
const (
	cellWidth  = 9
	cellHeight = 18
	fontSize   = 15
	baseline   = 14 // from the top of a cell
	padding    = 14
	titleBar   = 26
	most       = 2000 // cells a side
)

// ErrSize says that there is nothing to draw, or more than a screen.
var ErrSize = errors.New("no screen of a size that can be drawn")

// SVG draws text with SGR sequences (bold, faint, italic, underline, strike,
// reverse, and 16, 256 or 24-bit colours), as lipgloss renders it: one text
// element for each stretch of equal style, set to the exact width of its cells.
// Wide characters take two cells. Box and block characters are drawn as shapes,
// so that lines join in every font. Other escape sequences are left out. The same
// input gives the same bytes. Lines beyond Columns and Rows are cut off.
func SVG(text string, o Options) ([]byte, error) {
	var lines [][]uv.Cell
	width := 0
	for _, l := range uv.NewStyledString(strings.TrimRight(text, "\n")).Lines(ansi.GraphemeWidth) {
		chars, w := characters(l, o.Columns)
		lines, width = append(lines, chars), max(width, w)
	}
	if o.Columns <= 0 {
		o.Columns = width
	}
	if o.Rows <= 0 {
		o.Rows = len(lines)
	}
	if o.Columns <= 0 || o.Rows <= 0 || o.Columns > most || o.Rows > most {
		return nil, fmt.Errorf("%w: %d × %d cells", ErrSize, o.Columns, o.Rows)
	}
	if o.Foreground == nil {
		o.Foreground = ansi.White
	}
	if o.Background == nil {
		o.Background = ansi.Black
	}
	d := drawing{o: o, left: padding, top: padding}
	if o.Title != "" {
		d.top += titleBar - padding/2
	}
	d.frame()
	for y, l := range lines[:min(len(lines), o.Rows)] {
		d.row(y, l)
	}
	d.printf("</g>\n</svg>\n")
	return d.out.Bytes(), nil
}

// drawing is one picture in the making.
type drawing struct {
	out       bytes.Buffer
	o         Options
	left, top int
}

func (d *drawing) printf(format string, a ...any) { fmt.Fprintf(&d.out, format, a...) }

// frame writes what is around and below the cells.
func (d *drawing) frame() {
	w, h := d.o.Columns*cellWidth+2*padding, d.o.Rows*cellHeight+d.top+padding
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`+"\n", w, h, w, h)
	if d.o.Title != "" {
		d.printf("<title>%s</title>\n", escape(d.o.Title))
	}
	d.printf(`<rect width="%d" height="%d" rx="8" fill="%s"/>`+"\n", w, h, hex(d.o.Background))
	d.printf(`<g font-family="ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK JP',monospace" font-size="%d" xml:space="preserve" style="white-space:pre">`+"\n", fontSize)
	if d.o.Title != "" {
		d.printf(`<text x="%d" y="20" text-anchor="middle" fill="%s">%s</text>`+"\n", w/2, hex(mix(d.o.Foreground, d.o.Background)), escape(d.o.Title))
	}
}

// look is a cell's style as far as a picture shows it.
type look struct {
	fg, bg                          string // hex; bg is "" for the screen's own
	bold, italic, underline, strike bool
	hidden                          bool
}

func (d *drawing) look(s uv.Style) look {
	fg, bg := s.Fg, s.Bg
	if fg == nil {
		fg = d.o.Foreground
	}
	if bg == nil {
		bg = d.o.Background
	}
	if s.Attrs&uv.AttrReverse != 0 {
		fg, bg = bg, fg
	}
	if s.Attrs&uv.AttrFaint != 0 {
		fg = mix(fg, bg)
	}
	l := look{fg: hex(fg), bg: hex(bg), bold: s.Attrs&uv.AttrBold != 0, italic: s.Attrs&uv.AttrItalic != 0,
		underline: s.Underline != ansi.UnderlineNone, strike: s.Attrs&uv.AttrStrikethrough != 0, hidden: s.Attrs&uv.AttrConceal != 0}
	if l.bg == hex(d.o.Background) {
		l.bg = ""
	}
	return l
}

// row draws one line of cells: backgrounds first, then what stands on them.
func (d *drawing) row(y int, cells []uv.Cell) {
	top := d.top + y*cellHeight
	for _, s := range stretches(cells, d.look, func(uv.Cell) kind { return kindText }) {
		if s.look.bg != "" {
			d.printf(`<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", d.left+s.x*cellWidth, top, s.cells*cellWidth, cellHeight, s.look.bg)
		}
	}
	for _, s := range stretches(cells, d.look, kindOf) {
		if s.look.hidden {
			continue
		}
		x, w := d.left+s.x*cellWidth, s.cells*cellWidth
		switch s.kind {
		case kindShape:
			d.shapes(x, top, s)
		case kindText, kindWide:
			d.text(x, top, w, s)
		}
		if s.look.underline {
			d.printf(`<rect x="%d" y="%d" width="%d" height="1" fill="%s"/>`+"\n", x, top+cellHeight-2, w, s.look.fg)
		}
		if s.look.strike {
			d.printf(`<rect x="%d" y="%d" width="%d" height="1" fill="%s"/>`+"\n", x, top+cellHeight/2, w, s.look.fg)
		}
	}
}

func (d *drawing) text(x, top, w int, s stretch) {
	style := ""
	if s.look.bold {
		style += ` font-weight="bold"`
	}
	if s.look.italic {
		style += ` font-style="italic"`
	}
	d.printf(`<text x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`+"\n",
		x, top+baseline, w, s.look.fg, style, escape(strings.Join(s.text, "")))
}

// hex gives a colour as #rrggbb.
func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// mix gives a colour that is nearer to the one behind it, as terminals draw faint text.
func mix(c, behind color.Color) color.Color {
	r, g, b, _ := c.RGBA()
	br, bg, bb, _ := behind.RGBA()
	part := func(a, b uint32) uint8 { return uint8((3*a + 2*b) / 5 >> 8) }
	return color.RGBA{part(r, br), part(g, bg), part(b, bb), 255}
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes all
	return b.String()
}
