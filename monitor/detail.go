package monitor

import (
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// callsShown is how many calls a run's inside has at most.
const callsShown = 200

// detail is the inside of a run; nil where there is no such run.
func (b *book) detail(id model.RunID) *RunDetail {
	r := b.runBy(id)
	if id == "" || r == nil {
		return nil
	}
	d := &RunDetail{ID: id}
	root := r.root()
	var threads []*model.Thread
	for _, e := range r.threads {
		threads = append(threads, e.thread)
		agent := ""
		if e != root {
			agent = threadView(e, root, StateDone).Name
		}
		d.addTurns(e, agent, b.o.Prices)
		d.addCalls(e, agent)
		if e == root {
			d.Context = contextPoints(e, b.o.Prices)
		}
	}
	slices.SortStableFunc(d.Turns, func(x, y TurnView) int { return y.Started.Compare(x.Started) })
	slices.SortStableFunc(d.Calls, func(x, y CallView) int { return y.At.Compare(x.At) })
	d.Calls = d.Calls[:min(len(d.Calls), callsShown)]
	d.SinceChange, d.ChangedAt = SinceChange(threads, b.o.Prices)
	return d
}

// addTurns adds a thread's turns, newest first, each with what its responses cost.
func (d *RunDetail) addTurns(e *entry, agent string, prices *price.List) {
	t := e.thread
	d.Skipped += t.TurnCount - len(t.Turns)
	type sum struct {
		cost price.Cost
		n    int64
	}
	sums := map[int]sum{}
	for i := range t.Responses {
		r := &t.Responses[i]
		s := sums[r.Turn]
		s.cost, s.n = s.cost.Add(prices.Cost(r.Bucket, r.Usage)), s.n+1
		sums[r.Turn] = s
	}
	for i := len(t.Turns) - 1; i >= 0; i-- {
		turn, number := t.Turns[i], t.TurnBase+i
		s := sums[number]
		if s.n < turn.Usage.Responses { // its responses are no longer kept
			at := turn.Ended
			if at.IsZero() {
				at = turn.Started
			}
			s.cost = prices.Cost(model.Bucket{Quarter: model.QuarterOf(at), Model: turn.Model, Tier: turn.Tier}, turn.Usage.Usage)
		}
		d.Turns = append(d.Turns, TurnView{Turn: turn, Number: number + 1, Thread: t.ID, Agent: agent,
			Cost: s.cost, Percent: model.ContextPercent(turn.Context, t.Window)})
	}
}

// addCalls adds a thread's newest calls, newest first.
func (d *RunDetail) addCalls(e *entry, agent string) {
	calls := e.thread.Calls
	for i := len(calls) - 1; i >= max(0, len(calls)-callsShown); i-- {
		c := &calls[i]
		v := CallView{At: c.At, Turn: c.Turn + 1, Thread: e.thread.ID, Agent: agent, Name: model.Clean(c.Name, 100), Text: c.Label(maxCommand),
			ExitCode: c.ExitCode, HasExit: c.HasExit, Done: c.Done, Status: model.Clean(c.Status, 40),
			Duration: c.Duration, Output: c.OutputBytes, Files: len(c.Changes)}
		if v.Duration == 0 && c.Ended.After(c.At) {
			v.Duration = c.Ended.Sub(c.At)
		}
		for _, f := range c.Changes {
			v.Added += max(0, f.Added)
			v.Removed += max(0, f.Removed)
		}
		d.Calls = append(d.Calls, v)
	}
}

// contextPoints is the context's size after each response of a thread.
func contextPoints(e *entry, prices *price.List) []ContextPoint {
	t := e.thread
	points := make([]ContextPoint, 0, len(t.Responses))
	var before time.Time
	for i := range t.Responses {
		r := &t.Responses[i]
		points = append(points, ContextPoint{At: r.At, Turn: r.Turn + 1, Tokens: r.Context,
			Percent: model.ContextPercent(r.Context, r.Window), Cost: prices.Cost(r.Bucket, r.Usage).USD,
			Compacted: slices.ContainsFunc(e.burn.compacted, func(at time.Time) bool { return at.After(before) && !at.After(r.At) })})
		before = r.At
	}
	return points
}
