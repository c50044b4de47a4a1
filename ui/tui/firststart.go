package tui

import (
	"fmt"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// firstStart draws what is shown while there is no session at all: what is watched,
// and how to get a run on the screen.
func firstStart(s monitor.Snapshot, width, height int, st themes.Styles) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	g := st.Glyphs
	indent := 2
	if width < 32 {
		indent = 0
	}
	pad := spaces(indent)
	title := pad + st.Bold.Render("No Codex session found yet.")
	if height < 5 || width < 24 {
		short := append([]string{title}, wrapText("A run shows up here by itself.", width, 3, g)...)
		return clip(short, width, height)
	}
	lines := []string{title, ""}
	lines = append(lines, watchedHomes(s.Source, indent, width, st)...)
	lines = append(lines, "")
	for _, l := range wrapText("Start a run in any terminal and it shows up here by itself:", width-indent, 3, g) {
		lines = append(lines, pad+l)
	}
	if height >= 14 {
		lines = append(lines, "")
	}
	lines = append(lines, commands([][2]string{{"codex", "interactive"}, {`codex exec "fix the bug"`, "one shot"}}, indent+4, width, st)...)
	lines = append(lines, "")
	lines = append(lines, labelled([][2]string{
		{"Sessions somewhere else?", "tokenburn --codex-home PATH   or  CODEX_HOME=PATH"},
		{"See it with sample data:", "tokenburn demo"},
	}, indent, width, st)...)
	lines = append(lines, "")
	for _, l := range wrapText("Nothing leaves this machine: Sentinel only reads these files.", width-indent, 3, g) {
		lines = append(lines, pad+st.Muted.Render(l))
	}
	if len(lines)+2 < height {
		lines = append([]string{""}, lines...)
	}
	if len(lines) > height { // blank lines are the first to go
		lines = dropBlank(lines, len(lines)-height)
	}
	return clip(lines, width, height)
}

// watchedHomes lists the folders that are watched, with what was found there.
func watchedHomes(src monitor.Source, indent, w int, st themes.Styles) []string {
	var lines []string
	label, longest := "Watching", 0
	for _, h := range src.Homes {
		longest = max(longest, cells(safe(h.Path)+"/archived_sessions"))
	}
	add := func(path, found string) {
		path, found = safe(path), safe(found)
		const labels = 10
		text := st.Muted.Render(padRight(label, labels))
		if w < 60 {
			if label != "" {
				lines = append(lines, spaces(indent)+st.Muted.Render(label))
			}
			text = "  "
		}
		label = ""
		if found != "" {
			found = "(" + found + ")"
		}
		room := w - indent - cells(text) - cells(found) - 2
		if room < 12 { // the path alone; what was found on its own line
			lines = append(lines, spaces(indent)+text+folder(path, "", max(4, w-indent-cells(text)), st.Glyphs), spaces(indent)+text+"  "+st.Muted.Render(found))
			return
		}
		lines = append(lines, spaces(indent)+text+fit(folder(path, "", room, st.Glyphs), min(room, longest), st.Glyphs)+"  "+st.Muted.Render(found))
	}
	for _, h := range src.Homes {
		add(h.Path+"/sessions", h.Sessions)
		add(h.Path+"/archived_sessions", h.Archived)
	}
	if len(src.Homes) == 0 {
		add("no folder", "")
	}
	label = "Updates"
	how := "live"
	if !src.Live {
		how = "by looking again"
		if src.Why != "" {
			how += " (" + safe(src.Why) + ")"
		}
	}
	if src.Rescan > 0 {
		how += fmt.Sprintf(", rescan every %s", span(src.Rescan))
	}
	if w < 60 {
		return append(lines, flow([]string{st.Muted.Render(label), how}, indent, w, st.Glyphs)...)
	}
	return append(lines, spaces(indent)+st.Muted.Render(padRight(label, 10))+cut(how, w-indent-10, st.Glyphs))
}

// commands lists commands with what they do; narrow screens get the commands alone.
func commands(list [][2]string, indent, w int, st themes.Styles) []string {
	var lines []string
	for _, c := range list {
		line := spaces(indent) + st.Key.Render(padRight(c[0], 26)) + st.Muted.Render(c[1])
		if cells(line) > w {
			line = spaces(indent) + st.Key.Render(c[0])
		}
		lines = append(lines, line)
	}
	return lines
}

// labelled lists label and text, on one line each or below each other.
func labelled(list [][2]string, indent, w int, st themes.Styles) []string {
	var lines []string
	for _, c := range list {
		if line := spaces(indent) + st.Muted.Render(c[0]) + "   " + c[1]; cells(line) <= w {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, spaces(indent)+st.Muted.Render(c[0]))
		for _, l := range wrapText(c[1], w-indent-2, 3, st.Glyphs) {
			lines = append(lines, spaces(indent+2)+l)
		}
	}
	return lines
}

// dropBlank leaves out n empty lines, from the end on.
func dropBlank(lines []string, n int) []string {
	out := make([]string, 0, len(lines))
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i] == "" && n > 0 {
			n--
			continue
		}
		out = append(out, lines[i])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
