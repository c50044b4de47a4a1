package tui

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// feed gives the messages to the model, one after the other.
func feed(m tea.Model, msgs ...tea.Msg) Model {
	for _, msg := range msgs {
		m, _ = m.Update(msg)
	}
	return m.(Model)
}

// press makes the messages of key presses: names of keys, or single characters.
func press(keys ...string) []tea.Msg {
	named := map[string]rune{
		"up": tea.KeyUp, "down": tea.KeyDown, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "f1": tea.KeyF1, "f2": tea.KeyF2, "backspace": tea.KeyBackspace,
	}
	var out []tea.Msg
	for _, k := range keys {
		switch {
		case k == "shift+tab":
			out = append(out, tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift})
		case strings.HasPrefix(k, "ctrl+"):
			out = append(out, tea.KeyPressMsg{Code: rune(k[5]), Mod: tea.ModCtrl})
		case named[k] != 0:
			out = append(out, tea.KeyPressMsg{Code: named[k]})
		default:
			out = append(out, tea.KeyPressMsg{Code: []rune(k)[0], Text: k})
		}
	}
	return out
}

// start is a screen of a size with a snapshot.
func start(w, h int, s monitor.Snapshot) Model {
	return feed(New(Options{Version: "test"}), tea.WindowSizeMsg{Width: w, Height: h}, SnapshotMsg(s))
}

func text(m Model) string { return ansi.Strip(m.View().Content) }

// requireFit fails unless the content is exactly h lines of at most w cells.
func requireFit(t interface {
	Helper()
	Fatalf(string, ...any)
}, content string, w, h int) {
	t.Helper()
	lines := strings.Split(content, "\n")
	if len(lines) != h {
		t.Fatalf("%dx%d: %d lines", w, h, len(lines))
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n > w {
			t.Fatalf("%dx%d: line %d has %d cells: %q", w, h, i, n, ansi.Strip(l))
		}
	}
}

func TestMainScreen(t *testing.T) {
	for _, size := range [][2]int{{18, 2}, {30, 6}, {40, 30}, {80, 24}, {120, 40}, {200, 50}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			m := start(size[0], size[1], fakeSnapshot())
			requireFit(t, m.View().Content, size[0], size[1])
			golden.RequireEqual(t, []byte(text(m)))
		})
	}
}

func TestMainScreenASCII(t *testing.T) {
	m := feed(New(Options{ASCII: true, Theme: "mono"}), tea.WindowSizeMsg{Width: 80, Height: 24}, SnapshotMsg(fakeSnapshot()))
	got := text(m)
	requireFit(t, got, 80, 24)
	for _, r := range got {
		// Names keep their own signs; what we draw has none but ASCII.
		if r > 127 && !strings.ContainsRune("日本語ドキュメント“”", r) {
			t.Errorf("%q is drawn with --ascii", r)
		}
	}
	golden.RequireEqual(t, []byte(got))
}

func TestThemeColours(t *testing.T) {
	for _, name := range themes.Names() {
		t.Run(name, func(t *testing.T) {
			m := feed(New(Options{Theme: name}), tea.WindowSizeMsg{Width: 80, Height: 24}, SnapshotMsg(fakeSnapshot()))
			requireFit(t, m.View().Content, 80, 24)
			golden.RequireEqual(t, []byte(m.View().Content))
		})
	}
}

func TestOtherScreens(t *testing.T) {
	none := fakeSnapshot()
	none.Runs, none.Source.Files, none.Limits, none.Log, none.ByProject = nil, 0, nil, nil, nil
	none.Rate, none.Today = monitor.Rate{}, price.Cost{}
	reading := fakeSnapshot()
	reading.Reading = monitor.Reading{FilesDone: 1284, FilesTotal: 3910, BytesDone: 1_900_000_000, BytesTotal: 5_600_000_000, At: fakeNow.AddDate(0, 0, -21)}
	noticed := fakeSnapshot()
	noticed.Notices = []monitor.Notice{
		{At: fakeNow, Text: "Cannot read ~/.codex/sessions/2026/11/22: permission denied.", Effect: "3 files left out", Fix: "sudo chown -R $USER ~/.codex"},
		{At: fakeNow, Text: "The limit of watches is reached (8192): rescanning every 2 s instead.", Fix: "sudo sysctl fs.inotify.max_user_watches=524288"},
	}
	for _, c := range []struct {
		name string
		s    monitor.Snapshot
		keys []string
	}{
		{"first start", none, nil},
		{"reading", reading, nil},
		{"notices", noticed, nil},
		{"all notices", noticed, []string{"f2"}},
		{"help", fakeSnapshot(), []string{"?"}},
		{"help search", fakeSnapshot(), []string{"?", "/", "s", "o", "r", "t"}},
		{"grouped", fakeSnapshot(), []string{"g"}},
		{"filter", fakeSnapshot(), []string{"/", "a", "u", "t", "h"}},
		{"frozen", fakeSnapshot(), []string{"p"}},
		{"columns 24h", fakeSnapshot(), []string{"c", "]", "]"}},
		{"by run", fakeSnapshot(), []string{"c", "c"}},
		{"themes", fakeSnapshot(), []string{"t"}},
		{"copy", fakeSnapshot(), []string{"y"}},
		{"compact", fakeSnapshot(), []string{"w"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := feed(start(80, 24, c.s), press(c.keys...)...)
			requireFit(t, m.View().Content, 80, 24)
			golden.RequireEqual(t, []byte(text(m)))
		})
	}
}

func TestViewBeforeAnything(t *testing.T) {
	m := New(Options{})
	if v := m.View(); v.Content != "" || !v.AltScreen {
		t.Errorf("first view %q, alt screen %v", v.Content, v.AltScreen)
	}
	m = feed(m, tea.WindowSizeMsg{Width: 80, Height: 24})
	requireFit(t, m.View().Content, 80, 24)
	m = feed(New(Options{}), SnapshotMsg(fakeSnapshot()))
	if got := m.View().Content; got != "" {
		t.Errorf("view without a size: %q", got)
	}
	feed(New(Options{}), press("j", "enter", "g", "/", "x", "esc", "y", "?", "f2")...)
}

func TestWindowTitle(t *testing.T) {
	if got, want := start(80, 24, fakeSnapshot()).View().WindowTitle, "!2 ≥$3.42/h tokenburn"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
}

func TestSelectionFollowsRun(t *testing.T) {
	s := fakeSnapshot()
	m := feed(start(80, 24, s), press("down")...)
	second := s.Runs[1].ID
	if m.selected != second {
		t.Fatalf("selected %s", m.selected)
	}
	s.Runs = fakeRuns()
	s.Runs[1].Rate.USDPerHour = usd(9)
	s.Runs[0], s.Runs[1] = s.Runs[1], s.Runs[0]
	m = feed(m, SnapshotMsg(s))
	if m.selected != second || m.row != 0 {
		t.Errorf("after re-sorting: %s at row %d", m.selected, m.row)
	}
	s.Runs = s.Runs[1:]
	m = feed(m, SnapshotMsg(s))
	if m.selected != s.Runs[0].ID {
		t.Errorf("after the run is gone: %s", m.selected)
	}
}

func TestOrderIsFrozenWhileSomethingIsOpen(t *testing.T) {
	for _, keys := range [][]string{{"/"}, {"y"}, {"t"}} {
		s := fakeSnapshot()
		m := feed(start(80, 24, s), press(keys...)...)
		before := fmt.Sprint(m.order)
		next := fakeSnapshot()
		next.Runs[4].Rate.USDPerHour = usd(99)
		fresh := next.Runs[0]
		fresh.ID, fresh.Rate.USDPerHour = "new", usd(500)
		next.Runs = append([]monitor.Run{fresh}, next.Runs...)
		m = feed(m, SnapshotMsg(next))
		if got := fmt.Sprint(m.order); got != strings.TrimSuffix(before, "]")+" new]" {
			t.Errorf("%v: order became %s", keys, got)
		}
		m = feed(m, press("esc")...)
		if m.order[0] != "new" || m.order[1] != next.Runs[5].ID {
			t.Errorf("%v: order after closing %v", keys, m.order)
		}
		if m.selected != s.Runs[0].ID {
			t.Errorf("%v: selection went to %s", keys, m.selected)
		}
	}
}

// Under load the runs would change places with every frame: an order stays for a second, but not
// for a run that is new, nor for somebody who asks for another one.
func TestOrderStaysForASecond(t *testing.T) {
	s := fakeSnapshot()
	m := start(80, 24, s)
	first, dear := m.order[0], s.Runs[4].ID
	later := func(d time.Duration) monitor.Snapshot {
		next := fakeSnapshot()
		next.At = s.At.Add(d)
		next.Runs[4].Rate.USDPerHour = usd(99)
		return next
	}
	m = feed(m, SnapshotMsg(later(400*time.Millisecond)), SnapshotMsg(later(900*time.Millisecond)))
	if m.order[0] != first {
		t.Errorf("after 0.9 s %s comes first", m.order[0])
	}
	if m = feed(m, SnapshotMsg(later(time.Second))); m.order[0] != dear {
		t.Errorf("after a second %s comes first", m.order[0])
	}
	next := later(1500 * time.Millisecond)
	fresh := next.Runs[0]
	fresh.ID, fresh.Rate.USDPerHour = "new", usd(500)
	next.Runs = append([]monitor.Run{fresh}, next.Runs...)
	if m = feed(m, SnapshotMsg(next)); m.order[0] != "new" {
		t.Errorf("a new run waits for its place: %v", m.order)
	}
	next.At = s.At.Add(1600 * time.Millisecond)
	if m = feed(feed(m, press("S")...), SnapshotMsg(next)); m.order[len(m.order)-1] != "new" {
		t.Errorf("another order waits: %v", m.order)
	}
	if m = feed(m, SnapshotMsg(s)); m.order[0] == "new" || len(m.order) != len(s.Runs) {
		t.Errorf("a clock that goes back: %v", m.order)
	}
}

func names(m Model) []string {
	var out []string
	for _, it := range m.items {
		if it.run < 0 {
			out = append(out, "["+it.group+"]")
			continue
		}
		out = append(out, strings.Fields(m.snap.Runs[it.run].Name)[0])
	}
	return out
}

func TestFilterSortGroup(t *testing.T) {
	ja := "日本語ドキュメント-docs"
	for _, c := range []struct {
		keys []string
		want []string
	}{
		{nil, []string{"api-gateway", ja, "tests-flaky", "refactor-auth", "lint-sweep", "rm"}},
		{[]string{"S"}, []string{"lint-sweep", "rm", "refactor-auth", "tests-flaky", ja, "api-gateway"}},
		{[]string{"s"}, []string{"api-gateway", "refactor-auth", ja, "tests-flaky", "lint-sweep", "rm"}},
		{[]string{"s", "s"}, []string{"tests-flaky", "api-gateway", ja, "refactor-auth", "lint-sweep", "rm"}},
		{[]string{"s", "s", "s"}, []string{"lint-sweep", "api-gateway", ja, "refactor-auth", "tests-flaky", "rm"}},
		{[]string{"s", "s", "s", "s"}, []string{"api-gateway", "lint-sweep", "refactor-auth", "rm", "tests-flaky", ja}},
		{[]string{"/", "a", "c", "m", "e", " ", "g", "o"}, nil},
		{[]string{"/", "A", "U", "T", "H"}, []string{"refactor-auth", "lint-sweep"}},
		{[]string{"/", "a", "u", "t", "h", " ", "f", "a", "i", "l"}, []string{"lint-sweep"}},
		{[]string{"/", "b", "o", "b", "enter"}, []string{"tests-flaky"}},
		{[]string{"/", "b", "o", "b", "enter", "esc"}, []string{"api-gateway", ja, "tests-flaky", "refactor-auth", "lint-sweep", "rm"}},
		{[]string{"/", "b", "o", "b", "esc"}, []string{"api-gateway", ja, "tests-flaky", "refactor-auth", "lint-sweep", "rm"}},
		{[]string{"tab"}, []string{"tests-flaky", "lint-sweep"}},
		{[]string{"tab", "tab"}, []string{"api-gateway", ja, "tests-flaky"}},
		{[]string{"shift+tab"}, []string{"lint-sweep", "rm"}},
		{[]string{"g"}, []string{
			"[github.com/acme/api-gateway]", "api-gateway", "tests-flaky", "[github.com/acme/docs]", ja,
			"[github.com/acme/auth]", "refactor-auth", "lint-sweep", "[unknown]", "rm",
		}},
		{[]string{"g", "g", "g"}, []string{"[working]", "api-gateway", ja, "[silent]", "tests-flaky", "[idle]", "refactor-auth", "[failed]", "lint-sweep", "[done]", "rm"}},
	} {
		m := feed(start(80, 24, fakeSnapshot()), press(c.keys...)...)
		if got := names(m); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v:\n got %v\nwant %v", c.keys, got, c.want)
		}
	}
}

func TestFilterTakesEveryPrintableKey(t *testing.T) {
	m := feed(start(80, 24, fakeSnapshot()), press("/", "q", "s", "g", "p", "t", "y", "?", "x")...)
	if m.filter.Value() != "qsgpty?x" || m.dialog != dialogNone || m.screen != screenMain || m.held != nil {
		t.Errorf("filter %q, dialog %d, screen %d", m.filter.Value(), m.dialog, m.screen)
	}
	_, cmd := m.Update(press("ctrl+c")[0])
	if cmd == nil {
		t.Error("ctrl+c does not quit from the filter")
	}
	m = feed(start(80, 24, fakeSnapshot()), append(press("/"), tea.PasteMsg{Content: "au\x1b[31mth\n"})...)
	if strings.ContainsAny(text(m), "\x1b") {
		t.Error("a pasted escape sequence is on screen")
	}
	if c := m.View().Cursor; c == nil || c.Y != 23 {
		t.Errorf("cursor %v", c)
	}
}

func TestFreeze(t *testing.T) {
	m := feed(start(80, 24, fakeSnapshot()), press("p")...)
	next := fakeSnapshot()
	next.Rate = monitor.Rate{USDPerHour: usd(77)}
	next.At = next.At.Add(1e9)
	m = feed(m, SnapshotMsg(next))
	if got := text(m); strings.Contains(got, "77.00") || !strings.Contains(got, "frozen 14:32:08") {
		t.Errorf("frozen screen:\n%s", got)
	}
	m = feed(m, press("p")...)
	if got := text(m); !strings.Contains(got, "77.00") || strings.Contains(got, "frozen") {
		t.Errorf("resumed screen:\n%s", got)
	}
}

func TestIntents(t *testing.T) {
	var sent []monitor.Intent
	o := Options{Send: func(i monitor.Intent) { sent = append(sent, i) }}
	s := fakeSnapshot()
	s.Reading.Done = false
	m := feed(New(o), tea.WindowSizeMsg{Width: 80, Height: 24}, SnapshotMsg(s))
	m = feed(m, press("r", "esc", "down", "enter")...)
	m = feed(m, SnapshotMsg(s), SnapshotMsg(s))
	m = feed(m, press("esc")...)
	feed(m, tea.WindowSizeMsg{Width: 140, Height: 40}, SnapshotMsg(s))
	want := []monitor.Intent{
		monitor.Rescan{}, monitor.SkipHistory{}, monitor.Focus{Run: s.Runs[1].ID}, monitor.Focus{}, monitor.Focus{Run: s.Runs[1].ID},
	}
	if fmt.Sprint(sent) != fmt.Sprint(want) {
		t.Errorf("sent %v, want %v", sent, want)
	}
}

func TestQuitKeys(t *testing.T) {
	for _, keys := range [][]string{{"q"}, {"ctrl+c"}, {"enter", "q"}, {"?", "q"}, {"f2", "q"}, {"/", "ctrl+c"}, {"t", "ctrl+c"}, {"y", "ctrl+c"}} {
		m := feed(start(80, 24, fakeSnapshot()), press(keys[:len(keys)-1]...)...)
		_, cmd := m.Update(press(keys[len(keys)-1])[0])
		if cmd == nil {
			t.Errorf("%v: no command", keys)
			continue
		}
		if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%v: %T", keys, cmd())
		}
	}
	if _, cmd := start(80, 24, fakeSnapshot()).Update(press("esc")[0]); cmd != nil {
		t.Error("esc must not quit")
	}
}

func TestCopy(t *testing.T) {
	var copied string
	o := Options{Copy: func(s string) error { copied = s; return errors.New("no\x1b[2J tmux") }}
	m := feed(New(o), tea.WindowSizeMsg{Width: 80, Height: 24}, SnapshotMsg(fakeSnapshot()))
	m = feed(m, press("y")...)
	next, cmd := m.Update(press("enter")[0])
	if cmd == nil {
		t.Fatal("nothing is copied")
	}
	for _, c := range cmd().(tea.BatchMsg) {
		if msg := c(); msg != nil {
			next, _ = next.Update(msg)
		}
	}
	if copied == "" {
		t.Error("the program's own way of copying was not used")
	}
	if got := text(next.(Model)); !strings.Contains(got, "copy the") || strings.Contains(got, "\x1b") {
		t.Errorf("no word on it:\n%s", got)
	}
}

func TestMouse(t *testing.T) {
	s := fakeSnapshot()
	click := tea.MouseClickMsg{X: 10, Y: 7, Button: tea.MouseLeft}
	m := feed(start(80, 24, s), click)
	if m.selected != s.Runs[0].ID || m.View().MouseMode != tea.MouseModeNone {
		t.Error("the mouse is on before it was asked for")
	}
	m = feed(m, append(press("m"), click)...)
	if m.selected != s.Runs[2].ID || m.View().MouseMode == tea.MouseModeNone {
		t.Errorf("click selected %s", m.selected)
	}
	if m = feed(m, tea.MouseWheelMsg{Button: tea.MouseWheelDown}); m.selected != s.Runs[3].ID {
		t.Errorf("wheel selected %s", m.selected)
	}
}

func TestScrollKeepsSelectionOnScreen(t *testing.T) {
	for _, size := range [][2]int{{30, 6}, {40, 30}, {80, 24}, {120, 40}} {
		m := start(size[0], size[1], manyRuns(200))
		for i, k := range []string{"end", "home", "pgdown", "pgdown", "down", "g", "end", "up", "s", "pgup", "S", "home"} {
			m = feed(m, press(k)...)
			if !strings.Contains(text(m), "›") {
				t.Fatalf("%v: after key %d (%s) the selected run is not on screen:\n%s", size, i, k, text(m))
			}
		}
	}
}

func TestNumbersAreNeverCut(t *testing.T) {
	s := fakeSnapshot()
	for i := range s.Runs {
		s.Runs[i].Cost = price.Cost{USD: usd(1234.56), Unpriced: 1}
		s.Runs[i].Rate = monitor.Rate{USDPerHour: usd(987.65), Floor: true}
		s.Runs[i].Percent = 100
	}
	for w := 32; w <= 250; w += 3 {
		got := text(start(w, 30, s))
		for _, n := range []string{"≥987.65", "≥1235", "≥$1235", "100%"} {
			if n == "≥1235" && w < 60 || n == "≥$1235" && w >= 60 {
				continue
			}
			if !strings.Contains(got, n) {
				t.Fatalf("width %d: %s is cut:\n%s", w, n, got)
			}
		}
	}
}

// TestEveryKeyIsInTheHelp keeps the help from saying less than the keys do.
func TestEveryKeyIsInTheHelp(t *testing.T) {
	got := text(feed(start(200, 60, fakeSnapshot()), press("?")...))
	inHelp := map[string]bool{}
	for _, g := range newKeyMap(false).groups() {
		for _, b := range g.keys {
			inHelp[b.Help().Key+b.Help().Desc] = true
		}
		for _, row := range g.rows {
			if keys, does := row.help(); !strings.Contains(got, keys) || !strings.Contains(got, does) {
				t.Errorf("%q %q is not in the help", keys, does)
			}
		}
	}
	all := reflect.ValueOf(newKeyMap(false)).Elem()
	for i := range all.NumField() {
		b := all.Field(i).Interface().(key.Binding)
		if name := all.Type().Field(i).Name; name != "SkipHistory" && !inHelp[b.Help().Key+b.Help().Desc] {
			t.Errorf("%s is in no group of the help", name)
		}
	}
}

func TestAnySizeAnyData(t *testing.T) {
	name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"日本語日本語日本語", "👩‍👩‍👧‍👦 family", "a\nb\tc", "\x1b[31mred", "e\u0301e\u0301", strings.Repeat("x", 300)}))
	amount := rapid.Map(rapid.Int64(), func(n int64) price.Money { return price.Money(n) })
	keys := []string{"j", "k", "end", "home", "pgdown", "tab", "shift+tab", "/", "a", "esc", "enter", "s", "S", "g", "p", "[", "]", "c", "C", "w", "t", "y", "m", "r", "?", "f2", "down", "up", "ctrl+l"}
	rapid.Check(t, func(t *rapid.T) {
		s := monitor.Snapshot{At: fakeNow}
		if rapid.Bool().Draw(t, "base") {
			s = fakeSnapshot()
		}
		n := rapid.IntRange(0, 12).Draw(t, "runs")
		for i := range n {
			s.Runs = append(s.Runs, monitor.Run{
				ID: model.RunID(fmt.Sprint("r", i)), Name: name.Draw(t, "name"), Project: name.Draw(t, "project"), Model: name.Draw(t, "model"),
				State: monitor.State(rapid.IntRange(0, 6).Draw(t, "state")),
				Cost:  price.Cost{USD: amount.Draw(t, "cost"), Unpriced: model.Tokens(rapid.Int64().Draw(t, "unpriced"))},
				Rate:  monitor.Rate{USDPerHour: amount.Draw(t, "rate"), Floor: rapid.Bool().Draw(t, "floor")},
				Spark: []price.Money{amount.Draw(t, "spark")}, Percent: rapid.Float64().Draw(t, "percent"), StartedAt: fakeNow.Add(-1 << 50),
			})
		}
		s.Today, s.Rate.USDPerHour = price.Cost{USD: amount.Draw(t, "today")}, amount.Draw(t, "burn")
		s.Series.Minute = rapid.SliceOfN(amount, 0, 90).Draw(t, "minutes")
		s.Limits = append(s.Limits, model.Limit{Minutes: rapid.Int().Draw(t, "window"), Used: rapid.Float64().Draw(t, "used"), Name: "x"})
		s.Log = append(s.Log, monitor.LogEntry{Run: name.Draw(t, "log"), Text: name.Draw(t, "log text")})
		s.ByProject = append(s.ByProject, monitor.Share{Name: name.Draw(t, "share"), Cost: s.Today})
		s.Reading.Done = rapid.Bool().Draw(t, "read")
		s.Source.Files = rapid.IntRange(0, 1).Draw(t, "files")
		m := New(Options{ASCII: rapid.Bool().Draw(t, "ascii"), Theme: rapid.SampledFrom(themes.Names()).Draw(t, "theme"), Compact: rapid.Bool().Draw(t, "compact")})
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			w, h := rapid.IntRange(1, 250).Draw(t, "w"), rapid.IntRange(1, 80).Draw(t, "h")
			m = feed(m, tea.WindowSizeMsg{Width: w, Height: h}, SnapshotMsg(s))
			requireFit(t, m.View().Content, w, h)
			m = feed(m, press(rapid.SliceOfN(rapid.SampledFrom(keys), 0, 5).Draw(t, "keys")...)...)
			requireFit(t, m.View().Content, w, h)
		}
	})
}

func TestEverySizeFits(t *testing.T) {
	s := manyRuns(9)
	if os.Getenv("CI") == "" && testing.Short() {
		t.Skip("short")
	}
	m := start(1, 1, s)
	for w := 1; w <= 250; w += 1 + w/20 {
		for h := 1; h <= 80; h += 1 + h/10 {
			m = feed(m, tea.WindowSizeMsg{Width: w, Height: h})
			requireFit(t, m.View().Content, w, h)
		}
	}
}

func TestIdleFramesAreNotDrawnAgain(t *testing.T) {
	m := start(120, 40, fakeSnapshot())
	m.View()
	drawn := m.cache.frames
	for range 10 {
		m = feed(m, tea.FocusMsg{}, tea.WindowSizeMsg{Width: 120, Height: 40}, tea.EnvMsg{})
		m.View()
	}
	if m.cache.frames != drawn {
		t.Errorf("%d frames were drawn for nothing", m.cache.frames-drawn)
	}
	a, b := feed(m, press("down")...), feed(m, press("w")...)
	if a.View().Content == b.View().Content {
		t.Error("two models share one frame")
	}
}

func BenchmarkView(b *testing.B) {
	m := start(120, 40, manyRuns(200))
	b.ReportAllocs()
	for b.Loop() {
		m = m.changed()
		m.View()
	}
}

func BenchmarkUpdateUnchanged(b *testing.B) {
	s := SnapshotMsg(manyRuns(200))
	var m tea.Model = start(120, 40, monitor.Snapshot(s))
	b.ReportAllocs()
	for b.Loop() {
		m, _ = m.Update(s)
	}
}
