package monitor

import (
	"errors"
	"os"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// lateFor is how long before history was read a line of a file that appears after
// it may have been written and still is news: the listing did not have the file yet.
const lateFor = 2 * time.Second

// ever is before every line that has a time.
var ever = news{after: time.Time{}.Add(1)}

// jobOf makes a job of a source as it is now.
func (l *loop) jobOf(s *source) job {
	return job{source: s, detail: l.wantsDetail(s), steps: l.wantsSteps(s), whole: l.wantsWhole(s), since: l.newsSince(s),
		group: group{key: s.key, files: slices.Clone(s.files)}}
}

// wantsDetail says that turns and calls of a source are worth keeping: it was
// written to lately, or somebody looks at it.
func (l *loop) wantsDetail(s *source) bool {
	if s.steps || l.now().Sub(s.newest()) < burnKept {
		return true
	}
	e := l.threads[s.key]
	return e != nil && l.focus != "" && e.run.id == l.focus
}

// wantsWhole says that somebody looks at all that is kept of a source's turns,
// responses and calls: at the inside of its run, at what a deed would change, or at what one saved.
func (l *loop) wantsWhole(s *source) bool {
	e := l.threads[s.key]
	return e != nil && l.looksInto(e.run.id)
}

func (l *loop) looksInto(id model.RunID) bool {
	return id == l.focus || l.acting.deed != nil && l.acting.deed.Run == id ||
		slices.ContainsFunc(l.savings.open, func(s ledger.Saving) bool { return s.Run == id })
}

// wantsSteps says that a source's run is judged while it goes on: it may be live,
// or it goes on now.
func (l *loop) wantsSteps(s *source) bool {
	return s.steps || !l.readyAt.IsZero() || l.now().Sub(s.newest()) < doneAfter
}

// newsSince tells which lines of a source that is folded anew nobody was told of: those
// that are later than all that was read. Of the instant of the last of these, which others
// may share, it is the lines after as many as were read, as long as the files are as many.
func (l *loop) newsSince(s *source) news {
	if l.readyAt.IsZero() {
		return news{}
	}
	e := l.threadBy(s.key)
	switch {
	case e == nil || e.thread.LastAt.IsZero():
		return news{after: l.readyAt.Add(-lateFor)}
	case e.thread.LastAt.After(l.now()):
		return news{after: l.now()}
	case len(e.files) != len(s.files):
		return news{after: e.thread.LastAt}
	}
	return news{after: e.thread.LastAt, lines: e.thread.Lines}
}

// touch has a source read on, because it may have changed.
func (l *loop) touch(s *source) {
	switch {
	case s.state == sourceDropped:
	case s.busy:
		s.again = true
	case s.state != sourceKnown:
		l.foldNow(s)
	case !s.reading:
		s.reading = true
		l.grown = append(l.grown, s)
	}
}

// readOn reads what files have got, until the step's time is over.
func (l *loop) readOn() {
	began := time.Now()
	for len(l.grown) > 0 && l.ctx.Err() == nil {
		s := l.grown[0]
		l.grown = l.grown[1:]
		s.reading = false
		if s.state == sourceKnown && !s.busy && len(s.files) > 0 {
			l.read(s)
		}
		if time.Since(began) >= stepTime {
			return
		}
	}
}

// read reads a source on, or folds it anew where that can't be.
func (l *loop) read(s *source) {
	e := l.threadBy(s.key)
	if e == nil || s.refold || !e.detail || e.tail == nil || e.thread.Lines == 0 {
		l.foldNow(s)
		return
	}
	d := e.folded
	d.since = news{}
	if !l.readyAt.IsZero() {
		d.since = ever
	}
	l.reads++
	path, lines, offset := s.files[len(s.files)-1].Path, d.thread.Lines, d.tail.Offset()
	change, err := l.folder.read(l.ctx, d, d.tail, stepBytes)
	if errors.Is(err, errEnough) {
		s.reading = true
		l.grown = append(l.grown, s)
		err = nil
	}
	l.problem(path, err)
	switch change {
	case watch.Replaced:
		fi, err := os.Stat(path)
		s.shrunk = s.shrunk || err == nil && fi.Size() < offset
		l.foldNow(s)
		return
	case watch.Gone:
		l.scanSoon(0)
		return
	}
	d.waiting = d.tail.Pending() > 0
	if d.lost { // the thread that it was forked from is elsewhere by now
		s.stuck, s.refold = true, true
		l.scanSoon(0)
		return
	}
	if d.thread.Lines == lines {
		return
	}
	d.files[len(d.files)-1].ModTime = l.now()
	l.settled(e)
}

// problem notes that a file can't be read, or that it can.
func (l *loop) problem(path string, err error) {
	if err == nil {
		delete(l.problems, path)
		return
	}
	var d folded
	d.problem(path, err)
	for _, p := range d.problems {
		l.problems[path] = p
		l.touched = true
	}
}

// foldNow folds a source anew: at once where it is small, else by the live worker.
func (l *loop) foldNow(s *source) {
	s.restat()
	s.files = orderFiles(s.files)
	switch {
	case s.busy:
		s.again, s.refold = true, true
	case len(s.files) == 0 || s.queued:
	case s.size() > stepBytes:
		s.queued = true
		l.live = append(l.live, s)
	default:
		j := l.jobOf(s)
		l.folder.steps, l.folder.whole = j.steps, j.whole
		if d, err := l.folder.fold(l.ctx, &j.group, j.detail, j.since); err == nil {
			l.finish(s, d)
		}
	}
}

// restat asks how large and how old the files are now: a hint comes without that.
func (s *source) restat() {
	for i := range s.files {
		if fi, err := os.Stat(s.files[i].Path); err == nil {
			s.files[i].Size, s.files[i].ModTime = fi.Size(), fi.ModTime()
		}
	}
}

// receive takes a worker's result.
func (l *loop) receive(r result) {
	if r.source == nil {
		l.takeGone(r.folded)
		return
	}
	r.source.busy = false
	if r.folded != nil {
		l.finish(r.source, r.folded)
	}
}

// finish puts a thread that was folded anew in place of what was known. Nothing is
// published in between, so that a move or a compression is not seen at all.
func (l *loop) finish(s *source, d *folded) {
	if s.state == sourceDropped {
		return
	}
	s.stuck, s.refold = false, s.again && s.refold
	if d.lost {
		s.stuck = true
		l.scanSoon(0)
		return
	}
	if id := d.thread.ID; id != "" && id != s.key && l.rename(s, d, id) {
		return
	}
	for _, f := range d.files {
		delete(l.problems, f.Path)
	}
	for _, p := range d.problems {
		l.problems[p.Path] = p
	}
	var kept map[model.Bucket]model.Count
	if old := l.threadBy(s.key); old != nil {
		kept = old.kept
		if s.shrunk {
			kept = map[model.Bucket]model.Count{}
			old.rows(func(b model.Bucket, n model.Count) { kept[b] = n })
		}
		old.kept = kept
	}
	s.shrunk, s.steps = false, false
	s.state = sourceKnown
	e := l.install(d, l.now())
	l.settled(e)
	l.letGo(e, l.now())
	l.done(s)
	// Whose run it belongs to, and whether somebody looks at that, is known only now.
	if l.wantsWhole(s) && e.detail && !e.thread.Lengthen() {
		l.foldNow(s)
	}
	if s.again {
		s.again = false
		l.touch(s)
	}
}

// rename sees to a source whose lines name another thread than its files' names do.
// It returns true where the files belong to a source that is known already: that
// one is folded anew from all of them.
func (l *loop) rename(s *source, d *folded, id string) bool {
	if e := l.threadBy(s.key); e != nil { // its content was replaced by another thread's
		e.gone, e.tail = true, nil
	}
	delete(l.sources, s.key)
	l.alias[s.key] = id
	other := l.sources[id]
	if other == nil || other == s {
		s.key, d.key = id, id
		l.sources[id] = s
		return false
	}
	l.done(s)
	s.state = sourceDropped
	other.files = orderFiles(slices.Concat(other.files, s.files))
	l.index(other)
	other.refold = true
	if other.state == sourceKnown || other.busy {
		l.touch(other)
	}
	return true
}

// settled brings a thread's sums and what follows from them up to date after reading.
func (l *loop) settled(e *entry) {
	now := l.now()
	l.tallyOn(e, now)
	facts := e.facts
	e.facts = nil
	limits := l.limitFacts(e.thread, now)
	if !l.readyAt.IsZero() {
		l.deliver(e, facts)
		l.deliver(e, limits)
	}
	e.wrote(now)
	l.heard = now
	l.archive.note(e, now)
	l.learn(e)
	e.slim(fullCalls)
	l.touched = true
}

// detailFocus has the threads of the run that is looked at folded with their turns.
func (l *loop) detailFocus() { l.foldWhole(l.focus) }

// foldWhole has nothing more let go of in a run that is looked at now, and those of its
// threads folded again where something was.
func (l *loop) foldWhole(id model.RunID) {
	r := l.runBy(id)
	if r == nil {
		return
	}
	for _, e := range slices.Clone(r.threads) {
		if s := l.sources[e.key]; s != nil && len(s.files) > 0 && !(e.detail && e.thread.Lengthen()) {
			l.foldNow(s)
		}
	}
}

const (
	sweepTime  = 15 * time.Second // between two looks for what has become old
	quietAfter = time.Hour        // turns and calls of a thread are let go that long after its last line
)

// sweep takes unterminated last lines that nobody will end, and frees what only
// threads that are followed or looked at need.
func (l *loop) sweep(now time.Time) {
	if now.Sub(l.swept) < sweepTime && !now.Before(l.swept) {
		return
	}
	l.swept = now
	for _, e := range l.entries {
		if !e.detail {
			continue
		}
		if e.waiting && e.tail != nil && len(e.files) > 0 {
			l.sweepRest(e)
		}
		if !l.looksInto(e.run.id) {
			e.thread.Shorten()
		}
		l.letGo(e, now)
	}
}

func (l *loop) sweepRest(e *entry) {
	file := e.files[len(e.files)-1]
	fi, err := os.Stat(file.Path)
	if err != nil {
		return
	}
	file.ModTime = fi.ModTime()
	lines := e.thread.Lines
	e.since = news{}
	if !l.readyAt.IsZero() {
		e.since = ever
	}
	l.folder.takeRest(e.folded, file, e.tail.Offset(), e.tail.Pending(), e.tail.Rest)
	if e.thread.Lines != lines {
		l.settled(e)
	}
}

// letGo frees the turns and calls of a thread that has been quiet for long. Its
// numbers stay; when it goes on or is looked at, it is folded again.
func (l *loop) letGo(e *entry, now time.Time) {
	t := e.thread
	// By its lines: a home that was copied has new files that say nothing new.
	age := now.Sub(lastWrite(t, e.written(), now))
	quiet := t.TurnCount == 0 || t.Turn.State != model.TurnRunning || age >= burnKept
	if !e.detail || !quiet || age < quietAfter || e.run.id == l.focus {
		return
	}
	e.detail, e.tail, e.memo, e.older = false, nil, nil, nil
	t.Turns, t.Responses, t.Calls = nil, nil, nil
	t.Seal()
}
