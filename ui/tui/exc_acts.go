package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
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
	for _, all := range [][]budget.Exception{m.snap.Exceptions, m.snap.Snoozed} {
		for _, e := range all {
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

// formKey gives a key to the form that is open.
func (m Model) formKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	if !m.armed && m.form.focus >= len(m.form.fields) && key.Matches(k, m.keys.Open) {
		return m, nil // typed before the deed was on screen
	}
	f, result, cmd := m.form.key(k, m.keys)
	m.form = f
	switch result {
	case menuClosed:
		m.dialog = dialogNone
	case menuChosen:
		return m.commit(), cmd
	}
	return m, cmd
}

// commit does what the form says, or tells in the form why not.
func (m Model) commit() Model {
	s := m.newest()
	var said string
	var err error
	switch m.form.kind {
	case formExtend:
		said, err = m.commitExtend(s)
	case formDismiss:
		said, err = m.commitDismiss(s)
	case formLabel:
		said, err = m.commitLabel(s)
	}
	if err != nil {
		m.form.problem = err.Error()
		return m
	}
	m.dialog, m.flash, m.acted = dialogNone, said, s.At
	return m
}

// errOver says that what a form acts on is no longer there.
var errOver = fmt.Errorf("it is over meanwhile: nothing was sent")

func (m Model) openDismiss(e budget.Exception) (Model, tea.Cmd) {
	f := form{kind: formDismiss, title: "Dismiss " + subject(e, m.snap), about: []string{what(e)}, deed: "Dismiss", exception: e.ID,
		fields: []formField{{label: "As", choices: []string{"false positive", "accepted"}}, textField("Reason", "", "why, for the audit trail")}}
	return m.openForm(f)
}

func (m Model) openForm(f form) (Model, tea.Cmd) {
	f, focus := f.focusOn(0)
	m.form = f
	m, arm := m.arm(dialogForm)
	return m, tea.Batch(arm, focus)
}

func (m Model) commitDismiss(s monitor.Snapshot) (string, error) {
	e, ok := exceptionOf(s, m.form.exception)
	if !ok {
		return "", errOver
	}
	reason := model.Clean(m.form.value(1), 500)
	if reason == "" {
		return "", fmt.Errorf("a reason is needed")
	}
	to := []budget.Life{budget.DismissedFP, budget.Dismissed}[m.form.fields[0].choice]
	m.send(monitor.Move{ID: e.ID, To: to, Reason: reason})
	return "asked to dismiss " + subject(e, s) + " as " + m.form.fields[0].choices[m.form.fields[0].choice], nil
}

func (m Model) openLabel() (Model, tea.Cmd) {
	var run model.RunID
	switch m.screen {
	case screenExceptions, screenBudgets:
		if e, ok := m.target(); ok {
			run = e.Run
		}
	case screenMain, screenRun:
		if r, ok := m.actsOn(); ok {
			run = r.ID
		}
	}
	r, ok := runOf(m.snap, run)
	if !ok || run == "" {
		m.flash = "there is no run to label here"
		return m, nil
	}
	f := form{kind: formLabel, title: "Label " + safe(r.Name), about: []string{"an empty field takes the label away"}, deed: "Label the run", run: r.ID,
		fields: []formField{textField("Task", safe(r.Task), "such as ABC-123"), textField("Client", safe(r.Client), "a client's name")}}
	return m.openForm(f)
}

func (m Model) commitLabel(s monitor.Snapshot) (string, error) {
	r, ok := runOf(s, m.form.run)
	if !ok {
		return "", errOver
	}
	task, client := model.Clean(m.form.value(0), 80), model.Clean(m.form.value(1), 80)
	if task == safe(r.Task) && client == safe(r.Client) {
		return "nothing changed", nil
	}
	m.send(monitor.Label{Run: r.ID, Task: task, Client: client})
	return "asked to label " + safe(r.Name), nil
}

// extension is what the form about an extension knows of the budget.
type extension struct {
	budget string
	unit   budget.Unit
	limit  int64 // without extensions; 0 unknown
	again  bool  // it was extended before
}

// budgetException finds the exception that a budget raised, the worst first.
func budgetException(s monitor.Snapshot, b budget.Standing) (budget.Exception, bool) {
	for _, all := range [][]budget.Exception{s.Exceptions, s.Snoozed} {
		for _, e := range all {
			if e.Budget != "" && e.Budget == b.Budget.Name && (b.Key == "" || string(e.Run) == b.Key || b.Budget.Period.Name != budget.Run) {
				return e, true
			}
		}
	}
	return budget.Exception{}, false
}

func (m Model) openExtend(e budget.Exception) (Model, tea.Cmd) {
	if e.Budget == "" {
		m.flash = "only an exception of a budget can be extended: a acknowledges, z snoozes, D dismisses"
		return m, nil
	}
	x, about := extension{budget: safe(e.Budget)}, ""
	for _, b := range m.snap.Budgets {
		if b.Budget.Name == e.Budget && (b.Key == "" || b.Key == string(e.Run)) {
			x.unit, x.limit, x.again = b.Budget.Limit.Unit, b.Limit-b.Granted, b.Granted > 0
			about = amount(x.unit, b.Spent) + " of " + limitText(b) + " is spent"
		}
	}
	hint := map[budget.Unit]string{budget.USD: "such as 5.00", budget.TokenUnit: "such as 5M tokens", budget.CreditUnit: "such as 100 credits"}[x.unit]
	f := form{kind: formExtend, title: "Extend " + x.budget, about: []string{what(e), about}, deed: "Extend", exception: e.ID, extend: x,
		fields: []formField{
			textField("Amount", "", hint), textField("Until", "", "such as 2h, 18:00, tomorrow, 2026-12-24"), textField("Reason", "", "why, for the audit trail"),
			textField("Agreed by", "", "who, above 20% or the second time"),
		}}
	return m.openForm(f)
}

// request reads the form about an extension.
func (f form) request(now time.Time, zone *time.Location) (n int64, until time.Time, err error) {
	if n, err = parseAmount(f.value(0), f.extend.unit); err != nil {
		return 0, time.Time{}, err
	}
	if until, err = parseUntil(f.value(1), now, zone); err != nil {
		return 0, time.Time{}, err
	}
	switch {
	case model.Clean(f.value(2), 500) == "":
		err = fmt.Errorf("a reason is needed")
	case f.value(3) != "":
	case f.extend.again:
		err = fmt.Errorf("it was extended before: somebody else has to agree")
	case f.extend.limit > 0 && float64(n) > 0.20*float64(f.extend.limit):
		err = fmt.Errorf("more than 20%% of %s: somebody else has to agree", amount(f.extend.unit, f.extend.limit))
	}
	return n, until, err
}

// deedText says what the form will do, as far as its fields tell.
func (f form) deedText(s monitor.Snapshot) string {
	if f.kind != formExtend {
		return f.deed
	}
	text := "Extend"
	if n, err := parseAmount(f.value(0), f.extend.unit); err == nil {
		text += " by " + amount(f.extend.unit, n)
		if until, err := parseUntil(f.value(1), s.At, s.Zone); err == nil {
			text += " until " + dayTime(until, s)
		}
	}
	return text
}

func (m Model) commitExtend(s monitor.Snapshot) (string, error) {
	e, ok := exceptionOf(s, m.form.exception)
	if !ok {
		return "", errOver
	}
	n, until, err := m.form.request(s.At, s.Zone)
	if err != nil {
		return "", err
	}
	m.send(monitor.Move{ID: e.ID, To: budget.Extended, Until: until, Amount: price.Money(n), Reason: model.Clean(m.form.value(2), 500), Approver: model.Clean(m.form.value(3), 80)})
	return "asked to extend " + m.form.extend.budget + " " + strings.TrimPrefix(m.form.deedText(s), "Extend "), nil
}
