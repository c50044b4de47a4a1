package monitor

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// savedRun is how a run stood before something was done to it, as it is kept.
type savedRun struct {
	Run      model.RunID   `json:"run"`
	Name     string        `json:"name"`
	At       time.Time     `json:"at"`
	Home     string        `json:"codex_home"`
	Folder   string        `json:"folder"`
	Owner    savedOwner    `json:"owner"`
	Threads  []savedThread `json:"threads"`
	CostUSD  float64       `json:"cost_usd"`
	IsFloor  bool          `json:"cost_is_floor,omitempty"`
	Resume   []string      `json:"resume,omitempty"`
	Git      string        `json:"git_status,omitempty"`
	GitWhy   string        `json:"git_unknown,omitempty"` // why it is not known
	Children []savedChild  `json:"children,omitempty"`
}

type savedOwner struct {
	Kind    control.Kind `json:"kind"`
	PID     int          `json:"pid,omitempty"`
	Started time.Time    `json:"started,omitzero"`
	Exe     string       `json:"exe,omitempty"`
	Inode   uint64       `json:"lock_inode,omitempty"`
}

type savedThread struct {
	ID     string    `json:"thread"`
	Path   string    `json:"path"`
	Turn   string    `json:"turn,omitempty"`
	Number int       `json:"number,omitempty"`
	State  string    `json:"state,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Model  string    `json:"model,omitempty"`
	Effort string    `json:"effort,omitempty"`
}

type savedChild struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started,omitzero"`
	Command string    `json:"command"`
}

// saved is how the run stands: its newest turns, its folder as git sees it, what it
// cost so far, and how to go on with it.
func (w worker) saved(ctx context.Context) savedRun {
	p, o := w.plan, w.plan.Owner
	s := savedRun{Run: w.target.Run, Name: w.target.Name, At: w.now().UTC(), Home: w.target.Home, Folder: w.target.Cwd,
		Owner:   savedOwner{o.Kind, o.Process.PID, o.Process.Started, o.Process.Exe, o.Inode},
		CostUSD: w.cost.USD.Dollars(), IsFloor: w.cost.Floor(), Resume: p.Resume}
	for _, t := range w.target.Threads {
		one := savedThread{ID: t.ID, Path: t.Path}
		if turn, ok := p.Turns[t.ID]; ok && turn.Number > 0 {
			one.Turn, one.Number, one.State, one.Since = turn.ID, turn.Number, turn.State.String(), turn.Started
			one.Model, one.Effort = turn.Settings.Model, turn.Settings.Effort
		}
		s.Threads = append(s.Threads, one)
	}
	for _, c := range p.Children {
		s.Children = append(s.Children, savedChild{c.PID, c.Started, c.Command})
	}
	var err error
	if s.Git, err = NewGit().Status(ctx, w.target.Cwd); err != nil {
		s.GitWhy = model.Clean(err.Error(), 200)
	}
	return s
}

// body is the state as it is written.
func (s savedRun) body() json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil { // there is nothing in it that JSON does not know
		return json.RawMessage("{}")
	}
	return b
}
