package control

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// rootNamespace is the pid namespace that every process is in or below.
const rootNamespace = "pid:[4026531836]" // PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h

// whyNone says what it is worth that no process here holds a thread of a home: what
// runs outside of a container, or on another machine, can't be seen.
func (f procfs) whyNone(home string) (why string, proved bool) {
	if ns, err := os.Readlink(filepath.Join(f.root, "self/ns/pid")); err == nil && ns != rootNamespace {
		return "nothing in this container works on it; what runs outside can't be seen from here", false
	}
	if shared(home) {
		return "nothing on this machine works on it; its home is on a network file system", false
	}
	return nobody, true
}

// shared says that other machines may have a folder too, by the numbers of statfs(2).
func shared(path string) bool {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return false
	}
	switch uint32(st.Type) { // signed, and of different width by architecture
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC,
		unix.V9FS_MAGIC, unix.CEPH_SUPER_MAGIC, unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC, unix.CODA_SUPER_MAGIC:
		return true
	}
	return false
}
