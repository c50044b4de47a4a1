package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// asking is a screen with a record of the moves, labels and days that it asked for.
func asking(w, h int, s monitor.Snapshot) (Model, *[]monitor.Intent) {
	sent := &[]monitor.Intent{}
	m := New(Options{Send: func(i monitor.Intent) {
		if _, focus := i.(monitor.Focus); !focus {
			*sent = append(*sent, i)
		}
	}})
	return feed(m, tea.WindowSizeMsg{Width: w, Height: h}, SnapshotMsg(s)), sent
}

func TestExceptionKeysSendMoves(t *testing.T) {
	s := judgedSnapshot()
	hard, loop, ticket := s.Exceptions[0].ID, s.Exceptions[1].ID, s.Exceptions[3].ID
	six := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	tomorrow := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		keys []string
		want []monitor.Intent
		says string
	}{
		{[]string{"a"}, []monitor.Intent{monitor.Move{ID: hard, To: budget.Acknowledged}}, "asked to acknowledge api-gateway"},
		{[]string{"down", "a"}, []monitor.Intent{monitor.Move{ID: loop, To: budget.Acknowledged}}, ""},
		{[]string{"enter", "a"}, []monitor.Intent{monitor.Move{ID: hard, To: budget.Acknowledged}}, ""},
		{[]string{"2", "down", "a"}, []monitor.Intent{monitor.Move{ID: loop, To: budget.Acknowledged}}, ""},
		{[]string{"2", "enter", "right", "a"}, []monitor.Intent{monitor.Move{ID: loop, To: budget.Acknowledged}}, ""},
		{[]string{"down", "down", "down", "a"}, nil, "acknowledged already"},
		{[]string{"down", "down", "a"}, nil, "this run has no exception"},
		{[]string{"z", "wait", "enter"}, []monitor.Intent{monitor.Move{ID: hard, To: budget.Snoozed, Until: fakeNow.Add(30 * time.Minute)}}, "until 15:02"},
		{[]string{"z", "2", "wait", "enter"}, []monitor.Intent{monitor.Move{ID: hard, To: budget.Snoozed, Until: fakeNow.Add(time.Hour)}}, ""},
		{[]string{"z", "end", "wait", "enter"}, []monitor.Intent{monitor.Move{ID: hard, To: budget.Snoozed, Until: tomorrow}}, "until Tue 00:00"},
		{[]string{"z", "enter"}, nil, "enter choose"},
		{[]string{"z", "wait", "esc"}, nil, ""},
		{[]string{"z", "z"}, nil, ""},
		{
			[]string{"e", "=1", "tab", "=18:00", "tab", "=nearly done", "enter", "enter", "wait", "enter"},
			[]monitor.Intent{monitor.Move{ID: hard, To: budget.Extended, Until: six, Amount: price.Dollar, Reason: "nearly done"}}, "asked to extend run by $1.00 until 18:00",
		},
		{
			[]string{"e", "=$2.50", "tab", "=2h", "tab", "=more", "tab", "=bob", "tab", "wait", "enter"},
			[]monitor.Intent{monitor.Move{ID: hard, To: budget.Extended, Until: fakeNow.Add(2 * time.Hour), Amount: usd(2.5), Reason: "more", Approver: "bob"}}, "",
		},
		{[]string{"e", "=2.50", "tab", "=2h", "tab", "=more", "tab", "tab", "wait", "enter"}, nil, "more than 20% of $5.00"},
		{[]string{"e", "tab", "tab", "tab", "tab", "wait", "enter"}, nil, "an amount is needed"},
		{[]string{"e", "=1", "tab", "tab", "tab", "tab", "wait", "enter"}, nil, "until when is needed"},
		{[]string{"e", "=1", "tab", "=1h", "tab", "tab", "tab", "wait", "enter"}, nil, "a reason is needed"},
		{[]string{"e", "=1", "tab", "=1h", "tab", "=x", "tab", "tab", "enter"}, nil, "Extend by $1.00"},
		{[]string{"e", "=1", "tab", "=1h", "tab", "=x", "up", "up", "up", "wait", "enter"}, nil, ""},
		{[]string{"2", "down", "e"}, nil, "only budget exceptions can be extended"},
		{[]string{"b", "e", "=5M"}, nil, "Extend day"},
		{[]string{"b", "z", "wait", "enter"}, []monitor.Intent{monitor.Move{ID: ticket, To: budget.Snoozed, Until: fakeNow.Add(30 * time.Minute)}}, ""},
		{[]string{"b", "down", "z"}, nil, "this budget has raised no exception"},
		{[]string{"D", "tab", "=a  rebase", "tab", "wait", "enter"}, []monitor.Intent{monitor.Move{ID: hard, To: budget.DismissedFP, Reason: "a rebase"}}, "as false positive"},
		{[]string{"D", "right", "tab", "=fine", "tab", "wait", "enter"}, []monitor.Intent{monitor.Move{ID: hard, To: budget.Dismissed, Reason: "fine"}}, ""},
		{[]string{"D", "2", "tab", "=q2b5", "tab", "wait", "enter"}, []monitor.Intent{monitor.Move{ID: hard, To: budget.Dismissed, Reason: "q2b5"}}, ""},
		{[]string{"D", "tab", "tab", "wait", "enter"}, nil, "a reason is needed"},
		{[]string{"D", "tab", "=x", "tab", "tab", "wait", "enter"}, nil, ""},
		{[]string{"l", "tab", "=2", "tab", "wait", "enter"}, []monitor.Intent{monitor.Label{Run: s.Runs[0].ID, Task: "ACME-77", Client: "acme2"}}, "asked to label api-gateway"},
		{[]string{"l", "tab", "tab", "wait", "enter"}, nil, "nothing changed"},
		{[]string{"down", "l", "=T-1", "tab", "tab", "wait", "enter"}, []monitor.Intent{monitor.Label{Run: s.Runs[1].ID, Task: "T-1"}}, ""},
		{[]string{"2", "down", "down", "down", "l"}, nil, "no run to label"},
	} {
		m, sent := asking(80, 24, s)
		m = pressed(m, c.keys...)
		if fmt.Sprint(*sent) != fmt.Sprint(c.want) {
			t.Errorf("%v sent\n%+v, want\n%+v", c.keys, *sent, c.want)
		}
		if got := text(m); !strings.Contains(got, c.says) {
			t.Errorf("%v says nothing of %q:\n%s", c.keys, c.says, got)
		}
	}
}

// A form acts on what it was opened for, whatever has moved since, or on nothing.
func TestFormsActOnWhatTheyWereOpenedFor(t *testing.T) {
	s := judgedSnapshot()
	hard := s.Exceptions[0].ID
	moved := judgedSnapshot()
	worse := moved.Exceptions[0]
	worse.ID, worse.Severity = "worse", budget.Page
	moved.Exceptions = append([]budget.Exception{worse}, moved.Exceptions...)
	moved.Runs[0], moved.Runs[1] = moved.Runs[1], moved.Runs[0]
	over := judgedSnapshot()
	over.Exceptions = over.Exceptions[1:]
	over.Runs = over.Runs[1:]
	for _, c := range []struct {
		open, answer []string
		want         monitor.Intent
	}{
		{[]string{"z"}, []string{"wait", "enter"}, monitor.Move{ID: hard, To: budget.Snoozed, Until: fakeNow.Add(30 * time.Minute)}},
		{[]string{"D", "tab", "=why", "tab"}, []string{"wait", "enter"}, monitor.Move{ID: hard, To: budget.DismissedFP, Reason: "why"}},
		{[]string{"e", "=1", "tab", "=1h", "tab", "=x", "tab", "tab"}, []string{"wait", "enter"}, monitor.Move{ID: hard, To: budget.Extended, Until: fakeNow.Add(time.Hour), Amount: usd(1), Reason: "x"}},
		{[]string{"l", "=-1", "tab", "tab"}, []string{"wait", "enter"}, monitor.Label{Run: s.Runs[0].ID, Task: "ACME-77-1", Client: "acme"}},
		{[]string{}, []string{"a"}, monitor.Move{ID: hard, To: budget.Acknowledged}},
		{[]string{"2"}, []string{"a"}, monitor.Move{ID: hard, To: budget.Acknowledged}},
	} {
		m, sent := asking(80, 24, s)
		m = feed(pressed(m, c.open...), SnapshotMsg(moved))
		pressed(m, c.answer...)
		if fmt.Sprint(*sent) != fmt.Sprint([]monitor.Intent{c.want}) {
			t.Errorf("%v after rows moved sent %+v, want %+v", c.open, *sent, c.want)
		}
		if len(c.open) < 1 || c.open[0] == "2" {
			continue // without a form there is nothing to answer
		}
		for _, frozen := range []bool{false, true} {
			m, sent = asking(80, 24, s)
			if frozen {
				m = pressed(m, "p")
			}
			m = feed(pressed(m, c.open...), SnapshotMsg(over))
			m = pressed(m, c.answer...)
			if len(*sent) > 0 || !strings.Contains(text(m), "over meanwhile") {
				t.Errorf("%v after it was over sent %+v:\n%s", c.open, *sent, text(m))
			}
		}
	}
}

// Where a move is refused it is said on the screen that asked for it.
func TestRefusalsAreTold(t *testing.T) {
	refused := monitor.Notice{At: fakeNow.Add(time.Second), Text: "a second person has to agree\x1b[31m", Effect: "nothing was changed"}
	for _, keys := range [][]string{{"a"}, {"2", "a"}, {"2", "enter", "z", "wait", "enter"}, {"b", "D", "tab", "=x", "tab", "wait", "enter"}} {
		s := judgedSnapshot()
		m := pressed(start(80, 24, s), keys...)
		s.At = s.At.Add(2 * time.Second)
		s.Notices = []monitor.Notice{refused}
		if got := text(feed(m, SnapshotMsg(s))); !strings.Contains(got, "refused: a second person has to agree") {
			t.Errorf("%v:\n%s", keys, got)
		}
		old := refused
		old.At = fakeNow.Add(-time.Minute)
		s.Notices = []monitor.Notice{old}
		if got := text(feed(m, SnapshotMsg(s))); strings.Contains(got, "refused:") {
			t.Errorf("%v: an older refusal is told:\n%s", keys, got)
		}
	}
}

func TestExceptionsKeepTheirPlace(t *testing.T) {
	s := judgedSnapshot()
	m := pressed(start(120, 40, s), "2", "down")
	loop := s.Exceptions[1].ID
	next := judgedSnapshot()
	next.Exceptions[0], next.Exceptions[1] = next.Exceptions[1], next.Exceptions[0]
	m = feed(m, SnapshotMsg(next))
	if m.exc.id != loop || m.exc.row != 0 {
		t.Errorf("after re-sorting %q at row %d", m.exc.id, m.exc.row)
	}
	m = pressed(m, "z")
	before := fmt.Sprint(m.exc.order)
	if m = feed(m, SnapshotMsg(s)); fmt.Sprint(m.exc.order) != before {
		t.Errorf("the order moved under a menu: %v", m.exc.order)
	}
	m = pressed(m, "esc")
	gone := judgedSnapshot()
	gone.Exceptions = append(gone.Exceptions[:1], gone.Exceptions[2:]...)
	if m = feed(m, SnapshotMsg(gone)); m.exc.id != gone.Exceptions[1].ID {
		t.Errorf("after it was over: %q", m.exc.id)
	}
	m = feed(pressed(m, "enter"), SnapshotMsg(monitor.Snapshot{At: fakeNow, Reading: monitor.Reading{Done: true}}))
	if got := text(m); !strings.Contains(got, "This exception is over") {
		t.Errorf("the open one is over:\n%s", got)
	}
}

// What keys act on is on the screen, however many other exceptions are worse.
func TestTheAimIsShown(t *testing.T) {
	s := judgedSnapshot()
	for i := range 20 {
		e := s.Exceptions[0]
		e.ID, e.Run, e.Budget = fmt.Sprint("other", i), "other", "day"
		s.Exceptions = append([]budget.Exception{e}, s.Exceptions...)
	}
	for _, size := range [][2]int{{40, 12}, {40, 30}, {80, 18}, {80, 24}, {120, 30}, {120, 40}, {200, 50}} {
		m := pressed(start(size[0], size[1], s), "down") // to the run of the second exception
		if m.aim != "LOOP_IDENTICAL/2" {
			t.Fatalf("aims at %q", m.aim)
		}
		if got := text(m); !strings.Contains(got, "›!") || strings.Count(got, "4 times in a row") == 0 && strings.Count(got, "identical") == 0 {
			t.Errorf("%v: what keys act on is not on the screen:\n%s", size, got)
		}
		if got := text(pressed(m, "enter")); size[1] >= 18 && !strings.Contains(got, "›! 4 times in a row") {
			t.Errorf("%v: nor on that of the run:\n%s", size, got)
		}
	}
}

// Where there is no room for the queue a key shows first what it acts on.
func TestNothingIsDoneUnseen(t *testing.T) {
	for _, size := range [][2]int{{18, 2}, {30, 6}, {100, 8}} {
		m, sent := asking(size[0], size[1], judgedSnapshot())
		m = pressed(m, "a")
		if len(*sent) > 0 || m.screen != screenExceptions || m.exc.id != "BUDGET_HARD/run/1" {
			t.Errorf("%v: sent %v, screen %d, %q", size, *sent, m.screen, m.exc.id)
		}
		if pressed(m, "a"); len(*sent) != 1 {
			t.Errorf("%v: sent %v", size, *sent)
		}
	}
}

func TestCaretIsInTheField(t *testing.T) {
	m := pressed(start(80, 24, judgedSnapshot()), "D")
	if c := m.View().Cursor; c != nil {
		t.Errorf("a choice has a caret at %v", c.Position)
	}
	m = pressed(m, "tab", "=abc")
	c := m.View().Cursor
	if c == nil {
		t.Fatal("no caret")
	}
	line := strings.Split(text(m), "\n")[c.Y]
	if before := cutCells(line, c.X); !strings.HasSuffix(before, "abc") || !strings.Contains(line, "Reason") {
		t.Errorf("the caret is after %q of %q", before, line)
	}
	if c := pressed(m, "tab").View().Cursor; c != nil {
		t.Errorf("the deed has a caret at %v", c.Position)
	}
}

// cutCells is the beginning of a line, so many cells wide.
func cutCells(line string, w int) string { return ansi.Truncate(line, w, "") }

func TestEvidenceOpensTheTurn(t *testing.T) {
	s := judgedSnapshot()
	m := pressed(start(80, 24, s), "2", "enter", "down", "enter")
	if m.screen != screenRun || m.run.id != s.Runs[0].ID || m.run.turn != (turnKey{string(s.Runs[0].ID), 34}) || !m.run.opened {
		t.Fatalf("screen %d, run %+v", m.screen, m.run)
	}
	m = pressed(m, "esc", "esc")
	if m.screen != screenExceptions || !m.exc.open {
		t.Errorf("esc went to screen %d", m.screen)
	}
	m = pressed(m, "esc", "esc")
	if m.screen != screenMain {
		t.Errorf("esc went to screen %d", m.screen)
	}
	m = pressed(m, "2", "end", "up", "up", "enter", "enter")
	if got := text(m); m.screen != screenExceptions || !strings.Contains(got, "it is about no run") {
		t.Errorf("the day's exception has no run:\n%s", got)
	}
}

func TestScreensByNumber(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want screen
	}{
		{[]string{"2"}, screenExceptions}, {[]string{"4"}, screenBudgets}, {[]string{"b"}, screenBudgets}, {[]string{"5"}, screenDay},
		{[]string{"5", "1"}, screenMain}, {[]string{"2", "esc"}, screenMain}, {[]string{"4", "5", "2", "esc"}, screenMain}, {[]string{"enter", "4"}, screenBudgets},
		{[]string{"5", "?", "esc"}, screenDay}, {[]string{"4", "f2", "esc"}, screenBudgets}, {[]string{"b", "enter"}, screenExceptions}, {[]string{"b", "end", "enter"}, screenRun},
		{[]string{"b", "end", "enter", "esc"}, screenBudgets}, {[]string{"/", "2"}, screenMain}, {[]string{"3"}, screenMain},
	} {
		if m := pressed(start(80, 24, judgedSnapshot()), c.keys...); m.screen != c.want {
			t.Errorf("%v: screen %d, want %d", c.keys, m.screen, c.want)
		}
	}
}

func TestDayIsAskedForOnce(t *testing.T) {
	s := judgedSnapshot()
	m, sent := asking(80, 24, s)
	day := func(d int) monitor.Intent { return monitor.ShowDay{Date: time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC)} }
	m = pressed(m, "5")
	m = feed(m, SnapshotMsg(s), SnapshotMsg(s))
	m = pressed(m, "left", "left", "right", "right", "right", "?", "esc")
	later := judgedSnapshot()
	later.At = later.At.Add(10 * time.Hour) // past midnight: today is another day
	m = feed(m, SnapshotMsg(later))
	pressed(m, "esc")
	want := []monitor.Intent{day(23), day(22), day(21), day(22), day(23), day(24), monitor.ShowDay{}}
	if fmt.Sprint(*sent) != fmt.Sprint(want) {
		t.Errorf("asked for\n%v, want\n%v", *sent, want)
	}
}

// Days begin at local midnight, where clocks change too.
func TestDaysOfAZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	s := judgedSnapshot()
	s.Zone, s.At = berlin, time.Date(2026, 10, 26, 9, 0, 0, 0, berlin)
	m, sent := asking(80, 24, s)
	pressed(m, "5", "left", "left")
	want := []time.Time{time.Date(2026, 10, 26, 0, 0, 0, 0, berlin), time.Date(2026, 10, 25, 0, 0, 0, 0, berlin), time.Date(2026, 10, 24, 0, 0, 0, 0, berlin)}
	for i, w := range want {
		if got := (*sent)[i].(monitor.ShowDay).Date; !got.Equal(w) {
			t.Errorf("day %d began at %v, want %v", i, got, w)
		}
	}
}

func TestNeedsYouKnowsExceptions(t *testing.T) {
	s := judgedSnapshot()
	m := pressed(start(80, 24, s), "tab")
	if got := fmt.Sprint(names(m)); got != "[api-gateway tests-flaky lint-sweep]" {
		t.Errorf("needs you: %s", got)
	}
	if got, want := m.View().WindowTitle, "▲3 ≥$3.42/h tokenburn"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
	// a critical exception of the whole month is told too
	s.Exceptions = append(s.Exceptions, budget.Exception{ID: "m", Severity: budget.Critical, Budget: "acme month"})
	if got, want := start(80, 24, s).View().WindowTitle, "▲4 ≥$3.42/h tokenburn"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
}

func TestAdviceCommands(t *testing.T) {
	run := func(origin string) monitor.Run { return monitor.Run{ID: model.RunID(runRoot), Origin: origin} }
	for _, c := range []struct {
		a    budget.Advice
		run  monitor.Run
		want string
	}{
		{budget.Advice{Action: "downgrade", Model: "gpt-5.1-codex-mini"}, run("exec"), "tokenburn downgrade --model gpt-5.1-codex-mini " + runRoot},
		{budget.Advice{Action: "downgrade", Model: "gpt-5", Effort: "low"}, run("tui"), "tokenburn downgrade --model gpt-5 --effort low " + runRoot},
		{budget.Advice{Action: "downgrade", Model: "$(reboot)"}, run("tui"), "tokenburn downgrade --model '$(reboot)' " + runRoot},
		{budget.Advice{Action: "downgrade"}, run("tui"), ""},
		{budget.Advice{Action: "compact"}, run("tui"), "/compact"},
		{budget.Advice{Action: "compact"}, run("exec"), ""},
		{budget.Advice{Action: "human_takeover"}, run("exec"), "codex resume " + runRoot},
		{budget.Advice{Action: "stop"}, run("exec"), ""},
		{budget.Advice{Action: "downgrade", Model: "gpt-5"}, monitor.Run{}, ""},
	} {
		if got := adviceCommand(c.a, c.run); got != c.want {
			t.Errorf("%+v: %q, want %q", c.a, got, c.want)
		}
	}
}

func TestParseAmount(t *testing.T) {
	for _, c := range []struct {
		text string
		u    budget.Unit
		want int64
	}{
		{"5", budget.USD, int64(usd(5))}, {"$5.50", budget.USD, int64(usd(5.5))}, {"0", budget.USD, 0}, {"-1", budget.USD, 0}, {"5M tokens", budget.USD, 0}, {"", budget.USD, 0},
		{"5M", budget.TokenUnit, 5_000_000}, {"2.5M tokens", budget.TokenUnit, 2_500_000}, {"$5", budget.TokenUnit, 0}, {"100", budget.CreditUnit, 100 * budget.Credit}, {"9e99", budget.USD, 0},
	} {
		got, err := parseAmount(c.text, c.u)
		if got != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%q: %d, %v; want %d", c.text, got, err, c.want)
		}
	}
}

func TestParseUntil(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	now := time.Date(2026, 10, 24, 14, 32, 0, 0, zone) // summer time ends in the night to come
	for text, want := range map[string]time.Time{
		"30m": now.Add(30 * time.Minute), "2h": now.Add(2 * time.Hour), "1d": time.Date(2026, 10, 25, 14, 32, 0, 0, zone), "18:00": time.Date(2026, 10, 24, 18, 0, 0, 0, zone),
		"09:00": time.Date(2026, 10, 25, 9, 0, 0, 0, zone), "tomorrow": time.Date(2026, 10, 25, 0, 0, 0, 0, zone), "2026-12-24": time.Date(2026, 12, 24, 0, 0, 0, 0, zone),
		"2026-12-24 18:30": time.Date(2026, 12, 24, 18, 30, 0, 0, zone),
		"":                 {}, "-1h": {}, "0m": {}, "2026-10-24": {}, "soon": {}, "25:00": {}, "d": {}, "99999999d": {}, "-3d": {}, "\x1b[31m": {},
	} {
		got, err := parseUntil(text, now, zone)
		if !got.Equal(want) || (err == nil) == want.IsZero() {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b") {
			t.Errorf("%q is not cleaned in %q", text, err)
		}
	}
}
