package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/creack/pty"
)

// terminal reads what the monitor draws. It answers nothing, as a terminal that knows
// no queries does.
type terminal struct {
	cmd  *exec.Cmd
	tty  *os.File
	over chan struct{}

	mu     sync.Mutex
	began  time.Time // of writing
	last   time.Time // when something came
	frames []int     // bytes of each, since began
	first  int       // bytes before
}

// apart is how long nothing comes between two frames: there are at most 30 a second.
const apart = 10 * time.Millisecond

func startScreen(cmd *exec.Cmd) (*terminal, error) {
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		return nil, err
	}
	x := &terminal{cmd: cmd, tty: tty, over: make(chan struct{})}
	go x.read()
	return x, nil
}

func (x *terminal) read() {
	defer close(x.over)
	b := make([]byte, 64<<10)
	for {
		n, err := x.tty.Read(b)
		now := time.Now()
		x.mu.Lock()
		switch {
		case x.began.IsZero():
			x.first += n
		case now.Sub(x.last) > apart || len(x.frames) == 0:
			x.frames = append(x.frames, n)
		default:
			x.frames[len(x.frames)-1] += n
		}
		x.last = now
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// ready waits until something was drawn and then nothing for a while.
func (x *terminal) ready() error {
	for {
		select {
		case <-x.over:
			return errors.Join(errors.New("the monitor ended"), x.cmd.Wait())
		case <-time.After(100 * time.Millisecond):
		}
		x.mu.Lock()
		quiet := x.first > 500 && time.Since(x.last) > 500*time.Millisecond || x.first > 0 && time.Since(x.last) > 3*time.Second
		if quiet {
			x.began = time.Now()
		}
		x.mu.Unlock()
		if quiet {
			return nil
		}
	}
}

func (x *terminal) stop([]*session) {
	time.Sleep(time.Second) // for the last lines to be drawn
	x.mu.Lock()
	x.frames = slices.Clone(x.frames)
	seen := x.frames
	x.mu.Unlock()
	io.WriteString(x.tty, "q")
	select {
	case <-x.over:
	case <-time.After(settle):
		x.cmd.Process.Kill()
	}
	x.cmd.Wait() // how it ended is seen in the totals
	x.frames = seen
}

func (x *terminal) report([]*session) error {
	if len(x.frames) < 2 {
		return errors.New("nothing was drawn")
	}
	drawn, sum := x.frames[1:], 0 // the first one changes the whole screen: the runs appear
	for _, n := range drawn {
		sum += n
	}
	slices.Sort(drawn)
	at := func(p float64) int { return drawn[int(p*float64(len(drawn)-1))] }
	fmt.Printf("%d updates: mean %d bytes, p50 %d, p95 %d, most %d\n", len(drawn), sum/len(drawn), at(0.5), at(0.95), at(1))
	return nil
}
