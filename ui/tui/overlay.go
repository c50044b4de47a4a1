package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// overlay lays a box over the middle of a screen of w × h cells.
func overlay(screen, box string, w, h int) string {
	if box == "" {
		return screen
	}
	lines := strings.Split(block(screen, w, h), "\n")
	rows := strings.Split(box, "\n")
	bw := 0
	for _, r := range rows {
		bw = max(bw, cells(r))
	}
	bw = min(bw, w)
	rows = strings.Split(block(box, bw, min(len(rows), h)), "\n")
	x, y := (w-bw)/2, max(0, (h-len(rows))/2)
	for i, r := range rows {
		line := lines[y+i]
		left := padRight(ansi.Truncate(line, x, ""), x)
		right := ansi.TruncateLeft(line, x+bw, "")
		right = padLeft(right, w-x-bw) // a wide sign that the box covers by half
		lines[y+i] = left + "\x1b[m" + r + "\x1b[m" + right
	}
	return strings.Join(lines, "\n")
}
