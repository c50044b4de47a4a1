package notify

import (
	"os"
	"path/filepath"
)

// Turn says which of several monitors tells: the one that holds a lock on a file
// since it first told. With its end, however it comes, the lock goes, and another one
// tells from then on. It belongs to one goroutine; the zero Turn tells always.
type Turn struct {
	Path string // of the file, "" for always

	held *os.File
}

// mine says that this monitor tells. Where no file can be made for a lock, it does:
// to be told twice is better than not at all.
func (t *Turn) mine() bool {
	if t.Path == "" || t.held != nil {
		return true
	}
	f, err := os.OpenFile(t.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if os.IsNotExist(err) && os.MkdirAll(filepath.Dir(t.Path), 0o700) == nil {
		f, err = os.OpenFile(t.Path, os.O_RDWR|os.O_CREATE, 0o600)
	}
	if err != nil {
		return true
	}
	if taken := lock(f); taken {
		_ = f.Close() // nothing was written to it
		return false
	}
	t.held = f
	return true
}

// end lets another one tell.
func (t *Turn) end() {
	if t.held != nil {
		_ = t.held.Close() // the lock goes with it
		t.held = nil
	}
}
