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
		right := ""
		if room := w - x - bw; room > 0 {
			right = ansi.TruncateLeft(line, x+bw, "")
			if cells(right) > room { // a wide sign that the box covers by half
				right = ansi.TruncateLeft(line, x+bw+1, "")
			}
			right = padLeft(right, room)
		}
		// Cutting may change how signs join: the line is made to fit once more.
		lines[y+i] = block(left+"\x1b[m"+r+"\x1b[m"+right, w, 1)
	}
	return strings.Join(lines, "\n")
}
