package watch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestOpenTellsByContent(t *testing.T) {
	const text = "{\"a\":1}\n{\"b\":2}\n"
	skippable := "\x5a\x2a\x4d\x18\x03\x00\x00\x00abc"
	tests := []struct {
		name, file, content, want string
		compressed                bool
	}{
		{"plain", "rollout-x.jsonl", text, text, false},
		{"zstd", "rollout-x.jsonl.zst", pack(t, text), text, true},
		{"zstd under a plain name", "rollout-x.jsonl", pack(t, text), text, true},
		{"plain under a zstd name", "rollout-x.jsonl.zst", text, text, false},
		{"two frames", "rollout-x.jsonl.zst", pack(t, text) + pack(t, text), text + text, true},
		{"skippable frame first", "rollout-x.jsonl.zst", skippable + pack(t, text), text, true},
		{"empty", "rollout-x.jsonl", "", "", false},
		{"three bytes", "rollout-x.jsonl.zst", "\x28\xb5\x2f", "\x28\xb5\x2f", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.file)
			write(t, path, tt.content)
			r, err := Open(path)
			must(t, err)
			got, err := io.ReadAll(r)
			must(t, err)
			if string(got) != tt.want || r.Compressed() != tt.compressed {
				t.Errorf("got %q, compressed %v", got, r.Compressed())
			}
			must(t, r.Close())
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "rollout-dir.jsonl"), 0o755))
	must(t, os.Symlink("nowhere", filepath.Join(dir, "rollout-link.jsonl")))
	tests := []struct {
		file string
		want error
	}{
		{"rollout-dir.jsonl", ErrNotRegular},
		{"rollout-link.jsonl", fs.ErrNotExist},
		{"rollout-none.jsonl", fs.ErrNotExist},
	}
	for _, tt := range tests {
		if _, err := Open(filepath.Join(dir, tt.file)); !errors.Is(err, tt.want) {
			t.Errorf("Open(%s): %v, want %v", tt.file, err, tt.want)
		}
	}
}

// noisy returns n lines that do not compress to nothing.
func noisy(n int) string {
	var b strings.Builder
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		fmt.Fprintf(&b, "{\"line\":%d,\"noise\":\"%x\"}\n", i, rnd.Uint64())
	}
	return b.String()
}

func TestOpenTruncatedZstd(t *testing.T) {
	text := noisy(40_000)
	packed := pack(t, text)
	path := filepath.Join(t.TempDir(), "rollout-x.jsonl.zst")
	for _, cut := range []int{4, 5, 17, 1000, len(packed) / 2, len(packed) - 5, len(packed) - 1} {
		write(t, path, packed[:cut])
		r, err := Open(path)
		must(t, err)
		got, err := io.ReadAll(r)
		must(t, r.Close())
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut at %d of %d: error %v", cut, len(packed), err)
		}
		if !strings.HasPrefix(text, string(got)) {
			t.Errorf("cut at %d: wrong bytes", cut)
		}
		if cut == len(packed)/2 && len(got) < len(text)/4 {
			t.Errorf("cut at %d of %d: only %d of %d bytes", cut, len(packed), len(got), len(text))
		}
	}
}

func FuzzOpenDamaged(f *testing.F) {
	f.Add([]byte(pack(f, noisy(30))), 20, byte(0xff))
	f.Add([]byte("\x28\xb5\x2f\xfd"), 3, byte(0))
	f.Add([]byte(pack(f, strings.Repeat("\x00", 1<<16))), 5, byte(1))
	f.Fuzz(func(t *testing.T, content []byte, at int, flip byte) {
		if at >= 0 && at < len(content) {
			content[at] ^= flip
		}
		path := filepath.Join(t.TempDir(), "rollout-x.jsonl.zst")
		write(t, path, string(content))
		r, err := Open(path)
		must(t, err)
		defer r.Close()
		_, _ = io.Copy(io.Discard, io.LimitReader(r, 8<<20)) // any error, but an end and no panic
	})
}

func TestOpenZstdBombBoundedMemory(t *testing.T) {
	var b strings.Builder
	enc, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	must(t, err)
	_, err = io.Copy(enc, io.LimitReader(zeros{}, 300<<20))
	must(t, err)
	must(t, enc.Close())
	path := filepath.Join(t.TempDir(), "rollout-x.jsonl.zst")
	write(t, path, b.String())

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Open(path)
	must(t, err)
	n, err := io.Copy(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r})
	must(t, err)
	must(t, r.Close())
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; n != 300<<20 || used > 64<<20 {
		t.Errorf("%d bytes of %d packed ones took %d bytes of memory", n, b.Len(), used)
	}
}

func TestOpenRefusesHugeWindow(t *testing.T) {
	// A frame header that asks for a window of 3.75 TB (RFC 8878 section 3.1.1.1.2).
	path := filepath.Join(t.TempDir(), "rollout-x.jsonl.zst")
	write(t, path, "\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00")
	r, err := Open(path)
	must(t, err)
	defer r.Close()
	if _, err := io.ReadAll(r); !errors.Is(err, zstd.ErrWindowSizeExceeded) {
		t.Errorf("error %v", err)
	}
}
