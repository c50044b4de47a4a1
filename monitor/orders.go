package monitor

import (
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// orderOffers are the soft landings that can be kept for a run.
func orderOffers(p control.Plan, gated bool) []OrderOffer {
	if len(p.Choices) == 0 {
		return nil
	}
	var all []OrderOffer
	// codex exec ends with its turn by itself: there is nothing to hold back after it.
	if p.Owner.Kind != control.Exec && turnRuns(p) {
		by := "tokenburn interrupts a further turn when it begins, as long as a monitor or guard runs"
		if gated {
			by = "Codex's hook refuses a further turn"
		}
		all = append(all, OrderOffer{Kind: OrderTurnEnd, Label: "Stop at the end of this turn",
			Effects: []string{"this turn goes on to its end", by, "it holds until it is called off"}})
	}
	all = append(all, OrderOffer{Kind: OrderAmount, Label: "Stop when it has cost an amount",
		Effects: []string{"it goes on until the run has cost so much in all", "then its turn is interrupted; a monitor or guard has to run"}})
	if gated {
		all = append(all, OrderOffer{Kind: OrderHold, Label: "Refuse new turns until a time",
			Effects: []string{"the running turn goes on", "Codex's hook refuses every further turn until then"}})
	}
	return all
}

// turnRuns says that a turn of the run goes on, as far as its files tell.
func turnRuns(p control.Plan) bool {
	for _, t := range p.Turns {
		if t.Number > 0 && t.State == model.TurnRunning {
			return true
		}
	}
	return false
}

func (l *loop) orderFrom(d *deed, o Order) {}
