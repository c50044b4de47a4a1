package watch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/zstd"
)

// ErrNotRegular is returned for a folder, a FIFO, a socket or a device that bears
// the name of a session file.
var ErrNotRegular = errors.New("not a regular file")

const (
	// maxWindow is the largest zstd window that is decoded: what the zstd command
	// accepts without being asked (128 MiB). Codex's own files need 2 MiB.
	maxWindow = 128 << 20
	// keepWindow is the largest window whose decoder is kept for the next file.
	keepWindow = 8 << 20
)

// Reader reads a session file's bytes, decompressed where they are compressed.
// It belongs to one goroutine.
type Reader struct {
	file *os.File
	path string
	info fs.FileInfo    // when it was opened
	zstd *zstd.Decoder  // nil for a plain file
	keep **zstd.Decoder // where the decoder goes when the file is closed, nil: nowhere
}

// Open opens the session file at path for reading and never waits: a FIFO or a
// device is refused with [ErrNotRegular]. Whether it is compressed is told by its
// first bytes, whatever its name says.
//
// Decompression holds at most one window (128 MiB; a frame that asks for more is an
// error) however much the file unpacks to. A truncated or damaged file yields what
// could be decoded, then an error that wraps [io.ErrUnexpectedEOF] or one of
// klauspost/compress/zstd.
func Open(path string) (*Reader, error) { return open(path, nil, false) }

// open is Open with a place from which a decoder is taken and to which it returns. Where
// the file is known to be plain, its first bytes are not asked for.
func open(path string, keep **zstd.Decoder, plain bool) (*Reader, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: f, path: path}
	if err := r.begin(keep, plain); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) begin(keep **zstd.Decoder, plain bool) error {
	var err error
	if r.info, err = r.file.Stat(); err != nil {
		return err
	}
	if !r.info.Mode().IsRegular() {
		return &fs.PathError{Op: "open", Path: r.path, Err: ErrNotRegular}
	}
	if plain {
		return nil
	}
	var head [zstd.HeaderMaxSize]byte
	n, err := r.file.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	if !isZstd(head[:n]) {
		return nil
	}
	return r.beginZstd(head[:n], keep)
}

func (r *Reader) beginZstd(head []byte, keep **zstd.Decoder) (err error) {
	if firstWindow(head) <= keepWindow {
		r.keep = keep
	}
	if r.keep != nil && *r.keep != nil {
		r.zstd, *r.keep = *r.keep, nil
		err = r.zstd.Reset(r.file)
	} else {
		r.zstd, err = zstd.NewReader(r.file,
			zstd.WithDecoderConcurrency(1), // decode in the caller's goroutine, start none
			zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(maxWindow),
			zstd.WithDecoderMaxWindow(maxWindow))
	}
	if err != nil {
		return fmt.Errorf("decompress %s: %w", r.path, err)
	}
	return nil
}

// firstWindow returns the bytes that decoding the first frame needs, 0 where that
// can't be told.
func firstWindow(head []byte) uint64 {
	var h zstd.Header
	switch {
	case h.Decode(head) != nil:
		return 0
	case h.SingleSegment:
		return h.FrameContentSize
	}
	return h.WindowSize
}

// isZstd tells whether a file beginning with head is a zstd stream: a frame or a
// skippable frame (RFC 8878 sections 3.1.1 and 3.1.2).
func isZstd(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	frame := head[0] == 0x28 && head[1] == 0xB5 && head[2] == 0x2F && head[3] == 0xFD
	skip := head[0]&0xF0 == 0x50 && head[1] == 0x2A && head[2] == 0x4D && head[3] == 0x18
	return frame || skip
}

// Compressed tells whether the bytes on disk are compressed.
func (r *Reader) Compressed() bool { return r.zstd != nil }

// Read reads decompressed bytes; the end is [io.EOF]. A plain file may be read
// again after that when it has grown.
func (r *Reader) Read(p []byte) (int, error) {
	if r.zstd == nil {
		return r.file.Read(p)
	}
	n, err := r.zstd.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("decompress %s: %w", r.path, err)
	}
	return n, err
}

// Close closes the file and frees or hands back the decoder.
func (r *Reader) Close() error {
	if r.zstd != nil {
		if r.keep != nil && r.zstd.Reset(nil) == nil {
			*r.keep = r.zstd
		} else {
			r.zstd.Close()
		}
		r.zstd = nil
	}
	return r.file.Close()
}
