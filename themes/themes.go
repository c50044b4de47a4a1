// Package themes holds the palettes and the styles that are built from them. It
// is the only place that names a colour.
package themes

import (
	"image/color"

	"charm.land/lipgloss/v2"
)

// Styles is what a face draws with. It is a handle: the roles behind it take 17 KB,
// and every component of a screen is handed them, by every call. The zero value has
// none, and must not be drawn with.
type Styles struct{ *Roles }

// Roles are the styles by meaning. State is never told by a style alone: a sign or
// a word always stands beside it. Whoever wants others copies them first: those
// behind a [Styles] are shared.
type Roles struct {
	Name                                        string
	Text, Muted, Accent, OK, Warn, Crit, Info   lipgloss.Style
	Bold, Frame, Selected, Alert, Key           lipgloss.Style
	GaugeFull, GaugeEmpty, GaugeWarn, GaugeCrit lipgloss.Style
	Spark                                       [4]lipgloss.Style
	Chart                                       [6]lipgloss.Style
	Glyphs                                      Glyphs

	// Background and Foreground are what the terminal's own colours are set to
	// while the program runs; nil leaves the terminal's own.
	Background, Foreground color.Color
}

// On gives a style as it looks on the selected row. ok is false where the theme
// marks the row by reverse video: the whole row is drawn in Selected then, since
// a colour inside it would turn into a block of that colour.
func (s Styles) On(style lipgloss.Style) (on lipgloss.Style, ok bool) {
	bg := s.Selected.GetBackground()
	if _, none := bg.(lipgloss.NoColor); none || s.Selected.GetReverse() || s.plainSelection() {
		return s.Selected, false
	}
	return style.Background(bg), true
}

// plainSelection says that text roles do not stand out on the selection's
// background: the theme called contrast selects black on white.
func (s Styles) plainSelection() bool { return s.Name == "contrast" }

// Glyphs are the signs of a screen: narrow ones in Unicode, or plain ASCII.
type Glyphs struct {
	Critical, Warning, Working, Idle, Stopped, Done, Silent, Failed, Estimate, Select string
	Full, Empty, Pace, Rule, Bar, Arrow, Ellipsis, AtLeast                            string
	Spark                                                                             []string // rising levels
	ASCII                                                                             bool

	Up, Down, Dot, Approx, Enter string // sort arrows, a separator, "about", the enter key
}

// Unicode gives the narrow signs: none of them is an emoji or of ambiguous width
// in the terminals that were tried.
func Unicode() Glyphs {
	return Glyphs{
		Critical: "▲", Warning: "!", Working: "●", Idle: "○", Stopped: "■", Done: "✓", Silent: "◌", Failed: "✗", Estimate: "~", Select: "›",
		Full: "━", Empty: "╌", Pace: "┃", Rule: "─", Bar: "│", Arrow: "→", Ellipsis: "…", AtLeast: "≥",
		Spark: []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		Up:    "↑", Down: "↓", Dot: "·", Approx: "≈", Enter: "⏎",
	}
}

// ASCII gives the signs for terminals and fonts that know no others.
func ASCII() Glyphs {
	return Glyphs{
		Critical: "X", Warning: "!", Working: "*", Idle: "o", Stopped: "#", Done: "v", Silent: "?", Failed: "x", Estimate: "~", Select: ">",
		Full: "#", Empty: "-", Pace: "|", Rule: "-", Bar: "|", Arrow: "->", Ellipsis: ".", AtLeast: ">",
		Spark: []string{".", ".", "-", "-", "=", "+", "*", "#"},
		Up:    "^", Down: "v", Dot: "-", Approx: "~", Enter: "RET",
		ASCII: true,
	}
}
