package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"
)

// facts reads what "watch --json" tells, and when.
type facts struct {
	cmd  *exec.Cmd
	out  io.Reader
	live chan struct{} // closed when history is read
	over chan struct{} // closed when nothing comes any more
	err  error         // of reading; to be read when over

	mu     sync.Mutex
	counts map[string][]moment // of each thread: responses
	calls  map[string][]moment // tool calls that begin
}

func startFacts(cmd *exec.Cmd) (*facts, error) {
	cmd.Args = append(cmd.Args, "watch", "--json")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	f := &facts{cmd: cmd, out: out, live: make(chan struct{}), over: make(chan struct{}), counts: map[string][]moment{}, calls: map[string][]moment{}}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go f.read()
	return f, nil
}

func (f *facts) read() {
	defer close(f.over)
	lines := bufio.NewReaderSize(f.out, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		at := time.Now()
		if err != nil {
			return
		}
		var x struct {
			Type   string `json:"type"`
			Thread string `json:"thread"`
			Done   bool   `json:"done"`
			Usage  usage  `json:"usage"`
		}
		if f.err = json.Unmarshal(line, &x); f.err != nil {
			return
		}
		f.mu.Lock()
		switch {
		case x.Type == "ready":
			close(f.live)
		case x.Type == "response":
			x.Usage.Responses = 1
			f.counts[x.Thread] = append(f.counts[x.Thread], moment{at, x.Usage})
		case x.Type == "tool" && !x.Done:
			f.calls[x.Thread] = append(f.calls[x.Thread], moment{at: at})
		}
		f.mu.Unlock()
	}
}

func (f *facts) ready() error {
	select {
	case <-f.live:
		return nil
	case <-f.over:
		return errors.Join(errors.New("it ended before it was ready"), f.err, f.cmd.Wait())
	}
}

// whole says that there is a fact for each response and each call.
func (f *facts) whole(sessions []*session) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !slices.ContainsFunc(sessions, func(s *session) bool {
		return len(f.counts[s.id]) < len(s.counts) || len(f.calls[s.id]) < len(s.calls)
	})
}

func (f *facts) stop(sessions []*session) {
	for end := time.Now().Add(settle); !f.whole(sessions) && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	f.cmd.Process.Signal(os.Interrupt)
	<-f.over
	f.cmd.Wait() // an interrupt is no success
}

// report tells how long each fact took from the moment before its line was written, and
// wants each of them, in order and with the numbers that were written.
func (f *facts) report(sessions []*session) error {
	if f.err != nil {
		return f.err
	}
	var took []time.Duration
	minutes := map[int][]time.Duration{}
	note := func(written, told time.Time) {
		n := int(written.Sub(sessions[0].began) / time.Minute)
		took, minutes[n] = append(took, told.Sub(written)), append(minutes[n], told.Sub(written))
	}
	for _, s := range sessions {
		got, called := f.counts[s.id], f.calls[s.id]
		if len(got) != len(s.counts) || len(called) != len(s.calls) {
			return fmt.Errorf("of thread %s %d responses and %d calls were told, %d and %d written", s.id, len(got), len(called), len(s.counts), len(s.calls))
		}
		for i, want := range s.counts {
			if got[i].usage != want.usage {
				return fmt.Errorf("response %d of thread %s: %+v was told, %+v written", i, s.id, got[i].usage, want.usage)
			}
			note(want.at, got[i].at)
		}
		for i, want := range s.calls {
			note(want.at, called[i].at)
		}
	}
	fmt.Printf("line written -> fact: %s\n", spread(took))
	for n := 0; len(minutes) > 2 && n < len(minutes); n++ {
		fmt.Printf("  minute %d: %s\n", n+1, spread(minutes[n]))
	}
	return nil
}

// spread writes how times are spread. It sorts them.
func spread(took []time.Duration) string {
	if len(took) == 0 {
		return "nothing"
	}
	slices.Sort(took)
	at := func(p float64) float64 { return float64(took[int(p*float64(len(took)-1))].Microseconds()) / 1000 }
	return fmt.Sprintf("%d, p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, worst %.2f ms", len(took), at(0.5), at(0.95), at(0.99), at(1))
}
