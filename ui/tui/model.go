// Package tui is the live screen: a Bubble Tea program that shows snapshots and
// sends intents. It touches no file, no process and no clock; time comes with the
// snapshot.
package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// Options are what a screen needs to know besides snapshots.
type Options struct {
	Styles  themes.Styles        // zero: built from Theme and Look
	Theme   string               // name of the theme, "" is auto
	Look    themes.Options       // the terminal, for building styles when the theme changes
	ASCII   bool                 // no other signs than ASCII
	Compact bool                 // start with the compact layout
	Version string               // shown in the help
	Send    func(monitor.Intent) // takes what the user asks for; must not block; nil: nothing is sent
	Copy    func(string) error   // copies besides the terminal's own clipboard (OSC 52); nil: none
}

// screen is what fills the terminal.
type screen uint8

const (
	screenMain screen = iota
	screenRun
	screenHelp
	screenNotices
)

// SnapshotMsg brings the newest state.
type SnapshotMsg monitor.Snapshot

// Model is the root: it routes messages and lays out; components only draw.
type Model struct {
	opts          Options
	st            themes.Styles
	keys          keyMap
	width, height int
	snap          monitor.Snapshot
	screen        screen
	run           runState
}

// New gives the screen before its first snapshot.
func New(o Options) Model {
	return Model{opts: o, st: o.Styles, keys: newKeyMap(o.ASCII)}
}

// Init asks for nothing.
func (m Model) Init() tea.Cmd { return nil }

// Update takes one message in.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) { return m, nil }

// View draws the screen.
func (m Model) View() tea.View {
	v := tea.NewView("")
	v.AltScreen = true
	return v
}
