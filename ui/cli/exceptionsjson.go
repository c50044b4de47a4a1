package cli

import (
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// exceptionsJSON is what "exceptions --json" prints, with --replay and without.
type exceptionsJSON struct {
	Schema     int             `json:"schema"`
	At         *string         `json:"at"`
	Timezone   string          `json:"timezone"`
	Replay     bool            `json:"replay"`
	Since      *string         `json:"since"`
	Exceptions []exceptionJSON `json:"exceptions"`
	Warnings   []string        `json:"warnings"`
}

// exceptionJSON is one exception.
type exceptionJSON struct {
	ID             string        `json:"id"`
	Rule           string        `json:"rule"`
	Severity       string        `json:"severity"`
	Thread         *string       `json:"thread"`
	Run            *string       `json:"run"`
	Turn           int           `json:"turn"`
	ResponseIndex  int           `json:"response_index"`
	At             *string       `json:"at"`
	Observed       string        `json:"observed"`
	Threshold      string        `json:"threshold"`
	Evidence       []budget.Clue `json:"evidence"`
	WasteUSD       string        `json:"waste_usd"`
	Recommendation adviceJSON    `json:"recommendation"`
	Budget         *string       `json:"budget"`
	State          string        `json:"state"`
	Until          *string       `json:"until"`
	Owner          *string       `json:"owner"`
	Reason         *string       `json:"reason"`
	ChangedAt      *string       `json:"changed_at"`
}

// adviceJSON is the one recommended action.
type adviceJSON struct {
	Action           string  `json:"action"`
	SavingUSDPerHour string  `json:"saving_usd_per_hour"`
	Detail           *string `json:"detail"`
	Model            *string `json:"model"`
	Effort           *string `json:"effort"`
	Caution          *string `json:"caution"`
}

func toExceptionJSON(e budget.Exception) exceptionJSON {
	evidence := e.Evidence
	if evidence == nil {
		evidence = []budget.Clue{}
	}
	action := e.Advice.Action
	if action == "" {
		action = budget.ActNone
	}
	return exceptionJSON{ID: e.ID, Rule: e.Rule, Severity: e.Severity.String(), Thread: word(e.Thread), Run: word(string(e.Run)), Turn: e.Turn,
		ResponseIndex: e.ResponseIndex, At: instant(e.At), Observed: model.Clean(e.Observed, 400), Threshold: model.Clean(e.Threshold, 400), Evidence: evidence,
		WasteUSD: estimate(e.Waste), Budget: word(e.Budget), State: string(e.State), Until: instant(e.Until), Owner: word(e.Owner), Reason: word(e.Reason), ChangedAt: instant(e.Changed),
		Recommendation: adviceJSON{Action: action, SavingUSDPerHour: estimate(e.Advice.Saving), Detail: word(e.Advice.Detail), Model: word(e.Advice.Model),
			Effort: word(e.Advice.Effort), Caution: word(e.Advice.Caution)}}
}

// estimate writes an estimated amount to the millionth of a dollar, and never below nothing.
func estimate(m price.Money) string {
	return (max(0, m) / micro * micro).String()
}
