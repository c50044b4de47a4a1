package monitor

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
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
	k := newKeeping(o, r, now)
	go k.open(ctx) // while the folders are listed
	files, problems := watch.Scan(o.Homes)
	x := &reading{o: o, r: r, keep: k, where: newProjects()}
	x.list(files)
	h := &History{Fleet: model.NewFleet(), Skipped: map[string]int64{}, Unknown: map[string]int64{},
		Versions: map[string]int64{}, Projects: map[string]string{}, Homes: homesOf(o.Homes)}
	for _, p := range problems {
		h.Problems = append(h.Problems, Problem(p))
	}
	picked := pick(x.listing, r)
	for _, g := range x.listing {
		h.LeftOut += len(g.files)
	}
	for _, g := range picked {
		h.LeftOut -= len(g.files)
	}
	if !k.blank {
		<-k.opened
	}
	k.begin(ctx)
	defer k.close()
	if err := x.all(ctx, picked); err != nil {
		return nil, err
	}
	k.replaceEmpty(ctx, x.folds)
	gone := k.gone(ctx, x.folds, x.present)
	h.Remembered = len(gone)
	x.folds = append(x.folds, gone...)
	h.take(x)
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
