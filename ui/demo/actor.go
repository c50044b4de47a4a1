package demo

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// actor plays one thread: it knows what it does next and when.
type actor struct {
	session
	fleet *Fleet
	cast  cast

	due   time.Time // of its next step
	phase phase
	end   time.Time // it begins nothing new after it; zero: it goes on
	pace  float64   // its delays are multiplied by it before the fleet goes live

	turns    int // begun so far
	n        int // responses of this turn
	context  model.Tokens
	previous model.Tokens // context of the newest request: what the cache may hold
	move     move
	began    time.Time // of the running tool call
	callID   string
	itemID   string
	failures int  // of the test that it is fixing
	ended    bool // its last move was made

	parent              *actor
	agentPath, nickname string
	agents              int
}

type phase uint8

const (
	phaseTurn   phase = iota // a turn begins next
	phaseSample              // the model answers next
	phaseTool                // the tool ends next
	phaseOver
)

// step does what is due and sets when the next step is.
func (a *actor) step() {
	at := a.due
	switch a.phase {
	case phaseTurn:
		if !a.end.IsZero() && !at.Before(a.end) && (!a.cast.bad || a.ended) {
			a.over()
			return
		}
		if a.turns == 0 {
			a.create(a.fleet.home, at, a.fleet.zone)
			a.begin(at)
		}
		a.beginTurn(at)
		a.failures = 3 + a.rng.IntN(4)
		a.wait(phaseSample, 3*time.Second, 4*time.Second)
	case phaseSample:
		if a.context > a.cast.window*88/100 {
			a.compact(at)
			a.wait(phaseSample, 2*time.Second, 2*time.Second)
			return
		}
		a.respond(at)
	case phaseTool:
		a.result(a.began, at, a.move)
		a.context += a.move.adds
		a.count(at, usageJSON(a.newest), a.cast.window, a.fleet.limits(at))
		a.wait(phaseSample, 3*time.Second, 6*time.Second)
	}
}

// respond writes one answer of the model.
func (a *actor) respond(at time.Time) {
	m := a.cast.next(a)
	if !a.end.IsZero() && !at.Before(a.end) && m.kind != failTurn {
		m, a.ended = a.cast.last(a), true
	}
	a.move = m
	a.n++
	if m.kind == failTurn { // the request failed: nothing is billed, Codex repeats what it knows
		a.count(at, usageJSON(a.newest), a.cast.window, a.fleet.limits(at))
		a.endTurn(at, m.text, m.fault)
		a.pause()
		return
	}
	if m.kind == stopTurn {
		a.abort(at)
		a.over()
		return
	}
	u := a.use(m.writes, m.thinks)
	if m.thinks > 0 {
		id := "rs_" + uuid7(at, a.rng)
		a.done(at, at, object{{"type", "Reasoning"}, {"id", id}, {"summary_text", []any{"**Thinking**"}}, {"raw_content", []any{}}})
		a.item(at, "reasoning", field{"id", id}, field{"summary", []any{object{{"type", "summary_text"}, {"text", "**Thinking**"}}}}, field{"content", nil})
	}
	if m.kind == sayDone {
		a.say(at, m.text)
		a.bill(at, u)
		a.count(at, usageJSON(u), a.cast.window, a.fleet.limits(at))
		a.endTurn(at, m.text, "")
		a.pause()
		return
	}
	a.call(at, m)
	a.bill(at, u)
	a.began = at
	if m.kind == spawnAgent {
		a.fleet.spawn(a, m, at)
	}
	if m.kind == dieThere {
		a.over()
		return
	}
	a.wait(phaseTool, m.took, m.took/2)
}

// use makes the usage of a response to the present context: what was sent before
// comes from the cache, most of the time.
func (a *actor) use(out, reasoning model.Tokens) model.Usage {
	u := model.Usage{Input: a.context, Output: out + reasoning, Reasoning: reasoning}
	switch {
	case a.previous == 0:
		u.Cached = min(u.Input, 8_064)
	case a.rng.Float64() < a.cast.hit:
		u.Cached = a.previous / 128 * 128
	default:
		u.Cached = min(u.Input, 8_064)
	}
	if a.cast.writes {
		u.CacheWrite = (u.Input - u.Cached) / 128 * 128
	}
	return u
}

// bill writes the record of a response and remembers it as ground truth.
func (a *actor) bill(at time.Time, u model.Usage) {
	a.record(at, u)
	a.previous = u.Input
	a.context = u.Input + u.Output
	b := model.Bucket{Quarter: a.last.Unix() / model.QuarterSeconds, Model: a.cast.model, Tier: a.cast.tier, Long: u.Input > model.LongContextTokens}
	t := a.fleet.truth[a.id]
	if t == nil {
		t = map[model.Bucket]model.Count{}
		a.fleet.truth[a.id] = t
	}
	t[b] = t[b].Plus(model.Count{Usage: u, Responses: 1})
}

// pause waits for the next turn, or ends where there is none.
func (a *actor) pause() {
	if a.parent != nil || a.cast.turns > 0 && a.turns >= a.cast.turns {
		a.over()
		return
	}
	a.wait(phaseTurn, a.cast.pause, a.cast.pause)
}

func (a *actor) over() {
	a.phase = phaseOver
	a.fleet.over(a)
}

// wait sets the next step after least and up to more, at the present pace.
func (a *actor) wait(p phase, least, more time.Duration) {
	d := float64(least) + a.rng.Float64()*float64(more)
	if a.due.Before(a.fleet.live) {
		d *= a.pace
	} else {
		d /= a.fleet.speed
	}
	a.phase, a.due = p, a.due.Add(time.Duration(d))
}

// tokens gives a number below n.
func (a *actor) tokens(n int) model.Tokens { return model.Tokens(a.rng.IntN(n)) }
