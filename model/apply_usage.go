package model

import "time"

// applyRecord counts a token_usage_record.
func (t *Thread) applyRecord(e *Event, at time.Time, inherited bool) Fact {
	f := t.fold
	f.recordEra = true
	foreign := e.ThreadID != "" && e.ThreadID != t.ID
	if inherited || foreign {
		d := Copied
		if foreign {
			d = OtherThread
		}
		t.decide(d)
		t.inherit(e.Usage)
		return Fact{}
	}
	d := f.counter.record(e.ResponseID, e.Usage)
	t.decide(d)
	if d != Counted {
		return Fact{}
	}
	if f.file.byRef && t.Meta.ForkedFrom != "" && t.Inherited.Responses == 0 && t.Inherited.Usage.IsZero() {
		t.Inherited.Usage = e.ThreadTotal.Sub(e.Usage).positive()
	}
	size := e.UsageTotal
	if size == 0 {
		size = e.Usage.Total()
	}
	return t.count(e.Usage, at, e.ResponseID, size, true)
}

// positive is u, or nothing where a counter is negative.
func (u Usage) positive() Usage {
	if u.Input < 0 || u.Cached < 0 || u.CacheWrite < 0 || u.Output < 0 || u.Reasoning < 0 {
		return Usage{}
	}
	return u
}

// applyTokenCount counts a token_count where it is a response of its own, and
// takes the context's size and the rate limits from it.
func (t *Thread) applyTokenCount(e *Event, at time.Time, inherited bool) Fact {
	f := t.fold
	limits := fingerprint(e.Limits)
	changed := limits != f.counter.limits
	f.counter.limits = limits
	if len(e.Limits) > 0 && !inherited {
		t.takeLimits(e.Limits)
	}
	if e.Window > 0 {
		t.Window = e.Window
	}
	if !e.HasInfo {
		t.decide(NoInfo)
		t.attempt(changed && !inherited)
		return Fact{}
	}
	if inherited {
		if e.HasLast && e.HasTotal && f.counter.head(total{e.Total, e.TotalTokens}) < 0 {
			t.inherit(e.Last)
		}
		if e.HasTotal {
			f.counter.move(f.counter.current(), total{e.Total, e.TotalTokens})
			f.counter.sameLine(at, total{e.Total, e.TotalTokens})
		}
		t.decide(Copied)
		return Fact{}
	}
	d, u := t.tokenCount(e, at)
	t.decide(d)
	if e.HasLast && e.LastTokens > 0 && d != SameLine {
		t.Context = e.LastTokens
	}
	switch d {
	case Unchanged:
		t.attempt(changed)
	case BaseOfFork:
		t.Inherited.Usage = e.Total
	case Counted, CountedTotals:
		size := e.LastTokens
		if size == 0 {
			size = u.Total()
		}
		return t.count(u, at, "", size, false)
	}
	return Fact{}
}

// count books one billed response.
func (t *Thread) count(u Usage, at time.Time, id string, size Tokens, record bool) Fact {
	if t.Turn.Started.IsZero() {
		t.newTurn("", at)
	}
	model := t.Model
	if model == "" {
		model = UnknownModel
	}
	b := Bucket{Model: model, Tier: t.Tier, Long: u.Input > LongContextTokens}
	if !at.IsZero() {
		b.Quarter = QuarterOf(at)
	}
	one := Count{u, 1}
	t.Rows[b] = t.Rows[b].Plus(one)
	if model == UnknownModel {
		t.Uncertain = t.Uncertain.Plus(one)
	}
	t.UsageAt = maxTime(t.UsageAt, at)
	t.Context = size
	t.Turn.Usage = t.Turn.Usage.Plus(one)
	t.Turn.Context = size
	t.Turn.Model, t.Turn.Effort, t.Turn.Tier = model, t.Effort, t.Tier
	t.fold.turns.settle(t)
	t.keepTurn()
	r := &t.fold.answer
	*r = Response{At: at, ID: id, Turn: t.TurnCount - 1, Bucket: b, Effort: t.Effort, Usage: u, Context: size, Window: t.Window, Record: record}
	if t.fold.opt.Detail {
		t.noteAnswer(b, one)
		t.trimResponses()
		t.Responses = append(t.Responses, *r)
	}
	return Fact{Kind: FactResponse, At: at, Turn: &t.Turn, Response: r}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (t *Thread) inherit(u Usage) { t.Inherited = t.Inherited.Plus(Count{u, 1}) }

func (t *Thread) decide(d Decision) { t.Decided[d]++ }

// attempt notes a request that was sent and never metered: since records exist,
// a token_count that repeats with new rate limits is the only trace of it.
func (t *Thread) attempt(newLimits bool) {
	if newLimits && t.fold.recordEra && t.Turn.State == TurnRunning && !t.Turn.Started.IsZero() {
		t.Unmetered++
		t.Turn.Unmetered++
		t.fold.turns.sampling = time.Time{} // this request is counted
		t.keepTurn()
	}
}

// takeLimits keeps the newest report of each rate-limit window.
func (t *Thread) takeLimits(ls []Limit) {
next:
	for _, l := range ls {
		for i := range t.Limits {
			if t.Limits[i].ID == l.ID && t.Limits[i].Minutes == l.Minutes {
				t.Limits[i] = l
				continue next
			}
		}
		if len(t.Limits) < 16 {
			t.Limits = append(t.Limits, l)
		}
	}
}

// fingerprint tells whether rate limits changed.
func fingerprint(ls []Limit) uint64 {
	h := uint64(14695981039346656037)
	for _, l := range ls {
		for _, v := range [...]uint64{uint64(l.Minutes), uint64(int64(l.Used * 1000)), uint64(l.ResetsAt.Unix())} {
			h = (h ^ v) * 1099511628211
		}
	}
	return h
}
