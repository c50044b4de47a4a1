package monitor

import (
	"context"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const measureEvery = 30 * time.Second // what switches saved

// savings are the switches that this monitor measures. They belong to the loop.
type savings struct {
	open []ledger.Saving
	at   time.Time // when they were measured last
}

// switched begins to measure what a switch saves that was carried out. Older ones of the
// same run end with it, whoever began them: a token is saved once.
func (l *loop) switched(d *deed, s control.Switch, o control.Outcome) {
	v := NewSaving(d.Plan, s, OfferFor(d.Models, s), o.SwitchedAt(), d.actor, l.o.Prices.AsOf)
	l.savings.open = slices.DeleteFunc(l.savings.open, func(x ledger.Saving) bool { return x.Run == d.Run })
	l.savings.open = append(l.savings.open, v) // from here on the run is kept whole, also where it is woken now
	until := &model.Thread{}
	if r := l.runBy(d.Run); r != nil && !r.root().thread.IsShort() { // else they are as they were measured last
		for _, one := range r.root().thread.Responses {
			if one.At.Before(v.At) {
				until.Responses = append(until.Responses, one)
			}
		}
	}
	l.keep.add(func(ctx context.Context, k *ledger.Ledger) error { return beginSaving(ctx, k, v, until) })
	l.foldWhole(d.Run) // who asked for the switch may have looked away since
}

// beginSaving writes a saving down that begins, and ends those before it of the same run,
// measured by what the run's thread had used until then.
func beginSaving(ctx context.Context, k *ledger.Ledger, v ledger.Saving, until *model.Thread) error {
	open, err := k.OpenSavings(ctx)
	if err != nil {
		return err
	}
	for _, x := range open {
		if x.Run != v.Run || x.ID == v.ID || !x.At.Before(v.At) {
			continue
		}
		if len(until.Responses) > 0 {
			x = MeasureSaving(x, until, v.At)
		}
		if x.Until.IsZero() {
			x.Until = v.At
		}
		if err := k.PutSaving(ctx, x); err != nil {
			return err
		}
	}
	return k.PutSaving(ctx, v)
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
