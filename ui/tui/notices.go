package tui

import (
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// noticeBanners draws notices in at most limit lines; "" where there are none.
func noticeBanners(ns []monitor.Notice, width, limit int, st themes.Styles) string {
	return ""
}
