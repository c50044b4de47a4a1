package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

// judgedDay is a Monday afternoon with budgets of every sort: near and over the
// limit, without price, without data, for each run, in tokens.
func judgedDay(t *testing.T) *judged {
	t.Helper()
	s, err := config.Parse("config.toml", []byte(`
[[client]]
name = "acme"
projects = ["github.com/acme/*"]
[[budget]]
name = "acme month"
scope = { client = "acme" }
period = "month"
limit = "$400"
at_limit = "ask"
[[budget]]
name = "beta"
parent = "acme month"
share = "60%"
period = { from = 2026-11-01, to = 2026-12-15 }
[[budget]]
name = "day"
period = "day"
limit = "$25"
[[budget]]
name = "each run"
period = "run"
limit = "$5"
at_limit = "stop"
[[budget]]
name = "tokens of a week"
period = "week"
limit = "40M tokens"
[[budget]]
name = "tests"
scope = { kind = "test" }
period = "month"
limit = "1200 credits"
`))
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	d := &judged{clock: model.Clock{Now: time.Date(2026, 11, 23, 14, 32, 0, 0, berlin), Zone: berlin}}
	if d.plan, err = s.Plan(berlin, "/home/ada"); err != nil {
		t.Fatal(err)
	}
	if d.judge, err = budget.NewJudge(d.plan); err != nil {
		t.Fatal(err)
	}
	d.names = map[model.RunID]string{"01a2080a-0000-7000-8000-000000000001": "日本語のドキュメントを書く and some more that is long"}
	row := func(run string, at time.Time, cents int64) budget.Spend {
		return budget.Spend{Quarter: at.Unix() / model.QuarterSeconds, Run: model.RunID(run), Project: "github.com/acme/shop", Client: "acme", User: "ada", Model: "gpt-5.4",
			Count: model.Count{Usage: model.Usage{Input: model.Tokens(cents * 4000)}, Responses: 1}, Cost: price.Cost{USD: price.Money(cents) * price.Dollar / 100}}
	}
	for i := range 20 {
		at := d.clock.Now.AddDate(0, 0, -i-1).Add(-3 * time.Hour)
		run := fmt.Sprintf("01a1%04d-0000-7000-8000-00000000000%d", i, i%10)
		d.judge.Put(model.RunID(run), []budget.Spend{row(run, at, int64(900+137*(i%5)))})
	}
	strange := row("01a2080a-0000-7000-8000-000000000002", d.clock.Now.Add(-time.Hour), 250)
	strange.Cost.Unpriced, strange.Cost.Upper = 120_000, 18*price.Dollar
	d.judge.Put(strange.Run, []budget.Spend{strange})
	long := row("01a2080a-0000-7000-8000-000000000001", d.clock.Now.Add(-20*time.Minute), 910)
	d.judge.Put(long.Run, []budget.Spend{long})
	d.judge.Burn(d.clock.Now.Add(-4*time.Minute), long)
	d.judge.Standings(d.clock.Now.Add(-checkEvery))
	d.standings = d.judge.Standings(d.clock.Now)
	return d
}

func plainStyles(t *testing.T, ascii bool) themes.Styles {
	t.Helper()
	st, err := themes.New("", themes.Options{ASCII: ascii, NoColor: true})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestBudgetsText(t *testing.T) {
	d := judgedDay(t)
	for _, width := range []int{40, 80, 120} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			text := ansi.Strip(budgetsText(d, budgetsView{st: plainStyles(t, false), width: width}))
			for line := range strings.SplitSeq(text, "\n") {
				if n := ansi.StringWidth(line); n > width {
					t.Errorf("%d cells: %s", n, line)
				}
			}
			golden.RequireEqual(t, []byte(text))
		})
	}
	text := ansi.Strip(budgetsText(d, budgetsView{st: plainStyles(t, true), width: 100}))
	if strings.ContainsAny(text, "▲≥≈…·─") {
		t.Fatalf("not ASCII:\n%s", text)
	}
}

func TestBudgetTraceText(t *testing.T) {
	d := judgedDay(t)
	for _, name := range []string{"acme month", "beta", "day", "each run", "tests"} {
		for _, width := range []int{40, 80} {
			t.Run(fmt.Sprint(name, " ", width), func(t *testing.T) {
				p := &budgetPrinter{whyPrinter{st: plainStyles(t, false), width: width, zone: d.clock.Zone, zoneName: "Europe/Berlin", path: func(s string) string { return s }}, d}
				for _, s := range d.standings {
					if s.Budget.Name != name {
						continue
					}
					tr, ok := d.judge.Explain(name, s.Key, d.clock.Now)
					if !ok {
						t.Fatal("no trace")
					}
					p.trace(tr, "config.toml")
				}
				text := ansi.Strip(p.text.String())
				for line := range strings.SplitSeq(text, "\n") {
					if n := ansi.StringWidth(line); n > width {
						t.Errorf("%d cells: %s", n, line)
					}
				}
				golden.RequireEqual(t, []byte(text))
			})
		}
	}
}

// What is not known is null, never 0, and amounts are exact.
func TestBudgetsJSON(t *testing.T) {
	d := judgedDay(t)
	b, err := json.Marshal(toBudgetsJSON(d, "Europe/Berlin"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Schema   int
		Exceeded bool
		Budgets  []struct {
			Name, Key, Period, Unit, Limit, Enforcement string
			Spent                                       *string
			Upper                                       *string  `json:"spent_upper"`
			Used                                        *float64 `json:"used_percent"`
			Floor                                       bool     `json:"spent_is_floor"`
			Exceeded                                    bool
			Forecast                                    *struct{ P10, P50, P90 string }
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != 1 || !doc.Exceeded {
		t.Errorf("schema %d, exceeded %v", doc.Schema, doc.Exceeded)
	}
	for _, s := range doc.Budgets {
		switch s.Name {
		case "tests":
			if s.Spent != nil || s.Used != nil || s.Enforcement != "without data" || s.Limit != "1200.00" {
				t.Errorf("%+v", s)
			}
		case "day":
			if *s.Spent != "11.60" || *s.Upper != "29.60" || !s.Floor || !s.Exceeded || s.Forecast == nil {
				t.Errorf("%+v", s)
			}
		case "beta":
			if s.Period != "milestone" || s.Limit != "240.00" {
				t.Errorf("%+v", s)
			}
		}
	}
}

func TestNiceLimit(t *testing.T) {
	for in, want := range map[price.Money]int64{
		0: 1, 1: 1, price.Dollar: 1, price.Dollar + 1: 2, 99 * price.Dollar: 99, 101 * price.Dollar: 110, 1234 * price.Dollar: 1300,
	} {
		if got := niceLimit(in); got != price.Money(want)*price.Dollar {
			t.Errorf("%s: %s, want %d", in, got, want)
		}
	}
}

// What init writes is right, whatever projects are called.
func TestProposalsAreSettings(t *testing.T) {
	p := &proposal{sum: 300 * price.Dollar, unpriced: 5}
	for i := range 12 {
		p.days = append(p.days, price.Money(i+1)*price.Dollar)
		p.runs = append(p.runs, price.Money(i+1)*price.Dollar/3)
	}
	for _, name := range []string{"github.com/acme/shop", "gitlab.com/bell/shop", `C:\work\"x"`, "~/src/日本語", "a*b", strings.Repeat("long/", 40)} {
		p.projects = append(p.projects, projectSpend{name: name, days: p.days, sum: 78 * price.Dollar})
	}
	text := p.text(false)
	s, err := config.Parse("proposal", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	plan, err := s.Plan(time.UTC, "/home/ada")
	if err != nil || len(plan.Budgets) != 8 {
		t.Fatalf("%d budgets, %v", len(plan.Budgets), err)
	}
	if want := (budget.Limit{Unit: budget.USD, Amount: 12 * int64(price.Dollar)}); !reflect.DeepEqual(plan.Budgets[0].Limit, want) {
		t.Errorf("the day's limit is the 95th percentile: %s", plan.Budgets[0].Limit)
	}
	if plan.Budgets[3].Name != "github.com/acme/shop day" || plan.Budgets[5].Scope.Project != `=C:\work\"x"` {
		t.Errorf("%+v", plan.Budgets[3:])
	}
	few := &proposal{days: p.days[:2], runs: p.runs[:1]}
	if s, err := config.Parse("few", []byte(few.text(true))); err != nil || len(s.Budgets) != 0 {
		t.Errorf("too little history sets nothing: %v, %+v", err, s.Budgets)
	}
}

// Extensions and labels that were decided before hold for the commands, too.
func TestBudgetsKnowWhatWasDecided(t *testing.T) {
	dir := t.TempDir()
	file, kept := filepath.Join(dir, "config.toml"), filepath.Join(dir, "ledger.db")
	settings := "[[budget]]\nname = \"all\"\nperiod = { from = 2026-01-01, to = 2035-12-31 }\nlimit = \"$1\"\n" +
		"[[budget]]\nname = \"relaunch\"\nscope = { task = \"relaunch\" }\nperiod = { from = 2026-01-01, to = 2035-12-31 }\nlimit = \"$1000\"\n"
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, int) {
		var out, errs bytes.Buffer
		code := Main(append([]string{"--codex-home", "testdata/home", "--config", file, "--ledger", kept, "--timezone", "UTC"}, args...), strings.NewReader(""), &out, &errs, []string{"HOME=" + dir, "COLUMNS=100"})
		if errs.Len() > 0 {
			t.Errorf("%v: %s", args, errs.String())
		}
		return out.String(), code
	}
	if out, code := run("check"); code != exitExceeded {
		t.Fatalf("exit code %d: %s", code, out)
	}
	l, err := ledger.Open(kept)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	g := ledger.Grant{ID: "g", Budget: "all", Limit: budget.Limit{Amount: 5000 * int64(price.Dollar)}, From: now.Add(-time.Minute), Until: now.Add(time.Hour), Reason: "relaunch"}
	if err := l.PutGrant(t.Context(), g, ledger.Entry{At: now, Actor: "ada", Action: "grant", Subject: "all"}); err != nil {
		t.Fatal(err)
	}
	if err := l.SetLabel(t.Context(), ledger.Label{Run: "01a0fb00-0000-7003-8000-0000000000c3", Task: "relaunch", At: now, By: "ada"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if out, code := run("check"); code != exitOK {
		t.Errorf("exit code %d: %s", code, out)
	}
	out, _ := run("why", "--budget", "all")
	if !strings.Contains(out, "extended  by $5,000.00 until ") {
		t.Errorf("%s", out)
	}
	out, _ = run("why", "--budget", "relaunch")
	if !strings.Contains(out, "of 1 run\n") || !strings.Contains(out, "by 01a0fb00-0000") {
		t.Errorf("%s", out)
	}
}
