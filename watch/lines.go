package watch

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	lineBuffer = 256 << 10 // bytes asked for in one read
	emptyReads = 100       // reads of nothing, without an error, before giving up
)

// Lines cuts a stream of bytes into whole lines. It works on any io.Reader, knows
// no file and starts no goroutine. Its memory is its buffer: 256 KiB at first,
// growing with the longest line to MaxHead+MaxTail, and another MaxTail once a
// line was longer than that.
type Lines struct {
	r   io.Reader
	err error

	buf        []byte
	start, end int   // the bytes not yet given out are buf[start:end]
	scanned    int   // no newline in buf[start:scanned]
	offset     int64 // in the stream, of buf[start]

	head, tail int // MaxHead and MaxTail; smaller in tests
	cut        cutLine
	line       Line

	zstd  *zstd.Decoder // kept here between the compressed files that a Tail reads
	marks *markBuffer   // likewise
	sums  *hashing      // likewise
}

func (l *Lines) hashing() *hashing {
	if l.sums == nil {
		l.sums = new(hashing)
	}
	return l.sums
}

func (l *Lines) mark() *markBuffer {
	if l.marks == nil {
		l.marks = new(markBuffer)
	}
	return l.marks
}

// NewLines returns Lines over r, from offset 0. buf is its working buffer and must
// not be used otherwise; nil stands for a new one of 256 KiB.
func NewLines(r io.Reader, buf []byte) *Lines {
	if len(buf) == 0 {
		buf = make([]byte, lineBuffer)
	}
	return &Lines{r: r, buf: buf, head: MaxHead, tail: MaxTail}
}

// Reset starts over on r, whose next byte is at offset of its file. Bytes that
// waited are forgotten, the buffer is kept.
func (l *Lines) Reset(r io.Reader, offset int64) {
	l.r, l.err = r, nil
	l.start, l.end, l.scanned = 0, 0, 0
	l.offset = offset
	l.cut.reset()
	l.line = Line{}
}

// Line returns the line that the last Next found; its bytes are valid until the
// next call of Next or Reset.
func (l *Lines) Line() Line { return l.line }

// Err returns the error that ended the reading, nil for io.EOF. It is final.
func (l *Lines) Err() error { return l.err }

// Offset returns the position in the file of the first byte that was not given out
// as part of a line: what a later reading has to begin with. Bytes after the last
// newline are still waiting there.
func (l *Lines) Offset() int64 { return l.offset }

// Next advances to the next whole line. It returns false at io.EOF with a nil Err,
// and may then be called again once the reader has more; or after any other error,
// which is final, when all lines before it have been given out.
func (l *Lines) Next() bool {
	for empty := 0; ; {
		if i := bytes.IndexByte(l.buf[l.scanned:l.end], '\n'); i >= 0 {
			l.take(l.scanned + i)
			return true
		}
		l.scanned = l.end
		if l.err != nil {
			return false
		}
		l.makeRoom()
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		if err != nil && err != io.EOF {
			l.err = err
		}
		switch {
		case n > 0:
			empty = 0
		case err == io.EOF:
			return false
		case err == nil:
			if empty++; empty == emptyReads {
				l.err = io.ErrNoProgress
			}
		}
	}
}

// take makes the bytes up to the newline at buf[nl] the line.
func (l *Lines) take(nl int) {
	if l.cut.active {
		l.cut.add(l.buf[l.head:nl])
		l.line = l.cut.line(l.buf[:l.head], l.offset)
		l.offset += l.cut.size + 1
		l.cut.reset()
	} else {
		b := dropCR(l.buf[l.start:nl])
		l.line = Line{Bytes: b, Offset: l.offset, Size: int64(len(b))}
		if len(b) > l.head+l.tail {
			l.line.Bytes, l.line.Tail = b[:l.head:l.head], b[len(b)-l.tail:]
		}
		l.offset += int64(nl-l.start) + 1
	}
	l.start, l.scanned = nl+1, nl+1
}

// makeRoom makes sure that buf[end:] is not empty, without giving up a waiting byte
// that the line will need.
func (l *Lines) makeRoom() {
	if l.cut.active {
		l.cut.add(l.buf[l.head:l.end])
		l.end, l.scanned = l.head, l.head
		return
	}
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.end -= l.start
		l.start, l.scanned = 0, l.end
	}
	if l.end < len(l.buf) {
		return
	}
	// A line of exactly head+tail is whole, also when \r\n ends it: hence the 2.
	if most := l.head + l.tail + 2; len(l.buf) < most {
		grown := make([]byte, min(most, 2*len(l.buf)))
		copy(grown, l.buf[:l.end])
		l.buf = grown
		return
	}
	l.cut.begin(l.head, l.tail)
	l.cut.add(l.buf[l.head:l.end])
	l.end, l.scanned = l.head, l.head
}

// waiting returns the bytes after the last newline; of a line that is being cut
// only its head. They are valid until the next call of Next or Reset.
func (l *Lines) waiting() []byte {
	if l.cut.active {
		return l.buf[:l.head]
	}
	return l.buf[l.start:l.end]
}

func dropCR(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\r' {
		return b[:n-1]
	}
	return b
}

// cutLine is the state of a line that is longer than what is kept of it: its head
// stays at the front of the buffer, of the bytes after it the last ones in a ring.
type cutLine struct {
	active bool
	size   int64  // bytes so far, head included
	ring   []byte // one byte more than the tail, for a \r that will be dropped
	at     int    // where the next byte goes
	out    []byte // the ring in order
}

func (c *cutLine) reset() { c.active, c.size, c.at = false, 0, 0 }

func (c *cutLine) begin(head, tail int) {
	if len(c.ring) != tail+1 {
		c.ring, c.out = make([]byte, tail+1), make([]byte, tail+1)
	}
	c.active, c.size, c.at = true, int64(head), 0
}

// add keeps the end of b.
func (c *cutLine) add(b []byte) {
	c.size += int64(len(b))
	if len(b) >= len(c.ring) {
		copy(c.ring, b[len(b)-len(c.ring):])
		c.at = 0
		return
	}
	n := copy(c.ring[c.at:], b)
	copy(c.ring, b[n:])
	c.at = (c.at + len(b)) % len(c.ring)
}

// line returns the finished line. When a line is cut at all, more than a whole
// ring has gone through the ring.
func (c *cutLine) line(head []byte, offset int64) Line {
	n := copy(c.out, c.ring[c.at:])
	copy(c.out[n:], c.ring[:c.at])
	size, tail := c.size, c.out[1:]
	if c.out[len(c.out)-1] == '\r' {
		size, tail = size-1, c.out[:len(c.out)-1]
	}
	return Line{Bytes: head[:len(head):len(head)], Tail: tail, Offset: offset, Size: size}
}
