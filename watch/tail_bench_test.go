package watch

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What reading one more line of a busy file costs, beside the line.
func BenchmarkTailGrows(b *testing.B) {
	path := filepath.Join(b.TempDir(), "rollout.jsonl")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	line := append(bytes.Repeat([]byte("x"), 1600), '\n')
	for range 10 {
		f.Write(line)
	}
	t, lines := NewTail(File{Path: path}), NewLines(nil, nil)
	read := 0
	count := func(Line) error { read++; return nil }
	t.Read(lines, count)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%20_000 == 19_999 { // so that the disk is not filled
			b.StopTimer()
			f.Truncate(0)
			f.Seek(0, 0)
			f.Write(line)
			f.Write(line)
			f.Write(line)
			t.Reset()
			t.Read(lines, count)
			b.StartTimer()
		}
		f.Write(line)
		if _, err := t.Read(lines, count); err != nil {
			b.Fatal(err)
		}
	}
	if read < b.N {
		b.Errorf("%d lines read of %d", read, b.N)
	}
}
