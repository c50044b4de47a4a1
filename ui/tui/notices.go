package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// noticeBanners draws notices in at most limit lines; "" where there are none.
// Each has its cause first, then what it means for the numbers, then the fix.
func noticeBanners(ns []monitor.Notice, width, limit int, st themes.Styles) string {
	if width <= 0 || limit <= 0 || len(ns) == 0 {
		return ""
	}
	var lines []string
	for i, n := range ns {
		n = safeNotice(n)
		banner := noticeBanner(n, width, st)
		left := len(ns) - i
		spare := limit - len(lines)
		switch {
		case left > 1 && len(banner) >= spare:
			// room for this one is the room for saying that there are more
			if spare > 1 && len(banner) > 1 {
				lines = append(lines, banner[0])
				left--
			} else if spare > 1 {
				lines = append(lines, banner...)
				left--
			}
			lines = append(lines, ends(st.Warn.Render("!")+" "+moreNotices(left, len(lines) > 0), st.Muted.Render(firstFit(width-12, "f2 lists them", "f2")), width, st.Glyphs))
			return clip(lines, width, limit)
		case len(banner) > spare:
			banner = banner[:spare]
		}
		lines = append(lines, banner...)
	}
	return clip(lines, width, limit)
}

func safeNotice(n monitor.Notice) monitor.Notice {
	n.Text, n.Effect, n.Fix = safe(n.Text), safe(n.Effect), safe(n.Fix)
	return n
}

func moreNotices(n int, some bool) string {
	if some {
		return fmt.Sprintf("%d more", n)
	}
	return count(n, "notice")
}

// noticeBanner is one line where all of it fits, else two.
func noticeBanner(n monitor.Notice, w int, st themes.Styles) []string {
	g := st.Glyphs
	mark := st.Warn.Render("!") + " "
	effect := n.Effect
	if effect != "" {
		effect = " " + effect
	}
	hint := ""
	if n.Fix != "" {
		hint = st.Muted.Render("f2 y copy")
	}
	if one := cells(n.Text+effect) + 2; n.Fix == "" && one <= w {
		return []string{mark + n.Text + st.Muted.Render(effect)}
	} else if all := one + 2 + cells(n.Fix) + 2 + cells(hint); n.Fix != "" && all <= w {
		return []string{ends(mark+n.Text+st.Muted.Render(effect)+"  "+st.Key.Render(n.Fix), hint, w, g)}
	}
	second := n.Effect
	if n.Fix != "" {
		fix := st.Key.Render(n.Fix)
		switch room := w - 2 - cells(n.Fix) - 2; {
		case second == "":
			second = fix
		case room-cells(hint)-1 >= cells(second):
			second = st.Muted.Render(second) + "  " + fix
		case room >= cells(second):
			second, hint = st.Muted.Render(second)+"  "+fix, ""
		default: // the fix matters more than the effect: the list on f2 has both
			second = fix
		}
		if cells(second)+2+cells(hint)+1 > w {
			hint = ""
		}
	} else {
		second = st.Muted.Render(second)
	}
	lines := []string{mark + cut(n.Text, w-2, g)}
	if n.Effect+n.Fix != "" {
		lines = append(lines, ends("  "+second, hint, w, g))
	}
	return lines
}

// noticeList is the screen of all notices. The focus is on a notice itself.
type noticeList struct {
	focus monitor.Notice // zero: the first
}

// key moves the focus; handled is false for every other key.
func (l *noticeList) key(k tea.KeyPressMsg, keys *keyMap, ns []monitor.Notice) (handled bool) {
	step, moves := keys.step(k, page)
	if !moves {
		return false
	}
	if len(ns) > 0 {
		l.focus = ns[clampRow(l.index(ns)+step, len(ns))]
	}
	return true
}

func (l noticeList) index(ns []monitor.Notice) int {
	for i, n := range ns {
		if n == l.focus {
			return i
		}
	}
	return 0
}

// choice is the fix of the notice in focus, to be copied; "" where it has none.
func (l noticeList) choice(ns []monitor.Notice) (what, text string) {
	if len(ns) == 0 {
		return "", ""
	}
	return "fix", safe(ns[l.index(ns)].Fix)
}

// View draws the notices, the newest first, the one in focus with its whole text.
func (l noticeList) View(s monitor.Snapshot, width, height int, st themes.Styles) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	g := st.Glyphs
	if len(s.Notices) == 0 {
		return clip([]string{rule("NOTICES", "", width, st), "", cut("  Nothing to report: all files can be read.", width, g)}, width, height)
	}
	focus := l.index(s.Notices)
	right := fmt.Sprintf("%d of %d", focus+1, len(s.Notices))
	lines := []string{rule("NOTICES", right, width, st)}
	blocks := make([][]string, len(s.Notices))
	for i, n := range s.Notices {
		blocks[i] = noticeBlock(safeNotice(n), i == focus, s, width, st)
	}
	// the one in focus is shown whole, with as many before it as there is room for
	from, used := focus, len(blocks[focus])
	for from > 0 && used+len(blocks[from-1]) <= max(0, height-1)/2 {
		from--
		used += len(blocks[from])
	}
	for _, b := range blocks[from:] {
		lines = append(lines, b...)
	}
	return clip(lines, width, height)
}

func noticeBlock(n monitor.Notice, focused bool, s monitor.Snapshot, w int, st themes.Styles) []string {
	g := st.Glyphs
	mark := " "
	if focused {
		mark = g.Select
	}
	at := clockTime(n.At, s.Zone)
	if w < 40 {
		at = ""
	}
	limit := 1
	if focused {
		limit = 6
	}
	texts := wrapText(n.Text, w-5-cells(at), limit, g)
	if len(texts) == 0 {
		texts = []string{""}
	}
	style := st.Text
	if focused {
		style = st.Bold
	}
	lines := []string{ends(st.Accent.Render(mark)+st.Warn.Render("!")+" "+style.Render(texts[0]), st.Muted.Render(at), w, g)}
	for _, t := range texts[1:] {
		lines = append(lines, "   "+style.Render(t))
	}
	for _, t := range wrapText(n.Effect, w-3, limit, g) {
		lines = append(lines, "   "+st.Muted.Render(t))
	}
	fixes := wrapText(n.Fix, w-3, limit, g)
	for i, t := range fixes {
		line := "   " + st.Key.Render(t)
		if focused && i == len(fixes)-1 && cells(line)+10 <= w {
			line = ends(line, st.Muted.Render("y copy"), w, g)
		}
		lines = append(lines, line)
	}
	return append(lines, "")
}
