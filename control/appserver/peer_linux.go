package appserver

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// peer gives the process that listens at the other end, as the kernel tells it.
// One of another user is refused, unless it is root's.
func peer(socket *net.UnixConn) (int, error) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("control socket: %w", err)
	}
	var cred *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return 0, fmt.Errorf("who listens at the control socket: %w", err)
	}
	if cred.Uid != uint32(os.Getuid()) && cred.Uid != 0 {
		return 0, fmt.Errorf("%w: what listens is another user's (%d)", ErrUnsafe, cred.Uid)
	}
	return int(cred.Pid), nil
}
