package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// picker is the whole screen of models to go on with: the table, what it is made from, how the
// switch is carried out, and the choices.
func (v handsSheet) picker(w, h int) (out string, caretX, caretY int, t travel) {
	lines := []string{v.pickerHead(w)}
	rows, at, _, _ := v.answers(w)
	need := 0
	for _, r := range rows {
		need += len(r)
	}
	foot := 1 // the keys
	if h < 8 {
		foot = 0
	}
	if h < 12 { // the one in focus will do
		need = min(need, max(1, (h-1)/3))
	}
	switch {
	case h < 4 && v.x.table: // what has the keys is what is shown
		rows, need = nil, 0
	case h < 4:
		return block(strings.Join(append(lines, window(rows, at, max(1, h-1))...), "\n"), w, h), -1, -1, t
	}
	room := h - foot - len(lines) - need
	table := v.models(w, room)
	told := append(v.basis(w), v.problem(w)...)
	told = append(append(told, ""), v.applied(w)...)
	if w < 60 || h < 20 {
		told = append(append(v.basis(w), v.problem(w)...), v.applied(w)...)
	}
	if len(table) > 0 && len(table)+len(told)+2 <= room {
		table = append(table, "")
	}
	if n := room - min(len(told), max(room/2, 2)); len(table) > n { // the table gives way first
		table = v.models(w, max(1, n))
	}
	lines = append(lines, table...)
	room = h - foot - need - len(lines)
	gap := 0
	if room > len(told) {
		gap = 1
	}
	shown, t := scrolled(told, v.x.top, min(room, len(told)), w, v.st)
	lines = append(lines, shown...)
	if gap > 0 {
		lines = append(lines, "")
	}
	if len(rows) > 0 {
		lines = append(lines, window(rows, at, max(1, h-foot-len(lines)))...)
	}
	return block(clip(lines, w, h), w, max(1, h-foot)), -1, -1, t
}

func (v handsSheet) pickerHead(w int) string {
	right := "session " + shortID(safe(string(v.x.run)))
	if t, ok := rootTurn(v.d); ok && t.Number > 0 {
		right += fmt.Sprintf("   turn %d", t.Number)
	}
	if w < 70 {
		right = ""
	}
	return crumbs([]string{"Downgrade " + v.x.name}, right, w, v.st)
}

// models draws the table in at most h lines, the offer in focus among them; a narrow one has two
// lines for each.
func (v handsSheet) models(w, h int) []string {
	if h <= 0 || len(v.d.Models) == 0 {
		return nil
	}
	st := v.st
	var lines []string
	focus := v.x.pick.row(v.d)
	if h >= 4 {
		right := ""
		if v.s.PricesAsOf != "" {
			right = "prices " + safe(v.s.PricesAsOf)
		}
		lines = append(lines, rule("MODEL TO GO ON WITH", right, w, st))
	}
	fits := "FITS"
	if t, ok := rootTurn(v.d); ok && t.Context > 0 {
		fits += " " + tokens(t.Context)
	}
	grid := newGrid([]gridCol{
		{title: "MODEL", w: 18, rank: 0, left: true, flex: true}, {title: "EFFORT", w: 8, rank: 2, left: true}, {title: "$/h", w: 8, rank: 1},
		{title: "SAVES", w: 8, rank: 1}, {title: "DAY END", w: 10, rank: 4}, {title: fits, w: 11, rank: 3, left: true},
	}, min(w, 116))
	if w >= 60 && h >= 5 {
		lines = append(lines, grid.header(st))
	}
	var rows [][]string
	for i, o := range v.d.Models {
		if w < 60 {
			rows = append(rows, v.modelCard(o, i == focus, w, h < 4))
			continue
		}
		rows = append(rows, []string{v.modelRow(grid, o, i == focus)})
	}
	return append(lines, window(rows, focus, h-len(lines))...)
}

func (v handsSheet) modelRow(t grid, o monitor.ModelOffer, focused bool) string {
	selected := focused && v.x.table
	rs, g := rowStyles(v.st, selected), v.st.Glyphs
	name := safe(o.Model)
	if o.Current {
		name += " (now)"
	}
	effort := safe(o.Effort)
	if effort == "" {
		effort = "default"
	}
	end := dayEnd(o, v.s, v.st)
	if selected {
		end.style = rs.Text
	}
	row := t.row([]gridCell{{name, rs.Bold}, {effort, rs.Muted}, {hourly(o, g), rs.Text}, {saves(o, g), rs.Text}, end, {fitsWord(o), rs.Text}}, gridCell{}, selected, v.st)
	if focused && !selected {
		row = v.st.Accent.Render(g.Select) + ansi.TruncateLeft(row, 1, "")
	}
	return row
}

// modelCard is an offer on a narrow screen: in one line, or in two.
func (v handsSheet) modelCard(o monitor.ModelOffer, focused bool, w int, one bool) []string {
	selected := focused && v.x.table
	rs, g := rowStyles(v.st, selected), v.st.Glyphs
	mark := "  "
	if focused {
		mark = g.Select + " "
	}
	name := strings.TrimPrefix(offerName(o), "gpt-")
	if o.Current {
		name += " (now)"
	}
	burn := hourly(o, g)
	if burn != "unknown" {
		burn += "/h"
	}
	first := finishRow(rs.Accent.Render(mark)+rs.Bold.Render(fit(name, max(1, w-3-cells(burn)), g))+rs.Text.Render(" "+burn), w, v.st, selected)
	if one {
		return []string{first}
	}
	more := "fits: " + fitsWord(o)
	if !o.Current {
		more = "saves " + saves(o, g) + "/h  " + more
		if saves(o, g) == "unknown" {
			more = "saving unknown  fits: " + fitsWord(o)
		}
	}
	return []string{first, finishRow(rs.Muted.Render("    "+cut(more, w-4, g)), w, v.st, selected)}
}
