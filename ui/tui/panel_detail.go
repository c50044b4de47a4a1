package tui

import (
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// detailPanel draws the selected run beside the list. d is nil until the monitor has sent it.
func detailPanel(run monitor.Run, d *monitor.RunDetail, width, height int, st themes.Styles) string {
	return ""
}
