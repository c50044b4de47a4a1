package themes

import (
	"errors"
	"image/color"
	"math"
	"strconv"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// rgb is a colour with channels from 0 to 1.
type rgb [3]float64

func hex(t *testing.T, s string) rgb {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
	if err != nil || len(s) != 7 {
		t.Fatalf("%q is no colour", s)
	}
	return rgb{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}
}

func of(c color.Color) rgb {
	r, g, b, _ := c.RGBA()
	return rgb{float64(r) / 65535, float64(g) / 65535, float64(b) / 65535}
}

// linear takes the gamma of sRGB out.
func (c rgb) linear() rgb {
	for i, v := range c {
		if v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return c
}

// contrast is the contrast ratio of WCAG 2.1, from 1 to 21.
func contrast(a, b rgb) float64 {
	lum := func(c rgb) float64 {
		l := c.linear()
		return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
	}
	x, y := lum(a), lum(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func (p palette) textRoles() map[string]string {
	return map[string]string{"fg": p.fg, "muted": p.muted, "accent": p.accent, "ok": p.ok, "warn": p.warn, "crit": p.crit, "info": p.info}
}

// TestContrast holds every palette to WCAG AA: 4.5 for text, 3 for lines.
func TestContrast(t *testing.T) {
	for name, p := range palettes() {
		bg, panel, sel := hex(t, p.bg), hex(t, p.panel), hex(t, p.sel)
		for role, c := range p.textRoles() {
			text := hex(t, c)
			if r := contrast(text, bg); r < 4.5 {
				t.Errorf("%s: %s on the background has %.2f", name, role, r)
			}
			if r := contrast(text, panel); r < 4.5 {
				t.Errorf("%s: %s on a panel has %.2f", name, role, r)
			}
			rounded := of(colorprofile.ANSI256.Convert(lipgloss.Color(c)))
			if r := contrast(rounded, bg); r < 4.5 {
				t.Errorf("%s: %s rounded to 256 colours has %.2f", name, role, r)
			}
			// Where the terminal does not take the background, it is black or white.
			bare := rgb{}
			if !p.dark {
				bare = rgb{1, 1, 1}
			}
			if r := contrast(text, bare); r < 4.5 {
				t.Errorf("%s: %s on a bare terminal has %.2f", name, role, r)
			}
			index, err := strconv.Atoi(p.indexed().textRoles()[role])
			if err != nil {
				t.Fatal(err)
			}
			near := rgb{fixed(index).R, fixed(index).G, fixed(index).B}
			if r := contrast(near, bg); r < 4.5 {
				t.Errorf("%s: %s as one of 256 colours has %.2f", name, role, r)
			}
			if n, _ := strconv.Atoi(p.indexed().sel); role != "muted" && name != "contrast" {
				if r := contrast(near, rgb{fixed(n).R, fixed(n).G, fixed(n).B}); r < 4.5 {
					t.Errorf("%s: %s on the selection, both of 256 colours, has %.2f", name, role, r)
				}
			}
			// On the selection muted text becomes selfg; in contrast all text does.
			if role != "muted" && name != "contrast" {
				if r := contrast(text, sel); r < 4.5 {
					t.Errorf("%s: %s on the selection has %.2f", name, role, r)
				}
			}
		}
		if r := contrast(hex(t, p.selfg), sel); r < 7 {
			t.Errorf("%s: the selection has %.2f", name, r)
		}
		if r := contrast(hex(t, p.critfg), hex(t, p.critbg)); r < 4.5 {
			t.Errorf("%s: the alert has %.2f", name, r)
		}
		if r := contrast(hex(t, p.frame), bg); r < 3 {
			t.Errorf("%s: lines have %.2f", name, r)
		}
	}
}

// seen is a colour as a viewer sees it: with full deuteranopia, protanopia or
// tritanopia by the matrices of Machado, Oliveira and Fernandes (2009), severity 1.0.
func (c rgb) seen(m [9]float64) rgb {
	l := c.linear()
	var out rgb
	for i := range out {
		v := m[3*i]*l[0] + m[3*i+1]*l[1] + m[3*i+2]*l[2]
		v = min(1, max(0, v))
		if v <= 0.0031308 {
			out[i] = 12.92 * v
		} else {
			out[i] = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
	}
	return out
}

// lab is the colour in CIE L*a*b* with white D65.
func (c rgb) lab() [3]float64 {
	l := c.linear()
	x := (0.4124564*l[0] + 0.3575761*l[1] + 0.1804375*l[2]) / 0.95047
	y := 0.2126729*l[0] + 0.7151522*l[1] + 0.0721750*l[2]
	z := (0.0193339*l[0] + 0.1191920*l[1] + 0.9503041*l[2]) / 1.08883
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	return [3]float64{116*f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))}
}

func distance(a, b rgb) float64 {
	x, y := a.lab(), b.lab()
	return math.Sqrt((x[0]-y[0])*(x[0]-y[0]) + (x[1]-y[1])*(x[1]-y[1]) + (x[2]-y[2])*(x[2]-y[2]))
}

// TestColourBlind keeps ok, warn and crit of the theme cvd apart for every viewer:
// a CIE76 distance of 45 is about four times what is told apart at a glance.
func TestColourBlind(t *testing.T) {
	viewers := map[string][9]float64{
		"normal":       {1, 0, 0, 0, 1, 0, 0, 0, 1},
		"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
		"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"tritanopia":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
	}
	p := palettes()["cvd"]
	ok, warn, crit := hex(t, p.ok), hex(t, p.warn), hex(t, p.crit)
	for who, m := range viewers {
		a, b, c := ok.seen(m), warn.seen(m), crit.seen(m)
		for pair, d := range map[string]float64{"ok-warn": distance(a, b), "warn-crit": distance(b, c), "ok-crit": distance(a, c)} {
			if d < 45 {
				t.Errorf("%s: %s are %.0f apart", who, pair, d)
			}
		}
	}
}

func TestNew(t *testing.T) {
	for _, name := range append(Names(), "") {
		for _, o := range []Options{{}, {NoColor: true}, {Sixteen: true}, {Indexed: true}, {ASCII: true}} {
			s, err := New(name, o)
			if err != nil {
				t.Errorf("%q %+v: %v", name, o, err)
			}
			if s.Name == "" || name != "" && s.Name != name {
				t.Errorf("%q: its name is %q", name, s.Name)
			}
			if len(s.Glyphs.Spark) != 8 || s.Glyphs.ASCII != o.ASCII {
				t.Errorf("%q %+v: signs %+v", name, o, s.Glyphs)
			}
			if o.NoColor && (coloured(s.Crit) || coloured(s.Selected) || s.Background != nil) {
				t.Errorf("%q has colours without colour", name)
			}
		}
	}
	s, err := New("neon", Options{})
	if !errors.Is(err, ErrUnknown) || s.Name != "auto" || !strings.Contains(err.Error(), "solar-dark") {
		t.Errorf("unknown theme: %q, %v", s.Name, err)
	}
}

func coloured(s lipgloss.Style) bool {
	_, noFg := s.GetForeground().(lipgloss.NoColor)
	_, noBg := s.GetBackground().(lipgloss.NoColor)
	return !noFg || !noBg
}

// TestMonoSaysItWithoutColour: the selection, the alert and a warning are told apart by weight and reverse alone.
func TestMonoSaysItWithoutColour(t *testing.T) {
	s, _ := New("mono", Options{})
	if !s.Selected.GetReverse() || !s.Alert.GetReverse() || !s.Warn.GetBold() || coloured(s.OK) {
		t.Error("mono does not mark what it must")
	}
}

// TestAutoUsesNoRGB: the default theme names none but the terminal's own 16 colours, and
// neither blue nor yellow where the background is unknown.
func TestAutoUsesNoRGB(t *testing.T) {
	yes, no := true, false
	for _, dark := range []*bool{nil, &yes, &no} {
		s, _ := New("auto", Options{Dark: dark})
		if s.Background != nil || s.Foreground != nil {
			t.Error("auto sets the terminal's colours")
		}
		styles := append([]lipgloss.Style{s.Text, s.Muted, s.Accent, s.OK, s.Warn, s.Crit, s.Info, s.Selected, s.Alert, s.GaugeFull, s.GaugeWarn}, s.Chart[:]...)
		for _, st := range styles {
			switch c := st.GetForeground().(type) {
			case lipgloss.NoColor:
			case ansi.BasicColor:
				if dark == nil && (c == ansi.Yellow || c == ansi.Blue) {
					t.Errorf("%v is used on an unknown background", c)
				}
			default:
				t.Errorf("auto uses %T %v", c, c)
			}
		}
	}
}

func TestSignsAreNarrow(t *testing.T) {
	for _, g := range []Glyphs{Unicode(), ASCII()} {
		for _, s := range append([]string{
			g.Critical, g.Warning, g.Working, g.Idle, g.Stopped, g.Done, g.Silent, g.Failed, g.Estimate, g.Select,
			g.Full, g.Empty, g.Pace, g.Rule, g.Bar, g.Ellipsis, g.AtLeast, g.Up, g.Down, g.Dot, g.Approx,
		}, g.Spark...) {
			if ansi.StringWidth(s) != 1 {
				t.Errorf("%q has %d cells", s, ansi.StringWidth(s))
			}
			if g.ASCII && s[0] > 126 {
				t.Errorf("%q is no ASCII", s)
			}
		}
	}
	g := Unicode()
	seen := map[string]bool{}
	for _, s := range []string{g.Critical, g.Warning, g.Working, g.Idle, g.Stopped, g.Done, g.Silent, g.Failed} {
		if seen[s] {
			t.Errorf("two states share %q", s)
		}
		seen[s] = true
	}
}
