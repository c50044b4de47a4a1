package budget

import "time"

// Standing is how one budget stands at one instant. Amounts are in the unit of
// the budget's limit.
type Standing struct {
	Budget   Budget
	Key      string // the run or task that it is for, "" for calendar periods and milestones
	From     time.Time
	To       time.Time // zero for runs and tasks
	Limit    int64
	Spent    int64
	Upper    int64   // Spent with unpriced tokens at their upper bound: what hard limits compare
	Floor    bool    // unpriced tokens are in it: the true amount is at least Spent
	Granted  int64   // extensions that hold now, in Limit already
	Used     float64 // percent of Limit; 0 where the limit is 0 and nothing was spent
	Plan     int64   // what was to be spent by now
	Forecast Forecast
	Exhausts time.Time // when the limit is reached at the present burn; zero: not within the period
	Enforced Enforcement
	Alerts   []Alert
}

// Forecast is the expected amount at the end of the period.
type Forecast struct {
	Known         bool
	Why           string // why it is not known
	P10, P50, P90 int64
}

// Enforcement is whether a budget holds by itself.
type Enforcement uint8

// The grades of enforcement.
const (
	Advisory Enforcement = iota // it tells, nobody is held
	Enforced                    // a gate or a stop holds it
	NoData                      // nothing that it counts was ever seen
)

// String gives the word: advisory, enforced or without data.
func (e Enforcement) String() string {
	return [...]string{"advisory", "enforced", "without data"}[e]
}

// Tier is how urgent a budget's alert is.
type Tier string

// The tiers of alerts.
const (
	PageFast  Tier = "page-fast"
	PageSlow  Tier = "page-slow"
	Ticket    Tier = "ticket"
	Urgent    Tier = "urgent"
	Threshold Tier = "threshold"
	Hard      Tier = "hard"
)

// Alert is one episode of a budget in trouble: raised once, resolved when it recovers.
type Alert struct {
	Budget  string
	Key     string
	Tier    Tier
	Percent int // of a threshold
	Since   time.Time
	Text    string
	// What it was judged by, for those who ask why: spend and plan over both windows, in the unit of the limit.
	Long, Short   time.Duration
	LongX, ShortX int64
	LimitX        int64
	Top           []string // the runs that contributed most, at most three
}
