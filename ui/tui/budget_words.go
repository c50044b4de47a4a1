package tui

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// amount writes an amount in a budget's unit short, at most eight cells: "$6.10", "12.3M", "120cr".
func amount(u budget.Unit, n int64) string {
	switch u {
	case budget.TokenUnit:
		return tokens(model.Tokens(n))
	case budget.CreditUnit:
		return strings.TrimSuffix(money(price.Money(n)), ".00") + "cr" // both count in 1e-12
	}
	return "$" + money(price.Money(n))
}

// spentText is what was spent of a budget: a floor has its sign.
func spentText(b budget.Standing, g themes.Glyphs) string {
	text := amount(b.Budget.Limit.Unit, b.Spent)
	switch {
	case b.Floor && b.Spent == 0:
		return "?"
	case b.Floor:
		return g.AtLeast + text
	}
	return text
}

// limitText is a budget's limit with the word of its unit where that is not told by a sign.
func limitText(b budget.Standing) string {
	text := amount(b.Budget.Limit.Unit, b.Limit)
	if b.Budget.Limit.Unit == budget.TokenUnit {
		text += "tok"
	}
	return text
}

// counted says that a budget has counted anything yet.
func counted(b budget.Standing) bool {
	return b.Enforced != budget.NoData || b.Spent > 0 || b.Upper > 0
}

// pace is where the plan expects a budget to stand now, in percent; -1 unknown.
func pace(b budget.Standing) float64 {
	if b.Limit <= 0 || b.Plan <= 0 || !b.Budget.Period.Calendar() {
		return -1
	}
	return 100 * float64(b.Plan) / float64(b.Limit)
}

// tightness orders budgets: what is used, or expected to be, of the limit.
func tightness(b budget.Standing) float64 {
	used := b.Used
	if b.Limit > 0 {
		used = max(used, 100*float64(b.Upper)/float64(b.Limit))
		if b.Forecast.Known {
			used = max(used, 100*float64(b.Forecast.P50)/float64(b.Limit))
		}
	}
	return used
}

// gaugeBudgets are the budgets of the header: those of calendar periods that count
// anything, the tightest first.
func gaugeBudgets(s monitor.Snapshot) []budget.Standing {
	var out []budget.Standing
	for _, b := range s.Budgets {
		if b.Budget.Period.Calendar() && counted(b) {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, func(a, b budget.Standing) int { return cmp.Compare(tightness(b), tightness(a)) })
	return out
}

// hasRunBudgets says that runs have budgets: then the tables have a column for them.
func hasRunBudgets(s monitor.Snapshot) bool {
	return slices.ContainsFunc(s.Budgets, func(b budget.Standing) bool { return b.Budget.Period.Name == budget.Run })
}

// dayBudget is the budget in dollars of the whole day, nil where there is none.
func dayBudget(s monitor.Snapshot) *budget.Standing {
	for i, b := range s.Budgets {
		if b.Budget.Period.Name == budget.Day && b.Budget.Scope == (budget.Scope{}) && b.Budget.Limit.Unit == budget.USD {
			return &s.Budgets[i]
		}
	}
	return nil
}

// todayText is what today has cost, with the day's budget where there is one.
func todayText(s monitor.Snapshot, g themes.Glyphs) string {
	text := "today " + dollars(s.Today, g)
	if b := dayBudget(s); b != nil {
		text += " of $" + money(price.Money(b.Limit))
	}
	return text
}

// budgetLabel is a budget's name where there is little room: its period where it counts
// everything and is the only one of that period, else its name.
func budgetLabel(b budget.Standing, all []budget.Standing) string {
	if b.Budget.Scope == (budget.Scope{}) && !b.Budget.Period.Milestone() {
		n := 0
		for _, o := range all {
			if o.Budget.Scope == b.Budget.Scope && o.Budget.Period.Name == b.Budget.Period.Name && o.Key == b.Key {
				n++
			}
		}
		if n <= 1 {
			return b.Budget.Period.Name
		}
	}
	if b.Budget.Name == "" {
		return safe(b.Budget.Scope.String())
	}
	return safe(b.Budget.Name)
}

// paceGauge is [gauge] with a mark at the expected point; at below 0: none.
func paceGauge(used, at float64, w int, st themes.Styles) string {
	if at < 0 || math.IsNaN(at) || w < 3 {
		return gauge(used, w, st)
	}
	i := min(w-1, max(0, int(math.Round(min(at, 100)/100*float64(w)))))
	return gaugeParts(used, w, i, st)
}

// forecastText is what the period is expected to end at: "→$26.84"; "" where that is not known.
func forecastText(b budget.Standing, g themes.Glyphs) string {
	if !b.Forecast.Known {
		return ""
	}
	return g.Arrow + amount(b.Budget.Limit.Unit, b.Forecast.P50)
}

// budgetGauge draws a budget over width cells: name, bar with its pace, percent, forecast.
func budgetGauge(b budget.Standing, label string, name, width int, st themes.Styles) string {
	g := st.Glyphs
	label = fit(label, name, g)
	numbers := padLeft(percent(b.Used), 5)
	for _, more := range []string{" " + padRight(forecastText(b, g), 8), ""} {
		if bar := width - cells(label) - cells(numbers+more) - 1; bar >= 6 && more != " " || bar >= 4 && more == "" {
			return label + " " + paceGauge(b.Used, pace(b), bar, st) + gaugeText(b.Used, numbers, st) + st.Muted.Render(more)
		}
	}
	return ends(label, percent(b.Used), width, g)
}
