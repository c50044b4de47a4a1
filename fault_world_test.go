package main_test

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// world is a home that Codex writes to while things happen to its files, and the
// truth of what was used. Nothing that happens to a file destroys what it says for good.
type world struct {
	t    *testing.T
	home string
	r    *rand.Rand // of the goroutine that writes

	mu       sync.Mutex
	sessions []*faulty
	truth    map[string]model.Count // by thread
	injected map[string]int
}

// faulty is a session file that things happen to. Only the writer touches it.
type faulty struct {
	*session
	packed bool // it is .zst now
}

func newWorld(t *testing.T, home string, seed uint64) *world {
	return &world{t: t, home: home, r: rand.New(rand.NewPCG(seed, 1)), truth: map[string]model.Count{}, injected: map[string]int{}}
}

// inject counts a fault.
func (w *world) inject(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.injected[name]++
}

// used is what was written until now, by thread.
func (w *world) used() (map[string]model.Count, model.Count) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all model.Count
	for _, c := range w.truth {
		all = all.Plus(c)
	}
	return maps.Clone(w.truth), all
}

// step lets one thing happen: mostly a response, else a fault.
func (w *world) step() {
	if len(w.sessions) < 3 || len(w.sessions) < 60 && w.r.IntN(40) == 0 {
		w.begin()
		return
	}
	f := w.sessions[w.r.IntN(len(w.sessions))]
	if w.r.IntN(4) > 0 {
		w.respond(f)
		return
	}
	faults := []struct {
		name string
		do   func(*faulty)
	}{
		{"moved", w.move}, {"compressed or unpacked", w.pack}, {"truncated and written again", w.truncate},
		{"replaced by another file", w.replace}, {"unreadable", w.hide}, {"folder unreadable", w.hideFolder},
		{"line in two writes", w.tear}, {"gone and back", w.remove}, {"line that is no JSON", w.junk},
	}
	x := faults[w.r.IntN(len(faults))]
	x.do(f)
	w.inject(x.name)
}

func (w *world) begin() {
	now := time.Now()
	f := &faulty{session: newSession(w.t, w.home, now, "/home/dev/x")}
	f.begin(now, "main", "do")
	w.open(f.path)
	for dir := filepath.Dir(f.path); len(dir) > len(w.home); dir = filepath.Dir(dir) {
		w.must(os.Chmod(dir, 0o755))
	}
	w.sessions = append(w.sessions, f)
}

// open lets every user read a file: the program may run as another one.
func (w *world) open(path string) { w.must(os.Chmod(path, 0o644)) }

func (w *world) must(err error) {
	if err != nil {
		w.t.Errorf("the world broke: %v", err)
	}
}

// respond writes one response, in a file that is unpacked where it was compressed.
func (w *world) respond(f *faulty) {
	if f.packed {
		w.pack(f)
	}
	if w.r.IntN(6) == 0 {
		f.end(time.Now(), "done")
		f.ask(time.Now(), "on")
	}
	u := w.usage()
	w.book(f, u)
	f.respond(time.Now(), u)
}

func (w *world) usage() model.Usage {
	in := model.Tokens(1000 + w.r.IntN(100_000))
	return model.Usage{Input: in, Cached: model.Tokens(w.r.IntN(int(in))), Output: model.Tokens(1 + w.r.IntN(2000))}
}

// book adds to the truth. It is told before it is written, so that nothing can be
// read that the truth does not know.
func (w *world) book(f *faulty, u model.Usage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.truth[f.id] = w.truth[f.id].Plus(model.Count{Usage: u, Responses: 1})
}

// pause is how long a file stays as a fault leaves it.
func (w *world) pause() { time.Sleep(time.Duration(1+w.r.IntN(60)) * time.Millisecond) }

// move renames a file into the archive, or back.
func (w *world) move(f *faulty) {
	to := filepath.Join(w.home, "archived_sessions", filepath.Base(f.path))
	if filepath.Dir(f.path) == filepath.Dir(to) {
		to = filepath.Join(w.home, "sessions", filepath.Base(f.path)[8:12], filepath.Base(f.path)[13:15], filepath.Base(f.path)[16:18], filepath.Base(f.path))
	}
	w.must(os.MkdirAll(filepath.Dir(to), 0o755))
	w.must(os.Rename(w.name(f), filepath.Join(filepath.Dir(to), filepath.Base(w.name(f)))))
	f.path = to
}

// name is where a session's file is now.
func (w *world) name(f *faulty) string {
	if f.packed {
		return f.path + ".zst"
	}
	return f.path
}

// pack compresses a file as Codex does, or unpacks it into a new one.
func (w *world) pack(f *faulty) {
	from := w.name(f)
	b, err := os.ReadFile(from)
	w.must(err)
	if f.packed {
		d, err := zstd.NewReader(nil)
		w.must(err)
		defer d.Close()
		b, err = d.DecodeAll(b, nil)
		w.must(err)
	} else {
		e, err := zstd.NewWriter(nil)
		w.must(err)
		b = e.EncodeAll(b, nil)
		w.must(e.Close())
	}
	f.packed = !f.packed
	w.put(w.name(f), b)
	w.must(os.Remove(from))
}

// put makes a whole file appear at once.
func (w *world) put(path string, b []byte) {
	w.must(os.WriteFile(path+".tmp", b, 0o644))
	w.open(path + ".tmp")
	w.must(os.Rename(path+".tmp", path))
}

// truncate cuts a file short, and writes what was cut off again.
func (w *world) truncate(f *faulty) {
	b, err := os.ReadFile(w.name(f))
	w.must(err)
	n := w.r.IntN(len(b) + 1)
	w.must(os.Truncate(w.name(f), int64(n)))
	w.pause()
	out, err := os.OpenFile(w.name(f), os.O_APPEND|os.O_WRONLY, 0)
	w.must(err)
	defer out.Close()
	_, err = out.Write(b[n:])
	w.must(err)
}

// replace puts another file with the same lines in its place.
func (w *world) replace(f *faulty) {
	b, err := os.ReadFile(w.name(f))
	w.must(err)
	w.put(w.name(f), b)
}

func (w *world) hide(f *faulty) { w.shut(w.name(f), 0o644) }

func (w *world) hideFolder(f *faulty) { w.shut(filepath.Dir(w.name(f)), 0o755) }

// shut takes the right to read away for a while.
func (w *world) shut(path string, mode fs.FileMode) {
	w.must(os.Chmod(path, 0))
	w.pause()
	w.must(os.Chmod(path, mode))
}

// tear writes a response in two writes with a pause between them.
func (w *world) tear(f *faulty) {
	if f.packed {
		w.pack(f)
	}
	before, err := os.ReadFile(f.path)
	w.must(err)
	u := w.usage()
	w.book(f, u)
	whole := *f.session
	whole.path = filepath.Join(w.t.TempDir(), "line")
	whole.respond(time.Now(), u)
	line, err := os.ReadFile(whole.path)
	w.must(err)
	path := f.path
	*f.session = whole
	f.path = path
	n := w.r.IntN(len(line))
	f.raw(line[:n])
	w.pause()
	f.raw(line[n:])
	after, err := os.Stat(f.path)
	w.must(err)
	if after.Size() != int64(len(before)+len(line)) {
		w.t.Errorf("the world broke: %s has %d bytes", f.path, after.Size())
	}
}

// remove deletes a file and puts it back.
func (w *world) remove(f *faulty) {
	b, err := os.ReadFile(w.name(f))
	w.must(err)
	w.must(os.Remove(w.name(f)))
	w.pause()
	w.put(w.name(f), b)
}

func (w *world) junk(f *faulty) {
	if !f.packed {
		f.raw([]byte("}{ nonsense\n"))
	}
}

// flood makes more changes than a notification queue holds: 16,384 are usual.
func (w *world) flood() {
	dir, err := os.MkdirTemp(filepath.Join(w.home, "sessions"), "flood")
	w.must(err)
	defer os.RemoveAll(dir)
	w.must(os.Chmod(dir, 0o755))
	time.Sleep(20 * time.Millisecond) // for it to be watched
	w.must(os.MkdirAll(dir, 0o755))
	for i := range 9000 {
		path := filepath.Join(dir, fmt.Sprintf("rollout-x%d.tmp", i))
		f, err := os.Create(path)
		w.must(err)
		w.must(f.Close())
		w.must(os.Remove(path))
	}
}
