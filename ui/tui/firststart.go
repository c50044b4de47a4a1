package tui

import (
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// firstStart draws what is shown while there is no session at all.
func firstStart(s monitor.Snapshot, width, height int, st themes.Styles) string { return "" }
