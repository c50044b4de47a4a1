package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// overlay lays a box over the middle of a screen of w × h cells.
func overlay(screen, box string, w, h int) string {
	x, y := overlayAt(box, w, h)
	return overlayOn(screen, box, w, h, x, y)
}

// overlayOn lays a box over a screen of w × h cells, its first cell at x and y.
func overlayOn(screen, box string, w, h, x, y int) string {
	if box == "" {
		return screen
	}
	lines := strings.Split(block(screen, w, h), "\n")
	rows := strings.Split(box, "\n")
	bw := boxWidth(rows, w)
	rows = strings.Split(block(box, bw, min(len(rows), h)), "\n")
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

// overlayAt is where [overlay] puts a box: its first cell and line.
func overlayAt(box string, w, h int) (x, y int) {
	rows := strings.Split(box, "\n")
	return (w - boxWidth(rows, w)) / 2, max(0, (h-min(len(rows), h))/2)
}

func boxWidth(rows []string, w int) int {
	n := 0
	for _, r := range rows {
		n = max(n, cells(r))
	}
	return min(n, w)
}
