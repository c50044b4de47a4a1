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
	rescanEvery = time.Minute     // all folders are looked at again, although changes are announced
	pollEvery   = 2 * time.Second // and where they are not

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
