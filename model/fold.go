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
