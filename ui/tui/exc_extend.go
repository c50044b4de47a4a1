package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

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
		m.flash = "only budget exceptions can be extended: a acknowledges, z snoozes, D dismisses"
		return m, nil
	}
	x, about := extension{budget: safe(e.Budget)}, ""
	for _, b := range m.snap.Budgets {
		if b.Budget.Name == e.Budget {
			x.unit = b.Budget.Limit.Unit
		}
		if b.Budget.Name == e.Budget && (b.Key == "" || b.Key == string(e.Run)) {
			x.limit, x.again = b.Limit-b.Granted, b.Granted > 0
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
