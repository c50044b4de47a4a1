package monitor

import (
	"cmp"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// book is all that is known, and what is derived from it. It does no I/O but to
// find a thread's project, reads no clock, and belongs to one goroutine.
type book struct {
	o       Options
	fleet   *model.Fleet
	threads map[string]*entry
	entries []*entry             // the same, in the order of their coming
	spent   map[model.RunID]bool // runs whose spend changed since somebody looked
	runs    map[model.RunID]*run
	list    []*run // the same, in the order of their coming
	limits  map[limitKey]model.Limit
	where   *projects
	asleep  sleepers
	filesOf func(key string) []watch.File // the files of a thread, as they were listed
	at      time.Time                     // the newest instant that the book was told

	days     days
	minutes  *model.Series // cost of all threads
	quarters *model.Series
	numbers  int  // last number that was given to a run
	changed  bool // sums changed since the last snapshot
	agg      aggregates
}

type limitKey struct {
	id      string
	minutes int
}

// entry is a thread in the book.
type entry struct {
	*folded
	sums  sums
	memo  costs // only of threads that are followed
	added []minuteCost
	// tallied is what was made of the usage lines when the sums were: each line that
	// changes a row is counted there.
	tallied [len(model.Thread{}.Decided)]int64
	run     *run

	project string
	gone    bool                         // no file of it is left
	kept    map[model.Bucket]model.Count // what was counted before its file was cut short
	died    bool                         // it was said that the turn seems to have died

	hold    hold
	doubted bool      // it was thought dead, and went on
	readAt  time.Time // when new lines of it were read last
	lines   int64     // that there were then
	fed     int64     // lines whose steps were taken
	burnt   int64     // lines whose responses the judge was told
}

func newBook(o Options) *book {
	return &book{
		o: o, fleet: model.NewFleet(), threads: map[string]*entry{}, runs: map[model.RunID]*run{}, spent: map[model.RunID]bool{},
		limits: map[limitKey]model.Limit{}, where: newProjects(), asleep: newSleepers(), changed: true,
		filesOf: func(string) []watch.File { return nil },
		minutes: model.NewSeries(time.Minute, minutesKept), quarters: model.NewSeries(15*time.Minute, quartersKept),
	}
}

// install puts a thread into the book, in place of what was known of it.
func (b *book) install(d *folded, now time.Time) *entry {
	t := d.thread
	if t.ID == "" {
		t.ID = d.key
	}
	e := b.threadBy(t.ID)
	if e == nil {
		e = &entry{}
		b.threads[t.ID] = e
		b.entries = append(b.entries, e)
	}
	e.folded = d
	e.gone, e.died = d.stored && d.files == nil, false
	e.memo = nil
	if d.detail {
		e.memo = costs{}
	}
	e.project = cmp.Or(d.lastProject, b.where.of(t))
	b.fleet.Put(t)
	b.threadBy(t.Meta.ParentID) // whose run it belongs to is known once they are awake
	b.threadBy(t.Meta.SessionID)
	b.assign(e)
	b.tally(e, now)
	return e
}

// dropEmpty forgets a run without threads.
func (b *book) dropEmpty(r *run) {
	if len(r.threads) == 0 {
		delete(b.runs, r.id)
		b.list = slices.DeleteFunc(b.list, func(o *run) bool { return o == r })
	}
}

// assign puts an entry into its run. A thread that only now is known to have a
// parent takes those along that were counted to it as their root.
func (b *book) assign(e *entry) {
	id := e.thread.ID
	own := b.fleet.RunOf(id)
	b.move(e, own)
	if led := b.runBy(model.RunID(id)); led != nil && own != model.RunID(id) {
		for _, o := range slices.Clone(led.threads) {
			b.move(o, b.fleet.RunOf(o.thread.ID))
		}
	}
}

func (b *book) move(e *entry, id model.RunID) {
	if e.run != nil && e.run.id == id {
		return
	}
	if old := e.run; old != nil {
		old.drop(e)
		b.spent[old.id] = true
		b.dropEmpty(old)
	}
	r := b.runBy(id)
	if r == nil {
		r = &run{id: id}
		b.runs[id] = r
		b.list = append(b.list, r)
	}
	e.run = r
	r.threads = append(r.threads, e)
	r.dirty = true
}

// tally derives an entry's sums again and puts them in place of the old ones in
// the totals.
func (b *book) tally(e *entry, now time.Time) {
	b.advance(now)
	for _, q := range e.sums.quarters {
		b.quarters.Add(q.quarter, -int64(q.cost))
	}
	for _, m := range e.added {
		b.minutes.Add(m.minute, -int64(m.cost))
	}
	e.sums = sumUp(e.rows, e.memo, b.days, b.quarters.Step(now), b.o)
	for _, q := range e.sums.quarters {
		b.quarters.Add(q.quarter, int64(q.cost))
	}
	e.added = append(e.added[:0], e.burn.minutes...)
	for _, m := range e.added {
		b.minutes.Add(m.minute, int64(m.cost))
	}
	e.tallied = e.thread.Decided
	b.changedIn(e)
}

// tallyOn is tally after an entry was read on: most lines say nothing of usage, and leave its
// rows as they were.
func (b *book) tallyOn(e *entry, now time.Time) {
	if e.thread.Decided != e.tallied {
		b.tally(e, now)
		return
	}
	b.advance(now)
	e.sums.kinds = nil // what the usage was for may be judged otherwise now
	b.changedIn(e)
}

// changedIn marks that an entry is not what it was when somebody looked.
func (b *book) changedIn(e *entry) {
	e.run.dirty = true
	b.spent[e.run.id] = true
	b.changed = true
}

// advance moves the rings to now, and at local midnight begins a new day.
func (b *book) advance(now time.Time) {
	b.at = now
	b.minutes.Advance(b.minutes.Step(now))
	b.quarters.Advance(b.quarters.Step(now))
	if q := model.QuarterOf(now); q >= b.days.today && q < b.days.tomorrow {
		return
	}
	b.days = daysAt(now, b.o.Zone)
	for _, e := range b.entries {
		if e.run != nil && (e.sums.day != nil || len(e.sums.quarters) > 0) {
			b.tally(e, now)
		}
	}
	b.changed = true
}

// rows calls f with each row of what was billed to the thread. After its file was
// cut short, what was counted before stays until the file says more than that.
func (e *entry) rows(f func(model.Bucket, model.Count)) {
	for k, n := range e.thread.Rows {
		if old, ok := e.kept[k]; ok && old.Responses > n.Responses {
			n = old
		}
		f(k, n)
	}
	for k, n := range e.kept {
		if _, ok := e.thread.Rows[k]; !ok {
			f(k, n)
		}
	}
}

// written is the newest write to the thread's files.
func (e *entry) written() time.Time {
	g := group{files: e.files}
	return g.newest()
}

// limitFacts compares a thread's reports of rate-limit windows with the newest
// known, and gives a fact for each that says something else.
func (b *book) limitFacts(t *model.Thread, now time.Time) []Fact {
	var fs []Fact
	for _, l := range t.Limits {
		k := limitKey{l.ID, l.Minutes}
		old, known := b.limits[k]
		if known && old.At.After(l.At) {
			continue
		}
		b.limits[k] = l
		if known && old.Used == l.Used && old.ResetsAt.Equal(l.ResetsAt) && old.Plan == l.Plan {
			continue
		}
		b.changed = true
		at := l.At
		if at.IsZero() {
			at = now
		}
		fs = append(fs, Fact{Type: factLimit, At: at, Thread: t.ID, Limit: &l})
	}
	return fs
}
