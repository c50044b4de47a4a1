package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// lookout is one look at a home's locks and who has them.
type lookout struct {
	proc   procfs
	home   string
	held   map[uint64][]heldLock
	known  map[int]*holder // each process is read once a look
	err    error           // of reading the system's locks
	none   string          // what "nothing holds it" is worth, once that was asked
	nobody bool            // and that it is proved
}

// holder is a process that has a lock, with the lock files that it has open.
type holder struct {
	seen
	err     error // it can't be read at all
	open    map[fileID]bool
	openErr error // its open files can't be listed
	threads []string
}

// tellsLocks says that this system tells who holds a file's lock.
const tellsLocks = true

// describe reads a process; false where there is none.
func (c *Control) describe(_ context.Context, pid int) (Process, bool) {
	s, err := c.proc().process(pid)
	return s.Process, err == nil && !s.Dead
}

func (c *Control) owners(ctx context.Context, home string) (map[string]Owner, error) {
	names, err := readNames(filepath.Join(home, locksFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Owner{}, nil
	}
	if err != nil {
		return nil, err
	}
	l := &lookout{proc: c.proc(), home: home, known: map[int]*holder{}}
	l.held, l.err = l.proc.heldLocks()
	owners := map[string]Owner{}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		thread, ok := threadOfLock(name)
		if !ok {
			continue
		}
		if o, ok := l.owner(thread); ok {
			owners[thread] = o
		}
	}
	for id, o := range owners {
		if h := l.known[o.Process.PID]; h != nil && slices.Contains(h.threads, id) {
			slices.Sort(h.threads)
			o.Holds = slices.Clone(h.threads)
			owners[id] = o
		}
	}
	return owners, nil
}

// owner tells who has one thread's lock; false where the file went away meanwhile.
func (l *lookout) owner(thread string) (Owner, bool) {
	o := Owner{Thread: thread, Home: l.home, Kind: Unproved}
	info, err := os.Lstat(lockFile(l.home, thread))
	if errors.Is(err, fs.ErrNotExist) {
		return o, false
	}
	if err != nil {
		o.Why = "its lock file can't be read"
		return o, true
	}
	id, ok := idOf(info)
	if !ok || !info.Mode().IsRegular() {
		o.Why = "its lock file is not a plain file"
		return o, true
	}
	o.Inode = id.inode
	if l.err != nil {
		o.Why = "this system doesn't tell who holds a lock"
		return o, true
	}
	pids := l.holders(id)
	switch len(pids) {
	case 0:
		if l.none == "" {
			l.none, l.nobody = l.proc.whyNone(l.home)
		}
		o.Kind, o.Why, o.Nobody = None, l.none, l.nobody
		return o, true
	case 1:
		l.judge(&o, pids[0], id)
		return o, true
	}
	o.Why = fmt.Sprintf("processes %s all hold its lock", numbers(pids))
	return o, true
}

// holders are the processes that have a lock on a file, each once, sorted. A line of
// the same inode on another device counts only if the process has the very file open.
func (l *lookout) holders(id fileID) []int {
	var pids []int
	for _, h := range l.held[id.inode] {
		if h.id.device != id.device && (h.pid < 1 || !l.holder(h.pid).open[id]) {
			continue
		}
		if !slices.Contains(pids, h.pid) {
			pids = append(pids, h.pid)
		}
	}
	slices.Sort(pids)
	return pids
}

// judge decides what one process that has a thread's lock is.
func (l *lookout) judge(o *Owner, pid int, id fileID) {
	if pid < 1 {
		o.Why = "a process that can't be seen from here holds it (another container's)"
		return
	}
	h := l.holder(pid)
	o.Process = h.Process
	switch {
	case errors.Is(h.err, errGone):
		o.Process = Process{PID: pid, UID: -1}
		o.Why = fmt.Sprintf("process %d took its lock and can't be seen: it ended and left the lock to another, or is hidden from this user", pid)
	case h.err != nil:
		o.Process = Process{PID: pid, UID: -1}
		o.Why = fmt.Sprintf("process %d holds it and can't be read", pid)
	case h.Dead:
		o.Why = fmt.Sprintf("process %d took its lock and ended; something it started holds the lock", pid)
	case h.Exe == "":
		o.Why = fmt.Sprintf("process %d%s holds it and its executable can't be read", pid, ofUser(h.UID))
	case h.openErr != nil:
		o.Why = fmt.Sprintf("process %d%s holds it and its open files can't be read", pid, ofUser(h.UID))
	case !h.open[id]:
		o.Why = fmt.Sprintf("process %d took its lock and has it open no more", pid)
	case !isCodex(h.Exe):
		o.Why = fmt.Sprintf("process %d holds it and is not Codex", pid)
	default:
		o.Kind, o.Why = kindOf(h.Args)
		h.threads = append(h.threads, o.Thread)
	}
}

// holder reads a process once.
func (l *lookout) holder(pid int) *holder {
	if h := l.known[pid]; h != nil {
		return h
	}
	h := &holder{}
	if h.seen, h.err = l.proc.process(pid); h.err == nil {
		h.open, h.openErr = l.proc.locks(pid)
	}
	l.known[pid] = h
	return h
}

func ofUser(uid int) string {
	if uid < 0 || uid == os.Getuid() {
		return ""
	}
	return " of user " + strconv.Itoa(uid)
}

func numbers(pids []int) string {
	s := ""
	for i, p := range pids {
		if i > 0 {
			s += ", "
		}
		s += strconv.Itoa(p)
	}
	return s
}
