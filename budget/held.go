package budget

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Held is a budget that holds by itself (it gates or stops), judged alone: what was
// spent against the limit, without forecasts and alerts. It is for whoever must answer
// at once, and belongs to one goroutine.
type Held struct {
	Budget
	scope   scopeMatcher
	zone    *time.Location
	spent   amount
	waiting amount
}

// Holding gives the budgets of a plan that hold by themselves, in the plan's order.
// The error is a [PlanError].
func Holding(p Plan) ([]*Held, error) {
	budgets, err := p.Resolve()
	if err != nil {
		return nil, err
	}
	var all []*Held
	for _, b := range budgets {
		if b.AtLimit == Gate || b.AtLimit == Stop {
			all = append(all, &Held{Budget: b, scope: newScopeMatcher(b.Scope, p.Home), zone: p.zone()})
		}
	}
	return all, nil
}

// Counts says whether a row lies within the budget's scope.
func (h *Held) Counts(s Spend) bool { return h.scope.match(attributesOf(s)) }

// Key gives the run or task that the budget is for where it counts a row, "" for
// calendar periods and milestones; false where it is for none.
func (h *Held) Key(s Spend) (string, bool) {
	switch h.Period.Name {
	case Run:
		return string(s.Run), s.Run != ""
	case Task:
		return s.Task, s.Task != ""
	}
	return "", true
}

// Bounds gives the first quarter of an hour of the period that an instant lies in,
// and the first after it; false where the period is not running then, or has no
// beginning because it is a run's or a task's. What is said to come from later than now
// was spent now: so the end is far away.
func (h *Held) Bounds(now time.Time) (from, to int64, ok bool) {
	const never = 1 << 40
	begin, end := h.Period.At(now, h.zone)
	if !h.Period.Calendar() || now.Before(begin) || !now.Before(end) {
		return 0, 0, false
	}
	return model.QuarterOf(begin), never, true
}

// Add counts a row as spent. Whether it belongs to the budget, and to its present
// period, is for the caller to know.
func (h *Held) Add(s Spend) { h.spent = h.spent.plus(h.Limit.Unit.of(s)) }

// Clear forgets what was counted.
func (h *Held) Clear() { h.spent, h.waiting = amount{}, amount{} }

// Await counts a row as spent that is expected: a request that others were allowed.
func (h *Held) Await(s Spend) { h.waiting = h.waiting.plus(h.Limit.Unit.of(s)) }

// Awaited is what is expected, in the unit of the limit, with what has no price at
// its upper bound.
func (h *Held) Awaited() int64 { return h.waiting.upper.int64() }

// Amount gives what a row is in the budget's unit, with what has no price at its
// upper bound, and whether all of it has a price.
func (h *Held) Amount(s Spend) (upper int64, priced bool) {
	a := h.Limit.Unit.of(s)
	return a.upper.int64(), a.unpriced == sum{}
}

// Standing gives how the budget stands, with what extensions add to it now.
func (h *Held) Standing(key string, now time.Time, granted int64) Standing {
	s := Standing{Budget: h.Budget, Key: key, Granted: granted, Limit: sum{}.add(h.Limit.Amount).add(granted).int64()}
	s.From, s.To = h.Period.At(now, h.zone)
	s.Spent, s.Upper, s.Unpriced = h.spent.spent.int64(), h.spent.upper.int64(), h.spent.unpriced.int64()
	s.Floor = s.Unpriced > 0
	s.Used = percent(s.Spent, s.Limit)
	s.Enforced = Enforced
	return s
}

// Refuses says whether the budget has no room for an amount more, beside what is
// expected already. Where a plan denies models without a price, it has none for those.
func (h *Held) Refuses(s Standing, next int64, priced bool, p Plan) bool {
	if !priced && p.Unpriced == "deny" && h.Limit.Unit != TokenUnit {
		return true
	}
	with := sum{}.add(h.Awaited()).add(max(1, next))
	return s.Refuses(with.int64())
}
