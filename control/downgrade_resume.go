package control

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Refusal is why a deed is not done, and what a person can do instead. It wraps
// [ErrForbidden].
type Refusal struct {
	Why     string
	Command []string // to be run by a person, in the run's folder; nil none
}

// Error gives the reason, without the command.
func (r *Refusal) Error() string { return r.Why }

// Unwrap gives ErrForbidden.
func (r *Refusal) Unwrap() error { return ErrForbidden }

// defaultPrompt is what a run is told to go on with.
const defaultPrompt = "continue"

// maxPrompt bounds what a run is told: it is one argument of a process.
const maxPrompt = 64 << 10

// resumeArgs is the command that goes on with a run as s says, with all that the
// last turn ran with passed again: codex exec resume forgets it, and would take
// what the settings file has. Where that can't be said exactly it is refused.
func (p Plan) resumeArgs(s Switch) ([]string, error) {
	root := p.Target.root()
	old := p.Turns[root].Settings
	if err := s.check(); err != nil {
		return nil, err
	}
	if !plainName(root) {
		return nil, fmt.Errorf("%w: %q is no thread's name", ErrForbidden, model.Clean(root, 60))
	}
	policy, err := readSandbox(old)
	if err != nil {
		return nil, p.refuse(s, err.Error())
	}
	approval, err := approvalFlags(old)
	if err != nil {
		return nil, p.refuse(s, err.Error())
	}
	args := append([]string{"codex", "exec", "resume"}, s.flags()...)
	args = append(append(args, policy.flags()...), approval...)
	if old.Tier != "" && plainWord(old.Tier) {
		args = append(args, "-c", "service_tier="+tomlString(old.Tier))
	}
	if !inRepository(p.Folder()) {
		args = append(args, "--skip-git-repo-check")
	}
	return append(args, "--", root, s.prompt()), nil
}

// refuse says why it can't be done, and how a person can do it.
func (p Plan) refuse(s Switch, why string) error {
	return &Refusal{Why: why, Command: p.byHand(s)}
}

// SwitchCommand is the command that goes on with a run as s says, for a person to
// run in its folder once nothing works on it: the one that [Control.Downgrade] runs
// where that can be said, else an interactive one.
func (p Plan) SwitchCommand(s Switch) []string {
	if p.Owner.Kind == Exec || p.Owner.Kind == None {
		if args, err := p.resumeArgs(s); err == nil {
			return args
		}
	}
	if s.check() != nil {
		return nil
	}
	return p.byHand(s)
}

// byHand is the command with which a person goes on with another model.
func (p Plan) byHand(s Switch) []string {
	return append(append([]string{"codex", "resume"}, s.flags()...), p.Target.root())
}

// flags are the model and the effort as options of codex.
func (s Switch) flags() []string {
	f := []string{"-m", s.Model}
	if s.Effort != "" {
		f = append(f, "-c", "model_reasoning_effort="+tomlString(s.Effort))
	}
	return f
}

func (s Switch) prompt() string {
	if strings.TrimSpace(s.Prompt) == "" {
		return defaultPrompt
	}
	return s.Prompt
}

// check refuses names that are none: they become arguments of a process.
func (s Switch) check() error {
	switch {
	case !plainWord(s.Model):
		return fmt.Errorf("%w: %q is no model's name", ErrForbidden, model.Clean(s.Model, 60))
	case s.Effort != "" && !plainWord(s.Effort):
		return fmt.Errorf("%w: %q is no effort", ErrForbidden, model.Clean(s.Effort, 60))
	case len(s.Prompt) > maxPrompt || strings.ContainsRune(s.Prompt, 0):
		return fmt.Errorf("%w: what the run is to be told is too long, or no text", ErrForbidden)
	case strings.TrimSpace(s.Prompt) == "-":
		return fmt.Errorf("%w: \"-\" is nothing that a run can be told", ErrForbidden)
	}
	return nil
}

// root is the id of the run's own thread.
func (t Target) root() string { return string(t.Run) }

// Folder is where the run's last turn worked: a later one has to work there too.
func (p Plan) Folder() string {
	if cwd := p.Turns[p.Target.root()].Settings.Cwd; cwd != "" {
		return cwd
	}
	return p.Target.Cwd
}
