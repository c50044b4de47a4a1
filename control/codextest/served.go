package codextest

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Outcome is how a model request ended, as the server saw it.
type Outcome string

// The outcomes. Only Completed and Incomplete carry usage, and Codex records both.
const (
	Completed  Outcome = "completed"
	Incomplete Outcome = "incomplete"
	Failed     Outcome = "failed" // response.failed
	Cut        Outcome = "cut"    // the connection was dropped while streaming
	Refused    Outcome = "refused"
	Gone       Outcome = "gone" // the client went away before the end
)

// Served is one model request and what it was answered.
type Served struct {
	At         time.Time // when the last byte was written
	Outcome    Outcome
	Status     int // HTTP status
	ResponseID string
	ThreadID   string
	SessionID  string // the root thread
	ParentID   string // of a sub-agent
	TurnID     string
	Kind       string // "turn" or "compaction"
	Script     string
	Step       int
	Model      string
	Effort     string // "" where the request names none
	Tier       string // service tier, "" where the request names none
	Metered    bool   // Usage was reported
	Usage      model.Usage
}

// Key tells served usage apart: by the thread that used it, and by model.
type Key struct{ Thread, Model string }

// Log gives every model request that ended so far, in the order in which they ended.
func (s *Server) Log() []Served {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Served(nil), s.log...)
}

// Begun tells how many model requests of a run arrived so far, those of its
// sub-agents and those that were not answered yet too. A run that was stopped makes no more.
func (s *Server) Begun(run string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun[run]
}

// Usage adds up what was reported, by thread and model: the truth that a count
// of the session files must come to.
func (s *Server) Usage() map[Key]model.Count {
	sum := map[Key]model.Count{}
	for _, r := range s.Log() {
		if r.Metered {
			k := Key{r.ThreadID, r.Model}
			sum[k] = sum[k].Plus(model.Count{Usage: r.Usage, Responses: 1})
		}
	}
	return sum
}

// Total adds up all that was reported.
func (s *Server) Total() model.Count {
	var sum model.Count
	for _, c := range s.Usage() {
		sum = sum.Plus(c)
	}
	return sum
}

func (s *Server) record(r Served) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.At = time.Now()
	s.log = append(s.log, r)
}
