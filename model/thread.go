package model

import "time"

// TurnState is how a turn stands.
type TurnState uint8

// The states of a turn. TurnRunning is what the file says: whether a process
// still works on it, only the process's lock can tell.
const (
	TurnRunning TurnState = iota
	TurnDone
	TurnFailed
	TurnAborted
	TurnDied // the file ended inside the turn and a later turn began, or nothing holds the thread any more
)

// String gives the state's word: running, done, failed, aborted or died.
func (s TurnState) String() string {
	return [...]string{"running", "done", "failed", "aborted", "died"}[s]
}

// Turn is one exchange: from what the user asked to the end of the answer.
type Turn struct {
	ID      string    `json:",omitzero"`
	State   TurnState `json:",omitzero"`
	Reason  string    `json:",omitzero"` // of a failed or aborted turn, as Codex names it
	Started time.Time `json:",omitzero"`
	Ended   time.Time `json:",omitzero"` // zero while running
	Model   string    `json:",omitzero"`
	Effort  string    `json:",omitzero"`
	Tier    string    `json:",omitzero"`
	Prompt  string    `json:",omitzero"` // cleaned, at most 200 bytes
	Usage   Count     `json:",omitzero"`
	Context Tokens    `json:",omitzero"` // size of the context after its newest response

	Calls     int    `json:",omitzero"` // tool calls
	Failed    int    `json:",omitzero"` // tool calls with an exit code other than 0, or failed
	Files     int    `json:",omitzero"` // file changes
	Added     int    `json:",omitzero"` // lines added
	Removed   int    `json:",omitzero"` // lines removed
	Compacted int    `json:",omitzero"` // compactions
	Unmetered int    `json:",omitzero"` // attempts that were sent and never metered: repeated token_count lines with new rate limits
	LastTool  string `json:",omitzero"` // cleaned command or tool name of the newest call
}

// Response is one metered answer of the model.
type Response struct {
	At      time.Time
	ID      string // response id, "" before records existed
	Turn    int    // number of its turn in the thread, from 0; -1 before the first
	Bucket  Bucket
	Effort  string
	Usage   Usage
	Context Tokens // total tokens of this request: the context's size after it
	Window  Tokens
	Record  bool // from a token_usage_record, else from a token_count
}

// Call is one tool call.
type Call struct {
	Tool
	Turn    int
	At      time.Time
	Ended   time.Time // zero while pending
	Done    bool
	Status  string // completed, failed, …; "" while pending
	Changes []FileChange
	Outer   string // call id of the code-mode call that this one ran in, else ""
	// Work is the kind of work it is. It is settled when the turn ends: what came
	// after a call tells what it was for. Until then it is what is likely.
	Work Kind
	// Evidence is why, the strongest first, at most three; empty where only the
	// calls around it tell. Kept by a fold with Detail only.
	Evidence []Evidence

	counted bool // its changes are in the turn's numbers
}

// Thread is one conversation of Codex: the unit of truth. Its usage is derived
// from its own files alone and can be derived again at any time.
//
// All slices and maps belong to the fold; read them only from its goroutine, or copy.
// Its JSON form, which is kept for years, has no more than what is set.
type Thread struct {
	ID    string   `json:",omitzero"`
	Meta  Meta     `json:",omitzero"` // of the thread's own first file
	Files []string `json:",omitzero"` // paths that were folded, oldest first

	Rows      map[Bucket]Count `json:",omitzero"` // what was billed to this thread
	Inherited Count            `json:",omitzero"` // copied or continued from another thread; never billed here
	Uncertain Count            `json:",omitzero"` // the part of Rows whose model is unknown

	FirstAt time.Time `json:",omitzero"` // oldest and newest line
	LastAt  time.Time `json:",omitzero"`
	UsageAt time.Time `json:",omitzero"` // newest response

	Model  string `json:",omitzero"` // of the newest response or turn, "" unknown
	Effort string `json:",omitzero"` // "" is the model's default
	Tier   string `json:",omitzero"`
	Cwd    string `json:",omitzero"`
	Title  string `json:",omitzero"` // first prompt, cleaned, at most 200 bytes

	Context Tokens `json:",omitzero"` // size of the context as of the newest response, or Codex's own estimate after a compaction
	Window  Tokens `json:",omitzero"` // the model's context window, 0 unknown

	Turn        Turn `json:",omitzero"` // the newest turn; zero Turn.Started where there was none
	TurnCount   int  `json:",omitzero"`
	CallCount   int  `json:",omitzero"`
	Compacted   int  `json:",omitzero"`
	Unmetered   int  `json:",omitzero"`
	FileChanges int  `json:",omitzero"` // file changes
	Added       int  `json:",omitzero"`
	Removed     int  `json:",omitzero"`

	Pending int  `json:",omitzero"` // tool calls without an output yet
	Review  bool `json:",omitzero"`

	Limits []Limit `json:",omitzero"` // newest of each window that this thread's file reported

	Lines   int64            `json:",omitzero"` // lines folded
	Skipped map[string]int64 `json:",omitzero"` // lines that could not be read, by reason
	// Decided counts what was made of each usage line, by [Decision].
	Decided [decisions]int64 `json:",omitzero"`
	Kinds   map[string]int64 `json:",omitzero"` // lines by type, the unknown ones included; nil unless Detail

	// KindRows is Rows split over the kinds of work: for every bucket its kinds add
	// up to it exactly, in every counter. Responses is counted at the kind that got
	// the most of each response. Nil unless Detail.
	KindRows map[KindBucket]Count `json:",omitzero"`

	// Kept only by a fold with Detail, newest last, trimmed at the front.
	Turns     []Turn     `json:",omitzero"`
	Responses []Response `json:",omitzero"`
	Calls     []Call     `json:",omitzero"`
	// TurnBase is how many turns were trimmed from the front of Turns.
	TurnBase int `json:",omitzero"`

	fold *fold // nil: sealed, or never folded
}

// Usage is all that was billed to the thread.
func (t *Thread) Usage() Count {
	var c Count
	for _, r := range t.Rows {
		c = c.Plus(r)
	}
	return c
}

// ContextPercent is how full the context is, in the way Codex's own status line
// counts: the first 12,000 tokens (its instructions) are left out of both the
// context and the window. It returns -1 where context or window is unknown.
// Source: Codex 0.169's "/status", compared with the token counts it had recorded.
func ContextPercent(context, window Tokens) float64 {
	const baseline = 12_000
	if window <= 0 || context <= 0 {
		return -1
	}
	if window <= baseline {
		return min(100, 100*float64(context)/float64(window))
	}
	return min(100, 100*float64(max(0, context-baseline))/float64(window-baseline))
}

// FactKind tells what an event changed.
type FactKind uint8

// The kinds of facts.
const (
	FactNone FactKind = iota
	FactTurnStarted
	FactResponse
	FactTool     // a tool call began
	FactToolDone // a tool call ended
	FactArtifact // files changed
	FactTurnEnded
	FactCompacted
)

// Fact is what one event changed in a thread, for those who follow it live. The
// pointers are into the thread and valid until its next event.
type Fact struct {
	Kind     FactKind
	At       time.Time
	Turn     *Turn
	Response *Response
	Call     *Call
}
