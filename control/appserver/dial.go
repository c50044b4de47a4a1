package appserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// SocketPath is where the shared server of a CODEX_HOME is reached: a symlink to its socket.
func SocketPath(home string) string {
	return filepath.Join(home, "app-server-control", "app-server-control.sock")
}

// Dial connects to the shared server of a CODEX_HOME. [ErrNoServer] says that
// none listens, [ErrUnsafe] that its socket is not one to speak to.
//
// Dial only a server that has threads: the name of the first client that a server
// ever has becomes the originator of all its threads (seen in Codex 0.169.0), and
// that should be the window's, not ours. To ask what no thread is needed for, [Spawn] one.
func Dial(ctx context.Context, home string) (*Conn, error) {
	return DialSocket(ctx, SocketPath(home))
}

// DialSocket connects to a server that listens at a unix socket of another path.
func DialSocket(ctx context.Context, path string) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoServer, model.Clean(path, maxText))
	}
	if err != nil {
		return nil, fmt.Errorf("find the control socket: %w", err)
	}
	if err := checkSocket(real); err != nil {
		return nil, err
	}
	var d net.Dialer
	socket, err := d.DialContext(ctx, "unix", real)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	pid, err := peer(socket.(*net.UnixConn))
	if err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	ws, err := upgrade(ctx, socket)
	if err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return open(ctx, ws, pid, real)
}
