package monitor

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Work is what one thread brought forth, as its own tool calls tell. It shares
// no memory with the thread.
type Work struct {
	Run      model.RunID
	Thread   string
	Project  string
	Cwd      string
	From, To time.Time     // of the thread's first and newest line
	Edits    []Edit        // changes that were made to files, oldest first
	Tests    []TestOutcome // oldest first
	Saved    []time.Time   // when it committed
	Partial  bool          // older calls are no longer kept: there may have been more
}

// Edit is one file that a patch changed.
type Edit struct {
	At             time.Time
	Turn           int    // from 1
	Path           string // full path, as the session file has it
	Old            string // its name before, "" where that did not change
	Added, Removed int    // lines; -1 unknown
}

// TestOutcome is how a test command ended.
type TestOutcome struct {
	At     time.Time
	Turn   int // from 1
	Key    string
	Failed bool
}

// WorkOf takes from a thread what it brought forth. Without detail there are no
// calls to tell it, and the work is partial.
func WorkOf(run model.RunID, t *model.Thread, project string) Work {
	return workSince(run, t, project, time.Time{})
}

// workSince is [WorkOf] with the calls alone that ended at an instant or later.
func workSince(run model.RunID, t *model.Thread, project string, since time.Time) Work {
	cwd := folderOf(t)
	w := Work{Run: run, Thread: t.ID, Project: project, Cwd: cwd, From: t.FirstAt, To: t.LastAt,
		Partial: len(t.Calls) < t.CallCount || t.FileChanges > 0 && len(t.Calls) == 0}
	for i := range t.Calls {
		c := &t.Calls[i]
		at := endOf(c)
		if at.Before(since) {
			continue
		}
		if c.Applied() {
			w.edits(c, at, cmp.Or(c.Cwd, cwd))
		}
		if key, ok := budget.TestRun(c); ok {
			w.Tests = append(w.Tests, TestOutcome{At: at, Turn: c.Turn + 1, Key: cmp.Or(c.Cwd, cwd) + "\x00" + key, Failed: c.ExitCode != 0})
		}
		if c.HasExit && c.ExitCode == 0 && commits(c.Command) {
			w.Saved = append(w.Saved, at)
		}
	}
	slices.SortStableFunc(w.Edits, func(a, b Edit) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(w.Tests, func(a, b TestOutcome) int { return a.At.Compare(b.At) })
	return w
}

// Works remembers what was taken from threads, so that a thread is looked through
// again only when its files said more. The nil one remembers nothing. It belongs to one goroutine.
type Works struct{ known map[string]knownWork }

type knownWork struct {
	lines int64
	calls int
	work  Work
}

// NewWorks gives an empty memory.
func NewWorks() *Works { return &Works{known: map[string]knownWork{}} }

// Of gives what a thread brought forth.
func (w *Works) Of(run model.RunID, m Member) Work {
	t := m.Thread
	if w == nil {
		return WorkOf(run, t, m.Project)
	}
	if k, ok := w.known[t.ID]; ok && k.lines == t.Lines && k.calls == len(t.Calls) && k.work.Run == run {
		return k.work
	}
	k := knownWork{t.Lines, len(t.Calls), WorkOf(run, t, m.Project)}
	w.known[t.ID] = k
	return k.work
}

// endOf is when a call ended, or began where it has not.
func endOf(c *model.Call) time.Time {
	if c.Done && c.Ended.After(c.At) {
		return c.Ended
	}
	return c.At
}

// folderOf is the folder that a thread began in; a later turn may work elsewhere.
func folderOf(t *model.Thread) string {
	return strings.TrimPrefix(cmp.Or(t.Meta.Cwd, t.Cwd), "file://")
}

func (w *Work) edits(c *model.Call, at time.Time, cwd string) {
	for _, f := range c.Changes {
		e := Edit{At: at, Turn: c.Turn + 1, Path: fullPath(cwd, f.Path), Added: f.Added, Removed: f.Removed}
		if f.MovedTo != "" {
			e.Old, e.Path = e.Path, fullPath(cwd, f.MovedTo)
		}
		w.Edits = append(w.Edits, e)
	}
}

func fullPath(cwd, path string) string {
	if filepath.IsAbs(path) || cwd == "" {
		return filepath.Clean(path)
	}
	return filepath.Join(cwd, path)
}

// commits says that a command records a commit.
func commits(command string) bool {
	words := strings.Fields(command)
	for i, word := range words {
		if strings.HasSuffix(word, "git") || word == "jj" || word == "hg" {
			for _, next := range words[i+1:] {
				if next == "commit" {
					return true
				}
				if strings.ContainsAny(next, ";&|") {
					break
				}
			}
		}
	}
	return false
}

// Folders gives the folders that hold what works changed, and those that they
// worked in: what [Git.Read] is to be asked for.
func Folders(works []Work) []string {
	seen := map[string]bool{}
	for _, w := range works {
		for _, e := range w.Edits {
			seen[filepath.Dir(e.Path)] = true
		}
		if len(w.Edits) > 0 && w.Cwd != "" {
			seen[w.Cwd] = true
		}
	}
	all := make([]string, 0, len(seen))
	for f := range seen {
		all = append(all, f)
	}
	slices.Sort(all)
	return all
}

// Fixes gives when tests went from failing to passing: the same command in the
// same folder, run by any thread of the run.
func Fixes(works []Work) []TestOutcome {
	var tests, fixed []TestOutcome
	for _, w := range works {
		tests = append(tests, w.Tests...)
	}
	slices.SortStableFunc(tests, func(a, b TestOutcome) int { return a.At.Compare(b.At) })
	failing := map[string]bool{}
	for _, t := range tests {
		if !t.Failed && failing[t.Key] {
			fixed = append(fixed, t)
		}
		failing[t.Key] = t.Failed
	}
	return fixed
}

// Productive says whether a run's output since an instant justifies spend that
// would otherwise want attention: it committed, a test went from failing to passing, or it changed
// files while none of its tests is left failing. It lowers a page to a notice, and never
// a hard limit.
func Productive(threads []*model.Thread, since time.Time) bool {
	return productiveOf(len(threads), since, func(i int, since time.Time) Work { return workSince("", threads[i], "", since) })
}

// productiveOf is [Productive] of so many threads; work gives what one brought forth since an instant.
func productiveOf(threads int, since time.Time, work func(i int, since time.Time) Work) bool {
	var late []Work
	passed := false
	for i := range threads {
		w := work(i, since)
		for _, o := range w.Tests {
			passed = passed || !o.Failed
		}
		late = append(late, w)
	}
	if productive(late, since) || !passed {
		return productive(late, since)
	}
	var works []Work // a test that passes may have failed before
	for i := range threads {
		works = append(works, work(i, time.Time{}))
	}
	return productive(works, since)
}

// productiveFor is how long output speaks for a run's spend.
const productiveFor = 30 * time.Minute

// productiveLately is [Productive] for a run as the loop has it.
func productiveLately(threads []*entry, now time.Time) bool {
	return productiveOf(len(threads), now.Add(-productiveFor), func(i int, since time.Time) Work {
		w := workSince("", threads[i].thread, "", since)
		threads[i].addOlder(&w, since)
		return w
	})
}

func productive(works []Work, since time.Time) bool {
	edited := false
	for _, w := range works {
		if n := len(w.Edits); n > 0 && !w.Edits[n-1].At.Before(since) {
			edited = true
		}
		for _, at := range w.Saved {
			if !at.Before(since) {
				return true
			}
		}
	}
	for _, f := range Fixes(works) {
		if !f.At.Before(since) {
			return true
		}
	}
	if !edited {
		return false
	}
	last := map[string]TestOutcome{}
	for _, w := range works {
		for _, t := range w.Tests {
			if !t.At.Before(last[t.Key].At) {
				last[t.Key] = t
			}
		}
	}
	for _, t := range last {
		if t.Failed && !t.At.Before(since) {
			return false
		}
	}
	return true
}

// SinceChange gives what a run spent since it last changed a file, and when that
// was; the zero time where it never did, and the cost of all its responses then. The threads must be
// folded with detail. A response of the same instant was before the change.
func SinceChange(threads []*model.Thread, prices *price.List) (price.Cost, time.Time) {
	var last time.Time
	for _, t := range threads {
		for i := len(t.Calls) - 1; i >= 0; i-- {
			if c := &t.Calls[i]; c.Applied() {
				last = maxTime(last, endOf(c))
				break
			}
		}
	}
	var sum price.Cost
	for _, t := range threads {
		for i := len(t.Responses) - 1; i >= 0; i-- {
			r := &t.Responses[i]
			if !last.IsZero() && !r.At.After(last) {
				break
			}
			sum = sum.Add(prices.Cost(r.Bucket, r.Usage))
		}
	}
	return sum, last
}
