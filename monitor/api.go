package monitor

import (
	"context"
	"errors"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Options say what is read and how it is counted.
type Options struct {
	Homes []string // CODEX_HOME folders
	// UsualHome is the one that codex takes by itself in a shell: commands to copy name
	// every other one. "": they always name it.
	UsualHome string
	Zone      *time.Location   // days are counted in; nil: time.Local
	Prices    *price.List      // nil: price.Default()
	User      string           // who the runs are counted for; "" the machine's account
	Now       func() time.Time // nil: time.Now
	Poll      bool             // never use change notifications (for tests and network file systems)
	Calm      bool             // somebody looks at it: while hundreds of lines come each second they may wait to be read together, and ten snapshots a second are enough
	All       bool             // show every run, however long ago it ended, not only those of the last 24 hours

	// Plan gives what runs and budgets are judged by; nil: the default thresholds and
	// no budgets. It is called again whenever one of the files that it read changed.
	Plan func(Repositories) Planned
	// Ledger keeps usage, exceptions, decisions, labels and alerts over the monitor's end; nil: nothing
	// lasts. What it knows of unchanged files is taken from it, and so are threads whose files are gone.
	Ledger *ledger.Ledger
	// LedgerProblem says why there is no ledger although one was wanted; nil else.
	LedgerProblem error
	// OpenLedger, where it is not nil, gives both: [Load] calls it while it lists the files.
	// Where NewLedger is set, it makes one: [Load] begins to read files before it is there.
	OpenLedger func() (*ledger.Ledger, error)
	NewLedger  bool

	// Control acts on runs and tells who owns them; nil: runs are only watched.
	Control *control.Control
	// ReadOnly refuses every deed; owners are still told.
	ReadOnly bool
	// GateRecord is the file that remembers what Codex said of the gate's hooks; "" none. It is only read.
	GateRecord string
	// Guards has orders and budgets carried out without anybody asking; without it
	// this monitor does only what it is told.
	Guards bool
	// Face is who asks for deeds, for the audit trail: tui, cli or guard.
	Face string
	// Rested is called by a goroutine of its own when history was read, is in the ledger, and nothing
	// was read for a few seconds, and again when nothing was for a minute after more was read: what
	// only that needed can be given back. nil: nobody wants to know.
	Rested func()
	// StateFolder is where deeds are written down where there is no ledger; "" nowhere.
	StateFolder string

	// looks has [Load] write nothing into the ledger: the loop beside which it reads does that.
	looks bool
}

// Repositories are the main folders of the repositories that runs work in, by
// project, as far as they are on this disk.
type Repositories map[string]string

// Planned is a plan and where it is from. Where a file has a mistake, the plan
// is as it was before, or without that file, and a problem says so.
type Planned struct {
	Plan     budget.Plan
	Auto     AutoStop // whether its budgets stop runs
	File     string   // the settings file, "" none
	Files    []string // all that were read or looked for: a change of any asks for the plan again
	Problems []Notice
}

// Range limits what [Load] reads.
type Range struct {
	// ModifiedSince leaves out files that were last written before it; zero: all files.
	// Nothing can have been used after a file's last write, so it is exact for "since".
	ModifiedSince time.Time
	Detail        bool      // keep turns, responses and calls
	DetailSince   time.Time // but not of threads that were last written before it
	Kinds         bool      // know kinds of work and titles, but keep no turns and calls; Detail knows them too
	Only          []string  // thread ids; nil: all
	// Each, if not nil, takes the threads one by one, most of them while others are
	// read, and nothing more is kept of them: Fleet has only some, and Projects none. One that
	// is given again takes the place of what was given before. It is called by the goroutine that
	// called [Load], and must not keep or change the thread; its strings it may keep.
	Each func(t *model.Thread, run model.RunID, project string)
}

// History is what the files of all homes say, read once.
type History struct {
	Fleet   *model.Fleet
	Files   int // that were read
	LeftOut int // that the range left out
	// Remembered is how many threads only the ledger knows: their files are gone.
	Remembered int
	Bytes      int64
	Skipped    map[string]int64 // lines left out, by reason
	Unknown    map[string]int64 // line types that this version does not know
	Versions   map[string]int64 // threads by Codex version
	Problems   []Problem
	Homes      []Home
	Projects   map[string]string // thread id → project

	folds []*folded
	given []given
	runs  map[string]model.RunID // of those, by thread; nil until somebody asks
}

// Problem is something that could not be read.
type Problem struct {
	Path string
	Err  error
	Fix  string
}

// ErrNotFound says that no run matches a name.
var ErrNotFound = errors.New("no such run")

// Load reads all files once and returns what they say. The error is that of ctx;
// files that cannot be read are in Problems.
func Load(ctx context.Context, o Options, r Range) (*History, error) {
	return load(ctx, o, r)
}

// Snapshot judges a history that was read once, as the live monitor would show it
// now. Its Detail is of the first run, which a screen begins with.
func (h *History) Snapshot(o Options) Snapshot { return h.snapshot(o, nil) }

// Intent is what a face asks of the loop.
type Intent interface{ intent() }

// Focus asks for the inside of a run in each snapshot; "" for none.
type Focus struct{ Run model.RunID }

// SkipHistory ends the reading of history; totals before the point reached are floors.
type SkipHistory struct{}

// Rescan asks to look at all files again, now.
type Rescan struct{}

// Move asks for a move in the life of an exception; it is refused where the
// transition table does not allow it, with a notice that says so.
type Move struct {
	ID     string // of the exception
	To     budget.Life
	Until  time.Time   // of a snooze or an extension
	Amount price.Money // of an extension, in the unit of the budget's limit: pico-dollars, tokens, or credits times 1e12
	Reason string
	Actor  string // "" the machine's account
	// Approver agreed to an extension that needs a second person; "" nobody did.
	Approver string
}

// Label names the task or client of a run by hand; "" takes the label away.
type Label struct {
	Run          model.RunID
	Task, Client string
}

// ShowDay asks for a day's account in each snapshot; the zero time for none.
type ShowDay struct{ Date time.Time }

// Tell shows a problem of a face's own beside the other notices, until another of
// the same Effect takes its place; one without a text takes it away.
type Tell struct{ Notice Notice }

func (Tell) intent()        {}
func (Move) intent()        {}
func (Label) intent()       {}
func (ShowDay) intent()     {}
func (Focus) intent()       {}
func (SkipHistory) intent() {}
func (Rescan) intent()      {}

// Fact is one thing that happened, for those who follow along. Its JSON form is
// the contract of "watch --json"; see docs/json.md.
type Fact struct {
	At     time.Time
	Type   string // ready, run_started, turn_started, response, tool, artifact, turn_ended, limit, warning, exception
	Run    model.RunID
	Name   string // short name of the run
	Thread string
	Turn   int

	Model  string
	Effort string
	Usage  model.Usage
	Cost   price.Cost

	Tool     string // tool: its name
	Command  string // tool: cleaned command or arguments
	CallID   string
	ExitCode *int
	Done     bool // tool: it ended (else it began)
	Duration time.Duration
	Path     string // artifact: file
	Change   string // artifact: add, update, delete
	Added    int
	Removed  int
	Status   string // turn_ended: done, failed, aborted, died
	Reason   string
	Limit    *model.Limit
	Text     string // warning

	// exception: as it stands now; it was raised, changed its severity or its state.
	Exception *budget.Exception
	// NamedByPrompt says of an exception that Name is taken from what the user wrote.
	NamedByPrompt bool
	Known         bool // exception: nobody needs to be told, it held before or somebody has just decided on it
}

// Monitor follows the files and keeps the state. Only its own goroutine, inside
// Run, touches the state.
type Monitor struct{ core }

// New gives a monitor that has not started.
func New(o Options) *Monitor { return newMonitor(o) }

// Run reads history, follows the files and publishes until ctx is done. It
// returns nil then, and waits for all it started.
func (m *Monitor) Run(ctx context.Context) error { return m.run(ctx) }

// Snapshots gives the newest snapshot; older ones that nobody took are dropped.
// The channel is closed when Run returns. A snapshot is published when something
// changed, at most every 33 ms, and once a second while something burns, so that
// rates decay on screen.
func (m *Monitor) Snapshots() <-chan Snapshot { return m.snapshots() }

// Facts gives each fact as it happens, none is dropped: the loop waits for the
// reader. It must be called before Run, and then be read until it is closed.
func (m *Monitor) Facts() <-chan Fact { return m.facts() }

// Send hands an intent to the loop. It never blocks for longer than the loop's current step,
// and does nothing once Run has returned.
func (m *Monitor) Send(i Intent) { m.send(i) }
