package monitor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// errNotRecorded says that a thread has no session file: what it used can't be known.
var errNotRecorded = errors.New("its session is not recorded")

// sessionPlace is where a thread's session file is, or will be.
type sessionPlace struct {
	home, path string
	there      bool
}

// sessionFile finds the file of a thread: the one that was named, if it lies in a
// home and is called after the thread, else one of that name in the folders of the
// day that the thread's id tells.
func sessionFile(homes []string, thread, named string) (p sessionPlace, err error) {
	if !isThreadID(thread) {
		return p, fmt.Errorf("%q is no thread's id", model.Clean(thread, 60))
	}
	if named != "" {
		if p, err = placed(homes, thread, named); err == nil {
			return p, nil
		}
	}
	for _, h := range homes {
		for _, pattern := range datedPatterns(h, thread) {
			found, _ := filepath.Glob(pattern) // the pattern is well formed
			slices.Sort(found)
			for _, f := range slices.Backward(found) {
				if p, err := placed(homes, thread, f); err == nil && p.there {
					return p, nil
				}
			}
		}
	}
	if err != nil {
		return sessionPlace{}, err
	}
	return sessionPlace{}, errNotRecorded
}

// placed says where a named file is, if that is in one of the homes. A file that is
// not there yet is as good: it is made when the first turn begins.
func placed(homes []string, thread, named string) (sessionPlace, error) {
	none := sessionPlace{}
	if !filepath.IsAbs(named) || strings.HasPrefix(named, `\\`) || strings.HasPrefix(named, "//") {
		return none, errors.New("its session file is named by no full path")
	}
	_, id, _, _, ok := watch.ParseName(filepath.Base(named))
	if !ok || id != "" && id != thread {
		return none, errors.New("the session file that is named is another one's")
	}
	real, err := filepath.EvalSymlinks(named)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing {
		real, err = resolveMissing(named)
	}
	if err != nil {
		return none, errors.New("its session file can't be reached")
	}
	for _, h := range homes {
		own := homeKey(h)
		for _, folder := range []string{"sessions", "archived_sessions"} {
			if _, ok := strings.CutPrefix(real, filepath.Join(own, folder)+string(filepath.Separator)); !ok {
				continue
			}
			return sessionPlace{h, real, !missing}, nil
		}
	}
	return none, errors.New("the session file that is named lies in no known home")
}

// resolveMissing gives a path that is not there as its nearest folder that is there has it.
func resolveMissing(path string) (string, error) {
	if _, err := os.Lstat(path); err == nil {
		return "", errors.New("a link that leads nowhere")
	}
	rest := ""
	for range 8 { // the year's, month's and day's folder may be missing, and sessions itself
		dir, base := filepath.Split(filepath.Clean(path))
		path, rest = filepath.Clean(dir), filepath.Join(base, rest)
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fs.ErrNotExist
}

// datedPatterns are where a thread's file can lie in a home. Its id (a UUID of
// version 7) begins with the milliseconds of its making.
func datedPatterns(home, thread string) []string {
	const name = "rollout-*-"
	all := []string{filepath.Join(globSafe(home), "archived_sessions", name+thread+".jsonl")}
	ms, err := strconv.ParseInt(strings.ReplaceAll(thread, "-", "")[:12], 16, 64)
	if err != nil || thread[14] != '7' {
		return all
	}
	at := time.UnixMilli(ms).UTC()
	for _, days := range []int{1, -1, 0} { // folders are named after local days
		d := at.AddDate(0, 0, days)
		all = slices.Insert(all, 0, filepath.Join(globSafe(home), "sessions", d.Format("2006"), d.Format("01"), d.Format("02"), name+thread+".jsonl"))
	}
	return all
}

// globSafe takes the meaning from a path's characters that patterns know.
func globSafe(path string) string {
	if filepath.Separator == '\\' {
		return path // there is no way to
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// isThreadID says that a text is a UUID, as Codex names its threads.
func isThreadID(s string) bool {
	_, id, _, _, ok := watch.ParseName("rollout-2026-01-01T00-00-00-" + s + ".jsonl")
	return ok && id != "" && id == s
}
