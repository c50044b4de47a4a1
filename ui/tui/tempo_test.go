package tui

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// looksOf gives when a ticker fires under a tempo that is touched at some instants, as time since the beginning.
func looksOf(t *testing.T, span time.Duration, touches ...time.Duration) []time.Duration {
	t.Helper()
	var looks []time.Duration
	synctest.Test(t, func(t *testing.T) {
		p := &tempo{ticker: time.NewTicker(restTime), sought: true}
		defer p.stop()
		defer p.ticker.Stop()
		began := time.Now()
		for _, at := range touches {
			time.AfterFunc(at, p.touched)
		}
		for end := time.After(span); ; {
			select {
			case <-p.ticker.C:
				looks = append(looks, time.Since(began))
			case <-end:
				return
			}
		}
	})
	return looks
}

func TestTempo(t *testing.T) {
	within := func(looks []time.Duration, from, to time.Duration) (n int) {
		for _, at := range looks {
			if at >= from && at < to {
				n++
			}
		}
		return n
	}
	t.Run("rests", func(t *testing.T) {
		if n := len(looksOf(t, time.Minute)); n > 12 {
			t.Errorf("%d looks in a minute in which nothing changed", n)
		}
	})
	t.Run("draws at once what comes after a rest, and rests again", func(t *testing.T) {
		at := 1500 * time.Millisecond
		looks := looksOf(t, 12*time.Second, at)
		if within(looks, at, at+leadEnd) == 0 {
			t.Errorf("no look within %s of the change: %v", leadEnd, looks)
		}
		if n := within(looks, at, at+time.Second); n < 3 || n > 6 {
			t.Errorf("%d looks for one change: %v", n, looks)
		}
		if n := within(looks, 2*time.Second, 12*time.Second); n > 2 {
			t.Errorf("%d looks in ten seconds of rest: %v", n, looks)
		}
	})
	t.Run("no more than 30 a second, however much changes", func(t *testing.T) {
		var touches []time.Duration
		for at := 100 * time.Millisecond; at < 5*time.Second; at += time.Millisecond {
			touches = append(touches, at)
		}
		looks := looksOf(t, 10*time.Second, touches...)
		for from := time.Duration(0); from < 5*time.Second; from += 100 * time.Millisecond {
			if n := within(looks, from, from+time.Second); n > framesPerSecond+2 { // the first is looked for twice
				t.Errorf("%d looks in the second from %s", n, from)
			}
		}
		for from := 200 * time.Millisecond; from < 5*time.Second; from += 50 * time.Millisecond {
			if within(looks, from, from+50*time.Millisecond) == 0 {
				t.Errorf("no look in the 50 ms from %s", from)
			}
		}
	})
}

// The field that the tempo needs is one that Bubble Tea doesn't promise: this holds it
// to the version in go.mod.
func TestTempoFindsTheTicker(t *testing.T) {
	tempo, c := &tempo{}, newCanvas(io.Discard)
	defer c.stop()
	p := tea.NewProgram(paced{New(Options{}), tempo, c}, tea.WithContext(t.Context()), tea.WithInput(nil), tea.WithOutput(c.writer()),
		tea.WithWindowSize(80, 24), tea.WithoutSignalHandler())
	tempo.program = p
	go p.Quit()
	if _, err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if tempo.ticker == nil {
		t.Fatal("this Bubble Tea has no ticker by that name: an idle screen wakes up thirty times a second")
	}
	tempo.stop()
	if tickerOf(&tea.Program{}) != nil {
		t.Error("a program that does not run has a ticker")
	}
}

// nothing is a command that is run instead of the screen.
type nothing struct{ took time.Duration }

func (n nothing) Run() error {
	time.Sleep(n.took)
	return nil
}
func (nothing) SetStdin(io.Reader)  {}
func (nothing) SetStdout(io.Writer) {}
func (nothing) SetStderr(io.Writer) {}

// What changes is drawn soon: after a rest, and after the terminal was lent to somebody else for
// longer than it takes to go to rest.
func TestTempoDrawsSoon(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tempo, out := &tempo{}, newTerminal("")
	c := newCanvas(out)
	defer c.stop()
	p := tea.NewProgram(paced{New(Options{}), tempo, c}, tea.WithContext(ctx), tea.WithInput(nil), tea.WithOutput(c.writer()),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithWindowSize(120, 40), tea.WithFPS(framesPerSecond), tea.WithoutSignalHandler())
	tempo.program = p
	defer tempo.stop()
	done := make(chan error, 1)
	go func() {
		_, err := p.Run()
		done <- err
	}()
	shown := func(what string, s monitor.Snapshot) {
		t.Helper()
		seen := out.await(what)
		began := time.Now()
		p.Send(SnapshotMsg(s))
		select {
		case <-seen:
			// A look at rest takes seconds; this leaves room for a busy machine.
			if took := time.Since(began); took > 500*time.Millisecond {
				t.Errorf("%s came on screen after %s", what, took)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s is not on screen", what)
		}
	}
	s := fakeSnapshot()
	shown("api-gateway", s)
	for i, name := range []string{"first-name", "second-name", "third-name"} {
		s.Runs = append([]monitor.Run(nil), s.Runs...) // the screen has the ones before
		s.Runs[0].Name = name
		if i == 1 {
			back := make(chan struct{})
			p.Send(tea.Exec(nothing{2 * (leadEnd + stayTime)}, func(error) tea.Msg { close(back); return nil })())
			<-back
		}
		time.Sleep(2 * (leadEnd + stayTime)) // to rest
		shown(name, s)
	}
	p.Quit()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !bytes.Contains([]byte(out.text()), []byte("third-name")) {
		t.Error("the last name was never drawn")
	}
}
