package watch

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	liveRescan = time.Minute     // how often everything is looked at again although changes are announced
	pollRescan = 2 * time.Second // and where they are not
	settleTime = 50 * time.Millisecond
	maxDirty   = 4096 // paths in one hint; more of them become All
)

// Options say what a Follower follows.
type Options struct {
	Homes  []string         // in the order that was given to Scan
	Rescan time.Duration    // time between two rescans; 0: a minute, or 2 s with Poll. 2 s at most where folders can't be watched
	Poll   bool             // use no notifications
	Now    func() time.Time // nil: time.Now
	Gather time.Duration    // how long changes may wait to be told together while hundreds come each second; 0: 6 ms
}

// Hint tells where something may have changed. It is no more than that: the receiver
// reads to the end of the files that are named, and must not be surprised when there is
// nothing new, or no such file. Everything that happened while the receiver was busy is
// in one Hint.
type Hint struct {
	Paths  []string // files to look at, as Scan spells them; each once
	All    bool     // look at everything again: Scan. Paths is nil then
	Status *Status  // how watching works changed; nil: as before
}

// Status tells how changes are noticed.
type Status struct {
	Live bool   // every session folder is watched and every change announced; else rescans find some of them
	Why  string // why not, or what went wrong; "" where all is well
	Fix  string // a command that would mend it, "" where none is known
	Dirs int    // folders that are watched
}

// Follower turns changes in the session folders into hints. It watches folders, not
// files, and rescans whatever it can't watch; a rescan comes in any case from time to
// time, so that nothing depends on a notification being delivered.
type Follower struct {
	options Options
	hints   chan Hint

	// What tests replace.
	open   func() (*fsnotify.Watcher, error)
	add    func(*fsnotify.Watcher, string) error
	remote func(path string) string // the kind of network file system under path, "" for none

	// Everything below belongs to Run's goroutine.
	watcher  *fsnotify.Watcher
	openErr  error // why there is no watcher
	overflow chan struct{}
	failure  chan error
	pumps    sync.WaitGroup

	folders  map[string]*watched // by path without links
	refused  map[string]error    // folders that can't be watched, likewise
	network  string              // a network file system that was met, in words
	overflew bool                // events were lost since the last rescan
	synced   time.Time           // when everything was last registered
	resync   <-chan time.Time    // set while another registration is due

	next  Hint // collected for the receiver
	told  int  // changes in it, those of one file too
	pace  pace
	rest  <-chan time.Time // set while changes are left to gather
	dirty map[string]bool
	said  *Status // the last Status that was put into a hint
	blind bool    // changes happen that nobody announces, but that a rescan would see
}

// NewFollower returns a Follower that does nothing until Run.
func NewFollower(o Options) *Follower {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Follower{
		options: o,
		hints:   make(chan Hint),
		open:    fsnotify.NewWatcher,
		add:     (*fsnotify.Watcher).Add,
		remote:  networkFS,
		folders: map[string]*watched{},
		refused: map[string]error{},
		dirty:   map[string]bool{},
		pace:    pace{gather: o.Gather},
	}
}

// Hints returns the channel of hints, which is closed when Run returns. The first hint is
// All, with a Status, and comes when watching has begun: a Scan after it misses nothing.
// A slow receiver holds up nobody.
func (w *Follower) Hints() <-chan Hint { return w.hints }

// Run follows until ctx is done and returns nil then. It may be called once.
func (w *Follower) Run(ctx context.Context) error {
	defer close(w.hints)
	defer w.stop()
	w.sync()
	every := w.interval()
	tick := time.NewTimer(every)
	defer tick.Stop()
	for {
		if now := w.interval(); now != every {
			every = now
			tick.Reset(every)
		}
		var out chan<- Hint
		events := w.events()
		if w.rest != nil {
			events = nil // they wait in the system's queue, where many cost one reading
		} else if w.next.All || w.next.Status != nil || len(w.next.Paths) > 0 {
			out = w.hints
		}
		select {
		case <-ctx.Done():
			return nil
		case out <- w.next:
			if rest := w.pace.rest(time.Now(), w.told); rest > 0 {
				w.rest = time.After(rest)
			}
			w.next, w.told = Hint{}, 0
			clear(w.dirty)
		case <-w.rest:
			w.rest = nil
			w.gather()
		case event, ok := <-events:
			if ok {
				w.handle(event)
			} else {
				w.lose(fsnotify.ErrClosed)
			}
		case <-w.overflow:
			w.overflew = true
			w.sync()
		case <-w.failure:
			w.syncSoon()
		case <-w.resync:
			w.sync()
		case <-tick.C:
			w.tick()
			tick.Reset(every)
		}
	}
}

// gather takes what waits to be read, so that it becomes one hint.
func (w *Follower) gather() {
	for n, none := 0, 0; n < maxDirty && none < 3; n++ {
		select {
		case event, ok := <-w.events():
			if !ok {
				w.lose(fsnotify.ErrClosed)
				return
			}
			w.handle(event)
			none = 0
		default:
			none++
			runtime.Gosched() // fsnotify's goroutine gives one at a time
		}
	}
}

// tick makes everything be looked at again; now and then it also goes through the folders,
// to watch what it could not watch before.
func (w *Follower) tick() {
	w.markAll()
	now := w.options.Now()
	if since := now.Sub(w.synced); since < 0 || since >= w.rescan() {
		w.overflew = false
		w.sync()
	}
}

func (w *Follower) rescan() time.Duration {
	if w.options.Rescan > 0 {
		return w.options.Rescan
	}
	return liveRescan
}

// interval returns the time between two rescans.
func (w *Follower) interval() time.Duration {
	switch {
	case w.options.Poll && w.options.Rescan > 0:
		return w.options.Rescan
	case w.blind:
		return min(w.rescan(), pollRescan)
	}
	return w.rescan()
}

// events returns the channel of events, nil where there is no watcher.
func (w *Follower) events() <-chan fsnotify.Event {
	if w.watcher == nil {
		return nil
	}
	return w.watcher.Events
}

// start opens a watcher where there is none.
func (w *Follower) start() {
	if w.watcher != nil || w.options.Poll {
		return
	}
	watcher, err := w.open()
	if w.openErr = err; err != nil {
		return
	}
	w.watcher = watcher
	w.overflow, w.failure = make(chan struct{}, 1), make(chan error, 1)
	w.pumps.Go(func() { pump(watcher.Errors, w.overflow, w.failure) })
}

// pump passes errors on without ever waiting. fsnotify may report one while it holds the
// lock that our Add is waiting for.
func pump(errs <-chan error, overflow chan<- struct{}, failure chan<- error) {
	for err := range errs {
		if err == fsnotify.ErrEventOverflow {
			select {
			case overflow <- struct{}{}:
			default:
			}
			continue
		}
		select {
		case failure <- err:
		default:
		}
	}
}

// lose goes on without a watcher, until the next registration opens a new one.
func (w *Follower) lose(err error) {
	w.stop()
	w.openErr = err
	w.markAll()
	w.say()
}

// stop closes the watcher and waits for its goroutines.
func (w *Follower) stop() {
	if w.watcher == nil {
		return
	}
	w.watcher.Close()
	w.pumps.Wait()
	w.watcher = nil
	clear(w.folders)
}

// mark puts a file into the next hint.
func (w *Follower) mark(path string) {
	w.told++
	if w.next.All || w.dirty[path] {
		return
	}
	if len(w.dirty) == maxDirty {
		w.markAll()
		return
	}
	w.dirty[path] = true
	w.next.Paths = append(w.next.Paths, path)
}

func (w *Follower) markAll() {
	w.next.All, w.next.Paths = true, nil
	clear(w.dirty)
}

// syncSoon registers everything again after a moment: removing a tree of a thousand
// folders shall not make a thousand registrations.
func (w *Follower) syncSoon() {
	w.markAll()
	if w.resync == nil {
		w.resync = time.After(settleTime)
	}
}
