package budget

import (
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// StepKind tells what a [Step] is about.
type StepKind uint8

// The kinds of steps.
const (
	StepThread    StepKind = iota // the thread's first line: Parent, Depth, Agent
	StepAsked                     // the user wrote something: Text
	StepTurn                      // a turn began
	StepResponse                  // the model answered: Response
	StepCall                      // a tool call began: Call
	StepCallDone                  // a tool call ended: Call
	StepChanged                   // files were changed: Call with its Changes
	StepTurnEnded                 // Text is the turn's state
	StepCompacted
	StepAttempt // a request was sent and never metered
	StepReroute // the service answered with another model than was asked for
	StepUnknown // a line of a type that is not known: Text
	StepSum     // the thread's own sums disagree with its responses: Text
)

// Step is one fact of one thread for a [Watcher]. It is a copy: it may be kept,
// and the steps of a run's threads be merged by time.
type Step struct {
	Kind   StepKind
	At     time.Time
	Thread string
	Turn   int   // from 1; 0 before the first
	Line   int64 // of the thread's files, from 1, counted on over segments

	Parent   string // StepThread
	Agent    string // StepThread: what made it a sub-agent, "" for a root
	Depth    int
	Text     string
	Response *model.Response
	Call     *model.Call
}

// Tap makes steps of what a fold says, one thread each. It remembers only what it
// needs to see what one line changed.
type Tap struct {
	begun     bool
	record    bool
	compacted bool
	repeated  int         // token_counts since the last response that told nothing new
	kept      []Step      // attempts that a compaction may yet explain
	sum       model.Usage // thread_token_usage of the newest record
	hasSum    bool
	warned    bool
	unknown   map[string]bool

	counted, unchanged, noInfo int64 // of the thread's decisions, as of the line before
}

// Take gives the steps of one event, after it was applied to its thread; fact is
// what applying gave, and known tells whether the line's type is one that this
// version reads. Every event of the thread must be taken, in order.
func (p *Tap) Take(t *model.Thread, e *model.Event, fact model.Fact, known bool) []Step {
	counted, repeated := t.Decided[model.Counted] > p.counted, t.Decided[model.Unchanged] > p.unchanged
	told := repeated || t.Decided[model.NoInfo] > p.noInfo
	p.counted, p.unchanged, p.noInfo = t.Decided[model.Counted], t.Decided[model.Unchanged], t.Decided[model.NoInfo]
	base := Step{At: fact.At, Thread: t.ID, Turn: t.TurnCount, Line: t.Lines}
	if base.At.IsZero() {
		base.At = e.At
	}
	if base.At.IsZero() {
		base.At = t.LastAt
	}
	var out []Step
	add := func(kind StepKind) *Step {
		s := base
		s.Kind = kind
		out = append(out, s)
		return &out[len(out)-1]
	}
	if !p.begun && !base.At.IsZero() {
		p.begun = true
		s := add(StepThread)
		s.Parent, s.Depth, s.Agent = t.Meta.ParentID, t.Meta.Depth, agentKind(t.Meta)
	}
	if !known && e.Kind == model.EventOther && !p.unknown[e.Type] && len(p.unknown) < 64 {
		if p.unknown == nil {
			p.unknown = map[string]bool{}
		}
		p.unknown[e.Type] = true
		add(StepUnknown).Text = model.Clean(e.Type, 100)
	}
	if strings.HasSuffix(e.Type, "model_reroute") || strings.HasSuffix(e.Type, "model_rerouted") {
		add(StepReroute)
	}
	switch e.Kind {
	case model.EventUserMessage:
		if fact.Kind == model.FactNone && e.Text != "" && !strings.HasPrefix(strings.TrimSpace(e.Text), "<") {
			add(StepAsked).Text = model.Clean(e.Text, 200)
		}
	case model.EventTokenCount:
		if told && p.attempt(t, repeated) {
			out, p.kept = append(out, p.kept...), p.kept[:0]
			p.kept = append(p.kept, Step{Kind: StepAttempt, At: base.At, Thread: t.ID, Turn: t.TurnCount, Line: t.Lines})
		}
	case model.EventRecord:
		if counted {
			p.checkSum(e, add)
		}
	}
	switch e.Kind {
	case model.EventTokenCount, model.EventRecord, model.EventCompacted, model.EventOther:
	default:
		out, p.kept = append(out, p.kept...), p.kept[:0]
	}
	return p.fact(fact, e.Kind == model.EventToolOutput, add, &out)
}

// fact adds the step of a fact.
func (p *Tap) fact(fact model.Fact, output bool, add func(StepKind) *Step, out *[]Step) []Step {
	switch fact.Kind {
	case model.FactTurnStarted:
		add(StepTurn)
	case model.FactResponse:
		r := *fact.Response
		p.record, p.repeated, p.compacted = p.record || r.Record, 0, false
		s := add(StepResponse)
		s.Response, s.Turn = &r, r.Turn+1
	case model.FactTool, model.FactToolDone, model.FactArtifact:
		c := *fact.Call
		s := add(map[model.FactKind]StepKind{model.FactTool: StepCall, model.FactToolDone: StepCallDone, model.FactArtifact: StepChanged}[fact.Kind])
		s.Call, s.Turn = &c, c.Turn+1
		p.repeated = 0
		// A web search is told in one line; a patch of old versions, or inside a
		// script, has no other line for its end.
		if fact.Kind == model.FactTool && c.Done || fact.Kind == model.FactArtifact && c.Done && (c.Outer != "" || output) {
			ended := *s
			ended.Kind = StepCallDone
			*out = append(*out, ended)
		}
	case model.FactTurnEnded:
		add(StepTurnEnded).Text = fact.Turn.State.String()
		if fact.Turn.State == model.TurnFailed && strings.Contains(fact.Turn.Reason, "rate_limit") {
			add(StepAttempt)
		}
	case model.FactCompacted:
		p.kept, p.compacted = p.kept[:0], true
		add(StepCompacted)
	}
	return *out
}

// attempt says that a token_count is the trace of a request that failed: it
// repeats what is known. Versions without usage records repeat it once after
// every response for the rate limits alone, so there the second repeat counts.
// Source: sessions recorded with Codex 0.169 whose model server failed.
func (p *Tap) attempt(t *model.Thread, repeated bool) bool {
	// Of a turn without an id, as old versions wrote them, nothing says whether it is over.
	if t.Turn.State != model.TurnRunning && t.Turn.ID != "" || t.TurnCount == 0 {
		return false
	}
	if p.compacted { // a compaction repeats it once before and once after
		p.compacted = false
		return false
	}
	p.repeated++
	return p.record && repeated || p.repeated > 1
}

// checkSum compares a record with the thread's own sum in it: from one record to
// the next the sum grows by what the record says, or a line is missing.
func (p *Tap) checkSum(e *model.Event, add func(StepKind) *Step) {
	was, had := p.sum, p.hasSum
	p.sum, p.hasSum = e.ThreadTotal, !e.ThreadTotal.IsZero()
	if !had || !p.hasSum || p.warned {
		return
	}
	grown := p.sum.Sub(was)
	if grown.Input == e.Usage.Input && grown.Output == e.Usage.Output || grown.IsZero() || grown.Input < 0 || grown.Output < 0 {
		return // a sum that does not move is a compaction's; one that falls is a revert
	}
	p.warned = true
	add(StepSum).Text = "thread_token_usage grew by " + tokenText(grown.Total()) + ", the response used " + tokenText(e.Usage.Total())
}

// agentKind says what made a thread a sub-agent.
func agentKind(m model.Meta) string {
	switch {
	case m.SubAgent != "":
		return m.SubAgent
	case m.ParentID != "":
		return "thread_spawn"
	}
	return ""
}
