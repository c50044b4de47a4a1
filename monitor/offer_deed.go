package monitor

import (
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// offerInput is what the loop knows for a run's offers. It shares no memory with the loop.
func (l *loop) offerInput(r *run) OfferInput {
	now := l.now()
	in := OfferInput{Now: now, Zone: l.o.Zone, Prices: l.o.Prices, Policy: l.plan.Plan.Policy, Rate: r.rate(now), Today: l.agg.today}
	root := r.root()
	in.Threads = []*model.Thread{lately(root.thread)}
	for _, e := range r.threads {
		if e != root {
			in.Threads = append(in.Threads, lately(e.thread))
		}
	}
	for _, o := range l.list {
		in.All.USDPerHour = in.All.USDPerHour.Add(o.rate(now).USDPerHour)
	}
	return in
}

// lately is the part of a thread that offers are worked out from, as a copy.
func lately(t *model.Thread) *model.Thread {
	var from time.Time
	if n := len(t.Responses); n > 0 {
		from = t.Responses[n-1].At.Add(-offerTime)
	}
	i := slices.IndexFunc(t.Responses, func(r model.Response) bool { return !r.At.Before(from) })
	return &model.Thread{ID: t.ID, Responses: slices.Clone(t.Responses[max(0, i):]), Turns: slices.Clone(t.Turns), TurnBase: t.TurnBase}
}

// For completes what offers are worked out from with what a plan and Codex tell.
func (in OfferInput) For(p control.Plan, models []control.Model) OfferInput {
	turn := p.Turns[string(p.Target.Run)]
	in.Settings, in.Context, in.Models, in.Later = turn.Settings, turn.Context, models, p.Owner.Kind == control.Server
	return in
}

// OffersFor are [Offers] of a run with a plan, each with the command that does it by
// hand, and in words how it would be carried out with the first that saves something.
func OffersFor(in OfferInput, p control.Plan) (offers []ModelOffer, how []string) {
	offers = Offers(in)
	for i := range offers {
		o := &offers[i]
		s := control.Switch{Model: o.Model, Effort: o.Effort}
		if o.Current {
			continue
		}
		o.Command = commandLine(p.Target.Cwd, p.SwitchCommand(s))
		if how == nil {
			how = p.How(s)
		}
	}
	return offers, how
}
