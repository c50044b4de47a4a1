package watch

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// openFile opens path and lets others go on writing, renaming and deleting it:
// without FILE_SHARE_DELETE, Codex could not archive a session while it is read.
func openFile(path string) (*os.File, error) {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	h, err := windows.CreateFile(p, windows.GENERIC_READ,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE,
		nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

// fileID returns the zero FileID: a listing on Windows does not tell one.
func fileID(fs.FileInfo) FileID { return FileID{} }

// openDir opens a directory for listing.
func openDir(path string) (*os.File, error) { return os.Open(path) }
