package model

import "time"

// Options say how much a fold keeps.
type Options struct {
	// Detail keeps turns, responses and calls; without it only usage rows and
	// the newest state are kept.
	Detail bool
	// Ancestor gives the (total, last) pairs of the token_count lines of
	// another thread, in file order, and whether that thread's files were found.
	// It is asked only for forks of versions that wrote no turn ids. Nil: never found.
	Ancestor func(id string) ([]Pair, bool)
	// OneFile says that the thread has one file and will be given no second one:
	// then nothing is kept for telling copies of a file.
	OneFile bool
	// Short keeps, with Detail, only the newest turns, responses and calls of what is told by
	// them one by one; what is summed up and judged is the same. See [Thread.Shorten].
	Short bool
	// Older, if not nil, is told of each call that Short lets go of, once it has ended; n is
	// its number in the thread, from 0. The call is valid for as long as Older runs.
	Older func(n int64, c *Call)
	// Spare, if not nil, is memory that sealed threads gave back for the next one
	// of the same goroutine.
	Spare *Spare
}

// Spare is what a sealed thread leaves to the next. The zero Spare is empty.
type Spare struct {
	totals  []seen
	records map[seen]struct{}
}

// Pair is what one token_count line said, for finding copied history.
type Pair struct {
	Total, Last             Usage
	TotalTokens, LastTokens Tokens
	At                      int64 // the line's time, Unix milliseconds; 0 unknown
}

// The most that a fold with Detail keeps of a thread; older ones are trimmed.
const (
	MaxTurns     = 1000
	MaxResponses = 4096
	MaxCalls     = 1000
)

// What a fold that is Short keeps at least; a quarter more at most. A line about a call is
// looked for among the newest 256 of them.
const (
	ShortTurns     = 32
	ShortResponses = 64
	ShortCalls     = 256
)

// fold is what the accounting of a thread needs to remember between lines.
type fold struct {
	opt Options

	file      fileState
	copied    origin
	counter   counter
	turns     turnFold
	answer    Response // the newest, for the fact that tells of it
	kinds     kindFold
	nextTier  string
	hasMeta   bool
	lineTime  time.Time // newest valid line time, for lines without one
	trimmed   bool      // Short has let go of something
	recordEra bool      // the writer has usage records: 0.152 and later, or one was seen
}

// fileState is about the file that is being folded.
type fileState struct {
	lines   int64
	name    string
	version version
	begun   bool      // a turn began in it
	byRef   bool      // its history continues another file's, by reference
	copyOf  time.Time // the file is a copy: lines up to this time are known
}

// NewThread gives an empty thread; id is the one in its file's name, "" where
// that has none, and is replaced by what the file's own session_meta says.
func NewThread(id string, o Options) *Thread {
	t := &Thread{ID: id, Rows: map[Bucket]Count{}, Skipped: map[string]int64{}, fold: &fold{}}
	t.fold.opt = o
	t.fold.counter.alone = o.OneFile
	if o.Spare != nil {
		t.fold.counter.totals.list, o.Spare.totals = o.Spare.totals, nil
		t.fold.counter.records, o.Spare.records = o.Spare.records, nil
	}
	if o.Detail {
		t.Kinds = map[string]int64{}
		t.KindRows = map[KindBucket]Count{}
	}
	return t
}

// open makes a fold for a thread that was not made by NewThread.
func (t *Thread) open() {
	if t.fold == nil {
		t.fold = &fold{}
	}
}

// BeginFile says that the next events come from another file of the same thread
// (a segment, a copy in the archive). Files must come in the order of their names.
func (t *Thread) BeginFile(path string) {
	t.open()
	f := t.fold
	name := baseName(path)
	known := time.Time{}
	for _, p := range t.Files {
		if baseName(p) == name {
			known = t.LastAt
		}
	}
	t.Files = append(t.Files, path)
	f.file = fileState{name: name, copyOf: known}
	f.copied = origin{}
	f.counter.beginFile()
}

// baseName is a path's last part without the endings of session files.
func baseName(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' || path[i] == '\\' {
			path = path[i+1:]
			break
		}
	}
	for _, end := range []string{".zst", ".jsonl"} {
		if n := len(path) - len(end); n > 0 && path[n:] == end {
			path = path[:n]
		}
	}
	return path
}

// Skip counts one line that could not be read.
func (t *Thread) Skip(reason string) {
	t.open()
	t.fold.file.lines++
	t.Lines++
	t.Skipped[reason]++
}

// Apply folds one event in and tells what it changed. Events must come in the
// order of the file's lines.
func (t *Thread) Apply(e *Event) Fact {
	t.open()
	f := t.fold
	first := f.file.lines == 0
	f.file.lines++
	t.Lines++
	if t.Kinds != nil {
		t.Kinds[e.Type]++
	}
	at := t.time(e)
	if e.Kind == EventMeta {
		t.applyMeta(e.Meta, first)
		return Fact{}
	}
	inherited := f.copied.active && t.inherited(e)
	if !f.file.copyOf.IsZero() && !at.After(f.file.copyOf) && e.Kind != EventRecord && e.Kind != EventTokenCount {
		if e.Kind == EventTurnContext || e.Kind == EventModel { // what follows is of this model
			return t.applyModel(e, at, true)
		}
		return Fact{} // the other copy has said so already
	}
	if !inherited {
		t.LastAt = maxTime(t.LastAt, at)
		t.fold.turns.line(e.Type, at)
	}
	return t.dispatch(e, at, inherited)
}

func (t *Thread) dispatch(e *Event, at time.Time, inherited bool) Fact {
	t.fold.file.begun = t.fold.file.begun || e.Kind == EventTurnStarted || e.Kind == EventTurnContext
	switch e.Kind {
	case EventRecord:
		return t.applyRecord(e, at, inherited)
	case EventTokenCount:
		return t.applyTokenCount(e, at, inherited)
	case EventTurnContext, EventModel:
		// Also in copied history: the last one before a response names its model.
		return t.applyModel(e, at, inherited)
	}
	if inherited || e.Kind == EventOther {
		return Fact{}
	}
	switch e.Kind {
	case EventTurnStarted:
		return t.beginTurn(e, at)
	case EventTurnEnded:
		return t.endTurn(e, at)
	case EventSettings:
		t.applySettings(e)
	case EventUserMessage:
		t.applyPrompt(e, at)
	case EventToolCall:
		return t.applyCall(e, at)
	case EventToolOutput:
		return t.applyOutput(e, at)
	case EventToolEnd, EventSubAgent:
		return t.applyToolEnd(e, at)
	case EventFileChange:
		return t.applyChanges(e, at)
	case EventCompacted:
		return t.applyCompacted(e, at)
	case EventReview:
		t.Review = e.Status == "entered"
	}
	return Fact{}
}

// time gives the event's time, or that of the line before where it has none.
func (t *Thread) time(e *Event) time.Time {
	at := e.At
	if at.IsZero() {
		at = t.fold.lineTime
	}
	t.fold.copied.note(at)
	t.fold.lineTime = at
	if t.FirstAt.IsZero() || !at.IsZero() && at.Before(t.FirstAt) {
		t.FirstAt = at
	}
	return at
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// applyMeta takes the thread's own session_meta, or notes a copied one.
func (t *Thread) applyMeta(m *Meta, first bool) {
	f := t.fold
	if m == nil {
		return
	}
	// The first line's meta is the thread's own, whatever the file is called.
	// Where the first line was lost, the file's name tells the copies apart.
	if first && !f.hasMeta && m.ID != "" {
		t.ID = m.ID
	}
	if m.ID != t.ID && t.ID != "" {
		f.copied.foreignMeta(m.ID)
		return
	}
	t.ID = m.ID
	if !f.hasMeta {
		f.hasMeta = true
		t.Meta = *m
		t.Cwd = m.Cwd
	}
	f.file.version = parseVersion(m.CLIVersion)
	f.file.byRef = m.HasBase
	f.recordEra = f.recordEra || f.file.version.atLeast(0, 153)
	f.copied.ownMeta(m)
}

func (t *Thread) applySettings(e *Event) {
	if !e.HasTier {
		return
	}
	// Settings announce the next turn; before a turn's first response they are
	// still those that its requests will carry.
	t.fold.nextTier = e.Tier
	if t.Turn.Usage.Responses == 0 {
		t.Tier = e.Tier
		t.Turn.Tier = e.Tier
	}
}
