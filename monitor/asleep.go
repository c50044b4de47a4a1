package monitor

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// Nearly all runs that a monitor knows are over for longer than anything shows. The book
// keeps those packed, a fifth of what they are otherwise, and looks at none of them in a
// snapshot. Whoever asks for one of them by its id, or by one of its threads, gets it
// unpacked, exactly as it was.

// sleepers are the runs that are packed.
type sleepers struct {
	runs    map[model.RunID]*sleeper
	threads map[string]*sleeper // by thread id
	classes []model.KindBucket  // what rows have in common, without their quarters
	class   map[model.KindBucket]int
	notes   aggregates // what notices say of them
	api     int        // threads of a provider that sells plans
}

// sleeper is one run.
type sleeper struct {
	id       model.RunID
	number   int
	suffix   int
	suffixed string
	past     pastRun
	used     bool // it had responses
	threads  []packed
}

// packed is one of its threads.
type packed struct {
	id, key     string
	state, rows []byte
	lastProject string
	fed, burnt  int64
	files       int  // that it had when it was packed
	gone        bool // no file of it is left
	died        bool
	stored      bool
	unsure      bool
}

func newSleepers() sleepers {
	return sleepers{runs: map[model.RunID]*sleeper{}, threads: map[string]*sleeper{}, class: map[model.KindBucket]int{},
		notes: aggregates{skipped: map[string]int64{}, unknown: map[string]int64{}}}
}

// runBy gives a run by its id, nil where there is none. It may sleep no more after that.
func (b *book) runBy(id model.RunID) *run {
	if s := b.asleep.runs[id]; s != nil {
		b.wake(s)
	}
	return b.runs[id]
}

// threadBy gives a thread by its id, as runBy gives a run.
func (b *book) threadBy(id string) *entry {
	if s := b.asleep.threads[id]; s != nil {
		b.wake(s)
	}
	return b.threads[id]
}

// knows says that there is a run, asleep or not.
func (b *book) knows(id model.RunID) bool { return b.runs[id] != nil || b.asleep.runs[id] != nil }

// sleepy says that nothing of a run is in any sum of lately, and that nothing waits for it.
func (b *book) sleepy(r *run, now time.Time) bool {
	if r.dirty || !r.next.IsZero() || r.view.State.Live() || now.Sub(r.view.LastAt) < 2*shownFor || b.spent[r.id] {
		return false
	}
	for _, e := range r.threads {
		t := e.thread
		if e.detail || e.tail != nil || e.waiting || e.lost || len(e.kept) > 0 || len(e.problems) > 0 || e.gone && !e.stored ||
			e.sums.day != nil || len(e.sums.quarters) > 0 || len(e.sums.models) > 0 || t.TurnCount > 0 && t.Turn.State == model.TurnRunning ||
			slices.ContainsFunc(e.burn.minutes, func(m minuteCost) bool { return now.Unix()/60-m.minute < 2*minutesKept }) {
			return false
		}
	}
	return true
}

// sleep packs runs; how each is remembered by others is told by past. Those that can't be
// packed without a loss are left as they are.
func (b *book) sleep(runs []*run, now time.Time, past func(*run) pastRun) {
	gone := make(map[*run]bool, len(runs))
	for _, r := range runs {
		if s := b.pack(r, now); s != nil {
			s.past, s.used = past(r), r.view.Usage.Responses > 0
			b.asleep.runs[r.id] = s
			gone[r] = true
		}
	}
	for r := range gone {
		for _, e := range r.threads {
			b.asleep.threads[e.thread.ID] = b.asleep.runs[r.id]
			b.asleep.note(e, len(e.files), 1)
			delete(b.threads, e.thread.ID)
			delete(b.fleet.Threads, e.thread.ID)
		}
		delete(b.runs, r.id)
	}
	b.entries = slices.DeleteFunc(b.entries, func(e *entry) bool { return gone[e.run] })
	b.list = slices.DeleteFunc(b.list, func(r *run) bool { return gone[r] })
}

// pack gives a run as it sleeps, nil where something would be lost.
func (b *book) pack(r *run, now time.Time) *sleeper {
	s := &sleeper{id: r.id, number: r.number, suffix: r.suffix, suffixed: r.suffixed, threads: make([]packed, 0, len(r.threads))}
	for _, e := range r.threads {
		state, err := stateOf(e.folded, e.files != nil, now)
		if err != nil || bytes.Contains(state, []byte(`\ufffd`)) {
			return nil
		}
		s.threads = append(s.threads, packed{id: e.thread.ID, key: e.key, state: bytes.Clone(state), rows: b.asleep.packRows(rowsOf(e.thread)),
			lastProject: e.lastProject, fed: e.fed, burnt: e.burnt, files: len(e.files), gone: e.files == nil, died: e.died, stored: e.stored, unsure: e.unsure})
	}
	return s
}

// wake unpacks a run.
func (b *book) wake(s *sleeper) {
	delete(b.asleep.runs, s.id)
	spent := b.spent[s.id]
	all := make([]*folded, 0, len(s.threads))
	for i := range s.threads {
		p := &s.threads[i]
		delete(b.asleep.threads, p.id)
		var files []watch.File
		if !p.gone {
			files = b.filesOf(p.key)
		}
		kept := ledger.Thread{ID: p.id, State: p.state, Rows: b.asleep.unpackRows(p.rows), Project: p.lastProject}
		d, err := recall(&kept, p.key, files, b.o, b.at)
		if err != nil { // it was packed by this very program
			d = &folded{key: p.key, thread: model.NewThread(p.id, model.Options{})}
		}
		d.stored, d.unsure, d.lastProject = p.stored, p.unsure, p.lastProject
		b.fleet.Put(d.thread) // all before the first asks whose run it belongs to
		all = append(all, d)
	}
	for i, d := range all {
		p := &s.threads[i]
		e := b.install(d, b.at)
		e.fed, e.burnt, e.died, e.gone = p.fed, p.burnt, p.died, p.gone
		b.asleep.note(e, p.files, -1) // it may have others by now
	}
	if r := b.runs[s.id]; r != nil {
		r.number, r.suffix, r.suffixed, r.told = s.number, s.suffix, s.suffixed, true
	}
	if !spent { // nothing was spent by waking up
		delete(b.spent, s.id)
	}
}

// note counts what notices say of a thread and its files, or takes it out.
func (a *sleepers) note(e *entry, files int, n int64) {
	t := e.thread
	a.notes.files += int(n) * files
	a.notes.uncertain += n * t.Uncertain.Responses
	add := func(to, from map[string]int64) {
		for k, v := range from {
			if to[k] += n * v; to[k] == 0 {
				delete(to, k)
			}
		}
	}
	add(a.notes.skipped, t.Skipped)
	add(a.notes.unknown, e.unknown)
	if sellsPlans(t) {
		a.api += int(n)
	}
}

// addTo adds what notices say of all that sleep.
func (a *sleepers) addTo(to *aggregates) {
	to.files += a.notes.files
	to.uncertain += a.notes.uncertain
	maps.Copy(to.skipped, a.notes.skipped)
	maps.Copy(to.unknown, a.notes.unknown)
	to.apiPrices = to.apiPrices || a.api > 0
}

// packRows makes some thirty bytes of a row.
func (a *sleepers) packRows(rows []ledger.Row) []byte {
	var out []byte
	for _, r := range rows {
		c := r.KindBucket
		c.Quarter = 0
		n, ok := a.class[c]
		if !ok {
			n = len(a.classes)
			a.classes, a.class[c] = append(a.classes, c), n
		}
		for _, v := range [...]int64{int64(n), r.Quarter, int64(r.Input), int64(r.Cached), int64(r.CacheWrite), int64(r.Output), int64(r.Reasoning), r.Responses} {
			out = binary.AppendVarint(out, v)
		}
	}
	return bytes.Clone(out)
}

func (a *sleepers) unpackRows(packed []byte) []ledger.Row {
	var rows []ledger.Row
	next := func() int64 {
		v, n := binary.Varint(packed)
		packed = packed[n:]
		return v
	}
	for len(packed) > 0 {
		r := ledger.Row{KindBucket: a.classes[next()]}
		r.Quarter = next()
		r.Input, r.Cached, r.CacheWrite = model.Tokens(next()), model.Tokens(next()), model.Tokens(next())
		r.Output, r.Reasoning, r.Responses = model.Tokens(next()), model.Tokens(next()), next()
		rows = append(rows, r)
	}
	return rows
}

// dozeMost is how many runs are packed in one go, so that nothing waits for it.
const dozeMost = 128

// doze packs runs that nobody has asked for lately, while nothing is read. It says
// whether there may be more of them.
func (l *loop) doze(now time.Time) bool {
	if l.o.All || !l.started || now.Sub(l.heard) < restAfter {
		return false
	}
	var runs []*run
	for _, r := range l.list {
		if l.sleepy(r, now) && !l.needed(r) {
			if runs = append(runs, r); len(runs) == dozeMost {
				break
			}
		}
	}
	if len(runs) == 0 {
		return false
	}
	before := len(l.list)
	l.sleep(runs, now, l.pastOf)
	return len(l.list) < before && len(runs) == dozeMost
}

// needed says that something holds on to a run.
func (l *loop) needed(r *run) bool {
	if r.id == l.focus || l.watched[r.id] != nil || l.acting.going[r.id] != nil ||
		slices.ContainsFunc(l.orders.all, func(o Order) bool { return o.Run == r.id }) ||
		slices.ContainsFunc(l.savings.open, func(s ledger.Saving) bool { return s.Run == r.id }) {
		return true
	}
	for _, e := range r.threads {
		_, owned := l.owned.by[e.thread.ID]
		_, dirty := l.archive.dirty[e]
		s := l.sources[e.key]
		if owned || dirty || e.files != nil && (s == nil || s.state != sourceKnown || s.busy || s.queued || s.reading || s.steps || len(s.files) == 0) {
			return true
		}
	}
	return false
}
