package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// fact is one line of "watch --json".
type fact struct {
	At      time.Time `json:"at"`
	Type    string    `json:"type"`
	Run     string    `json:"run"`
	Name    string    `json:"name"`
	Thread  string    `json:"thread"`
	Model   string    `json:"model"`
	Usage   counted   `json:"usage"`
	CostUSD *string   `json:"cost_usd"`
	Command string    `json:"command"`
	Path    string    `json:"path"`
	Added   int       `json:"added"`
	Removed int       `json:"removed"`
	Status  string    `json:"status"`
	Reason  string    `json:"reason"`
	Text    string    `json:"text"`

	Exception *raised `json:"exception"`
	line      string
}

// follower is a running "watch --json".
type follower struct {
	t      *testing.T
	cmd    *exec.Cmd
	config string // XDG_CONFIG_HOME
	stderr bytes.Buffer

	mu    sync.Mutex
	facts []fact
	more  chan struct{} // closed and replaced with each fact
	ended bool
}

// follow starts "watch --json" on a home and waits until it is live. It is
// asked to end when the test ends, and must do so cleanly.
func follow(t *testing.T, home string) *follower {
	t.Helper()
	f := &follower{t: t, config: t.TempDir(), more: make(chan struct{})}
	f.cmd = exec.Command(binary, "--codex-home", home, "watch", "--json")
	f.cmd.Env = append(environment(t.TempDir()), "XDG_CONFIG_HOME="+f.config)
	f.cmd.Stderr = &f.stderr
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() { defer close(read); f.read(out) }()
	t.Cleanup(func() { f.stop(read) })
	f.await("it to be live", func(facts []fact) bool { return has(facts, "ready") })
	return f
}

func (f *follower) read(out io.Reader) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		f.mu.Lock()
		if len(line) > 0 {
			x := fact{line: string(line)}
			if bad := json.Unmarshal(line, &x); bad != nil {
				f.t.Errorf("watch --json: %v: %s", bad, line)
			}
			f.facts = append(f.facts, x)
		}
		f.ended = err != nil
		close(f.more)
		f.more = make(chan struct{})
		f.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// stop ends the follower as a service manager would.
func (f *follower) stop(read <-chan struct{}) {
	terminate(f.cmd.Process)
	select {
	case <-read:
	case <-time.After(patience):
		f.cmd.Process.Kill()
		f.t.Error("watch --json: did not end when it was told to")
	}
	if err := f.cmd.Wait(); err != nil && canTerminate {
		f.t.Errorf("watch --json: %v\n%s", err, f.stderr.String())
	}
}

// await waits until the facts so far are as wanted.
func (f *follower) await(what string, ok func([]fact) bool) {
	f.t.Helper()
	deadline := time.After(patience)
	for {
		f.mu.Lock()
		facts, more, ended := f.facts, f.more, f.ended
		f.mu.Unlock()
		switch {
		case ok(facts):
			return
		case ended:
			f.t.Fatalf("watch --json ended while waiting for %s\n%s", what, f.stderr.String())
		}
		select {
		case <-more:
		case <-deadline:
			f.t.Fatalf("waited %s for %s; facts so far:\n%s", patience, what, lines(facts))
		}
	}
}

// all gives the facts so far.
func (f *follower) all() []fact {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.facts
}

// sum adds up the responses that were told, by thread and model.
func sum(facts []fact) map[codextest.Key]model.Count {
	got := map[codextest.Key]model.Count{}
	for _, x := range facts {
		if x.Type == "response" {
			k := codextest.Key{Thread: x.Thread, Model: x.Model}
			got[k] = got[k].Plus(model.Count{Usage: x.Usage.usage(), Responses: 1})
		}
	}
	return got
}

func has(facts []fact, kind string) bool { return count(facts, kind) > 0 }

func count(facts []fact, kind string) int {
	n := 0
	for _, x := range facts {
		if x.Type == kind {
			n++
		}
	}
	return n
}

func lines(facts []fact) string {
	var b bytes.Buffer
	for _, x := range facts {
		b.WriteString(x.line)
	}
	return b.String()
}
