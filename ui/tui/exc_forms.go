package tui

import (
	"errors"
	"fmt"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

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
var errOver = errors.New("it is over meanwhile: nothing was sent")

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
