package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// keyMap is every key of the screen, declared once: input, footer and help are
// made from it. One letter means the same on every screen.
type keyMap struct {
	Up, Down, PageUp, PageDown, Home, End  key.Binding
	Open, Back, NextChip, PrevChip, Filter key.Binding
	Sort, Reverse, Group, Freeze           key.Binding
	ZoomIn, ZoomOut, Chart, Scale, Layout  key.Binding
	Copy, Notices, Theme, Mouse, Rescan    key.Binding
	Help, Redraw, Suspend, Quit            key.Binding
	Runs, Exceptions, Budgets, Day         key.Binding
	Prev, Next                             key.Binding
	Ack, Snooze, Extend, Dismiss, Label    key.Binding
	Stop, Downgrade, TakeOver              key.Binding
	SkipHistory                            key.Binding
}

// newKeyMap gives the keys. arrows are drawn as signs, or as words where the
// screen is limited to ASCII.
func newKeyMap(ascii bool) *keyMap {
	up, down, left, right := "↑", "↓", "←", "→"
	if ascii {
		up, down, left, right = "up", "down", "left", "right"
	}
	bind := func(help, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, does))
	}
	return &keyMap{
		Up:       bind(up+" k", "row up", "up", "k"),
		Down:     bind(down+" j", "row down", "down", "j"),
		PageUp:   bind("pgup", "page up", "pgup"),
		PageDown: bind("pgdn", "page down", "pgdown"),
		Home:     bind("home", "first row", "home"),
		End:      bind("end", "last row", "end"),
		Open:     bind("enter", "open", "enter"),
		Back:     bind("esc", "back, clear filter", "esc"),
		NextChip: bind("tab", "next chip", "tab"),
		PrevChip: bind("shift+tab", "previous chip", "shift+tab"),
		Filter:   bind("/", "filter", "/"),

		Sort:    bind("s", "sort by next column", "s"),
		Reverse: bind("S", "reverse the order", "S", "shift+s"),
		Group:   bind("g", "group", "g"),
		Freeze:  bind("p", "freeze the screen", "p"),
		ZoomIn:  bind("[", "shorter range", "["),
		ZoomOut: bind("]", "longer range", "]"),
		Chart:   bind("c", "kind of chart", "c"),
		Scale:   bind("C", "one scale for all sparklines", "C", "shift+c"),
		Layout:  bind("w", "layout", "w"),

		Copy:    bind("y", "copy", "y"),
		Notices: bind("f2", "notices", "f2"),
		Theme:   bind("t", "theme", "t"),
		Mouse:   bind("m", "mouse on, off", "m"),
		Rescan:  bind("r", "look at all files again", "r"),
		Help:    bind("?", "help", "?", "f1"),
		Redraw:  bind("ctrl+l", "redraw", "ctrl+l"),
		Suspend: bind("ctrl+z", "suspend", "ctrl+z"),
		Quit:    bind("q", "quit", "q", "ctrl+c"),

		Runs:       bind("1", "runs", "1"),
		Exceptions: bind("2", "exceptions", "2"),
		Budgets:    bind("4 b", "budgets", "4", "b"),
		Day:        bind("5", "day summary", "5"),
		Prev:       bind(left, "previous", "left"),
		Next:       bind(right, "next", "right"),

		Ack:     bind("a", "acknowledge", "a"),
		Snooze:  bind("z", "snooze", "z"),
		Extend:  bind("e", "extend its budget", "e"),
		Dismiss: bind("D", "dismiss", "D", "shift+d"),
		Label:   bind("l", "task and client of the run", "l"),

		Stop:      bind("x", "stop the run, or later", "x"),
		Downgrade: bind("d", "downgrade the run", "d"),
		TakeOver:  bind("o", "take the run over", "o"),

		SkipHistory: bind("esc", "skip history", "esc"),
	}
}

// step is how far a key moves a focus in a list: rows down, or up where it is
// negative; its ends are far away. moves is false for every other key.
func (k *keyMap) step(msg tea.KeyPressMsg, page int) (rows int, moves bool) {
	const far = 1 << 30
	for _, m := range []struct {
		key  key.Binding
		rows int
	}{{k.Up, -1}, {k.Down, 1}, {k.PageUp, -page}, {k.PageDown, page}, {k.Home, -far}, {k.End, far}} {
		if key.Matches(msg, m.key) {
			return m.rows, true
		}
	}
	return 0, false
}
