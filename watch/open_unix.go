//go:build unix

package watch

import (
	"io/fs"
	"os"
	"syscall"
)

// openFile opens path without waiting for the other end of a FIFO and without
// making a terminal ours.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
}

// fileID returns the device and inode of fi.
func fileID(fi fs.FileInfo) FileID {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		//nolint:unconvert // Dev is an int32 on some systems.
		return FileID{Dev: uint64(st.Dev), Ino: uint64(st.Ino)}
	}
	return FileID{}
}

// openDir opens a directory for listing, again without waiting.
func openDir(path string) (*os.File, error) { return openFile(path) }
