package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// Client is who projects are done for.
type Client struct {
	Name     Label    `toml:"name"`
	Projects []string `toml:"projects"`

	line int
}

// TaskRule says how a run gets its task.
type TaskRule struct {
	Pattern Pattern `toml:"pattern"`
}

// Budget is one limit.
type Budget struct {
	Name      Label     `toml:"name"`
	Scope     Scope     `toml:"scope"`
	Period    any       `toml:"period"` // a word, or a table with from and to
	Limit     Limit     `toml:"limit"`
	Parent    string    `toml:"parent"`
	Share     Share     `toml:"share"`
	WarnAt    []int     `toml:"warn_at"`
	AtLimit   AtLimit   `toml:"at_limit"`
	OnFailure OnFailure `toml:"on_failure"`
	Approver  string    `toml:"approver"`

	line int
}

// Scope is what a budget counts; nothing said is everything.
type Scope struct {
	Project string `toml:"project"`
	User    string `toml:"user"`
	Model   string `toml:"model"`
	Client  string `toml:"client"`
	Task    string `toml:"task"`
	Kind    string `toml:"kind"`
}

// Plan gives what the settings say of budgets: zone is that of days (nil: the
// settings' own, else local), home the folder that ~ stands for. The error is a [budget.PlanError];
// settings that were read have none, whatever zone and home are.
func (s Settings) Plan(zone *time.Location, home string) (budget.Plan, error) {
	p := budget.Plan{Task: s.Task.Pattern.text, Unpriced: s.Unpriced.word, Approvers: map[string]string{}, Home: home, Zone: zone}
	if p.Zone == nil {
		p.Zone = s.Timezone.Location()
	}
	if p.Zone == nil {
		p.Zone = time.Local
	}
	if s.Approver != "" {
		p.Approvers[""] = s.Approver
	}
	var err error
	if p.Thresholds, err = s.thresholds(); err != nil {
		return p, err
	}
	if p.Policy, err = s.policy(); err != nil {
		return p, err
	}
	for _, c := range s.Clients {
		if c.Name.text == "" || len(c.Projects) == 0 {
			return p, &budget.PlanError{Line: c.line, Field: "name", Text: "invalid client", Want: "want its name and its projects"}
		}
		p.Clients = append(p.Clients, budget.Client{Name: c.Name.text, Projects: c.Projects})
	}
	for _, b := range s.Budgets {
		one, err := b.budget(p.Zone)
		if err != nil {
			return p, err
		}
		p.Budgets = append(p.Budgets, one)
		if b.Approver != "" {
			p.Approvers[one.Name] = b.Approver
		}
	}
	return p, p.Check()
}

// budget gives the budget as package budget has it.
func (b Budget) budget(zone *time.Location) (budget.Budget, error) {
	wrong := func(field, text, want string) error {
		return &budget.PlanError{Budget: b.Name.text, Line: b.line, Field: field, Text: text, Want: want}
	}
	out := budget.Budget{
		Name: b.Name.text, Scope: budget.Scope(b.Scope), Limit: b.Limit.limit, Parent: b.Parent, Share: b.Share.part,
		WarnAt: b.WarnAt, AtLimit: b.AtLimit.action, FailOpen: !b.OnFailure.closed, Line: b.line,
	}
	if !b.Limit.set && !b.Share.set {
		return out, wrong("limit", "there is no limit", `want limit = "$400", or share = "60%" of a parent`)
	}
	if b.Limit.set && b.Share.set {
		return out, wrong("share", "limit and share contradict each other", "leave one of them out")
	}
	switch p := b.Period.(type) {
	case string:
		if p == "" {
			return out, wrong("period", `invalid period ""`, wantPeriod)
		}
		out.Period.Name = p
	case map[string]any:
		from, ok1 := day(p["from"], 0, zone)
		to, ok2 := day(p["to"], 1, zone)
		if !ok1 || !ok2 || len(p) != 2 {
			return out, wrong("period", "invalid period", "want { from = 2026-11-01, to = 2026-12-15 }, both days included")
		}
		out.Period.From, out.Period.To = from, to
	case nil:
		return out, wrong("name", "there is no period", wantPeriod)
	default:
		return out, wrong("period", "invalid period", wantPeriod)
	}
	return out, nil
}

const wantPeriod = `want "month", "week", "day", "run", "task", or { from = 2026-11-01, to = 2026-12-15 }`

// day gives the local midnight of a date, or so many days after it.
func day(v any, days int, zone *time.Location) (time.Time, bool) {
	switch d := v.(type) {
	case toml.LocalDate:
		return budget.Midnight(d.Year, time.Month(d.Month), d.Day+days, zone), true
	case string:
		t, err := time.Parse(time.DateOnly, d)
		return budget.Midnight(t.Year(), t.Month(), t.Day()+days, zone), err == nil
	}
	return time.Time{}, false
}

// checkPlan looks at what only the whole file tells: envelopes, names, thresholds, the policy.
func (s *Settings) checkPlan(path string, text []byte) error {
	for i := range s.Clients {
		s.Clients[i].line = tableLine(text, "client", i)
	}
	for i := range s.Budgets {
		s.Budgets[i].line = tableLine(text, "budget", i)
	}
	_, err := s.Plan(nil, "")
	return placePlan(path, text, err)
}

// placePlan turns a mistake in a plan into an [Error] at its place; nil stays nil.
func placePlan(path string, text []byte, err error) error {
	var wrong *budget.PlanError
	if err == nil || !errors.As(err, &wrong) {
		return err
	}
	what, want := wrong.Text, wrong.Want
	if wrong.Budget != "" {
		what = fmt.Sprintf("budget %s: %s", quoted(wrong.Budget), what)
	}
	line, col, n := fieldPlace(text, wrong.Line, wrong.Field)
	return excerpt(path, text, line, col, n, what, want)
}
