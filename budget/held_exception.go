package budget

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The rules of what the gate raises.
const (
	RuleGate     = "BUDGET_GATE"   // a request was refused
	RuleDegraded = "HOOK_DEGRADED" // the gate could not decide
)

// taskClue marks the task that a refusal of a budget for each task is about.
const taskClue = "task: "

// GateID is the ID of the exception that a refusal is raised as: the same within one
// period of the budget, or for one run or task, whose beginning not everybody knows.
func (s Standing) GateID() string {
	from := s.From.Unix()
	if s.Key != "" {
		from = 0
	}
	return RuleGate + "-" + shortHash(fmt.Sprintf("%s/%s/%d", s.Budget.Name, s.Key, from))
}

// Refusal gives the exception that says that the gate refused a request which was
// expected to use next, beside what others were allowed and had not used yet.
func (s Standing) Refusal(e Exception, next, awaited int64) Exception {
	u := s.Budget.Limit.Unit
	e.ID, e.Rule, e.Severity, e.State, e.Budget = s.GateID(), RuleGate, Page, Open, s.Budget.Name
	e.Observed = fmt.Sprintf("a request was refused: %s used, about %s more was asked for", u.Format(s.Upper), u.Format(next))
	if awaited > 0 {
		e.Observed += fmt.Sprintf(", %s is awaited by others", u.Format(awaited))
	}
	e.Threshold = u.Format(s.Limit)
	switch s.Budget.Period.Name {
	case Run:
		e.Run = model.RunID(s.Key)
	case Task:
		e.Run = ""
		e.Evidence = append(e.Evidence, Clue{Text: taskClue + s.Key})
	default:
		e.Run = "" // it is about no run alone
	}
	e.Advice = s.advice(Alert{Tier: Hard})
	return e
}

// GateKey gives the run or task that a refusal's budget is for; "" for calendar periods.
func GateKey(e Exception) string {
	if e.Run != "" {
		return string(e.Run)
	}
	for _, c := range e.Evidence {
		if task, ok := strings.CutPrefix(c.Text, taskClue); ok {
			return task
		}
	}
	return ""
}
