package monitor

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/watch"
)

const (
	scanGap = 100 * time.Millisecond // at least between two looks at all folders
	// missedFor is how long files must be missing before that is believed: a look
	// at the folders that goes on while a file is moved may miss it in both places.
	missedFor = 300 * time.Millisecond
)

// source is the files of one thread, as the loop follows them.
type source struct {
	group
	state   sourceState
	busy    bool   // a worker is folding it
	queued  bool   // it waits for the live worker
	reading bool   // it waits for the loop to read on
	again   bool   // it changed while a worker had it
	refold  bool   // and must be folded anew
	shrunk  bool   // its file was cut short: what was counted stays
	first   *group // as the first listing had it, until it is read
	late    bool   // and it had been written to lately
	stuck   bool   // a file was gone when it was to be read: the next listing tells
	missed  time.Time
	steps   bool // its steps are wanted
}

type sourceState uint8

const (
	sourceWaiting sourceState = iota // not read yet
	sourceKnown                      // in the book
	sourceUnread                     // left out, because history was cut short
	sourceDropped                    // no such files any more, or another source's
)

// hint takes what the follower says.
func (l *loop) hint(h watch.Hint) {
	if h.Status != nil {
		l.status = h.Status
		l.touched = true
	}
	if h.All {
		l.scanSoon(0)
	}
	for _, p := range h.Paths {
		s := l.paths[p]
		if s == nil {
			l.scanSoon(0)
			continue
		}
		if n := len(s.files); n == 0 || s.files[n-1].Path != p {
			s.refold = true // an older file of the thread was written to
		}
		l.touch(s)
	}
	// What was written is read before anything else is done.
	l.readOn()
}

// scanSoon asks for a look at all folders after a while.
func (l *loop) scanSoon(after time.Duration) {
	now := l.now()
	if l.scanned.After(now) { // the clock went back
		l.scanned, l.scanAt = now, time.Time{}
	}
	at := now.Add(after)
	if soonest := l.scanned.Add(scanGap); at.Before(soonest) {
		at = soonest
	}
	if l.scanAt.IsZero() || at.Before(l.scanAt) {
		l.scanAt = at
	}
}

// scanIfDue begins a look at all folders where one is due; its result comes by channel.
func (l *loop) scanIfDue(wg *sync.WaitGroup) {
	if l.scanAt.IsZero() || l.scanning || l.untilScan(l.now()) > 0 {
		return
	}
	l.scanning, l.scanAt, l.scanned = true, time.Time{}, l.now()
	ctx, homes, out := l.ctx, l.o.Homes, l.scans
	wg.Go(func() {
		var s listing
		s.files, s.problems = watch.Scan(homes)
		s.homes = homesOf(homes)
		select {
		case out <- s:
		case <-ctx.Done():
		}
	})
}

func (l *loop) untilScan(now time.Time) time.Duration {
	if l.scanAt.IsZero() || l.scanning {
		return idleTime
	}
	wait := l.scanAt.Sub(now)
	if wait > missedFor { // nobody asks for so much later: the clock went back
		return 0
	}
	return max(0, wait)
}

// take compares a listing with what is known.
func (l *loop) take(s listing) {
	first := l.homes == nil
	var problems []Problem
	for _, p := range s.problems {
		problems = append(problems, Problem(p))
	}
	if !slices.Equal(l.homes, s.homes) || !slices.EqualFunc(l.listed, problems, sameProblem) {
		l.touched = true
	}
	l.homes, l.listed = s.homes, problems
	groups := groupFiles(s.files, l.alias)
	l.shelve(groups)
	for key, g := range groups {
		if have := l.sources[key]; have != nil {
			l.compare(have, g)
			continue
		}
		n := &source{group: *g}
		l.sources[key] = n
		l.index(n)
		if first {
			n.first = &group{files: slices.Clone(g.files)}
			if n.late = l.wantsDetail(n); n.late {
				l.newest++
			}
			l.history = append(l.history, n)
			l.left++
			l.reading.FilesTotal += len(g.files)
			l.reading.BytesTotal += bytesOf(g.files)
		} else {
			l.foldNow(n)
		}
	}
	for key, have := range l.sources {
		if groups[key] == nil {
			l.missing(have)
		}
	}
	if first {
		l.recallGone(groups)
		slices.SortFunc(l.history, func(a, b *source) int {
			if c := b.newest().Compare(a.newest()); c != 0 {
				return c
			}
			return strings.Compare(b.key, a.key)
		})
	}
	l.finishReading()
}

func sameProblem(a, b Problem) bool { return a.Path == b.Path && a.Err.Error() == b.Err.Error() }

func bytesOf(files []watch.File) int64 {
	var n int64
	for _, f := range files {
		n += f.Size
	}
	return n
}

// index makes a source be found by its paths.
func (l *loop) index(s *source) {
	for _, f := range s.files {
		l.paths[f.Path] = s
	}
}

// compare sees what a listing says about a known source.
func (l *loop) compare(s *source, g *group) {
	if sameFiles(s.files, g.files) {
		s.missed = time.Time{}
		if s.stuck && !s.busy {
			l.foldNow(s)
		}
		return
	}
	if lost(s.files, g.files) && !l.believe(s) {
		return
	}
	s.missed = time.Time{}
	old := s.files
	for _, f := range old {
		delete(l.paths, f.Path)
	}
	s.files = g.files
	l.index(s)
	switch {
	case s.state != sourceKnown: // its turn will come, or never
		if s.state == sourceUnread || s.stuck {
			l.foldNow(s)
		}
	case s.busy:
		s.again = true
		s.refold = s.refold || !onlyGrown(old, g.files)
	case onlyGrown(old, g.files):
		l.touch(s)
	case moved(old, g.files):
		l.follow(s)
		if n := len(old) - 1; old[n].Size != g.files[n].Size {
			l.touch(s) // it grew too, and nothing may follow it
		}
	default:
		s.refold = true
		l.touch(s)
	}
}

// follow goes on reading a source whose files were moved and are the same.
func (l *loop) follow(s *source) {
	e := l.threadBy(s.key)
	if e == nil {
		return
	}
	e.files, e.gone = slices.Clone(s.files), false
	e.thread.Files = e.thread.Files[:0:0]
	for _, f := range s.files {
		e.thread.Files = append(e.thread.Files, f.Path)
	}
	if e.tail != nil {
		e.tail.Move(s.files[len(s.files)-1])
		l.touch(s)
	}
	e.run.dirty, l.touched = true, true
}

// lost says that a file name is no longer there.
func lost(old, files []watch.File) bool {
	return slices.ContainsFunc(old, func(o watch.File) bool {
		return !slices.ContainsFunc(files, func(f watch.File) bool { return f.Name == o.Name })
	})
}

// onlyGrown says that nothing but the newest file's size and time is different.
func onlyGrown(old, files []watch.File) bool {
	n := len(old)
	return n > 0 && n == len(files) && sameFiles(old[:n-1], files[:n-1]) &&
		old[n-1].Path == files[n-1].Path && old[n-1].ID == files[n-1].ID
}

// moved says that the same files have other paths, and nothing else is different,
// but that the newest may have grown since.
func moved(old, files []watch.File) bool {
	last := len(old) - 1
	if len(files) != len(old) {
		return false
	}
	for i, o := range old {
		f := files[i]
		if o.Name != f.Name || o.ID != f.ID || o.ID == (watch.FileID{}) || o.Compressed != f.Compressed {
			return false
		}
		if f.Size != o.Size && (i != last || f.Size < o.Size || f.Compressed) {
			return false
		}
	}
	return true
}

// missing sees to a source that a listing did not find.
func (l *loop) missing(s *source) {
	if s.state == sourceDropped || len(s.files) == 0 || !l.believe(s) {
		return
	}
	for _, f := range s.files {
		delete(l.paths, f.Path)
	}
	l.touched, l.book.changed = true, true
	e := l.threadBy(s.key)
	if e == nil {
		l.drop(s)
		return
	}
	// What was read stays: the tokens were burnt, whatever became of the file.
	s.files = nil
	e.gone, e.tail = true, nil
	e.run.dirty = true
}

// believe says whether files have been missing long enough, and has another look
// taken where they have not.
func (l *loop) believe(s *source) bool {
	now := l.now()
	if s.missed.IsZero() || s.missed.After(now) {
		s.missed = now
	}
	if now.Sub(s.missed) >= missedFor {
		return true
	}
	l.scanSoon(missedFor)
	return false
}

// drop forgets a source that is not in the book.
func (l *loop) drop(s *source) {
	s.state = sourceDropped
	l.done(s)
	delete(l.sources, s.key)
}

// done counts a source of the first listing as read.
func (l *loop) done(s *source) {
	if s.first == nil {
		return
	}
	l.left--
	if s.late {
		l.newest--
	}
	l.reading.FilesDone += len(s.first.files)
	l.reading.BytesDone += bytesOf(s.first.files)
	s.first = nil
	l.finishReading()
}

// shelve makes the listing known to the workers, which look for ancestors in it.
func (l *loop) shelve(groups map[string]*group) {
	files := make(map[string][]watch.File, len(groups))
	for key, g := range groups {
		files[key] = slices.Clone(g.files) // the loop changes its own
	}
	l.shelf.put(files)
	l.anc.forget()
}
