package cli

import (
	"math"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// runsJSON is what "ls --json" prints.
type runsJSON struct {
	Schema   int         `json:"schema"`
	At       *string     `json:"at"`
	Timezone string      `json:"timezone"`
	Runs     []runJSON   `json:"runs"`
	Limits   []limitJSON `json:"limits"`

	Budgets    []standingJSON  `json:"budgets"`
	Exceptions []exceptionJSON `json:"exceptions"`
}

// runJSON is one run in "ls --json".
type runJSON struct {
	ID          string      `json:"id"`
	Number      int         `json:"number"`
	Name        string      `json:"name"`
	Threads     []string    `json:"threads"`
	Project     string      `json:"project"`
	Cwd         string      `json:"cwd"`
	Branch      *string     `json:"branch"`
	Model       string      `json:"model"`
	Effort      *string     `json:"effort"`
	ServiceTier *string     `json:"service_tier"`
	State       string      `json:"state"`
	Reason      *string     `json:"reason"`
	Turn        int         `json:"turn"`
	StartedAt   *string     `json:"started_at"`
	LastEventAt *string     `json:"last_event_at"`
	Usage       usageJSON   `json:"usage"`
	Rate        rateJSON    `json:"rate"`
	Context     contextJSON `json:"context"`
	PID         *int        `json:"pid"`
	Owner       *string     `json:"owner"`

	Client            *string            `json:"client"`
	Task              *string            `json:"task"`
	BudgetUsedPercent *float64           `json:"budget_used_percent"`
	Exceptions        int                `json:"exceptions"`
	WorstException    *string            `json:"worst_exception"`
	Kinds             map[string]float64 `json:"kinds"`
}

// rateJSON is how fast a run burns, as a decayed mean of about ten minutes.
type rateJSON struct {
	USDPerHour      string  `json:"usd_per_hour"`
	IsFloor         bool    `json:"is_floor"`
	TokensPerMinute float64 `json:"tokens_per_minute"`
}

// micro is a millionth of a dollar: a rate is an estimate and is not told any finer.
const micro = price.Dollar / 1_000_000

// contextJSON is how full the root thread's context is.
type contextJSON struct {
	UsedTokens *int64   `json:"used_tokens"`
	Window     *int64   `json:"window"`
	Percent    *float64 `json:"percent"`
}

// limitJSON is one rate-limit window of the account.
type limitJSON struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	WindowMinutes int     `json:"window_minutes"`
	UsedPercent   float64 `json:"used_percent"`
	ResetsAt      *string `json:"resets_at"`
	ReportedAt    *string `json:"reported_at"`
	Plan          *string `json:"plan"`
}

func lsJSON(s monitor.Snapshot, zone string) runsJSON {
	doc := runsJSON{Schema: schema, At: instant(s.At), Timezone: zone, Runs: []runJSON{}, Limits: []limitJSON{},
		Budgets: []standingJSON{}, Exceptions: []exceptionJSON{}}
	for _, r := range s.Runs {
		doc.Runs = append(doc.Runs, toRun(r))
	}
	for _, l := range s.Limits {
		doc.Limits = append(doc.Limits, toLimit(l))
	}
	for _, b := range s.Budgets {
		doc.Budgets = append(doc.Budgets, toStandingJSON(b))
	}
	for _, e := range s.Exceptions {
		doc.Exceptions = append(doc.Exceptions, toExceptionJSON(e))
	}
	return doc
}

func toRun(r monitor.Run) runJSON {
	j := runJSON{
		ID: report.Label(string(r.ID)), Number: r.Number, Name: model.Clean(r.Name, 200), Threads: []string{},
		Project: model.Clean(r.Project, 1000), Cwd: model.Clean(r.Cwd, 1000), Branch: word(r.Branch),
		Model: report.Label(r.Model), Effort: word(r.Effort), ServiceTier: word(r.Tier),
		State: r.State.String(), Reason: word(r.Reason), Turn: r.Turn,
		StartedAt: instant(r.StartedAt), LastEventAt: instant(r.LastAt),
		Usage:   toJSON(report.Usage{Count: r.Usage, Cost: r.Cost}),
		Rate:    rateJSON{(r.Rate.USDPerHour / micro * micro).String(), r.Rate.Floor, round(r.Rate.TokensPerMinute, 1)},
		Context: contextJSON{number(int64(r.Context)), number(int64(r.Window)), nil},
	}
	if r.Owner.Known {
		j.PID, j.Owner = positive(r.Owner.PID), ownerWord(r.Owner)
	}
	for _, t := range r.Threads {
		j.Threads = append(j.Threads, report.Label(t.ID))
	}
	j.Client, j.Task, j.Exceptions, j.Kinds = word(r.Client), word(r.Task), r.Open, kindShares(r)
	if r.BudgetUsed >= 0 {
		p := round(r.BudgetUsed, 1)
		j.BudgetUsedPercent = &p
	}
	if r.Open > 0 {
		worst := r.Worst.String()
		j.WorstException = &worst
	}
	if r.Percent >= 0 {
		p := round(r.Percent, 1)
		j.Context.Percent = &p
	}
	return j
}

// kindShares is what part of a run's cost each kind of work is, from 0 to 1; null
// where that is not known.
func kindShares(r monitor.Run) map[string]float64 {
	if len(r.Kinds) == 0 || r.Cost.USD <= 0 {
		return nil
	}
	parts := map[string]float64{}
	for _, k := range r.Kinds {
		parts[k.Name] = round(float64(k.Cost.USD)/float64(r.Cost.USD), 4)
	}
	return parts
}

func toLimit(l model.Limit) limitJSON {
	return limitJSON{
		ID: model.Clean(l.ID, 100), Name: model.Clean(l.Name, 100), WindowMinutes: l.Minutes, UsedPercent: round(l.Used, 2),
		ResetsAt: instant(l.ResetsAt), ReportedAt: instant(l.At), Plan: word(l.Plan),
	}
}

// word cleans a text that may be unknown: "" is null.
func word(s string) *string {
	if s = model.Clean(s, 400); s == "" {
		return nil
	}
	return &s
}

// number is a count that is unknown where it is 0: null then.
func number(n int64) *int64 {
	if n <= 0 {
		return nil
	}
	return &n
}

// round keeps so many decimals; what is no number (which JSON cannot say) is 0.
func round(f float64, decimals int) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	p := math.Pow10(decimals)
	return math.Round(f*p) / p
}
