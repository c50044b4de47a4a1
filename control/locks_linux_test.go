package control

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The mark is another one as soon as a lock is taken or given up, and the same otherwise.
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
	// Other programs take locks too: only what is asked of this file is sure.
	before := c.LocksMark()
	if before == "" {
		t.Skip("this system lists no locks")
	}
	lock(syscall.LOCK_EX)
	held := c.LocksMark()
	if held == before {
		t.Error("a lock was taken, and the mark is the same")
	}
	lock(syscall.LOCK_UN)
	if after := c.LocksMark(); after == held {
		t.Error("a lock was given up, and the mark is the same")
	}
}
