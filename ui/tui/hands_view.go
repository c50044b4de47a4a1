package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// handsSheet is what the dialog about a deed is drawn from.
type handsSheet struct {
	s     monitor.Snapshot
	x     hands
	d     monitor.Deed
	phase handsPhase
	st    themes.Styles
}

// bare says that a screen has no room for a frame: the dialog fills it.
func bare(w, h int) bool { return w < 30 || h < 8 }

// travel is how far what a dialog tells can be moved, and how many of its lines are shown at once.
type travel struct{ most, page int }

// handsView draws the dialog for the whole screen, tells where in it a text is edited (x below 0:
// nowhere), and how far what it tells can be moved.
func (m Model) handsView() (box string, caretX, caretY int, t travel) {
	v := handsSheet{s: m.newest(), x: m.hands, st: m.st}
	v.d, v.phase = m.hands.deed(v.s)
	if m.hands.kind == monitor.DeedDowngrade && v.phase == handsReady {
		return v.picker(m.width, m.height)
	}
	return v.dialog(m.width, m.height)
}

// handsAt is where the dialog's box stands: below the list on screens that are not tall.
func handsAt(box string, w, h int) (x, y int) {
	x, y = overlayAt(box, w, h)
	if n := strings.Count(box, "\n") + 1; h < 34 && n < h {
		y = h - 1 - n
	}
	return x, y
}

// dialog is the box over the list.
func (v handsSheet) dialog(w, h int) (out string, caretX, caretY int, t travel) {
	st, g := v.st, v.st.Glyphs
	if bare(w, h) {
		lines, cx, cy, t := v.body(w, max(1, h-1), true)
		if h == 1 {
			return clip(lines, w, 1), cx, cy, t
		}
		title := st.Bold.Render(cut(v.x.title(v.d, v.phase), w, g))
		if cy >= 0 {
			cy++
		}
		return block(strings.Join(append([]string{title}, lines...), "\n"), w, h), cx, cy, t
	}
	inner := min(w-4, 90)
	lines, cx, cy, t := v.body(inner, h-3, false)
	for i := range lines {
		lines[i] = padRight(lines[i], inner)
	}
	hint := "esc close"
	switch {
	case v.x.order != "":
		hint = "enter do it " + g.Dot + " esc back"
	case len(v.x.choices(v.d, v.phase, v.s)) > 1:
		hint = "enter select " + g.Dot + " esc back"
	}
	if cx >= 0 {
		cx, cy = cx+2, cy+1
	}
	return box(v.x.title(v.d, v.phase), lines, hint, w, h, st), cx, cy, t
}

// title names the deed and its run.
func (x hands) title(d monitor.Deed, phase handsPhase) string {
	word := map[monitor.DeedKind]string{monitor.DeedStop: "Stop", monitor.DeedDowngrade: "Downgrade", monitor.DeedTakeOver: "Take over"}[x.kind]
	switch {
	case phase == handsLooking, phase == handsReady:
		return word + " " + x.name + "?"
	case phase == handsEnded && ordered(d):
		return "Ordered for " + x.name
	case phase == handsEnded && x.kind == monitor.DeedStop && d.Outcome.Stopped:
		return "Stopped " + x.name
	case phase == handsEnded && x.kind == monitor.DeedStop:
		return "Not stopped: " + x.name
	case phase == handsEnded && x.kind == monitor.DeedDowngrade && d.Outcome.Switched:
		return "Downgraded " + x.name
	case phase == handsRefused:
		return word + " " + x.name + ": not done"
	case phase == handsEnded && x.kind == monitor.DeedDowngrade:
		return "Not downgraded: " + x.name
	}
	return word + " " + x.name
}

// ordered says that what ended was an order for later, not a deed on the run.
func ordered(d monitor.Deed) bool {
	return d.Outcome.Way == "" && slices.ContainsFunc(d.Outcome.Steps, func(s control.Step) bool { return s.Key == "order" })
}

// body draws what is told and the choices below it in at most h lines. small leaves out what
// only sets things apart.
func (v handsSheet) body(w, h int, small bool) (lines []string, caretX, caretY int, t travel) {
	told := v.told(w)
	rows, at, caretX, caretRow := v.answers(w)
	need := 0
	for _, r := range rows {
		need += len(r)
	}
	room := h - need // of what is told
	if least := min(len(told), max(1, h/2)); room < least && h > 1 {
		room = least
	}
	if h == 1 && len(rows) > 0 {
		room = 0
	}
	if caretX >= 0 && len(rows[at])+room > h { // what is typed into is seen
		room = max(0, min(room, h-1))
		if n := len(rows[at]) - (h - room); n > 0 {
			rows[at], caretRow = rows[at][n:], caretRow-n
		}
	}
	if room > len(told)+1 && !small && len(rows) > 0 && len(told) > 0 {
		room = len(told) + 1 // a free line between both
	}
	lines, t = scrolled(told, v.x.top, min(room, len(told)), w, v.st)
	if room > len(told) && !small && len(rows) > 0 && len(told) > 0 {
		lines = append(lines, "")
	}
	if len(rows) == 0 {
		return lines, -1, -1, t
	}
	answers, first := windowAt(rows, at, max(1, h-len(lines)))
	caretY = -1
	if caretX >= 0 {
		caretY = len(lines) + first + caretRow
		if caretY >= h {
			caretX, caretY = -1, -1
		}
	}
	return append(lines, answers...), caretX, caretY, t
}

// scrolled gives h of the lines from top on, and says in the last of them what is not shown.
func scrolled(lines []string, top, h, w int, st themes.Styles) (shown []string, t travel) {
	if h <= 0 {
		return nil, t
	}
	if len(lines) <= h {
		return lines, t
	}
	if h == 1 {
		t = travel{len(lines) - 1, 1}
		return lines[min(top, t.most):][:1], t
	}
	h--
	t = travel{len(lines) - h, h}
	top = max(0, min(top, t.most))
	shown = append(shown, lines[top:top+h]...)
	more := "pgup for what is above"
	if left := len(lines) - top - h; left > 0 {
		more = fmt.Sprintf("%s %d more %s, pgdn", st.Glyphs.Ellipsis, left, plural(left, "line"))
	}
	return append(shown, st.Muted.Render(cut(more, w, st.Glyphs))), t
}

// answers draws the choices, each in as many lines as it takes, and the field that is typed in
// below its own; caretRow counts from the first line of the choice in focus.
func (v handsSheet) answers(w int) (rows [][]string, focus, caretX, caretRow int) {
	st, g := v.st, v.st.Glyphs
	all := v.x.choices(v.d, v.phase, v.s)
	focus, caretX = clampRow(v.x.focus, len(all)), -1
	for i, c := range all {
		selected := i == focus && !(v.x.table && v.x.kind == monitor.DeedDowngrade && v.phase == handsReady)
		rs := rowStyles(st, selected)
		number := fmt.Sprintf("%d. ", i+1)
		var lines []string
		most := 4
		if i != focus && w < 34 {
			most = 1 // the one in focus is whole
		}
		for j, t := range wrapText(c.label, w-2-len(number), most, g) {
			head := spaces(2 + len(number))
			if j == 0 {
				head = "  " + number
				if i == focus {
					head = g.Select + " " + number
				}
			}
			style := rs.Text
			if c.off != "" {
				style = rs.Muted
			}
			lines = append(lines, finishRow(rs.Text.Render(head)+style.Render(t), w, st, selected))
		}
		if i == focus && v.x.order != "" && c.order == v.x.order {
			line, x := v.field(w)
			caretX, caretRow = x, len(lines)
			lines = append(lines, line)
		}
		rows = append(rows, lines)
	}
	return rows, focus, caretX, caretRow
}

// field is the line in which an order's amount or time is typed.
func (v handsSheet) field(w int) (line string, caretX int) {
	st, g := v.st, v.st.Glyphs
	label, hint := orderNeeds(v.x.order)
	head := "     " + label + " "
	if w < 24 {
		head = label + " "
	}
	in := v.x.input.sized(w - cells(head) - 1)
	text := in.View()
	if in.Value() == "" {
		text = " " + st.Muted.Render(cut(hint, w-cells(head)-1, g))
	}
	caretX = cells(head)
	if c := in.Cursor(); c != nil {
		caretX += c.X
	}
	return st.Accent.Render(head) + text, min(caretX, w-1)
}
