package control

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// fileID tells a file from every other one.
type fileID struct{ device, inode uint64 }

func idOf(info fs.FileInfo) (fileID, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, false
	}
	return fileID{device: uint64(st.Dev), inode: st.Ino}, true
}

// heldLock is one line of /proc/locks: an exclusive flock that a process has.
type heldLock struct {
	pid int
	id  fileID // its device is the file system's, which stat may tell differently (btrfs)
}

// heldLocks reads the exclusive flocks of the whole system, by inode. Those that are
// only waited for are left out. Locks of processes in a pid namespace that can't be
// seen from here are not told by the kernel, or with a number below 1.
func (f procfs) heldLocks() (map[uint64][]heldLock, error) {
	b, err := readFile(filepath.Join(f.root, "locks"))
	if err != nil {
		return nil, fmt.Errorf("the system's locks: %w", err)
	}
	held := map[uint64][]heldLock{}
	for line := range strings.Lines(string(b)) {
		// 11: FLOCK  ADVISORY  WRITE 16740 fe:00:10756494 0 EOF; one who waits has "->" after the number
		w := strings.Fields(line)
		if len(w) < 6 || w[1] != "FLOCK" || w[3] != "WRITE" {
			continue
		}
		pid, err := strconv.Atoi(w[4])
		id, ok := lockID(w[5])
		if err != nil || !ok {
			continue
		}
		held[id.inode] = append(held[id.inode], heldLock{pid: pid, id: id})
	}
	return held, nil
}

// lockID reads MAJOR:MINOR:INODE, the first two in hexadecimal.
func lockID(s string) (fileID, bool) {
	p := strings.Split(s, ":")
	if len(p) != 3 {
		return fileID{}, false
	}
	major, e1 := strconv.ParseUint(p[0], 16, 32)
	minor, e2 := strconv.ParseUint(p[1], 16, 32)
	inode, e3 := strconv.ParseUint(p[2], 10, 64)
	if e1 != nil || e2 != nil || e3 != nil {
		return fileID{}, false
	}
	return fileID{device: makeDevice(major, minor), inode: inode}, true
}

// makeDevice is a device's number as stat gives it on Linux.
func makeDevice(major, minor uint64) uint64 {
	return major&0xfff<<8 | major&^0xfff<<32 | minor&0xff | minor&^0xff<<12
}
