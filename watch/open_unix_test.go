//go:build unix

package watch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A FIFO without a writer blocks whoever opens it in the plain way.
func TestFIFODoesNotHang(t *testing.T) {
	home := t.TempDir()
	fifo := filepath.Join(home, "sessions", "rollout-x.jsonl")
	must(t, os.MkdirAll(filepath.Dir(fifo), 0o755))
	must(t, syscall.Mkfifo(fifo, 0o644))
	if _, err := Open(fifo); !errors.Is(err, ErrNotRegular) {
		t.Errorf("Open: %v", err)
	}
	if c, err := NewTail(File{Path: fifo}).Read(NewLines(nil, nil), nil); c != Unchanged || !errors.Is(err, ErrNotRegular) {
		t.Errorf("Tail.Read: %v, %v", c, err)
	}
	files, problems := Scan([]string{home})
	if len(files) != 0 || len(problems) != 1 || !errors.Is(problems[0].Err, ErrNotRegular) {
		t.Errorf("Scan: %v, %v", files, problems)
	}
}

func TestPermissionDenied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	home := t.TempDir()
	day, file := filepath.Join(home, "sessions", "2026"), filepath.Join(home, "sessions", nameA+".jsonl")
	write(t, filepath.Join(day, nameB+".jsonl"), "x\n")
	write(t, file, "x\n")
	must(t, os.Chmod(day, 0))
	must(t, os.Chmod(file, 0))
	t.Cleanup(func() { _ = os.Chmod(day, 0o755) }) // or TempDir can't be removed
	files, problems := Scan([]string{home})
	if len(files) != 1 || len(problems) != 1 || problems[0].Path != day || !errors.Is(problems[0].Err, fs.ErrPermission) {
		t.Fatalf("Scan: %v, %v", files, problems)
	}
	if !strings.Contains(problems[0].Fix, "chmod u+rX '"+day+"'") {
		t.Errorf("fix %q", problems[0].Fix)
	}
	tail := NewTail(files[0])
	if c, err := tail.Read(NewLines(nil, nil), nil); c != Unchanged || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Tail.Read: %v, %v", c, err)
	}
	must(t, os.Chmod(file, 0o644))
	if c, err := tail.Read(NewLines(nil, nil), func(Line) error { return nil }); c != Grown || err != nil {
		t.Errorf("Tail.Read once it is allowed: %v, %v", c, err)
	}
}
