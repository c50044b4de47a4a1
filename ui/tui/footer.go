package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"

	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// hint is a key with a word short enough for the footer.
type hint struct {
	key  key.Binding
	word string
	sign string // instead of the key's own help, ""
	self bool   // the key says it all where there is little room
}

// footer draws the keys of the screen, most used first. Where the width ends they are left
// out from the right, but never the first (help, or the way back) nor the last (quit).
// Narrow screens have the keys without their words.
func footer(hints []hint, width int, st themes.Styles) string {
	for _, short := range []bool{width < 32, true} {
		gap := "  "
		parts := make([]string, len(hints))
		for i, h := range hints {
			name := h.sign
			if name == "" {
				name = h.key.Help().Key
			}
			parts[i] = st.Key.Render(name)
			if !short && !(h.self && width < 60) {
				parts[i] += " " + st.Muted.Render(h.word)
			}
		}
		if short && len(parts) > 6 { // a row of keys without words says little
			parts = append(parts[:5:5], parts[len(parts)-1])
		}
		for len(parts) > 2 && cells(strings.Join(parts, gap)) > width {
			parts = append(parts[:len(parts)-2:len(parts)-2], parts[len(parts)-1])
		}
		line := strings.Join(parts, gap)
		if cells(line) <= width || short {
			return cut(line, width, st.Glyphs)
		}
	}
	return ""
}

// moveSign names both keys that move.
func moveSign(g themes.Glyphs) string {
	if g.ASCII {
		return "up/down"
	}
	return "↑/↓"
}

// runHints are the keys of a run's own screen besides those of every screen.
func runHints(k *keyMap, deeds []hint, g themes.Glyphs) []hint {
	out := []hint{
		{key: k.Back, word: "back"},
		{key: k.Down, word: "move", sign: moveSign(g)},
		{key: k.NextChip, word: "view"},
		{key: k.Open, word: "open"},
	}
	return append(append(out, deeds...),
		hint{key: k.Filter, word: "filter tools"},
		hint{key: k.Sort, word: "sort"},
		hint{key: k.Chart, word: "chart"},
		hint{key: k.Copy, word: "copy"},
	)
}

// mainHints are the keys of the main screen, deeds those that act on the run in focus, acts those
// of its exception.
func mainHints(k *keyMap, reading bool, deeds, acts []hint, g themes.Glyphs) []hint {
	out := []hint{{key: k.Help, word: "help"}}
	if reading {
		out = append(out, hint{key: k.SkipHistory, word: "skip history"})
	}
	out = append(out,
		hint{key: k.Down, word: "move", sign: moveSign(g), self: len(deeds) > 0},
		hint{key: k.Open, word: "open", self: len(deeds) > 0})
	out = append(out, deeds...)
	if len(acts) > 0 {
		out = append(append(out, acts...), hint{key: k.Exceptions, word: "exceptions"})
	}
	return append(out,
		hint{key: k.Filter, word: "filter"},
		hint{key: k.Sort, word: "sort"},
		hint{key: k.Group, word: "group"},
		hint{key: k.ZoomIn, word: "range", sign: "[ ]"},
		hint{key: k.Freeze, word: "freeze"},
		hint{key: k.Copy, word: "copy"},
		hint{key: k.Chart, word: "chart"},
		hint{key: k.Layout, word: "layout"},
		hint{key: k.Budgets, word: "budgets", sign: "b"},
		hint{key: k.Day, word: "day"},
		hint{key: k.Theme, word: "theme"},
		hint{key: k.Quit, word: "quit"},
	)
}
