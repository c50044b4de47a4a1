package appserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// farewell is how long a spawned server may take to end by itself.
const farewell = 2 * time.Second

// Spawn starts a server of our own for a CODEX_HOME, that nobody else sees, and
// speaks to it over its stdin and stdout. It ends with the Conn, and where this
// process dies, since its stdin ends then. Env nil is this process's environment.
// A thread that another process has can't be acted on through it.
func Spawn(ctx context.Context, codex, home string, env []string) (*Conn, error) {
	if env == nil {
		env = os.Environ()
	}
	env = slices.DeleteFunc(slices.Clone(env), func(s string) bool { return strings.HasPrefix(s, "CODEX_HOME=") })
	cmd := exec.Command(codex, "app-server", "--listen", "stdio://")
	cmd.Env = append(env, "CODEX_HOME="+home)
	cmd.Dir = home // not the caller's: a project's own settings are asked for by name
	cmd.WaitDelay = farewell
	complaint := &head{}
	cmd.Stderr = complaint
	ownGroup(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start codex app-server: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start codex app-server: %w", err), in.Close())
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start codex app-server: %w", err)
	}
	w := &pipeWire{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 64<<10)}
	c, err := open(ctx, w, cmd.Process.Pid, "")
	if said := complaint.String(); err != nil && said != "" {
		err = fmt.Errorf("%w; it said: %s", err, said)
	}
	return c, err
}

// pipeWire is a message a line.
type pipeWire struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader

	writing sync.Mutex
	once    sync.Once
}

func (w *pipeWire) read() ([]byte, error) {
	for {
		line, err := readLine(w.out, maxFrame)
		if err != nil || len(line) > 0 {
			return line, err
		}
	}
}

// readLine gives the next line without its end. One of more than limit bytes is an error.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > limit {
			return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, limit)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return trimEnd(line), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err // what has no end is no message
		}
	}
}

func trimEnd(line []byte) []byte {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	return line
}

// write ends the server where it takes too long: a pipe has no deadline, and
// half a line would spoil every later one.
func (w *pipeWire) write(ctx context.Context, message []byte) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { w.in.Close() })
	defer stop()
	if _, err := w.in.Write(append(message, '\n')); err != nil {
		if late := ctx.Err(); late != nil {
			return late
		}
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return nil
}

// close ends stdin, which ends the server; one that stays is killed, it is ours.
func (w *pipeWire) close() error {
	w.once.Do(func() {
		w.in.Close() // closed already where a write took too long
		kill := time.AfterFunc(farewell, func() { killGroup(w.cmd) })
		defer kill.Stop()
		w.cmd.Wait() // how it ended is of no interest: what was asked has been answered or not
	})
	return nil
}

// head keeps the beginning of what a server complains of.
type head struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps what there is room for and takes the rest for written.
func (t *head) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[:min(len(p), 4096-len(t.text))]...)
	return len(p), nil
}

func (t *head) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return model.Clean(string(t.text), maxText)
}
