// Package watch reads: it finds session files, follows them as they grow, move,
// get compressed or rewritten, and yields whole lines. It never writes.
package watch

import "time"

// File is one session file as the folder listing tells it.
type File struct {
	Path       string // as reached through its home
	Home       string // the CODEX_HOME that it was found in
	Name       string // base name without .jsonl or .jsonl.zst
	ThreadID   string // the thread's UUID in the name, "" where the name has none
	SegmentID  string // the segment's UUID in the name, "" for a thread's first file
	Archived   bool   // under archived_sessions
	Compressed bool   // by name; the content decides when it is read
	Size       int64
	ModTime    time.Time
	ID         FileID // device and inode, zero where the system has none
}

// FileID tells whether two listings mean the same file.
type FileID struct{ Dev, Ino uint64 }

// Problem is a path that could not be read, with the error and what would mend it.
type Problem struct {
	Path string
	Err  error
	Fix  string // a command, "" where none is known
}

// Line is one line without its newline (and without a carriage return before it).
type Line struct {
	Bytes  []byte // valid until the next call of Next; for a cut line its first MaxHead bytes
	Tail   []byte // of a cut line its last MaxTail bytes, else nil
	Offset int64  // of its first byte in the (decompressed) file
	Size   int64  // its whole length
}

// Cut says that the line was longer than MaxHead+MaxTail and its middle was dropped.
func (l Line) Cut() bool { return l.Tail != nil }

// A line longer than MaxHead+MaxTail is read through, but only its two ends are
// kept, so that memory does not grow with it.
const (
	MaxHead = 960 << 10
	MaxTail = 64 << 10
)
