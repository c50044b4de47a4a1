package budget

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

func TestForecastNeedsThreeDays(t *testing.T) {
	t.Parallel()
	j := judge(t, Budget{Name: "b", Period: Period{Name: Month}, Limit: usd(100)})
	var rows []Spend
	for day := range 4 {
		at := start.AddDate(0, 0, day)
		rows = append(rows, spend("r", at, 2))
		j.Put("r", rows[:len(rows):len(rows)])
		f := one(t, j, at.Add(time.Hour)).Forecast
		if f.Known != (day >= 2) || f.Known == (f.Why != "") {
			t.Errorf("day %d: %+v", day+1, f)
		}
	}
}

func TestForecastOfSteadySpend(t *testing.T) {
	t.Parallel()
	j := judge(t, Budget{Name: "b", Period: Period{Name: Month}, Limit: usd(50)})
	var rows []Spend
	month := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for h := range 10 * 24 {
		rows = append(rows, spend("r", month.Add(time.Duration(h)*time.Hour), 0.1))
	}
	j.Put("r", rows)
	now := month.AddDate(0, 0, 10)
	s := one(t, j, now)
	if got := float64(s.Forecast.P50) / float64(dollar); math.Abs(got-72) > 0.5 {
		t.Errorf("$2.40 a day: forecast $%.2f, want $72", got)
	}
	// $24 are spent; the limit comes after 50/2.4 = 20.8 days.
	if want := month.Add(time.Duration(50 / 2.4 * 24 * float64(time.Hour))); s.Exhausts.Sub(want).Abs() > 2*time.Hour {
		t.Errorf("reached at %s, want about %s", s.Exhausts, want)
	}
	j.Burn(now, spend("r", now, 1)) // two dollars an hour, as far as the last half hour tells
	if s := one(t, j, now); s.Exhausts.Sub(now.Add(13*time.Hour)).Abs() > 5*time.Minute {
		t.Errorf("at the present burn reached at %s", s.Exhausts)
	}
}

// work is synthetic spend: runs in working hours, more on weekdays, of lognormal cost.
type work struct {
	random *rand.Rand
	mean   float64 // dollars a month
	zone   *time.Location
}

// hour gives the costs of the runs that begin in an hour.
func (w *work) hour(at time.Time) []float64 {
	local := at.In(w.zone)
	rate := 0.05
	if h := local.Hour(); h >= 9 && h < 18 {
		rate = 1
	}
	if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
		rate *= 0.15
	}
	const runs, sigma = 800.0, 1.2 // a month
	rate *= runs / 240
	var all []float64
	for p := w.random.ExpFloat64(); p < rate; p += w.random.ExpFloat64() {
		all = append(all, w.mean/runs*math.Exp(sigma*w.random.NormFloat64()-sigma*sigma/2))
	}
	return all
}

// lived is what a judge said that lived through a month, after weeks of history, looked at
// every five minutes.
type lived struct {
	pages, tickets map[string]time.Time // by episode, when they fired
	last           Standing
}

func liveThrough(t *testing.T, seed uint64, z *time.Location, from, to time.Time, spendShare float64, leak func(time.Time) float64) lived {
	t.Helper()
	const limit = 400.0
	j := judgeIn(t, z, Budget{Name: "month", Period: Period{Name: Month}, Limit: usd(limit), WarnAt: []int{}})
	w := &work{rand.New(rand.NewPCG(seed, 1)), limit * spendShare, z}
	l := lived{pages: map[string]time.Time{}, tickets: map[string]time.Time{}}
	var rows []Spend
	n := 0
	add := func(at time.Time, dollars float64, live bool) {
		s := Spend{Quarter: model.QuarterOf(at), Run: "r", Count: model.Count{Responses: 1}, Cost: price.Cost{USD: price.Money(dollars * float64(dollar))}}
		rows = append(rows, s)
		if n++; live {
			j.Burn(at, s)
		}
	}
	for at := from.AddDate(0, 0, -35); at.Before(from); at = at.Add(time.Hour) {
		for _, c := range w.hour(at) {
			add(at, c, false)
		}
	}
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		costs := w.hour(at)
		for m := 0; m < 60; m += 5 {
			now := at.Add(time.Duration(m) * time.Minute)
			for i, c := range costs { // a run's cost comes in parts over the hour
				if i%3 <= m/20 {
					add(now, c/12*60/float64(60-20*(i%3)), true)
				}
			}
			if leak != nil {
				if c := leak(now); c > 0 {
					add(now, c/12, true)
				}
			}
			// Rows of one run are put as few larger ones: one a quarter, as a ledger has them.
			if len(rows) > 0 {
				j.Put(model.RunID(fmt.Sprint(n)), rows)
				rows = nil
			}
			s := one(t, j, now)
			for _, a := range s.Alerts {
				switch a.Tier {
				case PageFast, PageSlow:
					l.pages[a.ID()] = a.Since
				case Ticket, Urgent:
					l.tickets[a.ID()] = a.Since
				}
			}
			l.last = s
		}
	}
	return l
}

// A clean month pages seldom, a runaway in it pages soon, and slow growth beyond
// the limit is told as a ticket.
func TestPolicyOnAMonth(t *testing.T) {
	t.Parallel()
	z := zone(t, "Europe/Berlin")
	from, to := Midnight(2026, 10, 1, z), Midnight(2026, 11, 1, z) // clocks go back on the 25th
	pages, tickets := 0, 0
	const months = 1 // more of them say the same: one or two pages each
	for seed := range uint64(months) {
		l := liveThrough(t, seed, z, from, to, 0.8, nil)
		pages += len(l.pages)
		tickets += len(l.tickets)
		t.Logf("clean month %d: %d pages, %d tickets, spent %s", seed, len(l.pages), len(l.tickets), USD.Format(l.last.Spent))
	}
	if pages > 4*months || tickets > 0 {
		t.Errorf("%d clean months: %d pages, %d tickets", months, pages, tickets)
	}
	began := time.Date(2026, 10, 14, 20, 0, 0, 0, z)
	leak := func(now time.Time) float64 { // 5 % of the budget an hour, in the evening
		if now.Before(began) {
			return 0
		}
		return 20
	}
	l := liveThrough(t, 1, z, from, began.Add(2*time.Hour), 0.8, leak)
	late := time.Duration(math.MaxInt64)
	for _, since := range l.pages {
		if !since.Before(began) {
			late = min(late, since.Sub(began))
		}
	}
	if late > 40*time.Minute {
		t.Errorf("a runaway of 5%% of the budget an hour was paged %s after it began", late)
	}
	t.Logf("runaway: paged %s after it began", late)
	l = liveThrough(t, 2, z, from, from.AddDate(0, 0, 12), 1.5, nil)
	if len(l.tickets) == 0 {
		t.Errorf("a month that ends at 150%% of its limit had no ticket by day 12: %+v", l.last.Forecast)
	}
}

// On synthetic months the forecast is about as far off as the method was measured
// to be, leans to neither side, and its band holds what it says.
func TestForecastOfSyntheticMonths(t *testing.T) {
	t.Parallel()
	z := zone(t, "Europe/Berlin")
	from, to := Midnight(2026, 3, 1, z), Midnight(2026, 4, 1, z) // clocks go forward on the 29th
	const months = 40
	for _, day := range []int{7, 14, 21} {
		var off, lean float64
		inside := 0
		for seed := range uint64(months) {
			random := rand.New(rand.NewPCG(seed, 7))
			w := &work{random, 400 * (0.6 + random.Float64()), z}
			j := judgeIn(t, z, Budget{Name: fmt.Sprint("b", seed), Period: Period{Name: Month}, Limit: usd(400)})
			now, total := from.AddDate(0, 0, day), 0.0
			var rows []Spend
			for at := from.AddDate(0, 0, -35); at.Before(to); at = at.Add(time.Hour) {
				for _, c := range w.hour(at) {
					if !at.Before(from) {
						total += c
					}
					if at.Before(now) {
						rows = append(rows, Spend{Quarter: model.QuarterOf(at), Cost: price.Cost{USD: price.Money(c * float64(dollar))}})
					}
				}
			}
			j.Put("r", rows)
			f := one(t, j, now).Forecast
			diff := (float64(f.P50)/float64(dollar) - total) / total
			off += math.Abs(diff) / months
			lean += diff / months
			if d := total * float64(dollar); float64(f.P10) <= d && d <= float64(f.P90) {
				inside++
			}
		}
		t.Logf("day %d: off by %.0f%%, leans by %+.0f%%, %d of %d inside of the band", day, 100*off, 100*lean, inside, months)
		if off > 0.16 || math.Abs(lean) > 0.06 || inside < months*6/10 {
			t.Errorf("day %d: off by %.0f%%, leans by %+.0f%%, %d of %d inside of the band", day, 100*off, 100*lean, inside, months)
		}
	}
}
