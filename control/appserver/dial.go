package appserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"sync"

	"github.com/coder/websocket"

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
	return open(ctx, newSocketWire(ws), pid, real)
}

// upgrade makes a WebSocket of a connection. The client is used once: the very
// connection whose peer was looked at is the one that is spoken on.
func upgrade(ctx context.Context, socket net.Conn) (*websocket.Conn, error) {
	var once sync.Once
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			var taken net.Conn
			once.Do(func() { taken = socket })
			if taken == nil {
				return nil, errors.New("the control socket is dialled only once")
			}
			return taken, nil
		},
	}
	defer transport.CloseIdleConnections()
	ws, _, err := websocket.Dial(ctx, "ws://localhost/", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, fmt.Errorf("speak to codex's server: %w", err)
	}
	ws.SetReadLimit(maxFrame)
	return ws, nil
}

// socketWire is a message a text frame.
type socketWire struct {
	ws     *websocket.Conn
	ctx    context.Context // of reads; ends with close
	cancel context.CancelFunc
}

func newSocketWire(ws *websocket.Conn) *socketWire {
	ctx, cancel := context.WithCancel(context.Background())
	return &socketWire{ws, ctx, cancel}
}

func (w *socketWire) read() ([]byte, error) {
	kind, r, err := w.ws.Reader(w.ctx)
	if err != nil {
		return nil, err
	}
	if kind != websocket.MessageText {
		return nil, fmt.Errorf("%w: a %v frame", ErrProtocol, kind)
	}
	return io.ReadAll(r)
}

func (w *socketWire) write(ctx context.Context, message []byte) error {
	err := w.ws.Write(ctx, websocket.MessageText, message)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return err
}

// close does not wait for the server's goodbye: a server that hangs would hang us.
func (w *socketWire) close() error {
	w.cancel()
	w.ws.CloseNow() // it fails where the connection is gone already, which is as good
	return nil
}
