package notify

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock takes a file's lock, and says whether somebody else has it.
func lock(f *os.File) (taken bool) {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
	return errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}
