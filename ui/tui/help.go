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
	rows  []keyRow // the same keys, those that belong together in one row
}

// keyRow is a row of the help; does is said instead of what its keys say.
type keyRow struct {
	keys []key.Binding
	does string
}

func newKeyGroup(title string, rows ...keyRow) keyGroup {
	g := keyGroup{title: title, rows: rows}
	for _, r := range rows {
		g.keys = append(g.keys, r.keys...)
	}
	return g
}

// groups gives every key by what it is for: the help is made from it.
func (k *keyMap) groups() []keyGroup {
	one := func(b key.Binding) keyRow { return keyRow{keys: []key.Binding{b}} }
	two := func(a, b key.Binding, does string) keyRow { return keyRow{[]key.Binding{a, b}, does} }
	return []keyGroup{
		newKeyGroup("Move", two(k.Up, k.Down, "row"), two(k.PageUp, k.PageDown, "page"), two(k.Home, k.End, "first, last row"), one(k.Open), one(k.Back)),
		newKeyGroup("List", two(k.NextChip, k.PrevChip, "next, previous chip"), one(k.Filter), two(k.Sort, k.Reverse, "next sort, reverse"),
			one(k.Group), one(k.Freeze), one(k.Copy)),
		newKeyGroup("Run", one(k.Stop), one(k.Downgrade), one(k.TakeOver)),
		newKeyGroup("Exceptions", one(k.Ack), one(k.Snooze), one(k.Extend), one(k.Dismiss), keyRow{[]key.Binding{k.Label}, "label task, client"}),
		newKeyGroup("Screens", one(k.Runs), one(k.Exceptions), one(k.Budgets), one(k.Day), two(k.Prev, k.Next, "previous, next")),
		newKeyGroup("View", two(k.ZoomIn, k.ZoomOut, "shorter, longer range"), one(k.Chart), keyRow{[]key.Binding{k.Scale}, "one scale for all"},
			one(k.Layout), one(k.Theme)),
		newKeyGroup("General", one(k.Help), one(k.Notices), one(k.Rescan), one(k.Redraw), one(k.Mouse), one(k.Suspend),
			keyRow{[]key.Binding{k.Quit}, "quit; runs go on"}),
	}
}

// helpView is the help over the whole screen; search is what to look for in it.
type helpView struct {
	keys     *keyMap
	version  string
	search   string
	top      int  // first line shown
	readOnly bool // the keys that act on runs are left out
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
		if h.readOnly && g.keys[0].Help() == h.keys.Stop.Help() {
			continue
		}
		var body []string
		for _, row := range g.rows {
			keys, does := row.help()
			if want == "" || strings.Contains(strings.ToLower(keys+" "+does+" "+row.words()+" "+g.title), want) {
				body = append(body, "  "+st.Key.Render(padRight(keys, helpKeyCells))+" "+cut(does, width-helpKeyCells-3, st.Glyphs))
			}
		}
		section(g.title, body)
	}
	section("Signs", h.signs(want, width, st))
	return out
}

// helpKeyCells is the width of the column of keys.
const helpKeyCells = 13

// help gives the keys of a row and what they do.
func (r keyRow) help() (keys, does string) {
	var names, words []string
	for _, b := range r.keys {
		names, words = append(names, b.Help().Key), append(words, b.Help().Desc)
		if len(b.Keys()) > 1 && (b.Keys()[1] == "f1" || b.Keys()[1] == "ctrl+c") {
			names = append(names, b.Keys()[1])
		}
	}
	if r.does != "" {
		words = []string{r.does}
	}
	return strings.Join(names, " "), strings.Join(words, ", ")
}

// words is all that its keys say, to be found by.
func (r keyRow) words() string {
	var out []string
	for _, b := range r.keys {
		out = append(out, b.Help().Desc)
	}
	return strings.Join(out, " ")
}

func (h helpView) signs(want string, width int, st themes.Styles) []string {
	var out []string
	add := func(sign, does string) {
		if want == "" || strings.Contains(strings.ToLower(does), want) {
			out = append(out, "  "+sign+spaces(helpKeyCells+1-cells(sign))+cut(does, width-helpKeyCells-3, st.Glyphs))
		}
	}
	for _, s := range []struct {
		state monitor.State
		does  string
	}{
		{monitor.StateWorking, "working: a turn runs"},
		{monitor.StateSilent, "silent: no data 2 min"},
		{monitor.StateIdle, "idle: turn ended"},
		{monitor.StateDone, "done"},
		{monitor.StateStopped, "stopped: turn aborted"},
		{monitor.StateFailed, "failed, or died"},
	} {
		text, style := sign(s.state, st)
		add(style.Render(text), s.does)
	}
	g := st.Glyphs
	add(st.Crit.Render(g.Critical), "critical exception")
	add(st.Warn.Render(g.Warning), "warning")
	add(g.Pace, "where a plan expects it")
	add(g.AtLeast, "at least: part unpriced")
	add("?", "no price is known")
	add("API"+g.Approx, "at API prices")
	add("CTX", "context, as in /status")
	add(g.Arrow+"$5 "+g.Arrow+"end", "an order: stops there")
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
