package themes

import (
	"math"
	"slices"
	"strconv"

	"github.com/lucasb-eyer/go-colorful"
)

// palette is one theme's colours by role, as hex. Every text role keeps a
// contrast of 4.5:1 to bg, panel and sel, also once it is rounded to 256
// colours; a test computes that again.
type palette struct {
	bg, panel, fg, muted, frame             string
	accent, ok, warn, crit, info            string
	sel, selfg, critbg, critfg              string
	chart                                   [6]string
	dark                                    bool
	ansiAccent, ansiOK, ansiWarn            string // for terminals of 16 colours
	ansiCrit, ansiInfo, ansiMuted, ansiText string
}

// palettes gives the themes that set their own colours, by name.
func palettes() map[string]palette {
	return map[string]palette{
		"dark": onDark(palette{
			bg: "#0F1419", panel: "#161C24", fg: "#D8DEE9", muted: "#9AA5B1", frame: "#5F6B78",
			accent: "#7FB4FF", ok: "#5FE3A1", warn: "#FFD24B", crit: "#FF7090", info: "#C3A6FF",
			sel: "#1D3550", selfg: "#FFFFFF", critbg: "#7A1430", critfg: "#FFFFFF",
		}),
		"light": onLight(palette{
			bg: "#FBFBF8", panel: "#F1F1EC", fg: "#1F2933", muted: "#52606D", frame: "#7B8794",
			accent: "#0B57D0", ok: "#005F3C", warn: "#825A00", crit: "#A3124F", info: "#6B2FB3",
			sel: "#D3E3FD", selfg: "#0B1F3F", critbg: "#A3124F", critfg: "#FFFFFF",
		}),
		"contrast": onDark(palette{
			bg: "#000000", panel: "#000000", fg: "#FFFFFF", muted: "#D0D0D0", frame: "#B0B0B0",
			accent: "#5FD7FF", ok: "#5FFFAF", warn: "#FFFF00", crit: "#FF87AF", info: "#D7AFFF",
			sel: "#FFFFFF", selfg: "#000000", critbg: "#FFFF00", critfg: "#000000",
		}),
		"cvd": onDark(palette{
			bg: "#101418", panel: "#171C22", fg: "#E4E8EC", muted: "#A6B0BA", frame: "#66717C",
			accent: "#9CC9F5", ok: "#4FA6F5", warn: "#F5EC42", crit: "#FF8278", info: "#D9B3E6",
			sel: "#1A334E", selfg: "#FFFFFF", critbg: "#8F2A20", critfg: "#FFFFFF",
		}),
		"solar-dark": onDark(palette{
			bg: "#002B36", panel: "#073642", fg: "#C9D3D3", muted: "#9DABAB", frame: "#6B8189",
			accent: "#63BAF5", ok: "#4FD0A8", warn: "#E8B62A", crit: "#FF86A0", info: "#B3B7F7",
			sel: "#0A3F4D", selfg: "#FDF6E3", critbg: "#8F1E3B", critfg: "#FDF6E3",
		}),
		"solar-light": onLight(palette{
			bg: "#FDF6E3", panel: "#EEE8D5", fg: "#37474C", muted: "#55666C", frame: "#7C8B8B",
			accent: "#1565A6", ok: "#00604A", warn: "#7F5700", crit: "#A8164F", info: "#4F54A8",
			sel: "#D9E6E6", selfg: "#073642", critbg: "#A8164F", critfg: "#FFFFFF",
		}),
	}
}

func onDark(p palette) palette {
	p.dark = true
	p.ansiAccent, p.ansiOK, p.ansiWarn, p.ansiCrit, p.ansiInfo, p.ansiMuted, p.ansiText = "14", "10", "11", "9", "13", "7", "15"
	p.chart = [6]string{p.accent, p.ok, p.warn, p.info, p.crit, p.fg}
	return p
}

func onLight(p palette) palette {
	p.ansiAccent, p.ansiOK, p.ansiWarn, p.ansiCrit, p.ansiInfo, p.ansiMuted, p.ansiText = "4", "2", "3", "1", "5", "0", "0"
	p.chart = [6]string{p.accent, p.ok, p.warn, p.info, p.crit, p.fg}
	return p
}

// indexed gives the palette in the 240 fixed colours of a terminal of 256. A
// terminal's or a library's own rounding turns greys into greens; here the colour that is
// nearest to the eye is taken (CIE L*a*b*), of those that keep the contrast of text.
func (p palette) indexed() palette {
	bg := parse(p.bg)
	for _, c := range []*string{&p.frame, &p.sel, &p.selfg, &p.critbg, &p.critfg} {
		*c = nearest(*c)
	}
	n, _ := strconv.Atoi(p.sel)
	sel := fixed(n)
	if ratio(sel, bg) > 4.5 { // a selection of its own text colour alone
		sel = bg
	}
	p.fg, p.muted = nearest(p.fg, bg, sel), nearest(p.muted, bg)
	for _, c := range []*string{
		&p.accent, &p.ok, &p.warn, &p.crit, &p.info,
		&p.chart[0], &p.chart[1], &p.chart[2], &p.chart[3], &p.chart[4], &p.chart[5],
	} {
		*c = nearest(*c, bg, sel)
	}
	return p
}

func parse(hex string) colorful.Color {
	c, _ := colorful.Hex(hex) // the palettes are constants, and a test reads each of them
	return c
}

// ratio is the contrast ratio of WCAG 2.1, from 1 to 21.
func ratio(a, b colorful.Color) float64 {
	luminance := func(c colorful.Color) float64 {
		r, g, b := c.LinearRgb()
		return 0.2126*r + 0.7152*g + 0.0722*b
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// nearest gives the number of the fixed colour that is nearest to a hex colour and readable on each of the grounds.
func nearest(hex string, grounds ...colorful.Color) string {
	want := parse(hex)
	best, least := 16, math.Inf(1)
	for n := 16; n < 256; n++ {
		c := fixed(n)
		if d := want.DistanceLab(c); d < least && !slices.ContainsFunc(grounds, func(g colorful.Color) bool { return ratio(c, g) < 4.5 }) {
			best, least = n, d
		}
	}
	return strconv.Itoa(best)
}

// fixed gives the colour of number n, from 16 to 255: a cube of six levels, then 24 greys.
func fixed(n int) colorful.Color {
	if n >= 232 {
		v := float64(8+10*(n-232)) / 255
		return colorful.Color{R: v, G: v, B: v}
	}
	level := func(i int) float64 { return [...]float64{0, 95, 135, 175, 215, 255}[i] / 255 }
	n -= 16
	return colorful.Color{R: level(n / 36), G: level(n / 6 % 6), B: level(n % 6)}
}
