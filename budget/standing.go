package budget

import (
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

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
	Unpriced int64   // tokens in it that have no price
	Used     float64 // percent of Limit; 0 where the limit is 0 and nothing was spent, 1000 where something was
	Plan     int64   // what was to be spent by now
	Forecast Forecast
	// Exhausts is when the limit is reached at the burn of the last half hour, or at
	// the pace of the forecast where nothing burns; zero: not within the period. Once it
	// is reached, the quarter of an hour in which it was.
	Exhausts time.Time
	Enforced Enforcement
	Alerts   []Alert
}

// Exceeded says that the limit is reached, with what has no price at its upper
// bound. Where nothing was spent nothing is exceeded, whatever the limit.
func (s Standing) Exceeded() bool { return s.Upper > 0 && s.Upper >= s.Limit }

// Refuses says that a hard limit has no room for an amount more; where the next
// amount is not known (0), that there is no room for any.
func (s Standing) Refuses(next int64) bool {
	return sum{}.add(s.Upper).add(max(1, next)).int64() > s.Limit
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
	Notice  bool      // a page that productive runs caused: worth knowing, not worth waking for
	From    time.Time // of the period that it is about
	// What it was judged by, for those who ask why: spend and plan over both windows, in the unit of the limit.
	Long, Short   time.Duration
	LongX, ShortX int64
	LimitX        int64
	Top           []string // the runs that contributed most, at most three
	TopRuns       []Part   // the same with their amounts
}

// Part is what one run is of an amount.
type Part struct {
	Run    model.RunID
	Amount int64 // with unpriced tokens at their upper bound
}

// ID is the same for one episode of one alert, at whatever time it is asked, and
// differs for the next episode.
func (a Alert) ID() string {
	return fmt.Sprintf("%s/%s/%s/%d/%d", a.Budget, a.Key, a.Tier, a.Percent, a.Since.Unix())
}
