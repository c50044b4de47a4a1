package monitor

import (
	"context"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
)

const measureEvery = 30 * time.Second // what switches saved

// savings are the switches that this monitor measures. They belong to the loop.
type savings struct {
	open []ledger.Saving
	at   time.Time // when they were measured last
}

// switched begins to measure what a switch saves that was carried out. An older one
// of the same run ends.
func (l *loop) switched(d *deed, s control.Switch, o control.Outcome) {
	now := l.now()
	offer := OfferFor(d.Models, s)
	l.savings.at = time.Time{}
	l.measureSavings(now)
	for i := range l.savings.open {
		if x := &l.savings.open[i]; x.Run == d.Run && x.Until.IsZero() {
			x.Until = now
			l.putSaving(*x)
		}
	}
	l.savings.open = slices.DeleteFunc(l.savings.open, func(x ledger.Saving) bool { return !x.Until.IsZero() })
	v := NewSaving(d.Plan, s, offer, o.SwitchedAt(), d.actor, l.o.Prices.AsOf)
	l.savings.open = append(l.savings.open, v)
	l.putSaving(v)
	l.foldWhole(d.Run) // who asked for the switch may have looked away since
}

// OfferFor is the offer whose numbers hold for a switch: of another model they hold
// for any of its efforts, as they are of the same tokens. It is nil where there is none.
func OfferFor(offers []ModelOffer, s control.Switch) *ModelOffer {
	here := slices.ContainsFunc(offers, func(o ModelOffer) bool { return o.Current && o.Model == s.Model })
	i := slices.IndexFunc(offers, func(o ModelOffer) bool { return o.Model == s.Model && !o.Current && (o.Effort == s.Effort || !here) })
	if i < 0 {
		return nil
	}
	return &offers[i]
}

// putSaving writes one down, where there is a ledger.
func (l *loop) putSaving(v ledger.Saving) {
	l.keep.add(func(ctx context.Context, k *ledger.Ledger) error { return k.PutSaving(ctx, v) })
}

// measureSavings measures the open ones anew, and writes down what changed.
func (l *loop) measureSavings(now time.Time) {
	if len(l.savings.open) == 0 || now.Sub(l.savings.at) < measureEvery {
		return
	}
	l.savings.at = now
	for i, s := range l.savings.open {
		r := l.runBy(s.Run)
		if r == nil {
			continue
		}
		v := MeasureSaving(s, r.root().thread, now)
		if v.Turns != s.Turns || !v.Until.Equal(s.Until) || !slices.Equal(v.Used, s.Used) {
			l.savings.open[i] = v
			l.putSaving(v)
		}
	}
	l.savings.open = slices.DeleteFunc(l.savings.open, func(x ledger.Saving) bool { return !x.Until.IsZero() })
}
