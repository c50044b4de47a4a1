package tui

import (
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// readingView draws how far history is read, above the run list.
func readingView(s monitor.Snapshot, width, height int, st themes.Styles) string { return "" }
