package monitor

import (
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The types of facts.
const (
	factReady       = "ready"
	factRunStarted  = "run_started"
	factTurnStarted = "turn_started"
	factResponse    = "response"
	factTool        = "tool"
	factArtifact    = "artifact"
	factTurnEnded   = "turn_ended"
	factLimit       = "limit"
	factWarning     = "warning"
	factException   = "exception"
	factAction      = "action"

	factCompacted = "compacted" // only for the log, never sent
)

// The most bytes of a text that a fact carries.
const (
	maxCommand = 500
	maxPath    = 1000
)

// appendFacts adds what an event changed in a thread. Run and Name are filled in
// by the loop, which alone knows them.
func appendFacts(fs []Fact, t *model.Thread, e *model.Event, f model.Fact, cost price.Cost) []Fact {
	base := Fact{At: f.At, Thread: t.ID, Turn: t.TurnCount}
	switch f.Kind {
	case model.FactTurnStarted:
		if n := len(t.Turns); n > 1 && t.Turns[n-2].State == model.TurnDied {
			died := base
			died.Type, died.Turn, died.Status = factTurnEnded, base.Turn-1, model.TurnDied.String()
			fs = append(fs, died)
		}
		base.Type, base.Model, base.Effort = factTurnStarted, f.Turn.Model, f.Turn.Effort
		return append(fs, base)
	case model.FactResponse:
		r := f.Response
		base.Type, base.Turn = factResponse, r.Turn+1
		base.Model, base.Effort, base.Usage, base.Cost = r.Bucket.Model, r.Effort, r.Usage, cost
		return append(fs, base)
	case model.FactTool:
		fs = append(fs, toolFact(base, f.Call, false))
		if f.Call.Done { // a web search is told in one line
			fs = append(fs, toolFact(base, f.Call, true))
		}
		return fs
	case model.FactToolDone:
		return append(fs, toolFact(base, f.Call, true))
	case model.FactArtifact:
		for _, c := range f.Call.Changes {
			fs = append(fs, artifactFact(base, c))
		}
		if e.Kind == model.EventToolOutput {
			fs = append(fs, toolFact(base, f.Call, true))
		}
		return fs
	case model.FactTurnEnded:
		base.Type, base.Status, base.Reason = factTurnEnded, f.Turn.State.String(), f.Turn.Reason
		if f.Turn.Ended.After(f.Turn.Started) {
			base.Duration = f.Turn.Ended.Sub(f.Turn.Started)
		}
		return append(fs, base)
	case model.FactCompacted:
		base.Type = factCompacted
		return append(fs, base)
	}
	return fs
}

func toolFact(f Fact, c *model.Call, done bool) Fact {
	f.Type, f.Done, f.Turn = factTool, done, c.Turn+1
	f.Tool, f.CallID = model.Clean(c.Name, 100), model.Clean(c.CallID, 200)
	f.Command = c.Label(maxCommand)
	if done {
		f.Duration, f.Status = c.Duration, model.Clean(c.Status, 40)
		if f.Duration == 0 && c.Ended.After(c.At) {
			f.Duration = c.Ended.Sub(c.At)
		}
		if c.HasExit {
			code := c.ExitCode
			f.ExitCode = &code
		}
	}
	return f
}

func artifactFact(f Fact, c model.FileChange) Fact {
	f.Type, f.Path, f.Change = factArtifact, model.Clean(c.Path, maxPath), model.Clean(c.Kind, 20)
	f.Added, f.Removed = c.Added, c.Removed
	return f
}
