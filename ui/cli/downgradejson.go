package cli

import (
	"cmp"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// downgradeJSON is what "downgrade --json" prints.
type downgradeJSON struct {
	Schema  int         `json:"schema"`
	Run     string      `json:"run"`
	Name    string      `json:"name"`
	Owner   string      `json:"owner"`
	PID     *int        `json:"pid"`
	State   string      `json:"state"`
	Why     *string     `json:"why"`
	How     []string    `json:"how"`
	Command *string     `json:"command"`
	Models  []offerJSON `json:"models"`

	Switch   *switchJSON `json:"switch"`
	Switched bool        `json:"switched"`
	Output   *string     `json:"output"`
	Steps    []stepJSON  `json:"steps"`
}

// switchJSON is what the run is to go on with.
type switchJSON struct {
	Model  string  `json:"model"`
	Effort *string `json:"effort"`
	Later  bool    `json:"later"`
}

// offerJSON is one model that a run can go on with.
type offerJSON struct {
	Model    string   `json:"model"`
	Effort   *string  `json:"effort"`
	Current  bool     `json:"current"`
	Later    bool     `json:"later"`
	Now      costJSON `json:"now_per_hour"`
	After    *string  `json:"after_usd_per_hour"`
	Saves    *string  `json:"saves_usd_per_hour"`
	OneOff   costJSON `json:"switch_itself"`
	DayEnd   *string  `json:"day_end_usd"`
	Turns    int      `json:"turns"`
	Compacts bool     `json:"compacts"`
	Fits     bool     `json:"fits"`
	Risk     *string  `json:"risk"`
	Why      *string  `json:"unknown_because"`
	Command  *string  `json:"command"`
}

func toDowngradeJSON(d monitor.Deed, s *control.Switch, how []string) downgradeJSON {
	j := downgradeJSON{Schema: schema, Run: report.Label(string(d.Run)), Name: report.Label(d.Name), Owner: string(d.Plan.Owner.Kind),
		State: string(d.State), Why: word(cmp.Or(d.Why, d.Plan.Why)), How: orEmpty(how), Command: word(d.Command), Models: []offerJSON{},
		Switched: d.Outcome.Switched, Output: word(d.Outcome.Output), Steps: toStepsJSON(d.Steps)}
	if pid := d.Plan.Owner.Process.PID; pid > 0 {
		j.PID = &pid
	}
	if s != nil {
		j.Switch = &switchJSON{model.Clean(s.Model, 100), word(s.Effort), s.Later}
	}
	for _, o := range d.Models {
		j.Models = append(j.Models, toOfferJSON(o))
	}
	return j
}

func toOfferJSON(o monitor.ModelOffer) offerJSON {
	j := offerJSON{Model: report.Label(o.Model), Effort: word(o.Effort), Current: o.Current, Later: o.Later, Now: toCostJSON(o.Now), OneOff: toCostJSON(o.OneOff),
		Turns: o.Turns, Compacts: o.Compacts, Fits: o.Fits, Risk: word(o.Risk), Why: word(o.Why), Command: word(o.Command)}
	if o.Why == "" && !o.After.Floor() {
		j.After = exactMoney(o.After.USD)
		if !o.Current {
			j.Saves = exactMoney(o.Saves)
		}
		if !o.DayEnd.Floor() {
			j.DayEnd = exactMoney(o.DayEnd.USD)
		}
	}
	return j
}

func exactMoney(m price.Money) *string {
	text := m.String()
	return &text
}
