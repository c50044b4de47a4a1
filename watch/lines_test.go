package watch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// chunks is a reader that returns a stream in pieces of the given sizes, in turn; 0 is
// a read of nothing. At each end of the file it returns io.EOF once, then goes on.
type chunks struct {
	data  []byte
	sizes []byte
	at    int
	eof   bool // say io.EOF between any two pieces
	said  bool
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	if c.eof && !c.said {
		c.said = true
		return 0, io.EOF
	}
	c.said = false
	size := len(p)
	if len(c.sizes) > 0 {
		size = int(c.sizes[c.at%len(c.sizes)])
		c.at++
	}
	n := copy(p[:min(size, len(p))], c.data)
	c.data = c.data[n:]
	return n, nil
}

// plainLines is what Lines must do, told in the simplest way.
func plainLines(data []byte, head, tail int) (lines []Line, rest int64) {
	var at int64
	for {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			return lines, at
		}
		b := bytes.TrimSuffix(data[:i], []byte("\r"))
		l := Line{Bytes: b, Offset: at, Size: int64(len(b))}
		if len(b) > head+tail {
			l.Bytes, l.Tail = b[:head], b[len(b)-tail:]
		}
		lines = append(lines, l)
		data, at = data[i+1:], at+int64(i)+1
	}
}

func show(l Line) string {
	return fmt.Sprintf("%d+%d %q…%q cut=%v", l.Offset, l.Size, l.Bytes, l.Tail, l.Cut())
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nbb\r\n\nccc"), []byte{1, 2, 3}, byte(3), byte(2), byte(1), false)
	f.Add([]byte("0123456789\n0123\r\n01234\r\n012345\r\n\r\nx"), []byte{1}, byte(3), byte(2), byte(4), true)
	f.Add(bytes.Repeat([]byte("longer than all of it\r\n"), 9), []byte{7, 0, 50}, byte(5), byte(3), byte(200), false)
	f.Add([]byte(strings.Repeat("x", 300)+"\r\n\n"), []byte{255}, byte(9), byte(9), byte(0), true)
	f.Add([]byte("0000000000000000"), append(make([]byte, emptyReads), 1), byte(35), byte(2), byte(4), true)
	f.Fuzz(func(t *testing.T, data, sizes []byte, head, tail, buf byte, eof bool) {
		sizes = sizes[:min(len(sizes), emptyReads-1)]
		if len(sizes) > 0 && bytes.Count(sizes, []byte{0}) == len(sizes) {
			sizes = nil // nothing but empty reads: another test
		}
		l := NewLines(&chunks{data: data, sizes: sizes, eof: eof}, make([]byte, int(buf)+1))
		l.head, l.tail = int(head)+1, int(tail)+1
		want, rest := plainLines(data, l.head, l.tail)
		for ends := 0; ends < 2; {
			if !l.Next() {
				must(t, l.Err())
				if r := l.r.(*chunks); len(r.data) == 0 {
					ends++
				}
				continue
			}
			got := l.Line()
			if len(want) == 0 {
				t.Fatalf("a line too many: %s", show(got))
			}
			if show(got) != show(want[0]) {
				t.Fatalf("line at %d\n got %s\nwant %s", want[0].Offset, show(got), show(want[0]))
			}
			want = want[1:]
			if next := got.Offset + got.Size + 1; l.Offset() != next && l.Offset() != next+1 {
				t.Fatalf("offset %d after %s", l.Offset(), show(got))
			}
		}
		if len(want) > 0 {
			t.Fatalf("%d lines are missing, first %s", len(want), show(want[0]))
		}
		if l.Offset() != rest {
			t.Fatalf("offset %d at the end, want %d", l.Offset(), rest)
		}
		if most := max(int(buf)+1, l.head+l.tail+2); len(l.buf) > most {
			t.Fatalf("buffer of %d bytes, want at most %d", len(l.buf), most)
		}
	})
}

func TestLinesGoesOnAfterEOF(t *testing.T) {
	r := &chunks{data: []byte("one\ntw")}
	l := NewLines(r, nil)
	if !l.Next() || string(l.Line().Bytes) != "one" || l.Next() || l.Err() != nil || l.Offset() != 4 {
		t.Fatalf("line %s, err %v, offset %d", show(l.Line()), l.Err(), l.Offset())
	}
	r.data = []byte("o\nthree\n")
	var got []string
	for l.Next() {
		got = append(got, show(l.Line()))
	}
	if want := []string{`4+3 "two"…"" cut=false`, `8+5 "three"…"" cut=false`}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLinesEndsWithError(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name  string
		r     io.Reader
		lines int
		err   error
	}{
		{"after whole lines", io.MultiReader(strings.NewReader("a\nb\nc"), iotest.ErrReader(broken)), 2, broken},
		{"with the last bytes", iotest.DataErrReader(io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(broken))), 2, broken},
		{"EOF with the last bytes", iotest.DataErrReader(strings.NewReader("a\nb\nc")), 2, nil},
		{"reader that gives nothing", &chunks{data: []byte("a\n"), sizes: []byte{0}}, 0, io.ErrNoProgress},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, n := NewLines(tt.r, nil), 0
			for l.Next() {
				n++
			}
			if n != tt.lines || l.Err() != tt.err || l.Next() || l.Err() != tt.err {
				t.Errorf("%d lines, %v; want %d, %v", n, l.Err(), tt.lines, tt.err)
			}
		})
	}
}

func TestLinesReset(t *testing.T) {
	l := NewLines(strings.NewReader(strings.Repeat("x", 40)), make([]byte, 4))
	l.head, l.tail = 5, 3
	if l.Next() {
		t.Fatal("a line without a newline")
	}
	l.Reset(strings.NewReader("abc\n"), 100)
	if !l.Next() || show(l.Line()) != `100+3 "abc"…"" cut=false` || l.Offset() != 104 {
		t.Errorf("after Reset: %s, offset %d", show(l.Line()), l.Offset())
	}
}

// zeros is an endless reader of NUL bytes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestLinesLongLineBoundedMemory(t *testing.T) {
	const size = 50 << 20
	r := io.MultiReader(io.LimitReader(zeros{}, size), strings.NewReader("end\nnext\n"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l := NewLines(r, nil)
	if !l.Next() {
		t.Fatal("no line")
	}
	got := l.Line()
	runtime.ReadMemStats(&after)
	if got.Size != size+3 || len(got.Bytes) != MaxHead || len(got.Tail) != MaxTail || !bytes.HasSuffix(got.Tail, []byte("\x00end")) {
		t.Errorf("size %d, head %d, tail %d", got.Size, len(got.Bytes), len(got.Tail))
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("a line of 50 MiB took %d bytes of memory", used)
	}
	if !l.Next() || string(l.Line().Bytes) != "next" || l.Line().Offset != size+4 {
		t.Errorf("the line after it: %s", show(l.Line()))
	}
}

func BenchmarkLines(b *testing.B) {
	for _, length := range []int{200, 2_000, 20_000, 200_000, 5_000_000} {
		data := bytes.Repeat(append(bytes.Repeat([]byte("x"), length-1), '\n'), max(1, 16<<20/length))
		b.Run(fmt.Sprint(length), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			l := NewLines(nil, nil)
			for b.Loop() {
				l.Reset(bytes.NewReader(data), 0)
				for l.Next() {
				}
			}
		})
	}
}
