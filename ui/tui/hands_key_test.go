package tui

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// wrote says what was sent about deeds, in words that can be compared.
func wrote(sent []monitor.Intent) string {
	var out []string
	for _, i := range sent {
		switch i := i.(type) {
		case monitor.Ask:
			out = append(out, fmt.Sprintf("ask %s %s", i.Kind, i.Run[:8]))
		case monitor.CallOff:
			out = append(out, "call off "+i.Order)
		case monitor.Leave:
			out = append(out, "leave")
		case monitor.KeepRunning:
			out = append(out, "keep "+string(i.Run[:8]))
		case monitor.Do:
			text := "do " + string(i.Way) + string(i.Place)
			if i.Switch != nil {
				text += fmt.Sprintf("%+v", *i.Switch)
			}
			if i.Order != nil {
				text += fmt.Sprintf("%s %d %s %s", i.Order.Kind, i.Order.Amount, i.Order.Until.Format("15:04"), i.Order.Run[:8])
			}
			out = append(out, text)
		default:
			out = append(out, fmt.Sprintf("%T", i))
		}
	}
	return strings.Join(out, ", ")
}

func TestHandsKeys(t *testing.T) {
	ready := func(k monitor.DeedKind) *monitor.Deed { d := fakeDeed(k, monitor.DeedReady); return &d }
	ended := func(d monitor.Deed) *monitor.Deed { return &d }
	stop, down, take := ready(monitor.DeedStop), ready(monitor.DeedDowngrade), ready(monitor.DeedTakeOver)
	later := ready(monitor.DeedDowngrade)
	later.Models[2].Later = true
	for _, c := range []struct {
		open []string
		deed *monitor.Deed
		keys []string
		want string // after the ask
		says string
	}{
		{[]string{"x"}, stop, nil, "", "› 1. Cancel"},
		{[]string{"x"}, stop, []string{"wait", "enter"}, "leave", ""},
		{[]string{"x"}, stop, []string{"enter", "enter", "2", "enter"}, "", "› 1. Cancel"},      // typed ahead
		{[]string{"x", "2", "enter"}, stop, []string{"wait"}, "", "› 1. Cancel"},                // typed ahead of the plan
		{[]string{"x", "wait", "enter", "down", "enter"}, nil, nil, "", "looking"},              // nothing is offered yet
		{[]string{"x", "wait", "2", "enter"}, stop, []string{"2", "enter"}, "", "› 1. Cancel"},  // the plan has only just come
		{[]string{"x"}, stop, []string{"wait", "2"}, "", "› 2. Interrupt the turn"},             // digits only move
		{[]string{"x"}, stop, []string{"wait", "2", "enter"}, "do interrupt", "nothing is obs"}, // and enter answers
		{[]string{"x"}, stop, []string{"wait", "9", "enter"}, "leave", ""},                      // there is no ninth
		{[]string{"x"}, stop, []string{"wait", "2", "enter", "enter", "enter"}, "do interrupt", "nothing is observed yet"},
		{[]string{"x"}, stop, []string{"esc"}, "leave", ""},
		{[]string{"x"}, stop, []string{"wait", "2", "esc"}, "leave", ""},
		{[]string{"x"}, stop, []string{"wait", "q", "x", "d", "p", "k", "b"}, "", "› 1. Cancel"},
		{[]string{"x"}, stop, []string{"wait", "down", "down", "enter"}, "do turn_end 0 00:00 01a2080a", ""},
		{[]string{"x"}, stop, []string{"wait", "4", "enter", "=10.5", "enter"}, "do amount 10500000000000 00:00 01a2080a", ""},
		{[]string{"x"}, stop, []string{"wait", "4", "enter", "=6", "enter"}, "", "it has cost $6.10 already"},
		{[]string{"x"}, stop, []string{"wait", "4", "enter", "enter"}, "", "an amount is needed"},
		{[]string{"x"}, stop, []string{"wait", "4", "enter", "=7", "esc"}, "", "› 4. Stop when"},
		{[]string{"x"}, stop, []string{"wait", "5", "enter", "=18:00", "enter"}, "do hold 0 18:00 01a2080a", ""},
		{[]string{"x"}, stop, []string{"wait", "5", "enter", "=soon", "enter"}, "", "is no time to come"},
		{[]string{"enter", "x"}, stop, []string{"wait", "2", "enter"}, "do interrupt", ""},
		{[]string{"2", "x"}, stop, []string{"wait", "2", "enter"}, "do interrupt", ""},
		{[]string{"2", "enter", "x"}, stop, []string{"wait", "2", "enter"}, "do interrupt", ""},
		{[]string{"b", "end", "up", "x"}, stop, []string{"wait", "2", "enter"}, "do interrupt", ""},
		{[]string{"x"}, ended(failedDeed()), []string{"wait", "enter"}, "leave", ""},
		{[]string{"x"}, ended(failedDeed()), []string{"3", "enter"}, "", "› 1. Cancel"},
		{[]string{"x"}, ended(failedDeed()), []string{"wait", "3", "enter"}, "do terminate", ""},
		{[]string{"x"}, ended(stoppedDeed()), []string{"wait", "enter"}, "leave", ""},
		{[]string{"x"}, ended(stoppedDeed()), []string{"wait", "x", "2", "enter"}, "", "› 1. Cancel"},
		{[]string{"x"}, ended(stoppedDeed()), []string{"wait", "x", "wait", "2", "enter"}, "do children", ""},
		{[]string{"x"}, ended(orderedDeed()), []string{"wait", "x", "2", "enter"}, "leave", ""},
		{[]string{"x"}, ended(actingDeed()), []string{"wait", "esc"}, "", "it goes on"},
		{[]string{"x"}, ended(refusedDeed()), []string{"wait", "enter"}, "leave", ""},
		{[]string{"down", "x"}, ended(serverDeed()), []string{"wait", "7", "enter"}, "call off o1, leave", "asked to call off"},
		{[]string{"o"}, take, []string{"wait", "2", "enter"}, "do window", ""},
		{[]string{"o"}, take, []string{"wait", "enter"}, "leave", ""},
		{[]string{"d"}, down, []string{"wait", "enter", "enter"}, "leave", ""},
		{[]string{"d"}, down, []string{"wait", "enter", "2", "enter"}, "do {Model:gpt-5.1-codex-mini Effort:medium Later:false Prompt:}", ""},
		{[]string{"d"}, down, []string{"wait", "up", "tab", "2", "enter"}, "do {Model:gpt-5.2-codex Effort:medium Later:false Prompt:}", ""},
		{[]string{"d"}, down, []string{"wait", "home", "tab", "2", "enter"}, "", "already"},
		{[]string{"d"}, down, []string{"wait", "5", "tab", "2", "enter"}, "", "does not fit"},
		{[]string{"d"}, down, []string{"wait", "tab", "3", "enter"}, "leave", ""},
		{[]string{"d"}, later, []string{"wait", "tab", "2", "enter"}, "do {Model:gpt-5.1-codex-mini Effort:medium Later:true Prompt:}", ""},
		{[]string{"d"}, down, []string{"enter", "tab", "2", "enter"}, "", "› 1. Cancel"},
	} {
		m, sent := asking(80, 24, handsSnapshot())
		m = pressed(m, c.open...)
		if len(*sent) != 1 {
			t.Fatalf("%v asked %+v", c.open, *sent)
		}
		if c.deed != nil {
			m = answered(m, *c.deed)
		}
		m = pressed(m, c.keys...)
		if got := wrote((*sent)[1:]); got != c.want {
			t.Errorf("%v %v sent %q, want %q", c.open, c.keys, got, c.want)
		}
		if got := text(m); !strings.Contains(got, c.says) {
			t.Errorf("%v %v says nothing of %q:\n%s", c.open, c.keys, c.says, got)
		}
		if strings.HasSuffix(c.want, "leave") && m.dialog != dialogNone {
			t.Errorf("%v %v leaves the dialog open", c.open, c.keys)
		}
	}
}

func TestAsksAreAboutTheRunInFocus(t *testing.T) {
	runs := fakeRuns()
	ids := map[string]bool{}
	for _, c := range []struct {
		keys []string
		want string
		says string
	}{
		{[]string{"x"}, "ask stop " + string(runs[0].ID[:8]), ""}, {[]string{"down", "d"}, "ask downgrade " + string(runs[1].ID[:8]), ""}, {[]string{"down", "enter", "o"}, "ask take_over " + string(runs[1].ID[:8]), ""},
		{[]string{"2", "down", "x"}, "ask stop " + string(runs[1].ID[:8]), ""}, {[]string{"2", "down", "down", "down", "x"}, "", "of no single run"},
		{[]string{"b", "end", "x"}, "ask stop " + string(runs[1].ID[:8]), ""}, {[]string{"b", "x"}, "", "of no single run"}, {[]string{"5", "x"}, "monitor.ShowDay", "nothing to act on here"},
		{[]string{"x", "esc", "x", "esc", "d"}, "ask stop " + string(runs[0].ID[:8]) + ", leave, ask stop " + string(runs[0].ID[:8]) + ", leave, ask downgrade " + string(runs[0].ID[:8]), ""},
	} {
		m, sent := asking(80, 24, handsSnapshot())
		m = pressed(m, c.keys...)
		if got := wrote(*sent); got != c.want && !strings.HasPrefix(c.want, "monitor.") {
			t.Errorf("%v sent %q, want %q", c.keys, got, c.want)
		}
		if !strings.Contains(text(m), c.says) {
			t.Errorf("%v says nothing of %q:\n%s", c.keys, c.says, text(m))
		}
		clear(ids)
		for _, i := range *sent {
			if a, ok := i.(monitor.Ask); ok {
				if a.ID == "" || ids[a.ID] {
					t.Errorf("%v: the id %q was used before", c.keys, a.ID)
				}
				ids[a.ID] = true
			}
		}
	}
}

// The dialog keeps to the run that it was opened for, and the rows behind it stand still.
func TestNothingMovesUnderTheQuestion(t *testing.T) {
	s := handsSnapshot()
	first := s.Runs[0].ID
	moved := handsSnapshot()
	moved.Runs[0], moved.Runs[1] = moved.Runs[1], moved.Runs[0]
	moved.Runs[0].Rate.USDPerHour = usd(90)
	gone := handsSnapshot()
	gone.Runs, gone.Exceptions = gone.Runs[1:], gone.Exceptions[1:]
	for _, frozen := range []bool{false, true} {
		for name, next := range map[string]monitor.Snapshot{"moved": moved, "gone": gone} {
			m, sent := asking(80, 50, s)
			if frozen {
				m = pressed(m, "p")
			}
			m = answered(pressed(m, "x"), fakeDeed(monitor.DeedStop, monitor.DeedReady))
			order := names(m)
			d := *m.newest().Deed
			next.Deed = &d
			m = feed(pressed(m, "wait", "2"), SnapshotMsg(next))
			if name == "moved" && fmt.Sprint(names(m)) != fmt.Sprint(order) || !frozen && !strings.Contains(text(m), "order frozen") {
				t.Errorf("%s: rows moved: %v, were %v\n%s", name, names(m), order, text(m))
			}
			if !strings.Contains(text(m), "Stop api-gateway?") {
				t.Errorf("%s: the run is not named any more:\n%s", name, text(m))
			}
			pressed(m, "enter")
			do, ok := (*sent)[len(*sent)-1].(monitor.Do)
			if ask := (*sent)[0].(monitor.Ask); !ok || do.ID != ask.ID || ask.Run != first || do.Way != control.Interrupt {
				t.Errorf("%s: sent %+v", name, *sent)
			}
		}
	}
}

// Where what is offered changes under the user, keys are dead again and Cancel is in focus.
func TestAChangedPlanIsAskedAnew(t *testing.T) {
	first := fakeDeed(monitor.DeedStop, monitor.DeedReady)
	pid := fakeDeed(monitor.DeedStop, monitor.DeedReady)
	pid.Plan.Owner.Process.PID, pid.Plan.Owner.Process.Ticks = 14000, 99
	words := fakeDeed(monitor.DeedStop, monitor.DeedReady)
	words.Plan.Choices = []control.Choice{{Way: control.Kill, Label: "Kill it"}}
	figures := fakeDeed(monitor.DeedStop, monitor.DeedReady)
	figures.Cost.USD, figures.Rate = usd(7), usd(9)
	for name, c := range map[string]struct {
		deed monitor.Deed
		want string
	}{
		"another process": {pid, ""}, "another choice": {words, ""}, "other figures": {figures, "do interrupt"}, "the same": {first, "do interrupt"}, "refused": {refusedDeed(), ""}, "acting": {actingDeed(), ""},
	} {
		m, sent := asking(80, 24, handsSnapshot())
		m = pressed(answered(pressed(m, "x"), first), "wait", "2")
		m = pressed(answered(m, c.deed), "enter")
		if got := wrote((*sent)[1:]); got != c.want {
			t.Errorf("%s: sent %q, want %q", name, got, c.want)
		}
		if c.want == "" && m.hands.focus != 0 {
			t.Errorf("%s: Cancel is not in focus", name)
		}
	}
	// A deed that another face took the place of can't be answered.
	m, sent := asking(80, 24, handsSnapshot())
	m = pressed(answered(pressed(m, "x"), first), "wait", "2")
	other := first
	other.ID = "somebody else's"
	s := handsSnapshot()
	s.Deed = &other
	m = pressed(feed(m, SnapshotMsg(s)), "wait", "2", "enter")
	if got := wrote((*sent)[1:]); got != "" || m.dialog != dialogNone {
		t.Errorf("sent %q:\n%s", got, text(m))
	}
}

// A deed that goes on while its dialog is closed is told of at its end and can be looked at again.
func TestADeedGoesOnWithoutItsDialog(t *testing.T) {
	m, sent := asking(80, 24, handsSnapshot())
	m = answered(pressed(m, "x"), actingDeed())
	m = pressed(m, "esc")
	s := m.snap
	d := stoppedDeed()
	d.ID = s.Deed.ID
	s.Deed = &d
	if m = feed(m, SnapshotMsg(s)); !strings.Contains(text(m), "Stopped api-gateway · x shows it") {
		t.Errorf("its end is not told:\n%s", text(m))
	}
	m = pressed(m, "x")
	if !strings.Contains(text(m), "process 13073 is gone") || wrote(*sent) != "ask stop 01a2080a" {
		t.Errorf("sent %q:\n%s", wrote(*sent), text(m))
	}
	m = pressed(m, "esc", "x")
	if got := wrote(*sent); got != "ask stop 01a2080a, leave, ask stop 01a2080a" {
		t.Errorf("sent %q", got)
	}
}

func TestReadOnlyHidesTheHands(t *testing.T) {
	s := handsSnapshot()
	s.ReadOnly = true
	for _, keys := range [][]string{{"x"}, {"d"}, {"o"}, {"enter", "x"}, {"2", "d"}, {"b", "end", "o"}} {
		m, sent := asking(120, 40, s)
		if m = pressed(m, keys...); len(*sent) > 0 || !strings.Contains(text(m), "read-only") {
			t.Errorf("%v sent %v:\n%s", keys, *sent, text(m))
		}
	}
	for _, keys := range [][]string{nil, {"enter"}, {"2"}, {"2", "enter"}, {"b", "end"}, {"?"}} {
		for _, word := range []string{"x stop", "d downgrade", "o take over", "stop the run, or later"} {
			if got := text(pressed(start(200, 50, s), keys...)); strings.Contains(got, word) {
				t.Errorf("%v: %q is on the screen:\n%s", keys, word, got)
			}
		}
	}
	if got := text(pressed(start(120, 40, handsSnapshot()), "?")); !strings.Contains(got, "stop the run, or later") {
		t.Errorf("the help says nothing of x:\n%s", got)
	}
}

// Esc closes a dialog, then calls off the soonest stop, then does what it always did.
func TestEscapeKeepsRunning(t *testing.T) {
	s := countingDown()
	first, second := "keep "+string(s.Runs[0].ID[:8]), "keep "+string(s.Runs[1].ID[:8])
	for _, c := range []struct {
		keys []string
		want string
		says string
	}{
		{nil, "", "budget day stops api-gateway in 8 s · esc keeps it running (1 more)"},
		{[]string{"esc"}, first, "budget acme month stops"},
		{[]string{"esc", "esc"}, first + ", " + second, "asked to keep api-gateway running"},
		{[]string{"y", "esc"}, "", "stops api-gateway in 8 s"},
		{[]string{"y", "esc", "esc"}, first, ""},
		{[]string{"y"}, "", "esc twice keeps it running"},
		{[]string{"x", "esc", "esc"}, "ask stop 01a2080a, leave, " + first, ""},
		{[]string{"/", "=auth", "esc"}, first, "auth"},
		{[]string{"/", "=auth", "enter", "esc"}, first, "/auth"},
		{[]string{"2", "enter", "esc"}, first, "Exceptions"},
		{[]string{"enter", "esc"}, first, "turns"},
		{[]string{"?", "esc"}, first, "Help"},
		{[]string{"p", "esc"}, first, ""},
	} {
		m, sent := asking(120, 40, s)
		m = pressed(m, c.keys...)
		if got := wrote(*sent); got != c.want {
			t.Errorf("%v sent %q, want %q", c.keys, got, c.want)
		}
		if !strings.Contains(text(m), c.says) {
			t.Errorf("%v says nothing of %q:\n%s", c.keys, c.says, text(m))
		}
	}
	m, sent := asking(120, 40, s)
	m = pressed(m, "/", "=auth", "enter")
	quiet := handsSnapshot()
	if m = pressed(feed(m, SnapshotMsg(quiet)), "esc"); len(*sent) > 0 || m.filter.Value() != "" {
		t.Errorf("without a countdown esc sent %v and left the filter %q", *sent, m.filter.Value())
	}
	// The seconds go on while the screen is frozen.
	m = pressed(start(80, 24, s), "p")
	s.At = s.At.Add(3 * time.Second)
	if got := text(feed(m, SnapshotMsg(s))); !strings.Contains(got, "in 5 s") {
		t.Errorf("the seconds stand still:\n%s", got)
	}
}

func TestCopyOfTheResumeCommand(t *testing.T) {
	m, _ := asking(80, 24, handsSnapshot())
	copied := ""
	m.opts.Copy = func(s string) error { copied = s; return nil }
	m = pressed(answered(pressed(m, "x"), stoppedDeed()), "wait")
	_, cmd := m.Update(press("y")[0])
	for _, c := range cmd().(tea.BatchMsg) {
		c()
	}
	if want := "cd /home/ann/src/api-gateway && codex exec resume 01a2080a-e315-79e2-ba3f-3b671dc9dc65"; copied != want {
		t.Errorf("copied %q, want %q", copied, want)
	}
}

// By the program's own clock, what is typed in one go never answers.
func TestTypedAheadNeverStops(t *testing.T) {
	src := newFakeSource()
	<-src.snaps
	src.snaps <- handsSnapshot()
	_, err := runScreenWith(t, Options{}, src, func(w io.Writer, _ func()) {
		<-src.sent // the focus
		io.WriteString(w, "x2\r")
		ask := (<-src.sent).(monitor.Ask)
		s := handsSnapshot()
		d := fakeDeed(monitor.DeedStop, monitor.DeedReady)
		d.ID = ask.ID
		s.Deed = &d
		src.snaps <- s
		began := time.Now()
		again := time.NewTicker(20 * time.Millisecond)
		defer again.Stop()
		for {
			select {
			case got := <-src.sent:
				// Where the keys come alive between 2 and enter, enter answers Cancel.
				do, stops := got.(monitor.Do)
				_, leaves := got.(monitor.Leave)
				if stops && do.Way != control.Interrupt || !stops && !leaves || time.Since(began) < armTime {
					t.Errorf("sent %+v after %v", got, time.Since(began))
				}
				io.WriteString(w, "\x03")
				return
			case <-again.C:
				io.WriteString(w, "2\r")
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}
