package tui

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// picture is a frame as it is to be on the terminal.
type picture struct {
	content string // lines of width cells
	w, h    int
	x, y    int // of the cursor
	cursor  bool
}

// painter turns pictures into what changes the one into the next. It knows what is on
// the terminal, as long as nobody else writes there.
//
// Bubble Tea's own renderer writes each line that has a wide letter in it whole, with every
// frame, whether it changed or not: three quarters of what a screen with two such names wrote.
// This one does so only where a wide letter itself changes. It finds its way back afterwards by
// naming the column, so that a terminal that measures a letter otherwise is wrong there and nowhere else.
type painter struct {
	pens  *pens
	sync  bool // the terminal can show a frame at once (mode 2026)
	w, h  int
	text  []string // of the lines that are on the terminal
	cells [][]cell
	spare []cell
	shown bool // the cursor
	at    [2]int
	// unsure is whether the terminal may be in the middle of anything.
	unsure bool

	out  bytes.Buffer
	x, y int // where the terminal writes next; x is -1 where that is not known
	pen  pen
}

func newPainter() *painter { return &painter{pens: newPens(colorprofile.TrueColor)} }

// setProfile says which colours the terminal has.
func (p *painter) setProfile(to colorprofile.Profile) {
	if p.pens.profile != to {
		p.pens = newPens(to)
		p.w, p.h = 0, 0 // all is drawn again
	}
}

// lost says that nobody knows how much of the last picture came to the terminal.
func (p *painter) lost() {
	p.w, p.h = 0, 0
	p.unsure = true
}

// asKnown makes the terminal write as a painter begins, whatever was cut off.
const asKnown = ansi.ResetStyle + ansi.SetModeAutoWrap + ansi.ResetModeTextCursorEnable

// cleared says that the terminal is empty now; entered, that it is so for the first time
// since somebody else had it, and the cursor hidden.
func (p *painter) cleared(entered bool) {
	for y := range p.cells {
		p.text[y] = ""
		for x := range p.cells[y] {
			p.cells[y][x] = blank
		}
	}
	p.shown = p.shown && !entered
	p.at = [2]int{-1, -1}
}

// paint gives the bytes that bring a picture on the terminal; none where it is there already.
// They are valid until the next call.
func (p *painter) paint(f picture) []byte {
	p.out.Reset()
	p.x, p.y, p.pen = -1, -1, 0
	if p.unsure {
		p.out.WriteString(asKnown)
		p.unsure, p.shown = false, false
	}
	anew := f.w != p.w || f.h != p.h
	if anew {
		p.w, p.h = f.w, f.h
		p.text, p.cells = make([]string, f.h), make([][]cell, f.h)
	}
	rest := f.content
	for y := range f.h {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if !anew && line == p.text[y] {
			continue
		}
		p.line(y, line)
	}
	p.write(0)
	changed := p.out.Len() > 0
	p.cursor(f, changed)
	if p.out.Len() > 0 && p.sync {
		return slices.Concat([]byte("\x1b[?2026h"), p.out.Bytes(), []byte("\x1b[?2026l"))
	}
	return p.out.Bytes()
}

// cursor shows the terminal's own cursor where text is edited, and nowhere else.
func (p *painter) cursor(f picture, changed bool) {
	switch {
	case f.cursor && p.shown && !changed && p.at == [2]int{f.x, f.y}:
	case f.cursor:
		p.at = [2]int{f.x, f.y}
		p.out.WriteString("\x1b[" + strconv.Itoa(f.y+1) + ";" + strconv.Itoa(f.x+1) + "H")
		if !p.shown {
			p.out.WriteString("\x1b[?25h")
		}
	case p.shown:
		p.out.WriteString("\x1b[?25l")
	}
	p.shown = f.cursor
}

// line brings a line up to date.
func (p *painter) line(y int, text string) {
	text = strings.Clone(text) // and not the whole frame
	now, was := p.pens.line(text, p.w, p.spare), p.cells[y]
	p.text[y], p.cells[y], p.spare = text, now, was
	if was == nil || looseChanged(was, now) {
		p.whole(y, now)
		return
	}
	end := len(now) // from here on all is blank
	for end > 0 && now[end-1] == blank {
		end--
	}
	for x := 0; x < end; {
		if was[x] == now[x] {
			x++
			continue
		}
		to := p.spanEnd(was, now, x, end)
		p.move(x, y)
		p.put(now, x, to)
		x = to
	}
	if slices.ContainsFunc(was[end:], func(c cell) bool { return c != blank }) {
		p.move(end, y)
		p.write(0)
		p.out.WriteString("\x1b[K")
	}
}

// looseChanged says that a letter that takes the terminal's own number of columns came, went or moved.
func looseChanged(was, now []cell) bool {
	for x := range now {
		if (was[x].loose || now[x].loose) && was[x] != now[x] {
			return true
		}
	}
	return false
}

// spanEnd gives the end of what is written from x on: of the cells that changed, with short
// stretches between them that did not, where writing them takes less than going over them.
func (p *painter) spanEnd(was, now []cell, x, end int) int {
	to := x
	for x < end {
		if was[x] != now[x] {
			x++
			to = x
			continue
		}
		gap := 0
		for x < end && was[x] == now[x] && gap <= shortGap {
			if now[x].loose || now[x].text == "" || now[x] != blank && now[x].pen != now[to-1].pen {
				return to
			}
			gap += len(now[x].text)
			x++
		}
		if gap > shortGap || x == end {
			return to
		}
	}
	return to
}

// shortGap is how many bytes cost no more than going over them ("\x1b[9C").
const shortGap = 4

// whole writes a line from its beginning, whatever was there.
func (p *painter) whole(y int, now []cell) {
	end := len(now)
	for end > 0 && now[end-1] == blank {
		end--
	}
	p.x = -1
	p.move(0, y)
	p.write(0)
	p.out.WriteString("\x1b[K")
	loose := slices.ContainsFunc(now, func(c cell) bool { return c.loose })
	if loose {
		p.out.WriteString("\x1b[?7l") // what a terminal makes wider than we do must not run on into the next line
	}
	p.put(now, 0, end)
	if loose {
		p.out.WriteString("\x1b[?7h")
		p.x = -1
	}
}

// put writes the cells from x to end at the cursor, which stands at x.
func (p *painter) put(now []cell, x, end int) {
	for x < end {
		c := now[x]
		if n := blanks(now[x:end]); n >= longBlank {
			p.write(0)
			p.out.WriteString("\x1b[" + strconv.Itoa(n) + "X")
			if x += n; x < end {
				p.out.WriteString("\x1b[" + strconv.Itoa(n) + "C")
				p.x = x
			}
			continue
		}
		if c != blank || p.pens.looks[p.pen].spaces {
			p.write(c.pen)
		}
		p.out.WriteString(c.text)
		for x++; x < len(now) && now[x].text == ""; x++ {
		}
		p.x = x
		if c.loose && x < end && !now[x].loose { // back to where we know that we are
			p.out.WriteString("\x1b[" + strconv.Itoa(x+1) + "G")
		}
	}
}

// longBlank is how many spaces are rather erased than written.
const longBlank = 11

// blanks is how many blank cells there are at the beginning.
func blanks(c []cell) int {
	n := 0
	for n < len(c) && c[n] == blank {
		n++
	}
	return n
}

// write changes the pen.
func (p *painter) write(to pen) {
	if to == p.pen {
		return
	}
	set := p.pens.looks[to].set
	switch {
	case p.pens.looks[p.pen].set == set:
	case set == "":
		p.out.WriteString("\x1b[m")
	case p.pens.looks[p.pen].set == "":
		p.out.WriteString(set)
	default:
		p.out.WriteString("\x1b[0;" + strings.TrimPrefix(set, "\x1b["))
	}
	p.pen = to
}

// move brings the cursor to a cell, in the shortest of a few ways.
func (p *painter) move(x, y int) {
	known := p.x >= 0 && p.x < p.w // after the last column it waits at the margin, or not
	switch {
	case known && y == p.y && x == p.x:
	case known && y == p.y && x > p.x:
		p.out.WriteString("\x1b[" + strconv.Itoa(x-p.x) + "C")
	case known && y == p.y+1 && x <= p.x && p.x-x <= shortGap:
		p.out.WriteString("\x1b[B" + strings.Repeat("\b", p.x-x))
	default:
		p.out.WriteString("\x1b[" + strconv.Itoa(y+1) + ";" + strconv.Itoa(x+1) + "H")
	}
	p.x, p.y = x, y
}
