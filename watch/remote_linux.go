package watch

import "golang.org/x/sys/unix"

// networkFS returns the kind of file system under path where others may change files
// without this kernel knowing, "" for any other. Numbers are those of statfs(2).
func networkFS(path string) string {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return ""
	}
	// The type is signed and of different width by architecture.
	switch uint32(st.Type) { //nolint:gosec // all of these fit
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "an SMB share"
	case unix.FUSE_SUPER_MAGIC:
		return "a FUSE file system"
	case unix.V9FS_MAGIC:
		return "9p (a folder of the host)"
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph"
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		return "AFS"
	case unix.CODA_SUPER_MAGIC:
		return "Coda"
	}
	return ""
}
