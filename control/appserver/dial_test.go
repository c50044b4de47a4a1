package appserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// A talker answers one request of a client as a test says; nil goes on to the next one.
type talker func(ctx context.Context, ws *websocket.Conn, id int64, method string) error

// listen is a server at the control socket of a CODEX_HOME of its own.
func listen(t *testing.T, talk talker) (home string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no trusted unix sockets here")
	}
	home = shortDir(t)
	path := filepath.Join(home, "real.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	link(t, home, path)
	var served sync.WaitGroup
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		defer served.Done()
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		for {
			_, b, err := ws.Read(t.Context())
			if err != nil {
				return
			}
			var m struct {
				ID     int64
				Method string
			}
			if err := json.Unmarshal(b, &m); err != nil {
				t.Errorf("client sent %q: %v", b, err)
				return
			}
			if strings.Contains(string(b), "jsonrpc") {
				t.Errorf("client sent a jsonrpc field: %q", b)
			}
			if m.Method == "initialized" {
				continue
			}
			if err := talk(t.Context(), ws, m.ID, m.Method); err != nil {
				return
			}
		}
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close(); served.Wait() })
	return home
}

func link(t *testing.T, home, to string) {
	t.Helper()
	path := SocketPath(home)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

// shortDir is a folder whose sockets' paths fit into the 104 bytes that a system may allow.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "as")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func say(ctx context.Context, ws *websocket.Conn, format string, args ...any) error {
	return ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, format, args...))
}

// hello answers initialize, and hands the rest on.
func hello(rest talker) talker {
	return func(ctx context.Context, ws *websocket.Conn, id int64, method string) error {
		if method == "initialize" {
			return say(ctx, ws, `{"id":%d,"result":{"userAgent":"test\u001b[31m/1","codexHome":"/h"}}`, id)
		}
		return rest(ctx, ws, id, method)
	}
}

func dial(t *testing.T, home string) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestCallsGetTheirOwnAnswersAmongNoise(t *testing.T) {
	var mu sync.Mutex
	var held []int64
	c := dial(t, listen(t, hello(func(ctx context.Context, ws *websocket.Conn, id int64, method string) error {
		for _, noise := range []string{
			`{"method":"thread/started","params":{"thread":{}}}`,
			`{"id":%d,"method":"item/commandExecution/requestApproval","params":{}}`, // a request with the number of ours
			`{"id":99999,"result":{"data":["nobody's"]}}`,
			`{"id":"%d","result":{"data":["a text is no number"]}}`,
			`{"id":null,"error":{"code":-1,"message":"nobody's"}}`,
			`{"result":1}`, `{}`,
		} {
			if strings.Contains(noise, "%d") {
				noise = fmt.Sprintf(noise, id)
			}
			if err := say(ctx, ws, "%s", noise); err != nil {
				return err
			}
		}
		mu.Lock()
		defer mu.Unlock()
		held = append(held, id)
		if len(held) < 3 {
			return nil
		}
		for i := len(held) - 1; i >= 0; i-- { // the last one first, each twice
			for range 2 {
				if err := say(ctx, ws, `{"id":%d,"result":%d}`, held[i], held[i]*10); err != nil {
					return err
				}
			}
		}
		return nil
	})))
	if c.Server.Agent != "test/1" {
		t.Errorf("agent %q, want it cleaned", c.Server.Agent)
	}
	if c.PID != 0 && c.PID != os.Getpid() {
		t.Errorf("peer pid %d, want %d", c.PID, os.Getpid())
	}
	var wait sync.WaitGroup
	seen := make(chan int64, 3)
	for range 3 {
		wait.Go(func() {
			var n int64
			if err := c.Call(t.Context(), "x", nil, &n); err != nil {
				t.Error(err)
			}
			seen <- n
		})
	}
	wait.Wait()
	close(seen)
	got := map[int64]bool{}
	for n := range seen {
		got[n] = true
	}
	if len(got) != 3 || !got[20] || !got[30] || !got[40] {
		t.Errorf("answers %v, want each call its own of 20, 30, 40", got)
	}
}

func TestErrorsOfTheServerAreToldApart(t *testing.T) {
	for _, c := range []struct {
		answer string
		want   error
	}{
		{`"error":{"code":-32600,"message":"no active turn to interrupt"}`, ErrNoTurn},
		{`"error":{"code":-32600,"message":"thread not found: 01a2"}`, ErrNoThread},
		{`"error":{"code":-32601,"message":"?"}`, ErrMethod},
		{`"error":{"code":"odd","message":"no active turn"}`, ErrNoTurn},
		{`"error":"only words"`, ErrProtocol},
		{`"result":"not an object"`, ErrProtocol},
		{`"result":{"data":[{"id":7}]}`, ErrProtocol},
		{`"other":1`, ErrProtocol},
	} {
		t.Run(c.answer, func(t *testing.T) {
			conn := dial(t, listen(t, hello(func(ctx context.Context, ws *websocket.Conn, id int64, _ string) error {
				return say(ctx, ws, `{"id":%d,%s}`, id, c.answer)
			})))
			_, _, err := conn.NewestTurn(t.Context(), "t")
			if errors.Is(err, ErrClosed) && c.answer == `"error":"only words"` {
				err = errors.Unwrap(err) // that frame ends the connection
			}
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// A server that has just begun a thread refuses to list its turns for a moment.
func TestNewestTurnOfANewThread(t *testing.T) {
	asked := 0
	conn := dial(t, listen(t, hello(func(ctx context.Context, ws *websocket.Conn, id int64, _ string) error {
		if asked++; asked < 4 {
			return say(ctx, ws, `{"id":%d,"error":{"code":-32601,"message":"list_turns is not supported yet"}}`, id)
		}
		return say(ctx, ws, `{"id":%d,"result":{"data":[{"id":"turn","status":"inProgress"}]}}`, id)
	})))
	turn, ok, err := conn.NewestTurn(t.Context(), "t")
	if err != nil || !ok || turn.ID != "turn" || turn.Status != InProgress {
		t.Errorf("%+v, %v, %v", turn, ok, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := conn.NewestTurn(ctx, "t"); err == nil {
		t.Error("no error after the end of its context")
	}
}

func TestHostileServersCostNoMoreThanTheDeadline(t *testing.T) {
	for _, c := range []struct {
		name     string
		talk     talker
		patience time.Duration
		want     error
	}{
		{"never answers", func(context.Context, *websocket.Conn, int64, string) error { return nil }, time.Second, context.DeadlineExceeded},
		{"hangs up", func(context.Context, *websocket.Conn, int64, string) error { return errors.New("bye") }, Patience, ErrClosed},
		{"sends rubbish", func(ctx context.Context, ws *websocket.Conn, _ int64, _ string) error {
			return say(ctx, ws, "{{{")
		}, Patience, ErrProtocol},
		{"sends bytes", func(ctx context.Context, ws *websocket.Conn, _ int64, _ string) error {
			return ws.Write(ctx, websocket.MessageBinary, []byte("{}"))
		}, Patience, ErrProtocol},
		{"sends too much", func(ctx context.Context, ws *websocket.Conn, _ int64, _ string) error {
			return say(ctx, ws, `{"x":"%s"}`, strings.Repeat("a", maxFrame))
		}, Patience, ErrClosed},
		{"notifies for ever", func(ctx context.Context, ws *websocket.Conn, _ int64, _ string) error {
			for {
				if err := say(ctx, ws, `{"method":"x"}`); err != nil {
					return err
				}
			}
		}, time.Second, context.DeadlineExceeded},
		{"lists without end", func(ctx context.Context, ws *websocket.Conn, id int64, _ string) error {
			return say(ctx, ws, `{"id":%d,"result":{"data":["a"],"nextCursor":"more"}}`, id)
		}, Patience, ErrProtocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, listen(t, hello(c.talk)))
			ctx, cancel := context.WithTimeout(t.Context(), c.patience)
			defer cancel()
			if _, err := conn.LoadedThreads(ctx); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestDialRefusesWhatIsNoTrustedSocket(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no trusted unix sockets here")
	}
	for _, c := range []struct {
		name string
		make func(t *testing.T, home string) // with the link to home/s
		want error
		says string
	}{
		{"no server was ever there", nil, ErrNoServer, ""},
		{"link to nothing", func(t *testing.T, home string) {}, ErrNoServer, ""},
		{"a file", func(t *testing.T, home string) {
			if err := os.WriteFile(filepath.Join(home, "s"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, ErrUnsafe, "is not a socket"},
		{"a folder that others write to", func(t *testing.T, home string) {
			stale(t, filepath.Join(home, "s"))
			if err := os.Chmod(home, 0o777); err != nil {
				t.Fatal(err)
			}
		}, ErrUnsafe, "others may write to its folder"},
		{"of another user", func(t *testing.T, home string) {
			stale(t, filepath.Join(home, "s"))
			if err := os.Chown(filepath.Join(home, "s"), 12345, -1); err != nil {
				t.Skipf("only root can make one: %v", err)
			}
		}, ErrUnsafe, "belongs to another user (12345)"},
		{"left behind", func(t *testing.T, home string) { stale(t, filepath.Join(home, "s")) }, ErrNoServer, "refused"},
		{"link to itself", func(t *testing.T, home string) {
			if err := os.Symlink(SocketPath(home), filepath.Join(home, "s")); err != nil {
				t.Fatal(err)
			}
		}, nil, "find the control socket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := shortDir(t)
			if c.make != nil {
				link(t, home, filepath.Join(home, "s"))
				c.make(t, home)
			}
			conn, err := Dial(t.Context(), home)
			if conn != nil || err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, %v; want %v with %q", conn, err, c.want, c.says)
			}
		})
	}
}

// stale makes a socket that nobody listens at any more.
func stale(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDialRefusesWhatSpeaksNoWebSocket(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no trusted unix sockets here")
	}
	for _, answer := range []string{
		"", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "\x00\x01\x02",
		"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
	} {
		home := shortDir(t)
		path := filepath.Join(home, "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		link(t, home, path)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s, err := l.Accept()
			if err != nil {
				return
			}
			defer s.Close()
			s.Read(make([]byte, 4096))
			s.Write([]byte(answer))
		}()
		if c, err := Dial(t.Context(), home); err == nil {
			t.Errorf("%q: %v dialled", answer, c)
		}
		l.Close()
		<-done
	}
}

func FuzzFrame(f *testing.F) {
	for _, s := range []string{
		`{"id":1,"result":{}}`, `{"id":1,"error":{"code":-32600,"message":"no active turn"}}`, `{"method":"a","id":1}`,
		`{"id":1e3}`, `{"id":"1","result":null}`, `{"id":9223372036854775808}`, `[]`, `null`, `{"id":1,"error":{"code":1.5}}`, "\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		r, ok, err := decode(frame)
		if ok && (err != nil || r.id <= 0) {
			t.Fatalf("%q: %+v, %v", frame, r, err)
		}
		if err != nil && !errors.Is(err, ErrProtocol) {
			t.Fatalf("%q: %v", frame, err)
		}
		if ok && strings.ContainsAny(r.failed, "\x1b\n\r\x00") {
			t.Fatalf("%q: message %q is not clean", frame, r.failed)
		}
		var into struct{ Data []Turn }
		if ok {
			_ = r.into("m", &into) // it must not panic
		}
	})
}
