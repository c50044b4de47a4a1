package watch

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Change tells what Tail.Read met.
type Change uint8

const (
	Unchanged Change = iota // nothing new
	Grown                   // bytes were added, perhaps no whole line yet
	Replaced                // not the bytes that were read before: start over
	Gone                    // no such file any more
	Finished                // a compressed file, read whole
)

// String returns the change in one lower-case word.
func (c Change) String() string {
	switch c {
	case Unchanged:
		return "unchanged"
	case Grown:
		return "grown"
	case Replaced:
		return "replaced"
	case Gone:
		return "gone"
	case Finished:
		return "finished"
	}
	return "unknown"
}

const (
	markHead    = 4096      // bytes at the front of a file that are checked again
	markTail    = 256       // bytes before the offset that are checked again
	longPending = 256 << 10 // from here on waiting bytes are not read again without a newline after them
	maxRest     = 1 << 20   // most bytes that Rest returns
)

// Tail reads one file as it grows. It holds no descriptor between two readings, and
// little memory, so that there can be one for each of many thousand files. It belongs
// to one goroutine.
//
// Before it reads on, it makes sure that the bytes before its offset are still those
// that it read: same file, not shorter, same first 4096 bytes and same 256 bytes before
// the offset; and where the file was written without growing, same checksum over all.
type Tail struct {
	path   string
	id     FileID
	packed bool // compressed: read whole, offset counts decompressed bytes

	offset int64  // of the first byte that was not given out as part of a line
	seen   int64  // bytes of the file on disk that were read
	total  int64  // packed: decompressed bytes that were read
	sum    uint32 // plain: checksum of the first seen bytes
	mod    time.Time
	mark   mark
	more   bool // fn stopped the reading: whole lines may wait before seen
	lent   bool // Rest gave out waiting bytes
	rest   []byte
}

// NewTail returns a Tail at the beginning of f.
func NewTail(f File) *Tail { return &Tail{path: f.Path} }

// Move makes t go on at another path: for a file that was renamed, or moved to or from
// the archive. The next Read finds out whether it is the same file.
func (t *Tail) Move(f File) { t.path = f.Path }

// Reset forgets everything that was read: the next Read begins at 0.
func (t *Tail) Reset() { *t = Tail{path: t.path} }

// Offset returns the position of the first byte that was not given out as part of a
// line, in decompressed bytes.
func (t *Tail) Offset() int64 { return t.offset }

// Pending returns how many bytes wait after the last newline.
func (t *Tail) Pending() int64 {
	if t.packed {
		return t.total - t.offset
	}
	return t.seen - t.offset
}

// Read reads from the last offset to the end of the file and calls fn for each whole
// line; the line's bytes are valid during the call. lines lends its buffer and may serve
// many Tails in turn.
//
// On Replaced nothing was given to fn: the caller drops what it made of the file's lines,
// calls Reset and reads again. On Gone the position is kept, in case the file comes back.
// A compressed file is read whole once; an error together with Finished says that it is
// damaged after the lines that were given, and is not repeated while it stays as it is.
//
// An error of fn ends the reading and is returned as it is; that line counts as not given.
// With any other error, too, the lines given so far are counted and Read may be called again.
func (t *Tail) Read(lines *Lines, fn func(Line) error) (Change, error) {
	// Where the mark covers the first bytes, it tells when they are others.
	r, err := open(t.path, &lines.zstd, !t.packed && t.mark.at >= zstd.HeaderMaxSize)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return Gone, nil
	} else if err != nil {
		return Unchanged, err
	}
	defer r.Close()
	same := false
	if t.seen > 0 {
		if same, err = t.same(r, lines.mark()); err != nil {
			return Unchanged, err
		}
	}
	if !same {
		if t.offset > 0 || t.lent {
			return Replaced, nil
		}
		*t = Tail{path: t.path, id: fileID(r.info), packed: r.Compressed()}
	}
	switch {
	case !t.more && t.seen == r.info.Size():
		return Unchanged, nil
	case t.packed:
		return t.readPacked(r, lines, fn)
	}
	return t.readPlain(r, lines, fn)
}

// same tells whether the file still begins with what was read of it.
func (t *Tail) same(r *Reader, buf *markBuffer) (bool, error) {
	size := r.info.Size()
	written := !r.info.ModTime().Equal(t.mod)
	switch {
	case fileID(r.info) != t.id, r.Compressed() != t.packed, size < t.seen:
		return false, nil
	case t.packed && (t.more || written || size != t.seen), t.lent && size != t.seen:
		return false, nil
	}
	m, err := markOf(r.file, t.mark.at, buf)
	if err != nil || m != t.mark {
		return false, err
	}
	if size > t.seen || !written {
		return true, nil
	}
	// Written to, but not longer. Some systems tell a new time long after the write
	// that it belongs to: only the bytes decide.
	sum, err := sumOf(r.file, t.seen)
	if err != nil || sum != t.sum {
		return false, err
	}
	t.mod = r.info.ModTime()
	return true, nil
}

// readPlain reads the lines from t.offset on.
func (t *Tail) readPlain(r *Reader, lines *Lines, fn func(Line) error) (Change, error) {
	change := Unchanged
	if r.info.Size() > t.seen {
		change = Grown
	}
	h := lines.hashing()
	*h = hashing{file: r.file, size: r.info.Size(), seen: t.seen, sum: t.sum}
	defer func() { h.file = nil }()
	err := t.give(h, lines, fn)
	t.seen, t.sum = h.seen, h.sum
	if t.seen == r.info.Size() {
		t.mod = r.info.ModTime()
	} else if fi, statErr := r.file.Stat(); statErr == nil {
		t.mod = fi.ModTime()
	} else if err == nil {
		err = statErr
	}
	var markErr error
	if t.mark, markErr = t.mark.moved(h, t.offset, lines.mark()); err == nil {
		err = markErr
	}
	return change, err
}

// give reads h to its end. Where many bytes are waiting already, it looks for a newline
// after them first: a line of 50 MB that arrives in pieces is not read once a piece.
func (t *Tail) give(h *hashing, lines *Lines, fn func(Line) error) error {
	if !t.more && t.seen-t.offset >= longPending {
		h.seek(t.seen)
		if found, err := findNewline(h, lines.buf); !found || err != nil {
			return err
		}
	}
	h.seek(t.offset)
	return t.each(h, lines, fn)
}

// each gives the lines of r, which begins at t.offset, to fn.
func (t *Tail) each(r io.Reader, lines *Lines, fn func(Line) error) error {
	t.more = true
	lines.Reset(r, t.offset)
	defer func() { lines.r = nil }()
	for lines.Next() {
		if err := fn(lines.Line()); err != nil {
			return err
		}
		t.offset = lines.Offset()
	}
	t.more = lines.Err() != nil
	return lines.Err()
}

// readPacked reads a compressed file from its beginning to its end.
func (t *Tail) readPacked(r *Reader, lines *Lines, fn func(Line) error) (Change, error) {
	c := &counting{r: r}
	var stop error
	err := t.each(c, lines, func(line Line) error {
		stop = fn(line)
		return stop
	})
	t.total, t.seen, t.mod = c.n, r.info.Size(), r.info.ModTime()
	if stop != nil {
		return Grown, stop // there is no way back into the middle: more makes it start over
	}
	t.more, t.rest = false, bytes.Clone(lines.waiting())
	var markErr error
	if t.mark, markErr = markOf(r.file, t.seen, lines.mark()); err == nil {
		err = markErr
	}
	return Finished, err
}

// Rest returns the waiting bytes after the last newline, at most the first MiB of them,
// for a file that nobody writes any more; a caller may try them as a line at Offset. nil
// where none wait or they can't be read again.
//
// They may become part of a line after all. So that nothing is counted twice, the next
// change of the file is Replaced, once Rest has returned bytes.
func (t *Tail) Rest() []byte {
	rest := t.rest
	if !t.packed {
		rest = t.readRest()
	}
	if len(rest) == 0 {
		return nil
	}
	t.lent = true
	return bytes.Clone(rest)
}

func (t *Tail) readRest() []byte {
	n := min(t.seen-t.offset, maxRest)
	if n <= 0 || t.more {
		return nil
	}
	f, err := openFile(t.path)
	if err != nil {
		return nil
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil || !fi.Mode().IsRegular() || fileID(fi) != t.id || fi.Size() < t.seen {
		return nil
	}
	rest := make([]byte, n)
	if _, err := f.ReadAt(rest, t.offset); err != nil {
		return nil
	}
	return rest
}
