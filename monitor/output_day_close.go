package monitor

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// close finishes the account.
func (a *account) close() {
	d := a.day
	for id, r := range a.runs {
		d.PerRun = append(d.PerRun, *r)
		for i, name := range a.namesOf(id) {
			for n := range name {
				a.parts[i][n].Runs++
			}
		}
		for kind := range a.kinds[id] {
			a.parts[partKind][kind].Runs++
		}
	}
	slices.SortStableFunc(d.PerRun, func(x, y DayRun) int {
		return cmp.Or(cmp.Compare(y.Cost.USD, x.Cost.USD), cmp.Compare(y.Usage.Total(), x.Usage.Total()), strings.Compare(string(x.ID), string(y.ID)))
	})
	d.Runs = len(d.PerRun)
	d.ByProject, d.ByModel, d.ByKind, d.ByUser = shareList(a.parts[partProject]), shareList(a.parts[partModel]), shareList(a.parts[partKind]), shareList(a.parts[partUser])
	if a.clients {
		d.ByClient = shareList(a.parts[partClient])
	}
	if a.tasks {
		d.ByTask = shareList(a.parts[partTask])
	}
	if a.in.Days > 1 {
		d.ByDay = shareList(a.byDay)
		slices.SortStableFunc(d.ByDay, func(x, y Share) int { return strings.Compare(x.Name, y.Name) })
	}
	d.Active = union(a.busy)
	a.usual()
	a.output()
	a.judged()
	d.Notes = notes(a)
}

// namesOf gives the parts but kinds that a run is in, by the place in parts.
func (a *account) namesOf(id model.RunID) (names [6]map[string]bool) {
	for i := range names {
		names[i] = map[string]bool{}
	}
	members := a.in.Runs[id]
	for _, m := range members {
		base := a.in.Spending.base(id, members, m)
		used := false
		for b, n := range m.Thread.Rows {
			if b.Quarter >= a.from && b.Quarter < a.to && n != (model.Count{}) {
				used = true
				names[partModel][model.Clean(b.Model, maxPath)] = true
			}
		}
		if used {
			names[partProject][model.Clean(base.Project, maxPath)] = true
			names[partUser][model.Clean(base.User, maxPath)] = true
			names[partClient][model.Clean(cmp.Or(base.Client, NoClient), maxPath)] = true
			names[partTask][model.Clean(cmp.Or(base.Task, NoTask), maxPath)] = true
		}
	}
	for i := range names { // rows of nothing at all are in no part
		for n := range names[i] {
			if a.parts[i][n] == nil {
				delete(names[i], n)
			}
		}
	}
	return names
}

// usual compares with the days before.
func (a *account) usual() {
	d := a.day
	y, m, day := d.Date.Date()
	for i := 1; i <= max(1, a.in.Days); i++ {
		d.Previous = d.Previous.Add(a.past[budget.Midnight(y, m, day-i, a.zone).Format(time.DateOnly)])
	}
	if a.in.Days > 1 {
		return
	}
	var costs []price.Money
	for _, c := range a.past {
		if c != (price.Cost{}) {
			costs = append(costs, c.USD)
		}
	}
	if len(costs) < usualFrom {
		return
	}
	slices.Sort(costs)
	n := len(costs)
	d.Median = costs[n/2]
	if n%2 == 0 {
		d.Median = costs[n/2-1] + (costs[n/2]-costs[n/2-1])/2
	}
}

// judged takes what budgets and rules said of the day.
func (a *account) judged() {
	d := a.day
	period := a.period()
	for i := range a.in.Standings {
		s := &a.in.Standings[i]
		if s.Budget.Scope == (budget.Scope{}) && period != "" && s.Budget.Period.Name == period && a.in.Client == "" && d.Budget == nil {
			one := *s
			d.Budget = &one
		}
	}
	for _, s := range a.in.Headroom {
		if s.Budget.Period.Calendar() {
			d.Headroom = append(d.Headroom, s)
		}
	}
	for _, e := range a.in.Exceptions {
		if _, mine := a.runs[e.Run]; !e.At.Before(d.Date) && e.At.Before(d.To) && (a.in.Client == "" || mine) {
			d.Exceptions = append(d.Exceptions, e)
		}
	}
	slices.SortStableFunc(d.Exceptions, func(x, y budget.Exception) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), x.At.Compare(y.At))
	})
	a.alive()
}

// period is the period of budgets that the account covers exactly; "" none.
func (a *account) period() string {
	for _, name := range []string{budget.Day, budget.Week, budget.Month} {
		from, to := budget.Period{Name: name}.At(a.day.Date, a.zone)
		if from.Equal(a.day.Date) && to.Equal(a.day.To) {
			return name
		}
	}
	return ""
}

// shareList gives shares dearest first.
func shareList(all map[string]*Share) []Share {
	list := make([]Share, 0, len(all))
	for _, s := range all {
		list = append(list, *s)
	}
	slices.SortStableFunc(list, func(x, y Share) int {
		return cmp.Or(cmp.Compare(y.Cost.USD, x.Cost.USD), cmp.Compare(y.Usage.Total(), x.Usage.Total()), strings.Compare(x.Name, y.Name))
	})
	return list
}

// dateCache remembers the date of each quarter of an hour.
type dateCache struct {
	zone  *time.Location
	known map[int64]string
}

func (c dateCache) of(quarter int64) string {
	d, ok := c.known[quarter]
	if !ok {
		d = model.QuarterTime(quarter).In(c.zone).Format(time.DateOnly)
		c.known[quarter] = d
	}
	return d
}

// portionOf gives a part of an amount, rounded down.
func portionOf(m price.Money, part, whole int64) price.Money {
	if m <= 0 || part <= 0 || whole <= 0 {
		return 0
	}
	if part >= whole {
		return m
	}
	q, _ := mulDiv(int64(min(m, math.MaxInt64)), part, whole)
	return price.Money(q)
}
