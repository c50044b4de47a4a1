package rollout

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// recordedDir holds sessions recorded with Codex; its README tells how.
const recordedDir = "../../testdata/sessions/codex-0.169"

// recorded gives every line of every recorded session, by file.
func recorded(t testing.TB) map[string][][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(recordedDir, "*.jsonl"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recorded sessions in %s: %v", recordedDir, err)
	}
	files := make(map[string][][]byte)
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(p)] = bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
	}
	return files
}

// corpus is the lines of the recorded sessions, or of the folder that
// ROLLOUT_BENCH_CORPUS names (a CODEX_HOME of any size).
func corpus(b *testing.B) (lines [][]byte, size int64) {
	b.Helper()
	add := func(file [][]byte) {
		for _, l := range file {
			if len(l) > 0 {
				lines = append(lines, l)
				size += int64(len(l)) + 1
			}
		}
	}
	root := os.Getenv("ROLLOUT_BENCH_CORPUS")
	if root == "" {
		for _, f := range recorded(b) {
			add(f)
		}
		return lines, size
	}
	err := filepath.WalkDir(root, func(p string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(p) != ".jsonl" {
			return err
		}
		data, err := os.ReadFile(p)
		add(bytes.Split(data, []byte("\n")))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return lines, size
}

func BenchmarkDecode(b *testing.B) {
	lines, size := corpus(b)
	for _, detail := range []bool{false, true} {
		name := map[bool]string{false: "usage", true: "detail"}[detail]
		b.Run(name, func(b *testing.B) {
			d := NewDecoder(Options{Detail: detail})
			var e model.Event
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				for _, l := range lines {
					if err := d.Decode(watch.Line{Bytes: l, Offset: 1, Size: int64(len(l))}, &e); err != nil {
						b.Fatalf("%v: %.200s", err, l)
					}
				}
			}
			b.ReportMetric(float64(len(lines)), "lines/op")
		})
	}
}

func BenchmarkUsageLines(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"record", recordLine},
		{"token_count", tokenCountLine},
	} {
		b.Run(c.name, func(b *testing.B) {
			d := NewDecoder(Options{})
			line := watch.Line{Bytes: []byte(c.line), Offset: 1, Size: int64(len(c.line))}
			var e model.Event
			b.SetBytes(line.Size)
			b.ReportAllocs()
			for b.Loop() {
				if err := d.Decode(line, &e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
