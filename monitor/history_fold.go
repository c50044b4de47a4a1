package monitor

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// reading is one reading of all files: what it was asked, the listing that it goes by, and what
// came of it so far. It belongs to the goroutine that asked for it.
type reading struct {
	o       Options
	r       Range
	listing map[string]*group
	anc     *ancestry
	keep    *keeping
	where   *projects

	folds []*folded
	given []given  // in place of those that Range.Each took
	batch []handed // what goes to the ledger next
	left  int      // groups that are not folded yet
}

// given is what is left of a thread that [Range.Each] took: a fifth of it.
type given struct {
	key, id          string
	run              model.RunID
	version          string // of Codex
	files            []watch.File
	bytes            int64
	problems         []Problem
	skipped, unknown map[string]int64
}

// rest gives what is left of a thread.
func (d *folded) rest(run model.RunID) given {
	t := d.thread
	g := given{key: d.key, id: t.ID, run: run, version: model.Clean(t.Meta.CLIVersion, 40), files: d.files, bytes: d.bytes, problems: d.problems, unknown: d.unknown}
	if len(t.Skipped) > 0 {
		g.skipped = t.Skipped
	}
	return g
}

// take takes over a thread that was read. What nothing that is read later can change
// goes to the ledger and to [Range.Each] at once; from then on nobody may change it.
func (x *reading) take(d *folded) {
	// Files of another name may turn out to be of the same thread; then all of them are
	// read again together, and the thread is written and given again in place of this.
	run, own := d.thread.OwnRun()
	if !own || d.key != d.thread.ID || d.thread.Lines == 0 || d.lost {
		x.folds = append(x.folds, d)
		return
	}
	project := x.where.of(d.thread)
	if x.keep.wants(d) {
		x.hand(handed{d, run, project})
	}
	if x.r.Each == nil || !x.r.takes(d) {
		x.folds = append(x.folds, d)
		return
	}
	x.r.Each(d.thread, run, project)
	x.given = append(x.given, d.rest(run))
}

// hand hands a thread over to those who write the ledger, with some others.
func (x *reading) hand(d handed) {
	if x.batch = append(x.batch, d); len(x.batch) >= max(fewest, min(together, x.left/2)) {
		x.handOver()
	}
}

func (x *reading) handOver() {
	if len(x.batch) > 0 {
		x.keep.early.in <- x.batch
		x.batch = nil
	}
}

// joined folds groups. Those whose files turn out to belong to one thread are folded again together.
func (x *reading) joined(ctx context.Context, groups []*group) error {
	if err := x.each(ctx, groups); err != nil {
		return err
	}
	parts := make(map[string]int, len(groups)) // by id
	for _, d := range x.folds {
		parts[d.thread.ID]++
	}
	for i := range x.given {
		parts[x.given[i].id]++
	}
	joined := map[string]*group{}
	join := func(id string, files []watch.File) bool {
		if parts[id] < 2 {
			return false
		}
		if joined[id] == nil {
			joined[id] = &group{key: id}
		}
		joined[id].files = append(joined[id].files, files...)
		return true
	}
	x.folds = slices.DeleteFunc(x.folds, func(d *folded) bool { return join(d.thread.ID, d.files) })
	x.given = slices.DeleteFunc(x.given, func(r given) bool { return join(r.id, r.files) })
	if len(joined) == 0 {
		return nil
	}
	again := make([]*group, 0, len(joined))
	for _, j := range joined {
		j.files = orderFiles(j.files)
		again = append(again, j)
	}
	return x.each(ctx, again)
}

// each folds groups with as many workers as there are processors.
func (x *reading) each(ctx context.Context, groups []*group) error {
	workers := min(runtime.GOMAXPROCS(0), len(groups))
	jobs := make(chan *group)
	results := make(chan *folded, 4*workers)
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f := newFolder(x.o.Prices, func() time.Time { return x.keep.now }, x.anc.lookup) // asking the clock for each response takes a hundredth of all
			for one := range jobs {
				if d := x.fold(ctx, f, one); d != nil {
					results <- d
				}
			}
		}()
	}
	go func() {
		defer close(results)
		defer wg.Wait()
		defer close(jobs)
		for _, one := range groups {
			select {
			case jobs <- one:
			case <-ctx.Done():
				return
			}
		}
	}()
	x.left = len(groups)
	<-x.keep.opened
	for d := range results {
		x.left--
		x.take(d)
	}
	x.handOver()
	return ctx.Err()
}

// fold gives one thread, nil at the end of ctx. Several workers may call it at once.
func (x *reading) fold(ctx context.Context, f *folder, one *group) *folded {
	d := x.keep.find(one)
	if d == nil {
		var err error
		if d, err = f.fold(ctx, one, x.r.Detail || x.r.Kinds, news{}); err != nil {
			return nil // the error is that of ctx
		}
	}
	d.tail = nil
	d.thread.Judge() // while the calls' texts are whole
	d.slim(0)
	if d.detail && !x.r.details(one) {
		d.lean(x.o.Now())
	}
	return d
}

// present is what is listed, and what was given away since it was read: of that, the ledger
// may know less.
func (x *reading) present() map[string]bool {
	present := presence(x.listing)
	for i := range x.given {
		present[x.given[i].id] = true
	}
	return present
}

// take puts what was gathered into the history.
func (h *History) take(x *reading) {
	// Whatever order the workers ended in, the result is the same.
	slices.SortFunc(x.folds, func(a, b *folded) int { return strings.Compare(a.key, b.key) })
	h.given = x.given
	var troubled []given
	count := func(d given) {
		h.count(&d)
		if len(d.problems) > 0 {
			troubled = append(troubled, d)
		}
	}
	for _, d := range x.given {
		count(d)
	}
	for _, d := range x.folds {
		t := d.thread
		if t.ID == "" {
			t.ID = d.key
		}
		if !x.r.takes(d) {
			continue
		}
		h.folds = append(h.folds, d)
		h.Fleet.Put(t)
		h.Projects[t.ID] = cmp.Or(d.lastProject, x.where.of(t))
		count(d.rest(""))
	}
	slices.SortStableFunc(troubled, func(a, b given) int { return strings.Compare(a.key, b.key) })
	for _, d := range troubled {
		h.Problems = append(h.Problems, d.problems...)
	}
	if x.r.Each == nil {
		return
	}
	for _, d := range h.folds {
		x.r.Each(d.thread, h.runOf(d.thread.ID), h.Projects[d.thread.ID])
	}
}

// runOf is [model.Fleet.RunOf], which does not know the threads that were given away.
func (h *History) runOf(id string) model.RunID {
	if len(h.given) == 0 {
		return h.Fleet.RunOf(id)
	}
	if h.runs == nil {
		h.runs = make(map[string]model.RunID, len(h.given))
		for _, g := range h.given {
			h.runs[g.id] = g.run
		}
	}
	for range 64 { // as there
		if run, ok := h.runs[id]; ok {
			return run
		}
		t := h.Fleet.Threads[id]
		if t == nil {
			break
		}
		if run, own := t.OwnRun(); own {
			return run
		}
		id = t.Meta.ParentID
	}
	return model.RunID(id)
}

// count adds what the files of a thread told beside it.
func (h *History) count(d *given) {
	h.Files += len(d.files)
	h.Bytes += d.bytes
	for reason, n := range d.skipped {
		h.Skipped[reason] += n
	}
	for kind, n := range d.unknown {
		h.Unknown[kind] += n
	}
	if d.version != "" {
		h.Versions[d.version]++
	}
}
