package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"pgregory.net/rapid"
)

func usd2(cents int64) price.Money { return price.Money(cents) * cent }

func costs(cents int64) price.Cost { return price.Cost{USD: usd2(cents)} }

// busyDay is a day with everything in it.
func busyDay(t *testing.T) *monitor.Day {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 10, 25, 0, 0, 0, 0, zone) // of 25 hours
	at := func(h int) time.Time { return day.Add(time.Duration(h) * time.Hour) }
	standing := func(name, period string, spent, limit int64) budget.Standing {
		return budget.Standing{Budget: budget.Budget{Name: name, Period: budget.Period{Name: period}}, Spent: int64(usd2(spent)), Upper: int64(usd2(spent)),
			Limit: int64(usd2(limit)), Used: 100 * float64(spent) / float64(limit)}
	}
	daily := standing("everything", budget.Day, 1840, 2500)
	d := &monitor.Day{
		Date: day, To: time.Date(2026, 10, 26, 0, 0, 0, 0, zone), Open: true, Hours: 25,
		Cost: price.Cost{USD: usd2(1840), Unpriced: 12_300}, Usage: model.Count{Usage: model.Usage{Input: 41_200_000, Cached: 36_256_000, Output: 900_000}, Responses: 400},
		Previous: costs(2210), Median: usd2(1970), Budget: &daily, Runs: 4, Turns: 214, Active: 6*time.Hour + 12*time.Minute,
		ByProject: []monitor.Share{{Name: "~/src/api-gateway", Cost: costs(805), Runs: 2}, {Name: "~/src/a/very/long/path/that/does/not/fit/auth", Cost: costs(560), Runs: 1},
			{Name: "~/src/docs", Cost: costs(391), Runs: 1}, {Name: "~/src/x1", Cost: costs(40), Runs: 1}, {Name: "~/src/x2", Cost: costs(30), Runs: 1}, {Name: "~/src/x3", Cost: costs(14), Runs: 1}},
		ByClient: []monitor.Share{{Name: "acme", Cost: costs(1365), Runs: 3}, {Name: monitor.NoClient, Cost: costs(475), Runs: 1}},
		ByTask:   []monitor.Share{{Name: "ACME-12", Cost: costs(1365), Runs: 3}, {Name: monitor.NoTask, Cost: costs(475), Runs: 1}},
		ByKind:   []monitor.Share{{Name: "edit", Cost: costs(1100), Runs: 3}, {Name: "research", Cost: costs(740), Runs: 2}},
		ByModel:  []monitor.Share{{Name: "gpt-6.2-sol", Cost: costs(1840), Runs: 4}, {Name: "nobody-1", Cost: price.Cost{Unpriced: 12_300}, Runs: 1}},
		ByUser:   []monitor.Share{{Name: "ada", Cost: costs(1840), Runs: 4}},
		Output: monitor.Output{Files: 23, Added: 812, Removed: 140, TestsFixed: 2, Reports: 1, Commits: 8, Reverted: 1, Accepted: 7, Ambiguous: 2,
			Linked: usd2(1104), RevertedCost: usd2(92), PerChange: usd2(263), PullRequests: -1, OneShot: 5, OneShotOf: 8},
		Exceptions: []budget.Exception{
			{Rule: budget.RuleLoopIdentical, Severity: budget.Page, Run: "run-1", At: at(10), Observed: "the same call 6 times, same output", State: budget.Stopped},
			{Rule: "BUDGET_THRESHOLD", Severity: budget.Notice, Budget: "everything", At: at(11), Observed: "80% of $25.00", State: budget.Dismissed, Reason: "release\x1b[31m day"},
		},
		Headroom: []budget.Standing{standing("everything", budget.Day, 0, 2500), standing("acme month", budget.Month, 41000, 40000)},
		Notes:    []string{"api-gateway went $1.12 over its run budget; 62% of its input was not cached", "1 stop saved ≈ $1.98/h"},
	}
	d.PerRun = []monitor.DayRun{
		{ID: "run-1", Name: "api-gateway", Cost: costs(805), Files: 14, Added: 500, Removed: 90, TestsFixed: 1, Commits: 5, Reverted: 1, ChangedAt: at(9), SinceChange: costs(410)},
		{ID: "run-2", Name: "auth \x1b]0;x\x07", Cost: costs(560), Files: 9, Added: 312, Removed: 50, LinesFloor: true, Commits: 3, ChangedAt: at(9)},
		{ID: "run-3", Name: "docs", Cost: costs(391), Report: true},
		{ID: "run-4", Name: "x", Cost: price.Cost{USD: usd2(84), Unpriced: 12_300}, SinceChange: costs(84)},
	}
	d.Alive = []monitor.Run{{ID: "run-1", Name: "api-gateway", State: monitor.StateIdle, Percent: 81, Cost: costs(805)}}
	for h, c := range map[int]int64{1: 90, 2: 260, 3: 410, 10: 320, 24: 760} {
		d.ByHour[h] = costs(c)
	}
	return d
}

// golden compares with a file in testdata; UPDATE=1 writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s differs (UPDATE=1 writes it):\n%s", name, got)
	}
}

func TestDayTextAtEveryWidth(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		st, err := themes.New("", themes.Options{ASCII: ascii, NoColor: true})
		if err != nil {
			t.Fatal(err)
		}
		for width := 24; width <= 200; width++ {
			text := ansi.Strip(DayText(busyDay(t), DayView{Styles: st, Width: width, PricesAsOf: "2026-11-20"}))
			for line := range strings.SplitSeq(text, "\n") {
				if w := ansi.StringWidth(line); w > width {
					t.Fatalf("%d cells wide at width %d: %s", w, width, line)
				}
				for _, r := range line {
					if r < ' ' || ascii && r > '~' && r != '≈' {
						t.Fatalf("%q in %q", r, line)
					}
				}
			}
			if !strings.Contains(text, "18.40") || !strings.Contains(text, "8.05") {
				t.Fatalf("a number is missing at width %d:\n%s", width, text)
			}
			if width == 40 || width == 80 || width == 120 {
				if !ascii {
					golden(t, fmt.Sprintf("day-%d.golden", width), text)
				}
			}
		}
	}
}

func TestDayMarkdown(t *testing.T) {
	golden(t, "day-md.golden", DayMarkdown(busyDay(t), DayView{PricesAsOf: "2026-11-20", Client: "acme|*"}))
}

func TestDayWhoseCommitsAreUnknown(t *testing.T) {
	d := busyDay(t)
	d.Output = monitor.Output{Files: 2, Commits: -1, Ambiguous: -1, Reverted: -1, Accepted: -1, Linked: -1, RevertedCost: -1, PerChange: -1, PullRequests: -1,
		Git: "git is not installed", IsFloor: true, LinesFloor: true}
	st, err := themes.New("", themes.Options{NoColor: true})
	if err != nil {
		t.Fatal(err)
	}
	text := ansi.Strip(DayText(d, DayView{Styles: st, Width: 100}))
	for _, want := range []string{"at least 2 files changed, unknown lines", "commits unknown: git is not installed"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	for _, wrong := range []string{" -1", "$-", "per accepted change"} {
		if strings.Contains(text, wrong) {
			t.Errorf("has %q:\n%s", wrong, text)
		}
	}
}

func TestEmptyDay(t *testing.T) {
	st, err := themes.New("", themes.Options{NoColor: true})
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	text := ansi.Strip(DayText(&monitor.Day{Date: day, To: day.AddDate(0, 0, 1), Median: -1, Hours: 24}, DayView{Styles: st}))
	if !strings.Contains(text, "Nothing was used.") || strings.Contains(text, "$-") {
		t.Error(text)
	}
}

func statementRows(t *testing.T) ([]budget.Spend, time.Time, time.Time) {
	t.Helper()
	q := func(s string) int64 { return quarter(s) }
	row := func(at, client, project, task string, m price.Money) budget.Spend {
		return budget.Spend{Quarter: q(at), Run: model.RunID(project), Project: project, Client: client, Task: task, Cost: price.Cost{USD: m}, Count: count(1000, 10, 1)}
	}
	rows := []budget.Spend{
		row("2026-11-01T23:45:00Z", "acme", "=evil", "ACME-1", 4_333_333_333),
		row("2026-11-01T10:00:00Z", "acme", "=evil", "ACME-1", 4_333_333_333),
		row("2026-11-02T00:00:00Z", "acme", "shop", "", 8_333_333_334),
		row("2026-11-02T00:00:00Z", "other", "shop", "", price.Dollar),
		row("2026-10-31T23:45:00Z", "acme", "shop", "", price.Dollar),
		{Quarter: q("2026-11-03T00:00:00Z"), Run: "r", Project: "lab", Client: "acme", Task: "A|B", Cost: price.Cost{Unpriced: 1010, Upper: price.Dollar}, Count: count(1000, 10, 1)},
	}
	return rows, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
}

func TestStatement(t *testing.T) {
	rows, from, to := statementRows(t)
	s := StatementOf(rows, "acme", from, to)
	golden(t, "statement-md.golden", s.Markdown("2026-11-20"))
	var b bytes.Buffer
	if err := s.CSV(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "statement-csv.golden", b.String())
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(lines) != 4 {
		t.Fatalf("%v, %v", lines, err)
	}
	if s.Total.Cost.USD != 17_000_000_000 || s.Runs != 3 || !s.Total.Cost.Floor() {
		t.Errorf("total %+v of %d runs", s.Total, s.Runs)
	}
}

// Cents on a statement add up to the cents of its total.
func TestCentsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []StatementLine
		var total price.Money
		for _, m := range rapid.SliceOfN(rapid.Int64Range(0, int64(price.Dollar)), 0, 40).Draw(t, "lines") {
			lines = append(lines, StatementLine{Usage: Usage{Cost: price.Cost{USD: price.Money(m)}}})
			total += price.Money(m)
		}
		var sum int64
		for i, n := range centsThatAddUp(lines, total) {
			sum += n
			if d := lines[i].Cost.USD - price.Money(n)*cent; d <= -cent || d >= cent {
				t.Fatalf("%s is written as %d cents", lines[i].Cost.USD, n)
			}
		}
		if sum != wholeCents(total) {
			t.Fatalf("%d cents, want %d", sum, wholeCents(total))
		}
	})
}
