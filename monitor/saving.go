package monitor

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The methods of a [ledger.Saving].
const (
	savedByResume   = "resume"
	savedByServer   = "server"
	savedBySettings = "settings" // from the next turn on
)

// earlyTime is how long a switch is measured before an hour's saving is told from it.
const earlyTime = 5 * time.Minute

// NewSaving is a switch that was just carried out, with what was promised of it.
func NewSaving(p control.Plan, s control.Switch, offer *ModelOffer, at time.Time, actor, prices string) ledger.Saving {
	was := p.Turns[string(p.Target.Run)].Settings
	v := ledger.Saving{
		ID: string(p.Target.Run) + "-" + strconv.FormatInt(at.UnixNano(), 36), Run: p.Target.Run, At: at, Actor: actor, Method: savedByResume,
		FromModel: model.Clean(was.Model, 100), FromEffort: model.Clean(was.Effort, 40), ToModel: model.Clean(s.Model, 100), ToEffort: model.Clean(s.Effort, 40),
		Tier: was.Tier, Promised: -1, OneOff: -1, Prices: prices,
	}
	if p.Owner.Kind == control.Server {
		v.Method = savedByServer
		if s.Later {
			v.Method = savedBySettings
		}
	}
	if offer != nil {
		if offer.Why == "" {
			v.Promised = offer.Saves
		}
		if !offer.OneOff.Floor() {
			v.OneOff = offer.OneOff.USD
		}
	}
	return v
}

// MeasureSaving adds up what the run's own thread has used since a switch: of at
// most twelve turns and at most an hour from it on. It says Until once that is
// over. A thread that was folded without detail tells nothing.
func MeasureSaving(s ledger.Saving, root *model.Thread, now time.Time) ledger.Saving {
	end := s.At.Add(offerTime)
	used := map[savedKey]*ledger.SavingUse{}
	turns := map[int]bool{}
	s.Used, s.Turns, s.Until = nil, 0, time.Time{}
	begun, full := s.Method != savedBySettings, false
	for i := range root.Responses {
		r := &root.Responses[i]
		if r.At.Before(s.At) || r.At.After(end) {
			continue
		}
		own := r.Bucket.Model == s.ToModel
		begun = begun || own && (s.FromModel != s.ToModel || r.Effort == s.ToEffort)
		if !begun {
			continue // the turn that was left alone goes on
		}
		if full = !turns[r.Turn] && len(turns) == offerTurns; full {
			break
		}
		k := savedKey{r.Bucket, s.FromModel != s.ToModel && (!own || len(turns) == 0)}
		if own {
			turns[r.Turn] = true
		}
		u := used[k]
		if u == nil {
			u = &ledger.SavingUse{Bucket: k.bucket, SwitchItself: k.itself}
			used[k] = u
		}
		u.Usage, u.Responses = u.Usage.Add(r.Usage), u.Responses+1
		s.Until = r.At
	}
	for _, u := range used {
		s.Used = append(s.Used, *u)
	}
	slices.SortStableFunc(s.Used, func(a, b ledger.SavingUse) int {
		return cmp.Or(cmp.Compare(a.Bucket.Quarter, b.Bucket.Quarter), cmp.Compare(a.Bucket.Model, b.Bucket.Model), compareBool(b.SwitchItself, a.SwitchItself), compareBool(a.Bucket.Long, b.Bucket.Long))
	})
	s.Turns = len(turns)
	switch {
	case full:
	case now.Before(end):
		s.Until = time.Time{}
	default:
		s.Until = end
	}
	return s
}

type savedKey struct {
	bucket model.Bucket
	itself bool
}

// Saved is what a switch was promised to save, and what it saved.
type Saved struct {
	ledger.Saving
	Before price.Cost  // what the same tokens would have cost without the switch
	Actual price.Cost  // what they cost, with what the switch itself did
	Once   price.Cost  // the part of Actual that the switch itself did: a compaction, a lost cache
	Total  price.Money // Before less Actual; negative where the switch has cost more so far
	Hour   price.Money // an hour, without what the switch itself did
	Early  bool        // it is too early to tell Hour
	Why    string      // why Total and Hour are not known, "" where they are
}

// SavedBy prices a saving as it was measured up to an instant, at which the
// measurement may still go on.
func SavedBy(s ledger.Saving, prices *price.List, now time.Time) Saved {
	v := Saved{Saving: s}
	var lasting, instead price.Cost
	hit := usualHit(s.Used)
	for _, u := range s.Used {
		cost := prices.Cost(u.Bucket, u.Usage)
		v.Actual = v.Actual.Add(cost)
		old := u.Bucket
		old.Model = s.FromModel
		switch {
		case !u.SwitchItself:
			lasting, instead = lasting.Add(cost), instead.Add(prices.Cost(old, u.Usage))
		case u.Bucket.Model == s.ToModel: // without the switch the cache would have served it
			served := u.Usage
			served.Cached, served.CacheWrite = model.Tokens(hit*float64(served.Input)), 0
			v.Once = v.Once.Add(cost)
			v.Before = v.Before.Add(prices.Cost(old, served))
		default:
			v.Once = v.Once.Add(cost)
		}
	}
	v.Before = v.Before.Add(instead)
	end := s.Until
	if end.IsZero() {
		end = now
	}
	v.Early = s.Until.IsZero() && end.Sub(s.At) < earlyTime
	hours := max(offerLeast, end.Sub(s.At)).Hours()
	switch {
	case s.FromModel == s.ToModel:
		v.Why = "the model is the same: what less thinking has saved can't be told"
	case s.Turns == 0:
		v.Why = "nothing was used since"
	case v.Before.Floor() || v.Actual.Floor():
		v.Why = "no price is listed for one of the models"
	default:
		v.Total = v.Before.USD - v.Actual.USD
		v.Hour = price.Money(float64(instead.USD-lasting.USD) / hours)
	}
	return v
}

// usualHit is the share of its input that the cache served, once the new model had one.
func usualHit(used []ledger.SavingUse) float64 {
	var sum model.Usage
	for _, u := range used {
		if !u.SwitchItself {
			sum = sum.Add(u.Usage)
		}
	}
	if sum.Input <= 0 {
		return 1
	}
	return min(1, max(0, float64(sum.Cached)/float64(sum.Input)))
}
