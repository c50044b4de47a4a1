package budget

import (
	"math"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// start is a Monday noon in the middle of a month.
var start = time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC)

const dollar = int64(price.Dollar)

// spend is a row of so many dollars for a run at an instant.
func spend(run string, at time.Time, dollars float64) Spend {
	return Spend{Quarter: model.QuarterOf(at), Run: model.RunID(run), Project: "github.com/acme/shop", User: "ada", Model: "gpt-6.2-sol",
		Count: model.Count{Usage: model.Usage{Input: model.Tokens(dollars * 1e5)}, Responses: 1},
		Cost:  price.Cost{USD: price.Money(dollars * float64(dollar))}, Credits: int64(dollars * 25 * float64(Credit))}
}

func usd(n float64) Limit { return Limit{USD, int64(n * float64(dollar))} }

// judge makes a judge of budgets that must be right.
func judge(t testing.TB, budgets ...Budget) *Judge {
	t.Helper()
	return judgeIn(t, time.UTC, budgets...)
}

func judgeIn(t testing.TB, zone *time.Location, budgets ...Budget) *Judge {
	t.Helper()
	j, err := NewJudge(Plan{Budgets: budgets, Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func one(t testing.TB, j *Judge, now time.Time) Standing {
	t.Helper()
	all := j.Standings(now)
	if len(all) != 1 {
		t.Fatalf("%d standings, want 1: %+v", len(all), all)
	}
	return all[0]
}

func TestSpendIsCountedInItsPeriod(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		period string
		at     time.Time
		now    time.Time
		want   int64
	}{
		{"first quarter of the day", Day, midnight, start, dollar},
		{"last quarter of the day before", Day, midnight.Add(-time.Second), start, 0},
		{"last instant of the day", Day, start, midnight.Add(24*time.Hour - 1), dollar},
		{"the next day's first instant", Day, start, midnight.Add(24 * time.Hour), 0},
		{"monday begins the week", Week, midnight, start, dollar},
		{"sunday belongs to the week before", Week, midnight.Add(-time.Second), start, 0},
		{"the month's first", Month, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), start, dollar},
		{"the month before", Month, time.Date(2026, 10, 31, 23, 59, 59, 0, time.UTC), start, 0},
		{"from the future is now", Day, start.Add(90 * 24 * time.Hour), start, dollar},
		{"the clock went back behind it", Day, start, start.Add(-48 * time.Hour), dollar},
		{"the same instant", Day, start, start, dollar},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			j := judge(t, Budget{Name: "b", Period: Period{Name: tt.period}, Limit: usd(10)})
			j.Put("r", []Spend{spend("r", tt.at, 1)})
			if s := one(t, j, tt.now); s.Spent != tt.want || s.Upper != tt.want {
				t.Errorf("spent %s, upper %s, want %s (%s to %s)", USD.Format(s.Spent), USD.Format(s.Upper), USD.Format(tt.want), s.From, s.To)
			}
		})
	}
}

func TestMilestone(t *testing.T) {
	t.Parallel()
	from, to := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 16, 0, 0, 0, 0, time.UTC)
	j := judge(t, Budget{Name: "beta", Period: Period{From: from, To: to}, Limit: usd(10)})
	j.Put("r", []Spend{spend("r", from.Add(-time.Second), 1), spend("r", from, 2), spend("r", to.Add(-time.Second), 4), spend("r", to, 8)})
	tests := []struct {
		now   time.Time
		spent int64
		why   string
	}{
		{from.Add(-time.Hour), 0, "it has not begun"},
		{to, 6 * dollar, ""},
		{to.AddDate(1, 0, 0), 6 * dollar, ""},
	}
	for _, tt := range tests {
		s := one(t, j, tt.now)
		if s.Spent != tt.spent || s.Forecast.Why != tt.why {
			t.Errorf("%s: spent %s (%q), want %s (%q)", tt.now, USD.Format(s.Spent), s.Forecast.Why, USD.Format(tt.spent), tt.why)
		}
		if len(s.Alerts) > 0 {
			t.Errorf("%s: alerts outside of the period: %+v", tt.now, s.Alerts)
		}
	}
	if s := one(t, j, to); !s.Forecast.Known || s.Forecast.P50 != s.Upper {
		t.Errorf("the forecast of what is over is what it was: %+v", s.Forecast)
	}
}

func TestPutReplacesWhatWasKnownOfARun(t *testing.T) {
	t.Parallel()
	j := judge(t, Budget{Name: "b", Period: Period{Name: Day}, Limit: usd(10)})
	j.Put("r", []Spend{spend("r", start, 1), spend("r", start, 2)})
	j.Put("s", []Spend{spend("s", start, 4)})
	j.Put("r", []Spend{spend("r", start.Add(time.Hour), 3)})
	if s := one(t, j, start.Add(time.Hour)); s.Spent != 7*dollar {
		t.Errorf("spent %s, want $7.00", USD.Format(s.Spent))
	}
	j.Put("r", nil)
	j.Put("s", nil)
	if s := one(t, j, start.Add(time.Hour)); s.Spent != 0 || s.Enforced != NoData {
		t.Errorf("spent %s (%s), want nothing, without data", USD.Format(s.Spent), s.Enforced)
	}
}

func TestARunBudgetCoversTheWholeTree(t *testing.T) {
	t.Parallel()
	j := judge(t, Budget{Name: "run", Period: Period{Name: Run}, Limit: usd(5), AtLimit: Stop})
	sub := spend("root", start, 3)
	sub.Model = "gpt-5.1-mini"
	j.Put("root", []Spend{spend("root", start.Add(-48*time.Hour), 2.5), sub})
	j.Put("other", []Spend{spend("other", start, 1)})
	j.Put("old", []Spend{spend("old", start.AddDate(0, 0, -3), 50)})
	all := j.Standings(start.Add(time.Hour))
	if len(all) != 2 || all[0].Key != "root" || all[1].Key != "other" {
		t.Fatalf("standings of %+v", all)
	}
	s := all[0]
	if s.Spent != 5*dollar+dollar/2 || !s.Exceeded() || s.Used != 110 {
		t.Errorf("root: %s, %.0f%%, exceeded %v", USD.Format(s.Spent), s.Used, s.Exceeded())
	}
	if len(s.Alerts) != 1 || s.Alerts[0].Tier != Hard || !s.Alerts[0].Since.Equal(model.QuarterTime(model.QuarterOf(start))) {
		t.Errorf("alerts: %+v", s.Alerts)
	}
	if s.Enforced != Advisory {
		t.Errorf("without somebody who stops it is %s", s.Enforced)
	}
	j.Holds(false, true)
	if s := j.Standings(start.Add(time.Hour))[0]; s.Enforced != Enforced {
		t.Errorf("with somebody who stops it is %s", s.Enforced)
	}
}

func TestTaskBudgetsAddUpRuns(t *testing.T) {
	t.Parallel()
	j := judge(t, Budget{Name: "task", Period: Period{Name: Task}, Limit: usd(5)})
	a, b, none := spend("a", start, 2), spend("b", start, 1), spend("c", start, 9)
	a.Task, b.Task = "ACME-1", "ACME-1"
	j.Put("a", []Spend{a})
	j.Put("b", []Spend{b})
	j.Put("c", []Spend{none})
	if s := one(t, j, start); s.Key != "ACME-1" || s.Spent != 3*dollar {
		t.Errorf("%q spent %s", s.Key, USD.Format(s.Spent))
	}
}

func TestUnpricedCountsAtItsUpperBoundForHardLimits(t *testing.T) {
	t.Parallel()
	row := spend("r", start, 4)
	row.Cost.Unpriced, row.Cost.Upper = 1000, price.Money(7*dollar)
	j := judge(t, Budget{Name: "b", Period: Period{Name: Day}, Limit: usd(10)})
	j.Put("r", []Spend{row})
	s := one(t, j, start)
	if s.Spent != 4*dollar || s.Upper != 11*dollar || !s.Floor || s.Unpriced != 1000 || s.Used != 40 || !s.Exceeded() {
		t.Errorf("%+v", s)
	}
	if len(s.Alerts) != 1 || s.Alerts[0].Tier != Hard {
		t.Errorf("only the hard limit counts the bound: %+v", s.Alerts)
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	row := spend("r", start, 2)
	unknown := row
	unknown.Credits = 0
	tests := []struct {
		name         string
		unit         Unit
		row          Spend
		spent, upper int64
		floor        bool
	}{
		{"dollars", USD, row, 2 * dollar, 2 * dollar, false},
		{"tokens", TokenUnit, row, 200_000, 200_000, false},
		{"credits", CreditUnit, row, 50 * Credit, 50 * Credit, false},
		{"credits not known", CreditUnit, unknown, 0, 50 * Credit, true},
	}
	for _, tt := range tests {
		j := judge(t, Budget{Name: "b", Period: Period{Name: Day}, Limit: Limit{tt.unit, math.MaxInt64}})
		j.Put("r", []Spend{tt.row})
		if s := one(t, j, start); s.Spent != tt.spent || s.Upper != tt.upper || s.Floor != tt.floor {
			t.Errorf("%s: spent %d, upper %d, floor %v", tt.name, s.Spent, s.Upper, s.Floor)
		}
	}
}

func TestLimitOfZero(t *testing.T) {
	t.Parallel()
	j := judge(t, Budget{Name: "b", Period: Period{Name: Month}, Limit: usd(0)})
	s := one(t, j, start)
	if s.Used != 0 || s.Exceeded() || !s.Refuses(0) || len(s.Alerts) > 0 {
		t.Errorf("nothing spent of nothing: %+v", s)
	}
	j.Put("r", []Spend{spend("r", start, 0.01)})
	j.Burn(start, spend("r", start, 0.01))
	s = one(t, j, start)
	if s.Used != overNothing || !s.Exceeded() || len(s.Alerts) != 1 {
		t.Errorf("something spent of nothing: %+v", s)
	}
}

func TestAmountsAtTheEndOfTheirRange(t *testing.T) {
	t.Parallel()
	huge := spend("r", start, 1)
	huge.Cost = price.Cost{USD: math.MaxInt64, Upper: math.MaxInt64, Unpriced: math.MaxInt64}
	j := judge(t, Budget{Name: "b", Period: Period{Name: Month}, Limit: Limit{USD, math.MaxInt64}})
	j.Put("r", []Spend{huge, huge, huge})
	j.Put("small", []Spend{spend("small", start, 1)})
	j.Burn(start, huge)
	j.Burn(start, huge)
	if s := one(t, j, start); s.Spent != math.MaxInt64 || s.Upper != math.MaxInt64 || !s.Exceeded() {
		t.Errorf("spent %d, upper %d", s.Spent, s.Upper)
	}
	j.Put("r", nil)
	if s := one(t, j, start); s.Spent != dollar {
		t.Errorf("after the overflow was taken back: spent %d", s.Spent)
	}
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	month := Budget{Name: "month", Period: Period{Name: Month}, Limit: usd(100)}
	part := Budget{Name: "part", Period: Period{Name: Month}, Parent: "month", Share: 0.9}
	j := judge(t, month, part)
	j.Put("r", []Spend{spend("r", start, 95)})
	until := start.Add(time.Hour)
	if err := j.Grant("part", "", 20*dollar, until); err == nil {
		t.Error("an envelope of $100 let its part have $110")
	}
	if err := j.Grant("month", "", 10*dollar, until); err != nil {
		t.Error(err)
	}
	if err := j.Grant("part", "", 20*dollar, until); err != nil {
		t.Error(err)
	}
	if err := j.Grant("part", "", 20*dollar, until); err != nil { // the same again
		t.Error(err)
	}
	for _, tt := range []struct {
		now   time.Time
		limit int64
		over  bool
	}{{start, 110 * dollar, false}, {until.Add(-1), 110 * dollar, false}, {until, 90 * dollar, true}} {
		s := j.Standings(tt.now)[1]
		if s.Limit != tt.limit || s.Exceeded() != tt.over || s.Granted != tt.limit-90*dollar {
			t.Errorf("%s: limit %s, granted %s, exceeded %v", tt.now, USD.Format(s.Limit), USD.Format(s.Granted), s.Exceeded())
		}
	}
	for _, bad := range []error{j.Grant("none", "", dollar, until), j.Grant("month", "", 0, until), j.Grant("month", "r", dollar, until), j.Grant("month", "", -dollar, until)} {
		if bad == nil {
			t.Error("an impossible extension was granted")
		}
	}
}

func TestTakeOverKeepsExtensionsAndBurn(t *testing.T) {
	t.Parallel()
	b := Budget{Name: "day", Period: Period{Name: Day}, Limit: usd(10)}
	old := judge(t, b)
	if err := old.Grant("day", "", 5*dollar, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	old.Burn(start.Add(-time.Minute), spend("r", start, 3))
	old.Standings(start)
	b.Limit = usd(20)
	j := judge(t, b)
	j.TakeOver(old)
	s := one(t, j, start)
	if s.Limit != 25*dollar {
		t.Errorf("limit %s, want $25.00", USD.Format(s.Limit))
	}
	tr, ok := j.Explain("day", "", start)
	if !ok || tr.Windows[0].Spent != 3*dollar {
		t.Errorf("burn of the last minutes: %+v", tr.Windows)
	}
}
