package appserver

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// maxAnswer bounds, in bytes, the server's answer to the opening handshake.
const maxAnswer = 16 << 10

// acceptGUID is what a server adds to the client's key, RFC 6455 section 1.3.
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// upgrade makes a WebSocket of a connection: the client's side of the opening
// handshake, RFC 6455 section 4.1. It offers no extension and no subprotocol.
// The connection stays the caller's to close where that fails.
func upgrade(ctx context.Context, socket net.Conn) (*socketWire, error) {
	nonce := make([]byte, 16)
	rand.Read(nonce) // never fails
	key := base64.StdEncoding.EncodeToString(nonce)
	defer interrupt(ctx, socket.SetDeadline)()
	r := bufio.NewReaderSize(socket, 64<<10)
	_, err := fmt.Fprintf(socket, "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n", key)
	if err == nil {
		err = accepted(r, key)
	}
	if late := ctx.Err(); err != nil && late != nil {
		err = late
	}
	if err != nil {
		return nil, fmt.Errorf("speak to codex's server: %w", err)
	}
	return newSocketWire(socket, r), nil
}

// interrupt ends what waits on a connection when the context ends, by a deadline in
// the past. The caller takes the deadline away again with what it returns.
func interrupt(ctx context.Context, setDeadline func(time.Time) error) (end func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		setDeadline(time.Unix(1, 0)) // fails only where the connection is closed, which interrupts as well
	})
	return func() {
		if !stop() {
			<-done
			setDeadline(time.Time{})
		}
	}
}

// accepted reads the server's answer, up to the first frame.
func accepted(r *bufio.Reader, key string) error {
	head := map[string]string{}
	status, left := "", maxAnswer
	for {
		line, err := readLine(r, left)
		if err != nil {
			return fmt.Errorf("opening handshake: %w", err)
		}
		left -= len(line) + 1
		name, value, ok := strings.Cut(string(line), ":")
		switch {
		case status == "":
			status = string(line) + " "
			continue
		case len(line) == 0:
			return checkAnswer(status, head, key)
		case !ok || left <= 0:
			return fmt.Errorf("%w: no HTTP header: %q", ErrProtocol, model.Clean(string(line), maxText))
		}
		name = strings.ToLower(name)
		if head[name] != "" {
			head[name] += ","
		}
		head[name] += strings.Trim(value, " \t")
	}
}

// checkAnswer is steps 1 to 6 of what a client must look at, RFC 6455 section 4.1.
func checkAnswer(status string, head map[string]string, key string) error {
	sum := sha1.Sum([]byte(key + acceptGUID)) // SHA-1 is what the protocol wants: it proves understanding, not identity
	var wrong error
	switch {
	case !strings.HasPrefix(status, "HTTP/1.1 101 "):
		wrong = errors.New(model.Clean(strings.TrimSpace(status), maxText))
	case !hasToken(head["upgrade"], "websocket"), !hasToken(head["connection"], "upgrade"):
		wrong = errors.New("no upgrade to a WebSocket")
	case head["sec-websocket-accept"] != base64.StdEncoding.EncodeToString(sum[:]):
		wrong = errors.New("the answer is to no question of ours")
	case head["sec-websocket-extensions"] != "" || head["sec-websocket-protocol"] != "":
		wrong = errors.New("an extension or a subprotocol that was not asked for")
	default:
		return nil
	}
	return fmt.Errorf("%w: opening handshake: %w", ErrProtocol, wrong)
}

// hasToken looks for a word in a header of words with commas between them, whatever its case.
func hasToken(header, word string) bool {
	for w := range strings.SplitSeq(header, ",") {
		if strings.EqualFold(strings.Trim(w, " \t"), word) {
			return true
		}
	}
	return false
}
