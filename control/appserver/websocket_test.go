package appserver

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// frame makes a server's frame: unmasked, in the shortest form.
func frame(first byte, payload string) string {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n <= 0xFFFF:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return string(b) + payload
}

// fed is a wire that reads what a server sent, and then its end. What is written goes into sent.
func fed(stream string) (w *socketWire, sent *bytes.Buffer) {
	sent = new(bytes.Buffer)
	return newSocketWire(&script{sent: sent}, bufio.NewReader(strings.NewReader(stream))), sent
}

// script is a connection that takes everything at once.
type script struct {
	net.Conn // nil: nothing else of it is asked for
	sent     *bytes.Buffer
}

func (s *script) Write(b []byte) (int, error)      { return s.sent.Write(b) }
func (s *script) SetWriteDeadline(time.Time) error { return nil }
func (s *script) Close() error                     { return nil }

func TestReadPutsMessagesTogether(t *testing.T) {
	const fin, text, ping, pong, bye = 0x80, 0x1, 0x9, 0xA, 0x8
	big := strings.Repeat("x", 70_000)
	for _, c := range []struct {
		name, stream string
		want         []string
		err          error
	}{
		{"short", frame(fin|text, "a"), []string{"a"}, io.EOF},
		{"empty", frame(fin|text, ""), []string{""}, io.EOF},
		{"16 bits", frame(fin|text, big[:126]), []string{big[:126]}, io.EOF},
		{"64 bits", frame(fin|text, big), []string{big}, io.EOF},
		{"a longer form than needed", "\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x01a", []string{"a"}, io.EOF},
		{"parts with a ping between", frame(text, "{") + frame(fin|ping, "p") + frame(0, "") + frame(fin, "}"), []string{"{}"}, io.EOF},
		{"letters cut in two", frame(text, "\xc3") + frame(fin, "\xa4"), []string{"ä"}, io.EOF},
		{"a pong nobody asked for", frame(fin|pong, "x") + frame(fin|text, "a"), []string{"a"}, io.EOF},
		{"goodbye", frame(fin|bye, "\x03\xe9gone") + frame(fin|text, "never"), nil, io.EOF},
		{"goodbye without a word", frame(fin|bye, ""), nil, io.EOF},
		{"goodbye inside a message", frame(text, "a") + frame(fin|bye, ""), nil, io.EOF},
		{"ends inside a head", "\x81\x7e\x00", nil, io.ErrUnexpectedEOF},
		{"ends inside a payload", "\x81\x05abc", nil, io.ErrUnexpectedEOF},
		{"ends inside a ping", "\x89\x05abc", nil, io.ErrUnexpectedEOF},
		{"ends between parts", frame(text, "a"), nil, io.ErrUnexpectedEOF},
		{"bytes", frame(fin|0x2, "{}"), nil, ErrProtocol},
		{"unknown kind of data", frame(fin|0x3, "a"), nil, ErrProtocol},
		{"unknown kind of control", frame(fin|0xB, "a"), nil, ErrProtocol},
		{"reserved bit", frame(fin|0x40|text, "a"), nil, ErrProtocol},
		{"masked", "\x81\x81abcda", nil, ErrProtocol},
		{"a part of nothing", frame(fin, "a"), nil, ErrProtocol},
		{"a message inside another", frame(text, "a") + frame(fin|text, "b"), nil, ErrProtocol},
		{"ping in parts", frame(ping, "p"), nil, ErrProtocol},
		{"long ping", frame(fin|ping, big[:126]), nil, ErrProtocol},
		{"no UTF-8", frame(fin|text, "\xff"), nil, ErrProtocol},
		{"promises too much", "\x81\x7f\x00\x00\x00\x00\x01\x00\x00\x01", nil, ErrProtocol},
		{"promises more than there is", "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", nil, ErrProtocol},
		{"too much in parts", frame(text, strings.Repeat("a", maxFrame)) + frame(fin, "b"), nil, ErrProtocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, _ := fed(c.stream)
			var got []string
			for {
				b, err := w.read()
				if err != nil {
					if !errors.Is(err, c.err) {
						t.Errorf("ended with %v, want %v", err, c.err)
					}
					break
				}
				got = append(got, string(b))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("messages %.100q, want %.100q", got, c.want)
			}
		})
	}
}

// A ping is answered with its own payload, also where the message it stands in is full.
func TestReadAnswersPings(t *testing.T) {
	full := strings.Repeat("a", maxFrame)
	w, sent := fed(frame(0x1, full) + frame(0x89, "are you there") + frame(0x80, ""))
	if b, err := w.read(); err != nil || string(b) != full {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if op, payload := unmasked(t, sent.Bytes()); op != opPong || string(payload) != "are you there" {
		t.Errorf("answered %d with %q", op, payload)
	}
}

// unmasked reads one frame of a client, which must be masked and the only one.
func unmasked(t *testing.T, b []byte) (opcode, []byte) {
	t.Helper()
	if len(b) < 6 || b[0]&0xF0 != 0x80 || b[1]&0x80 == 0 {
		t.Fatalf("no masked frame in one part: % x", b[:min(len(b), 20)])
	}
	op, n, rest := opcode(b[0]&0xF), int(b[1]&0x7F), b[2:]
	switch n {
	case 126:
		n, rest = int(binary.BigEndian.Uint16(rest)), rest[2:]
	case 127:
		n, rest = int(binary.BigEndian.Uint64(rest)), rest[8:]
	}
	key, rest := rest[:4], slices.Clone(rest[4:])
	if len(rest) != n {
		t.Fatalf("%d bytes in a frame of %d", len(rest), n)
	}
	for i := range rest {
		rest[i] ^= key[i%4]
	}
	return op, rest
}

func TestFramesAreMaskedEachWithItsOwnKey(t *testing.T) {
	keys := map[string]bool{}
	for _, n := range []int{0, 1, 3, 4, 63, 64, 65, 125, 126, 0xFFFF, 0x10000, 200_000} {
		payload := bytes.Repeat([]byte("abcde"), n/5+1)[:n]
		b := clientFrame(opText, payload)
		if op, got := unmasked(t, b); op != opText || !bytes.Equal(got, payload) {
			t.Errorf("%d bytes: kind %d, %.40q", n, op, got)
		}
		keys[string(b[len(b)-n-4:len(b)-n])] = true
	}
	if len(keys) < 11 { // that two of twelve are alike happens once in 65 million runs
		t.Errorf("%d keys for 12 frames", len(keys))
	}
}

func TestUpgradeLooksAtTheAnswer(t *testing.T) {
	const good = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n"
	for _, c := range []struct{ name, answer, says string }{
		{"as it should be", good + "\r\n", ""},
		{"other cases, more words", "HTTP/1.1 101 Yes\r\nupgrade: WebSocket\r\nCONNECTION: keep-alive, upgrade\r\nsec-websocket-accept:ACCEPT \r\nX: y\r\n\r\n", ""},
		{"refused", "HTTP/1.1 403 For\x1b[31mbidden\r\n\r\n", "403 For"},
		{"another version", strings.Replace(good, "1.1", "1.0", 1) + "\r\n", "HTTP/1.0 101"},
		{"longer number", strings.Replace(good, "101", "1010", 1) + "\r\n", "1010"},
		{"no upgrade", strings.Replace(good, "Upgrade: websocket", "Upgrade: h2c", 1) + "\r\n", "no upgrade"},
		{"no connection", strings.Replace(good, "Connection: Upgrade", "Connection: close", 1) + "\r\n", "no upgrade"},
		{"another's answer", strings.Replace(good, "ACCEPT", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 1) + "\r\n", "no question of ours"},
		{"two answers", good + "Sec-WebSocket-Accept: ACCEPT\r\n\r\n", "no question of ours"},
		{"an extension", good + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "was not asked for"},
		{"a subprotocol", good + "Sec-WebSocket-Protocol: chat\r\n\r\n", "was not asked for"},
		{"no header", good + "hello\r\n\r\n", "no HTTP header"},
		{"no end", good, "EOF"},
		{"an endless line", "HTTP/1.1 101 " + strings.Repeat("a", 1<<20), "more than"},
		{"endless lines", good + strings.Repeat("a: b\r\n", 1<<16), "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer ours.Close()
			go func() {
				defer theirs.Close()
				r, err := http.ReadRequest(bufio.NewReader(theirs))
				if err != nil {
					t.Error(err)
					return
				}
				h := r.Header
				if r.Method != "GET" || r.URL.Path != "/" || r.Host == "" || h.Get("Upgrade") != "websocket" || h.Get("Connection") != "Upgrade" || h.Get("Sec-Websocket-Version") != "13" {
					t.Errorf("asked %+v", r)
				}
				if nonce, err := base64.StdEncoding.DecodeString(h.Get("Sec-Websocket-Key")); err != nil || len(nonce) != 16 {
					t.Errorf("key %q", h.Get("Sec-Websocket-Key"))
				}
				sum := sha1.Sum([]byte(h.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
				io.WriteString(theirs, strings.ReplaceAll(c.answer, "ACCEPT", base64.StdEncoding.EncodeToString(sum[:]))+frame(0x81, "first"))
			}()
			w, err := upgrade(t.Context(), ours)
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\x1b") {
					t.Errorf("%v, want words like %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if b, err := w.read(); err != nil || string(b) != "first" {
				t.Errorf("read %q, %v", b, err)
			}
		})
	}
}

// What hangs costs no more than the caller's patience, and its own error is told.
func TestWhatHangsEndsWithTheContext(t *testing.T) {
	ours, theirs := net.Pipe() // which nobody reads
	defer theirs.Close()
	late := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	if _, err := upgrade(late(), ours); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("opening handshake: %v", err)
	}
	w := newSocketWire(ours, bufio.NewReader(ours))
	done := make(chan error)
	go func() { _, err := w.read(); done <- err }()
	if err := w.write(late(), []byte("{}")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("write: %v", err)
	}
	if err := <-done; err == nil {
		t.Error("half a frame was written, and the connection is still read")
	}
	if err := w.write(t.Context(), []byte("{}")); !errors.Is(err, ErrClosed) {
		t.Errorf("write after half a frame: %v, want ErrClosed", err)
	}
	if err := w.close(); err != nil {
		t.Error(err)
	}
}

// A server that knows nothing of this client: pings, parts and a goodbye both ways.
func TestSpeaksWithARealServer(t *testing.T) {
	long := `{"method":"` + strings.Repeat("ä", 100_000) + `"}`
	said := make(chan error, 1)
	home := listen(t, hello(func(ctx context.Context, ws *websocket.Conn, id int64, _ string) error {
		answered, ended := make(chan error, 1), make(chan error, 1)
		go func() { // sees the pong too
			_, _, err := ws.Read(ctx)
			ended <- err
		}()
		go func() { answered <- ws.Ping(ctx) }()
		w, err := ws.Writer(ctx, websocket.MessageText)
		if err != nil {
			return err
		}
		for part := range slices.Chunk([]byte(long), 7001) { // each a frame
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
		pinged := <-answered // before the client has what it asked for, and goes
		if err := say(ctx, ws, `{"id":%d,"result":{"data":["a"]}}`, id); err != nil {
			return err
		}
		err = <-ended
		said <- errors.Join(pinged, endedWell(err))
		return err
	}))
	c, err := Dial(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.LoadedThreads(t.Context()); err != nil || !slices.Equal(got, []string{"a"}) {
		t.Errorf("%v, %v", got, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-said; err != nil {
		t.Errorf("the server saw %v", err)
	}
}

func endedWell(err error) error {
	if websocket.CloseStatus(err) == websocket.StatusNormalClosure {
		return nil
	}
	return err
}

// Whatever a server sends: messages within the limit, then an end; nothing else.
func FuzzSocket(f *testing.F) {
	for _, s := range []string{
		frame(0x81, "a"), frame(0x1, "{") + frame(0x89, "p") + frame(0x80, "}"), frame(0x88, "\x03\xe8"), "\x81\x7e\x00\x80",
		"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", frame(0x8a, "x") + frame(0x82, "y"), frame(0x81, strings.Repeat("é", 200)),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		w, sent := fed(string(stream))
		read := 0
		for {
			b, err := w.read()
			if err != nil {
				if !errors.Is(err, ErrProtocol) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("%q: %v", stream, err)
				}
				break
			}
			read += len(b)
			if !bytes.Equal(bytes.ToValidUTF8(b, nil), b) {
				t.Fatalf("%q: read %q", stream, b)
			}
		}
		if read > len(stream) || sent.Len() > 6*len(stream) { // the shortest frame has 2 bytes, its pong 6
			t.Fatalf("%q: %d bytes read, %d sent", stream, read, sent.Len())
		}
	})
}

// Whatever a server answers to the handshake: an error or a connection, after a bounded reading.
func FuzzUpgrade(f *testing.F) {
	f.Add([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 101 \r\n:\r\n\r\n"))
	f.Add([]byte("\n\n\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		const key = "dGhlIHNhbXBsZSBub25jZQ==" // the example of RFC 6455 section 1.3
		err := accepted(bufio.NewReader(bytes.NewReader(answer)), key)
		if err == nil && !bytes.Contains(answer, []byte("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) {
			t.Fatalf("%q was taken", answer)
		}
		if err != nil && !errors.Is(err, ErrProtocol) && !errors.Is(err, io.EOF) {
			t.Fatalf("%q: %v", answer, err)
		}
	})
}
