package monitor

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// withDefaults fills in what was left open.
func (o Options) withDefaults() Options {
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if o.Prices == nil {
		o.Prices = price.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.User == "" {
		if u, err := user.Current(); err == nil {
			o.User = model.Clean(u.Username, 100)
		}
	}
	return o
}

// load is Load.
func load(ctx context.Context, o Options, r Range) (*History, error) {
	o = o.withDefaults()
	now := o.Now()
	asked := make(chan *keeping, 1)
	go func() { asked <- startKeeping(ctx, o, r, now) }() // while the folders are listed
	files, problems := watch.Scan(o.Homes)
	x := &reading{o: o, r: r}
	x.list(files)
	h := &History{Fleet: model.NewFleet(), Skipped: map[string]int64{}, Unknown: map[string]int64{},
		Versions: map[string]int64{}, Projects: map[string]string{}, Homes: homesOf(o.Homes)}
	for _, p := range problems {
		h.Problems = append(h.Problems, Problem(p))
	}
	picked := pick(x.listing, r)
	k := <-asked
	x.keep, k.present = k, presence(x.listing)
	for _, g := range x.listing {
		h.LeftOut += len(g.files)
	}
	for _, g := range picked {
		h.LeftOut -= len(g.files)
	}
	k.begin(ctx, len(picked))
	folds, err := x.all(ctx, picked)
	k.end()
	defer k.close()
	if err != nil {
		return nil, err
	}
	k.replaceEmpty(ctx, folds)
	gone := k.gone(ctx, folds)
	h.Remembered = len(gone)
	h.take(append(folds, gone...), r)
	k.write(ctx, h)
	h.Problems = append(h.Problems, k.problem...)
	return h, ctx.Err()
}

// details says that turns, responses and calls of a group are kept.
func (r Range) details(g *group) bool { return r.Detail && !g.newest().Before(r.DetailSince) }

// takes says that a thread that was read is one of those that were asked for.
func (r Range) takes(d *folded) bool {
	return r.Only == nil || slices.Contains(r.Only, d.thread.ID) || slices.Contains(r.Only, d.key)
}

// largest is how many of the largest groups are read first, so that all workers end
// at about the same time. The others are read in the order of their ids, which is
// mostly that of time: what is used at one time is written to one place of the ledger.
const largest = 32

// pick gives the groups that a range wants, in the order in which they are read.
func pick(all map[string]*group, r Range) []*group {
	var picked []*group
	for key, g := range all {
		nameless := g.files[0].ThreadID == ""
		if r.Only != nil && !nameless && !slices.Contains(r.Only, key) {
			continue
		}
		// A thread is read whole or not at all: what one of its files says can
		// depend on the one before.
		if !r.ModifiedSince.IsZero() && g.newest().Before(r.ModifiedSince) {
			continue
		}
		picked = append(picked, g)
	}
	slices.SortFunc(picked, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.size(), a.size()), strings.Compare(a.key, b.key))
	})
	slices.SortFunc(picked[min(largest, len(picked)):], func(a, b *group) int { return strings.Compare(a.key, b.key) })
	return picked
}

// join folds again together those whose files turn out to belong to one thread.
func (x *reading) join(ctx context.Context, folds []*folded) ([]*folded, error) {
	byID := map[string][]*folded{}
	for _, d := range folds {
		byID[d.thread.ID] = append(byID[d.thread.ID], d)
	}
	var again []*group
	for id, ds := range byID {
		if len(ds) < 2 {
			continue
		}
		g := &group{key: id}
		for _, d := range ds {
			g.files = append(g.files, d.files...)
		}
		g.files = orderFiles(g.files)
		again = append(again, g)
	}
	if len(again) == 0 {
		return folds, nil
	}
	joined, err := x.each(ctx, again)
	if err != nil {
		return nil, err
	}
	folds = slices.DeleteFunc(folds, func(d *folded) bool { return len(byID[d.thread.ID]) > 1 })
	return append(folds, joined...), nil
}

// each folds groups with as many workers as there are processors.
func (x *reading) each(ctx context.Context, groups []*group) ([]*folded, error) {
	o, r, k := x.o, x.r, x.keep
	workers := min(runtime.GOMAXPROCS(0), len(groups))
	jobs := make(chan *group)
	results := make(chan *folded, workers)
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f := newFolder(o.Prices, func() time.Time { return k.now }, x.anc.lookup) // asking the clock for each response takes a hundredth of all
			for g := range jobs {
				d := k.find(g)
				if d == nil {
					var err error
					if d, err = f.fold(ctx, g, r.Detail || r.Kinds, news{}); err != nil {
						continue // the error is that of ctx
					}
				}
				d.tail = nil
				d.thread.Judge() // while the calls' texts are whole
				d.slim(0)
				if d.detail && !r.details(g) {
					d.lean(o.Now())
				}
				k.hand(d)
				results <- d
			}
		}()
	}
	go func() {
		defer close(results)
		defer wg.Wait()
		defer close(jobs)
		for _, g := range groups {
			select {
			case jobs <- g:
			case <-ctx.Done():
				return
			}
		}
	}()
	folds := make([]*folded, 0, len(groups))
	for d := range results {
		folds = append(folds, d)
	}
	return folds, ctx.Err()
}

// take puts what the folds say into the history.
func (h *History) take(folds []*folded, r Range) {
	// Whatever order the workers ended in, the result is the same.
	slices.SortFunc(folds, func(a, b *folded) int { return strings.Compare(a.key, b.key) })
	where := newProjects()
	for _, d := range folds {
		t := d.thread
		if t.ID == "" {
			t.ID = d.key
		}
		if !r.takes(d) {
			continue
		}
		h.folds = append(h.folds, d)
		h.Fleet.Put(t)
		h.Files += len(d.files)
		h.Bytes += d.bytes
		h.Problems = append(h.Problems, d.problems...)
		h.Projects[t.ID] = cmp.Or(d.lastProject, where.of(t))
		for reason, n := range t.Skipped {
			h.Skipped[reason] += n
		}
		for kind, n := range d.unknown {
			h.Unknown[kind] += n
		}
		if v := model.Clean(t.Meta.CLIVersion, 40); v != "" {
			h.Versions[v]++
		}
	}
}

// homesOf looks what each home holds.
func homesOf(paths []string) []Home {
	homes := make([]Home, 0, len(paths))
	for _, p := range paths {
		homes = append(homes, Home{Path: p,
			Sessions: folderState(filepath.Join(p, "sessions")),
			Archived: folderState(filepath.Join(p, "archived_sessions"))})
	}
	return homes
}

// folderState is "exists", "empty", "missing" or the error's text.
func folderState(path string) string {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return "missing"
	} else if err != nil {
		return errorText(err)
	}
	defer f.Close()
	names, err := f.Readdirnames(1)
	switch {
	case len(names) > 0:
		return "exists"
	case err == nil || err == io.EOF:
		return "empty"
	}
	return errorText(err)
}

// errorText is an error's text without the path, which stands beside it.
func errorText(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return model.Clean(err.Error(), 200)
}
