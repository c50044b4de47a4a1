// Package demo makes up a fleet of runs and writes their session files exactly as
// Codex 0.169 writes them, so that everything that reads real files can be seen,
// and tested, without Codex: six runs of different temper, one of them a runaway,
// with a week of history before them.
//
// All is determined by the seed and the clock. What was written is known to the
// token, see [Fleet.Truth].
package demo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Options say how the made-up fleet goes. The zero value is fine.
type Options struct {
	Seed  uint64           // the same seed and clock give the same files
	Speed float64          // 1, or 0: a response every few seconds in each run; 2: twice as fast
	Now   func() time.Time // nil: time.Now
	Zone  *time.Location   // Codex names files by local time; nil: time.Local
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// Fleet writes the made-up runs into one CODEX_HOME. Only one goroutine may use it.
type Fleet struct {
	home  string
	zone  *time.Location
	speed float64
	seed  uint64
	live  time.Time // when it goes from the past, with long pauses, to the present
	parts uint64    // actors made so far
	truth map[string]map[model.Bucket]model.Count

	actors []*actor
}

// Seed writes a plausible past into home: six earlier days and today since eight
// in the morning, about forty finished runs, and the six that are still live at
// now. The fleet that it gives goes on from there with [Fleet.Advance]; Close it.
func Seed(home string, now time.Time, o Options) (*Fleet, error) {
	f := &Fleet{home: home, zone: o.Zone, speed: o.Speed, seed: o.Seed, live: now, truth: map[string]map[model.Bucket]model.Count{}}
	if f.zone == nil {
		f.zone = time.Local
	}
	if f.speed <= 0 {
		f.speed = 1
	}
	f.castHistory(now)
	f.castLive(now)
	if err := f.Advance(now); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Advance writes what happens up to an instant, without waiting for it.
func (f *Fleet) Advance(to time.Time) error {
	for a := f.first(); a != nil && !a.due.After(to); a = f.first() {
		a.step()
		if a.err != nil {
			return fmt.Errorf("demo: %w", a.err)
		}
	}
	return nil
}

// Next is when something happens next; zero where nothing ever will.
func (f *Fleet) Next() time.Time {
	if a := f.first(); a != nil {
		return a.due
	}
	return time.Time{}
}

// Truth is what every thread used, by its id: the ground truth that a reader of
// the files must find. The maps are the fleet's own.
func (f *Fleet) Truth() map[string]map[model.Bucket]model.Count { return f.truth }

// Close closes all files; the runs that are still live stay unfinished.
func (f *Fleet) Close() error {
	var errs []error
	for _, a := range f.actors {
		errs = append(errs, a.close())
	}
	f.actors = nil
	return errors.Join(errs...)
}

// first gives the actor that is due first, of equals the one that was cast first.
func (f *Fleet) first() *actor {
	var best *actor
	for _, a := range f.actors {
		if a.phase != phaseOver && (best == nil || a.due.Before(best.due)) {
			best = a
		}
	}
	return best
}

// add casts an actor whose thread begins at an instant.
func (f *Fleet) add(c cast, at time.Time, pace float64) *actor {
	f.parts++
	rng := rand.New(rand.NewPCG(f.seed, f.parts))
	if c.window == 0 {
		c.window = 258_400
	}
	if c.last == nil {
		c.last = finish("Done.")
	}
	c.remote = "https://github.com/example/" + base(c.cwd) + ".git"
	if row, ok := price.Default().Lookup(c.model, at); ok {
		c.writes = row.WriteListed
	}
	id := uuid7(at, rng)
	a := &actor{fleet: f, cast: c, due: at, pace: pace, session: session{rng: rng, id: id, run: id}}
	f.actors = append(f.actors, a)
	return a
}

// spawn casts a sub-agent of an actor.
func (f *Fleet) spawn(by *actor, m move, at time.Time) {
	nicknames := []string{"Ada", "Noether", "Euler", "Hypatia", "Gauss", "Sagan"}
	c := by.cast
	c.model, c.effort, c.next, c.last, c.turns, c.prompts = "gpt-6-luna", "low", agent, finish("Module migrated."), 1, []string{m.text}
	a := f.add(c, at.Add(30*time.Millisecond), by.pace)
	a.parent, a.run, a.agentPath, a.nickname = by, by.run, "/root/"+m.path, nicknames[by.agents%len(nicknames)]
	a.end = by.end
	by.agents++
	by.done(at, at, object{{"type", "SubAgentActivity"}, {"model", c.model}, {"reasoning_effort", c.effort}, {"id", by.callID},
		{"kind", "started"}, {"agent_thread_id", a.id}, {"agent_path", a.agentPath}})
}

// over takes an actor off the stage.
func (f *Fleet) over(a *actor) {
	if p := a.parent; p != nil && p.file != nil {
		p.done(a.due, a.due, object{{"type", "SubAgentActivity"}, {"model", nil}, {"reasoning_effort", nil}, {"id", "subagent-completed-" + a.turn},
			{"kind", "completed"}, {"agent_thread_id", a.id}, {"agent_path", a.agentPath}})
	}
	if err := a.close(); err != nil {
		a.err = err
	}
	for i, x := range f.actors {
		if x == a {
			f.actors = append(f.actors[:i:i], f.actors[i+1:]...)
			break
		}
	}
}

// limits makes the account's rate-limit windows as Codex reports them: a five-hour
// one that is well used when the fleet goes live, and a weekly one.
func (f *Fleet) limits(at time.Time) object {
	window := func(length time.Duration, into time.Duration, from, perLength float64) object {
		start := f.live.Add(-into)
		n := at.Sub(start) / length
		if at.Before(start) {
			n--
		}
		start = start.Add(n * length)
		used := from + perLength*float64(at.Sub(start))/float64(length)
		if at.After(f.live) {
			used += f.speed * at.Sub(f.live).Minutes() * from / 20
		}
		return object{{"used_percent", min(99, used)}, {"window_minutes", int(length.Minutes())}, {"resets_at", start.Add(length).Unix()}}
	}
	return object{{"limit_id", "codex"}, {"limit_name", nil},
		{"primary", window(5*time.Hour, 188*time.Minute, 6, 90)}, {"secondary", window(7*24*time.Hour, 76*time.Hour, 2, 78)},
		{"credits", nil}, {"individual_limit", nil}, {"spend_control_reached", nil}, {"plan_type", "pro"}, {"rate_limit_reached_type", nil}}
}
