package demo

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// Plan is what the made-up fleet is judged by: a day, a month, each run, and one
// project inside the month, so that every screen has something to show.
func Plan(zone *time.Location) budget.Plan {
	warn := []int{50, 80, 100}
	dollars := func(n int64) budget.Limit { return budget.Limit{Unit: budget.USD, Amount: n * int64(price.Dollar)} }
	return budget.Plan{Zone: zone, Budgets: []budget.Budget{
		{Name: "month", Period: budget.Period{Name: "month"}, Limit: dollars(1500), WarnAt: warn},
		{Name: "data-pipeline", Parent: "month", Share: 0.3, Scope: budget.Scope{Project: "github.com/example/data-pipeline"}, Period: budget.Period{Name: "month"}, WarnAt: warn},
		{Name: "day", Period: budget.Period{Name: "day"}, Limit: dollars(75), WarnAt: warn, AtLimit: budget.Ask},
		{Name: "run", Period: budget.Period{Name: "run"}, Limit: dollars(10), WarnAt: warn, AtLimit: budget.Ask},
	}}
}
