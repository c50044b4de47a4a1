package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// excState is what the user chose on the screen of exceptions. The selection
// is an exception itself, never a row.
type excState struct {
	id    string
	row   int      // where it stood
	open  bool     // it is shown from inside
	clue  int      // focus of its evidence
	order []string // of the rows, kept while something is open
}

// settle brings the order and the selection in line with a snapshot.
func (x excState) settle(s monitor.Snapshot, frozen bool) excState {
	here := map[string]bool{}
	var now []string
	for _, all := range [][]budget.Exception{s.Exceptions, s.Snoozed} {
		for _, e := range all {
			if e.ID != "" && !here[e.ID] {
				here[e.ID] = true
				now = append(now, e.ID)
			}
		}
	}
	if frozen {
		var kept []string
		for _, id := range x.order {
			if here[id] {
				kept = append(kept, id)
				delete(here, id)
			}
		}
		for _, id := range now {
			if here[id] {
				kept = append(kept, id)
			}
		}
		now = kept
	}
	x.order = now
	for i, id := range now {
		if id == x.id {
			x.row = i
			return x
		}
	}
	if x.open || frozen || len(now) == 0 {
		return x // what is open stays, though it be over
	}
	x.row = clampRow(x.row, len(now))
	x.id = now[x.row]
	return x
}

// move selects the exception n rows further.
func (x excState) move(n int) excState {
	if len(x.order) > 0 {
		x.row, x.clue = clampRow(x.row+n, len(x.order)), 0
		x.id = x.order[x.row]
	}
	return x
}

// showExceptions opens the screen, on the exception that keys act on.
func (m Model) showExceptions() Model {
	if e, ok := m.target(); ok {
		m.exc.id = e.ID
	}
	m.exc.open, m.exc.clue, m.screen = false, 0, screenExceptions
	return m
}

func (m Model) excKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	inside := m.exc.open
	step, moves := m.keys.step(k, page)
	switch {
	case moves:
	case key.Matches(k, m.keys.Prev):
		step, inside = -1, false
	case key.Matches(k, m.keys.Next):
		step, inside = 1, false
	case key.Matches(k, m.keys.Back):
		if m.exc.open {
			m.exc.open, m.exc.clue = false, 0
		} else {
			m.screen = screenMain
		}
		return m, nil
	case key.Matches(k, m.keys.Open):
		return m.openException(), nil
	default:
		return m.everywhere(k)
	}
	if !inside {
		m.exc = m.exc.move(step)
		return m, nil
	}
	if e, ok := exceptionOf(m.snap, m.exc.id); ok && len(e.Evidence) > 0 {
		m.exc.clue = clampRow(min(m.exc.clue, len(e.Evidence)-1)+step, len(e.Evidence))
	}
	return m, nil
}

// openException goes into the selected exception, and from there into the turn that it is about.
func (m Model) openException() Model {
	e, ok := exceptionOf(m.snap, m.exc.id)
	if !ok {
		return m
	}
	if !m.exc.open {
		m.exc.open, m.exc.clue = true, 0
		return m
	}
	if _, is := runOf(m.snap, e.Run); !is {
		m.flash = "its run is no longer in the list"
		if e.Run == "" {
			m.flash = "it is about no run"
		}
		return m
	}
	m.run, m.screen, m.home = newRunState(e.Run), screenRun, screenExceptions
	turn := e.Turn
	if len(e.Evidence) > 0 {
		if c := e.Evidence[clampRow(m.exc.clue, len(e.Evidence))]; c.Turn > 0 {
			turn = c.Turn
		}
	}
	if turn > 0 {
		thread := e.Thread
		if thread == "" {
			thread = string(e.Run)
		}
		m.run.turn, m.run.opened, m.run.from = turnKey{thread, turn}, true, viewTurns
	}
	return m
}
