package model

import "time"

// counter decides which lines are billed responses.
//
// A token_usage_record of the own thread is one, once per response id. The
// token_count that follows with the same usage is the same response. A
// token_count without a record counts only where its writer had no records; since
// one file may have been written by several versions, that is decided line by line.
type counter struct {
	hashes  hashes
	records map[seen]struct{} // response ids that were counted
	open    []openRecord      // records whose token_count has not come yet, oldest first

	heads  []total // newest total of each writer, the one that wrote last at the end
	totals totals  // every total that was seen
	lines  lineBook
	files  int
	alone  bool // there is no other file
	based  bool // something was counted or taken over in this file: its base is known
	before total
	limits uint64 // fingerprint of the last token_count's rate limits
}

// openRecord is a record that waits for its token_count.
type openRecord struct {
	id string
	Usage
}

// total is the state of a token_count's cumulative counters.
type total struct {
	Usage
	tokens Tokens // total_tokens, which a context overflow moves on its own
}

// maxHeads bounds the number of writers of one file that are told apart.
const maxHeads = 4

func (c *counter) beginFile() {
	c.files++
	c.based = len(c.heads) > 0
}

// Decision is what the counter made of a line.
type Decision uint8

// The decisions, for those who ask why a line was not counted.
const (
	Counted         Decision = iota // a billed response
	CountedTotals                   // a billed response that only the totals told
	MatchedRecord                   // the token_count of a record that was counted
	NoInfo                          // token_count without usage: rate limits only
	Unchanged                       // token_count repeated, totals unchanged
	Estimate                        // Codex's own estimate after a compaction, or a context overflow
	SeenBefore                      // a total that was seen before: a revert, or another writer's repeat
	SameLine                        // the same line in another copy of the file
	DuplicateRecord                 // a response id that was counted already
	OtherThread                     // a record of another thread: copied history
	Copied                          // inside copied history
	BaseOfFork                      // a fork's first token_count: the total of its ancestor
	decisions
)

// String gives the decision in words.
func (d Decision) String() string {
	return [...]string{"counted", "counted from totals", "same response as its record", "no usage (rate limits only)", "repeated, totals unchanged",
		"estimate, not billed", "total seen before (revert or second writer)", "same line in another copy", "response id counted already",
		"record of another thread", "copied history", "total of the fork's ancestor"}[d]
}

// record decides on a token_usage_record.
func (c *counter) record(id string, u Usage) Decision {
	if id != "" {
		k := c.hashes.id(id)
		if _, ok := c.records[k]; ok {
			return DuplicateRecord
		}
		if c.records == nil {
			c.records = map[seen]struct{}{}
		}
		c.records[k] = struct{}{}
	}
	c.open = append(c.open, openRecord{id, u})
	if len(c.open) > 64 { // records whose token_count never came
		c.open = append(c.open[:0], c.open[32:]...)
	}
	return Counted
}

// match takes the newest open record with this usage.
func (c *counter) match(u Usage) bool {
	for i := len(c.open) - 1; i >= 0; i-- {
		if c.open[i].Usage == u {
			c.open = append(c.open[:i], c.open[i+1:]...)
			return true
		}
	}
	return false
}

// compacted drops the record of a compaction that the totals do not include.
func (c *counter) compacted(id string) {
	for i := range c.open {
		if id != "" && c.open[i].id == id {
			c.open = append(c.open[:i], c.open[i+1:]...)
			return
		}
	}
}

// head gives the index of the writer whose newest total is n, or -1.
func (c *counter) head(n total) int {
	for i := len(c.heads) - 1; i >= 0; i-- {
		if c.heads[i] == n {
			return i
		}
	}
	return -1
}

// extends gives the index of the writer that n continues by last, or -1.
func (c *counter) extends(n total, last Usage) int {
	for i := len(c.heads) - 1; i >= 0; i-- {
		h := c.heads[i]
		overflow := h.tokens != h.Usage.Total() // then total_tokens keeps its lead over the counters
		if h.Usage.Add(last) == n.Usage && (!overflow || n.tokens != n.Usage.Total()) {
			return i
		}
	}
	return -1
}

// move puts a writer's newest total at the end; i -1 adds a writer.
func (c *counter) move(i int, n total) {
	if i >= 0 {
		c.heads = append(c.heads[:i], c.heads[i+1:]...)
	}
	c.heads = append(c.heads, n)
	if len(c.heads) > maxHeads {
		c.heads = append(c.heads[:0], c.heads[1:]...)
	}
	c.based = true
	c.totals.add(c.hashes.total(n))
}

// had says that a total was seen before.
func (c *counter) had(n total) bool { return c.totals.has(c.hashes.total(n)) }

// current is the index of the writer that wrote last, -1 where there is none.
func (c *counter) current() int { return len(c.heads) - 1 }

// sameLine says that another file of the thread had this very line, and notes it.
func (c *counter) sameLine(at time.Time, n total) bool {
	return !c.alone && !at.IsZero() && c.lines.elsewhere(c.hashes.line(lineKey{at.UnixMilli(), n}), c.files)
}

// tokenCount decides on a token_count line with info. The usage is what to count
// where the decision is Counted or CountedTotals.
func (t *Thread) tokenCount(e *Event, at time.Time) (Decision, Usage) {
	f := t.fold
	c := &f.counter
	if !e.HasTotal {
		return t.withoutTotal(e, at)
	}
	n := total{e.Total, e.TotalTokens}
	if c.sameLine(at, n) {
		return SameLine, Usage{}
	}
	if i := c.head(n); i >= 0 {
		c.move(i, n)
		return Unchanged, Usage{}
	}
	if !e.HasLast || e.Last.IsZero() {
		return t.fromTotals(e, n)
	}
	// What a segment says before its first turn is where it went back to.
	revert := f.file.byRef && !f.file.begun && c.had(n)
	if i := c.extends(n, e.Last); i >= 0 && !revert {
		c.move(i, n)
		return t.unlessRecorded(e.Last)
	}
	if c.match(e.Last) {
		c.move(c.current(), n)
		return MatchedRecord, Usage{}
	}
	if c.had(n) {
		// Before 0.78 a resumed session began again at zero.
		if !(f.file.version.before(0, 78) && e.Last == e.Total && e.LastTokens == e.TotalTokens) {
			c.move(c.current(), n)
			return SeenBefore, Usage{}
		}
	}
	if (f.file.byRef || f.copied.foreign && e.Last != e.Total) && !c.based && t.baseOfFork(e) {
		c.move(-1, n)
		return BaseOfFork, Usage{}
	}
	switch {
	case c.had(total{n.Usage.Sub(e.Last), n.tokens - e.LastTokens}): // a second writer that took the thread up at an earlier total
		c.move(-1, n)
	case e.Last == e.Total:
		// A writer that began at zero: before 0.78 the session was resumed and
		// what was before has ended, since then it is a second writer.
		if f.file.version.before(0, 78) {
			c.heads = c.heads[:0]
		}
		c.move(-1, n)
	default:
		c.move(c.current(), n)
	}
	return Counted, e.Last
}

func (t *Thread) unlessRecorded(u Usage) (Decision, Usage) {
	if t.fold.counter.match(u) {
		return MatchedRecord, Usage{}
	}
	return Counted, u
}

// fromTotals decides where last names no counters: it is missing, an estimate, or
// zeroed because the response was cut off by its length.
func (t *Thread) fromTotals(e *Event, n total) (Decision, Usage) {
	c := &t.fold.counter
	i := c.current()
	diff := n.Usage
	if i >= 0 {
		if d := n.Usage.Sub(c.heads[i].Usage); d.Input >= 0 && d.Cached >= 0 && d.CacheWrite >= 0 && d.Output >= 0 && d.Reasoning >= 0 {
			diff = d
		}
	}
	c.move(i, n)
	if e.HasLast && e.LastTokens != 0 || diff.IsZero() {
		return Estimate, Usage{}
	}
	if c.match(diff) {
		return MatchedRecord, Usage{}
	}
	return CountedTotals, diff
}

// withoutTotal decides where a line has only last.
func (t *Thread) withoutTotal(e *Event, at time.Time) (Decision, Usage) {
	c := &t.fold.counter
	n := total{e.Last, e.LastTokens}
	switch {
	case !e.HasLast || e.Last.IsZero():
		return Estimate, Usage{}
	case c.sameLine(at, total{e.Last, -1 - e.LastTokens}):
		return SameLine, Usage{}
	case c.before == n:
		return Unchanged, Usage{}
	}
	c.before = n
	return t.unlessRecorded(e.Last)
}

// baseOfFork says that the first token_count of a fork by reference repeats what
// its ancestor had last.
func (t *Thread) baseOfFork(e *Event) bool {
	f := t.fold
	if f.recordEra {
		// Its writer records every response: a token_count without a record repeats.
		return true
	}
	parent := t.Meta.HistoryBase
	if t.Meta.ForkedFrom != "" {
		parent = t.Meta.ForkedFrom
	}
	if parent == "" {
		parent = f.copied.parent
	}
	if f.opt.Ancestor == nil || parent == "" || parent == t.ID {
		return false
	}
	pairs, _ := f.opt.Ancestor(parent)
	for i := range pairs {
		if pairs[i].Total == e.Total && pairs[i].Last == e.Last {
			return true
		}
	}
	return false
}
