package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// copyMenu offers what can be copied of a run.
type copyMenu struct{}

// newCopyMenu opens the menu for a run: session id, resume command, folder, row as text.
func newCopyMenu(run monitor.Run) copyMenu { return copyMenu{} }

// key moves or ends the menu.
func (c *copyMenu) key(k tea.KeyPressMsg, keys keyMap) menuResult { return menuClosed }

// choice is the focused entry: what it is ("session id") and its text.
func (c copyMenu) choice() (what, text string) { return "", "" }

// View draws the menu as a box of at most width × height, to be laid over the screen.
func (c copyMenu) View(width, height int, st themes.Styles) string { return "" }
