package control

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrOutside says that a file is a symlink to one outside of the folder that it belongs to.
var ErrOutside = errors.New("is a symlink that leads out of its folder")

// mostConfig is the largest configuration that is read. Codex has no limit; a file
// beyond this is none that a person keeps.
const mostConfig = 64 << 20

// confFile is a file of Codex's configuration, as it was read.
type confFile struct {
	path   string // as Codex names it: its folder's real path
	real   string // where it is, symlinks followed
	exists bool
	data   []byte
	mode   fs.FileMode
}

// openConf reads a file. One that is missing is no error. A symlink that leads
// out of roof is refused with [ErrOutside], unless it may be followed.
func openConf(path, roof string, follow bool) (confFile, error) {
	f := confFile{path: path, real: path, mode: 0o600}
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	if f.real, err = filepath.EvalSymlinks(path); err != nil {
		if to, lerr := os.Readlink(path); lerr == nil {
			return f, fmt.Errorf("%s is a symlink to %s, where nothing is: %w", path, to, err)
		}
		return f, err
	}
	if !within(roof, f.real) && !follow {
		return f, fmt.Errorf("%s %w: to %s", path, ErrOutside, f.real)
	}
	info, err := os.Stat(f.real)
	if err != nil {
		return f, err
	}
	switch {
	case info.IsDir():
		return f, fmt.Errorf("%s is a folder, where a file is to be", path)
	case !info.Mode().IsRegular():
		return f, fmt.Errorf("%s is no regular file (%s)", path, info.Mode())
	case info.Size() > mostConfig:
		return f, fmt.Errorf("%s has %d bytes: that is no configuration", path, info.Size())
	}
	f.exists, f.mode = true, info.Mode().Perm()
	f.data, err = os.ReadFile(f.real)
	return f, err
}

// within says that a path is inside of a folder; both are real paths.
func within(roof, path string) bool {
	rel, err := filepath.Rel(roof, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// replace writes the file anew, whole or not at all, if it still is what was read.
func (f confFile) replace(data []byte) error {
	if f.exists && f.mode&0o200 == 0 {
		return fmt.Errorf("%s is read-only (mode %04o): %w", f.real, f.mode, fs.ErrPermission)
	}
	dir := filepath.Dir(f.real)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	t, err := os.CreateTemp(dir, ".tokenburn-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(t.Name()) }() // gone already where all went well
	_, err = t.Write(data)
	err = errors.Join(err, t.Chmod(f.mode), t.Sync(), t.Close())
	if err != nil {
		return err
	}
	if err := f.unchanged(); err != nil {
		return err
	}
	return os.Rename(t.Name(), f.real)
}

// remove deletes the file, if it still is what was read.
func (f confFile) remove() error {
	if err := f.unchanged(); err != nil {
		return err
	}
	return os.Remove(f.real)
}

// ErrRaced says that somebody else wrote a file between reading and writing it.
var ErrRaced = errors.New("was changed meanwhile; nothing was written")

func (f confFile) unchanged() error {
	now, err := os.ReadFile(f.real)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !f.exists:
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil || !f.exists || !bytes.Equal(now, f.data):
		return fmt.Errorf("%s %w", f.path, ErrRaced)
	}
	return nil
}
