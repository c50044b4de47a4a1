package watch

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	uuidA = "019f21c8-aaaa-7001-8000-000000000001"
	uuidB = "019f21c8-bbbb-7002-8000-000000000002"
	nameA = "rollout-2026-11-23T10-38-41-" + uuidA
	nameB = "rollout-2026-11-23T11-00-00-" + uuidB
)

// write writes a file and the folders above it.
func write(t testing.TB, path, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), 0o644))
}

// appendTo appends to a file.
func appendTo(t testing.TB, path, content string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	_, err = f.WriteString(content)
	must(t, err)
	must(t, f.Close())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pack compresses as Codex does: zstd level 3, streamed.
func pack(t testing.TB, content string, options ...zstd.EOption) string {
	t.Helper()
	enc, err := zstd.NewWriter(nil, append([]zstd.EOption{zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(3)), zstd.WithEncoderConcurrency(1)}, options...)...)
	must(t, err)
	return string(enc.EncodeAll([]byte(content), nil))
}
