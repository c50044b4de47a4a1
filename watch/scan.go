package watch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
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
func Scan(homes []string) ([]File, []Problem) {
	s := scan{ids: map[FileID]bool{}}
	w := walk{seen: map[string]bool{}, file: s.file, fail: s.fail}
	for _, home := range homes {
		if _, err := os.Stat(home); err != nil {
			s.fail(home, err)
			continue
		}
		s.found = s.found[:0]
		w.home(home)
		s.keep()
	}
	slices.SortFunc(s.files, func(a, b File) int {
		if c := strings.Compare(b.Name, a.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Path, b.Path)
	})
	return s.files, s.problems
}

type scan struct {
	files    []File
	found    []File // of the home that is being walked
	ids      map[FileID]bool
	problems []Problem
}

// file adds the entry called base of folder in.
func (s *scan) file(in folder, base string, e fs.DirEntry) {
	name, thread, segment, compressed, _ := ParseName(base)
	path := filepath.Join(in.path, base)
	fi, err := e.Info()
	if err == nil && fi.Mode()&fs.ModeSymlink != 0 {
		if fi, err = os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			err = &fs.PathError{Op: "stat", Path: path, Err: errDangling}
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return // moved or removed since the folder was listed
	case err != nil:
		s.fail(path, err)
		return
	case !fi.Mode().IsRegular():
		s.fail(path, &fs.PathError{Op: "scan", Path: path, Err: ErrNotRegular})
		return
	}
	s.found = append(s.found, File{
		Path: path, Home: in.home, Name: name, ThreadID: thread, SegmentID: segment,
		Archived: in.archived, Compressed: compressed,
		Size: fi.Size(), ModTime: fi.ModTime(), ID: fileID(fi),
	})
}

// keep takes over what was found in one home, without the compressed forms of plain
// files and without files that are listed already.
func (s *scan) keep() {
	plain := map[string]bool{}
	for _, f := range s.found {
		if !f.Compressed {
			plain[f.Name] = true
		}
	}
	for _, f := range s.found {
		if f.Compressed && plain[f.Name] || s.ids[f.ID] {
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
