package budget

import (
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// Rebook changes what the burn of the last hours is counted for: f gives each
// row of it with the attributes that hold now. It is for a judge that has just taken over
// from that of another plan or of other labels, before it is asked for standings.
func (j *Judge) Rebook(f func(Spend) Spend) {
	for i := range j.pending {
		j.pending[i].spend = f(j.pending[i].spend)
	}
}

// RunLimit gives the tightest limit in dollars, extensions included, that a run
// budget sets for the run of a row; false where none does.
func (j *Judge) RunLimit(s Spend, now time.Time) (price.Money, bool) {
	var least price.Money
	found := false
	for _, k := range j.matching(s) {
		if k.Period.Name != Run || k.Limit.Unit != USD {
			continue
		}
		if l := moneyOf(k.limit(string(s.Run), now)); !found || l < least {
			least, found = l, true
		}
	}
	return least, found
}

func moneyOf(n int64) price.Money { return price.Money(n) }

// Withdraw takes an extension back.
func (j *Judge) Withdraw(e Extension) {
	for _, k := range j.books {
		k.grants = slices.DeleteFunc(k.grants, func(o Extension) bool { return k.Name == e.Budget && o == e })
	}
}
