package monitor

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// sums are what is derived from a thread's rows.
type sums struct {
	usage model.Count
	cost  price.Cost
	split Split
	day   *daySums // nil where nothing was used today or yesterday

	quarters []quarterCost // of the last seven days
	models   []string      // of the last seven days
	unpriced []string      // those of them without a price

	kinds []kindShare // of a thread whose kinds of work are known, once it was asked for
}

// daySums are the sums of the local days.
type daySums struct {
	today, yesterday price.Cost
	usage            model.Count // today
	hours            [24]price.Cost
	models           []Share // today
}

type quarterCost struct {
	quarter int64
	cost    price.Money
}

// rowCost is the cost of a row as it was when it was worked out.
type rowCost struct {
	count model.Count
	cost  price.Cost
	split Split
}

// costs prices the rows of one thread. What did not change is not priced again.
type costs map[model.Bucket]rowCost

func (c costs) of(b model.Bucket, n model.Count, prices *price.List) rowCost {
	if known, ok := c[b]; ok && known.count == n {
		return known
	}
	r := rowCost{count: n, cost: prices.Cost(b, n.Usage)}
	r.split.Input, r.split.Cached, r.split.CacheWrite, r.split.Output, _ = prices.Split(b, n.Usage)
	if c != nil {
		c[b] = r
	}
	return r
}

func (s Split) add(o Split) Split {
	return Split{s.Input.Add(o.Input), s.Cached.Add(o.Cached), s.CacheWrite.Add(o.CacheWrite), s.Output.Add(o.Output)}
}

// sumUp derives the sums of rows. What is said to come from the future counts as
// used in the present quarter, where it is shown over time.
func sumUp(rows func(func(model.Bucket, model.Count)), memo costs, d days, present int64, o Options) sums {
	var s sums
	week := present - quartersKept
	rows(func(b model.Bucket, n model.Count) {
		r := memo.of(b, n, o.Prices)
		s.usage = s.usage.Plus(n)
		s.cost = s.cost.Add(r.cost)
		s.split = s.split.add(r.split)
		if b.Quarter < week {
			return
		}
		if r.cost.USD != 0 {
			s.addQuarter(min(b.Quarter, present), r.cost.USD)
		}
		s.models = addOnce(s.models, b.Model)
		if r.cost.Floor() && b.Model != model.UnknownModel {
			s.unpriced = addOnce(s.unpriced, b.Model)
		}
		if b.Quarter >= d.yesterday && b.Quarter < d.tomorrow {
			if s.day == nil {
				s.day = &daySums{}
			}
			s.day.add(b, n, r.cost, d, o.Zone)
		}
	})
	return s
}

func (s *sums) addQuarter(q int64, m price.Money) {
	for i := range s.quarters {
		if s.quarters[i].quarter == q {
			s.quarters[i].cost = s.quarters[i].cost.Add(m)
			return
		}
	}
	s.quarters = append(s.quarters, quarterCost{q, m})
}

func (s *daySums) add(b model.Bucket, n model.Count, c price.Cost, d days, zone *time.Location) {
	if b.Quarter < d.today {
		s.yesterday = s.yesterday.Add(c)
		return
	}
	s.today = s.today.Add(c)
	s.usage = s.usage.Plus(n)
	h := model.QuarterTime(b.Quarter).In(zone).Hour()
	s.hours[h] = s.hours[h].Add(c)
	for i := range s.models {
		if m := &s.models[i]; m.Name == b.Model {
			m.Cost, m.Usage = m.Cost.Add(c), m.Usage.Plus(n)
			return
		}
	}
	s.models = append(s.models, Share{Name: b.Model, Cost: c, Usage: n})
}

func addOnce(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
