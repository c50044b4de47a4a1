package watch

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	sessionsDir = "sessions"
	archiveDir  = "archived_sessions"

	// maxDepth is how deep below sessions a folder may lie. Codex makes three
	// levels; the rest is room for people who sort their history by hand.
	maxDepth = 8
)

// folder is a directory that may hold session files.
type folder struct {
	home     string // the home that it belongs to, as given
	path     string // as reached through the home
	real     string // path without symbolic links
	archived bool
	depth    int // levels below sessions or archived_sessions
}

// walk goes through the session folders: newest first, real folders before links to
// folders. A folder that is reached again (a home given twice, a loop of links) is
// left out.
type walk struct {
	seen  map[string]bool                   // real paths
	enter func(folder) bool                 // before a folder is listed; false: leave it out. May be nil
	file  func(folder, string, fs.DirEntry) // for each name that ParseName knows and that is no folder
	fail  func(path string, err error)      // may be nil
}

// home walks both trees of a home. A home or tree that doesn't exist is no failure.
func (w *walk) home(home string) {
	for _, name := range []string{sessionsDir, archiveDir} {
		if f, err := root(home, name); err == nil {
			w.folder(f)
		} else if !errors.Is(err, fs.ErrNotExist) {
			w.failed(filepath.Join(home, name), err)
		} else if _, err := os.Lstat(filepath.Join(home, name)); err == nil {
			w.failed(filepath.Join(home, name), errDangling)
		}
	}
}

var errDangling = errors.New("link to nothing")

// root returns the folder name directly below home.
func root(home, name string) (folder, error) {
	path := filepath.Join(home, name)
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return folder{}, err
	}
	if resolved, err = filepath.Abs(resolved); err != nil {
		return folder{}, err
	}
	return folder{home: home, path: path, real: resolved, archived: name == archiveDir}, nil
}

// folder walks f and what lies below it.
func (w *walk) folder(f folder) {
	if w.seen[f.real] {
		return
	}
	w.seen[f.real] = true
	if w.enter != nil && !w.enter(f) {
		return
	}
	entries, err := readDir(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.failed(f.path, err)
	}
	var links []folder
	for _, e := range entries {
		sub, ok := w.sub(f, e)
		switch {
		case ok && e.IsDir():
			w.folder(sub)
		case ok:
			links = append(links, sub)
		case !e.IsDir():
			if _, _, _, _, ok := ParseName(e.Name()); ok {
				w.file(f, e.Name(), e)
			}
		}
	}
	for _, sub := range links {
		w.folder(sub)
	}
}

// sub tells whether e is a folder to walk: any folder below sessions, and a link to
// one that lies directly in sessions.
func (w *walk) sub(f folder, e fs.DirEntry) (folder, bool) {
	if f.archived || f.depth >= maxDepth {
		return folder{}, false
	}
	sub := folder{home: f.home, path: filepath.Join(f.path, e.Name()), depth: f.depth + 1}
	if e.IsDir() {
		sub.real = filepath.Join(f.real, e.Name())
		return sub, true
	}
	if e.Type()&fs.ModeSymlink == 0 || f.depth > 0 {
		return folder{}, false
	}
	fi, err := os.Stat(sub.path)
	if err != nil || !fi.IsDir() {
		return folder{}, false
	}
	if sub.real, err = filepath.EvalSymlinks(sub.path); err != nil {
		w.failed(sub.path, err)
		return folder{}, false
	}
	return sub, true
}

func (w *walk) failed(path string, err error) {
	if w.fail != nil {
		w.fail(path, err)
	}
}

// readDir lists a directory, last name first. Entries that were read before an error
// are returned with it. It does not wait for a FIFO that took the folder's place.
func readDir(path string) ([]fs.DirEntry, error) {
	f, err := openDir(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err == io.EOF {
		err = nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(b.Name(), a.Name()) })
	return entries, err
}
