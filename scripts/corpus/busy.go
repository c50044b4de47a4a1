package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// load is sessions that are written to while a program watches them.
type load struct {
	program string
	runs    int
	rate    float64 // lines a second in each
	span    time.Duration
	history int64 // bytes of older sessions
	seed    uint64
	screen  bool

	home, ledger string
	began        time.Time
}

// settle is how long a line may take at most before it counts as lost.
const settle = 5 * time.Second

// watcher is a running program that is measured.
type watcher interface {
	ready() error             // waits until it has read the history
	stop(sessions []*session) // asks it to end, when it has told of all or time is up
	report(sessions []*session) error
}

func measure(l load) error {
	if l.program == "" {
		return errors.New("name the program that watches: -program FILE")
	}
	dir, err := os.MkdirTemp("", "busy")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l.home, l.ledger = filepath.Join(dir, "home"), filepath.Join(dir, "ledger.db")
	if err := corpus(l.home, l.history, l.seed, 0); err != nil {
		return err
	}
	cmd := exec.Command(l.program, "--no-config", "--codex-home", l.home, "--ledger", l.ledger, "--timezone", "UTC")
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME="+dir, "TERM=xterm-256color", "COLORTERM=truecolor")
	w, err := l.start(cmd)
	if err != nil {
		return err
	}
	defer cmd.Process.Kill() // does nothing where it has ended
	if err := w.ready(); err != nil {
		return err
	}
	before, err := cost(cmd.Process.Pid)
	if err != nil {
		return err
	}
	l.began = time.Now()
	minutes := &sampler{pid: cmd.Process.Pid, every: time.Minute}
	minutes.start()
	sessions, err := l.write()
	minutes.end()
	if err != nil {
		return err
	}
	took := time.Since(l.began)
	after, err := cost(cmd.Process.Pid)
	if err != nil {
		return err
	}
	w.stop(sessions)
	lines, size := int64(0), int64(0)
	for _, s := range sessions {
		lines, size = lines+s.lines, size+s.bytes
	}
	fmt.Printf("%d runs, %d lines and %.1f MB in %.0f s: %.1f %% of a core, %d MB\n", l.runs, lines, float64(size)/1e6, took.Seconds(),
		100*(after.cpu-before.cpu).Seconds()/took.Seconds(), after.rss>>20)
	minutes.print()
	if err := w.report(sessions); err != nil {
		return err
	}
	return l.checkTotals(sessions)
}

func (l load) start(cmd *exec.Cmd) (watcher, error) {
	if l.screen {
		return startScreen(cmd)
	}
	return startFacts(cmd)
}

// write fills all sessions at once, each from its own goroutine, until the time is up.
func (l load) write() ([]*session, error) {
	sessions, failed := make([]*session, l.runs), make([]error, l.runs)
	every := time.Duration(float64(time.Second) / l.rate)
	var all sync.WaitGroup
	for n := range sessions {
		s := &session{r: rand.New(rand.NewPCG(l.seed, uint64(n)<<32|1)), at: time.Now().UTC(), began: l.began}
		sessions[n] = s
		next := l.began.Add(every * time.Duration(n) / time.Duration(l.runs)) // not all in the same moment
		s.due = func() time.Time {
			next = next.Add(every)
			time.Sleep(time.Until(next))
			return time.Now()
		}
		all.Go(func() { failed[n] = s.talk(l.home, l.began.Add(l.span)) })
	}
	all.Wait()
	return sessions, errors.Join(failed...)
}

// talk writes turns into a session of its own until the end, and ends the last one.
func (s *session) talk(home string, end time.Time) error {
	f, err := s.create(home)
	if err != nil {
		return err
	}
	s.w = bufio.NewWriterSize(f, 1<<20)
	s.meta()
	for time.Now().Before(end) {
		s.beginTurn()
		for range 2 + s.r.IntN(24) {
			if time.Now().After(end) {
				break
			}
			s.respond()
		}
		s.endTurn()
	}
	return errors.Join(s.w.Flush(), f.Close())
}

// checkTotals wants the sums in the ledger that the program filled, and in the files.
func (l load) checkTotals(sessions []*session) error {
	m, err := manifestOf(l.home)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		m.add(s)
	}
	if err := m.write(l.home); err != nil {
		return err
	}
	for _, how := range []string{"--ledger=" + l.ledger, "--no-ledger"} {
		out, err := exec.Command(l.program, "--no-config", "--codex-home", l.home, "--timezone", "UTC", how, "usage", "--json").Output()
		if err != nil {
			return fmt.Errorf("usage %s: %w", how, err)
		}
		if err := compare(l.home, bytes.NewReader(out)); err != nil {
			return fmt.Errorf("usage %s: %w", how, err)
		}
	}
	return nil
}

// spent is what a process has cost so far.
type spent struct {
	cpu time.Duration // user and system
	rss uint64        // bytes
}

func cost(pid int) (spent, error) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return spent{}, fmt.Errorf("the program has ended: %w", err)
	}
	t, err := p.Times()
	if err != nil {
		return spent{}, err
	}
	m, err := p.MemoryInfo()
	if err != nil {
		return spent{}, err
	}
	return spent{time.Duration((t.User + t.System) * float64(time.Second)), m.RSS}, nil
}

// sampler looks at what a process costs, again and again.
type sampler struct {
	pid   int
	every time.Duration
	seen  []spent
	done  chan struct{}
	ended sync.WaitGroup
}

func (s *sampler) start() {
	s.done = make(chan struct{})
	s.look()
	s.ended.Go(func() {
		tick := time.NewTicker(s.every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.look()
			case <-s.done:
				return
			}
		}
	})
}

func (s *sampler) look() {
	if c, err := cost(s.pid); err == nil {
		s.seen = append(s.seen, c)
	}
}

func (s *sampler) end() { close(s.done); s.ended.Wait() }

// print writes a line for each whole interval, where there is more than one.
func (s *sampler) print() {
	for i := 1; i < len(s.seen) && len(s.seen) > 2; i++ {
		fmt.Printf("  minute %d: %.1f %% of a core, %d MB\n", i, 100*(s.seen[i].cpu-s.seen[i-1].cpu).Seconds()/s.every.Seconds(), s.seen[i].rss>>20)
	}
}
