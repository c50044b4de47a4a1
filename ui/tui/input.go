package tui

import (
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// key routes a key press: to the field that has the keyboard, to what lies on top, to the screen.
func (m Model) key(k tea.KeyPressMsg) (Model, tea.Cmd) {
	m.flash = ""
	switch {
	case k.String() == "ctrl+c":
		return m, tea.Quit
	case key.Matches(k, m.keys.Suspend):
		return m, tea.Suspend
	case key.Matches(k, m.keys.Redraw):
		return m, tea.ClearScreen
	case m.dialog != dialogNone:
		return m.dialogKey(k)
	}
	if _, _, counting := m.countdown(); counting && key.Matches(k, m.keys.Back) {
		return m.keepRunning(), nil
	}
	switch {
	case m.typing:
		return m.typeFilter(k)
	case m.searching:
		return m.typeSearch(k)
	}
	switch m.screen {
	case screenHelp:
		return m.helpKey(k)
	case screenNotices:
		return m.noticesKey(k)
	case screenRun:
		return m.runKey(k)
	case screenExceptions:
		return m.excKey(k)
	case screenBudgets:
		return m.budgetsKey(k)
	case screenDay:
		return m.dayKey(k)
	}
	return m.mainKey(k)
}

// everywhere handles the keys that mean the same on every screen.
func (m Model) everywhere(k tea.KeyPressMsg) (Model, tea.Cmd) {
	switch {
	case key.Matches(k, m.keys.Quit):
		return m, tea.Quit
	case key.Matches(k, m.keys.Help):
		m.under, m.screen, m.helpTop = m.screen, screenHelp, 0
	case key.Matches(k, m.keys.Notices):
		m.under, m.screen, m.notices = m.screen, screenNotices, noticeList{}
	case key.Matches(k, m.keys.Theme):
		m.picker, m.dialog = newThemePicker(m.st.Name), dialogTheme
	case key.Matches(k, m.keys.Freeze):
		m = m.freeze()
	case key.Matches(k, m.keys.Mouse):
		m.mouse = !m.mouse
		m.flash = "mouse off: the terminal selects text again"
		if m.mouse {
			m.flash = "mouse on: wheel moves, click selects"
		}
	case key.Matches(k, m.keys.Rescan):
		m.send(monitor.Rescan{})
		m.flash = "looking at all files again"
	case key.Matches(k, m.keys.Copy):
		if menu, ok := m.copyMenu(); ok {
			m.copies, m.dialog = menu, dialogCopy
		}
	case key.Matches(k, m.keys.Runs):
		m.screen = screenMain
	case key.Matches(k, m.keys.Exceptions):
		m = m.showExceptions()
	case key.Matches(k, m.keys.Budgets):
		m.screen = screenBudgets
	case key.Matches(k, m.keys.Day):
		m.screen, m.day.date, m.day.top = screenDay, time.Time{}, 0
	default:
		next, cmd, _ := m.actKey(k)
		return next, cmd
	}
	return m, nil
}

// copyMenu is what can be copied of what is in focus.
func (m Model) copyMenu() (copyMenu, bool) {
	switch m.screen {
	case screenExceptions:
		e, ok := exceptionOf(m.snap, m.exc.id)
		return newExceptionCopies(e, m.snap), ok
	case screenBudgets:
		b, ok := m.budgets.standing(m.snap)
		return newBudgetCopies(b, m.snap), ok
	case screenDay:
		return newDayCopies(m.day.shown(m.snap), m.snap), !m.snap.At.IsZero()
	}
	r, ok := m.actsOn()
	if !ok {
		return copyMenu{}, false
	}
	menu := newCopyMenu(r)
	if e, is := m.target(); is {
		if command := adviceCommand(e.Advice, r); command != "" {
			menu.entries = append([]copyEntry{{adviceName(e.Advice), command}}, menu.entries...)
		}
	}
	return menu, true
}

// actsOn is the run that a key acts on: the open one, or the selected one.
func (m Model) actsOn() (monitor.Run, bool) {
	if m.screen == screenRun {
		for _, r := range m.snap.Runs {
			if r.ID == m.run.id {
				return r, true
			}
		}
		return monitor.Run{}, false
	}
	return m.selectedRun()
}

// freeze stops or goes on with taking snapshots to the screen; data goes on all the time.
func (m Model) freeze() Model {
	if m.held == nil {
		s := m.snap
		m.held = &s
		return m
	}
	m.snap, m.held = *m.held, nil
	return m
}

func (m Model) mainKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	if rows, moves := m.keys.step(k, m.page()); moves {
		return m.move(rows), nil
	}
	switch {
	case key.Matches(k, m.keys.Open):
		if r, ok := m.selectedRun(); ok {
			m.run, m.screen, m.home = newRunState(r.ID), screenRun, screenMain
		}
		return m, nil
	case key.Matches(k, m.keys.Back):
		return m.back(), nil
	case key.Matches(k, m.keys.Filter):
		var cmd tea.Cmd
		m.typing = true
		m.filter, cmd = m.filter.focus()
		return m, cmd
	}
	return m.viewKey(k)
}

// viewKey handles the keys that change how the list and the chart are shown.
func (m Model) viewKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	switch {
	case key.Matches(k, m.keys.NextChip):
		m.chip = (m.chip + 1) % chips
	case key.Matches(k, m.keys.PrevChip):
		m.chip = (m.chip + chips - 1) % chips
	case key.Matches(k, m.keys.Sort):
		m.sort, m.reverse = (m.sort+1)%sortKeys, false
	case key.Matches(k, m.keys.Reverse):
		m.reverse = !m.reverse
	case key.Matches(k, m.keys.Group):
		m.group = (m.group + 1) % groupKeys
		if m.group == groupClient && !slices.ContainsFunc(m.snap.Runs, func(r monitor.Run) bool { return r.Client != "" }) {
			m.group = groupNone
		}
		m.flash = "grouped by " + m.group.String()
		if m.group == groupNone {
			m.flash = "not grouped"
		}
	case key.Matches(k, m.keys.ZoomIn):
		m.chart.zoom = max(m.chart.zoom, 1) - 1
	case key.Matches(k, m.keys.ZoomOut):
		m.chart.zoom = min(m.chart.zoom+1, zooms-1)
	case key.Matches(k, m.keys.Chart):
		m.chart.kind = (m.chart.kind + 1) % chartKinds
	case key.Matches(k, m.keys.Scale):
		m.shared = !m.shared
		m.flash = "each sparkline has its own scale"
		if m.shared {
			m.flash = "all sparklines have one scale"
		}
	case key.Matches(k, m.keys.Layout):
		m.layout = (m.layout + 1) % layoutModes
		m.flash = "layout " + m.layout.String()
	default:
		return m.everywhere(k)
	}
	return m, nil
}

// back ends one thing: the filter, the chip, the banners, the reading of history.
func (m Model) back() Model {
	switch {
	case m.filter.Value() != "":
		m.filter = m.filter.reset()
	case m.chip != chipAll:
		m.chip = chipAll
	case len(m.banners()) > 0:
		m.seen = m.snap.Notices[0].At
	case !m.snap.At.IsZero() && !m.snap.Reading.Done:
		m.send(monitor.SkipHistory{})
		m.flash = "skipping the rest of the history"
	}
	return m
}

// move selects the run n rows further; heads of groups are passed over, and the ends are ends.
func (m Model) move(n int) Model {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for i := m.row + step; n > 0 && i >= 0 && i < len(m.items); i += step {
		if m.items[i].run >= 0 {
			m.row, m.selected = i, m.items[i].id
			n--
		}
	}
	return m
}

// page is how many rows a page is.
func (m Model) page() int {
	p := m.plan()
	l := m.list(p)
	n := p.listLines - l.headLines(p.listLines)
	if p.class == classCards {
		n /= 2
	}
	return max(1, n-1)
}
