package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// following is a running Follower and what its receiver has learned.
type following struct {
	t     *testing.T
	w     *Follower
	homes []string
	paths map[string]bool // that were named, or found by the scan that All asks for
	named map[string]bool // that were named
	all   int             // how often All was asked for
	stats []Status
	timer <-chan time.Time
}

// start runs a Follower over homes, without rescans unless rescan is given, and waits
// until it watches.
func start(t *testing.T, o Options, change ...func(*Follower)) *following {
	t.Helper()
	if o.Rescan == 0 {
		o.Rescan = time.Hour
	}
	f := &following{t: t, w: NewFollower(o), homes: o.Homes, paths: map[string]bool{}, named: map[string]bool{}, timer: time.After(20 * time.Second)}
	for _, c := range change {
		c(f.w)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		for range f.w.Hints() { // closed, or this would not end
		}
	})
	f.until("the first hint", func() bool { return f.all > 0 && len(f.stats) == 1 })
	return f
}

// until takes hints until ok.
func (f *following) until(what string, ok func() bool) {
	f.t.Helper()
	for !ok() {
		select {
		case h := <-f.w.Hints():
			f.take(h)
		case <-f.timer:
			f.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (f *following) take(h Hint) {
	f.t.Helper()
	if h.Status != nil {
		f.stats = append(f.stats, *h.Status)
	}
	if h.All {
		f.all++
		files, _ := Scan(f.homes)
		for _, file := range files {
			f.paths[file.Path] = true
		}
	}
	if h.All && h.Paths != nil || !h.All && h.Status == nil && len(h.Paths) == 0 {
		f.t.Errorf("a hint of %d paths, all %v", len(h.Paths), h.All)
	}
	for _, p := range h.Paths {
		f.paths[p], f.named[p] = true, true
	}
}

// knows waits until all the paths were named or found.
func (f *following) knows(paths ...string) {
	f.t.Helper()
	for _, p := range paths {
		f.until(p, func() bool { return f.paths[p] })
	}
}

// grows appends to a file until a hint names it for that: there is an end to the hints
// that ask for everything.
func (f *following) grows(path string) {
	f.t.Helper()
	for delete(f.named, path); !f.named[path]; {
		all := f.all
		appendTo(f.t, path, "b\n")
		f.until("growth of "+path, func() bool { return f.named[path] || f.all > all })
	}
}

func (f *following) status() Status { return f.stats[len(f.stats)-1] }

func session(dir string, parts ...string) string {
	return filepath.Join(append([]string{dir, sessionsDir}, parts...)...)
}

func TestFollowerNamesChanges(t *testing.T) {
	home := t.TempDir()
	old := session(home, "2026/11/22", nameA+".jsonl")
	write(t, old, "a\n")
	f := start(t, Options{Homes: []string{home}})
	if s := f.status(); !s.Live || s.Why != "" || s.Fix != "" || s.Dirs != 5 {
		t.Errorf("status %+v", s)
	}
	if !f.paths[old] || len(f.named) != 0 {
		t.Errorf("at first: %v", f.paths)
	}

	appendTo(t, old, "b\n") // a resumed session in an old folder
	f.until("growth", func() bool { return f.named[old] })

	archived := filepath.Join(home, archiveDir, nameA+".jsonl")
	must(t, os.Mkdir(filepath.Dir(archived), 0o755))
	f.until("the archive folder", func() bool { return f.all == 2 })
	delete(f.named, old)
	must(t, os.Rename(old, archived))
	f.until("the archived file", func() bool { return f.named[old] && f.named[archived] })

	write(t, archived+".zst.tmp", "x")
	must(t, os.Rename(archived+".zst.tmp", archived+".zst"))
	must(t, os.Remove(archived))
	delete(f.named, archived)
	f.until("the compressed file", func() bool { return f.named[archived+".zst"] && f.named[archived] })

	write(t, filepath.Join(home, "history.jsonl"), "x")
	write(t, session(home, "2026/11/22/notes.txt"), "x")
	write(t, session(home, "2026/11/22", nameB+".jsonl"), "x\n")
	f.knows(session(home, "2026/11/22", nameB+".jsonl"))
	for p := range f.named {
		if _, _, _, _, ok := ParseName(filepath.Base(p)); !ok {
			t.Errorf("named %s", p)
		}
	}
	if f.all != 2 || len(f.stats) != 1 {
		t.Errorf("All was asked for %d times, statuses %+v", f.all, f.stats)
	}
}

// A new year, month and day come at once, with files in them: those that are made before
// the folder is watched are named too.
func TestFollowerNewFoldersMissNothing(t *testing.T) {
	home := t.TempDir()
	must(t, os.Mkdir(session(home), 0o755))
	f := start(t, Options{Homes: []string{home}})
	var want []string
	for i := range 150 {
		dir := session(home, fmt.Sprintf("%d/%02d/%02d", 2026+i, i%12+1, i%28+1))
		for _, p := range []string{filepath.Join(filepath.Dir(dir), nameB+".jsonl"), filepath.Join(dir, nameA+".jsonl"), filepath.Join(dir, nameB+".jsonl.zst")} {
			write(t, p, "a\n")
			want = append(want, p)
		}
		if i%10 == 0 {
			f.knows(want...)
		}
	}
	f.knows(want...)
	if f.all != 1 {
		t.Errorf("%d times All: the files were not all named", f.all)
	}
	for _, p := range want {
		delete(f.named, p)
		appendTo(t, p, "b\n")
	}
	f.until("growth in every new folder", func() bool {
		for _, p := range want {
			if !f.named[p] {
				return false
			}
		}
		return true
	})
}

func TestFollowerSlowReceiverLosesNothing(t *testing.T) {
	home := t.TempDir()
	must(t, os.MkdirAll(session(home, "2026"), 0o755))
	f := start(t, Options{Homes: []string{home}})
	var want []string
	for i := range 3000 { // more events than any buffer on the way holds
		p := session(home, "2026", fmt.Sprintf("rollout-%d.jsonl", i))
		write(t, p, "a\n")
		want = append(want, p)
	}
	f.knows(want...)
}

func TestFollowerManyPathsBecomeAll(t *testing.T) {
	w := NewFollower(Options{})
	for i := range maxDirty {
		w.mark(fmt.Sprint(i))
		w.mark(fmt.Sprint(i))
	}
	if w.next.All || len(w.next.Paths) != maxDirty {
		t.Fatalf("%d paths, all %v", len(w.next.Paths), w.next.All)
	}
	w.mark("one more")
	w.mark("and another")
	if !w.next.All || w.next.Paths != nil || len(w.dirty) != 0 {
		t.Errorf("%d paths, all %v", len(w.next.Paths), w.next.All)
	}
}

func TestFollowerLinks(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	write(t, session(real, "2026", nameA+".jsonl"), "a\n")
	write(t, filepath.Join(dir, "far", nameA+".jsonl"), "a\n")
	must(t, os.Symlink(real, link))
	must(t, os.Symlink(filepath.Join(dir, "far"), session(real, "old")))
	must(t, os.Symlink("..", session(real, "2026", "loop")))
	must(t, os.Symlink(".", session(real, "self")))
	f := start(t, Options{Homes: []string{link, real, link}})
	if s := f.status(); s.Dirs != 4 {
		t.Errorf("status %+v", s) // home, sessions, 2026, far
	}
	appendTo(t, session(real, "2026", nameA+".jsonl"), "b\n")
	write(t, session(real, "2027/01", nameA+".jsonl"), "a\n")
	write(t, filepath.Join(dir, "far/new", nameB+".jsonl"), "a\n")
	f.knows(session(link, "2026", nameA+".jsonl"), session(link, "2027/01", nameA+".jsonl"), session(link, "old/new", nameB+".jsonl"))

	other := filepath.Join(dir, "other")
	write(t, filepath.Join(other, nameA+".jsonl"), "a\n")
	must(t, os.Symlink(other, session(real, "later")))
	f.knows(session(link, "later", nameA+".jsonl"))
	appendTo(t, filepath.Join(other, nameA+".jsonl"), "b\n")
	f.until("growth behind a new link", func() bool { return f.named[session(link, "later", nameA+".jsonl")] })
	for p := range f.paths {
		if !strings.HasPrefix(p, link+string(filepath.Separator)) {
			t.Errorf("%s is not as reached through the first home", p)
		}
	}
}

func TestFollowerHomeComesAndGoes(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "not/yet/there")
	f := start(t, Options{Homes: []string{home}})
	if s := f.status(); !s.Live || s.Dirs != 1 {
		t.Errorf("status %+v", s)
	}
	path := session(home, "2026/11/23", nameA+".jsonl")
	for round := range 5 {
		write(t, path, "a\n")
		f.knows(path)
		f.grows(path)
		gone := []string{home, filepath.Join(dir, "not"), session(home), session(home, "2026"), filepath.Dir(path)}[round]
		all := f.all
		must(t, os.RemoveAll(gone))
		f.until("the removal", func() bool { return f.all > all })
		clear(f.paths)
	}
}

func TestFollowerRenamedFolder(t *testing.T) {
	home := t.TempDir()
	write(t, session(home, "2026", nameA+".jsonl"), "a\n")
	f := start(t, Options{Homes: []string{home}})
	moved := session(home, "2027", nameA+".jsonl")
	must(t, os.Rename(session(home, "2026"), session(home, "2027")))
	f.knows(moved)
	write(t, session(home, "2026", nameB+".jsonl"), "a\n") // another folder under the old name
	f.knows(session(home, "2026", nameB+".jsonl"))
	f.grows(moved)
	for p := range f.named {
		if p != moved && p != session(home, "2026", nameB+".jsonl") {
			t.Errorf("named %s", p)
		}
	}
}

func TestFollowerSessionsAreNoFolder(t *testing.T) {
	home := t.TempDir()
	write(t, session(home), "a file")
	f := start(t, Options{Homes: []string{home}})
	must(t, os.Remove(session(home)))
	path := session(home, "2026", nameA+".jsonl")
	write(t, path, "a\n")
	f.knows(path)
}

// refuse makes Add fail with err below sessions.
func refuse(err error) func(*Follower) {
	return func(w *Follower) {
		w.add = func(fw *fsnotify.Watcher, path string) error {
			if filepath.Base(path) != sessionsDir && !strings.Contains(path, sessionsDir+string(filepath.Separator)) {
				return fw.Add(path)
			}
			return err
		}
	}
}

func TestFollowerFallsBack(t *testing.T) {
	tests := []struct {
		name             string
		change           func(*Follower)
		why, fixForLinux string
	}{
		{"watch limit", refuse(syscall.ENOSPC), "", "sudo sysctl fs.inotify.max_user_watches=524288"},
		{"open files", refuse(&os.PathError{Op: "open", Path: "x", Err: syscall.EMFILE}), syscall.EMFILE.Error(), "ulimit -n 65536"},
		{"no watcher", func(w *Follower) {
			w.open = func() (*fsnotify.Watcher, error) {
				return nil, fmt.Errorf("couldn't initialize inotify: %w", syscall.EMFILE)
			}
		}, "no notifications", "sudo sysctl fs.inotify.max_user_instances=1024"},
		{"network file system", func(w *Follower) { w.remote = func(string) string { return "NFS" } }, "is on NFS", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			home := t.TempDir()
			must(t, os.MkdirAll(session(home, "2026"), 0o755))
			f := start(t, Options{Homes: []string{home}, Rescan: 5 * time.Millisecond}, tt.change)
			s := f.status()
			if s.Live || s.Why == "" || !strings.Contains(s.Why, tt.why) || runtime.GOOS == "linux" && s.Fix != tt.fixForLinux {
				t.Errorf("status %+v", s)
			}
			path := session(home, "2026/11/23", nameA+".jsonl")
			write(t, path, "a\n")
			f.knows(path) // by a rescan
			f.until("more rescans", func() bool { return f.all > 5 })
			if len(f.stats) != 1 {
				t.Errorf("said %d times: %+v", len(f.stats), f.stats)
			}
		})
	}
}

// Where an unreadable folder is all that is not watched, looking often would show no more.
func TestFollowerDoesNotPollForPermission(t *testing.T) {
	home := t.TempDir()
	must(t, os.MkdirAll(session(home, "2026"), 0o755))
	f := start(t, Options{Homes: []string{home}}, refuse(syscall.EACCES))
	s := f.status()
	if s.Live || !strings.Contains(s.Why, "can't watch "+session(home)) || runtime.GOOS != "windows" && !strings.Contains(s.Fix, "chmod") {
		t.Errorf("status %+v", s)
	}
	if f.w.blind {
		t.Error("polls")
	}
}

func TestFollowerRecoversFromLimit(t *testing.T) {
	home := t.TempDir()
	path := session(home, "2026", nameA+".jsonl")
	write(t, path, "a\n")
	calls := 0
	f := start(t, Options{Homes: []string{home}, Rescan: 5 * time.Millisecond}, func(w *Follower) {
		w.add = func(fw *fsnotify.Watcher, path string) error {
			if calls++; calls < 10 && strings.HasPrefix(path, session(home)) {
				return syscall.ENOSPC
			}
			return fw.Add(path)
		}
	})
	f.until("live", func() bool { return f.status().Live })
	if s := f.status(); s.Why != "" || s.Fix != "" || s.Dirs != 3 {
		t.Errorf("status %+v", s)
	}
}

func TestFollowerIntervals(t *testing.T) {
	tests := []struct {
		name   string
		o      Options
		blind  bool
		expect time.Duration
	}{
		{"live", Options{}, false, time.Minute},
		{"live, given", Options{Rescan: 90 * time.Second}, false, 90 * time.Second},
		{"blind", Options{}, true, 2 * time.Second},
		{"blind, given longer", Options{Rescan: time.Minute}, true, 2 * time.Second},
		{"blind, given shorter", Options{Rescan: time.Second}, true, time.Second},
		{"polling", Options{Poll: true}, true, 2 * time.Second},
		{"polling, given", Options{Poll: true, Rescan: time.Minute}, true, time.Minute},
	}
	for _, tt := range tests {
		w := NewFollower(tt.o)
		if w.blind = tt.blind; w.interval() != tt.expect {
			t.Errorf("%s: %v, want %v", tt.name, w.interval(), tt.expect)
		}
	}
}

func TestFollowerPoll(t *testing.T) {
	home := t.TempDir()
	f := start(t, Options{Homes: []string{home}, Poll: true, Rescan: 5 * time.Millisecond})
	if s := f.status(); s.Live || s.Why == "" || s.Dirs != 0 {
		t.Errorf("status %+v", s)
	}
	path := session(home, "2026", nameA+".jsonl")
	write(t, path, "a\n")
	f.knows(path)
	if len(f.named) != 0 || len(f.stats) != 1 {
		t.Errorf("named %v, statuses %+v", f.named, f.stats)
	}
}

func TestFollowerOverflow(t *testing.T) {
	home := t.TempDir()
	path := session(home, "2026", nameA+".jsonl")
	write(t, path, "a\n")
	var errs chan error
	f := start(t, Options{Homes: []string{home}}, func(w *Follower) {
		open := w.open
		w.open = func() (*fsnotify.Watcher, error) {
			fw, err := open()
			errs = fw.Errors
			return fw, err
		}
	})
	errs <- fsnotify.ErrEventOverflow
	f.until("everything being looked at again", func() bool { return f.all == 2 })
	if s := f.status(); len(f.stats) != 2 || !s.Live || !strings.Contains(s.Why, "faster") {
		t.Errorf("statuses %+v", f.stats)
	}
	errs <- fsnotify.ErrEventOverflow
	f.until("and again", func() bool { return f.all == 3 })
	if len(f.stats) != 2 {
		t.Errorf("said more than once: %+v", f.stats)
	}
	errs <- errors.New("something else")
	f.until("and again", func() bool { return f.all >= 4 })
	f.grows(path)
}

// Whatever fsnotify does while it holds its lock, errors are taken off its hands.
func TestPumpNeverWaits(t *testing.T) {
	errs, overflow, failure := make(chan error), make(chan struct{}, 1), make(chan error, 1)
	done := make(chan struct{})
	go func() { pump(errs, overflow, failure); close(done) }()
	for range 3 {
		errs <- fsnotify.ErrEventOverflow
		errs <- errors.New("other")
	}
	close(errs)
	<-done
	if len(overflow) != 1 || len(failure) != 1 {
		t.Errorf("%d, %d", len(overflow), len(failure))
	}
}

func TestFollowerLosesWatcher(t *testing.T) {
	home := t.TempDir()
	path := session(home, "2026", nameA+".jsonl")
	write(t, path, "a\n")
	var opened []*fsnotify.Watcher
	f := start(t, Options{Homes: []string{home}, Rescan: 5 * time.Millisecond}, func(w *Follower) {
		open := w.open
		w.open = func() (*fsnotify.Watcher, error) {
			fw, err := open()
			opened = append(opened, fw)
			return fw, err
		}
	})
	must(t, opened[0].Close())
	f.until("a status", func() bool { return len(f.stats) > 1 })
	f.until("another watcher", func() bool { return f.status().Live })
	f.grows(path)
}

func TestFollowerDanglingHome(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	must(t, os.Symlink("nowhere", home))
	f := start(t, Options{Homes: []string{home}, Rescan: 5 * time.Millisecond})
	if s := f.status(); s.Live || !strings.Contains(s.Why, "link to nothing") {
		t.Errorf("status %+v", s)
	}
	path := session(home, "2026", nameA+".jsonl")
	write(t, filepath.Join(dir, "nowhere", sessionsDir, "2026", nameA+".jsonl"), "a\n")
	f.knows(path)
	f.until("live", func() bool { return f.status().Live })
}
