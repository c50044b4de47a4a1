package model

// Options say how much a fold keeps.
type Options struct {
	// Detail keeps turns, responses and calls; without it only usage rows and
	// the newest state are kept.
	Detail bool
	// Ancestor gives the (total, last) pairs of the token_count lines of
	// another thread, in file order, and whether that thread's files were found.
	// It is asked only for forks of versions that wrote no turn ids. Nil: never found.
	Ancestor func(id string) ([]Pair, bool)
}

type fold struct{}

// Pair is what one token_count line said, for finding copied history.
type Pair struct {
	Total, Last             Usage
	TotalTokens, LastTokens Tokens
	At                      int64 // the line's time, Unix milliseconds; 0 unknown
}

// NewThread gives an empty thread; id is the one in its file's name, "" where
// that has none, and is replaced by what the file's own session_meta says.
func NewThread(id string, o Options) *Thread {
	return &Thread{ID: id, Rows: map[Bucket]Count{}, Skipped: map[string]int64{}}
}

// BeginFile says that the next events come from another file of the same thread
// (a segment, a copy in the archive). Files must come in the order of their names.
func (t *Thread) BeginFile(path string) { t.Files = append(t.Files, path) }

// Apply folds one event in and tells what it changed. Events must come in the
// order of the file's lines.
func (t *Thread) Apply(e *Event) Fact { return Fact{} }

// Skip counts one line that could not be read.
func (t *Thread) Skip(reason string) { t.Skipped[reason]++ }
