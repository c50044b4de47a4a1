package tui

import (
	tea "charm.land/bubbletea/v2"
)

// typeFilter gives a key to the filter. Every printable key is text there.
func (m Model) typeFilter(k tea.KeyPressMsg) (Model, tea.Cmd) {
	var cmd tea.Cmd
	switch k.String() {
	case "enter", "tab":
		m.typing = false
		m.filter = m.filter.blur()
	case "esc":
		m.typing = false
		m.filter = m.filter.reset()
		m.filter = m.filter.blur()
	case "up":
		m = m.move(-1)
	case "down":
		m = m.move(1)
	default:
		m.filter, cmd = m.filter.Update(k)
	}
	return m, cmd
}

func (m Model) typeSearch(k tea.KeyPressMsg) (Model, tea.Cmd) {
	var cmd tea.Cmd
	switch k.String() {
	case "enter":
		m.searching = false
		m.search = m.search.blur()
	case "esc":
		m.searching = false
		m.search = m.search.reset()
		m.search = m.search.blur()
	default:
		m.search, cmd = m.search.Update(k)
		m.helpTop = 0
	}
	return m, cmd
}

// paste gives pasted text to the field that has the keyboard; elsewhere it is nothing.
func (m Model) paste(p tea.PasteMsg) (Model, tea.Cmd) {
	var cmd tea.Cmd
	switch {
	case m.typing:
		m.filter, cmd = m.filter.Update(p)
	case m.searching:
		m.search, cmd = m.search.Update(p)
	case m.dialog == dialogForm:
		m.form, cmd = m.form.edit(p, m.keys)
	case m.dialog == dialogHands && m.hands.order != "":
		m.hands.input, cmd = m.hands.input.Update(p)
	}
	return m, cmd
}
