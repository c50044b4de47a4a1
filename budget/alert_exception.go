package budget

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The rules that budget alerts are raised by, one for each tier.
const (
	RulePageFast  = "BUDGET_PAGE_FAST"
	RulePageSlow  = "BUDGET_PAGE_SLOW"
	RuleTicket    = "BUDGET_TICKET"
	RuleUrgent    = "BUDGET_URGENT"
	RuleThreshold = "BUDGET_THRESHOLD"
	RuleHard      = "BUDGET_HARD"
)

// Rule gives the rule that an alert of the tier is raised by.
func (t Tier) Rule() string {
	return "BUDGET_" + strings.ToUpper(strings.ReplaceAll(string(t), "-", "_"))
}

// Severity is how much an alert wants attention. Productive output lowers a page
// to a notice, and never a limit that is reached.
func (a Alert) Severity(at Action) Severity {
	switch a.Tier {
	case PageFast, PageSlow:
		if a.Notice {
			return Notice
		}
		return Page
	case Hard:
		if at == Notify {
			return Critical
		}
		return Page // somebody has to decide
	case Urgent:
		return Critical
	case Threshold:
		switch {
		case a.Percent >= 100:
			return Critical
		case a.Percent >= 80:
			return Warn
		}
		return Notice
	}
	return Warn
}

// Exception gives one of the standing's alerts as an exception. Its ID is the
// same for one episode of the alert.
func (s Standing) Exception(a Alert) Exception {
	u := s.Budget.Limit.Unit
	e := Exception{
		ID: a.ExceptionID(), Rule: a.Tier.Rule(), Severity: a.Severity(s.Budget.AtLimit), At: a.Since, Changed: a.Since,
		Observed: a.Text, Budget: s.Budget.Name, State: Open,
	}
	if s.Budget.Period.Name == Run {
		e.Run = model.RunID(s.Key)
	}
	switch a.Tier {
	case PageFast, PageSlow:
		e.Threshold = fmt.Sprintf("%s more than planned within %s, and still in the last %s", u.Format(a.LimitX), hours(a.Long), hours(a.Short))
	case Ticket:
		e.Threshold = fmt.Sprintf("expected at %s, today and when today began", u.Format(s.Limit+a.LimitX))
	case Urgent:
		e.Threshold = "even the low end of the forecast is above " + u.Format(s.Limit)
	default:
		e.Threshold = u.Format(a.LimitX)
	}
	for _, p := range a.TopRuns {
		e.Evidence = append(e.Evidence, Clue{Text: fmt.Sprintf("run %s: %s", model.Clean(string(p.Run), 100), u.Format(p.Amount))})
	}
	if u == USD && a.LongX > 0 && (a.Tier == PageFast || a.Tier == PageSlow) {
		e.Waste = moneyOf(a.LongX)
	}
	e.Advice = s.advice(a)
	return e
}

// advice is what to do about an alert: look at what burns, or give more.
func (s Standing) advice(a Alert) Advice {
	switch a.Tier {
	case PageFast, PageSlow, Urgent:
		return Advice{Action: "human_takeover", Detail: "look at the run that spends most, and stop it or lower its model (/model) if it should not"}
	case Hard:
		return Advice{Action: "extend", Detail: "extend the budget by an amount, with an end and a reason, or stop what spends",
			Caution: "above 20 % of the limit, or for the second time, somebody else has to agree"}
	}
	return Advice{Action: "none", Detail: "nothing yet; tokenburn budgets shows what it is spent on"}
}

// MoveTo gives the move of a person that brings an exception from one state into
// another; false where there is none.
func MoveTo(from, to Life) (Move, bool) {
	switch to {
	case Reopened:
		switch {
		case from == Snoozed:
			return MoveUnsnooze, true
		case slices.Contains(decided(), from):
			return MoveUndoDecision, true
		}
		return MoveReopen, from == Resolved || from == Expired
	case Acknowledged:
		return MoveAck, true
	case Snoozed:
		return MoveSnooze, true
	case Extended:
		return MoveExtend, true
	case Downgraded:
		return MoveDowngrade, true
	case ToolsCut:
		return MoveCutTools, true
	case Compacted:
		return MoveCompact, true
	case TakenOver:
		return MoveTakeOver, true
	case Stopped:
		return MoveStop, true
	case DismissedFP:
		return MoveDismissFP, true
	case Dismissed:
		return MoveDismiss, true
	case Resolved:
		return MoveResolve, true
	}
	return "", false
}

// ExceptionID is the ID of the exception that the alert is raised as.
func (a Alert) ExceptionID() string { return a.Tier.Rule() + "-" + shortHash(a.ID()) }
