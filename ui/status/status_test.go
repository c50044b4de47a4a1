package status

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

var now = time.Date(2026, 11, 23, 14, 32, 8, 0, time.UTC)

func usd(cents int) price.Money { return price.Money(cents) * price.Dollar / 100 }

func run(name string, s monitor.State, cents int) monitor.Run {
	return monitor.Run{ID: model.RunID("id-" + name), Name: name, State: s, LastAt: now.Add(-5 * time.Minute), Rate: monitor.Rate{USDPerHour: usd(cents)}}
}

// busy is a fleet in which something failed, something is silent and a limit is nearly reached.
func busy() monitor.Snapshot {
	return monitor.Snapshot{At: now, Zone: time.UTC, Reading: monitor.Reading{Done: true}, APIPrices: true, PricesAsOf: "2026-11-23",
		Rate: monitor.Rate{USDPerHour: usd(342), TokensPerMinute: 1200}, Today: price.Cost{USD: usd(1840)},
		Limits: []model.Limit{{Minutes: 300, Used: 93.9, ResetsAt: now.Add(time.Hour)}, {Minutes: 10080, Used: 46}},
		Runs: []monitor.Run{run("api-gateway", monitor.StateWorking, 198), run("日本語-docs", monitor.StateSilent, 84),
			run("tests-#flaky", monitor.StateFailed, 0), run("old", monitor.StateDone, 0)}}
}

// calmly is a fleet that does its work.
func calmly() monitor.Snapshot {
	s := busy()
	s.Limits, s.APIPrices = s.Limits[1:], false
	s.Runs = []monitor.Run{run("api-gateway", monitor.StateWorking, 198), run("docs", monitor.StateIdle, 0)}
	return s
}

func dark(t *testing.T) themes.Styles {
	t.Helper()
	s, err := themes.New("dark", themes.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPlain(t *testing.T) {
	with := func(s monitor.Snapshot, f func(*monitor.Snapshot)) monitor.Snapshot { f(&s); return s }
	empty := monitor.Snapshot{At: now, Zone: time.UTC, Reading: monitor.Reading{Done: true}}
	cases := []struct {
		name string
		s    monitor.Snapshot
		o    Options
		want string
	}{
		{"all", busy(), Options{}, "▲1 !2 2 runs $3.42/h day $18.40 5h 93% tests-#flaky failed API-equivalent"},
		{"calm", calmly(), Options{}, "2 runs $3.42/h day $18.40 wk 46%"},
		{"unknown format", calmly(), Options{Format: "x"}, "2 runs $3.42/h day $18.40 wk 46%"},
		{"nothing", empty, Options{}, "no run $0.00/h day $0.00"},
		{"hidden", empty, Options{HideIdle: true}, ""},
		{"not hidden while one is live", calmly(), Options{HideIdle: true, Width: 12}, "$3.42/h"},
		{"not hidden while one failed", with(empty, func(s *monitor.Snapshot) { s.Runs = []monitor.Run{run("x", monitor.StateDied, 0)} }), Options{HideIdle: true},
			"▲1 no run $0.00/h day $0.00 x died"},
		{"an old failure is history", with(empty, func(s *monitor.Snapshot) {
			s.Runs = []monitor.Run{run("x", monitor.StateFailed, 0)}
			s.Runs[0].LastAt = now.Add(-61 * time.Minute)
		}), Options{HideIdle: true}, ""},
		{"floors", with(calmly(), func(s *monitor.Snapshot) { s.Rate.Floor, s.Today.Unpriced = true, 5 }), Options{Width: 40}, "2 runs ≥$3.42/h day ≥$18.40 wk 46%"},
		{"floors in ascii", with(calmly(), func(s *monitor.Snapshot) { s.Rate.Floor = true }), Options{Styles: themes.Styles{Roles: &themes.Roles{Glyphs: themes.ASCII()}}, Width: 20}, "2 runs >=$3.42/h"},
		{"history is being read", with(calmly(), func(s *monitor.Snapshot) { s.Reading = monitor.Reading{At: now.Add(-time.Hour)} }), Options{Width: 30}, "2 runs $3.42/h day ≥$18.40"},
		{"history is read back to midnight", with(calmly(), func(s *monitor.Snapshot) { s.Reading = monitor.Reading{At: now.Add(-15 * time.Hour)} }), Options{Width: 30}, "2 runs $3.42/h day $18.40"},
		{"next to nothing", with(calmly(), func(s *monitor.Snapshot) { s.Rate.USDPerHour = 7 }), Options{Width: 30}, "2 runs <$0.01/h day $18.40"},
		{"a floor of next to nothing", with(calmly(), func(s *monitor.Snapshot) { s.Rate = monitor.Rate{USDPerHour: 7, Floor: true} }), Options{Width: 30}, "2 runs ≥$0.00/h day $18.40"},
		{"a window that has ended", with(calmly(), func(s *monitor.Snapshot) {
			s.Limits = []model.Limit{{Minutes: 300, Used: 99, ResetsAt: now}}
		}), Options{}, "2 runs $3.42/h day $18.40"},
		{"a limit that is reached", with(calmly(), func(s *monitor.Snapshot) { s.Limits = []model.Limit{{Minutes: 43200, Used: 100}} }), Options{}, "▲1 2 runs $3.42/h day $18.40 mo 100%"},
		{"nearly reached is not reached", with(calmly(), func(s *monitor.Snapshot) { s.Limits = []model.Limit{{Minutes: 120, Used: 99.97}} }), Options{}, "!1 2 runs $3.42/h day $18.40 2h 99%"},
		{"hostile name", with(calmly(), func(s *monitor.Snapshot) {
			s.Runs = []monitor.Run{run("a\x1b]0;x\x07\nb", monitor.StateFailed, 0)}
		}), Options{}, "▲1 no run $3.42/h day $18.40 wk 46% a b failed"},
		{"not a number", with(calmly(), func(s *monitor.Snapshot) { s.Limits = []model.Limit{{Minutes: 300, Used: math.Inf(1)}} }), Options{}, "▲1 2 runs $3.42/h day $18.40 5h 999%"},
	}
	for _, c := range cases {
		if got := Line(c.s, c.o); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestWidthDropsWholeParts: at every width the line fits, and what is left are
// whole parts, the most important ones.
func TestWidthDropsWholeParts(t *testing.T) {
	want := map[int]string{
		1: "", 2: "▲1", 4: "▲1", 5: "▲1 !2", 12: "▲1 !2", 13: "▲1 !2 $3.42/h", 20: "▲1 !2 2 runs $3.42/h", 31: "▲1 !2 2 runs $3.42/h day $18.40",
		38: "▲1 !2 2 runs $3.42/h day $18.40 5h 93%",
	}
	whole := strings.Fields(Line(busy(), Options{}))
	known := map[string]bool{}
	for _, w := range whole {
		known[w] = true
	}
	for w := 1; w <= 80; w++ {
		for _, s := range []monitor.Snapshot{busy(), calmly()} {
			if got := Line(s, Options{Width: w}); ansi.StringWidth(got) > w {
				t.Errorf("width %d: %q", w, got)
			}
		}
		got := Line(busy(), Options{Width: w})
		for _, word := range strings.Fields(got) {
			if !known[word] {
				t.Errorf("width %d: %q was cut", w, word)
			}
		}
		if x, ok := want[w]; ok && got != x {
			t.Errorf("width %d: %q, want %q", w, got, x)
		}
	}
}

func TestTmux(t *testing.T) {
	st := dark(t)
	crit, warn := colour(st.Crit.GetForeground(), true), colour(st.Warn.GetForeground(), true)
	if !strings.HasPrefix(crit, "#") || len(crit) != 7 || crit == warn {
		t.Fatalf("colours %q and %q", crit, warn)
	}
	want := "#[fg=" + crit + ",bold]▲1#[default] #[fg=" + warn + "]!2#[default] 2 runs $3.42/h day $18.40 #[fg=" + warn + "]5h 93%#[default] #[fg=" + crit + ",bold]tests-##flaky failed#[default]"
	if got := Line(busy(), Options{Format: Tmux, RGB: true, Styles: st, Width: 60}); got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	got := Line(busy(), Options{Format: Tmux, Styles: st, Width: 6})
	if !strings.HasPrefix(got, "#[fg=colour") || !strings.Contains(got, ",bold]▲1#[default]") {
		t.Errorf("256 colours: %q", got)
	}
	if got := Line(busy(), Options{Format: Tmux, Width: 6}); got != "#[bold]▲1#[default] #[bold]!2#[default]" {
		t.Errorf("no colours: %q", got)
	}
	if got := Line(calmly(), Options{Format: Tmux, Styles: st, Width: 20}); got != "2 runs $3.42/h" {
		t.Errorf("calm: %q", got)
	}
}

func TestJSON(t *testing.T) {
	var l line
	text := Line(busy(), Options{Format: JSON, HideIdle: true, Width: 3})
	if err := json.Unmarshal([]byte(text), &l); err != nil || strings.Contains(text, "\n") {
		t.Fatalf("%v: %s", err, text)
	}
	if l.Schema != 1 || l.Level != "critical" || l.Live != 2 || l.States["failed"] != 1 || l.USDPerHour != "3.42" || l.TodayUSD != "18.40" || l.TodayIsFloor ||
		len(l.Attention) != 3 || l.Attention[0].Run != "id-tests-#flaky" || l.Attention[1].Text != "5h 93%" || len(l.Limits) != 2 || l.Limits[1].ResetsAt != nil || !l.APIEquivalent {
		t.Errorf("%s", text)
	}
	if got := Line(monitor.Snapshot{At: now}, Options{Format: JSON}); !strings.Contains(got, `"attention":[],"limits":[]`) || !strings.Contains(got, `"level":"ok"`) {
		t.Errorf("empty: %s", got)
	}
}

func TestWaybar(t *testing.T) {
	s := busy()
	s.Runs[2].Name = "<b>&"
	cases := []struct {
		name             string
		s                monitor.Snapshot
		o                Options
		text, tip, class string
	}{
		{"critical", s, Options{Width: 40}, "▲1 !2 2 runs $3.42/h day $18.40 5h 93%", "critical: &lt;b&gt;&amp; failed", "critical"},
		{"active", calmly(), Options{Width: 16}, "2 runs $3.42/h", "api-gateway  working  $1.98/h", "active"},
		{"idle", monitor.Snapshot{At: now, Reading: monitor.Reading{Done: true}}, Options{Width: 16}, "no run $0.00/h", "", "idle"},
		{"hidden", monitor.Snapshot{At: now}, Options{HideIdle: true}, "", "", "hidden"},
	}
	for _, c := range cases {
		c.o.Format = Waybar
		var w struct{ Text, Tooltip, Class string }
		got := Line(c.s, c.o)
		if err := json.Unmarshal([]byte(got), &w); err != nil || w.Text != c.text || !strings.HasPrefix(w.Tooltip, c.tip) || w.Class != c.class {
			t.Errorf("%s: %v: %s", c.name, err, got)
		}
	}
}

func TestLines(t *testing.T) {
	cases := []struct {
		width, height int
		want          string
	}{
		{18, 2, "▲1 !2 $3.42/h\napi-gatewa $1.98/h"}, // a name may be cut, a number never
		{30, 3, "▲1 !2 2 runs $3.42/h\napi-gateway            $1.98/h\n日本語-docs            $0.84/h"},
		{18, 1, "▲1 !2 $3.42/h"},
		{5, 2, "▲1 !2"},
		{18, 0, ""},
	}
	for _, c := range cases {
		got := Lines(busy(), Options{}, c.width, c.height)
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%d×%d:\n%s\nwant\n%s", c.width, c.height, strings.Join(got, "\n"), c.want)
		}
		for _, l := range got {
			if ansi.StringWidth(l) > c.width {
				t.Errorf("%d×%d: %q is too wide", c.width, c.height, l)
			}
		}
	}
}
