package monitor

import (
	"context"
	"sync"

	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// job is a group of files for a worker to fold.
type job struct {
	source *source
	group  group
	detail bool
	steps  bool // keep them
	whole  bool // with all turns, responses and calls
	since  news
}

type result struct {
	source *source
	folded *folded // nil where the work was called off
}

// nextHistory gives the next job for the history workers; a nil channel where there is none.
func (l *loop) nextHistory() (chan<- job, job) {
	for len(l.history) > 0 {
		s := l.history[0]
		if s.state != sourceWaiting || s.busy { // read in the meantime, because it changed
			l.history = l.history[1:]
			continue
		}
		l.reading.At = s.newest()
		return l.jobs, l.jobOf(s)
	}
	return nil, job{}
}

func (l *loop) nextLive() (chan<- job, job) {
	for len(l.live) > 0 {
		s := l.live[0]
		if s.state == sourceDropped || s.busy {
			s.queued, s.again, s.refold = false, true, true
			l.live = l.live[1:]
			continue
		}
		return l.liveJobs, l.jobOf(s)
	}
	return nil, job{}
}

// workHistory folds groups until history is read.
func (l *loop) workHistory(ctx context.Context) {
	known, f := l.knownTo(ctx), l.newFolder()
	for {
		select {
		case <-ctx.Done():
			return
		case j, more := <-l.jobs:
			if !more {
				return
			}
			var d *folded
			if known != nil && !j.detail && !j.steps && j.since.none() {
				d = known(&j.group)
			}
			l.work(ctx, f, j, d)
		}
	}
}

// workLive folds large groups until ctx is done. They are rare, so that between two
// of them no buffer is kept.
func (l *loop) workLive(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-l.liveJobs:
			l.work(ctx, l.newFolder(), j, nil)
		}
	}
}

// newFolder gives a folder for one goroutine.
func (l *loop) newFolder() *folder {
	f := newFolder(l.o.Prices, l.o.Now, l.anc.lookup)
	f.trims, f.live = true, true
	return f
}

// work does a job, unless its result is known, and hands it over.
func (l *loop) work(ctx context.Context, f *folder, j job, d *folded) {
	if d == nil {
		f.steps, f.whole = j.steps, j.whole
		d, _ = f.fold(ctx, &j.group, j.detail, j.since) // the error is that of ctx
	}
	select {
	case <-ctx.Done():
	case l.results <- result{j.source, d}:
	}
}

// finishReading says that history is read, once it is.
func (l *loop) finishReading() {
	if l.reading.Done || l.left > 0 || l.homes == nil {
		return
	}
	l.reading.Done = true
	l.history = nil
	close(l.jobs)
	l.touched = true
	l.readyAt = l.now()
	for _, r := range l.list {
		r.told = true
	}
	l.log = l.pastLog(l.readyAt)
	l.say(Fact{Type: factReady, At: l.readyAt})
}

// skipHistory leaves unread what no worker has begun.
func (l *loop) skipHistory() {
	if l.reading.Done || l.homes == nil {
		return
	}
	for _, s := range l.history {
		if s.state == sourceWaiting && !s.busy {
			s.state, s.first = sourceUnread, nil
			l.left--
		}
	}
	l.history = nil
	l.reading.Skipped = true
	l.finishReading()
}

// shelf is the listing as ancestors are looked up in it, by any worker.
type shelf struct {
	mu    sync.Mutex
	files map[string][]watch.File
}

func (s *shelf) put(files map[string][]watch.File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = files
}

func (s *shelf) get(id string) []watch.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[id]
}
