package cli

import (
	"context"
	"os"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/tokenburn-sentinel/tokenburn/control"
)

// enforceJSON is what "enforce … --json" prints.
type enforceJSON struct {
	Schema   int             `json:"schema"`
	Enforced bool            `json:"enforced"`
	NeededBy []string        `json:"needed_by"`
	Places   []gatePlaceJSON `json:"places"`
	Written  *bool           `json:"written,omitempty"`
	Changes  []gateEditJSON  `json:"changes,omitempty"`
}

type gatePlaceJSON struct {
	Home     string         `json:"home"`
	Project  *string        `json:"project"`
	Enforced bool           `json:"enforced"`
	Asked    bool           `json:"asked"`
	Problem  *string        `json:"problem"`
	Hooks    []gateHookJSON `json:"hooks"`
}

type gateHookJSON struct {
	Event       string  `json:"event"`
	Installed   bool    `json:"installed"`
	Enabled     bool    `json:"enabled"`
	Trusted     bool    `json:"trusted"`
	Problem     *string `json:"problem"`
	File        *string `json:"file"`
	Key         *string `json:"key"`
	Command     *string `json:"command"`
	Program     *string `json:"program"`
	Runs        bool    `json:"program_runs"`
	ThisProgram bool    `json:"this_program"`
	Duplicates  int     `json:"duplicates"`
}

type gateEditJSON struct {
	File   string `json:"file"`
	Action string `json:"action"` // create, change or delete
	Diff   string `json:"diff"`
	Moves  int    `json:"moved_hooks"`
}

func (a *app) gateDoc(states []control.GateState, needs []string) enforceJSON {
	doc := enforceJSON{Schema: schema, Enforced: allEnforced(states), NeededBy: orEmpty(needs), Places: []gatePlaceJSON{}}
	self, _ := os.Executable() // "" is no program
	for _, s := range states {
		p := gatePlaceJSON{Home: s.Place.Home, Project: word(s.Place.Project), Enforced: s.Enforced(), Asked: s.Asked, Problem: word(s.Problem), Hooks: []gateHookJSON{}}
		for _, h := range s.Hooks {
			p.Hooks = append(p.Hooks, gateHookJSON{Event: h.Event, Installed: h.Installed, Enabled: h.Enabled, Trusted: h.Trusted, Problem: word(h.Problem),
				File: word(h.File), Key: word(h.Key), Command: word(h.Command), Program: word(h.Program), Runs: h.Runs,
				ThisProgram: h.Installed && sameFile(self, h.Program), Duplicates: h.More})
		}
		doc.Places = append(doc.Places, p)
	}
	return doc
}

// json prints what was done and how the gate stands.
func (w *gateWork) json(ctx context.Context, states []control.GateState) error {
	needs, err := w.a.needsGate(ctx)
	if err != nil {
		return err
	}
	doc := w.a.gateDoc(states, needs)
	doc.Written = &w.written
	for _, c := range w.changes {
		e := gateEditJSON{File: c.File, Action: "change", Moves: c.Moves}
		after := c.After
		switch {
		case c.Creates:
			e.Action = "create"
		case c.Deletes:
			e.Action, after = "delete", nil
		}
		e.Diff = string(diff.Diff(c.File, c.Before, c.File, after))
		doc.Changes = append(doc.Changes, e)
	}
	return writeJSON(w.a.out, doc)
}
