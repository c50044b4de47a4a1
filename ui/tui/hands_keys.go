package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// handsKey gives a key to the dialog about a deed. What was typed before the question was on
// screen is dead, but for the way out.
func (m Model) handsKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	s := m.newest()
	d, phase := m.hands.deed(s)
	if key.Matches(k, m.keys.Back) {
		if m.hands.order != "" {
			m.hands.order, m.hands.problem = "", ""
			return m, nil
		}
		return m.closeHands(), nil
	}
	if !m.armed {
		return m, nil
	}
	if m.hands.order != "" && phase == handsReady {
		return m.typeOrder(k, d, s)
	}
	switch {
	case key.Matches(k, m.keys.Copy):
		if text := m.hands.command(d, s); text != "" {
			return m, m.copy("command", text)
		}
		return m, nil
	case key.Matches(k, m.keys.PageDown):
		_, _, _, t := m.handsView()
		m.hands.top = min(m.hands.top+t.page, t.most)
		return m, nil
	case key.Matches(k, m.keys.PageUp):
		_, _, _, t := m.handsView()
		m.hands.top = max(0, min(m.hands.top, t.most)-t.page)
		return m, nil
	case key.Matches(k, m.keys.Stop) && phase == handsEnded && leftBehind(d) && !m.hands.asksNext(d):
		m.hands.ending = true
		return m.lookAgain(false)
	}
	return m.handsMove(k, d, phase, s)
}

// tail is a place below all that is told: its end is shown.
const tail = 1 << 20

// handsMove handles the keys that move the focus, and enter.
func (m Model) handsMove(k tea.KeyPressMsg, d monitor.Deed, phase handsPhase, s monitor.Snapshot) (Model, tea.Cmd) {
	all := m.hands.choices(d, phase, s)
	if m.hands.kind == monitor.DeedDowngrade && phase == handsReady && len(d.Models) > 0 {
		if key.Matches(k, m.keys.NextChip, m.keys.PrevChip) {
			m.hands.table = !m.hands.table
			return m, nil
		}
		if m.hands.table {
			return m.tableKey(k, d), nil
		}
	}
	if len(all) == 0 {
		switch {
		case key.Matches(k, m.keys.Open):
			return m.closeHands(), nil
		case key.Matches(k, m.keys.Quit) && phase != handsActing:
			return m, tea.Quit
		}
		return m, nil
	}
	focus, result := menuKey(k, m.keys, m.hands.focus, len(all))
	if focus != m.hands.focus {
		m.hands.top = 0
		if focus > 0 {
			m.hands.top = tail // what it would do is seen
		}
	}
	m.hands.focus, m.hands.problem = focus, ""
	if result != menuChosen || phase == handsLooking {
		return m, nil
	}
	return m.choose(all[focus], d, s)
}

// tableKey moves in the table of models; enter goes on to the choices.
func (m Model) tableKey(k tea.KeyPressMsg, d monitor.Deed) Model {
	row, result := menuKey(k, m.keys, m.hands.pick.row(d), len(d.Models))
	if at := keyOfOffer(d.Models[row]); at != m.hands.pick {
		m.hands.pick, m.hands.top = at, 0
	}
	if result == menuChosen {
		m.hands.table, m.hands.focus = false, 0
	}
	return m
}

// choose does what a choice says.
func (m Model) choose(c handsChoice, d monitor.Deed, s monitor.Snapshot) (Model, tea.Cmd) {
	switch {
	case c.cancels():
		return m.closeHands(), nil
	case c.off != "":
		m.hands.problem = c.off
		return m, nil
	case c.copy != "":
		return m.closeHands(), m.copy("command", c.copy)
	case c.callOff != "":
		m.send(monitor.CallOff{Order: c.callOff})
		m = m.closeHands()
		m.flash, m.acted = "asked to call off the order for "+m.hands.name, s.At
		return m, nil
	}
	if label, _ := orderNeeds(c.order); label != "" {
		var cmd tea.Cmd
		m.hands.order = c.order
		m.hands.input, cmd = newTextLine().focus()
		return m, cmd
	}
	do := monitor.Do{ID: m.hands.id, Way: c.way, Place: c.place, Switch: c.model}
	if c.order != "" {
		do.Order = &monitor.Order{Run: m.hands.run, Kind: c.order}
	}
	m, cmd := m.do(do, d, s)
	if c.place == control.PlacePrint {
		cmd = tea.Batch(cmd, m.copy("command", m.hands.command(d, s)))
	}
	return m, cmd
}

// do sends what was chosen; what became of it is told by the snapshots.
func (m Model) do(do monitor.Do, d monitor.Deed, s monitor.Snapshot) (Model, tea.Cmd) {
	m.send(do)
	m.hands.order, m.hands.problem, m.hands.ending = "", "", false
	m.hands.sent = sending{at: s.At, state: d.State, outcome: d.Outcome.At}
	return m.lookAgain(true)
}

// typeOrder gives a key to the field of an order.
func (m Model) typeOrder(k tea.KeyPressMsg, d monitor.Deed, s monitor.Snapshot) (Model, tea.Cmd) {
	if !key.Matches(k, m.keys.Open) {
		var cmd tea.Cmd
		m.hands.problem = ""
		m.hands.input, cmd = m.hands.input.Update(k)
		return m, cmd
	}
	o, err := m.hands.parseOrder(d, s)
	if err != nil {
		m.hands.problem = err.Error()
		return m, nil
	}
	return m.do(monitor.Do{ID: m.hands.id, Order: &o}, d, s)
}

// keyOf is the key that opens a kind of deed.
func (m Model) keyOf(k monitor.DeedKind) key.Binding {
	switch k {
	case monitor.DeedDowngrade:
		return m.keys.Downgrade
	case monitor.DeedTakeOver:
		return m.keys.TakeOver
	}
	return m.keys.Stop
}

// handsHints are the keys of the dialog.
func (m Model) handsHints() []hint {
	k, s := m.keys, m.newest()
	d, phase := m.hands.deed(s)
	back := hint{key: k.Back, word: "close"}
	if m.hands.order != "" {
		return []hint{{key: k.Open, word: "do it"}, {key: k.Back, word: "back"}}
	}
	var out []hint
	n := len(m.hands.choices(d, phase, s))
	move := hint{key: k.Down, word: "choose", sign: moveSign(m.st.Glyphs)}
	switch {
	case m.hands.kind == monitor.DeedDowngrade && phase == handsReady && m.hands.table && len(d.Models) > 0:
		move.word = "model"
		out = append(out, move, hint{key: k.NextChip, word: "to the choices"})
	case n > 1:
		if n < 10 && m.width >= 60 {
			move.sign += " or 1-" + string(rune('0'+n))
		}
		out = append(out, move, hint{key: k.Open, word: "select"})
		if m.hands.kind == monitor.DeedDowngrade && phase == handsReady {
			out = append(out, hint{key: k.NextChip, word: "to the models"})
		}
		back.word = "cancel"
	case phase == handsLooking || phase == handsReady:
		back.word = "cancel"
	}
	if phase == handsEnded && leftBehind(d) && !m.hands.asksNext(d) {
		out = append(out, hint{key: k.Stop, word: "end what is left"})
	}
	if m.hands.command(d, s) != "" {
		out = append(out, hint{key: k.Copy, word: "copy the command"})
	}
	out = append(out, back)
	if n == 0 && phase != handsActing {
		out = append(out, hint{key: k.Quit, word: "quit"})
	}
	return out
}
