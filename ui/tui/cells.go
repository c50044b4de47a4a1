package tui

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// cell is one column of a drawn line.
type cell struct {
	text string // a grapheme cluster; "" for the second column of a wide one
	pen  pen
	// loose says that a terminal may make another number of columns of it than we do:
	// it is wide, or more than one rune.
	loose bool
}

var blank = cell{text: " "}

// pen is a number for how letters look; 0 is the terminal's own way.
type pen int32

// pens numbers the looks that a screen draws with: a few dozen, since they come from a theme.
type pens struct {
	numbers map[penStep]pen
	looks   []look
	profile colorprofile.Profile
}

// penStep is a look with one more sequence on top of it.
type penStep struct {
	from pen
	seq  string
}

type look struct {
	full   string // what makes it out of the plain look, for any terminal
	set    string // the same for this one
	spaces bool   // spaces show it: it has a background or a line
}

func newPens(p colorprofile.Profile) *pens {
	return &pens{numbers: map[penStep]pen{}, looks: []look{{}}, profile: p}
}

// after gives the pen after a sequence ("\x1b[…m").
func (p *pens) after(from pen, seq string) pen {
	body := seq[2 : len(seq)-1]
	if body == "" || body == "0" {
		return 0
	}
	if strings.HasPrefix(body, "0;") {
		from = 0
	}
	n, ok := p.numbers[penStep{from, seq}]
	if !ok {
		n = pen(len(p.looks))
		full := p.looks[from].full + seq
		p.looks = append(p.looks, look{full: full, set: p.downsampled(full), spaces: p.looks[from].spaces || showsSpaces(body)})
		p.numbers[penStep{from, strings.Clone(seq)}] = n
	}
	return n
}

// downsampled gives a sequence with the colours that the terminal has.
func (p *pens) downsampled(seq string) string {
	var b bytes.Buffer
	w := colorprofile.Writer{Forward: &b, Profile: p.profile}
	if _, err := w.WriteString(seq); err != nil { // a buffer takes all
		return seq
	}
	return b.String()
}

// showsSpaces says that a look can be seen on a space: anything but a text colour, bold,
// faint, italic and blinking. What it does not know it takes for visible.
func showsSpaces(body string) bool {
	params := strings.Split(body, ";")
	for i := 0; i < len(params); i++ {
		n, err := strconv.Atoi(params[i])
		switch {
		case err != nil:
			return true
		case n == 38 && i+1 < len(params) && params[i+1] == "2":
			i += 4
		case n == 38 && i+1 < len(params) && params[i+1] == "5":
			i += 2
		case n <= 3 || n == 5 || n == 6 || n == 22 || n == 23 || n == 25 || n >= 30 && n <= 37 || n == 39 || n >= 90 && n <= 97:
		default:
			return true
		}
	}
	return false
}

// line gives the cells of a drawn line, exactly w of them, in the room of into.
func (p *pens) line(s string, w int, into []cell) []cell {
	out, at := into[:0], pen(0)
	for i := 0; i < len(s) && len(out) < w; {
		switch b := s[i]; {
		case b == '\x1b':
			n := sequence(s[i:])
			if seq := s[i : i+n]; strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "m") {
				at = p.after(at, seq)
			}
			i += n
		case b >= ' ' && b < 0x7f && (i+1 == len(s) || s[i+1] < 0x80):
			out = append(out, p.cell(s[i:i+1], at, false))
			i++
		default:
			text, n := ansi.FirstGraphemeCluster(s[i:], ansi.GraphemeWidth)
			i += max(1, len(text))
			if n == 0 || len(out)+n > w {
				continue // nothing to see, or half a letter
			}
			out = append(out, p.cell(text, at, n > 1 || ansi.StringWidthWc(text) != n))
			for ; n > 1; n-- {
				out = append(out, cell{pen: at})
			}
		}
	}
	for len(out) < w {
		out = append(out, blank)
	}
	return out
}

// cell gives one cell. A space that looks like any other is written as any other.
func (p *pens) cell(text string, at pen, loose bool) cell {
	if text == " " && !p.looks[at].spaces {
		at = 0
	}
	return cell{text: text, pen: at, loose: loose}
}

// sequence gives the length of the escape sequence at the beginning of s.
func sequence(s string) int {
	_, _, n, _ := ansi.DecodeSequence(s, ansi.NormalState, nil)
	return max(1, n)
}
