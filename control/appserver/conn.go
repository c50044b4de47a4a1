package appserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Patience is how long one call may take where its context sets no earlier end.
const Patience = 10 * time.Second

// wire carries whole messages. One goroutine reads, any may write.
type wire interface {
	read() ([]byte, error)
	write(ctx context.Context, message []byte) error
	close() error // also ends a read that waits
}

// Conn is a connection to an app-server. Any goroutine may use it, until Close.
type Conn struct {
	// Server is what the server said of itself.
	Server Server
	// PID is of the process that listens at the socket, as the kernel tells it, or
	// of the child that was spawned; 0 where the system can't tell.
	PID int
	// Path is the socket, without symlinks; "" for a child.
	Path string

	wire wire
	done chan struct{} // closed when nothing is read any more

	mu      sync.Mutex
	next    int64
	waiting map[int64]chan reply
	err     error // why nothing is read any more
}

// Server is what a server says of itself, cleaned.
type Server struct {
	Agent    string // its user agent, such as "codex_cli_rs/0.169.0 (…)"
	Home     string // CODEX_HOME
	Platform string
}

// open makes a Conn of a wire and says hello. It closes the wire where that fails.
func open(ctx context.Context, w wire, pid int, path string) (*Conn, error) {
	c := &Conn{wire: w, PID: pid, Path: path, done: make(chan struct{}), waiting: map[int64]chan reply{}}
	go c.readAll()
	if err := c.initialize(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Conn) initialize(ctx context.Context) error {
	type client struct {
		Name    string `json:"name"`
		Title   string `json:"title"`
		Version string `json:"version"`
	}
	params := struct {
		Client       client          `json:"clientInfo"`
		Capabilities map[string]bool `json:"capabilities"`
	}{client{"tokenburn", "TokenBurn Sentinel", "1"}, map[string]bool{"experimentalApi": true}}
	var said struct {
		UserAgent  string `json:"userAgent"`
		CodexHome  string `json:"codexHome"`
		PlatformOS string `json:"platformOs"`
	}
	if err := c.Call(ctx, "initialize", params, &said); err != nil {
		return err
	}
	c.Server = Server{
		Agent: model.Clean(said.UserAgent, maxText), Home: said.CodexHome, Platform: model.Clean(said.PlatformOS, maxText),
	}
	return c.send(ctx, notification{"initialized"})
}

// Call asks and waits for the answer, which it decodes into result unless that
// is nil. What the server refuses is a [*RPCError].
func (c *Conn) Call(ctx context.Context, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	if params == nil {
		params = struct{}{}
	}
	id, answer, err := c.expect()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	defer c.forget(id)
	if err := c.send(ctx, request{ID: id, Method: method, Params: params}); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case r := <-answer:
		return r.into(method, result)
	case <-ctx.Done():
		return fmt.Errorf("%s: no answer: %w", method, ctx.Err())
	case <-c.done:
		select {
		case r := <-answer: // it came in just before the end
			return r.into(method, result)
		default:
			return fmt.Errorf("%s: %w", method, c.err)
		}
	}
}

func (r reply) into(method string, result any) error {
	if r.isErr {
		return &RPCError{Method: method, Code: r.code, Message: r.failed}
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(r.result, result); err != nil {
		return fmt.Errorf("%s: %w: %v", method, ErrProtocol, err)
	}
	return nil
}

// expect takes a number for a request, and a channel that gets its answer.
func (c *Conn) expect() (int64, <-chan reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, nil, c.err
	}
	c.next++
	answer := make(chan reply, 1)
	c.waiting[c.next] = answer
	return c.next, answer, nil
}

func (c *Conn) forget(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

func (c *Conn) send(ctx context.Context, message any) error {
	b, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if len(b) > maxFrame {
		return fmt.Errorf("a message of %d bytes is more than Codex takes (%d)", len(b), maxFrame)
	}
	return c.wire.write(ctx, b)
}

// readAll hands answers to who waits for them, until the wire ends.
func (c *Conn) readAll() {
	defer close(c.done)
	for {
		frame, err := c.wire.read()
		if err == nil {
			err = c.take(frame)
		}
		if err != nil {
			c.fail(err)
			return
		}
	}
}

func (c *Conn) take(frame []byte) error {
	r, ok, err := decode(frame)
	if err != nil || !ok {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := c.waiting[r.id]
	delete(c.waiting, r.id) // a second answer to it is nobody's
	if answer != nil {
		answer <- r
	}
	return nil
}

func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = fmt.Errorf("%w: %w", ErrClosed, err)
	}
}

// Close ends the connection, and the server too where it was spawned. It waits
// until both are gone. A second Close does nothing.
func (c *Conn) Close() error {
	c.fail(errors.New("closed by us"))
	err := c.wire.close()
	<-c.done
	return err
}
