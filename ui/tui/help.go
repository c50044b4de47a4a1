package tui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// keyGroup is a part of the help.
type keyGroup struct {
	title string
	keys  []key.Binding
}

// groups gives every key by what it is for: the help is made from it.
func (k keyMap) groups() []keyGroup {
	return []keyGroup{
		{"Move", []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.Home, k.End, k.Open, k.Back}},
		{"List", []key.Binding{k.NextChip, k.PrevChip, k.Filter, k.Sort, k.Reverse, k.Group, k.Freeze, k.Copy}},
		{"View", []key.Binding{k.ZoomIn, k.ZoomOut, k.Chart, k.Scale, k.Layout, k.Theme}},
		{"General", []key.Binding{k.Help, k.Notices, k.Rescan, k.Redraw, k.Mouse, k.Suspend, k.Quit}},
	}
}

// helpView is the help over the whole screen; search is what to look for in it.
type helpView struct {
	keys    keyMap
	version string
	search  string
	top     int // first line shown
}

// lines gives the help in one column of width cells.
func (h helpView) lines(width int, st themes.Styles) []string {
	want := strings.ToLower(h.search)
	var out []string
	section := func(title string, body []string) {
		if len(body) > 0 {
			if len(out) > 0 {
				out = append(out, "")
			}
			out = append(append(out, "  "+st.Bold.Render(title)), body...)
		}
	}
	for _, g := range h.keys.groups() {
		var body []string
		for _, b := range g.keys {
			keys, does := b.Help().Key, b.Help().Desc
			if len(b.Keys()) > 1 && (b.Keys()[1] == "f1" || b.Keys()[1] == "ctrl+c") {
				keys += " " + b.Keys()[1]
			}
			if want == "" || strings.Contains(strings.ToLower(keys+" "+does+" "+g.title), want) {
				body = append(body, "  "+st.Key.Render(padRight(keys, 10))+" "+cut(does, width-13, st.Glyphs))
			}
		}
		section(g.title, body)
	}
	section("Signs", h.signs(want, width, st))
	return out
}

func (h helpView) signs(want string, width int, st themes.Styles) []string {
	var out []string
	add := func(sign, does string) {
		if want == "" || strings.Contains(strings.ToLower(does), want) {
			out = append(out, "  "+sign+spaces(11-cells(sign))+cut(does, width-13, st.Glyphs))
		}
	}
	for _, s := range []struct {
		state monitor.State
		does  string
	}{
		{monitor.StateWorking, "working: a turn runs"},
		{monitor.StateSilent, "silent: no data for 2 min"},
		{monitor.StateIdle, "idle: the last turn ended"},
		{monitor.StateDone, "done"},
		{monitor.StateStopped, "stopped: turn aborted"},
		{monitor.StateFailed, "failed, or died in a turn"},
	} {
		text, style := sign(s.state, st)
		add(style.Render(text), s.does)
	}
	g := st.Glyphs
	add(g.AtLeast, "at least: a part unpriced")
	add("?", "no price is known")
	add("API"+g.Approx, "API prices, a plan may pay")
	add("CTX", "context, as /status counts")
	return out
}

// room is how many lines of the help are shown at once.
func (h helpView) room(height int) int {
	if height < 10 {
		return max(0, height-1)
	}
	return height - 2
}

// body gives all lines of the help: two columns where there is room.
func (h helpView) body(width int, st themes.Styles) []string {
	columns := 1
	if width >= 76 {
		columns = 2
	}
	each := (width - 2*(columns-1)) / columns
	lines := h.lines(each, st)
	if len(lines) == 0 {
		lines = []string{"  " + st.Muted.Render("no key for that")}
	}
	if half := splitAt(lines); columns == 2 && half < len(lines) {
		left, right := lines[:half], lines[half+1:]
		n := max(len(left), len(right))
		l, r := strings.Split(block(strings.Join(left, "\n"), each, n), "\n"), strings.Split(block(strings.Join(right, "\n"), each, n), "\n")
		lines = make([]string, n)
		for i := range lines {
			lines[i] = l[i] + "  " + r[i]
		}
	}
	if h.search == "" {
		lines = append(lines, "", "  "+st.Muted.Render("Quitting never stops a Codex run."))
	}
	return lines
}

// View draws the help from its line top on.
func (h helpView) View(width, height int, st themes.Styles) string {
	lines := h.body(width, st)
	room := h.room(height)
	top := max(0, min(h.top, len(lines)-room))
	shown := lines[top:min(len(lines), top+room)]
	right := h.version
	if len(shown) < len(lines) {
		right = fmt.Sprintf("%d-%d of %d", top+1, top+len(shown), len(lines))
	}
	title := st.Bold.Render("Sentinel") + st.Muted.Render(" "+st.Glyphs.Select+" ") + st.Bold.Render("Help")
	out := []string{ends(title, st.Muted.Render(right), width, st.Glyphs)}
	if height >= 10 {
		out = append(out, "")
	}
	return strings.Join(append(out, shown...), "\n")
}

// splitAt gives the line nearest to the middle at which a section begins.
func splitAt(lines []string) int {
	best := len(lines)
	for i, l := range lines {
		if l == "" && abs(2*i-len(lines)) < abs(2*best-len(lines)) {
			best = i
		}
	}
	return best
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
