package tui

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// menuResult is what a key press did to a menu.
type menuResult uint8

const (
	menuOpen   menuResult = iota // stays open
	menuChosen                   // the focused entry was chosen
	menuClosed                   // closed without a choice
)

// themePicker lists the themes; the root shows the focused one at once.
type themePicker struct {
	names []string
	focus int
}

// newThemePicker opens the list at the theme in use.
func newThemePicker(current string) themePicker {
	p := themePicker{names: themes.Names()}
	p.focus = max(0, slices.Index(p.names, current))
	return p
}

// key moves or ends the picker.
func (p *themePicker) key(k tea.KeyPressMsg, keys *keyMap) menuResult {
	res := menuOpen
	p.focus, res = menuKey(k, keys, p.focus, len(p.names))
	if key.Matches(k, keys.Theme) {
		res = menuClosed
	}
	return res
}

// menuKey handles the keys that all menus share: moving, a digit that moves the
// focus, enter and esc.
func menuKey(k tea.KeyPressMsg, keys *keyMap, focus, n int) (int, menuResult) {
	switch {
	case key.Matches(k, keys.Up):
		focus--
	case key.Matches(k, keys.Down):
		focus++
	case key.Matches(k, keys.Home, keys.PageUp):
		focus = 0
	case key.Matches(k, keys.End, keys.PageDown):
		focus = n - 1
	case key.Matches(k, keys.Open):
		return focus, menuChosen
	case key.Matches(k, keys.Back):
		return focus, menuClosed
	case len(k.Text) == 1 && k.Text[0] >= '1' && k.Text[0] <= '9' && int(k.Text[0]-'1') < n:
		focus = int(k.Text[0] - '1')
	}
	return clampRow(focus, n), menuOpen
}

// theme is the focused theme's name.
func (p themePicker) theme() string {
	if p.focus < 0 || p.focus >= len(p.names) {
		return "auto"
	}
	return p.names[p.focus]
}

// describe says in a few words whom a theme is for.
func describe(theme string) string {
	switch theme {
	case "auto":
		return "the terminal's own"
	case "dark":
		return "for dark screens"
	case "light":
		return "for light screens"
	case "cvd":
		return "colour-blind safe"
	case "mono":
		return "no colour at all"
	case "contrast":
		return "highest contrast"
	case "solar-dark", "solar-light":
		return "soft, after Solarized"
	}
	return ""
}

// View draws the picker as a box of at most width × height, to be laid over the screen.
func (p themePicker) View(width, height int, st themes.Styles) string {
	g := st.Glyphs
	sample := []string{
		st.OK.Render(g.Working+" working") + "  " + st.Warn.Render(g.Warning+" warning") + "  " + st.Crit.Render(g.Critical+" critical"),
		st.Accent.Render("accent") + "  " + st.Muted.Render("muted") + "  " + gauge(40, 6, st) + " " + gauge(80, 6, st) + " " + gauge(100, 6, st),
	}
	room := height - 2
	if height < 3 {
		room = height
	}
	withSample := room >= len(p.names)+len(sample)+1
	if withSample {
		room -= len(sample) + 1
	}
	from, to := visible(len(p.names), p.focus, room)
	var lines []string
	for i := from; i < to; i++ {
		lines = append(lines, menuRow(padRight(p.names[i], 12), describe(p.names[i]), i == p.focus, min(width-4, 44), st))
	}
	if withSample {
		lines = append(append(lines, ""), sample...)
	}
	return box("Theme", lines, "enter keep "+g.Dot+" esc back", width, height, st)
}

// menuRow is one entry of a menu: its name and what it is.
func menuRow(name, about string, selected bool, w int, st themes.Styles) string {
	rs := rowStyles(st, selected)
	mark := "  "
	if selected {
		mark = st.Glyphs.Select + " "
	}
	row := rs.Text.Render(mark+name) + rs.Text.Render(" ") + rs.Muted.Render(about)
	return finishRow(row, w, st, selected)
}
