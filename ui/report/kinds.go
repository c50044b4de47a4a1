package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// ByKind adds up rows by the kind of work, each row priced as [Of] prices it. The
// kinds add up to the whole exactly, in tokens and in money.
func ByKind(rows map[model.KindBucket]model.Count, prices *price.List) map[model.Kind]Usage {
	sum := map[model.Kind]Usage{}
	for b, c := range rows {
		if c != (model.Count{}) {
			sum[b.Kind] = sum[b.Kind].Plus(Usage{c, prices.Cost(b.Bucket, c.Usage)})
		}
	}
	return sum
}

// Share is a kind's part of a whole.
type Share struct {
	Kind model.Kind
	Part float64 // 0 to 1
}

// Shares gives each kind's part of the cost, the greatest first; tokens without a
// price count at their upper bound, and where nothing has a price at all the
// parts are those of the tokens. It is empty where nothing was used.
func Shares(sum map[model.Kind]Usage) []Share {
	weigh := func(u Usage) float64 { return float64(u.Cost.USD) + float64(u.Cost.Upper) }
	total := 0.0
	for _, k := range model.Kinds() {
		total += weigh(sum[k])
	}
	if total <= 0 {
		weigh = func(u Usage) float64 { return float64(u.Total()) }
		for _, k := range model.Kinds() {
			total += weigh(sum[k])
		}
	}
	var all []Share
	for _, k := range model.Kinds() {
		if part := weigh(sum[k]); part > 0 && total > 0 {
			all = append(all, Share{k, part / total})
		}
	}
	slices.SortStableFunc(all, func(a, b Share) int {
		switch {
		case a.Part > b.Part:
			return -1
		case a.Part < b.Part:
			return 1
		}
		return 0
	})
	return all
}

// MixedUnder is the part that a kind must have for more than it to name the whole.
const MixedUnder = 0.6

// KindOf gives the kind of a whole: false where no kind has more than [MixedUnder] of it.
func KindOf(shares []Share) (model.Kind, bool) {
	if len(shares) > 0 && shares[0].Part > MixedUnder {
		return shares[0].Kind, true
	}
	return model.KindOther, false
}

// KindLabel names a whole by its kind, or shows what it is mixed of: "edit",
// "mixed: 45% edit, 30% test, 25% research". It is "" where nothing was used.
func KindLabel(shares []Share) string {
	if len(shares) == 0 {
		return ""
	}
	if k, ok := KindOf(shares); ok {
		return k.String()
	}
	var parts []string
	for _, s := range shares[:min(3, len(shares))] {
		parts = append(parts, fmt.Sprintf("%.0f%% %s", 100*s.Part, s.Kind))
	}
	return "mixed: " + strings.Join(parts, ", ")
}
