package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"syscall"
)

// Commands for Linux that raise a limit until the next boot.
const (
	fixWatches   = "sudo sysctl fs.inotify.max_user_watches=524288"
	fixInstances = "sudo sysctl fs.inotify.max_user_instances=1024"
	fixQueue     = "sudo sysctl fs.inotify.max_queued_events=131072"
	fixFiles     = "ulimit -n 65536"
)

// say puts the status into the next hint, where it is another one than was said last.
func (w *Follower) say() {
	s := w.status()
	w.blind = w.isBlind()
	if w.said != nil && w.said.Live == s.Live && w.said.Why == s.Why && w.said.Fix == s.Fix {
		return
	}
	w.said = &s
	given := s
	w.next.Status = &given
}

// status tells how watching works now.
func (w *Follower) status() Status {
	var s Status
	for real := range w.folders {
		if w.refused[real] == nil {
			s.Dirs++
		}
	}
	path, err := w.worst()
	switch {
	case w.options.Poll:
		s.Why = "notifications are switched off"
	case w.watcher == nil:
		s.Why, s.Fix = fmt.Sprintf("the system gives no notifications: %v", w.openErr), fixForWatch("", w.openErr)
	case err != nil && limit(err) == syscall.ENOSPC && runtime.GOOS == "linux":
		s.Why, s.Fix = "the limit of inotify watches is reached", fixForWatch(path, err)
	case err != nil && len(w.refused) > 1:
		s.Why, s.Fix = fmt.Sprintf("can't watch %s and others: %v", path, cause(err)), fixForWatch(path, err)
	case err != nil:
		s.Why, s.Fix = fmt.Sprintf("can't watch %s: %v", path, cause(err)), fixForWatch(path, err)
	case w.network != "":
		s.Why = w.network + ", where changes made on other machines are not announced"
	case w.overflew:
		s.Live, s.Why = true, "changes came faster than they could be read; everything was looked at again"
		if runtime.GOOS == "linux" {
			s.Fix = fixQueue
		}
	default:
		s.Live = true
	}
	return s
}

// worst returns one of the refused folders: one that a limit refused before one that
// permissions did, then the first by path, so that the choice does not change.
func (w *Follower) worst() (path string, err error) {
	for p, e := range w.refused {
		limit, known := !errors.Is(e, fs.ErrPermission), err != nil && !errors.Is(err, fs.ErrPermission)
		if err == nil || limit && !known || limit == known && p < path {
			path, err = p, e
		}
	}
	return path, err
}

// isBlind tells whether there are changes that nobody announces, but that a rescan would
// see. What permissions forbid to watch can't be listed either.
func (w *Follower) isBlind() bool {
	_, err := w.worst()
	return w.watcher == nil || w.network != "" || err != nil && !errors.Is(err, fs.ErrPermission)
}

// cause returns err without the path that is told beside it.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// fixForWatch returns a command that would make watching path possible; path is "" where
// not even a watcher could be opened.
func fixForWatch(path string, err error) string {
	switch errno := limit(err); {
	case errors.Is(err, fs.ErrPermission) && path != "":
		return fixFor(path, err)
	case runtime.GOOS == "windows":
		return ""
	case errno == syscall.ENOSPC && runtime.GOOS == "linux":
		return fixWatches
	case errno == syscall.EMFILE && path == "" && runtime.GOOS == "linux":
		return fixInstances
	case errno == syscall.EMFILE, errno == syscall.ENFILE:
		return fixFiles
	}
	return ""
}

// limit returns the system's error number in err, 0 where there is none.
func limit(err error) syscall.Errno {
	var errno syscall.Errno
	errors.As(err, &errno)
	return errno
}
