package monitor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// say is a fact in a few words.
func word(f Fact) string {
	s := f.Type
	switch f.Type {
	case factTool:
		s += map[bool]string{false: " began", true: " ended"}[f.Done] + " " + f.CallID
		if f.ExitCode != nil {
			s += fmt.Sprintf(" %d", *f.ExitCode)
		}
	case factTurnEnded:
		s += " " + f.Status
	case factArtifact:
		s += " " + f.Change + " " + f.Path
	case factLimit:
		s += fmt.Sprintf(" %g", f.Limit.Used)
	case factResponse:
		s += fmt.Sprintf(" %d", f.Usage.Total())
	}
	return s
}

// hear collects facts until one of a type has come so many times.
func (l *live) hear(typ string, times int) []Fact {
	l.t.Helper()
	var heard []Fact
	deadline := time.After(l.wait)
	for {
		select {
		case f := <-l.facts:
			heard = append(heard, f)
			if f.Type == typ {
				if times--; times == 0 {
					return heard
				}
			}
		case <-l.m.Snapshots():
		case <-deadline:
			l.t.Fatalf("no %s; heard %v", typ, words(heard))
		}
	}
}

func words(fs []Fact) []string {
	var ws []string
	for _, f := range fs {
		ws = append(ws, word(f))
	}
	return ws
}

func TestFacts(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	old := h.begin(now.Add(-80*time.Hour), 1, nil).ask(gpt, "old").answer(small).count(small, 5).end().touched()
	h.begin(now.Add(-time.Minute), 2, nil).ask(gpt, "running").answer(small).count(small, 10)
	l := start(t, Options{Homes: []string{h.path}})
	if got, want := words(l.hear(factReady, 1)), []string{"ready"}; !slices.Equal(got, want) {
		t.Errorf("history: heard %v, want %v", got, want)
	}

	s := h.begin(time.Now(), 3, nil).ask(gpt, "new")
	s.answer(small)
	id := s.call("make test")
	s.output(id, 2).count(small, 10).patch("/tmp/x.go").answer(small).count(small, 11).end()
	heard := l.hear(factTurnEnded, 1)
	want := []string{"run_started", "turn_started", "response 10500", "tool began call_1", "tool ended call_1 2",
		"artifact add /tmp/x.go", "response 10500", "turn_ended done", "limit 11"}
	got := words(heard)
	if !slices.Contains(got, "limit 11") { // it is told after the lines that were read with it
		got = append(got, words(l.hear(factLimit, 1))...)
	}
	// The session is written in many steps, so limits come somewhere among the rest,
	// the one before the last only where it was read in a step of its own.
	rest := func(ws []string) []string {
		return slices.DeleteFunc(slices.Clone(ws), func(w string) bool { return strings.HasPrefix(w, "limit ") })
	}
	if !slices.Equal(rest(got), rest(want)) || !slices.Contains(got, "limit 11") {
		t.Errorf("new run: heard %q, want %q", got, want)
	}
	for _, f := range heard {
		if string(f.Run) != s.id || f.Thread != s.id || f.Name == "" || f.At.IsZero() {
			t.Errorf("%s: run %s, thread %s, name %q, at %v", f.Type, f.Run, f.Thread, f.Name, f.At)
		}
		if f.Type == factResponse && (f.Cost.USD <= 0 || f.Model != gpt || f.Turn != 1 || f.Effort != "low") {
			t.Errorf("response: %+v", f)
		}
	}

	// An old run that is resumed: nothing of what was read as history is told again.
	old.now = time.Now()
	old.ask(gpt, "resumed").answer(small).end()
	got = words(l.hear(factTurnEnded, 1))
	if want := []string{"turn_started", "response 10500", "turn_ended done"}; !slices.Equal(got, want) {
		t.Errorf("resumed: heard %q, want %q", got, want)
	}
	// A file that was moved meanwhile goes on.
	old.archive()
	old.now = time.Now()
	old.ask(gpt, "again").answer(small).abort()
	got = words(l.hear(factTurnEnded, 1))
	if want := []string{"turn_started", "response 10500", "turn_ended aborted"}; !slices.Equal(got, want) {
		t.Errorf("archived and resumed: heard %q, want %q", got, want)
	}
	log := l.until("the log", func(s Snapshot) bool { return len(s.Log) >= 4 }).Log
	if log[0].Text != "turn 3 aborted: interrupted" || log[len(log)-1].Text != "run started" {
		t.Errorf("log %v", log)
	}
}

// A file that got a line of the very millisecond that was read last, and was then
// replaced by its compressed form: what was told is not told again, what was not is.
func TestFactsOfOneInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHome(t)
		s := h.begin(bubbleNow(), 1, nil).ask(gpt, "do").touched()
		l := start(t, Options{Homes: []string{h.path}, Poll: true, Now: bubbleNow})
		l.hear(factReady, 1)
		s.now = bubbleNow()
		s.answer(small).touched()
		l.hear(factResponse, 1)
		s.answer(small).compress()
		time.Sleep(time.Minute)
		s.now = bubbleNow()
		h.begin(bubbleNow(), 2, nil).ask(gpt, "other").answer(small).touched()
		heard := l.hear(factResponse, 2)
		if a, b := heard[0], heard[len(heard)-1]; a.Type != factResponse || string(a.Run) != s.id || string(b.Run) == s.id || factsOf(heard, factResponse) != 2 {
			t.Errorf("heard %q", words(heard))
		}
	})
}

func factsOf(heard []Fact, kind string) int {
	n := 0
	for _, f := range heard {
		if f.Type == kind {
			n++
		}
	}
	return n
}

// From a line's writing to its fact it takes a few milliseconds.
func TestFactLatency(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now(), 1, nil).ask(gpt, "do")
	l := start(t, Options{Homes: []string{h.path}})
	l.hear(factReady, 1)
	var took []time.Duration
	for range 50 {
		s.now = time.Now()
		began := time.Now()
		s.answer(small)
		l.hear(factResponse, 1)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("median %v, slowest %v", took[25], took[49])
	if took[25] > 50*time.Millisecond {
		t.Errorf("median %v", took[25])
	}
}
