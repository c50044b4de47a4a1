package picture

import (
	"fmt"
	"strings"
)

// arms are the lines from the middle of a cell to its edges that a box character
// is made of, in tenths of a pixel of width: left, right, up, down.
type arms struct {
	left, right, up, down int
	round                 bool
}

const (
	light = 13
	heavy = 28
)

// boxes are the box characters that screens use.
func box(s string) (arms, bool) {
	switch s {
	case "─":
		return arms{left: light, right: light}, true
	case "━":
		return arms{left: heavy, right: heavy}, true
	case "│":
		return arms{up: light, down: light}, true
	case "┃":
		return arms{up: heavy, down: heavy}, true
	case "┌":
		return arms{right: light, down: light}, true
	case "┐":
		return arms{left: light, down: light}, true
	case "└":
		return arms{right: light, up: light}, true
	case "┘":
		return arms{left: light, up: light}, true
	case "├":
		return arms{right: light, up: light, down: light}, true
	case "┤":
		return arms{left: light, up: light, down: light}, true
	case "┬":
		return arms{left: light, right: light, down: light}, true
	case "┴":
		return arms{left: light, right: light, up: light}, true
	case "┼":
		return arms{left: light, right: light, up: light, down: light}, true
	case "╶":
		return arms{right: light}, true
	case "╴":
		return arms{left: light}, true
	case "╭":
		return arms{right: light, down: light, round: true}, true
	case "╮":
		return arms{left: light, down: light, round: true}, true
	case "╰":
		return arms{right: light, up: light, round: true}, true
	case "╯":
		return arms{left: light, up: light, round: true}, true
	}
	return arms{}, false
}

// eighths is how many eighths of a cell a block character fills from below; 0: none.
func eighths(s string) int {
	if i := strings.Index("▁▂▃▄▅▆▇█", s); i >= 0 && s != "" {
		return i/len("▁") + 1
	}
	return 0
}

func isShape(s string) bool {
	_, ok := box(s)
	return ok || s == "╌" || eighths(s) > 0
}

// shapes draws a stretch of box and block characters, as one filled and one
// stroked path. Equal neighbours that go from edge to edge become one rectangle.
func (d *drawing) shapes(x, top int, s stretch) {
	var fill, stroke strings.Builder
	for i := 0; i < len(s.text); {
		n := 1
		for i+n < len(s.text) && s.text[i+n] == s.text[i] {
			n++
		}
		left, width := x+i*cellWidth, n*cellWidth
		a, isBox := box(s.text[i])
		switch {
		case eighths(s.text[i]) > 0:
			h := float64(eighths(s.text[i])) * cellHeight / 8
			rect(&fill, float64(left), float64(top+cellHeight)-h, float64(width), h)
		case s.text[i] == "╌":
			for k := range n {
				at := float64(left + k*cellWidth)
				rect(&fill, at+0.5, float64(top)+cellHeight/2-light/20.0, 3, light/10.0)
				rect(&fill, at+5, float64(top)+cellHeight/2-light/20.0, 3, light/10.0)
			}
		case isBox && a.round:
			for k := range n {
				corner(&stroke, left+k*cellWidth, top, a)
			}
		case isBox && a.left > 0 && a.left == a.right && a.up == 0 && a.down == 0:
			rect(&fill, float64(left), float64(top)+cellHeight/2-float64(a.left)/20, float64(width), float64(a.left)/10)
		case isBox:
			for k := range n {
				cross(&fill, float64(left+k*cellWidth), float64(top), a)
			}
		}
		i += n
	}
	if fill.Len() > 0 {
		d.printf(`<path d="%s" fill="%s"/>`+"\n", fill.String(), s.look.fg)
	}
	if stroke.Len() > 0 {
		d.printf(`<path d="%s" fill="none" stroke="%s" stroke-width="%s"/>`+"\n", stroke.String(), s.look.fg, number(light/10.0))
	}
}

// cross draws the arms of a box character as rectangles that meet in the middle.
func cross(b *strings.Builder, x, y float64, a arms) {
	const mx, my = cellWidth / 2.0, cellHeight / 2.0
	half := float64(max(a.left, a.right, a.up, a.down)) / 20
	if a.left > 0 {
		rect(b, x, y+my-float64(a.left)/20, mx+half, float64(a.left)/10)
	}
	if a.right > 0 {
		rect(b, x+mx-half, y+my-float64(a.right)/20, mx+half, float64(a.right)/10)
	}
	if a.up > 0 {
		rect(b, x+mx-float64(a.up)/20, y, float64(a.up)/10, my+half)
	}
	if a.down > 0 {
		rect(b, x+mx-float64(a.down)/20, y+my-half, float64(a.down)/10, my+half)
	}
}

// corner draws a rounded corner from the side edge to the upper or lower one.
func corner(b *strings.Builder, x, y int, a arms) {
	side, end := float64(x), float64(y)
	if a.right > 0 {
		side += cellWidth
	}
	if a.down > 0 {
		end += cellHeight
	}
	mx, my := float64(x)+cellWidth/2.0, float64(y)+cellHeight/2.0
	r := cellWidth / 2.0
	toward := my + r
	if a.up > 0 {
		toward = my - r
	}
	fmt.Fprintf(b, "M%s %sQ%s %s %s %sV%s", number(side), number(my), number(mx), number(my), number(mx), number(toward), number(end))
}

func rect(b *strings.Builder, x, y, w, h float64) {
	fmt.Fprintf(b, "M%s %sh%sv%sh-%sz", number(x), number(y), number(w), number(h), number(w))
}

// number writes at most two decimals, and none that is not needed.
func number(f float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), ".")
}
