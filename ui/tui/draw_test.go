package tui

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

func plain(t *testing.T) themes.Styles {
	t.Helper()
	st, err := themes.New("mono", themes.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		in   float64
		want string
	}{
		{0, "0.00"}, {0.0049, "<.01"}, {0.005, "0.01"}, {6.1, "6.10"}, {999.99, "999.99"}, {999.999, "1000"}, {1234.5, "1234"}, {9999.4, "9999"},
		{9999.5, "10.0K"}, {123_456, "123.5K"}, {4_100_000, "4.1M"}, {-2.5, "-2.50"},
	} {
		if got := money(usd(c.in)); got != c.want || len(got) > 6 {
			t.Errorf("money(%v) = %q, want %q", c.in, got, c.want)
		}
	}
	for _, m := range []price.Money{math.MaxInt64, math.MinInt64 + 1} {
		if got := money(m); len(got) > 7 {
			t.Errorf("money(%d) = %q", m, got)
		}
	}
}

func TestCostSaysWhatIsUnknown(t *testing.T) {
	g := themes.Unicode()
	for _, c := range []struct {
		in           price.Cost
		want, dollar string
	}{
		{price.Cost{USD: usd(6.1)}, "6.10", "$6.10"},
		{price.Cost{USD: usd(6.1), Unpriced: 1}, "≥6.10", "≥$6.10"},
		{price.Cost{Unpriced: 1}, "?", "$?"},
		{price.Cost{}, "0.00", "$0.00"},
	} {
		if got := cost(c.in, g); got != c.want {
			t.Errorf("cost(%v) = %q, want %q", c.in, got, c.want)
		}
		if got := dollars(c.in, g); got != c.dollar {
			t.Errorf("dollars(%v) = %q, want %q", c.in, got, c.dollar)
		}
	}
	if got := perHour(monitor.Rate{USDPerHour: usd(1.98), Floor: true}, g) + " " + perHour(monitor.Rate{Floor: true}, g); got != "≥$1.98/h $?/h" {
		t.Errorf("perHour: %q", got)
	}
}

func TestTokensAgePercent(t *testing.T) {
	for n, want := range map[model.Tokens]string{
		0: "0", 640: "640", 999: "999", 1000: "1.0K", 1100: "1.1K", 99_949: "99.9K", 99_950: "100K", 203_000: "203K", 999_499: "999K", 999_500: "1.0M",
		41_200_000: "41.2M", 1_500_000_000: "1.5B", -1100: "-1.1K",
	} {
		if got := tokens(n); got != want {
			t.Errorf("tokens(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		-time.Hour: "0s", 0: "0s", 9 * time.Second: "9s", 41*time.Minute + 59*time.Second: "41m", 62 * time.Minute: "1h02",
		76 * time.Hour: "3d04", 99 * 24 * time.Hour: "99d00", 412 * 24 * time.Hour: "412d", 1 << 62: "9999d",
	} {
		if got := age(d); got != want || len(got) > 5 {
			t.Errorf("age(%v) = %q, want %q", d, got, want)
		}
	}
	for p, want := range map[float64]string{99.98: "99%", 100: "100%", 99.2: "99%", -1: "-", 0: "0%", 80.5: "81%", 122: "122%", 1e9: "999%", math.NaN(): "-"} {
		if got := percent(p); got != want {
			t.Errorf("percent(%v) = %q, want %q", p, got, want)
		}
	}
	if got := between(time.Time{}, fakeNow); got != "-" {
		t.Errorf("the age of nothing is %q", got)
	}
}

func TestCutAndFit(t *testing.T) {
	g := themes.Unicode()
	for _, c := range []struct {
		in   string
		w    int
		want string
	}{
		{"api-gateway", 11, "api-gateway"}, {"api-gateway", 5, "api-…"}, {"日本語-docs", 6, "日本… "}, {"日本語", 1, "…"}, {"x", 0, ""}, {"x", 3, "x  "},
	} {
		if got := fit(c.in, c.w, g); got != c.want || cells(got) != c.w {
			t.Errorf("fit(%q, %d) = %q, want %q", c.in, c.w, got, c.want)
		}
	}
	if got := ends("left side", "12:00", 12, g); got != "left … 12:00" {
		t.Errorf("ends = %q", got)
	}
	if got := projectName("github.com/acme/api-gateway", 18, g); got != "acme/api-gateway" {
		t.Errorf("project %q", got)
	}
	if got := projectName("github.com/acme/api-gateway", 6, g); got != "api-g…" {
		t.Errorf("project %q", got)
	}
}

func TestRule(t *testing.T) {
	st := plain(t)
	for w := range 100 {
		if got := cells(rule("RUNS", "sort burn ↓", w, st)); got != w && w >= 6 || got > w {
			t.Errorf("a rule of %d cells has %d", w, got)
		}
	}
	if got := ansi.Strip(rule("RUNS", "sort ↓", 24, st)); got != "─ RUNS ──────── sort ↓ ─" {
		t.Errorf("rule %q", got)
	}
}

func TestGauge(t *testing.T) {
	st := plain(t)
	for p, want := range map[float64]string{-1: "╌╌╌╌╌╌╌╌╌╌", 0: "╌╌╌╌╌╌╌╌╌╌", 1: "━╌╌╌╌╌╌╌╌╌", 50: "━━━━━╌╌╌╌╌", 99: "━━━━━━━━━╌", 100: "━━━━━━━━━━", 122: "━━━━━━━━━━"} {
		if got := ansi.Strip(gauge(p, 10, st)); got != want {
			t.Errorf("gauge(%v) = %q, want %q", p, got, want)
		}
	}
}

func TestSparkline(t *testing.T) {
	st := plain(t)
	for _, c := range []struct {
		in   []float64
		w    int
		top  float64
		want string
	}{
		{nil, 4, 0, "    "},
		{[]float64{0, 0, 0, 0}, 4, 0, "    "},
		{[]float64{1, 2, 4, 8}, 4, 0, "▁▂▄█"},
		{[]float64{1, 2, 4, 8}, 4, 16, "▁▁▂▄"},
		{[]float64{8, 8, 0, 4, 4, 4, 8, 8}, 4, 0, "█▂▄█"},
		{[]float64{8, 4}, 4, 0, "██▄▄"},
		{[]float64{0.0001, 8}, 2, 0, "▁█"},
	} {
		var in []price.Money
		for _, v := range c.in {
			in = append(in, usd(v))
		}
		if got := ansi.Strip(sparkline(in, c.w, c.top, st)); got != c.want {
			t.Errorf("sparkline(%v, %d, %v) = %q, want %q", c.in, c.w, c.top, got, c.want)
		}
	}
}

func TestBlockAndOverlay(t *testing.T) {
	if got := block("a\nlonger", 3, 3); got != "a  \nlon\n   " {
		t.Errorf("block %q", got)
	}
	if got := block("日本語", 3, 1); got != "日 " {
		t.Errorf("block of wide signs %q", got)
	}
	got := ansi.Strip(overlay("aaaaaa\n日本語\ncccccc", "XX", 6, 3))
	if got != "aaaaaa\n日XX語\ncccccc" {
		t.Errorf("overlay %q", got)
	}
	got = ansi.Strip(overlay("日本語", "XXXX", 6, 1))
	if got != " XXXX " {
		t.Errorf("overlay over halves of wide signs %q", got)
	}
}

func TestClassOf(t *testing.T) {
	for _, c := range []struct {
		w, h int
		mode layoutMode
		want class
	}{
		{18, 2, layoutAuto, classText}, {19, 40, layoutAuto, classText}, {80, 2, layoutAuto, classText}, {30, 6, layoutAuto, classLine},
		{31, 40, layoutAuto, classLine}, {200, 9, layoutAuto, classLine}, {40, 30, layoutAuto, classCards}, {60, 10, layoutAuto, classTable},
		{99, 50, layoutAuto, classTable}, {100, 30, layoutAuto, classSplit}, {159, 50, layoutAuto, classSplit}, {160, 50, layoutAuto, classWide},
		{160, 50, layoutCompact, classLine}, {160, 50, layoutTable, classTable}, {145, 50, layoutWide, classWide}, {120, 50, layoutWide, classSplit},
		{80, 24, layoutWide, classTable}, {40, 30, layoutTable, classCards},
	} {
		if got := classOf(c.w, c.h, c.mode); got != c.want {
			t.Errorf("%dx%d %v: class %d, want %d", c.w, c.h, c.mode, got, c.want)
		}
	}
}

func TestColumnsFillTheWidth(t *testing.T) {
	for w := 60; w <= 250; w++ {
		for _, budgets := range []bool{false, true} {
			c := tableColumns(w, budgets)
			if c.name < 12 || (c.budget > 0) != budgets {
				t.Errorf("%d: a name has %d cells, a budget %d", w, c.name, c.budget)
			}
			sum := leadCells + c.name + rateCells + costCells + c.budget + contextCells + ageCells
			for _, col := range []int{c.project, c.model, c.spark, c.gauge} {
				if col > 0 {
					sum += col + 1
				}
			}
			if sum != w {
				t.Errorf("%d: columns take %d: %+v", w, sum, c)
			}
		}
		for _, class := range []class{classTable, classSplit, classWide} {
			l, m, r := columnWidths(class, w)
			if class == classWide && w < 140 || class == classSplit && w < 100 {
				continue
			}
			total := l + m + r
			for _, col := range []int{m, r} {
				if col > 0 {
					total += 3
				}
			}
			if total != w || l < 30 {
				t.Errorf("class %d at %d: %d %d %d", class, w, l, m, r)
			}
		}
	}
}

func TestStackFillsAtMostTheColumn(t *testing.T) {
	panels := []panel{{id: panelChart, min: 6, want: 9}, {id: panelLog, min: 3, want: 5}}
	for lines := range 60 {
		for want := range 40 {
			list, placed := stack(lines, want, panels)
			sum := list
			for _, p := range placed {
				if p.lines < p.min || p.lines > p.want {
					t.Fatalf("%d lines, list %d: panel %+v", lines, want, p)
				}
				sum += p.lines
			}
			if sum > lines || list < min(want, lines*2/3) {
				t.Fatalf("%d lines, list wants %d: list %d, panels %+v", lines, want, list, placed)
			}
		}
	}
}

// TestChartEndsAtTheRate: the right end of the chart is the decayed rate with a half-life of ten minutes.
func TestChartEndsAtTheRate(t *testing.T) {
	s := monitor.Series{Minute: make([]price.Money, 1440)}
	for i := range s.Minute {
		s.Minute[i] = usd(0.05)
	}
	for _, z := range []zoom{zoom10m, zoom1h, zoom5h, zoom24h} {
		got := burnSeries(s, z)
		if len(got) != int(z.span().Minutes()) {
			t.Errorf("%v has %d points", z, len(got))
		}
		if last := got[len(got)-1]; math.Abs(last-3) > 0.12 {
			t.Errorf("%v ends at %v, want 3 $/h", z, last)
		}
	}
	if got := resample([]float64{1, 3}, 5); fmt.Sprint(got) != "[1 1.5 2 2.5 3]" {
		t.Errorf("resample up %v", got)
	}
	if got := resample([]float64{1, 3, 5, 7}, 2); fmt.Sprint(got) != "[2 6]" {
		t.Errorf("resample down %v", got)
	}
	if got := burnSeries(monitor.Series{}, zoom7d); len(got) != 0 {
		t.Errorf("no series gives %v", got)
	}
}

func TestNiceStep(t *testing.T) {
	for in, want := range map[float64]float64{0: 1, 0.28: 0.3, 0.3: 0.3, 1.14: 1.2, 9.5: 10, 120: 120, 0.0011: 0.0012, math.Inf(1): 1} {
		if got := niceStep(in); math.Abs(got-want) > 1e-9 {
			t.Errorf("niceStep(%v) = %v, want %v", in, got, want)
		}
	}
}

func TestLimitNames(t *testing.T) {
	for minutes, want := range map[int]string{300: "5h", 299: "5h", 10080: "week", 43200: "month", 44640: "month", 4320: "3d", 0: "spend"} {
		if got := limitName(model.Limit{Minutes: minutes}); got != want {
			t.Errorf("%d minutes: %q, want %q", minutes, got, want)
		}
	}
	s := fakeSnapshot()
	if got := resetIn(model.Limit{ResetsAt: fakeNow.Add(-time.Second)}, s); got != "now" {
		t.Errorf("a window that is over resets %q", got)
	}
}

func TestFooterKeepsFirstAndLast(t *testing.T) {
	st := plain(t)
	hints := mainHints(newKeyMap(false), false, nil, nil, st.Glyphs)
	for w := 4; w < 160; w++ {
		got := ansi.Strip(footer(hints, w, st))
		if cells(got) > w || !strings.HasPrefix(got, "?") || !strings.Contains(got[1:], "q") {
			t.Errorf("%d cells: %q", w, got)
		}
	}
}

func TestColourProfileChoosesTheStyles(t *testing.T) {
	for profile, want := range map[colorprofile.Profile]string{
		colorprofile.TrueColor: "\x1b[1;38;2;255;112;144m", colorprofile.ANSI256: "\x1b[1;38;5;", colorprofile.ANSI: "\x1b[1;91m", colorprofile.ASCII: "\x1b[1m",
	} {
		m := feed(New(Options{Theme: "dark"}), tea.ColorProfileMsg{Profile: profile})
		if got := m.st.Crit.Render("x"); !strings.HasPrefix(got, want) {
			t.Errorf("%v: %q", profile, got)
		}
		if back := m.View().BackgroundColor; (back != nil) != (profile >= colorprofile.ANSI256) {
			t.Errorf("%v: background %v", profile, back)
		}
	}
	m := feed(New(Options{Theme: "dark", Look: themes.Options{NoColor: true}}), tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	if got := m.st.Crit.Render("x"); !strings.HasPrefix(got, "\x1b[1mx") {
		t.Errorf("NO_COLOR: %q", got)
	}
}
