package watch

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Stat gives one session file of a home as a listing would show it now. A name that
// is no session file's leaves its ids empty.
func Stat(home, path string) (File, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return File{}, err
	}
	name, thread, segment, packed, _ := ParseName(filepath.Base(path))
	return File{Path: path, Home: home, Name: name, ThreadID: thread, SegmentID: segment, Compressed: packed,
		Archived: filepath.Base(filepath.Dir(path)) == "archived_sessions", Size: fi.Size(), ModTime: fi.ModTime(), ID: fileID(fi)}, nil
}

// SeekTo makes the next Read begin at an offset of a plain file.
func (r *Reader) SeekTo(offset int64) error {
	if r.zstd != nil {
		return &fs.PathError{Op: "seek", Path: r.path, Err: errors.ErrUnsupported}
	}
	_, err := r.file.Seek(offset, io.SeekStart)
	return err
}
