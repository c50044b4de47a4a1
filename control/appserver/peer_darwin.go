package appserver

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// peer gives the process that listens at the other end, as the kernel tells it.
func peer(socket *net.UnixConn) (int, error) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("control socket: %w", err)
	}
	pid := 0
	var failed error
	err = raw.Control(func(fd uintptr) {
		pid, failed = unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return 0, fmt.Errorf("who listens at the control socket: %w", err)
	}
	return pid, nil
}
