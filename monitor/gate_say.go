package monitor

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// refuse takes a budget's refusal: what the user reads, and what is written down.
func (j *gateJudge) refuse(x GateStanding) {
	if o, ok := j.limitOf(x.Budget.Name); ok {
		j.refuseOrder(o, fmt.Sprintf("it was to be stopped at %s and has used %s; the next request is expected to take about %s",
			price.Money(o.Amount), price.Money(x.Upper), price.Money(x.Next)))
		return
	}
	e := x.Refusal(budget.Exception{Run: j.next.Run, Thread: j.q.Thread, At: j.now.UTC(), Changed: j.now.UTC()}, x.Next, x.Awaited)
	e.Owner = cmp.Or(j.plan.Approvers[x.Budget.Name], j.plan.Approvers[""])
	text := j.words(x) + " To go on: " + extendCommand(e.ID, x)
	j.answer.Refusals = append(j.answer.Refusals, GateRefusal{Budget: x.Budget.Name, Exception: e.ID, Text: text})
	j.raised = append(j.raised, raising{e, ledger.Entry{At: j.now, Actor: selfActor, Action: "refuse", Subject: x.Budget.Name,
		Before: x.Budget.Limit.Unit.Format(x.Upper) + " of " + x.Budget.Limit.Unit.Format(x.Limit), After: "refused " + j.q.Event,
		Reason: e.Observed, Evidence: fmt.Sprintf("thread %s, run %s, model %s", j.q.Thread, j.next.Run, j.next.Model), Prices: j.asOf()}})
}

func (j *gateJudge) asOf() string {
	if j.prices == nil {
		return ""
	}
	return j.prices.AsOf
}

// words says which budget is used up, by how much, and when it begins anew.
func (j *gateJudge) words(x GateStanding) string {
	u := x.Budget.Limit.Unit
	var b strings.Builder
	fmt.Fprintf(&b, "budget %s", quoted(x.Budget.Name))
	if x.Key != "" {
		fmt.Fprintf(&b, " (%s %s)", x.Budget.Period, model.Clean(x.Key, 60))
	}
	least := ""
	if x.Floor {
		least = "at most " // what has no price is at its upper bound
	}
	used := u.Format(x.Upper)
	if used == u.Format(x.Limit) && x.Upper < x.Limit {
		used = "nearly " + used // to three digits it is all of it
	}
	fmt.Fprintf(&b, ": %s%s of %s used", least, used, u.Format(x.Limit))
	if x.Awaited > 0 {
		fmt.Fprintf(&b, ", %s more is on its way", u.Format(x.Awaited))
	}
	switch {
	case !x.Priced && j.plan.Unpriced == "deny" && u != budget.TokenUnit:
		fmt.Fprintf(&b, ", and model %s has no price (unpriced = \"deny\")", model.Clean(j.next.Model, 60))
	case j.q.Event != GateTool:
		fmt.Fprintf(&b, ", and the next request is expected to take about %s", u.Format(x.Next))
	}
	b.WriteByte('.')
	if !x.To.IsZero() {
		fmt.Fprintf(&b, " It begins anew at %s.", x.To.Format("2006-01-02 15:04"))
	}
	return b.String()
}

// extendCommand is the command that gives a budget as much as needs nobody else's
// agreement, and enough for a request where that is more.
func extendCommand(id string, x GateStanding) string {
	missing := x.Upper + x.Awaited + x.Next - x.Limit
	amount := max(x.Budget.Limit.Amount/5, missing, 1)
	return fmt.Sprintf("tokenburn exceptions extend %s %s --until 2h --reason WHY", id, amountWord(x.Budget.Limit.Unit, amount))
}

// amountWord writes an amount as a command line takes it, rounded up.
func amountWord(u budget.Unit, n int64) string {
	up := func(unit int64) int64 { return (n + unit - 1) / unit }
	switch u {
	case budget.TokenUnit:
		return fmt.Sprintf("'%dk tokens'", up(1000))
	case budget.CreditUnit:
		return fmt.Sprintf("'%d credits'", up(budget.Credit))
	}
	cents := up(int64(price.Dollar / 100))
	return fmt.Sprintf("'$%d.%02d'", cents/100, cents%100)
}

// obey takes the orders of the run that hold: what refuses by itself, and the limits
// that are judged as budgets of one run.
func (j *gateJudge) obey() ([]*budget.Held, error) {
	var plan budget.Plan
	for _, o := range j.orders {
		switch OrderKind(o.Kind) {
		case OrderHold:
			if j.newTurn(o) {
				j.refuseOrder(o, "it is held until "+o.Until.In(j.zone()).Format("2006-01-02 15:04"))
			}
		case OrderTurnEnd:
			if j.newTurn(o) {
				j.refuseOrder(o, "no further turn was to begin")
			}
		case OrderAmount:
			plan.Budgets = append(plan.Budgets, budget.Budget{Name: orderName(o), Period: budget.Period{Name: budget.Run},
				Limit: budget.Limit{Unit: budget.USD, Amount: max(1, int64(o.Amount))}, AtLimit: budget.Gate, FailOpen: true})
		}
	}
	return budget.Holding(plan)
}

// newTurn says that it is asked about a turn of the run's root which begins, or began,
// after an order. A turn that was running goes on, with its sub-agents.
func (j *gateJudge) newTurn(o ledger.Order) bool {
	if model.RunID(j.q.Thread) != j.next.Run {
		return false
	}
	return j.q.Event == GatePrompt || j.meter.Began.After(o.At)
}

func (j *gateJudge) zone() *time.Location {
	if j.plan.Zone == nil {
		return time.Local
	}
	return j.plan.Zone
}

// orderName is what an order's limit is called among budgets.
func orderName(o ledger.Order) string { return "order " + o.ID }

func (j *gateJudge) limitOf(name string) (ledger.Order, bool) {
	for _, o := range j.orders {
		if o.Kind == string(OrderAmount) && orderName(o) == name {
			return o, true
		}
	}
	return ledger.Order{}, false
}

// refuseOrder takes a refusal that somebody has ordered.
func (j *gateJudge) refuseOrder(o ledger.Order, why string) {
	by := model.Clean(o.Actor, 60)
	text := fmt.Sprintf("this run: %s (ordered by %s at %s).", why, cmp.Or(by, "somebody"), o.At.In(j.zone()).Format("15:04"))
	j.answer.Refusals = append(j.answer.Refusals, GateRefusal{Order: o.ID, Text: text})
	j.raised = append(j.raised, raising{entry: ledger.Entry{At: j.now, Actor: selfActor, Action: "refuse", Subject: string(j.next.Run),
		Before: o.Kind, After: "refused " + j.q.Event, Reason: model.Clean(why, 300), Evidence: "order " + o.ID + ", thread " + j.q.Thread, Prices: j.asOf()}})
}

func quoted(name string) string { return `"` + model.Clean(name, 60) + `"` }
