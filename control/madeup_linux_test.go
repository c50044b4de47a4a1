package control

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// madeUp is a process file system and a home of a test's own making: what the real
// one can't be brought to show.
type madeUp struct {
	t    *testing.T
	root string // of the process file system
	home string
	held []string // lines of /proc/locks
}

func newMadeUp(t *testing.T) *madeUp {
	t.Helper()
	m := &madeUp{t: t, root: t.TempDir(), home: t.TempDir()}
	m.mkdir(filepath.Join(m.home, locksFolder))
	m.write(filepath.Join(m.root, "stat"), "cpu  1 2 3\nbtime 1790000000\n")
	m.write(filepath.Join(m.root, "locks"), "")
	m.mkdir(filepath.Join(m.root, "self/ns"))
	m.link(rootNamespace, filepath.Join(m.root, "self/ns/pid"))
	return m
}

// fake is a process as the made-up file system is to show it.
type fake struct {
	pid, ppid int
	ticks     uint64
	name      string // in parentheses in its stat file; "" codex
	exe       string // "" /opt/bin/codex, "-" can't be read
	args      []string
	uid       int
	session   int
	tty       int
	state     string   // "" S
	opens     []string // threads whose lock file it has open
	closed    bool     // its open files can't be listed
}

func (m *madeUp) add(f fake) {
	m.t.Helper()
	dir := filepath.Join(m.root, strconv.Itoa(f.pid))
	m.remove(f.pid)
	m.mkdir(dir)
	name, state := f.name, f.state
	if name == "" {
		name = "codex"
	}
	if state == "" {
		state = "S"
	}
	m.write(filepath.Join(dir, "stat"), fmt.Sprintf("%d (%s) %s %d %d %d %d %d 4194304 0 0 0 0 0 0 0 0 20 0 1 0 %d 1 1\n",
		f.pid, name, state, f.ppid, f.pid, f.session, f.tty, f.pid, f.ticks))
	m.write(filepath.Join(dir, "status"), fmt.Sprintf("Name:\tcodex\nUid:\t%d\t%d\t%d\t%d\n", f.uid, f.uid, f.uid, f.uid))
	m.write(filepath.Join(dir, "cmdline"), strings.Join(f.args, "\x00")+"\x00")
	switch f.exe {
	case "-":
	case "":
		m.link("/opt/bin/codex", filepath.Join(dir, "exe"))
	default:
		m.link(f.exe, filepath.Join(dir, "exe"))
	}
	m.link(m.home, filepath.Join(dir, "cwd"))
	if f.closed {
		return
	}
	m.mkdir(filepath.Join(dir, "fd"))
	m.link("/dev/null", filepath.Join(dir, "fd/0"))
	for i, thread := range f.opens {
		m.link(lockFile(m.home, thread), filepath.Join(dir, "fd", strconv.Itoa(i+7)))
	}
}

func (m *madeUp) remove(pid int) {
	if err := os.RemoveAll(filepath.Join(m.root, strconv.Itoa(pid))); err != nil {
		m.t.Fatal(err)
	}
}

// lock makes a thread's lock file, held by these processes.
func (m *madeUp) lock(thread string, pids ...int) {
	m.t.Helper()
	path := lockFile(m.home, thread)
	m.write(path, "")
	for _, pid := range pids {
		m.line("FLOCK  ADVISORY  WRITE", pid, m.id(path))
	}
}

// unlock takes the lines of a process out of the locks.
func (m *madeUp) unlock(pid int) {
	var kept []string
	for _, l := range m.held {
		if !strings.Contains(l, fmt.Sprintf("WRITE %d ", pid)) {
			kept = append(kept, l)
		}
	}
	m.held = kept
	m.write(filepath.Join(m.root, "locks"), strings.Join(m.held, ""))
}

func (m *madeUp) line(kind string, pid int, id string) {
	m.held = append(m.held, fmt.Sprintf("%d: %s %d %s 0 EOF\n", len(m.held)+1, kind, pid, id))
	m.write(filepath.Join(m.root, "locks"), strings.Join(m.held, ""))
}

// id is a file as /proc/locks names it.
func (m *madeUp) id(path string) string {
	m.t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		m.t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	dev := uint64(st.Dev)
	return fmt.Sprintf("%02x:%02x:%d", dev>>8&0xfff|dev>>32&^0xfff, dev&0xff|dev>>12&^0xff, st.Ino)
}

func (m *madeUp) control(r Reader) *Control {
	return New(Options{Proc: m.root, Reader: r, Patience: 150 * time.Millisecond, Env: []string{"PATH="}})
}

func (m *madeUp) write(path, text string) {
	m.t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		m.t.Fatal(err)
	}
}

func (m *madeUp) mkdir(path string) {
	m.t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		m.t.Fatal(err)
	}
}

func (m *madeUp) link(to, path string) {
	m.t.Helper()
	if err := os.Symlink(to, path); err != nil {
		m.t.Fatal(err)
	}
}

// told is a reader that tells what a test says.
type told struct {
	mu    sync.Mutex
	turns map[string]Turn
}

func (r *told) Turn(_ context.Context, t Thread) (Turn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	turn, ok := r.turns[t.ID]
	if !ok {
		return Turn{}, os.ErrNotExist
	}
	return turn, nil
}

func (r *told) set(thread string, number int, state model.TurnState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.turns == nil {
		r.turns = map[string]Turn{}
	}
	r.turns[thread] = Turn{ID: fmt.Sprintf("turn-%d", number), Number: number, State: state}
}

// post is what is sent in a test: nothing of it reaches a real process.
type post struct {
	m      *madeUp
	opened func(pid int)                     // when a process is taken hold of
	sent   func(pid int, sig syscall.Signal) // when a signal arrives
	log    []string
}

func (p *post) open(pid int) (handle, error) {
	if p.opened != nil {
		p.opened(pid)
	}
	return letter{p, pid}, nil
}

type letter struct {
	p   *post
	pid int
}

func (l letter) send(sig syscall.Signal) error {
	l.p.log = append(l.p.log, fmt.Sprintf("%d:%d", l.pid, sig))
	if l.p.sent != nil {
		l.p.sent(l.pid, sig)
	}
	return nil
}

func (letter) close() {}
