package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// formKind is what a form is for.
type formKind uint8

const (
	formExtend formKind = iota
	formDismiss
	formLabel
)

// form is a dialog of fields with a deed and a way back below them. What it acts
// on is named by its id, so that nothing on the screen can move under it.
type form struct {
	kind      formKind
	title     string
	about     []string // what it acts on
	fields    []formField
	focus     int // of fields, then the deed, then Cancel
	deed      string
	problem   string // why the deed was not done
	exception string
	run       model.RunID
	extend    extension
}

// formField is a line of text, or one of several choices.
type formField struct {
	label   string
	hint    string
	input   textLine
	choices []string
	choice  int
}

// textField gives a field with a text in it.
func textField(label, value, hint string) formField {
	return formField{label: label, hint: hint, input: newTextLine().filled(value)}
}

// value is what stands in a field, without spaces around it.
func (f form) value(i int) string { return strings.TrimSpace(f.fields[i].input.Value()) }

// rows is how many lines can have the focus.
func (f form) rows() int { return len(f.fields) + 2 }

// focusOn moves the focus, and with it the keyboard.
func (f form) focusOn(i int) (form, tea.Cmd) {
	f.fields = append([]formField(nil), f.fields...)
	f.focus = (i + f.rows()) % f.rows()
	var cmd tea.Cmd
	for j := range f.fields {
		in := &f.fields[j].input
		if j == f.focus && f.fields[j].choices == nil {
			*in, cmd = in.focus()
		} else {
			*in = in.blur()
		}
	}
	return f, cmd
}

// key takes a key press; menuChosen is the deed, menuClosed the way back.
func (f form) key(k tea.KeyPressMsg, keys *keyMap) (form, menuResult, tea.Cmd) {
	at := f.focus
	switch {
	case key.Matches(k, keys.Back):
		return f, menuClosed, nil
	case k.String() == "tab", k.String() == "down":
		f, cmd := f.focusOn(at + 1)
		return f, menuOpen, cmd
	case k.String() == "shift+tab", k.String() == "up":
		f, cmd := f.focusOn(at - 1)
		return f, menuOpen, cmd
	case key.Matches(k, keys.Open):
		switch at {
		case len(f.fields):
			return f, menuChosen, nil
		case len(f.fields) + 1:
			return f, menuClosed, nil
		}
		f, cmd := f.focusOn(at + 1)
		return f, menuOpen, cmd
	}
	f, cmd := f.edit(k, keys)
	return f, menuOpen, cmd
}

// edit gives a key to the field in focus.
func (f form) edit(msg tea.Msg, keys *keyMap) (form, tea.Cmd) {
	if f.focus >= len(f.fields) {
		return f, nil
	}
	f.fields = append([]formField(nil), f.fields...)
	x := &f.fields[f.focus]
	f.problem = ""
	if x.choices == nil {
		var cmd tea.Cmd
		x.input, cmd = x.input.Update(msg)
		return f, cmd
	}
	k, ok := msg.(tea.KeyPressMsg)
	switch {
	case !ok:
	case key.Matches(k, keys.Next), k.Text == " ":
		x.choice = (x.choice + 1) % len(x.choices)
	case key.Matches(k, keys.Prev):
		x.choice = (x.choice + len(x.choices) - 1) % len(x.choices)
	case len(k.Text) == 1 && k.Text[0] >= '1' && int(k.Text[0]-'1') < len(x.choices):
		x.choice = int(k.Text[0] - '1')
	}
	return f, nil
}

// formLabelCells is the width of the column of labels.
const formLabelCells = 10

// line draws a field; caret is where its text is edited, in cells from the left, -1 nowhere.
func (f form) line(i, w int, st themes.Styles) (line string, caret int) {
	g := st.Glyphs
	x, mark := f.fields[i], "  "
	if i == f.focus {
		mark = g.Select + " "
	}
	label := formLabelCells
	if w < 34 {
		label = 6
	}
	head := st.Accent.Render(mark) + st.Muted.Render(fit(x.label, label, g)) + " "
	room := max(1, w-cells(head))
	if x.choices != nil {
		var parts []string
		for j, c := range x.choices {
			switch {
			case j == x.choice:
				parts = append(parts, st.Accent.Render(g.Working)+" "+st.Bold.Render(c))
			case room >= 32:
				parts = append(parts, st.Muted.Render(g.Idle+" "+c))
			}
		}
		return cut(head+strings.Join(parts, "  "), w, g), -1
	}
	in := x.input.sized(room - 1)
	text := in.View()
	if in.Value() == "" && i != f.focus {
		text = st.Muted.Render(cut(x.hint, room, g))
	}
	caret = -1
	if c := in.Cursor(); i == f.focus && c != nil {
		caret = cells(head) + c.X
		if hint := st.Muted.Render(cut(x.hint, room-4, g)); in.Value() == "" {
			text = " " + hint
		}
	}
	return cut(head+text, w, g), caret
}

// View draws the form as a box of at most width × height, to be laid over the screen, and
// tells where in it text is edited; caretX is -1 where none is.
func (f form) View(width, height int, deed string, st themes.Styles) (out string, caretX, caretY int) {
	g := st.Glyphs
	inner, room, left, top := min(width-4, 74), height-2, 2, 1
	if width < 8 || height < 3 {
		inner, room, left, top = width, height, 0, 0
	}
	var lines []string
	caretX = -1
	for i := range f.rows() {
		line, caret := "", -1
		switch i {
		case len(f.fields):
			line = menuRow(cut(deed, max(1, inner-2), g), "", i == f.focus, inner, st)
		case len(f.fields) + 1:
			line = menuRow("Cancel", "", i == f.focus, inner, st)
		default:
			line, caret = f.line(i, inner, st)
		}
		if caret >= 0 {
			caretX, caretY = caret, i
		}
		lines = append(lines, line)
	}
	from, to := visible(len(lines), f.focus, room)
	lines = lines[from:to]
	caretY -= from
	var head []string
	for _, a := range f.about {
		head = append(head, wrapText(a, inner, 2, g)...)
	}
	if f.problem != "" {
		for _, p := range wrapText(g.Warning+" "+f.problem, inner, 3, g) {
			if len(lines) < room {
				lines = append(lines, st.Warn.Render(p))
			}
		}
	}
	if n := room - len(lines) - 1; n > 0 && len(head) > 0 {
		head = append(head[:min(len(head), n)], "")
		lines = append(head, lines...)
		caretY += len(head)
	}
	for i := range lines {
		lines[i] = padRight(lines[i], inner)
	}
	out = box(f.title, lines, "tab next "+g.Dot+" esc back", width, height, st)
	if caretX < 0 {
		return out, -1, -1
	}
	return out, caretX + left, caretY + top
}
