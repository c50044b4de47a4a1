package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// runState is what the user chose on a run's own screen.
type runState struct {
	id model.RunID
}

// newRunState opens the screen of a run.
func newRunState(id model.RunID) runState { return runState{id: id} }

// key handles a key press; handled is false where the root shall have it (esc: back to the list).
func (r *runState) key(k tea.KeyPressMsg, keys keyMap, s monitor.Snapshot) (handled bool) {
	return false
}

// runScreen draws a run's own screen: width cells, at most height lines, footer not included.
func runScreen(s monitor.Snapshot, ui runState, width, height int, st themes.Styles) string {
	return ""
}
