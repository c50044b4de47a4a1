package monitor

import (
	"cmp"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// A thread that is followed keeps only its newest turns, responses and calls, or 200 runs
// that never end would hold hundreds of megabytes. What is judged by older ones is
// taken from them before they go; whoever looks into a run has its files folded whole.

// olderCall is what came of a call that is kept no longer: no more than [Productive] asks for.
type olderCall struct {
	n      int64 // its number in the thread
	at     time.Time
	test   string // the key of the test that it ran, "" none
	failed bool
	edited bool
	saved  bool
}

// noteOlder takes what a call brought forth.
func (d *folded) noteOlder(n int64, c *model.Call) {
	o := olderCall{n: n, at: endOf(c), edited: c.Applied(), saved: c.HasExit && c.ExitCode == 0 && commits(c.Command)}
	if key, ok := budget.TestRun(c); ok {
		o.test, o.failed = d.testKey(cmp.Or(c.Cwd, folderOf(d.thread))+"\x00"+key), c.ExitCode != 0
	}
	if !o.edited && !o.saved && o.test == "" {
		return
	}
	if first := d.thread.Forgotten(); len(d.older) > 0 && d.older[0].n < first {
		d.older = slices.DeleteFunc(d.older, func(o olderCall) bool { return o.n < first })
	}
	d.older = append(d.older, o)
}

// testKey is a key that may be there already.
func (d *folded) testKey(key string) string {
	for i := range d.older {
		if d.older[i].test == key {
			return d.older[i].test
		}
	}
	return key
}

// addOlder adds what calls brought forth that are kept no longer, those that ended at an
// instant or later.
func (d *folded) addOlder(w *Work, since time.Time) {
	first := d.thread.Forgotten()
	var tests []TestOutcome
	for _, o := range d.older {
		if o.n < first || o.at.Before(since) {
			continue
		}
		if o.edited {
			w.Edits = append(w.Edits, Edit{At: o.at})
		}
		if o.test != "" {
			tests = append(tests, TestOutcome{At: o.at, Key: o.test, Failed: o.failed})
		}
		if o.saved {
			w.Saved = append(w.Saved, o.at)
		}
	}
	w.Tests = append(tests, w.Tests...)
	slices.SortStableFunc(w.Edits, func(a, b Edit) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(w.Tests, func(a, b TestOutcome) int { return a.At.Compare(b.At) })
}

// fewRecent is how many responses of the last day are kept one by one.
const fewRecent = 128

// keepRecent keeps a response of the last day. Of many those of the same minute are one:
// burn is told by the minute, and after a restart a rate is as exact as that.
func (d *folded) keepRecent(u recentUse, now time.Time) {
	d.recent = append(d.recent, u)
	if !d.live || len(d.recent) < max(fewRecent, d.joinAt) {
		return
	}
	type minute struct {
		number int64
		bucket model.Bucket
	}
	seen := make(map[minute]int, len(d.recent))
	var joined []recentUse
	for _, u := range d.recent {
		if now.Sub(u.At) >= burnKept {
			continue
		}
		k := minute{minuteOf(u.At, u.At), u.Bucket}
		if i, ok := seen[k]; ok {
			joined[i].At, joined[i].Usage = maxTime(joined[i].At, u.At), joined[i].Usage.Add(u.Usage)
			continue
		}
		seen[k] = len(joined)
		joined = append(joined, u)
	}
	d.recent, d.joinAt = joined, 2*len(joined)
}
