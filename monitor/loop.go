package monitor

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

const (
	frameTime = 33 * time.Millisecond  // at least between two snapshots
	quietTime = 4 * frameTime          // and where nobody looks at them
	firstTime = 100 * time.Millisecond // that the first may wait for what was written to lately
	floodTime = 100 * time.Millisecond // and where many runs are written to at once, and a person looks at them
	floodRead = 24                     // files read since the last one are many
	burnTime  = time.Second            // between two snapshots while only rates decay, at first
	burnMost  = 10 * time.Second       // and when nothing was read for long: a rate loses no more than 1.2 % in that time
	idleTime  = 15 * time.Second       // and while nothing happens

	rescanEvery = time.Minute     // all folders are looked at again, although changes are announced
	pollEvery   = 2 * time.Second // and where they are not

	restAfter = 5 * time.Second // without anything read is rest
	restAgain = time.Minute     // and once more

	stepBytes = 8 << 20               // read in one go before others get their turn
	stepTime  = 20 * time.Millisecond // likewise
)

// loop is the one goroutine that owns all state while the monitor runs.
type loop struct {
	*book
	judging
	gated
	acting  acting
	owned   owned
	orders  orders
	auto    autostops
	archive archive
	core    *core
	now     func() time.Time
	ctx     context.Context
	folder  *folder // the loop's own, for what is small

	sources map[string]*source // by thread id, or path where no id is known
	paths   map[string]*source
	alias   map[string]string // the id in a name → the thread's own id
	anc     *ancestry

	history  []*source // to be read by the history workers, newest first
	left     int       // sources of the first listing that are not read yet
	newest   int       // and those of them that were written to lately
	live     []*source // to be read by the live worker
	grown    []*source // to be read on by the loop itself
	jobs     chan job
	liveJobs chan job
	results  chan result

	scanning bool
	scanned  time.Time // when the newest listing began
	scanAt   time.Time // when the next one is due; zero: none is
	scans    chan listing
	shelf    *shelf

	reading  Reading
	status   *watch.Status
	homes    []Home
	problems map[string]Problem // by path
	listed   []Problem          // of the newest listing
	begun    time.Time
	readyAt  time.Time // zero until history is read
	focus    model.RunID
	log      []LogEntry // newest last
	noted    map[string]time.Time

	heard     time.Time // when something was last read
	restedAt  time.Time // when it was said that nothing goes on; zero: never
	touched   bool      // something changed since the last snapshot
	reads     int       // files read since then
	burning   bool
	published time.Time
	swept     time.Time
}

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

// listing is what a look at all folders found.
type listing struct {
	files    []watch.File
	problems []watch.Problem
	homes    []Home
}

func newLoop(c *core) *loop {
	l := &loop{
		book: newBook(c.o), judging: newJudging(c.o), gated: newGated(), acting: newActing(c.hands), owned: newOwned(), orders: newOrders(), auto: newAutostops(), core: c, now: c.o.Now,
		sources: map[string]*source{}, paths: map[string]*source{}, alias: map[string]string{},
		jobs: make(chan job), liveJobs: make(chan job), results: make(chan result),
		scans: make(chan listing), shelf: &shelf{}, problems: map[string]Problem{}, noted: map[string]time.Time{},
	}
	if c.o.Ledger != nil {
		l.archive.dirty = map[*entry]*unwritten{}
	}
	l.filesOf = func(key string) []watch.File {
		if s := l.sources[key]; s != nil {
			return slices.Clone(s.files)
		}
		return nil
	}
	l.anc = newAncestry(l.shelf.get)
	l.folder = l.newFolder()
	return l
}

// run is the loop. It waits for all that it started.
func (l *loop) run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer l.acting.wait.Wait()
	defer stop()
	l.ctx, l.begun = ctx, l.now()

	follower := watch.NewFollower(watch.Options{Homes: l.o.Homes, Rescan: l.rescan(), Poll: l.o.Poll, Now: l.o.Now, Gather: l.gather()})
	wg.Go(func() { _ = follower.Run(ctx) }) // it returns nil only
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() { l.workHistory(ctx) })
	}
	wg.Go(func() { l.workLive(ctx) })

	wg.Go(func() { l.readDays(ctx) })
	wg.Go(func() { l.followGate(ctx) })
	if l.o.Plan != nil {
		wg.Go(func() { l.followPlan(ctx, l.o.Plan) })
	}
	if h := l.acting.hands; h != nil {
		wg.Go(func() { l.followOwners(ctx, h) })
	}
	l.tellLedger()
	if l.keep.ledger != nil {
		defer l.keep.close()
		defer func() { l.archiveSome(l.now(), true) }()
		var keeping sync.WaitGroup
		defer keeping.Wait()
		defer stop()
		keeping.Go(func() { l.keep.run(ctx) })
	}

	timer := time.NewTimer(0)
	defer timer.Stop()
	hints := follower.Hints()
	for ctx.Err() == nil {
		history, next := l.nextHistory()
		liveJobs, liveNext := l.nextLive()
		select {
		case <-ctx.Done():
			return
		case h, ok := <-hints:
			if !ok {
				return
			}
			l.hint(h)
		case s := <-l.scans:
			l.scanning = false
			l.take(s)
		case r := <-l.results:
			l.receive(r)
		case i := <-l.core.intents:
			l.obey(i)
		case history <- next:
			next.source.busy = true
			l.history = l.history[1:]
		case liveJobs <- liveNext:
			liveNext.source.busy, liveNext.source.queued = true, false
			l.live = l.live[1:]
		case p := <-l.plans:
			l.takePlan(p)
		case g := <-l.gates:
			l.takeGate(g)
		case a := <-l.day.answer:
			l.takeDay(a)
		case k := <-l.keep.found:
			l.takeKept(k)
		case n := <-l.acting.news:
			l.takeNews(n)
		case o := <-l.owned.looks:
			l.takeOwners(o)
		case <-timer.C:
		case <-l.more():
			l.readOn()
		}
		l.foldWanted()
		l.tellRepositories()
		l.scanIfDue(&wg)
		timer.Reset(l.publishIfDue())
	}
}

// always is ready at any time.
var always = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// more is ready while files wait to be read on.
func (l *loop) more() <-chan struct{} {
	if len(l.grown) > 0 || len(l.wanted) > 0 {
		return always
	}
	return nil
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

// obey carries out an intent.
func (l *loop) obey(i Intent) {
	switch i := i.(type) {
	case Focus:
		l.focus = i.Run
		l.detailFocus()
		l.touched = true
	case SkipHistory:
		l.skipHistory()
	case Rescan:
		l.scanSoon(0)
	case Move:
		l.obeyMove(i)
	case Label:
		l.obeyLabel(i)
	case Tell:
		l.tell(i.Notice)
	case ShowDay:
		l.showDay(i.Date)
	case Ask:
		l.obeyAsk(i)
	case Do:
		l.obeyDo(i)
	case Leave:
		l.obeyLeave(i)
	case KeepRunning:
		l.obeyKeepRunning(i)
	case CallOff:
		l.obeyCallOff(i)
	}
}

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

// rescan is how often the follower is told to have everything looked at again.
func (l *loop) rescan() time.Duration {
	if l.o.Poll {
		return pollEvery
	}
	return rescanEvery
}

// sourceNow is where the data comes from.
func (l *loop) sourceNow() Source {
	s := Source{Homes: l.homes, Files: l.agg.files, Rescan: rescanEvery}
	if l.status != nil {
		s.Live, s.Why = l.status.Live, l.status.Why
		if !s.Live {
			s.Rescan = pollEvery
		}
	}
	return s
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
