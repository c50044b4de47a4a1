package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

func (m Model) helpKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	switch {
	case key.Matches(k, m.keys.Help), key.Matches(k, m.keys.Back):
		if key.Matches(k, m.keys.Back) && m.search.Value() != "" {
			m.search = m.search.reset()
			return m, nil
		}
		m.search = m.search.reset()
		m.screen = m.under
	case key.Matches(k, m.keys.Filter):
		var cmd tea.Cmd
		m.searching = true
		m.search, cmd = m.search.focus()
		return m, cmd
	case key.Matches(k, m.keys.Up):
		m.helpTop = max(0, m.helpTop-1)
	case key.Matches(k, m.keys.Down):
		m.helpTop = min(m.helpTop+1, m.helpEnd())
	case key.Matches(k, m.keys.PageDown):
		m.helpTop = min(m.helpTop+page, m.helpEnd())
	case key.Matches(k, m.keys.End):
		m.helpTop = m.helpEnd()
	case key.Matches(k, m.keys.PageUp):
		m.helpTop = max(0, m.helpTop-page)
	case key.Matches(k, m.keys.Home):
		m.helpTop = 0
	case key.Matches(k, m.keys.Quit):
		return m, tea.Quit
	}
	return m, nil
}

// helpEnd is the first line that can stand at the top of the help.
func (m Model) helpEnd() int {
	v := m.help()
	return max(0, len(v.body(m.width, m.st))-v.room(m.height-1))
}

func (m Model) noticesKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	list := m.notices
	if list.key(k, m.keys, m.snap.Notices) {
		m.notices = list
		return m, nil
	}
	switch {
	case key.Matches(k, m.keys.Notices), key.Matches(k, m.keys.Back):
		m.screen = m.under
	case key.Matches(k, m.keys.Copy):
		if what, text := list.choice(m.snap.Notices); text != "" {
			return m, m.copy(what, text)
		}
	case key.Matches(k, m.keys.Help), key.Matches(k, m.keys.Quit), key.Matches(k, m.keys.Theme), key.Matches(k, m.keys.Rescan):
		return m.everywhere(k)
	}
	return m, nil
}

func (m Model) runKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	run := m.run
	if run.key(k, m.keys, m.snap) {
		m.run = run
		return m, nil
	}
	if key.Matches(k, m.keys.Back) {
		m.screen = m.home
		return m, nil
	}
	return m.everywhere(k)
}

// dialogKey gives a key to the open menu or form.
func (m Model) dialogKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	switch m.dialog {
	case dialogSnooze:
		return m.snoozeKey(k)
	case dialogForm:
		return m.formKey(k)
	case dialogHands:
		return m.handsKey(k)
	}
	if m.dialog == dialogTheme {
		picker := m.picker
		result := picker.key(k, m.keys)
		m.picker = picker
		switch result {
		case menuChosen:
			m.st = m.styles(picker.theme())
			m.opts.Theme, m.dialog = picker.theme(), dialogNone
			m.flash = "theme " + m.st.Name
		case menuClosed:
			m.dialog = dialogNone
			m.st = m.styles(m.opts.Theme)
		case menuOpen:
			m.st = m.styles(picker.theme())
		}
		return m, nil
	}
	menu := m.copies
	result := menu.key(k, m.keys)
	m.copies = menu
	switch result {
	case menuChosen:
		m.dialog = dialogNone
		what, text := menu.choice()
		return m, m.copy(what, text)
	case menuClosed:
		m.dialog = dialogNone
	}
	return m, nil
}

// copy asks the terminal to copy, and whatever else the program was given for it.
func (m Model) copy(what, text string) tea.Cmd {
	also := m.opts.Copy
	return tea.Batch(tea.SetClipboard(text), func() tea.Msg {
		if also == nil {
			return copiedMsg{what: what}
		}
		return copiedMsg{what: what, err: also(text)}
	})
}

// mouseEvent moves the selection: by the wheel, or to the row that was clicked.
func (m Model) mouseEvent(e tea.MouseMsg) Model {
	if !m.mouse || m.screen != screenMain || m.dialog != dialogNone {
		return m
	}
	at := e.Mouse()
	switch at.Button {
	case tea.MouseWheelUp:
		return m.move(-1)
	case tea.MouseWheelDown:
		return m.move(1)
	case tea.MouseLeft:
		p := m.plan()
		l := m.list(p)
		y := at.Y - p.bodyTop - l.headLines(p.listLines)
		for i := l.scroll(p.listLines); i < len(m.items) && y >= 0 && at.X < p.left; i++ {
			if y < l.itemLines(m.items[i]) {
				if m.items[i].run >= 0 {
					m.row, m.selected = i, m.items[i].id
				}
				break
			}
			y -= l.itemLines(m.items[i])
		}
	}
	return m
}
