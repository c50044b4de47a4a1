package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Places are where a human can take a run over from here, best first: the tmux pane
// that shows it, a new window of the tmux that this process runs in, and always the
// command to copy. It is nil where who works on the run can't be proved.
func (c *Control) Places(ctx context.Context, p Plan) []Place {
	switch {
	case p.Owner.Kind == Unproved:
		return nil
	case p.Owner.Kind == TUI && p.Owner.Pane != "":
		return []Place{PlacePane, PlacePrint}
	case p.Owner.Kind == TUI:
		return []Place{PlacePrint} // its own window has it, and lets no other one in
	case c.variable("TMUX") != "" && plainPath(p.Folder()) && c.tmuxAnswers(ctx):
		return []Place{PlaceWindow, PlacePrint}
	}
	return []Place{PlacePrint}
}

func (c *Control) tmuxAnswers(ctx context.Context) bool {
	_, err := c.tmux(ctx, "", "display-message", "-p", "#{session_id}")
	return err == nil
}

// HandOver is the command with which a human goes on with a run: the model that it
// had and, where its sandbox forbade something, no more than that. Approvals are
// the human's own. Its folder is [Plan.Folder].
func (p Plan) HandOver() []string {
	args := []string{"codex", "resume"}
	old := p.Turns[p.Target.root()].Settings
	if p.Owner.Kind == Exec || p.Owner.Kind == None {
		if plainWord(old.Model) {
			args = append(args, Switch{Model: old.Model, Effort: word(old.Effort)}.flags()...)
		}
		if s, err := readSandbox(old); err == nil && s.Type != sandboxNone {
			args = append(args, s.flags()...)
		}
	}
	return append(args, p.Target.root())
}

// word is a name, or "" where it is none.
func word(s string) string {
	if plainWord(s) {
		return s
	}
	return ""
}

// TakeOver interrupts what runs and hands the run to a human, in one of its places.
// An interactive Codex keeps its window: it is shown, not started anew. tell may be nil.
func (c *Control) TakeOver(ctx context.Context, p Plan, place Place, tell func(Step)) (Outcome, error) {
	if !slices.Contains(c.Places(ctx, p), place) {
		return Outcome{}, fmt.Errorf("%w: %s", ErrForbidden, cmp.Or(p.Owner.Why, "it can't be taken over in that place"))
	}
	told := newTelling(c, tell)
	o, err := c.quiet(ctx, p, place, told)
	if err != nil {
		return o, err
	}
	o.Way, o.Resume = WayTakeOver, p.HandOver()
	switch {
	case !o.Stopped && p.Owner.Kind != TUI:
		told.step("hand", StepNote, "the session is not free yet: the command works once it has ended")
	case place == PlacePane:
		o.Pane = c.showPane(ctx, p, told)
	case place == PlaceWindow:
		o.Pane = c.openWindow(ctx, p, o.Resume, told)
	case p.Owner.Kind == TUI:
		told.step("hand", StepNote, "it is open in its own window"+onTerminal(p.Owner.Process.TTY)+": go there")
		o.Resume = nil
	default:
		told.step("hand", StepNote, "the command goes on with it")
	}
	o.At, o.Steps = c.o.Now(), told.steps
	return o, nil
}

func onTerminal(tty string) string {
	if tty == "" {
		return ""
	}
	return ", terminal " + model.Clean(tty, 60)
}

// quiet ends what runs. A codex exec has to be gone before anybody else can have
// the session; of the others a turn that runs is interrupted.
func (c *Control) quiet(ctx context.Context, p Plan, place Place, told *telling) (Outcome, error) {
	o := Outcome{Stopped: true, ExitCode: -1}
	if p.Owner.Kind != Exec && len(p.runningThreads()) == 0 || p.Owner.Kind == None {
		return o, nil
	}
	if !slices.ContainsFunc(p.Choices, func(x Choice) bool { return x.Way == Interrupt }) {
		o.Stopped = false
		if p.Owner.Kind == TUI {
			told.step("hand", StepNote, "its turn goes on: "+cmp.Or(p.Why, "press Esc in its window"))
			return o, nil
		}
		return o, fmt.Errorf("%w: %s", ErrForbidden, cmp.Or(p.Why, "its turn can't be interrupted"))
	}
	o, err := c.Act(ctx, p, Interrupt, told.take)
	if errors.Is(err, ErrEnded) {
		told.step("hand", StepNote, "its turn ended by itself meanwhile")
		return Outcome{Stopped: true, ExitCode: -1}, nil
	}
	return o, err
}

// showPane brings the run's pane to the front of its tmux, and says what was seen.
func (c *Control) showPane(ctx context.Context, p Plan, told *telling) string {
	pane, ok := c.pane(ctx, p.Owner.Process)
	if !ok || pane.ID != p.Owner.Pane {
		told.step("pane", StepFailed, "its tmux pane is not there any more")
		return ""
	}
	for _, args := range [][]string{{"select-window", "-t", pane.ID}, {"select-pane", "-t", pane.ID}} {
		if _, err := c.tmux(ctx, pane.Socket, args...); err != nil {
			told.step("pane", StepFailed, "tmux did not show pane "+pane.ID)
			return ""
		}
	}
	where, err := c.tmux(ctx, pane.Socket, "display-message", "-p", "-t", pane.ID, "#{window_active}#{pane_active} #{session_name}")
	state, session, _ := strings.Cut(where, " ")
	if err != nil || state != "11" {
		told.step("pane", StepFailed, "tmux does not show pane "+pane.ID)
		return ""
	}
	if c.variable("TMUX") != "" {
		if _, err := c.tmux(ctx, pane.Socket, "switch-client", "-t", pane.ID); err == nil {
			told.step("pane", StepDone, "this terminal shows its tmux pane, "+pane.ID)
			return pane.ID
		}
	}
	told.step("pane", StepDone, fmt.Sprintf("tmux session %s shows its pane, %s", model.Clean(session, 60), pane.ID))
	return pane.ID
}

// windowPatience is how long a new window is watched before it is taken to live.
const windowPatience = 2 * time.Second

// openWindow starts the command in a new window of this process's tmux. The command
// goes to tmux word by word, so that no shell reads it.
func (c *Control) openWindow(ctx context.Context, p Plan, command []string, told *telling) string {
	codex, err := c.codex()
	if err != nil {
		told.step("window", StepFailed, err.Error())
		return ""
	}
	args := []string{"new-window", "-P", "-F", "#{pane_id}", "-n", "codex", "-c", p.Folder(), "-e", "CODEX_HOME=" + p.Target.Home, "--", codex}
	pane, err := c.tmux(ctx, "", append(args, command[1:]...)...)
	if err != nil || !strings.HasPrefix(pane, "%") {
		told.step("window", StepFailed, "tmux opened no window")
		return ""
	}
	pane = model.Clean(pane, 20)
	told.step("window", StepWaiting, "codex resume starts in a new tmux window, pane "+pane)
	gone := false
	_ = c.until(ctx, windowPatience, func() bool { // that it lives for so long is all that is waited for
		state, err := c.tmux(ctx, "", "display-message", "-p", "-t", pane, "#{pane_dead}")
		gone = err != nil || state != "0"
		return gone
	})
	if gone {
		told.step("window", StepFailed, "codex resume ended at once; the command to copy shows why")
		return ""
	}
	told.step("window", StepDone, "codex resume runs in a new tmux window, pane "+pane)
	return pane
}
