package budget

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Severity is how much an exception wants attention.
type Severity uint8

// The severities. A page is a critical exception that a careful lead would want
// to be interrupted for now.
const (
	Notice Severity = iota
	Warn
	Critical
	Page
)

// String gives the word: notice, warn, critical or page.
func (s Severity) String() string { return [...]string{"notice", "warn", "critical", "page"}[s] }

// Exception is something that a rule found.
type Exception struct {
	ID            string // stable: of rule, subject and episode
	Rule          string // LOOP_IDENTICAL, NO_ARTIFACT, BUDGET_PAGE_FAST …
	Severity      Severity
	Run           model.RunID
	Thread        string
	Turn          int // from 1; 0 where it is about no turn
	ResponseIndex int // counts the run's responses from 1; 0 where it is about none
	At            time.Time
	Observed      string
	Threshold     string
	Evidence      []Clue
	Waste         price.Money // estimated
	Advice        Advice
	Budget        string // for budget alerts

	State   Life
	Until   time.Time // of a snooze or an extension
	Owner   string    // who is asked
	Changed time.Time
	Reason  string // why it was dismissed or extended
}

// Clue is one piece of evidence.
type Clue struct {
	Turn   int    `json:"turn"`
	Line   int64  `json:"line,omitempty"` // of the session file, from 1; 0 unknown
	CallID string `json:"call_id,omitempty"`
	Text   string `json:"text"` // cleaned
}

// Advice is the one recommended action.
type Advice struct {
	Action  string // downgrade, cut_tools, compact, human_takeover, stop, extend, none
	Detail  string // what exactly, naming a knob that Codex has
	Model   string // of a downgrade
	Effort  string
	Saving  price.Money // an hour
	Caution string
}

// Life is the state of an exception.
type Life string

// The states of an exception.
const (
	Open         Life = "open"
	Acknowledged Life = "acknowledged"
	Snoozed      Life = "snoozed"
	Extended     Life = "extended"
	Downgraded   Life = "downgraded"
	ToolsCut     Life = "tools_cut"
	Compacted    Life = "compacted"
	TakenOver    Life = "taken_over"
	Stopped      Life = "stopped"
	DismissedFP  Life = "dismissed_fp"
	Dismissed    Life = "dismissed_accepted"
	Resolved     Life = "resolved"
	Expired      Life = "expired"
	Escalated    Life = "escalated"
	Reopened     Life = "reopened"
)
