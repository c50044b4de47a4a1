package tui

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// tube is a terminal that understands what a painter writes, and fails at anything else. Each
// column has what is seen in it, with its look as its sequences since the last plain one.
type tube struct {
	t      *testing.T
	cells  [][]string
	x, y   int
	look   string
	nowrap bool
	cursor bool
	synced bool
}

func newTube(t *testing.T, w, h int) *tube {
	x := &tube{t: t, cells: make([][]string, h)}
	for y := range x.cells {
		x.cells[y] = make([]string, w)
	}
	x.wipe()
	return x
}

func (x *tube) wipe() {
	for y := range x.cells {
		for i := range x.cells[y] {
			x.cells[y][i] = " "
		}
	}
}

func (x *tube) write(b []byte) {
	x.t.Helper()
	for len(b) > 0 {
		seq, width, n, _ := ansi.DecodeSequence(b, ansi.NormalState, nil)
		b = b[n:]
		switch {
		case width > 0:
			x.put(string(seq), width)
		case string(seq) == "\b":
			x.x--
		case strings.HasPrefix(string(seq), "\x1b["):
			x.control(string(seq[2:len(seq)-1]), seq[len(seq)-1])
		default:
			x.t.Fatalf("unknown: %q", seq)
		}
	}
}

func (x *tube) put(text string, width int) {
	x.t.Helper()
	if x.x+width > len(x.cells[x.y]) {
		x.t.Fatalf("%q at %d,%d runs over the edge", text, x.x, x.y)
	}
	x.cells[x.y][x.x] = x.drawn(text)
	for i := 1; i < width; i++ {
		x.cells[x.y][x.x+i] = ""
	}
	x.x += width
}

// drawn gives a cell as it is seen: what a look does not change on a space is left out.
func (x *tube) drawn(text string) string {
	if text == " " && !strings.Contains(x.look, "[7m") && !strings.Contains(x.look, "48;") {
		return " "
	}
	return x.look + text
}

func (x *tube) control(body string, final byte) {
	x.t.Helper()
	n, err := strconv.Atoi(body)
	switch {
	case final == 'm' && body == "":
		x.look = ""
	case final == 'm' && strings.HasPrefix(body, "0;"):
		x.look = "\x1b[" + body[2:] + "m"
	case final == 'm':
		x.look += "\x1b[" + body + "m"
	case final == 'H':
		if _, err := fmt.Sscanf(body, "%d;%d", &x.y, &x.x); err != nil {
			x.t.Fatal(err)
		}
		x.x, x.y = x.x-1, x.y-1
	case final == 'G' && err == nil:
		x.x = n - 1
	case final == 'C' && err == nil && x.x+n < len(x.cells[0]):
		x.x += n
	case final == 'B' && body == "" && x.x < len(x.cells[0]):
		x.y++
	case final == 'K' && body == "" && x.look == "":
		for i := x.x; i < len(x.cells[x.y]); i++ {
			x.cells[x.y][i] = " "
		}
	case final == 'X' && err == nil && x.look == "":
		for i := x.x; i < x.x+n; i++ {
			x.cells[x.y][i] = " "
		}
	case body == "?7":
		x.nowrap = final == 'l'
	case body == "?25":
		x.cursor = final == 'h'
	case body == "?2026":
		x.synced = final == 'h'
	default:
		x.t.Fatalf("unknown: %q", "\x1b["+body+string(final))
	}
}

// wants compares what is seen with a picture that is drawn on an empty terminal.
func (x *tube) wants(p picture) {
	x.t.Helper()
	fresh := newTube(x.t, p.w, p.h)
	for y, line := range strings.Split(p.content, "\n") {
		fresh.x, fresh.y, fresh.look = 0, y, ""
		fresh.write([]byte(line))
	}
	for y := range fresh.cells {
		if got, want := strings.Join(x.cells[y], "|"), strings.Join(fresh.cells[y], "|"); got != want {
			x.t.Fatalf("line %d\n got %q\nwant %q", y, got, want)
		}
	}
	if x.cursor != p.cursor || p.cursor && (x.x != p.x || x.y != p.y) {
		x.t.Fatalf("cursor %v at %d,%d", x.cursor, x.x, x.y)
	}
	if x.nowrap || x.synced || x.look != "" {
		x.t.Fatal("the terminal is not left as it was")
	}
}

// scribble makes lines of all sorts of letters and looks.
func scribble(r *rand.Rand, w, h int) []string {
	words := []string{"a", "12.34", "   ", "             ", "日本語", "é", "👩‍👩‍👧", "─", "▁▂▃", "é", "api-gateway", "ไทย"}
	looks := []string{"", "", "\x1b[1m", "\x1b[31;1m", "\x1b[38;2;10;20;30m", "\x1b[7m", "\x1b[1m\x1b[48;5;12m", "\x1b[38;5;99m"}
	lines := make([]string, h)
	for y := range lines {
		var b strings.Builder
		for n := 0; ; {
			word := words[r.IntN(len(words))]
			if n += ansi.StringWidth(word); n > w {
				n -= ansi.StringWidth(word)
				b.WriteString(strings.Repeat(" ", w-n))
				break
			}
			look := looks[r.IntN(len(looks))]
			b.WriteString(look + word)
			if look != "" {
				b.WriteString("\x1b[m")
			}
		}
		lines[y] = b.String()
	}
	return lines
}

// Whatever comes after whatever, what is seen is the picture.
func TestPainterDrawsWhatIsThere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w, h := 40, 8
	p, x := newPainter(), newTube(t, w, h)
	lines := scribble(r, w, h)
	for n := range 4000 {
		switch r.IntN(12) {
		case 0:
			lines = scribble(r, w, h)
		case 1:
			x.wipe()
			x.cursor = false
			p.cleared(true)
		case 2:
			w, h = 20+r.IntN(40), 1+r.IntN(12)
			x, lines = newTube(t, w, h), scribble(r, w, h)
			p.shown = false
		case 3:
			p.sync = !p.sync
		default:
			y := r.IntN(h)
			lines[y] = scribble(r, w, 1)[0]
			if r.IntN(2) == 0 { // only a part of it, where no wide letter is cut
				cut := r.IntN(w)
				if old := ansi.Truncate(strings.Split(p.contentNow(), "\n")[min(y, len(p.text)-1)], cut, ""); len(p.text) == h && ansi.StringWidth(old) == cut {
					rest := ansi.TruncateLeft(lines[y], cut, "")
					lines[y] = old + rest + strings.Repeat(" ", max(0, w-cut-ansi.StringWidth(rest)))
					lines[y] = ansi.Truncate(lines[y], w, "")
				}
			}
		}
		f := picture{content: strings.Join(lines, "\n"), w: w, h: h}
		if r.IntN(3) == 0 {
			f.x, f.y, f.cursor = r.IntN(w), r.IntN(h), true
		}
		x.write(p.paint(f))
		x.wants(f)
		if again := p.paint(f); len(again) > 0 {
			t.Fatalf("picture %d, drawn again: %q", n, again)
		}
	}
}

func (p *painter) contentNow() string { return strings.Join(p.text, "\n") }

// A number that changes costs a number, whatever stands beside it. Bubble Tea's own renderer writes
// a line with a wide letter whole in each frame.
func TestPainterWritesLittle(t *testing.T) {
	row := func(name, rate string) string {
		return "\x1b[32m●\x1b[m\x1b[1m " + name + "\x1b[m \x1b[2m5.6-sol\x1b[m   \x1b[38;2;10;20;30m▁▂▃▅▂\x1b[m  " + rate + "   1.23   45%" + strings.Repeat(" ", 12)
	}
	for _, c := range []struct {
		name, other string
		most        int
	}{
		{"checkout", "checkout", 12}, {"日本語-docs", "日本語-docs", 12}, {"日本語-docs", "日本誤-docs", 140},
	} {
		p := newPainter()
		first, second := row(c.name, "24.52"), row(c.other, "24.49")
		w := ansi.StringWidth(first)
		p.paint(picture{content: first + "\n" + first, w: w, h: 2})
		if b := p.paint(picture{content: first + "\n" + second, w: w, h: 2}); len(b) == 0 || len(b) > c.most {
			t.Errorf("%s after %s: %d bytes: %q", c.other, c.name, len(b), b)
		}
	}
}

// A terminal gets the colours that it has, and all is drawn again when that is known.
func TestPainterProfiles(t *testing.T) {
	f := picture{content: "\x1b[1;38;2;255;0;0mred\x1b[m", w: 3, h: 1}
	for profile, want := range map[colorprofile.Profile]string{
		colorprofile.TrueColor: "\x1b[1;38;2;255;0;0mred",
		colorprofile.ANSI256:   "\x1b[1;38;5;196mred",
		colorprofile.ANSI:      "\x1b[1;91mred",
		colorprofile.ASCII:     "\x1b[1mred",
	} {
		p := newPainter()
		p.paint(f)
		p.setProfile(profile)
		if got := string(p.paint(f)); profile != colorprofile.TrueColor && !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", profile, got, want)
		}
	}
}

func BenchmarkPaint(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	one, other := scribble(r, 120, 40), scribble(r, 120, 40)
	p := newPainter()
	size := 0
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		lines := one
		if n%2 == 0 {
			lines = append(append([]string{}, other[:20]...), one[20:]...)
		}
		size += len(p.paint(picture{content: strings.Join(lines, "\n"), w: 120, h: 40}))
	}
	b.ReportMetric(float64(size)/float64(b.N), "bytes/op")
}
