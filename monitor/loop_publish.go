package monitor

import "time"

// When snapshots are made.
const (
	frameTime = 33 * time.Millisecond  // at least between two snapshots
	quietTime = 4 * frameTime          // and where nobody looks at them
	firstTime = 100 * time.Millisecond // that the first may wait for what was written to lately
	floodTime = 100 * time.Millisecond // and where many runs are written to at once, and a person looks at them
	floodRead = 24                     // files read since the last one are many
	burnTime  = time.Second            // between two snapshots while only rates decay, at first
	burnMost  = 10 * time.Second       // and when nothing was read for long: a rate loses no more than 1.2 % in that time
	idleTime  = 15 * time.Second       // and while nothing happens

	restAfter = 5 * time.Second // without anything read is rest
	restAgain = time.Minute     // and once more
)

// publishIfDue makes a snapshot where one is due, and tells how long the loop may
// sleep.
func (l *loop) publishIfDue() time.Duration {
	now := l.now()
	due := l.nextPublish()
	if wait := due.Sub(now); wait > 0 && !now.Before(l.published) && !now.Before(l.begun) {
		return min(wait, l.untilScan(now))
	}
	l.sweep(now)
	l.publish(now)
	return min(l.nextPublish().Sub(now), l.untilScan(now))
}

func (l *loop) nextPublish() time.Time {
	soonest := l.published.Add(quietTime)
	if l.core.shown.Load() {
		soonest = l.published.Add(frameTime)
		if l.o.Calm && l.reads >= floodRead {
			soonest = l.published.Add(floodTime)
		}
	}
	switch {
	case l.published.IsZero() && (l.homes == nil || l.newest > 0):
		return l.begun.Add(firstTime)
	case l.published.IsZero():
		return time.Time{}
	case l.touched:
		return soonest
	}
	due := l.published.Add(idleTime)
	if l.burning {
		due = l.published.Add(l.burnPause())
	}
	for _, r := range l.list {
		if !r.next.IsZero() && r.next.Before(due) {
			due = r.next
		}
	}
	if l.started && (l.atOnce || len(l.spent) > 0) && l.judgeDue().Before(due) {
		due = l.judgeDue()
	}
	if at := l.nextStop(); !at.IsZero() && at.Before(due) {
		due = at
	}
	if at := l.archive.due(); !at.IsZero() && at.Before(due) {
		due = at
	}
	if due.Before(soonest) {
		return soonest
	}
	return due
}

// burnPause is the time between two snapshots while only rates decay: the longer
// nothing was read, the more it is.
func (l *loop) burnPause() time.Duration {
	return min(max(burnTime, l.published.Sub(l.heard)/12), burnMost)
}

func (l *loop) publish(now time.Time) {
	l.judgeIfDue(now)
	l.archiveSome(now, false)
	l.keep.flush()
	l.askDay(now)
	s := l.book.snapshot(now)
	l.show(&s)
	l.ordersDue(now)
	l.autostop(now)
	l.showHands(&s)
	l.noteDeaths(now)
	s.Reading, s.Source = l.reading, l.sourceNow()
	s.Notices, s.Log = l.notices(now), l.logNow()
	s.Detail = l.detail(l.focus)
	l.burning = s.Rate.burning()
	l.touched, l.reads = false, 0
	l.published = now
	l.core.offer(s)
	l.rest(now)
}

// rest packs what nobody asks for once nothing has come for a while, and says that it
// rests then: when all that was read is in the ledger, and again after each time of work.
func (l *loop) rest(now time.Time) {
	if l.doze(now) {
		l.touched = true // the next ones soon
		return
	}
	quiet := restAfter
	if !l.restedAt.IsZero() {
		quiet = restAgain
	}
	if !l.started || l.o.Rested == nil || now.Sub(l.heard) < quiet || !l.heard.After(l.restedAt) || len(l.archive.dirty) > 0 {
		return
	}
	l.restedAt = now
	l.folder.lines = nil
	for _, e := range l.entries {
		if e.detail {
			e.thread.Compact()
		}
	}
	l.acting.wait.Go(l.o.Rested)
}

// gather is how long the follower may keep changes back while many come.
func (l *loop) gather() time.Duration {
	if l.o.Calm {
		return floodTime
	}
	return 0
}
