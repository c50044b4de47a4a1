package control

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The mark is another one as soon as a lock is taken or given up on one of the files, and the same otherwise.
func TestLocksMark(t *testing.T) {
	c := New(Options{})
	path := filepath.Join(t.TempDir(), "a.lock")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lock := func(how int) {
		t.Helper()
		if err := syscall.Flock(int(f.Fd()), how); err != nil {
			t.Fatal(err)
		}
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	id, _ := idOf(info)
	of := map[uint64]bool{id.inode: true}
	before := c.LocksMark(of)
	if before == "" {
		t.Skip("this system lists no locks")
	}
	lock(syscall.LOCK_EX)
	held := c.LocksMark(of)
	if held == before {
		t.Error("a lock was taken, and the mark is the same")
	}
	if c.LocksMark(map[uint64]bool{id.inode + 1: true}) != before {
		t.Error("a lock on another file was taken, and the mark is another")
	}
	lock(syscall.LOCK_UN)
	if after := c.LocksMark(of); after != before {
		t.Error("a lock was given up, and the mark is the same")
	}
}
