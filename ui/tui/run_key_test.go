package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// pressKey makes the message of a key by its name: "down", "enter", "shift+tab", "x".
func pressKey(name string) tea.KeyPressMsg {
	codes := map[string]rune{
		"up": tea.KeyUp, "down": tea.KeyDown, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "backspace": tea.KeyBackspace,
	}
	if name == "shift+tab" {
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	}
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if c, ok := codes[name]; ok {
		return tea.KeyPressMsg{Code: c}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// after gives the state after keys, and whether the last one was handled.
func after(ui runState, s monitor.Snapshot, names ...string) (runState, bool) {
	handled := false
	for _, n := range names {
		handled = ui.key(pressKey(n), newKeyMap(false), s)
	}
	return ui, handled
}

func TestRunKeys(t *testing.T) {
	s := runSnapshot()
	d := s.Detail
	at := func(i int) turnKey { return keyOfTurn(d.Turns[i]) }
	last := len(d.Turns) - 1
	tests := []struct {
		name    string
		keys    string
		handled bool
		want    func(ui runState) bool
	}{
		{"down goes to the second turn", "down", true, func(ui runState) bool { return ui.turn == at(1) }},
		{"j and k move too", "j j k", true, func(ui runState) bool { return ui.turn == at(1) }},
		{"the top lets go of the row", "down up", true, func(ui runState) bool { return ui.turn == turnKey{} }},
		{"up at the top stays", "up up", true, func(ui runState) bool { return ui.turn == turnKey{} }},
		{"end is the oldest turn", "end", true, func(ui runState) bool { return ui.turn == at(last) }},
		{"down at the end stays", "end down pgdown", true, func(ui runState) bool { return ui.turn == at(last) }},
		{"pages", "pgdown pgdown pgup", true, func(ui runState) bool { return ui.turn == at(page) }},
		{"home comes back", "end home", true, func(ui runState) bool { return ui.turn == turnKey{} }},
		{"enter opens the turn", "down enter", true, func(ui runState) bool { return ui.opened && ui.turn == at(1) }},
		{"esc closes it again and keeps the row", "down enter esc", true, func(ui runState) bool { return !ui.opened && ui.turn == at(1) }},
		{"esc in the list is the root's", "esc", false, func(ui runState) bool { return ui.id == runRoot }},
		{"tab goes through the views", "tab tab", true, func(ui runState) bool { return ui.view == viewContext }},
		{"and round", "tab tab tab tab tab", true, func(ui runState) bool { return ui.view == viewTurns }},
		{"shift tab goes back", "shift+tab", true, func(ui runState) bool { return ui.view == viewCost }},
		{"tab leaves an opened turn", "enter tab", true, func(ui runState) bool { return !ui.opened && ui.view == viewTools }},
		{"s sorts by cost", "down s", true, func(ui runState) bool {
			ts := ui.turns(d)
			return ui.dearest && ui.turn == turnKey{} && slices.IsSortedFunc(ts, func(a, b monitor.TurnView) int { return int(b.Cost.USD/1e6 - a.Cost.USD/1e6) })
		}},
		{"s again is newest first", "s s", true, func(ui runState) bool { return ui.turns(d)[0].Number == d.Turns[0].Number }},
		{"S turns the order round", "S", true, func(ui runState) bool { return ui.turns(d)[0].Number == 1 }},
		{"c shows costs", "c", true, func(ui runState) bool { return ui.costs }},
		{"q is the root's", "q", false, func(ui runState) bool { return true }},
		{"y is the root's", "y", false, func(ui runState) bool { return true }},
		{"slash filters the tools", "/ r e t r y", true, func(ui runState) bool {
			return ui.takesText() && ui.view == viewTools && ui.filter == "retry" && len(ui.calls(d)) > 0 && len(ui.calls(d)) < len(d.Calls)
		}},
		{"letters are text in the filter", "/ q s j y", true, func(ui runState) bool { return ui.filter == "qsjy" }},
		{"words of the filter all count", "/ g o space r a c e", true, func(ui runState) bool {
			for _, c := range ui.calls(d) {
				if !strings.Contains(c.Text, "race") {
					return false
				}
			}
			return len(ui.calls(d)) > 0
		}},
		{"outcomes can be asked for", "/ f a i l e d", true, func(ui runState) bool {
			return len(ui.calls(d)) > 0 && !slices.ContainsFunc(ui.calls(d), func(c monitor.CallView) bool { return !callFailed(c) })
		}},
		{"backspace", "/ a b backspace", true, func(ui runState) bool { return ui.filter == "a" }},
		{"enter keeps the filter", "/ a enter", true, func(ui runState) bool { return ui.filter == "a" && !ui.typing }},
		{"esc clears it", "/ a esc", true, func(ui runState) bool { return ui.filter == "" && !ui.typing && ui.view == viewTools }},
		{"esc clears a kept one first", "/ a enter esc", true, func(ui runState) bool { return ui.filter == "" && ui.view == viewTools }},
		{"enter on a call opens its turn at the call", "tab down enter", true, func(ui runState) bool {
			return ui.opened && ui.turn.number == d.Calls[1].Turn && ui.inner == keyOfCall(d.Calls[1])
		}},
		{"esc goes back to the calls", "tab down enter esc", true, func(ui runState) bool { return ui.view == viewTools && ui.call == keyOfCall(d.Calls[1]) }},
		{"moving in an opened turn", "down enter down", true, func(ui runState) bool {
			cs := callsOf(d, at(1))
			return len(cs) < 2 || ui.inner == keyOfCall(cs[1])
		}},
		{"enter on an agent lists its turns", "tab tab tab down enter", true, func(ui runState) bool {
			return ui.view == viewTurns && ui.only == runChild && len(ui.turns(d)) == 1
		}},
		{"esc lists all again", "tab tab tab down enter esc", true, func(ui runState) bool { return ui.only == "" }},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			ui, handled := after(newRunState(runRoot), s, strings.Fields(c.keys)...)
			if handled != c.handled {
				t.Errorf("handled is %v", handled)
			}
			if !c.want(ui) {
				t.Errorf("state is %+v", ui)
			}
		})
	}
}

// TestRunFocusFollowsTheTurn holds that a new turn moves rows, not the focus.
func TestRunFocusFollowsTheTurn(t *testing.T) {
	s := runSnapshot()
	ui, _ := after(newRunState(runRoot), s, "down", "down")
	want := s.Detail.Turns[2].Number
	next := s.Detail.Turns[0]
	next.Number++
	s.Detail.Turns = append([]monitor.TurnView{next}, s.Detail.Turns...)
	if got := s.Detail.Turns[ui.turnRow(s.Detail.Turns)].Number; got != want {
		t.Errorf("focus is on turn %d, was on %d", got, want)
	}
	top := newRunState(runRoot)
	if got := s.Detail.Turns[top.turnRow(s.Detail.Turns)].Number; got != next.Number {
		t.Errorf("the untouched focus is on turn %d, the newest is %d", got, next.Number)
	}
}

func TestRunKeysWithoutDetail(t *testing.T) {
	for _, s := range []monitor.Snapshot{{}, {Runs: runSnapshot().Runs}, {Runs: []monitor.Run{{ID: runRoot}}, Detail: &monitor.RunDetail{ID: runRoot}}, {Detail: &monitor.RunDetail{ID: "other"}}} {
		for range int(runViews) {
			ui := newRunState(runRoot)
			for _, k := range []string{"tab", "down", "end", "pgup", "enter", "down", "enter", "s", "S", "c", "/", "x", "enter", "enter", "esc", "esc"} {
				ui.key(pressKey(k), newKeyMap(true), s)
			}
		}
	}
}

func TestNoticeList(t *testing.T) {
	ns := noticeFixture()
	var l noticeList
	press := func(names ...string) bool {
		handled := false
		for _, n := range names {
			handled = l.key(pressKey(n), newKeyMap(false), ns)
		}
		return handled
	}
	if what, text := l.choice(ns); what != "fix" || text != ns[0].Fix {
		t.Errorf("the first is %q %q", what, text)
	}
	if !press("down", "down") || l.index(ns) != 2 {
		t.Errorf("after two downs the focus is on %d", l.index(ns))
	}
	ns = append([]monitor.Notice{{At: runAt, Text: "new"}}, ns...)
	if l.index(ns) != 3 {
		t.Errorf("a new notice moved the focus to %d", l.index(ns))
	}
	if press("end"); l.index(ns) != 4 {
		t.Errorf("end is %d", l.index(ns))
	}
	if press("home"); l.index(ns) != 0 {
		t.Errorf("home is %d", l.index(ns))
	}
	if press("q") {
		t.Error("q was taken")
	}
	if what, text := (noticeList{}).choice(nil); what != "" || text != "" {
		t.Errorf("no notices give %q %q", what, text)
	}
}

func TestMenus(t *testing.T) {
	keys := newKeyMap(false)
	p := newThemePicker("dark")
	if p.theme() != "dark" {
		t.Errorf("opens at %q", p.theme())
	}
	for _, c := range []struct {
		key  string
		want string
		res  menuResult
	}{
		{"down", "light", menuOpen}, {"up", "dark", menuOpen}, {"home", "auto", menuOpen}, {"up", "auto", menuOpen}, {"end", "solar-light", menuOpen},
		{"5", "mono", menuOpen}, {"9", "mono", menuOpen}, {"x", "mono", menuOpen}, {"enter", "mono", menuChosen}, {"esc", "mono", menuClosed}, {"t", "mono", menuClosed},
	} {
		if res := p.key(pressKey(c.key), keys); res != c.res || p.theme() != c.want {
			t.Errorf("%s: theme %q result %d, want %q %d", c.key, p.theme(), res, c.want, c.res)
		}
	}
	if got := newThemePicker("no such").theme(); got != "auto" {
		t.Errorf("an unknown theme opens at %q", got)
	}

	run := runSnapshot().Runs[0]
	m := newCopyMenu(run)
	for _, want := range []copyEntry{
		{"session id", runRoot},
		{"resume command", "cd /home/ada/src/api-gateway && codex resume " + runRoot},
		{"folder", "/home/ada/src/api-gateway"},
		{"row as text", "api-gateway  gpt-5.2-codex high  working  " + dollars(run.Cost, runStyles(t, themes.Options{}).Glyphs) + "  ≥$1.98/h  context 78%  " + runRoot},
	} {
		if what, text := m.choice(); what != want.what || text != want.text {
			t.Errorf("%s is %q", what, text)
		}
		m.key(pressKey("down"), keys)
	}
	if m.key(pressKey("enter"), keys) != menuChosen || m.key(pressKey("y"), keys) != menuClosed {
		t.Error("enter chooses and y closes")
	}
}

func TestResumeCommand(t *testing.T) {
	for _, c := range []struct{ origin, id, want string }{
		{"codex_cli_rs", runRoot, "codex resume " + runRoot},
		{"exec", runRoot, "codex resume " + runRoot},
		{"", "a b", "codex resume 'a b'"},
		{"tui", "$(rm -rf ~)'x", `codex resume '$(rm -rf ~)'\''x'`},
		{"tui", "--help", "codex resume -- --help"},
		{"tui", "", "codex resume ''"},
		{"tui", "a\nrm", "codex resume 'a rm'"},
	} {
		if got := resumeCommand(monitor.Run{ID: model.RunID(c.id), Origin: c.origin}); got != c.want {
			t.Errorf("%q: %s", c.id, got)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Second: "0s", time.Microsecond: "1ms", 120 * time.Millisecond: "120ms", 999 * time.Millisecond: "999ms", 1400 * time.Millisecond: "1.4s", 9949 * time.Millisecond: "9.9s",
		9999 * time.Millisecond: "9.9s", 10 * time.Second: "10s", 38 * time.Second: "38s", 100 * time.Second: "1m40", 12 * time.Minute: "12m", 62 * time.Minute: "1h02", 30 * time.Hour: "1d06",
	} {
		if got := span(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
	for n, want := range map[int64]string{-5: "0", 0: "0", 999: "999", 1000: "1.0K", 9949: "9.9K", 140_000: "140K", 999_499: "999K", 999_500: "1.0M", 2_000_000_000: "2.0G"} {
		if got := size(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
