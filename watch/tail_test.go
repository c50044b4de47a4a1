package watch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// follow is a Tail with what its caller has: the lines that it was given.
type follow struct {
	t     *testing.T
	path  string
	tail  *Tail
	lines *Lines
	got   []string
}

func newFollow(t *testing.T, content string) *follow {
	t.Helper()
	path := filepath.Join(t.TempDir(), nameA+".jsonl")
	write(t, path, content)
	return &follow{t: t, path: path, tail: NewTail(File{Path: path}), lines: NewLines(nil, nil)}
}

// read reads once and checks the change and the lines that came with it.
func (f *follow) read(change Change, lines ...string) {
	f.t.Helper()
	n := len(f.got)
	c, err := f.tail.Read(f.lines, func(l Line) error {
		f.got = append(f.got, string(l.Bytes))
		return nil
	})
	if err != nil {
		f.t.Fatalf("Read: %v", err)
	}
	if c != change {
		f.t.Fatalf("change %v, want %v", c, change)
	}
	if got := f.got[n:]; fmt.Sprint(got) != fmt.Sprint(lines) {
		f.t.Fatalf("lines %.200q, want %.200q", got, lines)
	}
}

// again reads as the caller does after Replaced.
func (f *follow) again(change Change, lines ...string) {
	f.t.Helper()
	f.read(Replaced)
	f.read(Replaced) // until it is told to start over
	f.tail.Reset()
	f.read(change, lines...)
	f.read(Unchanged)
}

// rename puts new content in the file's place, as a program does that writes a temporary
// file first.
func (f *follow) rename(content string) {
	f.t.Helper()
	write(f.t, f.path+".tmp", content)
	must(f.t, os.Rename(f.path+".tmp", f.path))
}

// overwrite writes at an offset without changing the size otherwise.
func (f *follow) overwrite(at int64, content string) {
	f.t.Helper()
	file, err := os.OpenFile(f.path, os.O_WRONLY, 0)
	must(f.t, err)
	_, err = file.WriteAt([]byte(content), at)
	must(f.t, err)
	must(f.t, file.Close())
}

func TestTail(t *testing.T) {
	long := strings.Repeat("x", 5000)
	tests := []struct {
		name    string
		content string
		do      func(f *follow)
	}{
		{"grows", "a\nb", func(f *follow) {
			f.read(Grown, "a")
			if f.tail.Offset() != 2 || f.tail.Pending() != 1 {
				f.t.Errorf("offset %d, pending %d", f.tail.Offset(), f.tail.Pending())
			}
			f.read(Unchanged)
			appendTo(f.t, f.path, "b")
			f.read(Grown)
			appendTo(f.t, f.path, "\nc\r\nd")
			f.read(Grown, "bb", "c")
			f.read(Unchanged)
		}},
		{"empty at first", "", func(f *follow) {
			f.read(Unchanged)
			appendTo(f.t, f.path, "a\n")
			f.read(Grown, "a")
		}},
		{"truncated", "a\nb\n", func(f *follow) {
			f.read(Grown, "a", "b")
			must(f.t, os.Truncate(f.path, 2))
			f.again(Grown, "a")
		}},
		{"truncated to nothing", "a\nb\n", func(f *follow) {
			f.read(Grown, "a", "b")
			must(f.t, os.Truncate(f.path, 0))
			f.again(Unchanged)
			appendTo(f.t, f.path, "c\n")
			f.read(Grown, "c")
		}},
		{"truncated, then grown past", "a\nb\n", func(f *follow) {
			f.read(Grown, "a", "b")
			write(f.t, f.path, "c\nd\ne\n")
			f.again(Grown, "c", "d", "e")
		}},
		{"truncated, then grown past with the same first bytes", long + "\na\nb\n", func(f *follow) {
			f.read(Grown, long, "a", "b")
			write(f.t, f.path, long+"\nc\nd\ne\n")
			f.again(Grown, long, "c", "d", "e")
		}},
		{"replaced by a file with another inode", "a\n", func(f *follow) {
			f.read(Grown, "a")
			f.rename("a\nb\n")
			f.again(Grown, "a", "b")
		}},
		{"replaced before anything was given", "a", func(f *follow) {
			f.read(Grown)
			f.rename("b\n")
			f.read(Grown, "b") // nothing to take back
		}},
		{"rewritten in place with equal size", "a\nb\n", func(f *follow) {
			f.read(Grown, "a", "b")
			f.overwrite(0, "c")
			f.again(Grown, "c", "b")
		}},
		{"rewritten in the middle with equal size", long + "\nmiddle\n" + long + "\n", func(f *follow) {
			f.read(Grown, long, "middle", long)
			f.overwrite(5001, "MIDDLE")
			must(f.t, os.Chtimes(f.path, time.Time{}, time.Unix(1_800_000_000, 0))) // a clock tick may be longer than this test
			f.again(Grown, long, "MIDDLE", long)
		}},
		{"touched", long + "\nb\nc", func(f *follow) {
			f.read(Grown, long, "b")
			must(f.t, os.Chtimes(f.path, time.Time{}, time.Unix(1_800_000_000, 0)))
			f.read(Unchanged)
			appendTo(f.t, f.path, "\n")
			f.read(Grown, "c")
		}},
		{"removed and back", "a\n", func(f *follow) {
			f.read(Grown, "a")
			must(f.t, os.Rename(f.path, f.path+".away"))
			f.read(Gone)
			must(f.t, os.Rename(f.path+".away", f.path))
			f.read(Unchanged)
			appendTo(f.t, f.path, "b\n")
			f.read(Grown, "b")
		}},
		{"moved to the archive", "a\n", func(f *follow) {
			f.read(Grown, "a")
			archived := filepath.Join(filepath.Dir(f.path), "archived.jsonl")
			must(f.t, os.Rename(f.path, archived))
			f.read(Gone)
			f.tail.Move(File{Path: archived})
			f.read(Unchanged)
			appendTo(f.t, archived, "b\n")
			f.read(Grown, "b")
		}},
		{"compressed and back under one path", "a\nb\n", func(f *follow) {
			f.read(Grown, "a", "b")
			f.rename(pack(f.t, "a\nb\n"))
			f.again(Finished, "a", "b")
			f.rename("a\nb\n")
			f.again(Grown, "a", "b")
			appendTo(f.t, f.path, "c\n")
			f.read(Grown, "c")
		}},
		{"compressed in place over a longer file", strings.Repeat("a\n", 100), func(f *follow) {
			f.read(Grown, strings.Split(strings.Repeat("a\n", 99)+"a", "\n")...)
			write(f.t, f.path, pack(f.t, noisy(9)))
			f.again(Finished, strings.Split(strings.TrimSuffix(noisy(9), "\n"), "\n")...)
		}},
		{"compressed, without a last newline", "", func(f *follow) {
			write(f.t, f.path, pack(f.t, "a\nrest"))
			f.read(Finished, "a")
			if f.tail.Offset() != 2 || f.tail.Pending() != 4 || string(f.tail.Rest()) != "rest" {
				f.t.Errorf("offset %d, pending %d, rest %q", f.tail.Offset(), f.tail.Pending(), f.tail.Rest())
			}
			f.read(Unchanged)
			write(f.t, f.path, pack(f.t, "a\nrest\n"))
			f.again(Finished, "a", "rest")
		}},
		{"rest of a line, given back when the line is finished", "a\nrest", func(f *follow) {
			f.read(Grown, "a")
			if got := string(f.tail.Rest()); got != "rest" {
				f.t.Errorf("rest %q", got)
			}
			f.read(Unchanged)
			appendTo(f.t, f.path, "\nb\n")
			f.again(Grown, "a", "rest", "b")
			if f.tail.Rest() != nil {
				f.t.Errorf("rest %q", f.tail.Rest())
			}
		}},
		{"no rest of another file", "a\nrest", func(f *follow) {
			f.read(Grown, "a")
			f.rename("b\nREST")
			if f.tail.Rest() != nil {
				f.t.Errorf("rest %q", f.tail.Rest())
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.do(newFollow(t, tt.content)) })
	}
}

func TestTailStoppedByCaller(t *testing.T) {
	stop := errors.New("stop")
	for _, packed := range []bool{false, true} {
		t.Run(fmt.Sprintf("packed=%v", packed), func(t *testing.T) {
			content := "a\nb\nc\n"
			if packed {
				content = pack(t, content)
			}
			f := newFollow(t, content)
			stopAt := func(line string) (Change, error) {
				return f.tail.Read(f.lines, func(l Line) error {
					if string(l.Bytes) == line {
						return stop
					}
					f.got = append(f.got, string(l.Bytes))
					return nil
				})
			}
			if c, err := stopAt("a"); c != Grown || err != stop || len(f.got) != 0 {
				t.Fatalf("first: %v, %v, %q", c, err, f.got)
			}
			if c, err := stopAt("b"); c != Grown && c != Unchanged || err != stop || fmt.Sprint(f.got) != "[a]" {
				t.Fatalf("second: %v, %v, %q", c, err, f.got)
			}
			if packed { // no way back into the middle
				f.again(Finished, "a", "b", "c")
				return
			}
			f.read(Unchanged, "b", "c") // the file did not grow, the lines were waiting
			f.read(Unchanged)
		})
	}
}

func TestTailDamagedZstd(t *testing.T) {
	text := noisy(40_000)
	packed := pack(t, text)
	f := newFollow(t, packed[:len(packed)/2])
	n := 0
	read := func() (Change, error) {
		return f.tail.Read(f.lines, func(Line) error { n++; return nil })
	}
	if c, err := read(); c != Finished || !errors.Is(err, io.ErrUnexpectedEOF) || n < 10_000 || n >= 40_000 {
		t.Fatalf("%v, %v, %d lines", c, err, n)
	}
	if c, err := read(); c != Unchanged || err != nil {
		t.Fatalf("again: %v, %v", c, err)
	}
	appendTo(t, f.path, packed[len(packed)/2:])
	f.read(Replaced)
	f.tail.Reset()
	n = 0
	if c, err := read(); c != Finished || err != nil || n != 40_000 {
		t.Fatalf("whole: %v, %v, %d lines", c, err, n)
	}
}

// One Lines serves many files in turn, whatever they are.
func TestTailSharedLines(t *testing.T) {
	plain, packed := newFollow(t, "a\nhalf"), newFollow(t, pack(t, "p\nhalf"))
	packed.lines = plain.lines
	plain.read(Grown, "a")
	packed.read(Finished, "p")
	appendTo(t, plain.path, " line\n")
	plain.read(Grown, "half line")
	packed.read(Unchanged)
}

func TestTailErrors(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "rollout-dir.jsonl"), 0o755))
	must(t, os.Symlink("nowhere", filepath.Join(dir, "rollout-link.jsonl")))
	write(t, filepath.Join(dir, "file"), "")
	tests := []struct {
		path   string
		change Change
		err    error
	}{
		{"rollout-dir.jsonl", Unchanged, ErrNotRegular},
		{"rollout-link.jsonl", Gone, nil},
		{"rollout-none.jsonl", Gone, nil},
		{"file/rollout-x.jsonl", Gone, nil},
	}
	for _, tt := range tests {
		c, err := NewTail(File{Path: filepath.Join(dir, tt.path)}).Read(NewLines(nil, nil), nil)
		if c != tt.change || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, %v", tt.path, c, err)
		}
	}
}

func TestTailSparseFileBoundedMemory(t *testing.T) {
	const size = 2 << 30
	f := newFollow(t, "")
	if err := os.Truncate(f.path, size); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f.read(Grown)
	appendTo(t, f.path, "x")
	f.read(Grown)
	if f.tail.Pending() != size+1 || len(f.tail.Rest()) != maxRest {
		t.Errorf("pending %d", f.tail.Pending())
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("2 GiB of nothing took %d bytes of memory", used)
	}
}

// A long line that arrives in many pieces is read about twice, not once a piece.
func TestTailLongLineInPieces(t *testing.T) {
	f := newFollow(t, "a\n")
	f.read(Grown, "a")
	piece := strings.Repeat("y", 1<<20)
	for i := range 12 {
		appendTo(t, f.path, piece)
		f.lines.offset = -1
		f.read(Grown)
		if i > 0 && f.lines.offset != -1 {
			t.Fatalf("the waiting bytes were cut into lines again after piece %d", i)
		}
	}
	appendTo(t, f.path, "\nb\n")
	var sizes []int64
	c, err := f.tail.Read(f.lines, func(l Line) error { sizes = append(sizes, l.Size); return nil })
	if c != Grown || err != nil || fmt.Sprint(sizes) != fmt.Sprint([]int64{12 << 20, 1}) {
		t.Errorf("%v, %v, sizes %v", c, err, sizes)
	}
	must(t, os.Chtimes(f.path, time.Time{}, time.Unix(1_800_000_000, 0)))
	f.read(Unchanged) // and every byte went into the checksum once
}

// FuzzTail: however a file's bytes are cut into appends, the same lines come out.
func FuzzTail(f *testing.F) {
	f.Add([]byte("a\nbb\r\n\nccc"), []byte{1, 2, 3})
	f.Add(bytes.Repeat([]byte("some line\n"), 40), []byte{7, 90, 0, 11})
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		if isZstd(data) {
			t.Skip("not appended to")
		}
		want, rest := plainLines(data, MaxHead, MaxTail)
		path := filepath.Join(t.TempDir(), nameA+".jsonl")
		write(t, path, "")
		tail, lines := NewTail(File{Path: path}), NewLines(nil, nil)
		var got []Line
		for i, at := 0, 0; ; i++ {
			c, err := tail.Read(lines, func(l Line) error {
				l.Bytes = bytes.Clone(l.Bytes)
				got = append(got, l)
				return nil
			})
			if err != nil || c == Replaced {
				t.Fatalf("%v, %v", c, err)
			}
			if at == len(data) {
				break
			}
			n := len(data) - at
			if i < len(cuts) {
				n = min(n, int(cuts[i]))
			}
			appendTo(t, path, string(data[at:at+n]))
			at += n
		}
		if len(got) != len(want) || tail.Offset() != rest || tail.Pending() != int64(len(data))-rest {
			t.Fatalf("%d lines, offset %d; want %d, %d", len(got), tail.Offset(), len(want), rest)
		}
		for i := range got {
			if show(got[i]) != show(want[i]) {
				t.Fatalf("line %d: %s, want %s", i, show(got[i]), show(want[i]))
			}
		}
	})
}

func BenchmarkTailUnchanged(b *testing.B) {
	path := filepath.Join(b.TempDir(), nameA+".jsonl")
	write(b, path, noisy(1000))
	tail, lines := NewTail(File{Path: path}), NewLines(nil, nil)
	for b.Loop() {
		if _, err := tail.Read(lines, func(Line) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTailWhole(b *testing.B) {
	path := filepath.Join(b.TempDir(), nameA+".jsonl")
	content := strings.Repeat(strings.Repeat("x", 1999)+"\n", 16<<10)
	write(b, path, content)
	tail, lines := NewTail(File{Path: path}), NewLines(nil, nil)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		tail.Reset()
		if _, err := tail.Read(lines, func(Line) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
