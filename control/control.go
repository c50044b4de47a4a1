// Package control acts on Codex's runs: it finds which process works on a thread,
// stops it, moves it to a cheaper model, or hands it to a human.
//
// Nothing here believes itself: every deed is reported as observed facts, and who
// is acted on is proved again at the moment of the deed.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Kind is what works on a thread.
type Kind string

// The kinds of owners.
const (
	Exec     Kind = "exec"       // codex exec: a process of its own
	TUI      Kind = "tui"        // an interactive Codex with the run inside it
	Server   Kind = "app-server" // the server that windows share: it is never signalled
	None     Kind = "none"       // nothing holds the thread
	Unproved Kind = "unproved"   // something seems to, and who can't be proved: no deed is offered
)

// Process is one process, with what tells it from a later one of the same number.
type Process struct {
	PID     int
	PPID    int
	Started time.Time
	Ticks   uint64 // start in clock ticks since boot; 0 where the system has none
	UID     int    // of its owner, -1 unknown
	Exe     string // path of its executable, "" unknown
	Command string // its arguments, cleaned, joined by spaces
	Cwd     string
	TTY     string // terminal, such as /dev/pts/3; "" none
}

// Program is its command, the program without the folders that it is in: where there
// is little room those would be all that is seen of it.
func (p Process) Program() string {
	program, rest, more := strings.Cut(p.Command, " ")
	if i := strings.LastIndexByte(program, '/'); i >= 0 && i < len(program)-1 {
		program = program[i+1:]
	}
	if more {
		program += " " + rest
	}
	return program
}

// Same says that both are one process: of one number, begun at one instant, of one executable.
// The instant is that of the ticks where there are any: the time that is made of them
// moves when the clock is set.
func (p Process) Same(q Process) bool {
	if p.PID != q.PID || p.Ticks != q.Ticks || p.Exe != q.Exe {
		return false
	}
	return p.Ticks != 0 || p.Started.Equal(q.Started)
}

// Owner is what works on a thread, at one moment.
type Owner struct {
	Thread  string
	Home    string
	Kind    Kind
	Process Process  // zero for None
	Inode   uint64   // of the lock file that proves it, 0 none
	Holds   []string // every thread that the process holds, this one too, sorted
	Socket  string   // of a server: where it listens
	Pane    string   // tmux pane that shows it, such as "%3"; "" unknown
	Tmux    string   // socket of the tmux server that the pane is of; "" the default one
	Why     string   // why no deed is offered; "" where one is
	// Nobody says of kind None that it is proved: what runs in another container, on
	// another machine or without locks can't be seen, and then it isn't.
	Nobody bool
}

// Thread is one thread of a run: what its session file is, newest first segment last.
type Thread struct {
	ID     string
	Path   string
	Parent string // "" for the root
	Agent  string // name or path of a sub-agent, "" for the root
}

// Turn is the newest turn of a thread, as its session file tells it at one moment.
type Turn struct {
	ID       string
	Number   int // from 1; 0 there is none
	State    model.TurnState
	Reason   string
	Started  time.Time
	Ended    time.Time
	Settings Settings
	Context  model.Tokens // size of the context now
	Window   model.Tokens
}

// Settings are what a turn runs with, for a later turn to run with too.
type Settings struct {
	Model    string
	Effort   string // "" the model's default
	Tier     string
	Cwd      string
	CompHash string          // models of different hashes cannot go on from each other's context
	Approval string          // approval_policy
	Sandbox  json.RawMessage // sandbox_policy, as recorded
	Turn     string          // id of the turn that they were recorded for, "" unknown
	Reviewer string          // who is asked for approvals: user, auto_review; "" not recorded
	Profile  json.RawMessage // permission_profile, as recorded: what sandbox_policy can't say too
}

// Reader tells how a thread's newest turn stands. It reads the session file anew each time.
type Reader interface {
	Turn(ctx context.Context, t Thread) (Turn, error)
}

// Target is the run that is to be acted on, as it was shown.
type Target struct {
	Run     model.RunID // id of the root thread
	Name    string      // cleaned
	Home    string      // CODEX_HOME
	Cwd     string
	Threads []Thread // root first
}

// Way is one deed. Only those of [Plan.Choices] may be done.
type Way string

// The ways. The hard ones are offered only after a softer one was proved to fail.
const (
	Interrupt Way = "interrupt" // end the turn: SIGINT, the server's turn/interrupt, or Escape in its pane
	Again     Way = "again"     // SIGINT once more
	Terminate Way = "terminate" // SIGTERM
	Kill      Way = "kill"      // SIGKILL
	Children  Way = "children"  // end what the run started and left behind
	WrapUp    Way = "wrap-up"   // ask the model to come to an end (turn/steer)
)

// Choice is one deed that is offered, in words.
type Choice struct {
	Way     Way
	Label   string   // the deed, such as "Interrupt the turn and end the run"
	Effects []string // what will happen to whom, and what will not
}

// Plan is what can be done about a run: nothing has happened yet.
type Plan struct {
	At       time.Time
	Target   Target
	Owner    Owner
	Turns    map[string]Turn // newest turn of each thread
	Children []Process       // what the run started, outermost first; unknown (nil) for a server
	Others   []string        // threads of other runs that the same process holds, sorted
	Choices  []Choice        // weakest first; empty where nothing can be done
	Why      string          // why nothing can be done
	Resume   []string        // command that goes on from here, as arguments; its folder is that of [Plan.Folder]
}

// After gives the plan for what an outcome offers next: only a deed that the softer
// one was proved not to be enough for, and only to those who were seen to live on.
func (p Plan) After(o Outcome) Plan {
	p.At, p.Choices, p.Children = o.At, o.Next, o.Survivors
	return p
}

// StepState is how a step stands.
type StepState uint8

// The states of a step.
const (
	StepWaiting StepState = iota // not proved yet
	StepDone                     // observed
	StepFailed                   // waited for and not observed
	StepNote                     // worth knowing
)

// Step is one observed fact on the way.
type Step struct {
	At    time.Time
	Key   string // the same while one fact is waited for: a later one takes the place of an earlier
	State StepState
	Text  string // cleaned
}

// Outcome is what was observed of a deed.
type Outcome struct {
	At        time.Time
	Way       Way
	Steps     []Step
	Stopped   bool      // every running turn ended, and a process that was to end is gone
	Aborted   []string  // threads whose session file tells that the turn was aborted
	Gone      bool      // the process is gone
	ExitCode  int       // -1 unknown, as it is for a process that is not our child
	Survivors []Process // what the run started and that lives on
	Next      []Choice  // what is offered now
	Resume    []string

	Switched bool   // a downgrade: it goes on with what was asked for, as its session file tells
	Output   string // a downgrade: the file that the resumed run writes what it says to, "" none
	Pane     string // a take-over: the tmux pane in which the session is, "" none
}

// The errors that a caller tells apart. Wrapped ones say the rest in words.
var (
	ErrEnded     = errors.New("the run ended meanwhile; nothing was sent")
	ErrChanged   = errors.New("it is not what was shown any more; nothing was sent")
	ErrForbidden = errors.New("this run can't be acted on")
	ErrNoCodex   = errors.New("no codex program was found")
	ErrReadOnly  = errors.New("read-only: nothing is acted on")
)

// Options are what a Control works with.
type Options struct {
	Reader Reader
	Now    func() time.Time // nil: time.Now
	Codex  string           // the codex program; "" finds it on PATH when it is needed
	Proc   string           // root of the process file system; "" is /proc. A seam: tests make one up
	// Patience is how long one deed is watched before the next is offered; 0 is five seconds.
	Patience time.Duration
	Env      []string // of programs that are started; nil: this process's
	// State is the folder for the output of runs that are resumed; "" is
	// tokenburn/runs in the user's folder for state.
	State string
}

// Control acts on runs. Any goroutine may use it.
type Control struct {
	o    Options
	open func(pid int) (handle, error) // takes hold of a process; a seam: tests reuse its number

	locksTold bool // the system tells who holds a lock; a seam: tests are where it does
}

// New gives a Control. It starts nothing.
func New(o Options) *Control {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Patience == 0 {
		o.Patience = 5 * time.Second
	}
	return &Control{o: o, open: openProcess, locksTold: tellsLocks}
}
