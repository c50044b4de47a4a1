package monitor

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// DeedKind is what a person wants to do about a run.
type DeedKind string

// The kinds of deeds.
const (
	DeedStop      DeedKind = "stop"
	DeedDowngrade DeedKind = "downgrade"
	DeedTakeOver  DeedKind = "take_over"
)

// Ask wants to know what can be done about a run. The answer is [Snapshot.Deed],
// with the same ID once it is there. Nothing is done. A later Ask takes its place.
type Ask struct {
	ID   string // made up by who asks, never used twice
	Run  model.RunID
	Kind DeedKind
}

// Do carries out one choice of the deed that was asked for. What is acted on is
// proved again; where it is not what was shown, nothing is sent and the deed says so.
type Do struct {
	ID     string // of the Ask
	Way    control.Way
	Order  *Order          // of a soft landing or a hold
	Switch *control.Switch // of a downgrade
	Place  control.Place   // of a take-over
	Reason string          // for the audit trail
}

// Leave ends a deed that is only shown. One that is being carried out goes on.
type Leave struct{ ID string }

// KeepRunning calls off a stop that a budget is about to make.
type KeepRunning struct {
	Run    model.RunID
	Reason string
}

func (Ask) intent()         {}
func (Do) intent()          {}
func (Leave) intent()       {}
func (KeepRunning) intent() {}

// OrderKind is what is to happen to a run later.
type OrderKind string

// The kinds of orders.
const (
	OrderTurnEnd OrderKind = "turn_end" // no further turn after this one
	OrderAmount  OrderKind = "amount"   // stop it when it has cost so much
	OrderHold    OrderKind = "hold"     // refuse new turns until an instant; needs the gate
)

// Order is something that is to happen to a run later. It is kept in the ledger
// and holds for the gate, the monitor and the guard alike.
type Order struct {
	ID     string // "" for a new one
	Run    model.RunID
	Kind   OrderKind
	Amount price.Money // of OrderAmount: total cost of the run
	Until  time.Time   // of OrderHold; zero else
	At     time.Time
	Actor  string
	Reason string
	Done   time.Time // carried out or called off; zero while it holds
}

// DeedState is how a deed stands.
type DeedState string

// The states of a deed.
const (
	DeedLooking DeedState = "looking" // who owns the run is being found out
	DeedReady   DeedState = "ready"   // choices are offered, nothing has happened
	DeedActing  DeedState = "acting"
	DeedEnded   DeedState = "ended" // Outcome tells what was observed; its Next may be done with the same ID
	DeedRefused DeedState = "refused"
)

// Deed is what is being done about a run, or could be.
type Deed struct {
	ID    string
	Kind  DeedKind
	Run   model.RunID
	Name  string
	State DeedState
	Plan  control.Plan // once State is not looking
	Why   string       // why it was refused
	// Orders are the soft landings that are offered beside the plan's choices.
	Orders []OrderOffer
	// Models are what a downgrade can choose from, dearest first, the present one first of all.
	Models []ModelOffer
	Known  []control.Model // all that Codex knows, also those that are not offered
	Places []control.Place // of a take-over, best first
	// How says in words how a downgrade is carried out, step by step.
	How     []string
	Gated   bool           // Codex asks the gate, so that holds are obeyed
	Steps   []control.Step // as they happen
	Outcome control.Outcome
	Cost    price.Cost  // of the run before the deed
	Rate    price.Money // of all runs an hour before the deed
	RateNow price.Money // and now
	Command string      // to copy: the resume command, quoted for a shell
}

// OrderOffer is a soft landing in words.
type OrderOffer struct {
	Kind    OrderKind
	Label   string
	Effects []string
}

// ModelOffer is one model and effort that a run could go on with, judged by the run's
// own tokens.
type ModelOffer struct {
	Model   string
	Effort  string // as it would be passed; "" the default
	Current bool
	Later   bool // can be switched to without ending the turn

	Now, After price.Cost // an hour, by the tokens of the run's last turns
	Saves      price.Money
	OneOff     price.Cost // what the switch itself costs: the cache that is lost, a compaction
	DayEnd     price.Cost // today's total at midnight, if it goes on so
	Turns      int        // that the projection is made from
	Compacts   bool       // its comp_hash differs: the context is compacted first, on the old model
	Fits       bool       // the run's context fits
	Risk       string     // what is risked, in words
	Why        string     // why After is not known; "" where it is
	How        []string   // how it would be carried out, step by step
	Command    string     // that does it by hand, quoted for a shell; "" none
}

// Countdown is a stop that a budget is about to make by itself.
type Countdown struct {
	Run    model.RunID
	Name   string
	Budget string
	At     time.Time // when it is carried out
	Why    string
}
