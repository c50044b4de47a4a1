package monitor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
	"github.com/tokenburn-sentinel/tokenburn/watch/rollout"
)

// meter is what the gate knows of one thread: what its file says was used, up to an
// offset. A file is read whole once, in the way of everybody else; from then on only what
// it has got since, by its usage records alone: every Codex that has hooks writes them.
type meter struct {
	Version int
	Thread  string
	Run     model.RunID
	Meta    model.Meta
	Cwd     string
	Title   string
	Model   string
	Effort  string
	Tier    string
	Next    string    // tier that was announced for the next turn
	Turn    string    // id of the newest turn
	Began   time.Time // of that turn, zero unknown
	Running bool
	Answers int // responses of that turn
	First   time.Time
	Last    time.Time
	Rows    []meterRow
	IDs     []string      // of the newest responses
	Recent  []model.Usage // of the newest responses, oldest first

	file   watch.File
	offset int64
}

// meterRow is the usage in one bucket.
type meterRow struct {
	Bucket model.Bucket
	Count  model.Count
}

const (
	meterVersion = 1
	meterIDs     = 256 // responses that are known again
	meterRecent  = 6   // that the next one is expected by
)

// errOther says that a file is not the thread's.
var errOther = errors.New("the session file is another thread's")

// readMeter brings the meter of a thread up to the end of its file. It reads on where
// the ledger's meter ended, if the file is still the same.
func readMeter(ctx context.Context, kept ledger.Meter, thread, home, path string) (*meter, error) {
	file, err := watch.Stat(home, path)
	if err != nil {
		return nil, fmt.Errorf("its session file: %w", err)
	}
	m := &meter{}
	known := kept.Path == path && kept.Dev == file.ID.Dev && kept.Ino == file.ID.Ino && kept.Offset <= file.Size && kept.Offset > 0
	if !known || json.Unmarshal(kept.State, m) != nil || m.Version != meterVersion || m.Thread != thread {
		m = &meter{Version: meterVersion, Thread: thread, file: file}
		return m, m.readWhole(ctx)
	}
	m.file, m.offset = file, kept.Offset
	return m, m.readOn(ctx)
}

// kept is the meter for the ledger to keep.
func (m *meter) kept() (ledger.Meter, error) {
	state, err := json.Marshal(m)
	return ledger.Meter{Thread: m.Thread, Path: m.file.Path, Dev: m.file.ID.Dev, Ino: m.file.ID.Ino, Offset: m.offset, State: state}, err
}

// readWhole folds the file as the monitor does, and takes beside it what the next
// readings go on with.
func (m *meter) readWhole(ctx context.Context) error {
	f := newFolder(price.Default(), time.Now, nil)
	d := &folded{key: m.Thread, files: []watch.File{m.file}, thread: model.NewThread(m.Thread, model.Options{})}
	d.thread.BeginFile(m.file.Path)
	err := m.lines(ctx, func(l watch.Line) {
		f.event = model.Event{}
		f.line(d, l)
		m.take(&f.event)
	})
	if err != nil {
		return err
	}
	t := d.thread
	if t.ID != m.Thread {
		return errOther
	}
	m.Meta, m.Cwd, m.Title, m.Model, m.Effort, m.Tier, m.First, m.Last = t.Meta, t.Cwd, t.Title, t.Model, t.Effort, t.Tier, t.FirstAt, t.LastAt
	m.Began = t.Turn.Started
	m.Run = model.RunID(m.Thread)
	if s := t.Meta.SessionID; s != "" {
		m.Run = model.RunID(s)
	} else if p := t.Meta.ParentID; p != "" {
		m.Run = model.RunID(p)
	}
	m.Rows = m.Rows[:0]
	for b, n := range t.Rows {
		m.Rows = append(m.Rows, meterRow{b, n})
	}
	return nil
}

// readOn takes the lines that the file has got since.
func (m *meter) readOn(ctx context.Context) error {
	dec := rollout.NewDecoder(rollout.Options{})
	var e model.Event
	return m.lines(ctx, func(l watch.Line) {
		if dec.Decode(l, &e) == nil {
			m.take(&e)
		}
	})
}

// lines calls f for each whole line from the offset on.
func (m *meter) lines(ctx context.Context, f func(watch.Line)) error {
	r, err := watch.Open(m.file.Path)
	if err != nil {
		return fmt.Errorf("its session file: %w", err)
	}
	defer r.Close()
	if m.offset > 0 {
		if err := r.SeekTo(m.offset); err != nil {
			return fmt.Errorf("its session file: %w", err)
		}
	}
	lines := watch.NewLines(nil, make([]byte, 64<<10))
	lines.Reset(r, m.offset)
	for n := 0; lines.Next(); n++ {
		if n&255 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		f(lines.Line())
	}
	m.offset = lines.Offset()
	return lines.Err()
}

// take counts one event, by the rules that model.Thread counts by.
func (m *meter) take(e *model.Event) {
	if !e.At.IsZero() {
		m.Last = e.At
	}
	switch e.Kind {
	case model.EventTurnContext, model.EventModel:
		m.takeModel(e)
	case model.EventSettings:
		if e.HasTier {
			if m.Next = e.Tier; m.Answers == 0 {
				m.Tier = e.Tier
			}
		}
	case model.EventTurnStarted:
		if e.TurnID == "" || e.TurnID != m.Turn || !m.Running {
			m.Tier, m.Answers, m.Turn, m.Running, m.Began = m.Next, 0, e.TurnID, true, m.Last
		}
	case model.EventTurnEnded:
		if e.TurnID == m.Turn {
			m.Running = false
		}
	case model.EventRecord:
		m.count(e)
	}
}

func (m *meter) takeModel(e *model.Event) {
	if e.Model != "" {
		m.Model = model.Clean(e.Model, 100)
	}
	if e.Effort != "" || e.Kind == model.EventTurnContext {
		m.Effort = model.Clean(e.Effort, 40)
	}
	if e.Kind != model.EventTurnContext {
		return
	}
	if e.Cwd != "" {
		m.Cwd = e.Cwd
	}
	if e.TurnID != "" && e.TurnID != m.Turn && !m.Running {
		m.Turn, m.Running, m.Answers, m.Began = e.TurnID, true, 0, m.Last
	}
}

// count books one response, once.
func (m *meter) count(e *model.Event) {
	if e.ThreadID != "" && e.ThreadID != m.Thread || e.ResponseID != "" && slices.Contains(m.IDs, e.ResponseID) {
		return
	}
	m.IDs = append(m.IDs, e.ResponseID)
	m.IDs = m.IDs[max(0, len(m.IDs)-meterIDs):]
	m.Recent = append(m.Recent, e.Usage)
	m.Recent = m.Recent[max(0, len(m.Recent)-meterRecent):]
	m.Answers++
	b := model.Bucket{Model: m.Model, Tier: m.Tier, Long: e.Usage.Input > model.LongContextTokens, Quarter: model.QuarterOf(m.Last)}
	if b.Model == "" {
		b.Model = model.UnknownModel
	}
	one := model.Count{Usage: e.Usage, Responses: 1}
	for i := range m.Rows {
		if m.Rows[i].Bucket == b {
			m.Rows[i].Count = m.Rows[i].Count.Plus(one)
			return
		}
	}
	m.Rows = append(m.Rows, meterRow{b, one})
}

// firstRequest is what the first request of a thread is expected to use where nobody
// says otherwise: Codex's own instructions are 12,000 tokens.
func firstRequest() model.Usage { return model.Usage{Input: 12_000, Output: 1_000} }

// next is what the thread's next response is expected to use: its context as the
// newest response left it, grown as it grew lately, cached as it was lately, and an
// output as of late. Without any response, what first says.
func (m *meter) next(first model.Usage) model.Usage {
	n := len(m.Recent)
	if n == 0 {
		return first
	}
	var in, cached, out, grown, grew model.Tokens
	for i, u := range m.Recent {
		out += u.Output
		if i == 0 {
			continue
		}
		in, cached = in+u.Input, cached+u.Cached
		if g := u.Input - m.Recent[i-1].Total(); g > 0 && g < u.Input {
			grown += g
		}
		grew++
	}
	last := m.Recent[n-1]
	next := model.Usage{Input: last.Total(), Output: max(1, out/model.Tokens(n))}
	if grew > 0 {
		next.Input += grown / grew
	}
	if in > 0 {
		next.Cached = model.Tokens(float64(min(last.Input, next.Input)) * min(1, float64(cached)/float64(in)))
	}
	return next
}

// total is all that the meter has counted.
func (m *meter) total() model.Count {
	var n model.Count
	for _, r := range m.Rows {
		n = n.Plus(r.Count)
	}
	return n
}

// merge puts what the meter has counted, and the ledger does not know yet, into the
// thread as the ledger has it; false where there is nothing. Rows of before keep their
// kinds of work; what comes to them is of the kind that the bucket has most of.
func (m *meter) merge(th *ledger.Thread) bool {
	have := th.Total()
	if len(th.Files) <= 1 && m.total().Responses <= have.Responses {
		return false
	}
	changed := false
	for _, r := range m.Rows {
		var known model.Count
		most := -1
		for i := range th.Rows {
			if th.Rows[i].Bucket == r.Bucket {
				known = known.Plus(th.Rows[i].Count)
				if most < 0 || th.Rows[i].Total() > th.Rows[most].Total() {
					most = i
				}
			}
		}
		if r.Count.Responses <= known.Responses {
			continue
		}
		changed = true
		more := model.Count{Usage: atLeastNothing(r.Count.Usage.Sub(known.Usage)), Responses: r.Count.Responses - known.Responses}
		if most < 0 {
			th.Rows = append(th.Rows, ledger.Row{KindBucket: model.KindBucket{Bucket: r.Bucket}, Count: more})
		} else {
			th.Rows[most].Count = th.Rows[most].Count.Plus(more)
		}
	}
	if changed {
		slices.SortStableFunc(th.Rows, func(a, b ledger.Row) int { return cmp.Compare(a.Quarter, b.Quarter) })
		th.Reader = "" // the rows are newer than the reading that the rest is of
		th.Last, th.Written = laterTime(th.Last, m.Last), laterTime(th.Written, m.file.ModTime)
	}
	return changed
}

// fresh makes the thread for the ledger that does not know it yet.
func (m *meter) fresh(project, user string, now time.Time) (ledger.Thread, error) {
	t := &model.Thread{ID: m.Thread, Meta: m.Meta, Cwd: m.Cwd, Title: m.Title, Model: m.Model, Effort: m.Effort, Tier: m.Tier,
		FirstAt: m.First, LastAt: m.Last, Rows: map[model.Bucket]model.Count{}}
	for _, r := range m.Rows {
		t.Rows[r.Bucket] = r.Count
	}
	d := &folded{key: m.Thread, files: []watch.File{m.file}, thread: t, unsure: true} // its file is to be read again
	return remembered(d, m.Run, project, user, homeKey, now)
}

func atLeastNothing(u model.Usage) model.Usage {
	return model.Usage{Input: max(0, u.Input), Cached: max(0, u.Cached), CacheWrite: max(0, u.CacheWrite), Output: max(0, u.Output), Reasoning: max(0, u.Reasoning)}
}

func laterTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
