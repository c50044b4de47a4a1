package appserver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
	"unicode/utf8"
)

// socketWire is a client's side of a WebSocket, RFC 6455, with a message a text
// frame. It is our own since every library for it brings Go's HTTP client and TLS
// into the program, a sixth of its size, to reach a socket of this machine.
type socketWire struct {
	conn net.Conn
	in   *bufio.Reader // only the reading goroutine's

	writing sync.Mutex // of whole frames
}

func newSocketWire(conn net.Conn, in *bufio.Reader) *socketWire {
	return &socketWire{conn: conn, in: in}
}

// read gives the next message. It answers pings, and puts a message's parts together:
// RFC 6455 sections 5.4 and 5.5. After an error nothing more can be read.
func (w *socketWire) read() ([]byte, error) {
	var message bytes.Buffer
	for inside := false; ; {
		h, err := readHead(w.in, maxFrame-int64(message.Len()))
		if err != nil {
			if inside {
				err = noEnd(err)
			}
			return nil, err
		}
		if h.op.control() {
			if err := w.control(h); err != nil {
				return nil, err
			}
			continue
		}
		switch {
		case h.op == opBinary:
			return nil, fmt.Errorf("%w: a frame of bytes", ErrProtocol)
		case inside != (h.op == opContinuation):
			return nil, fmt.Errorf("%w: parts of messages in disorder", ErrProtocol)
		}
		inside = true
		// The buffer grows with what comes, not with what the head promises.
		if _, err := io.CopyN(&message, w.in, h.length); err != nil {
			return nil, noEnd(err)
		}
		if h.fin {
			break
		}
	}
	if !utf8.Valid(message.Bytes()) { // RFC 6455 section 8.1
		return nil, fmt.Errorf("%w: a text that is no UTF-8", ErrProtocol)
	}
	return message.Bytes(), nil
}

// control reads the rest of a control frame and does what it asks: RFC 6455 section 5.5.
func (w *socketWire) control(h frameHead) error {
	payload := make([]byte, h.length)
	if _, err := io.ReadFull(w.in, payload); err != nil {
		return noEnd(err)
	}
	switch h.op {
	case opPing:
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		return w.frame(ctx, opPong, payload)
	case opClose:
		w.goodbye()
		if len(payload) < 2 {
			return io.EOF
		}
		return fmt.Errorf("it said goodbye with code %d: %w", binary.BigEndian.Uint16(payload), io.EOF)
	}
	return nil // a pong to nothing we asked, RFC 6455 section 5.5.3
}

func (w *socketWire) write(ctx context.Context, message []byte) error {
	return w.frame(ctx, opText, message)
}

// frame sends a whole frame. Where that takes too long the connection ends: half a
// frame would spoil every later one.
func (w *socketWire) frame(ctx context.Context, op opcode, payload []byte) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	defer interrupt(ctx, w.conn.SetWriteDeadline)()
	_, err := w.conn.Write(clientFrame(op, payload))
	if err == nil {
		return nil
	}
	w.conn.Close()
	if late := ctx.Err(); late != nil {
		return late
	}
	return fmt.Errorf("%w: %w", ErrClosed, err)
}

// close does not wait for the server's goodbye: a server that hangs would hang us.
func (w *socketWire) close() error {
	w.goodbye()
	if err := w.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// goodbye tells the server that we go, RFC 6455 section 5.5.1, where nobody else is
// writing and the socket takes it at once.
func (w *socketWire) goodbye() {
	if !w.writing.TryLock() {
		return
	}
	defer w.writing.Unlock()
	w.conn.SetWriteDeadline(time.Now().Add(parting))
	w.conn.Write(clientFrame(opClose, []byte{0x03, 0xE8})) // 1000, normal closure, RFC 6455 section 7.4.1
}

// parting is how long a goodbye may take: it is a courtesy.
const parting = 50 * time.Millisecond
