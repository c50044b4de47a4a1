package watch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// watched is a folder in which changes are looked for.
type watched struct {
	sessions *folder         // set where it holds session files
	names    map[string]bool // entries whose coming and going changes what has to be watched
}

// sync goes through all homes, watches every folder that is there now and forgets the
// others. It makes up for anything that was missed, and makes everything be looked at.
func (w *Follower) sync() {
	w.resync = nil
	w.synced = w.options.Now()
	w.markAll()
	w.network = ""
	clear(w.refused)
	if w.start(); w.watcher != nil {
		w.forgetGone()
		old := w.folders
		w.folders = map[string]*watched{}
		walk := walk{seen: map[string]bool{}, enter: w.enter, file: func(folder, string, fs.DirEntry) {}}
		for _, home := range w.options.Homes {
			w.home(home, &walk)
		}
		for real := range old {
			if w.folders[real] == nil {
				_ = w.watcher.Remove(real) // not watched any more is as good as removed
			}
		}
	}
	w.say()
}

// forgetGone stops watching what is no folder any more. Where a folder was renamed, its
// watch goes on under the old name until it is removed.
func (w *Follower) forgetGone() {
	for real := range w.folders {
		if fi, err := os.Lstat(real); err != nil || !fi.IsDir() {
			w.forget(real)
		}
	}
}

// forget stops watching a folder and all below it.
func (w *Follower) forget(real string) {
	below := real + string(filepath.Separator)
	for path := range w.folders {
		if path == real || strings.HasPrefix(path, below) {
			_ = w.watcher.Remove(path) // as above
			delete(w.folders, path)
			delete(w.refused, path)
		}
	}
}

// home watches a home, for its session folders to come and go, and what lies in them.
// A home that doesn't exist is waited for in the nearest folder that does.
func (w *Follower) home(home string, walk *walk) {
	const tries = 8 // it may come and go while we look
	var err error
	for range tries {
		var real, missing string
		if real, err = realPath(home); err == nil {
			w.await(real, sessionsDir)
			w.await(real, archiveDir)
			w.askNetwork(home, real)
			walk.home(home)
			return
		}
		if real, missing, err = nearest(home); errors.Is(err, errDangling) {
			continue // or it was made this moment
		} else if err != nil {
			break
		}
		w.await(real, filepath.Base(missing))
		if _, err = os.Lstat(missing); err != nil {
			return
		}
	}
	w.refused[home] = err
}

// nearest returns the folder, without links, in which the first missing part of path
// would be made, and the path of that part.
func nearest(path string) (real, missing string, err error) {
	for missing = path; ; missing = filepath.Dir(missing) {
		if _, err := os.Lstat(missing); err == nil {
			return "", "", errDangling
		}
		real, err = realPath(filepath.Dir(missing))
		if !errors.Is(err, fs.ErrNotExist) || filepath.Dir(missing) == missing {
			return real, missing, err
		}
	}
}

// await watches a folder for an entry of that name.
func (w *Follower) await(real, name string) {
	d := w.watch(real)
	if d.names == nil {
		d.names = map[string]bool{}
	}
	d.names[name] = true
}

// enter watches a session folder before it is listed: what comes into it later is
// announced, what was there before is in the listing.
func (w *Follower) enter(f folder) bool {
	if d := w.folders[f.real]; d != nil && d.sessions != nil && d.sessions.path != f.path {
		return false // known by another way, which Scan prefers too
	}
	w.watch(f.real).sessions = &f
	if f.depth == 0 {
		w.askNetwork(f.path, f.real)
	}
	return true
}

// watch asks for the events of a folder; asking again is harmless.
func (w *Follower) watch(real string) *watched {
	d := w.folders[real]
	if d == nil {
		d = &watched{}
		w.folders[real] = d
	}
	switch err := w.add(w.watcher, real); {
	case err == nil:
		delete(w.refused, real)
	case errors.Is(err, fs.ErrNotExist):
		delete(w.folders, real) // removed meanwhile; where it comes again, its parent says so
	default:
		w.refused[real] = err
	}
	return d
}

// handle turns one event into hints, and watches new folders.
func (w *Follower) handle(event fsnotify.Event) {
	gone := event.Has(fsnotify.Remove) || event.Has(fsnotify.Rename)
	if w.folders[event.Name] != nil && gone {
		w.forget(event.Name)
		w.syncSoon()
		return
	}
	in, base := w.folders[filepath.Dir(event.Name)], filepath.Base(event.Name)
	if in == nil {
		return
	}
	if in.names[base] && event.Has(fsnotify.Create) {
		w.sync()
		return
	}
	if in.names[base] && gone {
		w.syncSoon()
	}
	if in.sessions == nil {
		return
	}
	_, _, _, _, named := ParseName(base)
	if named {
		w.mark(filepath.Join(in.sessions.path, base))
	}
	if event.Has(fsnotify.Create) || !named && event.Has(fsnotify.Chmod) {
		w.explore(*in.sessions, base)
	}
}

// explore walks an entry of a session folder that came or became readable, if it is a
// folder. Its files are marked.
func (w *Follower) explore(in folder, base string) {
	fi, err := os.Lstat(filepath.Join(in.path, base))
	if err != nil {
		return
	}
	walk := walk{seen: map[string]bool{}, enter: w.enter, file: func(f folder, name string, _ fs.DirEntry) {
		w.mark(filepath.Join(f.path, name))
	}}
	if sub, ok := walk.sub(in, fs.FileInfoToDirEntry(fi)); ok {
		walk.folder(sub)
	}
	w.say()
}

// askNetwork notes whether path lies on a file system that does not announce what other
// machines change.
func (w *Follower) askNetwork(path, real string) {
	if kind := w.remote(real); kind != "" && w.network == "" {
		w.network = path + " is on " + kind
	}
}

// realPath returns the absolute path without symbolic links.
func realPath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}
