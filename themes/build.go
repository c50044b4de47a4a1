package themes

import (
	"errors"
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
)

// Options say on what kind of terminal a theme is drawn.
type Options struct {
	ASCII   bool  // no other signs than ASCII
	Dark    *bool // the terminal's background is dark; nil: unknown
	NoColor bool  // NO_COLOR is set, or colours are off: every theme is drawn as mono
	Sixteen bool  // the terminal has 16 colours only
	Indexed bool  // the terminal has 256 colours only
}

// ErrUnknown says that there is no theme of that name.
var ErrUnknown = errors.New("no such theme")

// Names gives the names of all themes, the default one first. The slice is a copy.
func Names() []string {
	return []string{"auto", "dark", "light", "cvd", "mono", "contrast", "solar-dark", "solar-light"}
}

// New gives the styles of a theme; "" is auto. An unknown name gives auto and an
// error that wraps [ErrUnknown] and names the themes there are.
func New(name string, o Options) (Styles, error) {
	var err error
	p, own := palettes()[name]
	switch {
	case own, name == "", name == "auto", name == "mono":
	default:
		err = fmt.Errorf("%w: %q (there are %s)", ErrUnknown, name, strings.Join(Names(), ", "))
		name = "auto"
	}
	if name == "" {
		name = "auto"
	}
	var s Roles
	switch {
	case o.NoColor || name == "mono":
		s = mono()
	case own && o.Sixteen:
		s = sixteen(p)
	case own && o.Indexed:
		s = full(p.indexed())
		s.Background, s.Foreground = lipgloss.Color(p.bg), lipgloss.Color(p.fg)
	case own:
		s = full(p)
	default:
		s = auto(o.Dark)
	}
	s.Name = name
	s.Glyphs = Unicode()
	if o.ASCII {
		s.Glyphs = ASCII()
	}
	return Styles{&s}, err
}

func fg(c string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(c)) }

// full is a palette of 24-bit colours. Nothing paints its own background but the
// selection and the alert: the terminal's background is set instead.
func full(p palette) Roles {
	s := Roles{
		Text: fg(p.fg), Muted: fg(p.muted), Accent: fg(p.accent), OK: fg(p.ok), Warn: fg(p.warn), Crit: fg(p.crit).Bold(true), Info: fg(p.info),
		Bold: fg(p.fg).Bold(true), Frame: fg(p.frame), Key: fg(p.accent).Bold(true),
		Selected:  fg(p.selfg).Background(lipgloss.Color(p.sel)).Bold(true),
		Alert:     fg(p.critfg).Background(lipgloss.Color(p.critbg)).Bold(true),
		GaugeFull: fg(p.accent), GaugeEmpty: fg(p.frame), GaugeWarn: fg(p.warn), GaugeCrit: fg(p.crit),
		Spark:      [4]lipgloss.Style{fg(p.muted), fg(p.accent), fg(p.accent), fg(p.accent).Bold(true)},
		Background: lipgloss.Color(p.bg), Foreground: lipgloss.Color(p.fg),
	}
	for i, c := range p.chart {
		s.Chart[i] = fg(c)
	}
	return s
}

// sixteen is a palette on a terminal of 16 colours: the terminal's own background
// stays, since its 16 colours were chosen for that.
func sixteen(p palette) Roles {
	plain := lipgloss.NewStyle()
	s := Roles{
		Text: plain, Muted: plain, Accent: fg(p.ansiAccent), OK: fg(p.ansiOK), Warn: fg(p.ansiWarn), Crit: fg(p.ansiCrit).Bold(true), Info: fg(p.ansiInfo),
		Bold: plain.Bold(true), Frame: plain, Key: fg(p.ansiAccent).Bold(true),
		Selected: plain.Reverse(true), Alert: fg(p.ansiCrit).Bold(true).Reverse(true),
		GaugeFull: fg(p.ansiAccent), GaugeEmpty: plain, GaugeWarn: fg(p.ansiWarn), GaugeCrit: fg(p.ansiCrit),
		Spark: [4]lipgloss.Style{plain, fg(p.ansiAccent), fg(p.ansiAccent), fg(p.ansiAccent)},
	}
	for i, c := range []string{p.ansiAccent, p.ansiOK, p.ansiWarn, p.ansiInfo, p.ansiCrit, p.ansiText} {
		s.Chart[i] = fg(c)
	}
	return s
}

// auto uses the terminal's own colours: its foreground and background, dim for
// what is secondary, and its 16 colours. Blue is unreadable on many dark
// backgrounds and yellow on light ones, so both are used only where the background is known.
func auto(dark *bool) Roles {
	plain := lipgloss.NewStyle()
	bold, dim := plain.Bold(true), plain.Faint(true)
	accent, warn := bold, bold
	switch {
	case dark == nil:
	case *dark:
		accent, warn = fg("6"), fg("3")
	default:
		accent = fg("4")
	}
	s := Roles{
		Text: plain, Muted: dim, Accent: accent, OK: fg("2"), Warn: warn, Crit: fg("1").Bold(true), Info: fg("5"),
		Bold: bold, Frame: dim, Key: bold, Selected: bold.Reverse(true), Alert: fg("1").Bold(true).Reverse(true),
		GaugeFull: plain, GaugeEmpty: dim, GaugeWarn: warn, GaugeCrit: fg("1"),
		Spark: [4]lipgloss.Style{dim, plain, plain, plain},
		Chart: [6]lipgloss.Style{plain, fg("2"), fg("5"), fg("6"), fg("1"), dim},
	}
	if dark != nil {
		s.GaugeFull = accent
		s.Chart[0] = accent
		s.Spark = [4]lipgloss.Style{dim, accent, accent, accent}
	}
	return s
}

// mono has no colour: bold, underline and reverse are all there is.
func mono() Roles {
	plain := lipgloss.NewStyle()
	bold := plain.Bold(true)
	return Roles{
		Text: plain, Muted: plain, Accent: plain.Underline(true), OK: plain, Warn: bold, Crit: bold, Info: plain,
		Bold: bold, Frame: plain, Key: bold, Selected: plain.Reverse(true), Alert: bold.Reverse(true),
		GaugeFull: plain, GaugeEmpty: plain, GaugeWarn: bold, GaugeCrit: bold,
		Spark: [4]lipgloss.Style{plain, plain, plain, plain},
		Chart: [6]lipgloss.Style{plain, plain, plain, plain, plain, plain},
	}
}
