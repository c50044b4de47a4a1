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

// markOf reads the mark before a position of f.
func markOf(f *os.File, at int64, buf *markBuffer) (mark, error) {
	head := buf[:min(at, markHead)]
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return mark{}, err
	}
	sum := crc32.Checksum(head, crc32.MakeTable(crc32.Castagnoli))
	return mark{at: at, head: sum}.withTail(f, buf)
}

// moved is the mark at a later position of the file that m was found in just now and
// that h read.
func (m mark) moved(h *hashing, at int64, buf *markBuffer) (mark, error) {
	if m.at < markHead || at < m.at {
		return markOf(h.file, at, buf)
	}
	m.at = at
	if h.lastAt == at {
		m.tail = crc32.Checksum(h.last[:], crc32.MakeTable(crc32.Castagnoli))
		return m, nil
	}
	return m.withTail(h.file, buf)
}

// markBuffer is room for a mark's bytes: there is a mark for each line of a busy file.
type markBuffer [markHead]byte

func (m mark) withTail(f *os.File, buf *markBuffer) (mark, error) {
	at, tail := m.at, buf[:min(m.at, markTail)]
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
	size int64  // of the file when it was opened: what was added since is announced
	end  bool   // the last reading came to the end

	last   [markTail]byte // what was read last
	lastAt int64          // where that ends; 0: less was read
}

// seek goes on at another position.
func (h *hashing) seek(pos int64) { h.pos, h.end = pos, false }

// Read asks for no more than there is: a question for each line that finds out that nothing
// comes after it would be a third of all.
func (h *hashing) Read(p []byte) (int, error) {
	room := h.size - h.pos
	if h.end || room <= 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), room)]
	n, err := h.file.ReadAt(p, h.pos)
	h.pos, h.end = h.pos+int64(n), err == io.EOF
	if n >= markTail {
		copy(h.last[:], p[n-markTail:n])
		h.lastAt = h.pos
	}
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
