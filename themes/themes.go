// Package themes holds the palettes and the styles that are built from them. It
// is the only place that names a colour.
package themes

import "charm.land/lipgloss/v2"

// Styles is what a face draws with, by meaning. State is never told by a style
// alone: a sign or a word always stands beside it.
type Styles struct {
	Name                                        string
	Text, Muted, Accent, OK, Warn, Crit, Info   lipgloss.Style
	Bold, Frame, Selected, Alert, Key           lipgloss.Style
	GaugeFull, GaugeEmpty, GaugeWarn, GaugeCrit lipgloss.Style
	Spark                                       [4]lipgloss.Style
	Chart                                       [6]lipgloss.Style
	Glyphs                                      Glyphs
}

// Glyphs are the signs of a screen: narrow ones in Unicode, or plain ASCII.
type Glyphs struct {
	Critical, Warning, Working, Idle, Stopped, Done, Silent, Failed, Estimate, Select string
	Full, Empty, Pace, Rule, Bar, Arrow, Ellipsis, AtLeast                            string
	Spark                                                                             []string // rising levels
	ASCII                                                                             bool
}
