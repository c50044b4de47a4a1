package budget

import (
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Ten budgets with a month of history, one response after the other.
func BenchmarkStandings(b *testing.B) {
	var budgets []Budget
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"} {
		budgets = append(budgets, Budget{Name: name, Period: Period{Name: Month}, Limit: usd(400)})
	}
	budgets = append(budgets, Budget{Name: "run", Period: Period{Name: Run}, Limit: usd(5)})
	j := judge(b, budgets...)
	for i := range 1000 {
		at := start.Add(-time.Duration(i) * 43 * time.Minute)
		j.Put(model.RunID(at.String()), []Spend{spend("x", at, 0.3)})
	}
	var rows []Spend
	now := start
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now = now.Add(100 * time.Millisecond)
		if s := spend("r", now, 0.001); i%50 == 0 {
			rows = append(rows, s)
		} else {
			rows[len(rows)-1].Cost.USD++
		}
		j.Put("r", append([]Spend{}, rows...))
		j.Burn(now, rows[len(rows)-1])
		j.Standings(now)
	}
}
