package monitor

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// What the ledger keeps of a thread beyond its usage, so that a later reading need
// not look into files that did not change. A thread that was read in detail is kept
// without its turns and calls, but with its kinds of work.

// settleTime is how long files must have been left alone before what was read of
// them may stand for them: a file system's clock may tick as seldom as that.
const settleTime = 2 * time.Second

// memory is a folded thread as the ledger keeps it. Rows are kept apart.
type memory struct {
	Thread    threadState
	Detail    bool             `json:",omitzero"` // KindRows are known
	Failed    int              `json:",omitzero"`
	Bytes     int64            `json:",omitzero"`
	Unknown   map[string]int64 `json:",omitempty"`
	Compacted []time.Time      `json:",omitempty"`
	Recent    []recentUse      `json:",omitempty"`
}

// threadState is a thread without its rows, whose keys JSON does not have.
type threadState struct {
	model.Thread
	Rows     *struct{} `json:",omitempty"`
	KindRows *struct{} `json:",omitempty"`
}

// recentUse is one response of the day before the reading, which burn is made of.
type recentUse struct {
	At     time.Time
	Bucket model.Bucket
	Usage  model.Usage
}

// remembered makes what the ledger keeps of a thread. It must be called by whoever
// owns the thread; the result shares no memory with it.
// The files are as they were listed at now; home is [homeKey], or what remembers its answers.
func remembered(d *folded, run model.RunID, project, user string, home func(string) string, now time.Time) (ledger.Thread, error) {
	t := d.thread
	l := ledger.Thread{
		ID: t.ID, Run: run, Project: project, User: user, Cwd: t.Cwd, Branch: t.Meta.GitBranch, Model: t.Model,
		Folder: cmp.Or(t.Meta.Cwd, t.Cwd), Title: t.Title,
		First: t.FirstAt, Last: t.LastAt, Written: (&group{files: d.files}).newest(), Rows: rowsOf(t),
	}
	for _, f := range d.files {
		l.Home = home(f.Home)
		l.Files = append(l.Files, ledger.File{Path: f.Path, Size: f.Size, ModTime: f.ModTime, Dev: f.ID.Dev, Ino: f.ID.Ino, Offset: f.Size})
	}
	// The files stand beside it.
	var err error
	if l.State, err = stateOf(d, slices.EqualFunc(t.Files, l.Files, func(path string, f ledger.File) bool { return path == f.Path }), now); err != nil {
		return l, err
	}
	if d.standsForFiles() && settled(d.files, now) && !bytes.Contains(l.State, []byte(`\ufffd`)) { // bytes that are no text would not come back
		l.Reader = readerOf(d)
	}
	return l, nil
}

// stateOf gives a thread without its rows, turns and calls, and without the names of its files
// where they stand elsewhere; [recall] understands it.
func stateOf(d *folded, beside bool, now time.Time) ([]byte, error) {
	t := d.thread
	m := memory{Thread: threadState{Thread: *t}, Detail: t.KindRows != nil, Failed: d.failed, Bytes: d.bytes,
		Unknown: d.unknown, Compacted: d.burn.compacted, Recent: d.recentUse(now)}
	s := &m.Thread.Thread
	s.Kinds, s.Turns, s.Responses, s.Calls, s.TurnBase = nil, nil, nil, nil, 0
	if beside {
		s.Files = nil
	}
	state, err := json.Marshal(&m)
	if err != nil {
		return nil, fmt.Errorf("thread %s: %w", t.ID, err)
	}
	return state, nil
}

// rowsOf gives a thread's rows over kinds of work; all is KindOther where those are not known.
func rowsOf(t *model.Thread) []ledger.Row {
	rows := make([]ledger.Row, 0, max(len(t.Rows), len(t.KindRows)))
	if t.KindRows != nil {
		for b, n := range t.KindRows {
			rows = append(rows, ledger.Row{KindBucket: b, Count: n})
		}
	} else {
		for b, n := range t.Rows {
			rows = append(rows, ledger.Row{KindBucket: model.KindBucket{Bucket: b}, Count: n})
		}
	}
	slices.SortStableFunc(rows, func(a, b ledger.Row) int { return cmp.Compare(a.Quarter, b.Quarter) })
	return rows
}

// recentUse gives the responses that burn may be made of: those of the last day and
// those that claim to be of later.
func (d *folded) recentUse(now time.Time) []recentUse {
	if !d.detail {
		return slices.Clone(d.recent)
	}
	if d.live {
		return slices.DeleteFunc(slices.Clone(d.recent), func(u recentUse) bool { return now.Sub(u.At) >= burnKept })
	}
	var recent []recentUse
	for _, r := range d.thread.Responses {
		if now.Sub(r.At) < burnKept {
			recent = append(recent, recentUse{r.At, r.Bucket, r.Usage})
		}
	}
	return recent
}

// standsForFiles says that whoever reads the files again learns the same, as long
// as a listing shows them unchanged. It does not where the reading also looked at
// other threads' files, where a last line may still be completed, or where it failed.
func (d *folded) standsForFiles() bool {
	if len(d.files) == 0 || d.unsure || d.waiting || d.lost || len(d.problems) > 0 {
		return false
	}
	return !d.trimmed()
}

// trimmed says that a reading in detail may not have all responses of the last day any more.
func (d *folded) trimmed() bool {
	return d.detail && !d.live && len(d.thread.Responses) >= model.MaxResponses*3/4
}

// settled says that files, as listed at now, had been left alone for a while.
func settled(files []watch.File, now time.Time) bool {
	return !slices.ContainsFunc(files, func(f watch.File) bool {
		return now.Sub(f.ModTime) < settleTime || f.ID == (watch.FileID{})
	})
}

// recall gives the thread back that was kept, or an error where it can't be
// understood. The files are those that it stands for, nil where they are gone.
func recall(l *ledger.Thread, key string, files []watch.File, o Options, now time.Time) (*folded, error) {
	var m memory
	if err := json.Unmarshal(l.State, &m); err != nil {
		return nil, fmt.Errorf("thread %s: %w", l.ID, err)
	}
	t := &m.Thread.Thread
	t.ID = l.ID
	t.Rows, t.KindRows = make(map[model.Bucket]model.Count, len(l.Rows)), nil
	if m.Detail {
		t.KindRows = make(map[model.KindBucket]model.Count, len(l.Rows))
	}
	for _, r := range l.Rows {
		t.Rows[r.Bucket] = t.Rows[r.Bucket].Plus(r.Count)
		if m.Detail {
			t.KindRows[r.KindBucket] = r.Count
		}
	}
	if t.Skipped == nil {
		t.Skipped = map[string]int64{}
	}
	d := &folded{key: key, files: files, thread: t, failed: m.Failed, bytes: m.Bytes, unknown: m.Unknown, stored: true, recent: m.Recent}
	d.burn.compacted = m.Compacted
	for _, r := range m.Recent {
		d.burn.response(r.At, now, o.Prices.Cost(r.Bucket, r.Usage), r.Usage.Total())
	}
	if t.Files == nil {
		for _, f := range files {
			t.Files = append(t.Files, f.Path)
		}
	}
	if files == nil {
		d.lastProject, t.Files, d.bytes = l.Project, nil, 0
	}
	return d, nil
}

// unchanged says that a listing shows the files as they were when the thread was kept.
func unchanged(l *ledger.Thread, files []watch.File) bool {
	return slices.EqualFunc(l.Files, files, func(k ledger.File, f watch.File) bool {
		return k.Path == f.Path && k.Size == f.Size && k.ModTime.Equal(f.ModTime) && k.Dev == f.ID.Dev && k.Ino == f.ID.Ino
	})
}

// homeKeys are the homes as the ledger names them.
func homeKeys(homes []string) []string {
	keys := make([]string, 0, len(homes))
	for _, h := range homes {
		keys = append(keys, homeKey(h))
	}
	return keys
}

// homeKey is a home's own path, however it was reached.
func homeKey(home string) string {
	abs, err := filepath.Abs(home)
	if err != nil {
		return home
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	return abs
}

// withKinds is what a reader's name ends in where kinds of work were read too.
const withKinds = " kinds"

// readerOf names who read a thread: this program, and whether kinds of work are known.
func readerOf(d *folded) string {
	if d.thread.KindRows != nil && program() != "" {
		return program() + withKinds
	}
	return program()
}

// isReader says that a name that the ledger has is this program's.
func isReader(name string) bool {
	return name != "" && strings.TrimSuffix(name, withKinds) == program()
}

// program names this program: a version, or where it was built without one, the
// executable's own size and time; "" where neither is known. Another program reads files again, since it may
// understand more of them.
var program = sync.OnceValue(func() string {
	if b, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(b.Main.Version, "v") && !strings.HasSuffix(b.Main.Version, "+dirty") {
		return b.Main.Version
	}
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
})

// ledgerProblem is what to tell where the ledger can't be used.
func ledgerProblem(path string, err error) Problem {
	if path == "" {
		path = "ledger"
	}
	p := Problem{Path: path, Err: ledgerError{err}, Fix: "--no-ledger runs without"}
	if errors.Is(err, ledger.ErrFull) {
		p.Fix = "make room on the disk"
	}
	return p
}
