package budget

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	forecastDays   = 28  // of history that the level is made of
	levelHalf      = 5.0 // days in which a day loses half its weight in the level
	minActive      = 3   // days with spend, before anything is forecast
	resamples      = 200
	lateInPeriod   = 2.0 / 3
	lateWidening   = 1.25
	forecastBottom = 0.10
	forecastTop    = 0.90
)

// outlook is what is expected of the rest of a period: what was spent so far,
// and a level times the plan's weight of the time that is left.
type outlook struct {
	Forecast
	spent  int64
	level  float64 // amount for each hour of average weight
	active int     // days with spend that it stands on
}

// pastDay is what was spent on one local day, and its weight in the plan.
type pastDay struct {
	spent, plan, weight float64
	whole               bool
}

// look forecasts a period as of an instant; what was spent from quarter end on
// is not known yet. The same facts give the same outlook.
//
// The level is the decayed mean of spend over plan of the last days; the band is
// a bootstrap of whole days' ratios, made wider late in the period, where it was measured
// to be too narrow.
func (b *book) look(c *cells, l *plan, now time.Time, end int64, from, to time.Time, zone *time.Location) outlook {
	o := outlook{spent: c.between(model.QuarterOf(from), end).upper.int64()}
	past := b.pastDays(c, now, end, zone)
	var spent, planned float64
	for _, d := range past {
		spent += d.weight * d.spent
		planned += d.weight * d.plan
		if d.spent > 0 {
			o.active++
		}
	}
	if planned > 0 {
		o.level = spent / planned
	}
	if o.active < minActive {
		o.Why = "insufficient history: fewer than 3 days with spend"
		return o
	}
	left := l.until(to) - l.until(now)
	o.Known = true
	o.P50 = addFloat(o.spent, o.level*left)
	low, high := b.bandOf(past, l, now, from, to, zone)
	if l.share(from, now) > lateInPeriod {
		low, high = left+(low-left)*lateWidening, left+(high-left)*lateWidening
	}
	o.P10 = min(o.P50, addFloat(o.spent, max(0, o.level*low)))
	o.P90 = max(o.P50, addFloat(o.spent, o.level*high))
	return o
}

// band is a bootstrap's outcome, for what it was made of.
type band struct {
	at, from, past int64
	low, high      float64
}

// bandOf gives the band of what is left of a period, in hours of average weight.
// It follows from whole days, so that it is made anew only once a quarter of an hour.
func (b *book) bandOf(past []pastDay, l *plan, now, from, to time.Time, zone *time.Location) (low, high float64) {
	for _, k := range b.bands {
		if k.at == now.Unix() && k.from == from.Unix() && k.past == b.past {
			return k.low, k.high
		}
	}
	days, mean := wholeDays(past)
	if len(days) < minActive || mean <= 0 {
		days, mean = past, meanOf(past)
	} else {
		defer func() {
			b.bands = append(b.bands[max(0, len(b.bands)-1):], band{now.Unix(), from.Unix(), b.past, low, high})
		}()
	}
	return bootstrap(days, mean, chunks(l, now, to, zone), b.seed(from))
}

func wholeDays(past []pastDay) (whole []pastDay, mean float64) {
	for _, d := range past {
		if d.whole {
			whole = append(whole, d)
		}
	}
	return whole, meanOf(whole)
}

// meanOf is the weighted mean of spend over plan.
func meanOf(days []pastDay) float64 {
	spent, planned := 0.0, 0.0
	for _, d := range days {
		spent += d.weight * d.spent
		planned += d.weight * d.plan
	}
	if planned == 0 {
		return 0
	}
	return spent / planned
}

// addFloat adds an amount that is not negative, held within the range of int64.
func addFloat(n int64, f float64) int64 {
	if f >= math.MaxInt64-float64(max(0, n)) {
		return math.MaxInt64
	}
	return n + int64(math.Round(f))
}

// pastDays gives the local days before now since the first spend, at most four
// weeks of them, newest first; the present one as far as it has come.
func (b *book) pastDays(c *cells, now time.Time, end int64, zone *time.Location) []pastDay {
	y, m, d := now.In(zone).Date()
	all := c.from(model.QuarterOf(Midnight(y, m, d-forecastDays, zone)))
	first := slices.IndexFunc(all, func(x *cell) bool { return x.amount != amount{} })
	if first < 0 {
		return nil
	}
	begin := all[first].quarter
	var past []pastDay
	to := now
	for age := 0; age <= forecastDays; age++ {
		from := Midnight(y, m, d-age, zone)
		a, z := model.QuarterOf(from), model.QuarterOf(to)
		if age == 0 {
			z = end // the present quarter, and what is said to come from the future
		}
		if z <= begin && age > 0 {
			break
		}
		day := pastDay{weight: math.Exp2(-float64(age) / levelHalf), whole: age > 0}
		day.spent = float64(c.between(a, min(z, end)).upper.int64())
		day.plan = b.weightOf(from, to, zone)
		if day.plan > 0 {
			past = append(past, day)
		}
		to = from
	}
	return past
}

// weightOf is the plan's weight between two instants of one day. Whole days are remembered.
func (b *book) weightOf(from, to time.Time, zone *time.Location) float64 {
	if !b.profile.learned {
		return to.Sub(from).Hours()
	}
	key := [2]int64{from.Unix(), to.Unix()}
	if w, ok := b.weights[key]; ok {
		return w
	}
	w := newPlan(&b.profile, from, to.Add(899*time.Second), zone).until(to)
	if b.weights == nil || len(b.weights) > 200 {
		b.weights = map[[2]int64]float64{}
	}
	b.weights[key] = w
	return w
}

// chunks gives the plan's weight of what is left of today and of each later day.
func chunks(l *plan, now, to time.Time, zone *time.Location) []float64 {
	var all []float64
	y, m, d := now.In(zone).Date()
	for at := now; at.Before(to); {
		d++
		next := Midnight(y, m, d, zone)
		if next.After(to) {
			next = to
		}
		all = append(all, l.until(next)-l.until(at))
		at = next
	}
	return all
}

// bootstrap gives the tenth and the ninetieth percentile of what the chunks may
// come to, in hours of average weight: each is as dear, against its plan and the mean, as a past
// day drawn by its weight, and the level itself is that of days drawn in the same way.
func bootstrap(days []pastDay, mean float64, chunks []float64, seed uint64) (low, high float64) {
	if mean <= 0 || len(chunks) == 0 {
		return 0, 0
	}
	ratios, odds, total, squares := make([]float64, len(days)), make([]float64, len(days)), 0.0, 0.0
	for i, d := range days {
		w := d.weight * d.plan
		total, squares = total+w, squares+w*w
		ratios[i], odds[i] = d.spent/d.plan/mean, total
	}
	// A weighted mean is as uncertain as a plain one of fewer days.
	worth := max(1, int(total*total/squares+0.5))
	random := rand.New(rand.NewPCG(seed, uint64(len(ratios))))
	draw := func() float64 {
		i := sort.SearchFloat64s(odds, random.Float64()*total)
		return ratios[min(i, len(ratios)-1)]
	}
	sums := make([]float64, resamples)
	for i := range sums {
		level := 0.0
		for range worth {
			level += draw()
		}
		for _, c := range chunks {
			sums[i] += c * draw()
		}
		sums[i] *= level / float64(worth)
	}
	slices.Sort(sums)
	return sums[int(forecastBottom*resamples)], sums[int(forecastTop*resamples)]
}

// seed is always the same for one budget and period.
func (b *book) seed(from time.Time) uint64 {
	h := fnv.New64a()
	h.Write([]byte(b.Name))
	return h.Sum64() ^ uint64(from.Unix())
}
