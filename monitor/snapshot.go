// Package monitor is the one loop: lines in, fleet folded, snapshots out. The
// screen, the commands and the streams all stand on it.
package monitor

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Snapshot is all that a face shows, at one instant. It shares no memory with
// the loop: any goroutine may read it, none may change it.
type Snapshot struct {
	At   time.Time
	Zone *time.Location

	// Runs are the runs of the last 24 hours and every run that is still live,
	// dearest burn first, then newest. A run keeps its Number as long as the monitor lives.
	Runs []Run

	Rate       Rate       // of all runs together
	Today      price.Cost // since local midnight
	TodayUsage model.Count
	Yesterday  price.Cost
	ByProject  []Share        // today, dearest first
	ByModel    []Share        // today, dearest first
	ByHour     [24]price.Cost // today, by local hour
	Limits     []model.Limit  // account-wide, newest report of each window that still runs, shortest window first
	Series     Series         // burn of all runs
	Reading    Reading        // how far history is read
	Source     Source
	Notices    []Notice   // newest first
	Log        []LogEntry // what happened lately, newest first, at most 50
	Detail     *RunDetail // of the run that a face asked for with Focus; nil otherwise
	// What is judged. All are empty where the plan has no budgets and nothing was found.
	Budgets    []budget.Standing  // in the order of the settings file, envelopes before their parts
	Exceptions []budget.Exception // open and acknowledged ones, worst first, then newest
	Snoozed    []budget.Exception
	Day        *Day   // of the date that a face asked for with ShowDay; nil otherwise
	PlanFile   string // the settings file, "" none

	Deed       *Deed       // that a face asked for with Ask; nil none
	Countdowns []Countdown // stops that budgets are about to make, soonest first
	Orders     []Order     // that hold
	ReadOnly   bool        // nothing may be acted on: faces offer no deeds
	Gate       Gate        // whether Codex asks the gate

	APIPrices  bool   // a plan may pay: money is an API-equivalent estimate
	PricesAsOf string // date of the price list
}

// State is how a run stands, as far as its files tell.
type State uint8

// The states of a run, by urgency.
const (
	StateWorking State = iota // a turn runs and the file was written to lately
	StateSilent               // a turn runs, nothing was written for two minutes: "no data"
	StateIdle                 // the last turn ended; the session may go on
	StateDone                 // the last turn ended and the session is over, or idle for over an hour
	StateStopped              // the last turn was aborted
	StateFailed               // the last turn failed
	StateDied                 // the file ended in the middle of a turn
)

// String gives the state's word: working, silent, idle, done, stopped, failed or died.
func (s State) String() string {
	return [...]string{"working", "silent", "idle", "done", "stopped", "failed", "died"}[s]
}

// Live says that the run may still burn.
func (s State) Live() bool { return s <= StateIdle }

// Rate is a burn rate: decayed sums with a half-life of ten minutes, corrected
// for the early life of a run, so that it is right from its first minute on.
type Rate struct {
	USDPerHour      price.Money
	TokensPerMinute float64
	Floor           bool // unpriced tokens are burning too
}

// Run is a root thread with its sub-agents.
type Run struct {
	ID      model.RunID
	Number  int    // its number in the list, stable
	Name    string // short: folder name, or the title where two would be alike
	Title   string // first prompt, cleaned
	Project string // remote URL without scheme, or folder; worktrees folded
	Cwd     string
	Branch  string
	User    string
	Home    string // the CODEX_HOME that it lives in
	// ShellHome is what a command that is pasted into a shell needs as CODEX_HOME; "" nothing.
	ShellHome string

	Model  string // of the root's newest response
	Effort string // "" is the model's default
	Tier   string
	Origin string // exec, tui, vscode, …
	CLI    string // Codex's version

	State     State
	Reason    string // why it failed or was stopped
	Pending   string // the tool call that it waits for, "" where the model is sampling
	Sampling  bool   // a turn runs and no tool call is pending: burning, unmeasurable until the response is done
	Turn      int    // number of the newest turn, from 1; 0 none
	TurnSince time.Time
	StartedAt time.Time
	LastAt    time.Time

	Usage     model.Count // all threads
	Inherited model.Count // shown, never billed
	Cost      price.Cost
	Split     Split
	TodayCost price.Cost
	Rate      Rate
	Spark     []price.Money // cost a minute of the last 60 minutes, oldest first
	Context   model.Tokens
	Window    model.Tokens
	Percent   float64 // context fill as Codex counts it; -1 unknown

	Owner Owner // who works on it

	Client, Task string
	BudgetUsed   float64         // percent of its tightest run budget; -1 where it has none
	Worst        budget.Severity // of its open exceptions
	Open         int             // how many are open
	Kinds        []Share         // cost by kind of work, dearest first; nil unknown

	Turns, Calls, Failed, Compacted, Unmetered int
	Files, Added, Removed                      int
	Threads                                    []ThreadView // root first, then by start
	LiveAgents                                 int          // sub-agents with a running turn
	Unknown                                    bool         // some responses have no known model
}

// Split is a run's cost by token kind.
type Split struct {
	Input, Cached, CacheWrite, Output price.Money // Input is what was not cached
}

// ThreadView is one thread of a run.
type ThreadView struct {
	ID      string
	Parent  string
	Name    string // agent name or path, "root" for the root
	Model   string
	State   State
	Usage   model.Count
	Cost    price.Cost
	Percent float64
	LastAt  time.Time
}

// RunDetail is the inside of one run.
type RunDetail struct {
	ID      model.RunID
	Turns   []TurnView     // newest first
	Calls   []CallView     // newest first, at most 200
	Context []ContextPoint // oldest first
	Skipped int            // older turns that are no longer kept

	ChangedAt   time.Time  // when the run last changed a file; zero: never
	SinceChange price.Cost // spent since then, or in all
}

// TurnView is one turn of a run.
type TurnView struct {
	model.Turn
	Number  int // from 1
	Thread  string
	Agent   string // "" for the root
	Cost    price.Cost
	Percent float64 // context fill at its end
}

// CallView is one tool call.
type CallView struct {
	At                    time.Time
	Turn                  int
	Thread                string
	Agent                 string
	Name                  string
	Text                  string // cleaned command or arguments
	ExitCode              int
	HasExit               bool
	Done                  bool
	Status                string
	Duration              time.Duration
	Output                int64 // bytes
	Added, Removed, Files int
}

// ContextPoint is the context after one response.
type ContextPoint struct {
	At        time.Time
	Turn      int
	Tokens    model.Tokens
	Percent   float64
	Cost      price.Money
	Compacted bool // the context was compacted right before
}

// Series is burn over time, oldest first. Each slice ends at Snapshot.At.
type Series struct {
	Minute  []price.Money // cost of each minute of the last 24 hours (1440)
	Quarter []price.Money // cost of each quarter of an hour of the last 7 days (672)
}

// Share is one part of a total.
type Share struct {
	Name  string
	Cost  price.Cost
	Runs  int
	Usage model.Count
}

// Reading is how far history has been read.
type Reading struct {
	Done                  bool
	FilesDone, FilesTotal int
	BytesDone, BytesTotal int64
	At                    time.Time // the date that reading has come to, newest first
	Skipped               bool      // the user cut it short: totals before that date are floors
}

// Source is where the data comes from and how.
type Source struct {
	Homes  []Home
	Live   bool   // change notifications work
	Why    string // why they don't, "" where they do
	Files  int
	Rescan time.Duration
}

// Home is one CODEX_HOME.
type Home struct {
	Path     string
	Sessions string // "exists", "empty", "missing" or an error's text
	Archived string
}

// Day is one day's account.
type Day struct {
	Date                                                 time.Time // local midnight
	Cost                                                 price.Cost
	Usage                                                model.Count
	Previous                                             price.Cost       // the day before
	Median                                               price.Money      // of the active days of the 30 days before; -1 unknown
	Budget                                               *budget.Standing // the day budget that covers everything, nil none
	Runs, Turns                                          int
	Active                                               time.Duration  // time with a turn running, overlaps counted once
	ByHour                                               [25]price.Cost // by local hour; 25 on the day that summer time ends
	Hours                                                int
	ByProject, ByModel, ByClient, ByKind, ByUser, ByTask []Share
	Output                                               Output
	Exceptions                                           []budget.Exception // raised on that day, whatever their state
	Alive                                                []Run              // runs left alive at its end (or now)
	Headroom                                             []budget.Standing  // calendar budgets as they stand for the next day
	Notes                                                []string           // worth knowing, in words

	To     time.Time // the midnight after its last day
	Open   bool      // it is not over yet
	ByDay  []Share   // by date, in order, where it is more than one day; nil else
	PerRun []DayRun  // the runs that used something, dearest first
}

// DayRun is what one run was on one day.
type DayRun struct {
	ID                    model.RunID
	Name                  string // title, or folder where it has none
	Project, Client, Task string
	Cost                  price.Cost
	Usage                 model.Count
	Kinds                 []Share // cost by kind of work, dearest first
	Files, Added, Removed int     // files that it changed
	LinesFloor            bool    // of some changes the lines are not told: there were at least these
	TestsFixed            int
	Commits               int   // linked to it, with others or alone
	Credit                int64 // of those that were kept, in millionths of a commit
	Reverted              int
	Ambiguous             int
	Report                bool       // research or review that ended with an answer
	ChangedAt             time.Time  // when it last changed a file, on whichever day; zero never
	SinceChange           price.Cost // spent since then, or in all
}

// Output is what spend produced.
type Output struct {
	Files, Added, Removed int
	TestsFixed            int // commands that went from failing to passing
	Commits               int // linked by repository, time and paths
	Ambiguous             int
	Reverted              int
	Linked                price.Money // spend of runs that are linked to a commit
	RevertedCost          price.Money
	PerChange             price.Money // cost per accepted change; -1 where there are fewer than 5
	Reports               int         // final reports of research and review
	PullRequests          int         // -1 not asked for

	// Commits, Ambiguous, Reverted, Linked and RevertedCost are -1 where nothing is known of commits.
	Git        string // why commits are not known, or not all; "" where they are
	Accepted   int    // linked commits that were kept: what PerChange is of; -1 unknown
	OneShot    int    // turns whose first test after a change passed
	OneShotOf  int    // turns that changed something and then tested
	IsFloor    bool   // a run's older calls are no longer kept: files and lines are at least these
	LinesFloor bool   // of some changes the lines are not told: there were at least these
	LinkedRuns int
	Links      []CommitLink // oldest first, those that are ambiguous too
}

// Notice is a problem that the user should know: cause, effect, and the fix to copy.
type Notice struct {
	At     time.Time
	Text   string
	Effect string
	Fix    string // a command or an edit, "" where there is none
}

// LogEntry is one thing that happened.
type LogEntry struct {
	At   time.Time
	Run  string // short name
	Text string
}

// Owner is who works on a run, as far as it is known; see [control.Owner].
type Owner struct {
	Known   bool // it was looked for, and the system tells
	Kind    control.Kind
	PID     int // 0 none
	Started time.Time
	Shared  int // other runs that the same process holds
	Pane    string
	Why     string // why it can't be proved, "" where it is
}

// Gate is whether Codex asks the gate before it sends a request.
type Gate struct {
	Known   bool     // it was looked at
	Trusted bool     // in every home: installed, and trusted by Codex
	Missing []string // homes where it is not installed, or not trusted
	Why     string
	Fix     string // the command that mends it, or says how to; "" where it is asked
}
