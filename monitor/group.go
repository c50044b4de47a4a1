package monitor

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// group is the files that one thread is folded from.
type group struct {
	key   string       // the thread's id, or the path of a file whose name has none
	files []watch.File // in the order of folding
}

// size is the bytes on disk; a compressed file counts as what it may unpack to.
func (g *group) size() int64 {
	var n int64
	for _, f := range g.files {
		if f.Compressed {
			n += f.Size * packRatio
		} else {
			n += f.Size
		}
	}
	return n
}

// packRatio is what session files unpack to, roughly; only used to plan work.
const packRatio = 8

// newest is the last write to any of the files.
func (g *group) newest() time.Time {
	var t time.Time
	for _, f := range g.files {
		if f.ModTime.After(t) {
			t = f.ModTime
		}
	}
	return t
}

// groupFiles sorts files into threads by the ids in their names; alias gives the
// thread's own id where a name is known to say another one.
func groupFiles(files []watch.File, alias map[string]string) map[string]*group {
	groups := make(map[string]*group, len(files))
	for _, f := range files {
		key := fileKey(f, alias)
		g := groups[key]
		if g == nil {
			g = &group{key: key}
			groups[key] = g
		}
		g.files = append(g.files, f)
	}
	for _, g := range groups {
		g.files = orderFiles(g.files)
	}
	return groups
}

// fileKey is the thread that a file belongs to, as far as its name and alias tell.
func fileKey(f watch.File, alias map[string]string) string {
	key := f.ThreadID
	if key == "" {
		key = f.Path
	}
	if id, ok := alias[key]; ok {
		return id
	}
	return key
}

// orderFiles puts the files of one thread in the order of folding: by name, which
// begins with the time; of the same name the one that was written to last comes
// last, since that one may go on. A compressed file is left out where a plain one of
// the same name exists, and so is a second way to the same file.
func orderFiles(files []watch.File) []watch.File {
	slices.SortFunc(files, func(a, b watch.File) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), compareBool(a.Compressed, b.Compressed),
			a.ModTime.Compare(b.ModTime), compareBool(b.Archived, a.Archived), strings.Compare(a.Path, b.Path))
	})
	kept := files[:0]
	for i, f := range files {
		// Of one name the plain ones come first.
		if i > 0 && f.Compressed && len(kept) > 0 && kept[len(kept)-1].Name == f.Name && !kept[len(kept)-1].Compressed {
			continue
		}
		if f.ID != (watch.FileID{}) && slices.ContainsFunc(kept, func(k watch.File) bool { return k.ID == f.ID }) {
			continue
		}
		kept = append(kept, f)
	}
	return kept
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// sameFiles says that both lists name the same files with the same content, as
// far as a listing tells.
func sameFiles(a, b []watch.File) bool {
	return slices.EqualFunc(a, b, func(x, y watch.File) bool {
		return x.Path == y.Path && x.ID == y.ID && x.Size == y.Size && x.ModTime.Equal(y.ModTime)
	})
}
