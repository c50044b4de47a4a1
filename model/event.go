package model

import "time"

// EventKind tells what a line of a session file says.
type EventKind uint8

// The kinds of events. A line that says nothing that we use is EventOther.
const (
	EventOther        EventKind = iota
	EventMeta                   // session_meta, or the bare first line of 2025: Event.Meta
	EventTurnStarted            // event_msg task_started: TurnID, StartedAt, Window
	EventTurnContext            // turn_context: TurnID, Model, Effort, Cwd, Approval, Sandbox
	EventModel                  // world_state that names a model: Model (Effort if named)
	EventSettings               // event_msg thread_settings_applied: Model, Effort, Tier of the NEXT turn
	EventTurnEnded              // task_complete or turn_aborted: TurnID, Status, Reason, Text
	EventRecord                 // token_usage_record: ThreadID, TurnID, RootTurnID, ResponseID, Usage, ThreadTotal
	EventTokenCount             // event_msg token_count: HasInfo, Total, HasLast, Last, Window, Limits
	EventToolCall               // function_call, custom_tool_call, local_shell_call, web_search_call: Tool
	EventToolOutput             // *_output: Tool.CallID, Tool.ExitCode where it is told
	EventToolEnd                // item_completed of a command, MCP call, web search …; patch_apply_end, mcp_tool_call_end …: Tool
	EventFileChange             // item_completed FileChange, patch_apply_end with changes: Tool, Changes
	EventUserMessage            // what the user wrote: Text
	EventAgentMessage           // what the model said: Text
	EventReasoning              // a reasoning item
	EventCompacted              // compacted line: ResponseID of the compaction where told
	EventSubAgent               // a sub-agent was spawned, finished or talked to: Tool, AgentThreadIDs
	EventReview                 // entered_review_mode (Status "entered") or exited_review_mode ("exited")
	EventRollback               // thread_rolled_back
)

// Event is one line of a session file, as far as anything here needs it. Which
// fields are set depends on Kind, see the constants. Strings are copies (or
// shared constants) and may be kept. Text is raw: it may hold escape sequences
// and anything else; clean it with [Clean] before it is shown.
type Event struct {
	Kind    EventKind
	Type    string    // the line's type, or type and payload type with a dot: "event_msg.token_count"
	Unknown bool      // EventOther: this version does not know the type
	At      time.Time // the line's timestamp, UTC; zero where the line has none
	Ordinal int64     // the line's ordinal; -1 where it has none (legacy history)

	ThreadID   string // the thread that the line itself names, else ""
	TurnID     string
	RootTurnID string
	ResponseID string

	Model   string
	Effort  string // "" is the model's default
	Tier    string // EventSettings: service tier, "" where the line names none
	HasTier bool   // EventSettings: the line has a service_tier key (maybe null: Tier is "" then)

	StartedAt time.Time // EventTurnStarted: payload started_at (whole seconds), else zero
	Window    Tokens    // model_context_window, 0 where not told

	Usage       Usage // EventRecord: this response
	UsageTotal  Tokens
	ThreadTotal Usage // EventRecord: the thread so far, a fork's inherited usage included
	HasInfo     bool  // EventTokenCount: info is an object
	HasTotal    bool
	Total       Usage  // EventTokenCount: total_token_usage
	TotalTokens Tokens // its total_tokens, which is not always input + output
	HasLast     bool
	Last        Usage   // EventTokenCount: last_token_usage
	LastTokens  Tokens  // its total_tokens: the context's size
	Limits      []Limit // the one slice that may not be kept: the next line's are written over it

	Status string // EventTurnEnded: "completed", "failed" or "aborted"; tools: "completed", "failed" …
	Reason string // EventTurnEnded: why it failed or was aborted, as Codex names it
	Text   string // messages: at most MaxText bytes of it

	Cwd      string
	Approval string // approval_policy, as text
	Sandbox  string // sandbox_policy's mode or type, as text
	Comp     string // comp_hash of the turn's model

	Meta    *Meta
	Tool    Tool
	Changes []FileChange

	AgentThreadIDs []string // EventSubAgent
}

// MaxText is the most bytes of a message, a command or a tool output that an event keeps.
const MaxText = 4096

// Meta is the session_meta line.
type Meta struct {
	ID           string    `json:",omitzero"` // the thread
	SessionID    string    `json:",omitzero"` // the root thread of the run, "" where not told (before 2026)
	ForkedFrom   string    `json:",omitzero"` // forked_from_id
	ParentID     string    `json:",omitzero"` // parent_thread_id, or source.subagent.thread_spawn.parent_thread_id
	Timestamp    time.Time `json:",omitzero"` // payload timestamp; before 0.32 local time with a false Z
	Cwd          string    `json:",omitzero"`
	Originator   string    `json:",omitzero"`
	CLIVersion   string    `json:",omitzero"`
	Source       string    `json:",omitzero"` // cli, vscode, exec, mcp, subagent, …
	SubAgent     string    `json:",omitzero"` // for source subagent: thread_spawn, review, guardian, …
	ThreadSource string    `json:",omitzero"`
	Provider     string    `json:",omitzero"`
	AgentPath    string    `json:",omitzero"`
	AgentName    string    `json:",omitzero"` // nickname
	AgentRole    string    `json:",omitzero"`
	Depth        int       `json:",omitzero"`
	HistoryMode  string    `json:",omitzero"` // legacy, paginated or ""
	HistoryBase  string    `json:",omitzero"` // history_base: thread or segment id that history is taken from by reference; "" where there is none
	HasBase      bool      `json:",omitzero"` // there is a history_base
	// OwnOrdinal is subagent_history_start_ordinal: lines before it are copies; -1 where not told.
	OwnOrdinal int64  `json:",omitzero"`
	GitBranch  string `json:",omitzero"`
	GitCommit  string `json:",omitzero"`
	GitURL     string `json:",omitzero"`
	Bare       bool   `json:",omitzero"` // the bare first line of mid-2025 (no type, no payload)
}

// Tool is a tool call, its output or its end.
type Tool struct {
	CallID      string
	Name        string // exec_command, shell, apply_patch, exec (code mode), web_search, mcp server.tool …
	Args        string // arguments or input as written, at most MaxText bytes
	Command     string // the command line, where the call is one
	Cwd         string
	Parsed      string // Codex's own reading of a command: read, search, list_files, unknown … joined by commas
	ExitCode    int    // valid where HasExit
	HasExit     bool
	Duration    time.Duration // 0 where not told
	Output      string        // at most MaxText bytes of the output
	OutputBytes int64         // its whole length in bytes, as written
	Source      string        // CommandExecution's source, e.g. unified_exec_startup
}

// FileChange is one file of a patch.
type FileChange struct {
	Path    string
	Kind    string // add, update, delete
	Added   int    // lines; -1 unknown
	Removed int    // lines; -1 unknown
	MovedTo string
	Traits  Traits // what the changed lines are, where the line tells them
}

// Limit is one rate-limit window as Codex reports it. It is keyed by ID and
// Minutes, never by the slot it came in: plans move windows between slots.
type Limit struct {
	ID       string    `json:",omitzero"` // limit_id, "" in older versions
	Name     string    `json:",omitzero"`
	Minutes  int       `json:",omitzero"` // window_minutes: 300 five hours, 10080 a week, about 43200 a month; 0 spend control
	Used     float64   `json:",omitzero"` // percent
	ResetsAt time.Time `json:",omitzero"` // zero where not told
	At       time.Time `json:",omitzero"` // when it was reported
	Plan     string    `json:",omitzero"` // plan_type
}
