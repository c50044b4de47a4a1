package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

const (
	readThreads = 64                     // that a [Reader] remembers
	readTries   = 4                      // looks for a file that is being moved
	readPause   = 100 * time.Millisecond // between two of them
)

// Reader tells how a thread's newest turn stands, for those who act on it. It
// reads the thread's files once and from then on what is new in them, each time that
// it is asked. A file that was archived, compressed or rewritten is found again
// by the thread's id. Any goroutine may use it.
type Reader struct {
	homes []string

	mu      sync.Mutex
	folder  *folder
	threads map[string]*readThread
	order   []string // their ids, those that came first at the front
}

var _ control.Reader = (*Reader)(nil)

// readThread is what was read of a thread.
type readThread struct {
	files    []watch.File
	asked    string // path that the caller knew when they were listed: it may be an old one
	d        *folded
	tail     *watch.Tail // of the newest file
	settings control.Settings
}

// NewReader gives a reader of the threads in these CODEX_HOME folders.
func NewReader(homes []string) *Reader {
	return &Reader{homes: homes, folder: newFolder(price.Default(), time.Now, nil), threads: map[string]*readThread{}}
}

// Turn reads what a thread's files say now. Number is 0 where they tell of no turn.
// The error wraps [fs.ErrNotExist] where there is no file of the thread any more.
func (r *Reader) Turn(ctx context.Context, t control.Thread) (control.Turn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for try := 1; ; try++ {
		x, err := r.read(ctx, t)
		if err == nil {
			return x.turn(), nil
		}
		r.forget(t.ID)
		if !errors.Is(err, fs.ErrNotExist) || try == readTries {
			return control.Turn{}, fmt.Errorf("read thread %s: %w", model.Clean(t.ID, 100), err)
		}
		select { // it may be on its way from one folder to another
		case <-ctx.Done():
			return control.Turn{}, ctx.Err()
		case <-time.After(readPause):
		}
	}
}

// read brings what is known of a thread up to date.
func (r *Reader) read(ctx context.Context, t control.Thread) (*readThread, error) {
	x := r.threads[t.ID]
	if x == nil || t.Path != x.asked && t.Path != "" && !x.has(t.Path) {
		return r.readAnew(ctx, t)
	}
	change, err := r.readOn(ctx, x)
	if change == watch.Replaced || change == watch.Gone {
		return r.readAnew(ctx, t)
	}
	return x, err
}

func (x *readThread) has(path string) bool {
	return slices.ContainsFunc(x.files, func(f watch.File) bool { return f.Path == path })
}

// readAnew reads all files of a thread from their beginning.
func (r *Reader) readAnew(ctx context.Context, t control.Thread) (*readThread, error) {
	files := r.find(t)
	if len(files) == 0 {
		return nil, fmt.Errorf("no session file: %w", fs.ErrNotExist)
	}
	x := &readThread{files: files, asked: t.Path, d: &folded{key: t.ID, thread: model.NewThread(t.ID, model.Options{})}}
	for _, f := range files {
		x.d.thread.BeginFile(f.Path)
		x.tail = watch.NewTail(f)
		change, err := r.readOn(ctx, x)
		switch {
		case change == watch.Gone || change == watch.Replaced:
			return nil, fmt.Errorf("%s was moved: %w", f.Path, fs.ErrNotExist)
		case err != nil && change != watch.Finished: // of a damaged archive, what could be read counts
			return nil, err
		}
	}
	if !slices.Contains(r.order, t.ID) {
		r.order = append(r.order, t.ID)
	}
	r.threads[t.ID] = x
	for len(r.order) > readThreads {
		r.forget(r.order[0])
	}
	return x, nil
}

func (r *Reader) forget(id string) {
	delete(r.threads, id)
	r.order = slices.DeleteFunc(r.order, func(o string) bool { return o == id })
}

// find lists a thread's files: by its id, or by its path alone where the name says another.
func (r *Reader) find(t control.Thread) []watch.File {
	all, _ := watch.Scan(r.homes) // what can't be listed can't be read either
	var own []watch.File
	for _, f := range all {
		if f.ThreadID == t.ID || f.Path == t.Path {
			own = append(own, f)
		}
	}
	return orderFiles(own)
}

// readOn applies the lines that a thread's newest file has got.
func (r *Reader) readOn(ctx context.Context, x *readThread) (watch.Change, error) {
	n := 0
	return x.tail.Read(r.folder.reading(), func(l watch.Line) error {
		if n++; n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r.folder.line(x.d, l)
		if e := &r.folder.event; e.Kind == model.EventTurnContext {
			x.settings = settingsOf(l, e)
		}
		return nil
	})
}

// settingsOf gives what a turn_context line says. Of one that can't be read whole no
// policy is known.
func settingsOf(l watch.Line, e *model.Event) control.Settings {
	var whole struct {
		Payload json.RawMessage `json:"payload"`
	}
	if !l.Cut() && json.Unmarshal(l.Bytes, &whole) == nil {
		if s, err := control.ReadSettings(whole.Payload); err == nil {
			return s
		}
	}
	return control.Settings{Turn: e.TurnID, Cwd: e.Cwd, CompHash: e.Comp}
}

// turn is the newest turn as it stands.
func (x *readThread) turn() control.Turn {
	t := x.d.thread
	if t.TurnCount == 0 {
		return control.Turn{}
	}
	s := x.settings
	s.Model, s.Effort, s.Tier = t.Model, t.Effort, t.Tier
	if s.Cwd == "" {
		s.Cwd = t.Cwd
	}
	return control.Turn{ID: t.Turn.ID, Number: t.TurnCount, State: t.Turn.State, Reason: t.Turn.Reason, Started: t.Turn.Started,
		Ended: t.Turn.Ended, Settings: s, Context: t.Context, Window: t.Window}
}
