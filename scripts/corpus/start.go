package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/creack/pty"
)

const (
	startFiles    = 2000
	startChanged  = 10
	startPatience = 10 * time.Second
)

// measureStart measures how long the monitor takes from its start until its screen
// shows today's true cost, with a ledger of 2,000 sessions, of which 10 have changed.
func measureStart(program string, rounds int, seed uint64) error {
	dir, err := os.MkdirTemp("", "start")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	home := filepath.Join(dir, "home")
	sessions := make([]*session, startFiles)
	begin := time.Now().UTC().Add(-startFiles * 40 * time.Minute)
	for n := range sessions {
		s := &session{r: rand.New(rand.NewPCG(seed, uint64(n))), at: begin.Add(time.Duration(n) * 40 * time.Minute)}
		if n >= startFiles-startChanged {
			s.at = time.Now().UTC().Add(-time.Hour)
		}
		if err := s.oneTurn(home, true); err != nil {
			return err
		}
		sessions[n] = s
	}
	args := []string{"--no-config", "--codex-home", home, "--timezone", "UTC"}
	ledger := []string{"--ledger", filepath.Join(dir, "ledger.db")}
	if err := exec.Command(program, slices.Concat(args, ledger, []string{"usage", "--json"})...).Run(); err != nil {
		return err
	}
	var took, cpu []time.Duration
	for range rounds {
		for _, s := range sessions[startFiles-startChanged:] {
			s.at = time.Now().UTC().Add(-10 * time.Second)
			if err := s.oneTurn(home, false); err != nil {
				return err
			}
		}
		want, err := today(program, args)
		if err != nil {
			return err
		}
		cmd := exec.Command(program, slices.Concat(args, ledger)...)
		t, err := firstTrue(cmd, dir, want)
		if err != nil {
			return err
		}
		took, cpu = append(took, t), append(cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	fmt.Printf("start of the monitor -> today's cost on screen, %d files, %d changed: %s\n", startFiles, startChanged, spread(took))
	fmt.Printf("CPU time from the start to the end: %s\n", spread(cpu))
	return nil
}

// oneTurn writes a turn into a session's file, which is made where it is new.
func (s *session) oneTurn(home string, fresh bool) error {
	var f *os.File
	var err error
	if fresh {
		if f, err = s.create(home); err == nil {
			s.path = f.Name()
		}
	} else {
		f, err = os.OpenFile(s.path, os.O_APPEND|os.O_WRONLY, 0)
	}
	if err != nil {
		return err
	}
	s.w = bufio.NewWriterSize(f, 1<<20)
	if fresh {
		s.meta()
	}
	s.beginTurn()
	for range 2 + s.r.IntN(6) {
		s.respond()
	}
	s.endTurn()
	if err := errors.Join(s.w.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Chtimes(s.path, s.at, s.at) // what was written to lately is read in detail
}

// today is today's cost as the screen writes it, counted from the files alone.
func today(program string, args []string) ([]byte, error) {
	out, err := exec.Command(program, slices.Concat(args, []string{"--no-ledger", "status", "--format", "json"})...).Output()
	if err != nil {
		return nil, err
	}
	var said struct {
		Today string `json:"today_usd"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return nil, err
	}
	usd, err := strconv.ParseFloat(said.Today, 64)
	return fmt.Appendf(nil, "$%.2f", usd), err
}

// firstTrue starts the monitor in a terminal and waits until that text is drawn.
func firstTrue(cmd *exec.Cmd, dir string, want []byte) (time.Duration, error) {
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME="+dir, "TERM=xterm-256color")
	began := time.Now()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		return 0, err
	}
	late := time.AfterFunc(startPatience, func() { cmd.Process.Kill() })
	defer late.Stop()
	var took time.Duration
	var drawn []byte
	b := make([]byte, 64<<10)
	for {
		n, err := tty.Read(b)
		drawn = append(drawn, b[:n]...)
		if took == 0 && bytes.Contains(drawn, want) {
			took = time.Since(began)
			tty.Write([]byte("q"))
		}
		if err != nil {
			break
		}
	}
	cmd.Wait() // a monitor that was killed has drawn nothing true
	tty.Close()
	if took == 0 {
		return 0, fmt.Errorf("%s was not drawn within %s; the last that was: %q", want, startPatience, drawn[max(0, len(drawn)-2000):])
	}
	return took, nil
}
