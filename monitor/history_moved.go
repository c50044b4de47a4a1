package monitor

import (
	"context"
	"errors"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// Reading a long history takes seconds, in which Codex may archive a session or compress
// those of last month. What was not found where it was listed is looked for once more.

// movesFollowed is how often files may be moved about while they are read.
const movesFollowed = 3

// errMoved is told of what still was not found.
var errMoved = errors.New("was moved while it was read")

// reading is one reading of all files: what it was asked, and the listing that it goes by.
type reading struct {
	o       Options
	r       Range
	listing map[string]*group
	anc     *ancestry
	keep    *keeping
}

// list takes over a listing.
func (x *reading) list(files []watch.File) {
	x.listing = groupFiles(files, nil)
	if x.anc != nil {
		x.anc.forget()
		return
	}
	x.anc = newAncestry(func(id string) []watch.File {
		if g := x.listing[id]; g != nil {
			return g.files
		}
		return nil
	})
}

// all folds groups, and those anew whose files were moved meanwhile.
func (x *reading) all(ctx context.Context, groups []*group) ([]*folded, error) {
	folds, err := x.each(ctx, groups)
	if err == nil {
		folds, err = x.join(ctx, folds)
	}
	for try := 0; err == nil && try < movesFollowed; try++ {
		lost := map[string]bool{} // names of files: they stay
		folds = slices.DeleteFunc(folds, func(d *folded) bool {
			for i := range d.files {
				if d.lost {
					lost[d.files[i].Name] = true
				}
			}
			return d.lost
		})
		if len(lost) == 0 {
			return folds, nil
		}
		folds, err = x.again(ctx, folds, lost)
	}
	for _, d := range folds {
		if d.lost {
			d.problems = append(d.problems, Problem{Path: d.files[0].Path, Err: errMoved})
		}
	}
	return folds, err
}

// again adds to what was folded the groups that files of some names are in now.
func (x *reading) again(ctx context.Context, folds []*folded, names map[string]bool) ([]*folded, error) {
	files, _ := watch.Scan(x.o.Homes) // what can't be listed is told already
	x.list(files)
	x.keep.present = presence(x.listing)
	var groups []*group
	for _, g := range x.listing {
		if slices.ContainsFunc(g.files, func(f watch.File) bool { return names[f.Name] }) {
			groups = append(groups, g)
		}
	}
	more, err := x.each(ctx, groups)
	if err != nil {
		return nil, err
	}
	return x.join(ctx, append(folds, more...))
}
