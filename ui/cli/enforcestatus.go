package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// errNotEnforced ends a command that has said what is not enforced.
var errNotEnforced = errors.New("not enforced")

// gateStatus tells whether Codex asks the gate.
func (a *app) gateStatus(ctx context.Context, f enforceFlags) error {
	states, err := a.askGates(ctx, f.scope)
	if err != nil {
		return err
	}
	needs, err := a.needsGate(ctx)
	if err != nil {
		return err
	}
	if f.json {
		err = writeJSON(a.out, a.gateDoc(states, needs))
	} else {
		err = a.print(a.statesText(states) + a.needsText(states, needs) + a.nextStep(states))
	}
	if err == nil && len(needs) > 0 && !allEnforced(states) {
		return &failure{fmt.Errorf("%w: %s", errNotEnforced, strings.Join(needs, ", ")), ""}
	}
	return err
}

// askGates asks Codex about each place, and goes by its files where there is none to ask.
func (a *app) askGates(ctx context.Context, scope string) ([]control.GateState, error) {
	scopes := []string{scope}
	if scope == "" {
		scopes = []string{"user", "project"}
	}
	record, err := a.hookRecord()
	if err != nil {
		return nil, err
	}
	var states []control.GateState
	for _, s := range scopes {
		places, err := a.places(s)
		if err != nil && scope == "" && s == "project" {
			continue // in no repository
		}
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			if scope == "" && s == "project" && !control.ReadGate(p, record).Installed() {
				continue
			}
			state, err := a.controller().AskGate(ctx, p, record)
			if err != nil && !errors.Is(err, control.ErrNoCodex) {
				fmt.Fprintf(a.err, "tokenburn: Codex itself was not asked: %s\n", model.Clean(err.Error(), 300))
			}
			a.checkGateLedger(&state)
			states = append(states, state)
		}
	}
	return states, nil
}

// checkGateLedger says that the gate has no ledger to count by: it decides nothing then.
func (a *app) checkGateLedger(s *control.GateState) {
	if s.Problem != "" || !s.Installed() {
		return
	}
	for _, h := range s.Hooks {
		c, ok := control.ParseGate(h.Command)
		if !ok {
			continue
		}
		path := a.ledgerPath()
		if i := slices.Index(c.Args, "--ledger"); i >= 0 && i+1 < len(c.Args) {
			path = c.Args[i+1]
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			s.Problem = "the ledger " + path + " is not there, and the gate can decide nothing without it (tokenburn usage makes it)"
			return
		}
	}
}

// allEnforced says that Codex asks the gate in every home, at the user's own or at the project's bidding.
func allEnforced(states []control.GateState) bool {
	homes := map[string]bool{}
	for _, s := range states {
		homes[s.Place.Home] = homes[s.Place.Home] || s.Enforced() && s.Place.Project == ""
	}
	for _, yes := range homes {
		if !yes {
			return false
		}
	}
	return len(homes) > 0
}

// statesText shows each place with its hooks.
func (a *app) statesText(states []control.GateState) string {
	st := a.styles()
	var b strings.Builder
	for _, s := range states {
		name := s.Place.Home
		if s.Place.Project != "" {
			name = s.Place.Project + " (project, in " + a.shortPath(s.Place.Home) + ")"
		}
		b.WriteString(st.Bold.Render(model.Clean(a.shortPath(name), 400)) + "\n")
		if s.Problem != "" {
			b.WriteString(wrapHanging("  "+st.Glyphs.Failed+" ", model.Clean(s.Problem, 600), a.width()) + "\n")
		}
		for _, h := range s.Hooks {
			sign, text := st.Glyphs.Done, "asked"
			if h.Problem != "" {
				sign, text = st.Glyphs.Failed, h.Problem
			}
			if h.Installed && h.Problem == "" && s.Problem != "" {
				sign, text = st.Glyphs.Dot, "installed"
			}
			b.WriteString(wrapHanging("  "+sign+" "+fmt.Sprintf("%-17s", h.Event), model.Clean(text, 600), a.width()) + "\n")
			if h.More > 0 {
				b.WriteString(wrapHanging("    ", plural(int64(h.More), "further hook")+" of this event calls the gate too: tokenburn enforce install sets it right", a.width()) + "\n")
			}
		}
		b.WriteString(a.callsText(s))
		if !s.Asked && s.Installed() {
			b.WriteString("  " + st.Glyphs.Dot + " by Codex's files alone; Codex itself was not asked\n")
		}
	}
	return b.String()
}

// callsText says which program the hooks call.
func (a *app) callsText(s control.GateState) string {
	var b strings.Builder
	seen := map[string]bool{}
	for _, h := range s.Hooks {
		if !h.Installed || seen[h.Program] {
			continue
		}
		seen[h.Program] = true
		note := ""
		if self, err := os.Executable(); h.Runs && (err != nil || !sameFile(self, h.Program)) {
			note = " (another program than this one: tokenburn enforce install has it call this one)"
		}
		b.WriteString(wrapHanging("  "+a.styles().Glyphs.Dot+" ", "calls "+model.Clean(a.shortPath(h.Program), 400)+note, a.width()) + "\n")
	}
	return b.String()
}

// needsText says what holds and what does not.
func (a *app) needsText(states []control.GateState, needs []string) string {
	switch {
	case len(needs) == 0:
		return "No budget has at_limit = \"gate\", and no run is held.\n"
	case allEnforced(states):
		return wrap("Enforced: "+strings.Join(needs, ", "), a.width()) + "\n"
	}
	return wrap("NOT enforced: "+strings.Join(needs, ", "), a.width()) + "\n"
}

// nextStep says what to do so that the gate is asked, "" where it is.
func (a *app) nextStep(states []control.GateState) string {
	for _, s := range states {
		if s.Enforced() {
			continue
		}
		steps := gateFix(s)
		return wrapHanging(a.styles().Glyphs.Arrow+" ", steps, a.width()) + "\n"
	}
	return ""
}

// gateFix is the next step for one place.
func gateFix(s control.GateState) string {
	scope := ""
	if s.Place.Project != "" {
		scope = " --scope project"
	}
	if !s.Complete() {
		return "tokenburn enforce install" + scope
	}
	if s.Problem != "" {
		return "mend that first; then: tokenburn enforce status"
	}
	for _, h := range s.Hooks {
		if !h.Enabled {
			return "start codex, type /hooks and switch the gate's hooks on"
		}
	}
	return "start codex: it says \"Hooks need review\"; look at the gate's hooks there (or with /hooks) and trust them. Or without Codex's screen: tokenburn enforce install --trust" + scope
}
