package watch

import (
	"bytes"
	"hash/crc32"
	"io"
	"os"
)

// mark is a fingerprint of a file's bytes around two places.
type mark struct {
	at   int64  // the bytes before it are meant
	head uint32 // checksum of the first markHead of them
	tail uint32 // checksum of the last markTail of them
}

func markOf(f *os.File, at int64) (mark, error) {
	var buf [markHead]byte
	m := mark{at: at}
	head, tail := buf[:min(at, markHead)], buf[:min(at, markTail)]
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return mark{}, err
	}
	m.head = crc32.Checksum(head, crc32.MakeTable(crc32.Castagnoli))
	if _, err := f.ReadAt(tail, at-int64(len(tail))); err != nil && err != io.EOF {
		return mark{}, err
	}
	m.tail = crc32.Checksum(tail, crc32.MakeTable(crc32.Castagnoli))
	return m, nil
}

// sumOf returns the checksum of the first n bytes of f.
func sumOf(f *os.File, n int64) (uint32, error) {
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	_, err := io.Copy(h, io.NewSectionReader(f, 0, n))
	return h.Sum32(), err
}

// hashing reads a file from pos on and adds every byte to the checksum once, however
// often it is read.
type hashing struct {
	file *os.File
	pos  int64
	seen int64  // bytes from the front of the file that are in sum
	sum  uint32 // CRC-32C
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.file.ReadAt(p, h.pos)
	h.pos += int64(n)
	if added := min(h.pos-h.seen, int64(n)); added > 0 {
		h.sum = crc32.Update(h.sum, crc32.MakeTable(crc32.Castagnoli), p[int64(n)-added:n])
		h.seen = h.pos
	}
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// findNewline reads r up to a newline or its end.
func findNewline(r io.Reader, buf []byte) (bool, error) {
	for {
		n, err := r.Read(buf)
		if bytes.IndexByte(buf[:n], '\n') >= 0 {
			return true, nil
		}
		if err == io.EOF {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
}

// counting counts the bytes that were read.
type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
