package model

import "time"

// turnFold is what the fold of turns and tool calls remembers.
type turnFold struct {
	implicit bool             // the turn has no id and no end of its own: versions before 0.100
	asked    bool             // the user's message came before the turn's first line
	prompt   string           // it
	pending  map[string]int64 // calls without an output, by call id: their running number
	base     int64            // running number of Calls[0]
	oldest   int64            // running number of the oldest call that may be kept
	aside    map[int64]*Call  // calls before Calls[0] whose output is still to come
	outer    string           // the code-mode call that runs
	asking   int              // calls without an output, by the lines' types: known without Detail too
	sampling time.Time        // since when all calls of the turn have their outputs; zero while one has not
}

// line follows calls and outputs by the types of their lines, which are known
// whether or not the lines are read in detail.
func (f *turnFold) line(kind string, at time.Time) {
	switch kind {
	case "response_item.function_call", "response_item.custom_tool_call", "response_item.local_shell_call":
		f.asking++
		f.sampling = time.Time{}
	case "response_item.function_call_output", "response_item.custom_tool_call_output", "response_item.local_shell_call_output":
		if f.asking = max(0, f.asking-1); f.asking == 0 {
			f.sampling = at
		}
	}
}

// sampled says that the model had been sampling for a while: where a command was
// stopped, its output stands right before the end of the turn.
func (f *turnFold) sampled(at time.Time) bool {
	return !f.sampling.IsZero() && at.Sub(f.sampling) >= 100*time.Millisecond
}

// settle marks a turn done whose version never says so, unless a call is pending.
func (f *turnFold) settle(t *Thread) {
	if f.implicit && t.Turn.State == TurnRunning && t.Pending == 0 {
		t.Turn.State = TurnDone
	}
}

// newTurn begins a turn.
func (t *Thread) newTurn(id string, at time.Time) {
	f := &t.fold.turns
	if t.Turn.State == TurnRunning && !t.Turn.Started.IsZero() {
		t.Turn.State = TurnDied
		if f.implicit {
			t.Turn.State = TurnDone
		}
		t.keepTurn()
	}
	t.settleKinds()
	t.fold.kinds.beginTurn()
	t.TurnCount++
	t.Turn = Turn{ID: id, Started: at, Model: t.Model, Effort: t.Effort, Tier: t.Tier, Context: t.Context, Prompt: f.prompt}
	f.implicit = id == ""
	f.prompt, f.asked = "", false
	t.Pending, f.pending, f.aside = 0, nil, nil
	f.asking, f.sampling = 0, time.Time{}
	if t.fold.opt.Detail {
		t.trimTurns()
		t.Turns = append(t.Turns, t.Turn)
	}
}

// keepTurn writes the newest turn to the list of turns.
func (t *Thread) keepTurn() {
	if n := len(t.Turns); n > 0 && t.fold.opt.Detail {
		t.Turns[n-1] = t.Turn
	}
}

func (t *Thread) beginTurn(e *Event, at time.Time) Fact {
	if e.Window > 0 {
		t.Window = e.Window
	}
	if e.TurnID != "" && e.TurnID == t.Turn.ID && t.Turn.State == TurnRunning {
		return Fact{}
	}
	t.Tier = t.fold.nextTier
	t.newTurn(e.TurnID, at)
	t.fold.turns.implicit = false
	return Fact{Kind: FactTurnStarted, At: at, Turn: &t.Turn}
}

func (t *Thread) endTurn(e *Event, at time.Time) Fact {
	if e.TurnID != "" && e.TurnID != t.Turn.ID && t.Turn.ID != "" {
		return Fact{} // the end of a turn that is not the newest: another writer's, or a late line
	}
	if t.Turn.Started.IsZero() {
		return Fact{}
	}
	switch e.Status {
	case "aborted":
		// Cut off while the model was sampling: that request was never metered.
		if t.Turn.State == TurnRunning && t.fold.recordEra && t.fold.turns.sampled(at) {
			t.Unmetered++
			t.Turn.Unmetered++
		}
		t.Turn.State = TurnAborted
	case "failed":
		t.Turn.State = TurnFailed
	default:
		t.Turn.State = TurnDone
	}
	t.Turn.Reason = Clean(e.Reason, 200)
	t.Turn.Ended = at
	t.Pending, t.fold.turns.pending = 0, nil
	t.keepTurn()
	return Fact{Kind: FactTurnEnded, At: at, Turn: &t.Turn}
}

// applyModel takes model and effort from a turn_context or a world_state. In
// versions before 0.100 the turn_context is also the beginning of a turn.
func (t *Thread) applyModel(e *Event, at time.Time, inherited bool) Fact {
	if e.Model != "" {
		t.Model = Clean(e.Model, 100)
	}
	if e.Kind == EventModel {
		if e.Effort != "" {
			t.Effort = Clean(e.Effort, 40)
		}
		return Fact{}
	}
	t.Effort = Clean(e.Effort, 40)
	if e.Cwd != "" {
		t.Cwd = e.Cwd
	}
	if inherited {
		return Fact{}
	}
	begun := false
	switch {
	case e.TurnID != "" && e.TurnID != t.Turn.ID && (t.Turn.ID == "" || t.Turn.State != TurnRunning || !t.fold.file.version.atLeast(0, 100)):
		t.newTurn(e.TurnID, at)
		begun = true
	case e.TurnID == "" && t.Turn.ID == "" && t.implicitTurnBegins():
		t.newTurn("", at)
		begun = true
	}
	t.Turn.Model, t.Turn.Effort = t.Model, t.Effort
	t.keepTurn()
	if begun {
		return Fact{Kind: FactTurnStarted, At: at, Turn: &t.Turn}
	}
	return Fact{}
}

// implicitTurnBegins says that a turn_context without a turn id begins a turn: the
// user has written, or (where messages are not read) the turn before has answered.
func (t *Thread) implicitTurnBegins() bool {
	return t.Turn.Started.IsZero() || t.fold.turns.asked || !t.fold.opt.Detail && t.Turn.Usage.Responses > 0
}

func (t *Thread) applyPrompt(e *Event, at time.Time) {
	text := Clean(e.Text, 200)
	if t.Title == "" {
		t.Title = text
	}
	f := &t.fold.turns
	inTurn := t.Turn.State == TurnRunning && !t.Turn.Started.IsZero() && !f.implicit
	t.notePrompt(e.Text, inTurn)
	if inTurn {
		if t.Turn.Prompt == "" {
			t.Turn.Prompt = text
			t.keepTurn()
		}
		return
	}
	f.prompt, f.asked = text, true
}

func (t *Thread) applyCompacted(e *Event, at time.Time) Fact {
	t.fold.counter.compacted(e.ResponseID)
	t.Compacted++
	t.Turn.Compacted++
	if t.Turn.Unmetered > 0 { // the repeat that precedes a compaction is no attempt
		t.Turn.Unmetered--
		t.Unmetered--
	}
	t.keepTurn()
	return Fact{Kind: FactCompacted, At: at, Turn: &t.Turn}
}
