package tui

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// pressed gives the model after keys, each by its name.
func pressed(m Model, names ...string) Model {
	for _, n := range names {
		switch n {
		case "left":
			m = feed(m, tea.KeyPressMsg{Code: tea.KeyLeft})
		case "right":
			m = feed(m, tea.KeyPressMsg{Code: tea.KeyRight})
		case "wait": // until enter answers what is open
			m = feed(m, armedMsg{m.opened})
		default:
			if r := []rune(n); len(r) > 1 && strings.HasPrefix(n, "=") { // text, letter by letter
				for _, c := range r[1:] {
					m = feed(m, tea.KeyPressMsg{Code: c, Text: string(c)})
				}
				continue
			}
			m = feed(m, press(n)...)
		}
	}
	return m
}

// judgedRun is a run from inside that has a budget, exceptions and kinds of work.
func judgedRun() monitor.Snapshot {
	s := runSnapshot()
	j := judgedSnapshot()
	s.Budgets, s.Exceptions, s.Snoozed = j.Budgets, j.Exceptions[:2], j.Snoozed
	s.Runs[0].BudgetUsed, s.Runs[0].Open, s.Runs[0].Worst = 122, 1, budget.Page
	s.Runs[0].Kinds, s.Runs[0].Task, s.Runs[0].Client = j.Runs[0].Kinds, "ACME-77", "acme"
	return s
}

func TestJudgedScreens(t *testing.T) {
	s := judgedSnapshot()
	for _, c := range []struct {
		name string
		s    monitor.Snapshot
		keys []string
	}{
		{"main", s, nil},
		{"exceptions", s, []string{"2"}},
		{"exception", s, []string{"2", "enter"}},
		{"budgets", s, []string{"b"}},
		{"day", s, []string{"5"}},
		{"run", judgedRun(), []string{"enter"}},
		{"run cost", judgedRun(), []string{"enter", "shift+tab"}},
	} {
		for _, size := range goldenSizes {
			t.Run(fmt.Sprintf("%s %dx%d", c.name, size[0], size[1]), func(t *testing.T) {
				m := pressed(start(size[0], size[1], c.s), c.keys...)
				requireFit(t, m.View().Content, size[0], size[1])
				golden.RequireEqual(t, []byte(text(m)))
			})
		}
	}
}

func TestJudgedParts(t *testing.T) {
	s := judgedSnapshot()
	over := s
	over.Day = nil
	for _, c := range []struct {
		name string
		s    monitor.Snapshot
		keys []string
	}{
		{"grouped", s, []string{"g"}},
		{"compact", s, []string{"w"}},
		{"frozen exceptions", s, []string{"2", "p"}},
		{"second exception", s, []string{"2", "down", "enter", "down"}},
		{"snoozed exception", s, []string{"2", "end", "enter"}},
		{"budget of tokens", s, []string{"4", "down", "down", "down"}},
		{"run budget", s, []string{"4", "end"}},
		{"day by kind, scrolled", s, []string{"5", "g", "g", "end"}},
		{"day asked for", over, []string{"5", "left"}},
		{"snooze", s, []string{"z", "down"}},
		{"extend", s, []string{"e", "=2.50", "tab", "=18:00", "tab", "=nearly done"}},
		{"extend refused", s, []string{"e", "=7", "enter", "=2h", "enter", "=more", "enter", "enter", "wait", "enter"}},
		{"dismiss", s, []string{"D", "right", "tab", "=a rebase"}},
		{"label", s, []string{"l"}},
		{"copy of an exception", s, []string{"2", "y"}},
		{"copy of a budget", s, []string{"b", "y"}},
		{"copy of a day", s, []string{"5", "y"}},
		{"copy of a run", s, []string{"y"}},
		{"quiet exceptions", fakeSnapshot(), []string{"2"}},
		{"quiet budgets", fakeSnapshot(), []string{"4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := pressed(start(80, 24, c.s), c.keys...)
			requireFit(t, m.View().Content, 80, 24)
			golden.RequireEqual(t, []byte(text(m)))
		})
	}
}

// Where nothing is judged, nothing is said about it.
func TestNothingJudgedIsQuiet(t *testing.T) {
	for _, size := range [][2]int{{30, 6}, {40, 30}, {80, 24}, {120, 40}, {200, 50}} {
		got := text(start(size[0], size[1], fakeSnapshot()))
		got = got[:strings.LastIndex(got, "\n")] // the footer has the keys
		for _, word := range []string{"EXCEPTION", "BUDGET", "SNOOZED", "budget", "▲", "┃", " of $"} {
			if strings.Contains(got, word) {
				t.Errorf("%v: %q is on the screen:\n%s", size, word, got)
			}
		}
	}
}

func TestJudgedASCII(t *testing.T) {
	for _, keys := range [][]string{nil, {"2"}, {"2", "enter"}, {"b"}, {"5"}, {"D"}, {"z"}} {
		m := feed(New(Options{ASCII: true, Theme: "mono"}), tea.WindowSizeMsg{Width: 120, Height: 40}, SnapshotMsg(judgedSnapshot()))
		m = pressed(m, keys...)
		for _, r := range text(m) {
			if r > 127 && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) && !strings.ContainsRune("“”ー", r) {
				t.Errorf("%v: %q is drawn with --ascii:\n%s", keys, r, text(m))
				break
			}
		}
	}
}

// A session's texts reach these screens by evidence, names and labels.
func TestJudgedTextsAreCleaned(t *testing.T) {
	s := judgedSnapshot()
	bad := "x\x1b[31m\x07\r\n\u202ey\x9b5m"
	for i := range s.Exceptions {
		e := &s.Exceptions[i]
		for _, p := range []*string{&e.Rule, &e.Observed, &e.Threshold, &e.Owner, &e.Reason, &e.Advice.Detail, &e.Advice.Caution, &e.Advice.Model, &e.Advice.Effort} {
			*p += bad
		}
		e.State += budget.Life(bad)
		e.Evidence = append(e.Evidence, budget.Clue{Text: bad})
	}
	for i := range s.Budgets {
		b := &s.Budgets[i]
		b.Budget.Scope.User, b.Budget.File, b.Forecast.Why = bad, bad, bad
		b.Alerts = append(b.Alerts, budget.Alert{Text: bad, Tier: budget.Tier(bad)})
	}
	s.PlanFile += bad
	for i := range s.Runs {
		s.Runs[i].Client, s.Runs[i].Task = bad, bad
	}
	s.Day.Notes = append(s.Day.Notes, bad)
	for _, keys := range [][]string{nil, {"enter"}, {"2"}, {"2", "enter"}, {"2", "end", "enter"}, {"b"}, {"b", "end"}, {"5"}, {"l"}, {"e"}, {"D"}, {"2", "y"}, {"b", "y"}} {
		for _, w := range []int{40, 80, 160} {
			m := pressed(start(w, 50, s), keys...)
			for _, r := range text(m) {
				if r != '\n' && (unicode.IsControl(r) || r == '\u202e') {
					t.Fatalf("%v at %d: %q is on the screen", keys, w, r)
				}
			}
		}
	}
}

func TestBudgetNumbersAreNeverCut(t *testing.T) {
	s := judgedSnapshot()
	for w := 60; w <= 220; w += 7 {
		got := text(pressed(start(w, 40, s), "b"))
		for _, n := range []string{"≥$18.40", "$212.75", "$400.00", "122%", "40.0Mtok"} {
			if !strings.Contains(got, n) {
				t.Fatalf("width %d: %s is cut:\n%s", w, n, got)
			}
		}
	}
	for _, w := range []int{18, 24, 30, 44} { // a whole number or none
		got := text(pressed(start(w, 3, s), "b"))
		if !strings.Contains(got, "of $25.00") && strings.Contains(got, "of $") || !strings.Contains(got, "74%") {
			t.Fatalf("width %d:\n%s", w, got)
		}
	}
	for w := 32; w <= 220; w += 7 {
		if got := text(start(w, 40, s)); !strings.Contains(got, "122%") {
			t.Fatalf("width %d: the run's budget is cut:\n%s", w, got)
		}
	}
}

func TestPaceGauge(t *testing.T) {
	st := plain(t)
	for _, c := range []struct {
		used, at float64
		want     string
	}{
		{50, -1, "━━━━━╌╌╌╌╌"}, {50, 30, "━━━┃━╌╌╌╌╌"}, {50, 80, "━━━━━╌╌╌┃╌"}, {0, 0, "┃╌╌╌╌╌╌╌╌╌"}, {122, 100, "━━━━━━━━━┃"}, {99, 500, "━━━━━━━━━┃"},
	} {
		if got := ansi.Strip(paceGauge(c.used, c.at, 10, st)); got != c.want {
			t.Errorf("%v at %v: %q, want %q", c.used, c.at, got, c.want)
		}
	}
}

func TestTightestBudgetComesFirst(t *testing.T) {
	s := judgedSnapshot()
	var names []string
	for _, b := range gaugeBudgets(s) {
		names = append(names, b.Budget.Name)
	}
	if got := strings.Join(names, ", "); got != "day, acme month, beta" {
		t.Errorf("gauges of %s", got)
	}
	s.Budgets[1].Forecast.P50 = s.Budgets[1].Limit * 2
	if got := gaugeBudgets(s)[0].Budget.Name; got != "acme month" {
		t.Errorf("first is %s", got)
	}
}

func TestEverySizeFitsJudged(t *testing.T) {
	s := judgedSnapshot()
	for _, keys := range [][]string{nil, {"2"}, {"2", "enter"}, {"b"}, {"5"}, {"e"}, {"D"}, {"l"}, {"z"}, {"2", "p"}} {
		m := pressed(start(80, 24, s), keys...)
		for w := 1; w <= 250; w += 1 + w/5 {
			for h := 1; h <= 80; h += 1 + h/4 {
				m = feed(m, tea.WindowSizeMsg{Width: w, Height: h})
				requireFit(t, m.View().Content, w, h)
			}
		}
	}
}

func TestAnySizeAnyJudgement(t *testing.T) {
	name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "日本語日本語日本語", "👩‍👩‍👧‍👦 family", "a\nb\tc", "\x1b[31mred", "e\u0301e\u0301", strings.Repeat("x", 300)}))
	amount := rapid.Int64()
	keys := []string{"1", "2", "4", "5", "b", "a", "z", "e", "D", "l", "left", "right", "j", "k", "end", "home", "pgdown", "pgup", "tab", "shift+tab", "enter", "enter", "esc", "wait", "g", "p", "y", "w", "?", "x", "9", "backspace", "ctrl+l"}
	rapid.Check(t, func(t *rapid.T) {
		s := judgedSnapshot()
		budgets, exceptions := rapid.IntRange(0, 6).Draw(t, "budgets"), rapid.IntRange(0, 5).Draw(t, "exceptions")
		s.Budgets, s.Exceptions = s.Budgets[:budgets], s.Exceptions[:exceptions]
		if rapid.Bool().Draw(t, "wild") {
			for i := range s.Budgets {
				b := &s.Budgets[i]
				b.Spent, b.Limit, b.Upper, b.Plan, b.Granted = amount.Draw(t, "spent"), amount.Draw(t, "limit"), amount.Draw(t, "upper"), amount.Draw(t, "plan"), amount.Draw(t, "granted")
				b.Used, b.Forecast.P50 = rapid.Float64().Draw(t, "used"), amount.Draw(t, "p50")
				b.Budget.Name, b.Key, b.Budget.Parent = name.Draw(t, "name"), name.Draw(t, "key"), name.Draw(t, "parent")
				b.Budget.Limit.Unit = budget.Unit(rapid.IntRange(0, 2).Draw(t, "unit"))
				b.Floor = rapid.Bool().Draw(t, "floor")
			}
			for i := range s.Exceptions {
				e := &s.Exceptions[i]
				e.ID, e.Rule, e.Observed, e.Threshold, e.Budget = name.Draw(t, "id"), name.Draw(t, "rule"), name.Draw(t, "observed"), name.Draw(t, "threshold"), name.Draw(t, "of budget")
				e.Severity, e.Waste = budget.Severity(rapid.IntRange(0, 3).Draw(t, "severity")), price.Money(amount.Draw(t, "waste"))
				e.Advice.Model, e.Advice.Detail, e.Advice.Saving = name.Draw(t, "model"), name.Draw(t, "detail"), price.Money(amount.Draw(t, "saving"))
				e.Run = model.RunID(rapid.SampledFrom([]string{"", string(s.Runs[0].ID), "gone"}).Draw(t, "run"))
			}
		}
		if rapid.Bool().Draw(t, "no day") {
			s.Day = nil
		}
		m := New(Options{ASCII: rapid.Bool().Draw(t, "ascii"), Theme: rapid.SampledFrom(themes.Names()).Draw(t, "theme")})
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			w, h := rapid.IntRange(1, 250).Draw(t, "w"), rapid.IntRange(1, 80).Draw(t, "h")
			m = feed(m, tea.WindowSizeMsg{Width: w, Height: h}, SnapshotMsg(s))
			requireFit(t, m.View().Content, w, h)
			m = pressed(m, rapid.SliceOfN(rapid.SampledFrom(keys), 0, 6).Draw(t, "keys")...)
			requireFit(t, m.View().Content, w, h)
			if c := m.View().Cursor; c != nil && (c.X < 0 || c.X >= w || c.Y < 0 || c.Y >= h) {
				t.Fatalf("the cursor is at %d,%d of %dx%d", c.X, c.Y, w, h)
			}
		}
	})
}

func BenchmarkViewJudged(b *testing.B) {
	s := manyRuns(100)
	j := judgedSnapshot()
	for i := range 1000 {
		e := j.Exceptions[i%2]
		e.ID = fmt.Sprint("e", i)
		s.Exceptions = append(s.Exceptions, e)
		k := j.Budgets[i%6]
		k.Key = fmt.Sprint("k", i)
		s.Budgets = append(s.Budgets, k)
	}
	for name, keys := range map[string][]string{"main": nil, "exceptions": {"2"}, "budgets": {"b"}} {
		b.Run(name, func(b *testing.B) {
			m := pressed(start(120, 40, s), keys...)
			for b.Loop() {
				m = m.changed()
				m.View()
			}
		})
	}
}
