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
func (x *reading) all(ctx context.Context, groups []*group) error {
	if x.r.Each == nil {
		x.folds = make([]*folded, 0, len(groups))
	} else {
		x.given = make([]given, 0, len(groups))
	}
	err := x.joined(ctx, groups)
	for try := 0; err == nil && try < movesFollowed; try++ {
		lost := map[string]bool{} // names of files: they stay
		x.folds = slices.DeleteFunc(x.folds, func(d *folded) bool {
			for i := range d.files {
				if d.lost {
					lost[d.files[i].Name] = true
				}
			}
			return d.lost
		})
		if len(lost) == 0 {
			return nil
		}
		err = x.again(ctx, lost)
	}
	for _, d := range x.folds {
		if d.lost {
			d.problems = append(d.problems, Problem{Path: d.files[0].Path, Err: errMoved})
		}
	}
	return err
}

// again adds to what was folded the groups that files of some names are in now.
func (x *reading) again(ctx context.Context, names map[string]bool) error {
	files, _ := watch.Scan(x.o.Homes) // what can't be listed is told already
	x.list(files)
	var groups []*group
	for _, g := range x.listing {
		if slices.ContainsFunc(g.files, func(f watch.File) bool { return names[f.Name] }) {
			groups = append(groups, g)
		}
	}
	return x.joined(ctx, groups)
}
