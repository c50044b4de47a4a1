package budget

import (
	"fmt"
	"math"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// Earlier is a run that is over, as far as later ones are compared with it.
type Earlier struct {
	SameProject bool // as the run that is judged
	// Research says that it was asked to find something out rather than to change something.
	Research bool
	Cost     price.Money // of what has a price; 0 unknown
	// Gap is the most that was spent before something came of the run, or between two
	// such times. Made says that something came of it, and that Gap is known.
	Gap  price.Money
	Made bool
}

// fewestEarlier is how many earlier runs there must be to compare with.
const fewestEarlier = 8

// Earlier is what later runs are compared with, once this one is over. What was
// spent after the last artifact is not in its gap: nothing came of that.
func (w *Watcher) Earlier() Earlier {
	return Earlier{Research: w.purpose() == purposeResearch, Cost: w.cost, Gap: w.gap, Made: w.made.any}
}

// AsksResearch says whether a prompt asks to find something out rather than to
// change something; known is false where it does not tell.
func AsksResearch(prompt string) (research, known bool) {
	p := purposeOf(prompt)
	return p == purposeResearch, p != purposeUnknown
}

// peers are the earlier runs of one kind, added up.
type peers struct {
	costs          int    // how many costs are compared with, and
	basis          string // whose they are
	median         price.Money
	middle, spread float64 // of the logarithms of the costs
	gaps           int
	usual, most    price.Money // gaps: three of four, and 19 of 20, are at most this
}

// peers gives what the run is compared with, as far as its kind is known now. It
// is added up once for each kind, since every response asks for it.
func (w *Watcher) peers() *peers {
	research := w.purpose() == purposeResearch
	at := &w.like[0]
	if research {
		at = &w.like[1]
	}
	if *at == nil {
		*at = newPeers(w.s.Earlier, research)
	}
	return *at
}

func newPeers(earlier []Earlier, research bool) *peers {
	var same, all, gaps []price.Money
	for _, e := range earlier {
		if e.Research != research {
			continue
		}
		if e.Cost > 0 {
			all = append(all, e.Cost)
			if e.SameProject {
				same = append(same, e.Cost)
			}
		}
		if e.Made {
			gaps = append(gaps, e.Gap)
		}
	}
	p := &peers{gaps: len(gaps), costs: len(same), basis: "runs of the same project and kind"}
	if len(gaps) > 0 {
		p.usual, p.most = quantile(gaps, 0.75), quantile(gaps, 0.95)
	}
	if len(same) < fewestEarlier {
		p.costs, p.basis = len(all), fmt.Sprintf("runs of the same kind of any project (only %d of the same project)", len(same))
		same = all
	}
	if p.costs > 0 {
		p.compare(same)
	}
	return p
}

// compare takes the middle and the spread of costs.
func (p *peers) compare(costs []price.Money) {
	logs := make([]float64, len(costs))
	for i, c := range costs {
		logs[i] = math.Log(math.Max(float64(c), float64(price.Dollar)/1000))
	}
	p.middle = middle(logs)
	for i := range logs {
		logs[i] = math.Abs(logs[i] - p.middle)
	}
	p.spread = math.Max(middle(logs), math.Log(1.25))
	p.median = price.Money(math.Exp(p.middle))
}

// robustZ is how far the logarithm of a cost is from the median of the others, in
// units of their median deviation: 0.6745 (x - median) / MAD. The deviation is
// taken as at least a quarter of the cost, so that equal runs make no outlier of
// a slightly dearer one. Source: Iglewicz and Hoaglin, modified z-score.
func (p *peers) robustZ(cost price.Money) float64 {
	return 0.6745 * (math.Log(float64(cost)) - p.middle) / p.spread
}

// quantile is the value below which a share of the amounts lies, interpolated.
func quantile(amounts []price.Money, q float64) price.Money {
	s := slices.Clone(amounts)
	slices.Sort(s)
	at := q * float64(len(s)-1)
	i := int(at)
	if i+1 >= len(s) {
		return s[len(s)-1]
	}
	return s[i] + price.Money((at-float64(i))*float64(s[i+1]-s[i]))
}

// middle is the median; it sorts what it is given.
func middle(x []float64) float64 {
	slices.Sort(x)
	n := len(x)
	if n == 0 {
		return 0
	}
	if n%2 == 1 {
		return x[n/2]
	}
	return (x[n/2-1] + x[n/2]) / 2
}
