package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

const example = `timezone = "Europe/Berlin"
approver = "lea"
unpriced = "deny"
[[client]]
name = "acme"
projects = ["~/src/acme-*", "github.com/acme/*"]
[task]
pattern = "[A-Z]+-[0-9]+"
[[budget]]
name = "acme month"
scope = { client = "acme" }
period = "month"
limit = "$400"
warn_at = [50, 80, 100]
at_limit = "ask"
on_failure = "closed"
approver = "ada"
[[budget]]
name = "beta"
parent = "acme month"
share = "60%"
period = { from = 2026-11-01, to = 2026-12-15 }
[[budget]]
name = "tests"
scope = { kind = "test", model = "gpt-6*" }
period = "week"
limit = "40M tokens"
at_limit = "stop"
[thresholds]
loop_identical = { warn = 4 }
no_artifact = { critical = "$7.50" }
no_artifact_time = "20m"
context_growth = 0.05
off = ["OUTLIER"]
[policy]
models = ["gpt-6.2-sol", "gpt-5*"]
efforts = ["low", "medium"]
tiers = ["standard", "priority"]
[notify]
bell = true
quiet = "22:00-07:00"
from = "page"
`

func TestPlanOfTheSettings(t *testing.T) {
	t.Parallel()
	s, err := Parse("c.toml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Plan(nil, "/home/ada")
	if err != nil {
		t.Fatal(err)
	}
	if p.Task != "[A-Z]+-[0-9]+" || p.Unpriced != "deny" || p.Approvers[""] != "lea" || p.Approvers["acme month"] != "ada" || p.Home != "/home/ada" {
		t.Errorf("%+v", p)
	}
	month, beta, tests := p.Budgets[0], p.Budgets[1], p.Budgets[2]
	if month.Limit != (budget.Limit{Unit: budget.USD, Amount: 400 * int64(price.Dollar)}) || month.AtLimit != budget.Ask || month.FailOpen || month.Line != 9 || month.Scope.Client != "acme" {
		t.Errorf("%+v", month)
	}
	berlin, _ := time.LoadLocation("Europe/Berlin")
	if beta.Share != 0.6 || !beta.FailOpen || !beta.Period.From.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, berlin)) || !beta.Period.To.Equal(time.Date(2026, 12, 16, 0, 0, 0, 0, berlin)) {
		t.Errorf("%+v", beta)
	}
	if tests.Limit != (budget.Limit{Unit: budget.TokenUnit, Amount: 40_000_000}) || tests.AtLimit != budget.Stop || tests.WarnAt != nil {
		t.Errorf("%+v", tests)
	}
	th := p.Thresholds
	if th.LoopIdentical.Warn != 4 || th.LoopIdentical.Critical != 0 || th.NoArtifact.Critical != price.Dollar*15/2 || th.NoArtifactTime != 20*time.Minute || th.ContextGrowth != 0.05 || len(th.Off) != 1 {
		t.Errorf("%+v", th)
	}
	if want := (budget.Policy{Models: []string{"gpt-6.2-sol", "gpt-5*"}, Efforts: []string{"low", "medium"}, Tiers: []string{"default", "fast"}}); !reflect.DeepEqual(p.Policy, want) {
		t.Errorf("%+v", p.Policy)
	}
	if !s.Notify.Any() || s.Notify.From.Level() != budget.Page || s.Notify.Every.Duration() != time.Minute {
		t.Errorf("%+v", s.Notify)
	}
}

// Each mistake about budgets is told with its place and with what would be right.
func TestBudgetMistakes(t *testing.T) {
	t.Parallel()
	day := "[[budget]]\nname = \"day\"\nperiod = \"day\"\nlimit = \"$10\"\n"
	for _, c := range []struct{ text, message, want string }{
		{"[[budget]]\nname = \"a\"\nperiod = \"day\"\nlimit = \"5 dollars\"\n", `c.toml:4:9: invalid limit "5 dollars"`, `want an amount such as "$400"`},
		{"[[budget]]\nname = \"a\"\nperiod = \"year\"\nlimit = \"$5\"\n", `c.toml:3:10: budget "a": invalid period "year"`, "want month, week, day"},
		{"[[budget]]\nname = \"a\"\nlimit = \"$5\"\n", `c.toml:2:8: budget "a": there is no period`, `want "month"`},
		{"[[budget]]\nname = \"a\"\nperiod = { from = 2026-11-02 }\nlimit = \"$5\"\n", `c.toml:3:10: budget "a": invalid period`, "both days included"},
		{"[[budget]]\nname = \"a\"\nperiod = { from = 2026-11-02, to = 2026-11-01 }\nlimit = \"$5\"\n", `c.toml:3:10: budget "a": the period ends before it begins`, ""},
		{"[[budget]]\nname = \"a\"\nperiod = \"day\"\n", `c.toml:1:1: budget "a": there is no limit`, "share"},
		{"[[budget]]\nname = \"\"\nperiod = \"day\"\n", `c.toml:2:8: invalid name ""`, "plain text"},
		{"[[budget]]\nperiod = \"day\"\nlimit = \"$1\"\n", `c.toml:1:1: a budget needs a name`, ""},
		{day + day, `c.toml:6:8: budget "day": there is another budget of this name`, ""},
		{day + "parent = \"month\"\n", `c.toml:5:10: budget "day": there is no budget "month"`, ""},
		{day + "parent = \"day\"\n", `c.toml:5:10: budget "day": its envelopes go round in a circle`, ""},
		{day + "share = \"10%\"\n", `c.toml:5:9: budget "day": limit and share contradict each other`, ""},
		{day + "warn_at = [0]\n", `c.toml:5:11: budget "day": invalid percentage 0`, "want 1 to 1000"},
		{day + "warn_at = \"50\"\n", `c.toml:5:11: invalid value`, "want a list such as [50, 80, 100]"},
		{day + "at_limit = \"kill\"\n", `c.toml:5:12: invalid at_limit "kill"`, "want notify, ask, gate or stop"},
		{day + "scope = { kind = \"magic\" }\n", `c.toml:5:9: budget "day": invalid kind "magic"`, "want one of research"},
		{day + "scope = { client = \"none\" }\n", `c.toml:5:9: budget "day": there is no client "none"`, "[[client]]"},
		{day + "scope = { team = \"x\" }\n", `c.toml:5:11: unknown setting "budget.scope.team"`, "want one of project, user"},
		{day + "[[budget]]\nname = \"half\"\nparent = \"day\"\nshare = \"50%\"\nperiod = \"day\"\n[[budget]]\nname = \"more\"\nparent = \"day\"\nlimit = \"$6\"\nperiod = \"day\"\n",
			`c.toml:13:9: budget "more": with it "day" promises $11.00, more than the $10.00 that it holds`, ""},
		{"[[client]]\nname = \"a\"\n", `c.toml:2:8: invalid client`, "its projects"},
		{"[task]\npattern = \"[\"\n", `c.toml:2:11: invalid pattern "["`, "want a regular expression"},
		{"[thresholds]\nloop_identicall = 3\n", `c.toml:2:19: unknown threshold "loop_identicall"`, "want one of cache_miss"},
		{"[thresholds]\nloop_identical = 3\n", `c.toml:2:18: invalid threshold loop_identical`, "want a table with some of critical, warn"},
		{"[thresholds]\nno_artifact = { warn = 2 }\n", `c.toml:2:15: invalid threshold no_artifact`, `want warn to be an amount such as "$2"`},
		{"[policy]\nmodels = [\"gpt-6-luna\", \"gpt-*-sol\"]\n", `c.toml:2:25: invalid model "gpt-*-sol"`, "or its beginning with a *"},
		{"[policy]\nefforts = [\"low\", \"extreme\"]\n", `c.toml:2:19: invalid effort "extreme"`, "want one of none, minimal, low"},
		{"[policy]\ntiers = [\"slow\"]\n", `c.toml:2:10: invalid tier "slow"`, "want one of default, fast"},
		{"[policy]\ntiers = []\n", `c.toml:2:9: the policy allows no tiers`, "leave it out to allow all"},
		{"[policy]\nmodels = \"gpt-6-luna\"\n", `c.toml:2:10: invalid value`, `want a list such as ["gpt-6-luna"]`},
		{"[policy]\nmodel = [\"gpt-6-luna\"]\n", `c.toml:2:1: unknown setting "policy.model"`, "want one of models, efforts, tiers"},
		{"policy = \"cheap\"\n", `c.toml:1:10: invalid value`, "want a table"},
		{"[notify]\nquiet = \"at night\"\n", `c.toml:2:9: invalid hours "at night"`, `"22:00-07:00"`},
		{"[notify]\nfrom = \"info\"\n", `c.toml:2:8: invalid severity "info"`, "want notice, warn, critical or page"},
	} {
		_, err := Parse("c.toml", []byte(c.text))
		var mistake *Error
		if !errors.As(err, &mistake) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), c.message) || !strings.Contains(mistake.Excerpt, c.want) {
			t.Errorf("%q:\n%s\n%s\nwant\n%s (%s)", c.text, err, mistake.Excerpt, c.message, c.want)
		}
	}
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		x, err := time.Parse("15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct {
		hours, at string
		want      bool
	}{
		{"22:00-07:00", "22:00", true}, {"22:00-07:00", "06:59", true}, {"22:00-07:00", "07:00", false}, {"22:00-07:00", "12:00", false},
		{"12:00-13:00", "12:30", true}, {"12:00-13:00", "13:00", false},
	} {
		var q Quiet
		if err := q.UnmarshalText([]byte(c.hours)); err != nil {
			t.Fatal(err)
		}
		if q.Has(at(c.at)) != c.want {
			t.Errorf("%s in %s: want %v", c.at, c.hours, c.want)
		}
	}
	if (Quiet{}).Has(at("03:00")) {
		t.Error("no quiet hours were set")
	}
}

// A repository's own file adds budgets that count this project and no other, and
// can do no harm to other work.
func TestProjectFile(t *testing.T) {
	t.Parallel()
	s, err := Parse("c.toml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := s.Plan(nil, "/home/ada")
	if err != nil {
		t.Fatal(err)
	}
	const project = "github.com/acme/shop"
	file := filepath.Join(t.TempDir(), ProjectFile)
	text := "[[budget]]\nname = \"month\"\nperiod = \"month\"\nlimit = \"$50\"\n[[budget]]\nname = \"docs\"\nparent = \"month\"\nshare = \"20%\"\nperiod = \"month\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := ReadProject(file, project, plan)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Budgets) != 3 || len(p.Budgets) != 5 {
		t.Fatalf("%d budgets, then %d", len(plan.Budgets), len(p.Budgets))
	}
	got := p.Budgets[4]
	if got.Name != "shop: docs" || got.Parent != "shop: month" || got.Scope.Project != "="+project || got.File != file {
		t.Errorf("%+v", got)
	}
	again, err := ReadProject(file, "gitlab.com/else/shop", p)
	if err != nil || again.Budgets[5].Name != "gitlab.com/else/shop: month" {
		t.Errorf("a namesake: %+v, %v", again.Budgets, err)
	}
	for _, bad := range []string{
		"timezone = \"UTC\"\n",
		"[[budget]]\nname = \"a\"\nperiod = \"day\"\nlimit = \"$1\"\nat_limit = \"stop\"\n",
		"[[budget]]\nname = \"a\"\nperiod = \"day\"\nlimit = \"$1\"\nscope = { project = \"other\" }\n",
		"[[budget]]\nname = \"a\"\nperiod = \"day\"\nlimit = \"$1\"\nparent = \"acme month\"\n",
		"[[budget]]\nname = \"a\"\nperiod = \"day\"\nlimit = \"$1\"\napprover = \"me\"\n",
	} {
		got, err := ParseProject(file, []byte(bad), project, plan)
		var mistake *Error
		if !errors.As(err, &mistake) || len(got.Budgets) != 3 {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := ReadProject(file+"x", project, plan); !errors.Is(err, ErrMissing) {
		t.Errorf("no file: %v", err)
	}
}

// The examples of the documentation are right.
func TestDocumentedSettingsAreValid(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/budgets.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, part := range strings.Split(string(text), "```toml\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		s, err := Parse("docs/budgets.md", []byte(block))
		if err != nil {
			t.Errorf("%v\n%s", err, block)
		}
		found += len(s.Budgets)
	}
	if found != 3 {
		t.Errorf("%d budgets in the examples, want 3", found)
	}
}
