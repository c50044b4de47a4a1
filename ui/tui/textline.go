package tui

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// textLine is a line of text to type into. Bubbles' own takes 8 KB, nearly all of
// them styles, and a model is copied by every call of its methods: this one is
// copied only where it changes, so that whoever holds an older one keeps it as it
// was. The zero value is empty and takes no text.
type textLine struct{ in *textinput.Model }

// newTextLine gives an empty line: no blinking, no clipboard of the system.
func newTextLine() textLine {
	f := textinput.New()
	f.Prompt = ""
	f.CharLimit = 200
	f.SetVirtualCursor(false)
	f.KeyMap.Paste.SetEnabled(false)
	f.SetStyles(textinput.Styles{})
	return textLine{&f}
}

// changed is the line after a change to a copy of it.
func (l textLine) changed(by func(*textinput.Model)) textLine {
	if l.in == nil {
		return l
	}
	c := *l.in
	by(&c)
	return textLine{&c}
}

// Update takes a key or pasted text in.
func (l textLine) Update(msg tea.Msg) (textLine, tea.Cmd) {
	var cmd tea.Cmd
	l = l.changed(func(in *textinput.Model) { *in, cmd = in.Update(msg) })
	return l, cmd
}

// focus gives the line the keyboard.
func (l textLine) focus() (textLine, tea.Cmd) {
	var cmd tea.Cmd
	l = l.changed(func(in *textinput.Model) { cmd = in.Focus() })
	return l, cmd
}

func (l textLine) blur() textLine  { return l.changed((*textinput.Model).Blur) }
func (l textLine) reset() textLine { return l.changed((*textinput.Model).Reset) }

// filled has a text in it, with the caret at its end.
func (l textLine) filled(text string) textLine {
	return l.changed(func(in *textinput.Model) { in.SetValue(text); in.CursorEnd() })
}

// sized is the line as it is drawn in w cells.
func (l textLine) sized(w int) textLine {
	return l.changed(func(in *textinput.Model) { in.SetWidth(max(1, w)) })
}

// Value is what stands in the line.
func (l textLine) Value() string {
	if l.in == nil {
		return ""
	}
	return l.in.Value()
}

// View draws the line in the width of [textLine.sized].
func (l textLine) View() string {
	if l.in == nil {
		return ""
	}
	return l.in.View()
}

// Cursor is where the caret stands; nil: the line has not the keyboard.
func (l textLine) Cursor() *tea.Cursor {
	if l.in == nil {
		return nil
	}
	return l.in.Cursor()
}
