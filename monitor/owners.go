package monitor

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	ownersEvery = time.Second      // a look at who owns what, while something runs
	ownersRest  = 5 * time.Second  // and at whether anything changed, while nothing does
	ownersMost  = 30 * time.Second // the longest between two looks
	ownersSlow  = 10 * time.Second // where a look means listing all processes
	ownersTime  = 5 * time.Second  // that one look may take

	mostSeen = 10_000 // threads that are remembered to have been held

	locksFolder = "thread-writer-locks" // of a CODEX_HOME, where Codex 0.169 keeps its locks

	lockingMajor, lockingMinor = 0, 169 // the Codex that surely takes them

	// leftFor is how long a turn must say nothing before a lock that nobody holds, or that is
	// gone, proves that it died, where nobody was seen holding it: what runs in another
	// container can't be seen.
	leftFor = time.Minute
)

// owned is who works on which thread. It belongs to the loop, but for busy and soon.
type owned struct {
	looks chan ownersLook
	soon  chan struct{}
	busy  *atomic.Bool // a turn runs
	sure  bool         // this system tells who holds a lock

	homes map[string]bool // that were looked at, and have locks
	by    map[string]control.Owner
	seen  map[string]bool // threads that somebody was seen working on
	when  time.Time       // when the newest look began
}

// ownersLook is one look at all homes.
type ownersLook struct {
	began  time.Time
	owners map[string]control.Owner
	homes  map[string]bool
	failed bool // a home could not be read
}

func newOwned() owned {
	return owned{looks: make(chan ownersLook), soon: make(chan struct{}, 1), busy: &atomic.Bool{}, seen: map[string]bool{}, sure: runtime.GOOS == "linux"}
}

// look asks for a look now.
func (o *owned) look() {
	select {
	case o.soon <- struct{}{}:
	default:
	}
}

// followOwners looks who works on what until ctx is done: often while something
// runs, else when the folders of locks change.
func (l *loop) followOwners(ctx context.Context, h hands) {
	busy, soon, looks := l.owned.busy, l.owned.soon, l.owned.looks
	every := ownersEvery
	if !l.owned.sure {
		every = ownersSlow
	}
	w := ownersWatch{hands: h, homes: l.o.Homes}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-soon:
			asked = true
		case <-timer.C:
		}
		if look, any := w.look(ctx, l.now(), busy.Load(), asked); any {
			select {
			case looks <- look:
			case <-ctx.Done():
				return
			}
		}
		if busy.Load() {
			timer.Reset(untilBeat(every))
		} else {
			timer.Reset(untilBeat(max(every, ownersRest)))
		}
	}
}

// ownersWatch looks who works on what. Fifty processes with their open files cost a hundredth
// of a core to look at once a second: that is done only where locks were taken or
// given up, and now and then, since a process may end and leave its lock to another.
type ownersWatch struct {
	hands hands
	homes []string
	last  time.Time // when processes were looked at
	marks map[string]time.Time
	locks string
	files map[uint64]bool // inodes of the lock files that were found
	found ownersLook
}

// look tells who works on what; false where nothing runs and nothing changed.
func (w *ownersWatch) look(ctx context.Context, now time.Time, busy, asked bool) (ownersLook, bool) {
	// The marks are taken first: what changes while it is looked is looked at again.
	marks, locks := lockMarks(w.homes), w.hands.LocksMark(w.files)
	since := now.Sub(w.last)
	switch {
	case asked, since < 0, since >= ownersMost, !maps.Equal(marks, w.marks):
	case busy && (locks == "" || locks != w.locks):
	default:
		w.found.began = now // what has not changed was seen once more
		return w.found, busy
	}
	w.last, w.marks, w.locks = now, marks, locks
	w.found = lookAtOwners(ctx, w.hands, w.homes, now)
	files := w.found.lockFiles()
	if w.found.failed || !maps.Equal(files, w.files) {
		w.locks = "" // made of other files
	}
	w.files = files
	return w.found, true
}

// lockFiles are the inodes of all lock files, held or not.
func (k *ownersLook) lockFiles() map[uint64]bool {
	files := make(map[uint64]bool, len(k.owners))
	for _, o := range k.owners {
		if o.Inode != 0 {
			files[o.Inode] = true
		}
	}
	return files
}

// lockMarks is when something was last put into or taken out of each home's folder of locks.
func lockMarks(homes []string) map[string]time.Time {
	marks := map[string]time.Time{}
	for _, h := range homes {
		if info, err := os.Stat(filepath.Join(h, locksFolder)); err == nil {
			marks[h] = info.ModTime()
		}
	}
	return marks
}

// lookAtOwners is one look. A home that can't be read is left out.
func lookAtOwners(ctx context.Context, h hands, homes []string, now time.Time) ownersLook {
	ctx, stop := context.WithTimeout(ctx, ownersTime)
	defer stop()
	look := ownersLook{began: now, owners: map[string]control.Owner{}, homes: map[string]bool{}}
	for _, home := range homes {
		found, err := h.Owners(ctx, home)
		if err != nil {
			look.failed = true
			continue
		}
		if info, err := os.Stat(filepath.Join(home, locksFolder)); err == nil && info.IsDir() {
			look.homes[home] = true
		}
		maps.Copy(look.owners, found)
	}
	return look
}

// takeOwners takes a look: who owns what, and which turns nobody works on any more.
func (l *loop) takeOwners(look ownersLook) {
	o := &l.owned
	first := o.when.IsZero()
	if first || !maps.EqualFunc(o.by, look.owners, sameOwner) {
		l.touched = true
	}
	if len(o.seen) > mostSeen {
		clear(o.seen) // those that are held still are seen again now
	}
	for id, owner := range look.owners {
		if owner.Kind != control.None {
			o.seen[id] = true
		}
	}
	before := o.when
	o.by, o.homes, o.when = look.owners, look.homes, look.began
	for _, e := range l.entries {
		if e.thread.TurnCount == 0 || e.thread.Turn.State != model.TurnRunning || len(e.files) == 0 {
			e.hold = holdUnknown
			continue
		}
		if h := l.holdOf(e, before); h != e.hold {
			e.hold = h
			e.run.dirty, l.touched = true, true
		}
	}
}

func sameOwner(a, b control.Owner) bool {
	return a.Kind == b.Kind && a.Process.Same(b.Process) && a.Why == b.Why && len(a.Holds) == len(b.Holds)
}

// hold is whether something works on a thread whose turn runs by its file.
type hold uint8

const (
	holdUnknown hold = iota
	holdHeld
	holdFree // nothing does: the turn died
)

// holdOf judges a thread by the newest look. A turn is dead only where two looks, one
// after its newest line, saw nobody; and where somebody was seen before, its lock was
// left behind, or the Codex that wrote it takes locks and there is none: the next
// Codex that starts in a home tidies away what dead ones left.
func (l *loop) holdOf(e *entry, before time.Time) hold {
	o := &l.owned
	owner, known := o.by[e.thread.ID]
	if known && owner.Kind != control.None {
		e.doubted = false
		return holdHeld
	}
	switch {
	case !o.sure || !o.homes[e.files[0].Home] || e.doubted:
		return holdUnknown
	case before.IsZero() || !before.After(e.readAt):
		return holdUnknown
	case o.seen[e.thread.ID]:
		return holdFree
	case o.when.Sub(lastWrite(e.thread, e.written(), o.when)) < leftFor:
		return holdUnknown
	case known && owner.Nobody, !known && e.thread.Meta.VersionAtLeast(lockingMajor, lockingMinor):
		return holdFree
	}
	return holdUnknown
}

// wrote says that a thread's file was read: where it has new lines, whoever wrote them
// lives. A file that was only read once more, for its details, says nothing new.
func (e *entry) wrote(now time.Time) {
	if e.lines == e.thread.Lines {
		return
	}
	e.lines, e.readAt = e.thread.Lines, now
	if e.hold == holdFree {
		e.doubted = true // its lock can't be seen from here, or it went on under another one
	}
	e.hold = holdUnknown
}

// ownersOnce is one look for a picture that is made once: whether something works on each
// thread whose turn runs. All was read before it, so that it counts as the look after the
// newest line; that a turn said nothing for long stands in for the other one.
func (l *loop) ownersOnce(ctx context.Context, now time.Time) map[string]hold {
	holds := map[string]hold{}
	if l.acting.hands == nil {
		return holds
	}
	look := lookAtOwners(ctx, l.acting.hands, l.o.Homes, now)
	l.owned.when = now
	for _, e := range l.entries {
		e.readAt = time.Time{}
	}
	l.takeOwners(look)
	for _, e := range l.entries {
		if e.hold != holdUnknown {
			holds[e.thread.ID] = e.hold
		}
	}
	return holds
}

// showOwners puts into a snapshot who works on what, and says whether anything runs.
func (l *loop) showOwners(s *Snapshot) (running bool) {
	for i := range s.Runs {
		v := &s.Runs[i]
		if r := l.runs[v.ID]; r != nil && !l.owned.when.IsZero() {
			v.Owner = l.owned.of(r, l.runOf)
		}
		running = running || v.State <= StateSilent
	}
	return running
}

func (l *loop) runOf(thread string) *run {
	if e := l.threadBy(thread); e != nil {
		return e.run
	}
	return nil
}

// of is who works on a run, for showing it.
func (o *owned) of(r *run, runOf func(string) *run) Owner {
	root := r.root()
	c, known := o.by[root.thread.ID]
	if !known {
		// A home without locks is an old Codex's: who works there is not told.
		ok := len(root.files) > 0 && o.homes[root.files[0].Home]
		return Owner{Known: ok, Kind: control.None}
	}
	v := Owner{Known: true, Kind: c.Kind, PID: c.Process.PID, Started: c.Process.Started, Pane: c.Pane}
	if c.Kind == control.Unproved {
		v.Why = c.Why
	}
	others := map[*run]bool{}
	for _, id := range c.Holds {
		if other := runOf(id); other != nil && other != r {
			others[other] = true
		}
	}
	v.Shared = len(others)
	return v
}
