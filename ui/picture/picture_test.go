package picture

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
)

var update = flag.Bool("update", false, "write the golden file anew")

// screen has one of everything that a screen of ours is made of.
func screen() string {
	style := lipgloss.NewStyle
	crit := style().Foreground(lipgloss.Color("#ff7090")).Bold(true)
	muted := style().Faint(true)
	return strings.Join([]string{
		style().Bold(true).Render("Sentinel") + "  6 runs " + muted.Render("· ≥$12.34/h") + "        14:32:08",
		"day " + style().Foreground(lipgloss.Color("78")).Render("━━━━━━━━━━┃━") + muted.Render("╌╌╌╌╌╌") + " 74%",
		muted.Render("─ RUNS ") + muted.Render(strings.Repeat("─", 35)),
		style().Reverse(true).Render("› ▲ checkout-web    ▁▂▃▄▅▆▇█  $87.59  81% "),
		crit.Render("  ✗ ") + "日本語-docs 料金  " + style().Foreground(lipgloss.Color("3")).Render("▁▁▂▁▃▁▁▂") + "  $0.72  44%",
		style().Background(lipgloss.Color("#303040")).Render("  ● a < b && \"c\"    ") + style().Underline(true).Render("under") + style().Strikethrough(true).Render("strike") + style().Italic(true).Render("italic"),
		" 3.5 ┤        ╭──────╮",
		" 1.7 ┤   ╭────╯      ╰───╯",
		" 0.0 ┼───╯",
	}, "\n")
}

func TestSVG(t *testing.T) {
	got, err := SVG(screen(), Options{Columns: 44, Title: "tokenburn <demo>"})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/screen.svg"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the picture changed: look at it, then run with -update\n%s", got)
	}
	again, err := SVG(screen(), Options{Columns: 44, Title: "tokenburn <demo>"})
	if err != nil || string(again) != string(got) {
		t.Errorf("the same screen gave another picture: %v", err)
	}
}

// wellFormed reads the picture as XML and gives the text in it.
func wellFormed(t *testing.T, svg []byte) string {
	t.Helper()
	var text strings.Builder
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		if c, ok := tok.(xml.CharData); ok {
			text.Write(c)
		}
	}
}

func TestSVGPieces(t *testing.T) {
	const esc = "\x1b["
	cases := []struct {
		name, text string
		has        []string
		hasNot     []string
	}{
		{"truecolor", esc + "38;2;1;2;3mx", []string{`textLength="9" lengthAdjust="spacingAndGlyphs" fill="#010203">x<`}, nil},
		{"colour of 256", esc + "38;5;196mx", []string{`fill="#ff0000">x<`}, nil},
		{"colour of 16", esc + "31mx", []string{`fill="#800000">x<`}, nil},
		{"background", esc + "48;2;9;9;9mab", []string{`width="18" height="18" fill="#090909"`}, nil},
		{"reverse", esc + "7mx", []string{`height="18" fill="#c0c0c0"`, `fill="#000000">x<`}, nil},
		{"bold", esc + "1mx", []string{`font-weight="bold">x<`}, nil},
		{"faint", esc + "2mx", []string{`fill="#737373">x<`}, nil},
		{"wide", "a日本b", []string{`x="14" y="28" textLength="9"`, `x="23" y="28" textLength="36"`, `>日本<`, `x="59"`}, nil},
		{"one space stays", "two words", []string{">two words<"}, nil},
		{"two spaces part", "two  words", []string{">two<", ">words<", `x="59"`}, nil},
		{"escaped", `<script>"&'`, []string{"&lt;script&gt;", "&amp;"}, []string{"<script"}},
		{"shapes join", "───", []string{`<path d="M14 22.35h27v1.3h-27z"`}, []string{"─"}},
		{"block", "▄", []string{`<path d="M14 23h9v9h-9z"`}, nil},
		{"other sequences", "a" + esc + "2Jb\x1b]0;title\x07c", []string{">a"}, []string{"title", "[2J"}},
		{"hidden", esc + "8msecret", nil, []string{"secret"}},
		{"control characters", "a\x01\x02b\x7f", nil, []string{"\x01", "\x7f"}},
	}
	for _, c := range cases {
		got, err := SVG(c.text, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		wellFormed(t, got)
		for _, h := range c.has {
			if !strings.Contains(string(got), h) {
				t.Errorf("%s: no %q in\n%s", c.name, h, got)
			}
		}
		for _, h := range c.hasNot {
			if strings.Contains(string(got), h) {
				t.Errorf("%s: %q in\n%s", c.name, h, got)
			}
		}
	}
}

func TestSVGSize(t *testing.T) {
	cases := []struct {
		text string
		o    Options
		want string // the size, "" for an error
	}{
		{"", Options{}, ""},
		{"\n", Options{}, ""},
		{"x", Options{Columns: 2001}, ""},
		{"x", Options{Columns: 120, Rows: 40}, `width="1108" height="748"`},
		{"abc\nx\n", Options{}, `width="55" height="64"`},
		{"abc", Options{Columns: 2}, `textLength="18"`},
		{"a\nb\nc", Options{Rows: 1}, `height="46"`},
	}
	for _, c := range cases {
		got, err := SVG(c.text, c.o)
		if c.want == "" {
			if !errors.Is(err, ErrSize) {
				t.Errorf("%q %+v: error %v", c.text, c.o, err)
			}
			continue
		}
		if err != nil || !strings.Contains(string(got), c.want) {
			t.Errorf("%q %+v: %v, no %s in\n%s", c.text, c.o, err, c.want, got)
		}
	}
}

func FuzzSVG(f *testing.F) {
	f.Add(screen())
	f.Add("\x1b[38;5m\x1b[48:2::1:2:3mx\xff\x00")
	f.Fuzz(func(t *testing.T, text string) {
		svg, err := SVG(text, Options{})
		if err != nil {
			return
		}
		wellFormed(t, svg)
	})
}
