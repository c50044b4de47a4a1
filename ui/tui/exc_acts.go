package tui

import (
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// armTime is how long a form ignores enter after it has opened: what was typed
// before it was painted cannot answer it.
const armTime = 400 * time.Millisecond

// armedMsg says that the form of that number has been on screen for a while.
type armedMsg struct{ number int }

// arm opens a dialog that enter cannot answer yet.
func (m Model) arm(d dialog) (Model, tea.Cmd) {
	m.dialog, m.armed = d, false
	m.opened++
	n := m.opened
	return m, tea.Tick(armTime, func(time.Time) tea.Msg { return armedMsg{n} })
}

// newest is the newest snapshot, also while the screen is frozen: forms act on what is.
func (m Model) newest() monitor.Snapshot {
	if m.held != nil {
		return *m.held
	}
	return m.snap
}

// target is the exception that keys act on: the selected one, or the worst of the run that is
// selected or open. It stays the same one until somebody took it up or another run is selected.
func (m Model) target() (budget.Exception, bool) {
	switch m.screen {
	case screenExceptions:
		return exceptionOf(m.snap, m.exc.id)
	case screenBudgets:
		if b, ok := m.budgets.standing(m.snap); ok {
			return budgetException(m.snap, b)
		}
		return budget.Exception{}, false
	case screenMain, screenRun:
		return exceptionOf(m.snap, m.aim)
	}
	return budget.Exception{}, false
}

// takeAim keeps the exception that keys act on in line with the run that is shown.
func (m Model) takeAim() Model {
	if m.screen != screenMain && m.screen != screenRun || m.dialog != dialogNone {
		return m
	}
	r, ok := m.actsOn()
	if !ok || r.ID == "" {
		m.aim = ""
		return m
	}
	aim := ""
	for _, e := range m.snap.Exceptions {
		switch {
		case e.Run != r.ID:
		case e.ID == m.aim && e.NeedsAttention():
			return m
		case aim == "" || e.ID == m.aim && !m.attention(aim):
			aim = e.ID
		case e.NeedsAttention() && !m.attention(aim):
			aim = e.ID
		}
	}
	m.aim = aim
	return m
}

// attention says that nobody has taken up an exception yet.
func (m Model) attention(id string) bool {
	e, ok := exceptionOf(m.snap, id)
	return ok && e.NeedsAttention()
}

// actKey handles the keys that act on an exception or label a run; handled is false for others.
func (m Model) actKey(k tea.KeyPressMsg) (next Model, cmd tea.Cmd, handled bool) {
	m.acted = time.Time{}
	acts := key.Matches(k, m.keys.Ack, m.keys.Snooze, m.keys.Extend, m.keys.Dismiss)
	for _, kind := range []monitor.DeedKind{monitor.DeedStop, monitor.DeedDowngrade, monitor.DeedTakeOver} {
		if key.Matches(k, m.keyOf(kind)) {
			next, cmd = m.openHands(kind)
			return next, cmd, true
		}
	}
	if key.Matches(k, m.keys.Label) {
		next, cmd = m.openLabel()
		return next, cmd, true
	}
	if !acts {
		return m, nil, false
	}
	e, ok := m.target()
	if !ok {
		m.flash = m.noTarget()
		return m, nil, true
	}
	if m.screen == screenMain && !m.queueShown() { // nothing is done to what cannot be seen
		m = m.showExceptions()
		m.flash = "this is the one that the key acts on: press it again"
		return m, nil, true
	}
	switch {
	case key.Matches(k, m.keys.Ack):
		m = m.acknowledge(e)
	case key.Matches(k, m.keys.Snooze):
		m.snooze = snoozeMenu{id: e.ID, name: subject(e, m.snap) + ", " + ruleWords(e.Rule)}
		m, cmd = m.arm(dialogSnooze)
	case key.Matches(k, m.keys.Extend):
		m, cmd = m.openExtend(e)
	default:
		m, cmd = m.openDismiss(e)
	}
	return m, cmd, true
}

// queueShown says that the main screen has room for the queue.
func (m Model) queueShown() bool {
	p := m.plan()
	return slices.ContainsFunc(slices.Concat(p.panels, p.rightPanels), func(q panel) bool { return q.id == panelExceptions })
}

// noTarget says why a key has nothing to act on.
func (m Model) noTarget() string {
	switch {
	case m.screen == screenDay:
		return "nothing to act on here: 2 lists the exceptions"
	case m.screen == screenBudgets:
		return "this budget has raised no exception"
	case m.screen == screenExceptions || len(m.snap.Exceptions)+len(m.snap.Snoozed) == 0:
		return "there is no exception"
	}
	return "this run has no exception: 2 lists those of others"
}

func (m Model) acknowledge(e budget.Exception) Model {
	if e.State == budget.Acknowledged {
		m.flash = "it is acknowledged already"
		return m
	}
	m.send(monitor.Move{ID: e.ID, To: budget.Acknowledged})
	m.acted = m.newest().At
	m.flash = "asked to acknowledge " + subject(e, m.snap) + ": " + ruleWords(e.Rule)
	return m
}
