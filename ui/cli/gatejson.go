package cli

import (
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// gateJSON is one decision of the gate.
type gateJSON struct {
	Schema   int                `json:"schema"`
	Event    string             `json:"event"`
	Thread   string             `json:"thread"`
	Run      string             `json:"run"`
	Project  string             `json:"project"`
	Allow    bool               `json:"allow"`
	Reason   string             `json:"reason"`
	Problem  string             `json:"problem"`
	Next     gateUseJSON        `json:"next"`
	Refusals []gateRefusalJSON  `json:"refusals"`
	Budgets  []gateStandingJSON `json:"budgets"`
}

type gateUseJSON struct {
	Input  int64 `json:"input_tokens"`
	Cached int64 `json:"cached_input_tokens"`
	Output int64 `json:"output_tokens"`
}

type gateRefusalJSON struct {
	Budget    string `json:"budget"`
	Exception string `json:"exception"`
	Order     string `json:"order"`
	Text      string `json:"text"`
}

// gateStandingJSON is one budget. Amounts are decimal numbers in its unit, as text.
type gateStandingJSON struct {
	Budget  string  `json:"budget"`
	Key     string  `json:"key"`
	Unit    string  `json:"unit"`
	Spent   string  `json:"spent"`
	Upper   string  `json:"upper"`
	Floor   bool    `json:"floor"`
	Awaited string  `json:"awaited"`
	Next    string  `json:"next"`
	Limit   string  `json:"limit"`
	Granted string  `json:"granted"`
	Resets  *string `json:"resets_at"`
	Priced  bool    `json:"priced"`
	Refuses bool    `json:"refuses"`
}

func toGateJSON(q monitor.GateQuestion, d monitor.GateAnswer) gateJSON {
	g := gateJSON{Schema: schema, Event: q.Event, Thread: q.Thread, Run: string(d.Run), Project: model.Clean(d.Project, 300), Allow: d.Allow,
		Reason: model.Clean(d.Reason, 1500), Problem: d.Problem, Refusals: []gateRefusalJSON{}, Budgets: []gateStandingJSON{},
		Next: gateUseJSON{int64(d.Next.Input), int64(d.Next.Cached), int64(d.Next.Output)}}
	for _, r := range d.Refusals {
		g.Refusals = append(g.Refusals, gateRefusalJSON{r.Budget, r.Exception, r.Order, model.Clean(r.Text, 1500)})
	}
	for _, s := range d.Checked {
		u := s.Budget.Limit.Unit
		one := gateStandingJSON{Budget: s.Budget.Name, Key: model.Clean(s.Key, 200), Unit: unitWord(u), Floor: s.Floor, Priced: s.Priced, Refuses: s.Refuses,
			Spent: exact(u, s.Spent), Upper: exact(u, s.Upper), Awaited: exact(u, s.Awaited), Next: exact(u, s.Next), Limit: exact(u, s.Limit), Granted: exact(u, s.Granted), Resets: instant(s.To)}
		g.Budgets = append(g.Budgets, one)
	}
	return g
}
