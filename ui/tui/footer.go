package tui

import (
	"charm.land/bubbles/v2/key"

	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// hint is a key with a word short enough for the footer.
type hint struct {
	key  key.Binding
	word string
	sign string // instead of the key's own help, ""
}

// footer draws the keys of the screen: the first ones first, dropped from the
// right where the width ends. The last ones stay whatever the width: help and quit.
func footer(hints []hint, stay int, width int, st themes.Styles) string {
	const gap = "  "
	name := func(h hint) string {
		if h.sign != "" {
			return h.sign
		}
		return h.key.Help().Key
	}
	size := func(h hint, short bool) int {
		if short {
			return cells(name(h)) + 1
		}
		return cells(name(h)) + 1 + cells(h.word) + len(gap)
	}
	if stay > len(hints) {
		stay = len(hints)
	}
	kept := hints[len(hints)-stay:]
	need := 0
	for _, h := range kept {
		need += size(h, false)
	}
	short := need-len(gap) > width || width < 32
	need = 0
	for _, h := range kept {
		need += size(h, short)
	}
	var shown []hint
	for _, h := range hints[:len(hints)-stay] {
		if need+size(h, short) > width+len(gap) {
			break
		}
		need += size(h, short)
		shown = append(shown, h)
	}
	line := ""
	for i, h := range append(shown, kept...) {
		if i > 0 {
			line += gap[:1]
			if !short {
				line += gap[1:]
			}
		}
		line += st.Key.Render(name(h))
		if !short {
			line += " " + st.Muted.Render(h.word)
		}
	}
	return cut(line, width, st.Glyphs)
}

// moveSign names both keys that move.
func moveSign(g themes.Glyphs) string {
	if g.ASCII {
		return "up/down"
	}
	return "↑/↓"
}

// runHints are the keys of a run's own screen besides those of every screen.
func runHints(k keyMap, g themes.Glyphs) []hint {
	return []hint{
		{key: k.Back, word: "back"},
		{key: k.Down, word: "move", sign: moveSign(g)},
		{key: k.NextChip, word: "view"},
		{key: k.Open, word: "open"},
		{key: k.Filter, word: "filter tools"},
		{key: k.Sort, word: "sort"},
		{key: k.Chart, word: "chart"},
		{key: k.Copy, word: "copy"},
	}
}

// mainHints are the keys of the main screen.
func mainHints(k keyMap, reading bool, g themes.Glyphs) []hint {
	var out []hint
	if reading {
		out = append(out, hint{key: k.SkipHistory, word: "skip history"})
	}
	return append(out,
		hint{key: k.Down, word: "move", sign: moveSign(g)},
		hint{key: k.Open, word: "open"},
		hint{key: k.Filter, word: "filter"},
		hint{key: k.Sort, word: "sort"},
		hint{key: k.Group, word: "group"},
		hint{key: k.ZoomIn, word: "range", sign: "[ ]"},
		hint{key: k.Freeze, word: "freeze"},
		hint{key: k.Copy, word: "copy"},
		hint{key: k.Chart, word: "chart"},
		hint{key: k.Layout, word: "layout"},
		hint{key: k.Theme, word: "theme"},
		hint{key: k.Help, word: "help"},
		hint{key: k.Quit, word: "quit"},
	)
}
