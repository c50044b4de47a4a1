package watch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Scan lists the session files of the homes: sessions/** and archived_sessions/*,
// by the names that [ParseName] knows; newest name first.
//
// A compressed file is left out where its home also has the plain one: Codex reads
// the plain one, and so do we. A file that can be reached twice (a home given twice
// or through a link, a hard link) is listed once, by the home that comes first. Two
// plain files of one name in sessions and in the archive are both listed; their
// lines tell that they are one thread.
//
// What can't be read is a Problem and never ends the scan. A home that doesn't exist
// is one with [fs.ErrNotExist]; a home without sessions is not.
//
// A file that was moved or compressed while the folders were listed is looked for again.
func Scan(homes []string) ([]File, []Problem) {
	var s *scan
	for again := 0; again == 0 || again <= moves && s.missed(); again++ {
		s = &scan{ids: map[FileID]bool{}}
		s.homes(homes)
	}
	slices.SortFunc(s.files, func(a, b File) int {
		if c := strings.Compare(b.Name, a.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Path, b.Path)
	})
	return s.files, s.problems
}

// moves is how often files may be moved about while they are listed.
const moves = 3

func (s *scan) homes(homes []string) {
	w := walk{seen: map[string]bool{}, enter: s.enter, file: s.entry, fail: s.failed}
	for _, home := range homes {
		if _, err := os.Stat(home); err != nil {
			s.fail(home, err)
			continue
		}
		s.entries = s.entries[:0]
		before := archiveTime(home)
		w.home(home)
		s.keep(s.look())
		s.taken = s.taken || !archiveTime(home).Equal(before)
	}
}

// archiveTime is when something was put into a home's archive or taken from it; zero where
// there is none.
func archiveTime(home string) (at time.Time) {
	if fi, err := os.Stat(filepath.Join(home, archiveDir)); err == nil {
		at = fi.ModTime()
	}
	return at
}

// missed says that a file may have gone to where was looked already: from the archive, or
// since its folder was listed.
func (s *scan) missed() bool {
	if s.taken || len(s.gone) == 0 {
		return s.taken
	}
	listed := make(map[string]bool, len(s.files))
	for i := range s.files {
		listed[s.files[i].Name] = true
	}
	return slices.ContainsFunc(s.gone, func(name string) bool { return !listed[name] })
}

type scan struct {
	enter    func(folder) bool // nil but in tests
	files    []File
	entries  []entry // of the home that is being walked
	ids      map[FileID]bool
	gone     []string // names of entries that were no longer there when they were looked at
	taken    bool     // something went into the archive or out of it
	problems []Problem
}

// entry is what a folder lists, and then what it is; or what went wrong on the way there.
type entry struct {
	in   folder
	base string
	dir  fs.DirEntry // nil: only err is told

	file File
	ok   bool
	err  error
}

// entry notes the entry called base of a folder; it is looked at later.
func (s *scan) entry(in folder, base string, e fs.DirEntry) {
	s.entries = append(s.entries, entry{in: in, base: base, dir: e})
}

// failed notes, at its place among the entries, that a folder can't be listed.
func (s *scan) failed(path string, err error) {
	s.entries = append(s.entries, entry{file: File{Path: path}, err: err})
}

// together is how many entries one worker looks at before it takes more.
const together = 64

// look finds out what the entries are, with as many workers as there are processors:
// asking the system for each of thousands of files is most of what a listing costs.
func (s *scan) look() []entry {
	var next atomic.Int64
	work := func() {
		for {
			from := int(next.Add(together)) - together
			if from >= len(s.entries) {
				return
			}
			for i := from; i < min(from+together, len(s.entries)); i++ {
				s.entries[i].look()
			}
		}
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(s.entries)/together) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	return s.entries
}

// look finds out what an entry is: a file, a failure, or gone.
func (n *entry) look() {
	if n.dir == nil {
		return
	}
	name, thread, segment, compressed, _ := ParseName(n.base)
	path := filepath.Join(n.in.path, n.base)
	fi, err := n.dir.Info()
	if err == nil && fi.Mode()&fs.ModeSymlink != 0 {
		if fi, err = os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			err = &fs.PathError{Op: "stat", Path: path, Err: errDangling}
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		n.file.Name = name // moved or removed since the folder was listed
		return
	case err != nil:
		n.file.Path, n.err = path, err
		return
	case !fi.Mode().IsRegular():
		n.file.Path, n.err = path, &fs.PathError{Op: "scan", Path: path, Err: ErrNotRegular}
		return
	}
	n.ok = true
	n.file = File{
		Path: path, Home: n.in.home, Name: name, ThreadID: thread, SegmentID: segment,
		Archived: n.in.archived, Compressed: compressed,
		Size: fi.Size(), ModTime: fi.ModTime(), ID: fileID(fi),
	}
}

// keep takes over what was found in one home, without the compressed forms of plain
// files and without files that are listed already.
func (s *scan) keep(found []entry) {
	plain, packed := map[string]bool{}, false
	for i := range found {
		packed = packed || found[i].ok && found[i].file.Compressed
	}
	for i := range found {
		if f := &found[i].file; packed && found[i].ok && !f.Compressed {
			plain[f.Name] = true
		}
	}
	s.files = slices.Grow(s.files, len(found))
	for i := range found {
		f := found[i].file
		switch {
		case found[i].err != nil:
			s.fail(f.Path, found[i].err)
		case !found[i].ok:
			s.gone = append(s.gone, f.Name)
		}
		if !found[i].ok || f.Compressed && plain[f.Name] || s.ids[f.ID] {
			continue
		}
		if f.ID != (FileID{}) {
			s.ids[f.ID] = true
		}
		s.files = append(s.files, f)
	}
}

func (s *scan) fail(path string, err error) {
	s.problems = append(s.problems, Problem{Path: path, Err: err, Fix: fixFor(path, err)})
}

// fixFor returns a command that would make path readable, "" where none is known.
func fixFor(path string, err error) string {
	if !errors.Is(err, fs.ErrPermission) || runtime.GOOS == "windows" {
		return ""
	}
	q := shellQuote(path)
	return "sudo chown \"$(id -u)\" " + q + " && chmod u+rX " + q
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
