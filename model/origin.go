package model

import (
	"strconv"
	"strings"
	"time"
)

// origin finds where a file's copied history ends and the thread's own part begins.
//
// Forks and sub-agents may begin with lines of another thread, stamped with the
// time of the copying. In the order of trust, the thread's own part begins: at
// the ordinal that its session_meta names; at the first turn whose id (a UUIDv7)
// is not older than the thread's; at the first token_count that the ancestor's
// file does not have; after the first pause that follows the burst of copied lines.
// A thread that takes its history by reference has copied nothing.
type origin struct {
	active   bool
	by       originSign
	ordinal  int64
	created  int64 // when the thread was made, Unix milliseconds; 0 unknown
	parent   string
	foreign  bool
	version  version
	last     time.Time // time of the line before, and the longest pause between copied lines
	pause    time.Duration
	gap      time.Duration // pause before the present line
	pairs    []Pair        // of the ancestor, up to the copying
	asked    bool
	found    bool
	position int
	begun    bool // a copied line other than session_meta was seen
}

type originSign uint8

const (
	byNothing originSign = iota
	byOrdinal
	byTurn
	byAncestor
)

func (o *origin) note(at time.Time) {
	o.gap = 0
	if o.active && !at.IsZero() && !o.last.IsZero() { // nobody asks for it else
		o.gap = at.Sub(o.last)
	}
	if !at.IsZero() {
		o.last = at
	}
}

func (o *origin) ownMeta(m *Meta) {
	o.version = parseVersion(m.CLIVersion)
	if ms, ok := UUIDTime(m.ID); ok {
		o.created = ms
	} else if !o.last.IsZero() {
		o.created = o.last.UnixMilli()
	}
	switch {
	case m.HasBase:
		return
	case m.OwnOrdinal > 0:
		o.active, o.by, o.ordinal = true, byOrdinal, m.OwnOrdinal
	case m.ForkedFrom != "":
		o.parent = m.ForkedFrom
		o.begin()
	}
}

func (o *origin) foreignMeta(id string) {
	if o.by == byOrdinal || o.foreign && o.active {
		return
	}
	o.foreign = true
	if o.parent == "" {
		o.parent = id
	}
	o.begin()
}

func (o *origin) begin() {
	o.active = true
	o.by = byAncestor
	// Since 0.100 every turn begins with a task_started that has an id.
	if o.version.atLeast(0, 100) {
		o.by = byTurn
	}
}

// inherited says whether the event belongs to copied history, and ends the copy
// at the first event that does not.
func (t *Thread) inherited(e *Event) bool {
	o := &t.fold.copied
	own := false
	switch o.by {
	case byOrdinal:
		own = e.Ordinal >= o.ordinal
	default:
		own = o.ownTurn(e) || e.Kind == EventRecord && e.ThreadID == t.ID && t.ID != ""
		if !own && o.by == byAncestor {
			own = t.pastCopy(e)
		}
	}
	if own {
		o.active = false
	}
	return !own
}

// ownTurn says that the event begins a turn that is not older than the thread.
func (o *origin) ownTurn(e *Event) bool {
	if e.Kind != EventTurnStarted && e.Kind != EventTurnContext {
		return false
	}
	if ms, ok := UUIDTime(e.TurnID); ok && o.created > 0 {
		return ms >= o.created
	}
	return e.TurnID == "" && !e.StartedAt.IsZero() && o.created > 0 && e.StartedAt.UnixMilli() > o.created
}

// pastCopy judges by the ancestor's own token counts, or else by the pause.
func (t *Thread) pastCopy(e *Event) bool {
	o := &t.fold.copied
	if !o.begun {
		o.begun = true
		o.gap = 0
	}
	const slack = time.Second // the ancestor may have written while its lines were copied
	if !o.asked {
		o.asked = true
		if ask := t.fold.opt.Ancestor; ask != nil && o.parent != "" {
			o.pairs, o.found = ask(o.parent)
			end := len(o.pairs)
			for end > 0 && o.created > 0 && o.pairs[end-1].At > o.created+slack.Milliseconds() {
				end--
			}
			o.pairs = o.pairs[:end]
		}
	}
	if !o.found {
		return o.afterBurst()
	}
	if o.gap > 2*time.Second { // lines are copied without a break
		return true
	}
	if e.Kind != EventTokenCount || !e.HasInfo {
		return false
	}
	return !o.matches(e)
}

// matches looks for the token_count in what is left of the ancestor's. A child may
// hold only its last turns, so that the first match may be anywhere.
func (o *origin) matches(e *Event) bool {
	for i := o.position; i < len(o.pairs); i++ {
		p := &o.pairs[i]
		if p.Total == e.Total && p.Last == e.Last && p.TotalTokens == e.TotalTokens {
			o.position = i + 1
			return true
		}
	}
	return false
}

// afterBurst says that the line came after a pause that is long against those
// between the copied lines before it.
func (o *origin) afterBurst() bool {
	if o.gap >= 15*time.Millisecond && o.gap >= 10*(o.pause+time.Millisecond) {
		return true
	}
	o.pause = max(o.pause, o.gap)
	return false
}

// UUIDTime gives the time in a UUIDv7 in Unix milliseconds; false for any other text.
// Source: RFC 9562, section 5.7.
func UUIDTime(id string) (int64, bool) {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[14] != '7' || id[18] != '-' || id[23] != '-' {
		return 0, false
	}
	ms, err := strconv.ParseInt(id[:8]+id[9:13], 16, 64)
	return ms, err == nil
}

// version is Codex's version; the zero one is unknown.
type version struct {
	major, minor int
	known        bool
}

func parseVersion(s string) version {
	major, rest, ok := strings.Cut(s, ".")
	minor, _, _ := strings.Cut(rest, ".")
	minor, _, _ = strings.Cut(minor, "-")
	a, err1 := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	if !ok || err1 != nil || err2 != nil {
		return version{}
	}
	return version{a, b, true}
}

// VersionAtLeast says that the Codex that began the thread was at least of that version;
// false where its version is not known.
func (m *Meta) VersionAtLeast(major, minor int) bool {
	return parseVersion(m.CLIVersion).atLeast(major, minor)
}

// atLeast is false for an unknown version.
func (v version) atLeast(major, minor int) bool {
	return v.known && (v.major > major || v.major == major && v.minor >= minor)
}

func (v version) before(major, minor int) bool { return v.known && !v.atLeast(major, minor) }
