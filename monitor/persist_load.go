package monitor

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
)

// keeping is the part that the ledger has in one reading of all files. Nothing of
// it can fail the reading: a ledger that can't be used is one more problem.
type keeping struct {
	o       Options
	r       Range
	now     time.Time                 // before the files were listed
	blank   bool                      // nothing can be known of any thread
	opened  chan struct{}             // closed when all of the rest is set
	known   map[string]*ledger.Thread // by thread id
	byPath  map[string]*ledger.Thread // by a thread's first file, for files whose names have no id
	facts   bool                      // known is without rows
	broken  bool
	problem []Problem
	early   *early
}

func newKeeping(o Options, r Range, now time.Time) *keeping {
	return &keeping{o: o, r: r, now: now, blank: o.OpenLedger != nil && o.NewLedger,
		facts: r.Detail && r.DetailSince.IsZero(), opened: make(chan struct{})}
}

// open opens the ledger, if nobody has, and reads what it knows of the threads that a range wants.
func (k *keeping) open(ctx context.Context) {
	defer close(k.opened)
	o, r := &k.o, k.r
	if o.OpenLedger != nil {
		o.Ledger, o.LedgerProblem = o.OpenLedger()
	}
	if o.LedgerProblem != nil {
		k.fail("", o.LedgerProblem)
	}
	if o.Ledger == nil {
		return
	}
	if text := o.Ledger.Notice(); text != "" {
		k.problem = append(k.problem, Problem{Path: o.Ledger.Path(), Err: ledgerError{errors.New(text)}})
	}
	list := k.read(ctx, ledger.Which{Homes: homeKeys(o.Homes), IDs: r.Only, WrittenSince: r.ModifiedSince, Facts: k.facts})
	k.known = make(map[string]*ledger.Thread, len(list))
	k.byPath = make(map[string]*ledger.Thread, len(list))
	for i := range list {
		k.known[list[i].ID] = &list[i]
		if len(list[i].Files) > 0 {
			k.byPath[list[i].Files[0].Path] = &list[i]
		}
	}
}

func (k *keeping) fail(path string, err error) {
	if !k.broken {
		k.broken = true
		k.problem = append(k.problem, ledgerProblem(path, err))
	}
}

func (k *keeping) usable() bool { return k.o.Ledger != nil && !k.broken }

// ask is read when something may still be written, which may find that the ledger can't be used.
func (k *keeping) ask(ctx context.Context, w ledger.Which) []ledger.Thread {
	k.end()
	return k.read(ctx, w)
}

func (k *keeping) read(ctx context.Context, w ledger.Which) []ledger.Thread {
	if !k.usable() {
		return nil
	}
	list, err := k.o.Ledger.Threads(ctx, w)
	if err != nil && ctx.Err() == nil {
		k.fail(k.o.Ledger.Path(), err)
		return nil
	}
	return list
}

// find gives the thread of a group of files from the ledger, nil where the files
// must be read. Several workers may call it at once.
func (k *keeping) find(g *group) *folded {
	if k.blank {
		return nil
	}
	l := k.known[g.key]
	if l == nil {
		l = k.byPath[g.key]
	}
	if l == nil || k.facts || k.r.details(g) || !isReader(l.Reader) || !settled(g.files, k.now) || !unchanged(l, g.files) {
		return nil
	}
	if (k.r.Kinds || k.r.Detail) && !strings.HasSuffix(l.Reader, withKinds) {
		return nil
	}
	d, err := recall(l, g.key, g.files, k.o, k.o.Now())
	if err != nil {
		return nil // it was kept in another form: the files tell
	}
	return d
}

// replaceEmpty takes from the ledger what a file says nothing of: it was emptied,
// or can't be read.
func (k *keeping) replaceEmpty(ctx context.Context, folds []*folded) {
	byID := map[string]*folded{}
	for _, d := range folds {
		if d.thread.Lines == 0 && d.thread.ID != "" {
			byID[d.thread.ID] = d
		}
	}
	if len(byID) == 0 {
		return
	}
	list := k.ask(ctx, ledger.Which{Homes: homeKeys(k.o.Homes), IDs: slices.Collect(maps.Keys(byID))})
	for i := range list {
		if d, err := recall(&list[i], list[i].ID, nil, k.o, k.o.Now()); err == nil && len(list[i].Rows) > 0 {
			empty := byID[list[i].ID]
			d.key, d.problems, d.bytes = empty.key, empty.problems, empty.bytes
			*empty = *d
		}
	}
}

// gone gives the threads that no file is left of; listed gives the ids and paths that are there.
func (k *keeping) gone(ctx context.Context, folds []*folded, listed func() map[string]bool) []*folded {
	if len(k.known) == 0 {
		return nil
	}
	present := listed()
	for _, d := range folds {
		present[d.thread.ID] = true
	}
	var ids []string
	for id, l := range k.known {
		if !present[id] && !slices.ContainsFunc(l.Files, func(f ledger.File) bool { return present[f.Path] }) {
			ids = append(ids, id)
		}
	}
	var all []*folded
	for _, id := range k.withRows(ctx, ids) {
		l := k.known[id]
		if d, err := recall(l, id, nil, k.o, k.o.Now()); err == nil && len(l.Rows) > 0 {
			all = append(all, d)
		}
	}
	return all
}

// withRows sees to it that the rows of threads are known, and gives the ids of those that have any.
func (k *keeping) withRows(ctx context.Context, ids []string) []string {
	if !k.facts || len(ids) == 0 {
		return ids
	}
	var read []string
	list := k.ask(ctx, ledger.Which{IDs: ids})
	for i := range list {
		k.known[list[i].ID] = &list[i]
		read = append(read, list[i].ID)
	}
	return read
}

// partial says that other files of the thread may have been left out of the range.
func (k *keeping) partial(d *folded) bool {
	return d.key != d.thread.ID && (k.r.Only != nil || !k.r.ModifiedSince.IsZero())
}

// has says that the ledger knows as much of a thread already.
func (k *keeping) has(d *folded) bool {
	l := k.known[d.thread.ID]
	return l != nil && l.Reader == readerOf(d) && unchanged(l, d.files)
}

// presence gives the ids and paths that a listing shows.
func presence(groups map[string]*group) map[string]bool {
	present := make(map[string]bool, 2*len(groups))
	for key, g := range groups {
		present[key] = true
		for _, f := range g.files {
			present[f.Path] = true
		}
	}
	return present
}
