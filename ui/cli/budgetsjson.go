package cli

import (
	"strconv"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// budgetsJSON is what "budgets --json" and "check --json" print. Amounts are
// decimal numbers in the budget's unit, as text: dollars, tokens or credits.
type budgetsJSON struct {
	Schema   int            `json:"schema"`
	At       *string        `json:"at"`
	Timezone string         `json:"timezone"`
	Exceeded bool           `json:"exceeded"`
	Budgets  []standingJSON `json:"budgets"`
	Warnings []string       `json:"warnings"`
}

// standingJSON is how one budget stands.
type standingJSON struct {
	Name        string            `json:"name"`
	Key         string            `json:"key,omitempty"`
	Scope       map[string]string `json:"scope"`
	Period      string            `json:"period"`
	From        *string           `json:"from"`
	To          *string           `json:"to"`
	Parent      string            `json:"parent,omitempty"`
	Unit        string            `json:"unit"`
	Limit       string            `json:"limit"`
	Granted     string            `json:"granted"`
	Spent       *string           `json:"spent"`
	SpentUpper  *string           `json:"spent_upper"`
	IsFloor     bool              `json:"spent_is_floor"`
	Unpriced    int64             `json:"unpriced_tokens"`
	UsedPercent *float64          `json:"used_percent"`
	Exceeded    bool              `json:"exceeded"`
	Planned     *string           `json:"planned_by_now"`
	Forecast    *forecastJSON     `json:"forecast"`
	NoForecast  string            `json:"no_forecast_because,omitempty"`
	ReachedAt   *string           `json:"limit_reached_at"`
	AtLimit     string            `json:"at_limit"`
	Enforcement string            `json:"enforcement"`
	Alerts      []alertJSON       `json:"alerts"`
	File        string            `json:"file,omitempty"`
	Line        int               `json:"line,omitempty"`
}

type forecastJSON struct {
	P10 string `json:"p10"`
	P50 string `json:"p50"`
	P90 string `json:"p90"`
}

// alertJSON is an alert with what it was judged by.
type alertJSON struct {
	Tier         string     `json:"tier"`
	Percent      int        `json:"percent,omitempty"`
	Since        *string    `json:"since"`
	Notice       bool       `json:"notice"`
	Text         string     `json:"text"`
	LongSeconds  int64      `json:"long_window_seconds,omitempty"`
	ShortSeconds int64      `json:"short_window_seconds,omitempty"`
	LongExcess   string     `json:"long_excess"`
	ShortExcess  string     `json:"short_excess"`
	Limit        string     `json:"limit"`
	Top          []partJSON `json:"top"`
}

type partJSON struct {
	Run    string `json:"run"`
	Amount string `json:"amount"`
}

func toBudgetsJSON(d *judged, zone string) budgetsJSON {
	doc := budgetsJSON{Schema: schema, At: instant(d.clock.Now), Timezone: zone, Budgets: []standingJSON{}, Warnings: orEmpty(d.warnings)}
	for _, s := range d.standings {
		doc.Budgets = append(doc.Budgets, toStandingJSON(s))
		doc.Exceeded = doc.Exceeded || s.Exceeded()
	}
	return doc
}

func toStandingJSON(s budget.Standing) standingJSON {
	u := s.Budget.Limit.Unit
	text := func(n int64) *string { t := exact(u, n); return &t }
	j := standingJSON{
		Name: s.Budget.Name, Key: s.Key, Scope: scopeJSON(s.Budget.Scope), Period: s.Budget.Period.Name, From: instant(s.From), To: instant(s.To),
		Parent: s.Budget.Parent, Unit: unitWord(u), Limit: exact(u, s.Limit), Granted: exact(u, s.Granted),
		IsFloor: s.Floor, Unpriced: s.Unpriced, Exceeded: s.Exceeded(), NoForecast: s.Forecast.Why, ReachedAt: instant(s.Exhausts),
		AtLimit: actionWord(s.Budget.AtLimit), Enforcement: s.Enforced.String(), Alerts: []alertJSON{}, File: s.Budget.File, Line: s.Budget.Line,
	}
	if j.Period == "" {
		j.Period = "milestone"
	}
	if s.Enforced != budget.NoData {
		j.Spent, j.SpentUpper, j.UsedPercent = text(s.Spent), text(s.Upper), &s.Used
	}
	if s.Budget.Period.Calendar() {
		j.Planned = text(s.Plan)
	}
	if f := s.Forecast; f.Known {
		j.Forecast = &forecastJSON{exact(u, f.P10), exact(u, f.P50), exact(u, f.P90)}
	}
	for _, a := range s.Alerts {
		j.Alerts = append(j.Alerts, toAlertJSON(a, u))
	}
	return j
}

func toAlertJSON(a budget.Alert, u budget.Unit) alertJSON {
	j := alertJSON{
		Tier: string(a.Tier), Percent: a.Percent, Since: instant(a.Since), Notice: a.Notice, Text: a.Text,
		LongSeconds: int64(a.Long.Seconds()), ShortSeconds: int64(a.Short.Seconds()),
		LongExcess: exact(u, a.LongX), ShortExcess: exact(u, a.ShortX), Limit: exact(u, a.LimitX), Top: []partJSON{},
	}
	for _, p := range a.TopRuns {
		j.Top = append(j.Top, partJSON{string(p.Run), exact(u, p.Amount)})
	}
	return j
}

func scopeJSON(s budget.Scope) map[string]string {
	out := map[string]string{}
	for k, v := range map[string]string{"project": s.Project, "user": s.User, "model": s.Model, "client": s.Client, "task": s.Task, "kind": s.Kind} {
		if v != "" {
			out[k] = v
		}
	}
	return out
}

// exact writes an amount as a decimal number. Credits have as many places as dollars.
func exact(u budget.Unit, n int64) string {
	if u == budget.TokenUnit {
		return strconv.FormatInt(n, 10)
	}
	return price.Money(n).String()
}

func unitWord(u budget.Unit) string { return [...]string{"usd", "tokens", "credits"}[u] }

func actionWord(a budget.Action) string { return [...]string{"notify", "ask", "gate", "stop"}[a] }
