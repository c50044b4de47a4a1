package tui

import (
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
type themePicker struct{}

// newThemePicker opens the list at the theme in use.
func newThemePicker(current string) themePicker { return themePicker{} }

// key moves or ends the picker.
func (p *themePicker) key(k tea.KeyPressMsg, keys keyMap) menuResult { return menuClosed }

// theme is the focused theme's name.
func (p themePicker) theme() string { return "auto" }

// View draws the picker as a box of at most width × height, to be laid over the screen.
func (p themePicker) View(width, height int, st themes.Styles) string { return "" }
