package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// handsSizes are the sizes of the goldens of dialogs: those of all screens, and a micro pane.
var handsSizes = append([][2]int{{30, 6}}, goldenSizes...)

// handsScenes are dialogs by what opened them, what was answered and what was pressed then.
func handsScenes() []struct {
	name string
	open []string
	deed *monitor.Deed
	keys []string
} {
	deed := func(d monitor.Deed) *monitor.Deed { return &d }
	server, bare := serverDeed(), fakeDeed(monitor.DeedStop, monitor.DeedReady)
	bare.Plan.Choices, bare.Orders, bare.Plan.Children = nil, nil, nil
	bare.Plan.Owner = control.Owner{Kind: control.Unproved, Why: "two processes hold its lock file"}
	return []struct {
		name string
		open []string
		deed *monitor.Deed
		keys []string
	}{
		{"looking", []string{"x"}, nil, nil},
		{"stop", []string{"x"}, deed(fakeDeed(monitor.DeedStop, monitor.DeedReady)), nil},
		{"stop at an amount", []string{"x"}, deed(fakeDeed(monitor.DeedStop, monitor.DeedReady)), []string{"wait", "4", "enter", "=12.5"}},
		{"stop server", []string{"down", "x"}, deed(server), []string{"wait", "down", "down"}},
		{"stop nobody", []string{"x"}, deed(bare), nil},
		{"acting", []string{"x"}, deed(actingDeed()), nil},
		{"stopped", []string{"x"}, deed(stoppedDeed()), nil},
		{"survivor", []string{"x"}, deed(stoppedDeed()), []string{"wait", "x"}},
		{"ordered", []string{"x"}, deed(orderedDeed()), nil},
		{"call off", []string{"down", "x"}, deed(serverDeed()), []string{"wait", "end"}},
		{"failed", []string{"x"}, deed(failedDeed()), nil},
		{"refused", []string{"x"}, deed(refusedDeed()), nil},
		{"downgrade", []string{"d"}, deed(fakeDeed(monitor.DeedDowngrade, monitor.DeedReady)), nil},
		{"downgrade choices", []string{"d"}, deed(fakeDeed(monitor.DeedDowngrade, monitor.DeedReady)), []string{"wait", "down", "enter", "down"}},
		{"take over", []string{"o"}, deed(fakeDeed(monitor.DeedTakeOver, monitor.DeedReady)), []string{"wait", "down"}},
	}
}

func TestHandsScreens(t *testing.T) {
	s := handsSnapshot()
	for _, c := range handsScenes() {
		for _, size := range handsSizes {
			t.Run(fmt.Sprintf("%s %dx%d", c.name, size[0], size[1]), func(t *testing.T) {
				m := pressed(start(size[0], size[1], s), c.open...)
				if c.deed != nil {
					m = answered(m, *c.deed)
				}
				m = pressed(m, c.keys...)
				requireFit(t, m.View().Content, size[0], size[1])
				golden.RequireEqual(t, []byte(text(m)))
			})
		}
	}
}

func TestHandsOnOtherScreens(t *testing.T) {
	counting := countingDown()
	own := judgedRun()
	h := handsSnapshot()
	own.Runs[0].Owner, own.Orders = h.Runs[0].Owner, slices.Clone(h.Orders)
	own.Orders[0].Run = own.Runs[0].ID
	for _, c := range []struct {
		name string
		s    monitor.Snapshot
		keys []string
	}{
		{"counting", counting, nil},
		{"counting run", counting, []string{"enter"}},
		{"counting under a dialog", counting, []string{"y"}},
		{"orders", h, nil},
		{"budget held by the gate", h, []string{"b", "down"}},
		{"owner", own, []string{"enter"}},
	} {
		for _, size := range handsSizes {
			t.Run(fmt.Sprintf("%s %dx%d", c.name, size[0], size[1]), func(t *testing.T) {
				m := pressed(start(size[0], size[1], c.s), c.keys...)
				requireFit(t, m.View().Content, size[0], size[1])
				golden.RequireEqual(t, []byte(text(m)))
			})
		}
	}
}

// What is to happen to whom can be read at every size, if need be by pgdn; and the run is named.
func TestEverythingIsToldAtEverySize(t *testing.T) {
	want := []string{"codex exec \"fix flaky retries in gateway\"", "pid 13073", "started 13:51:08", "01a2080a-e315", "turn 40 running", "1 child:", "(13391)", "sub-agent", "SIGINT goes to 13073 only", "Edits already made stay", "codex exec resume"}
	for _, size := range [][2]int{{20, 4}, {30, 6}, {40, 30}, {60, 12}, {80, 24}, {200, 50}} {
		m := answered(pressed(start(size[0], size[1], handsSnapshot()), "x"), fakeDeed(monitor.DeedStop, monitor.DeedReady))
		m = pressed(m, "wait")
		if !strings.Contains(text(m), "Cancel") {
			t.Errorf("%v: no way out:\n%s", size, text(m))
		}
		var seen strings.Builder
		last := ""
		for range 60 {
			now := text(m)
			if now == last {
				break
			}
			last = now
			v := handsSheet{s: m.snap, x: m.hands, d: *deedOf(m), phase: phaseOf(m), st: m.st}
			rows, _, _, _ := v.answers(min(size[0], 94) - 4)
			if bare(size[0], size[1]) {
				rows, _, _, _ = v.answers(size[0])
			}
			other := ansi.Strip(fmt.Sprint(rows))
			for _, l := range strings.Split(now, "\n") {
				if l = strings.Trim(l, "│ "); !strings.Contains(other, l) && !strings.Contains(l, "more line") && !strings.HasPrefix(l, "Stop api") {
					seen.WriteString(l + " ")
				}
			}
			m = feed(m, press("pgdown")...)
		}
		all := strings.Join(strings.Fields(seen.String()), "")
		for _, w := range want {
			if !strings.Contains(all, strings.Join(strings.Fields(w), "")) {
				t.Errorf("%v: %q is not told:\n%s", size, w, seen.String())
			}
		}
	}
}

func TestHandsASCIIAndThemes(t *testing.T) {
	for _, c := range handsScenes() {
		for _, theme := range themes.Names() {
			options := []Options{{Theme: theme}}
			if theme == "dark" {
				options = append(options, Options{Theme: theme, ASCII: true}, Options{Theme: theme, Look: themes.Options{NoColor: true}}, Options{Theme: theme, Look: themes.Options{Sixteen: true}})
			}
			for _, o := range options {
				m := feed(New(o), tea.WindowSizeMsg{Width: 80, Height: 24}, SnapshotMsg(handsSnapshot()))
				m = pressed(m, c.open...)
				if c.deed != nil {
					m = answered(m, *c.deed)
				}
				m = pressed(m, c.keys...)
				requireFit(t, m.View().Content, 80, 24)
				got := text(m)
				if o.ASCII && strings.IndexFunc(got, func(r rune) bool { return r > 127 }) >= 0 {
					t.Errorf("%s: not ASCII:\n%s", c.name, got)
				}
				if len(m.hands.choices(*deedOf(m), phaseOf(m), m.snap)) > 0 && !strings.Contains(got, m.st.Glyphs.Select+" ") {
					t.Errorf("%s in %s: the focus is not seen without colour:\n%s", c.name, theme, got)
				}
			}
		}
	}
}

func deedOf(m Model) *monitor.Deed { d, _ := m.hands.deed(m.newest()); return &d }
func phaseOf(m Model) handsPhase   { _, p := m.hands.deed(m.newest()); return p }

// What a process, a file or a server says is drawn as text and as nothing else.
func TestHandsTextsAreCleaned(t *testing.T) {
	bad := "x\x1b[31m\x07\r\n\u202ey\x9b5m\x1b]52;c;AAAA\x07"
	spoil := func(d monitor.Deed) monitor.Deed {
		d.Name, d.Why, d.Command = d.Name+bad, d.Why+bad, d.Command+bad
		p := &d.Plan
		p.Owner.Process.Command, p.Owner.Process.Cwd, p.Owner.Process.TTY, p.Owner.Pane, p.Owner.Why = bad, bad, bad, bad, bad
		p.Target.Cwd, p.Target.Name, p.Why = bad, bad, bad
		p.Children = append(p.Children, control.Process{PID: 5, Command: bad})
		p.Others = []string{bad}
		p.Choices = append(p.Choices, control.Choice{Way: "odd", Label: bad, Effects: []string{bad}})
		d.Orders = append(d.Orders, monitor.OrderOffer{Kind: "odd", Label: bad, Effects: []string{bad}})
		d.Models = append(d.Models, monitor.ModelOffer{Model: bad, Effort: bad, Risk: bad, Why: bad, Command: bad})
		d.How = append(d.How, bad)
		d.Places = append(d.Places, control.Place(bad))
		d.Steps = append(d.Steps, control.Step{At: fakeNow, Text: bad})
		d.Outcome.Survivors = append(d.Outcome.Survivors, control.Process{PID: 6, Command: bad})
		d.Outcome.Next = append(d.Outcome.Next, control.Choice{Way: "odd", Label: bad, Effects: []string{bad}})
		return d
	}
	s := countingDown()
	s.Runs[0].Name += bad
	s.Runs[0].Owner.Why, s.Runs[0].Owner.Pane = bad, bad
	s.Countdowns[0].Name, s.Countdowns[0].Budget, s.Countdowns[0].Why = bad, bad, bad
	s.Orders = append(s.Orders, monitor.Order{Run: s.Runs[0].ID, Kind: "odd\x1b", Actor: bad, Reason: bad})
	s.Gate.Missing, s.Gate.Why = []string{bad}, bad
	check := func(m Model, what string) {
		t.Helper()
		for _, r := range text(m) {
			if r != '\n' && (unicode.IsControl(r) || r == '\u202e') {
				t.Fatalf("%s: %q is on the screen", what, r)
			}
		}
	}
	for _, w := range []int{18, 40, 80, 160} {
		for _, c := range handsScenes() {
			m := pressed(start(w, 40, s), c.open...)
			if c.deed != nil {
				m = answered(m, spoil(*c.deed))
			}
			check(pressed(m, c.keys...), c.name)
			check(pressed(m, "wait", "end", "end"), c.name)
		}
		check(start(w, 40, s), "main")
		check(pressed(start(w, 40, s), "enter"), "run")
		check(pressed(start(w, 40, s), "b", "down"), "budgets")
	}
}

// Unknown is never 0, a floor and an estimate have their signs.
func TestOffersTellWhatTheyKnow(t *testing.T) {
	got := text(answered(pressed(start(120, 40, handsSnapshot()), "d"), fakeDeed(monitor.DeedDowngrade, monitor.DeedReady)))
	line := func(name string) string {
		for _, l := range strings.Split(got, "\n") {
			if strings.Contains(l, name+" ") && !strings.Contains(l, "$ ") {
				return l
			}
		}
		t.Fatalf("%s is not on the screen:\n%s", name, got)
		return ""
	}
	for name, want := range map[string][]string{
		"gpt-5.2-codex (now)": {"high", "≈1.98", "≈26.84 ▲", "yes"}, "gpt-5.1-codex-mini": {"medium", "≈0.53", "≈1.45", "≈23.26", "yes"}, "gpt-5-nano": {"compact 1st"},
		"gpt-4-old": {"default", " no"}, "gpt-5.3-half": {"≥0.90", "unknown", "≥24.10"}, "gpt-9-secret": {"default", "unknown"},
	} {
		l := line(name)
		for _, w := range want {
			if !strings.Contains(l, w) {
				t.Errorf("%s: %q is missing in %q", name, w, l)
			}
		}
	}
	if l := line("gpt-9-secret"); strings.Contains(l, "0.00") || strings.Count(l, "unknown") != 3 {
		t.Errorf("what is unknown: %q", l)
	}
}

func TestEverySizeFitsHands(t *testing.T) {
	s := countingDown()
	for i, c := range handsScenes() {
		m := pressed(start(80, 24, s), c.open...)
		if c.deed != nil {
			m = answered(m, *c.deed)
		}
		m = pressed(m, c.keys...)
		for w := 1 + i%3; w <= 220; w += 1 + w/2 {
			for h := 1 + i%2; h <= 60; h += 1 + h/2 {
				m = feed(m, tea.WindowSizeMsg{Width: w, Height: h})
				requireFit(t, m.View().Content, w, h)
				if c := m.View().Cursor; c != nil && (c.X < 0 || c.X >= w || c.Y < 0 || c.Y >= h) {
					t.Fatalf("the cursor is at %d,%d of %dx%d", c.X, c.Y, w, h)
				}
			}
		}
	}
}

func TestAnySizeAnyDeed(t *testing.T) {
	name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "日本語日本語日本語", "👩‍👩‍👧‍👦 family", "a\nb\tc", "\x1b[31mred", "e\u0301e\u0301", strings.Repeat("x", 300), strings.Repeat("x y ", 300)}))
	keys := []string{"x", "d", "o", "1", "2", "3", "4", "enter", "enter", "down", "up", "tab", "pgdown", "pgup", "end", "esc", "wait", "wait", "y", "b", "j", "p", "5", "backspace"}
	rapid.Check(t, func(t *rapid.T) {
		s := handsSnapshot()
		if rapid.Bool().Draw(t, "counting") {
			s = countingDown()
		}
		m := New(Options{ASCII: rapid.Bool().Draw(t, "ascii"), Theme: rapid.SampledFrom(themes.Names()).Draw(t, "theme")})
		w, h := rapid.IntRange(1, 250).Draw(t, "w"), rapid.IntRange(1, 80).Draw(t, "h")
		m = feed(m, tea.WindowSizeMsg{Width: w, Height: h}, SnapshotMsg(s))
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			m = pressed(m, rapid.SliceOfN(rapid.SampledFrom(keys), 0, 6).Draw(t, "keys")...)
			requireFit(t, m.View().Content, w, h)
			d := rapid.SampledFrom(handsScenes()).Draw(t, "scene").deed
			if d == nil {
				continue
			}
			e := *d
			e.Name, e.Command, e.Why = name.Draw(t, "name"), name.Draw(t, "command"), name.Draw(t, "why")
			e.Plan.Owner.Process.Command, e.Plan.Why = name.Draw(t, "process"), name.Draw(t, "plan")
			if rapid.Bool().Draw(t, "bare") {
				e.Plan, e.Models, e.Outcome = control.Plan{}, nil, control.Outcome{}
			}
			for i := range e.Orders {
				e.Orders[i].Label = name.Draw(t, "label")
			}
			m = answered(m, e)
			requireFit(t, m.View().Content, w, h)
			if c := m.View().Cursor; c != nil && (c.X < 0 || c.X >= w || c.Y < 0 || c.Y >= h) {
				t.Fatalf("the cursor is at %d,%d of %dx%d", c.X, c.Y, w, h)
			}
		}
	})
}
