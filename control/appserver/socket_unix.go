//go:build unix

package appserver

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// checkSocket refuses a socket that somebody else may have put there: what
// listens would be told what to do with our runs. The path holds no symlink.
func checkSocket(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	if info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("%w: %q is not a socket", ErrUnsafe, path)
	}
	if err := ours(path, info); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	info, err = os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("folder of the control socket: %w", err)
	}
	if err := ours(dir, info); err != nil {
		return err
	}
	if info.Mode().Perm()&0o022 != 0 && info.Mode()&os.ModeSticky == 0 {
		return fmt.Errorf("%w: others may write to its folder %q (mode %v)", ErrUnsafe, dir, info.Mode())
	}
	return nil
}

// ours says that a path belongs to this user or to root.
func ours(path string, info os.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%w: nothing tells whose %q is", ErrUnsafe, path)
	}
	if uid := stat.Uid; uid != uint32(os.Getuid()) && uid != 0 {
		return fmt.Errorf("%w: %q belongs to another user (%d)", ErrUnsafe, path, uid)
	}
	return nil
}
