package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// installGate puts the gate into Codex's hooks and tells how it stands then.
func (a *app) installGate(ctx context.Context, f enforceFlags) error {
	if err := a.mayAct(); err != nil {
		return err
	}
	gate, err := a.gateCommand()
	if err != nil {
		return err
	}
	line, err := gate.Line()
	if err != nil {
		return &failure{err, "Install tokenburn at a path without such signs."}
	}
	places, err := a.places(f.scope)
	if err != nil {
		return err
	}
	record, err := a.hookRecord()
	if err != nil {
		return err
	}
	w := &gateWork{a: a, f: f, record: record}
	for _, p := range places {
		changes, err := p.Install(line, record, f.follow)
		if err != nil {
			return a.changeFailed(err)
		}
		w.add(changes)
	}
	done, err := w.carryOut(ctx, "gate_install", "Make this change?", "The gate stands there already: nothing to write.")
	if err != nil || !done {
		return err
	}
	states, err := w.trust(ctx, places)
	if err != nil {
		return err
	}
	return w.tell(ctx, states)
}

// removeGate takes the gate out of Codex's hooks.
func (a *app) removeGate(ctx context.Context, f enforceFlags) error {
	if err := a.mayAct(); err != nil {
		return err
	}
	places, err := a.places(f.scope)
	if err != nil {
		return err
	}
	record, err := a.hookRecord()
	if err != nil {
		return err
	}
	w := &gateWork{a: a, f: f, record: record}
	for _, p := range places {
		changes, err := p.Remove(record, f.follow)
		if err != nil {
			return a.changeFailed(err)
		}
		w.add(changes)
		w.forget = append(w.forget, control.ReadGate(p, record))
	}
	done, err := w.carryOut(ctx, "gate_remove", "Make this change?", "The gate is not there: nothing to take out.")
	if err != nil || !done {
		return err
	}
	var states []control.GateState
	for _, p := range places {
		states = append(states, control.ReadGate(p, record))
	}
	if f.json {
		return w.json(ctx, states)
	}
	if len(w.changes) == 0 {
		return nil
	}
	return a.print("Taken out. A run that is going on may keep what it began with.\n")
}

// gateWork is one change of Codex's settings, as far as it is.
type gateWork struct {
	a       *app
	f       enforceFlags
	record  *control.HookRecord
	changes []control.HookChange
	forget  []control.GateState // whose trust is to be taken back
	written bool
}

// add takes changes; those of one file are one, however many homes want it.
func (w *gateWork) add(changes []control.HookChange) {
	for _, c := range changes {
		if !slices.ContainsFunc(w.changes, func(x control.HookChange) bool { return x.File == c.File }) {
			w.changes = append(w.changes, c)
		}
	}
}

// carryOut shows the changes, asks, and makes them. It says false where that was called off.
func (w *gateWork) carryOut(ctx context.Context, action, question, nothing string) (bool, error) {
	if len(w.changes) == 0 {
		if !w.f.json {
			return true, w.a.print(nothing + "\n")
		}
		return true, nil
	}
	if !w.f.json {
		for _, c := range w.changes {
			if err := w.a.print(w.a.changeText(c)); err != nil {
				return false, err
			}
		}
	}
	yes, err := w.a.sure(w.f, question)
	if err != nil {
		return false, err
	}
	if !yes {
		return false, w.a.print("Nothing was changed.\n")
	}
	w.takeBackTrust(ctx)
	for _, c := range w.changes {
		if err := c.Apply(w.record); err != nil {
			return false, w.a.changeFailed(err)
		}
		w.a.auditGate(ctx, action, c.File, sizeText(c.Before, c.Creates), sizeText(c.After, c.Deletes))
	}
	w.written = true
	return true, nil
}

// takeBackTrust has Codex forget hooks that go, before they go: others may stand at their place
// afterwards. It is no more than tidy, so that no Codex to ask is no error.
func (w *gateWork) takeBackTrust(ctx context.Context) {
	for _, s := range w.forget {
		var keys []string
		for _, h := range s.Hooks {
			if h.Trusted {
				keys = append(keys, h.Key)
			}
		}
		if err := w.a.controller().ForgetGate(ctx, s.Place, keys); err != nil {
			fmt.Fprintf(w.a.err, "tokenburn: what Codex trusted stays noted in its config.toml, without effect: %s\n", model.Clean(err.Error(), 300))
		}
	}
}

func sizeText(b []byte, missing bool) string {
	if missing {
		return "no file"
	}
	return plural(int64(len(b)), "byte")
}

// trust has Codex trust the gate where that was asked for, and asks how it stands.
func (w *gateWork) trust(ctx context.Context, places []control.GatePlace) ([]control.GateState, error) {
	var states []control.GateState
	for _, p := range places {
		s, err := w.a.controller().AskGate(ctx, p, w.record)
		if err == nil && w.f.trust && !s.Enforced() && slices.ContainsFunc(s.Hooks, func(h control.GateHook) bool { return h.Listed && !h.Trusted }) {
			s, err = w.trustOne(ctx, p, s)
		}
		if err != nil {
			fmt.Fprintf(w.a.err, "tokenburn: Codex itself was not asked: %s\n", model.Clean(err.Error(), 300))
		}
		states = append(states, s)
	}
	return states, w.record.Save()
}

// trustOne asks whether Codex is to trust the gate, on its own account, and has it do so.
func (w *gateWork) trustOne(ctx context.Context, p control.GatePlace, s control.GateState) (control.GateState, error) {
	if !w.f.json {
		text := "Trusted hooks run outside of Codex's sandbox, at every request, without being asked about again. To be trusted in " +
			w.a.shortPath(p.Home) + ", and nothing else:\n"
		for _, h := range s.Hooks {
			text += "  " + h.Event + ": " + model.Clean(h.Command, 1000) + "\n"
		}
		if err := w.a.print(text); err != nil {
			return s, err
		}
	}
	if yes, err := w.a.sure(w.f, "Have Codex trust this?"); err != nil || !yes {
		return s, err
	}
	after, err := w.a.controller().TrustGate(ctx, p, w.record)
	if err == nil {
		w.a.auditGate(ctx, "gate_trust", p.Folder(), cmp.Or(s.Why(), "trusted"), cmp.Or(after.Why(), "trusted"))
	}
	return after, err
}

// tell says how the gate stands after it was put in.
func (w *gateWork) tell(ctx context.Context, states []control.GateState) error {
	if w.f.json {
		return w.json(ctx, states)
	}
	text := ""
	if w.written {
		text = "Written. Sessions begun from now on ask the gate; a run that is going on may keep what it began with.\n"
	}
	return w.a.print(text + w.a.statesText(states) + w.a.nextStep(states))
}

// changeText shows a change as a diff, and what is to be known about it.
func (a *app) changeText(c control.HookChange) string {
	st := a.styles()
	from, to := a.shortPath(c.File), a.shortPath(c.File)
	if c.Creates {
		from = "/dev/null"
	}
	after := c.After
	if c.Deletes {
		to, after = "/dev/null", nil
	}
	var b strings.Builder
	for line := range strings.Lines(string(diff.Diff(from, c.Before, to, after))) {
		line = strings.TrimRight(line, "\r\n")
		text := plainLine(line)
		switch {
		case strings.HasPrefix(line, "diff "):
			continue
		case strings.HasPrefix(line, "+"):
			text = st.OK.Render(text)
		case strings.HasPrefix(line, "-"):
			text = st.Crit.Render(text)
		case strings.HasPrefix(line, "@@"):
			text = st.Muted.Render(text)
		}
		b.WriteString(text + "\n")
	}
	notes := c.Notes
	if c.Moves > 0 {
		notes = append(notes, fmt.Sprintf("%s of yours after it get another place: Codex will not run them until you review them again (/hooks)", plural(int64(c.Moves), "hook")))
	}
	if c.Real != "" {
		notes = append(notes, "the file is "+c.Real)
	}
	for _, n := range notes {
		b.WriteString(wrapHanging(st.Glyphs.Warning+" ", n, a.width()) + "\n")
	}
	return b.String()
}

// plainLine makes a line of a file fit for a terminal, its indent kept. One that is
// too long to be read is cut where nothing of ours is.
func plainLine(line string) string {
	const most = 1000
	indent := line[:len(line)-len(strings.TrimLeft(line, "+- \t"))]
	rest := line[len(indent):]
	if at := strings.Index(rest, "tokenburn"); len(rest) > most && at >= 0 {
		from := max(0, at-most/2)
		return strings.ReplaceAll(indent, "\t", "    ") + "…" + model.Clean(rest[from:min(len(rest), at+most/2)], most) + "…"
	}
	return strings.ReplaceAll(indent, "\t", "    ") + model.Clean(rest, most)
}

// changeFailed puts the way to mend it beside an error.
func (a *app) changeFailed(err error) error {
	var edit *control.EditError
	switch {
	case errors.Is(err, control.ErrOutside):
		return &failure{err, "Look whether that is the file you mean; then: --follow"}
	case errors.Is(err, control.ErrRaced):
		return &failure{err, "Run it again."}
	case errors.As(err, &edit):
		return &failure{err, "Mend the file, then run it again. Nothing was changed."}
	case errors.Is(err, fs.ErrPermission):
		return &failure{err, "Make the file and its folder writable (chmod u+w), then run it again. It was not changed."}
	}
	return &failure{err, "The file was not changed."}
}
