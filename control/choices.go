package control

import (
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// choice gives a deed in words: its label, and what will happen to whom.
func (p Plan) choice(w Way) Choice {
	switch {
	case w == Children:
		return p.childrenChoice()
	case p.Owner.Kind == TUI && (w == Interrupt || w == Again):
		return p.escapeChoice(w)
	case w == Interrupt || w == Again:
		return p.interruptChoice(w)
	}
	return p.hardChoice(w)
}

// interruptChoice is SIGINT to a codex exec.
func (p Plan) interruptChoice(w Way) Choice {
	c := Choice{Way: w, Label: "Interrupt the turn and end the run"}
	if w == Again {
		c.Label = "Interrupt once more"
	}
	c.Effects = append(c.Effects, fmt.Sprintf("SIGINT goes to %s, and to no other process.", p.who()))
	if n := len(p.runningThreads()); n == 0 {
		c.Effects = append(c.Effects, "No turn is recorded as running; Codex ends itself.")
	} else {
		c.Effects = append(c.Effects, "Codex ends the turn, writes turn_aborted and exits"+p.agentsToo(n)+".")
	}
	if len(p.Children) > 0 {
		c.Effects = append(c.Effects, p.started()+" Codex ends what it started; what lives on is listed afterwards.")
	}
	return p.common(c)
}

func (p Plan) agentsToo(running int) string {
	if running < 2 {
		return ""
	}
	return fmt.Sprintf("; %s with it", count(running-1, "running sub-agent ends", "running sub-agents end"))
}

// escapeChoice is the Escape key to an interactive Codex in a tmux pane.
func (p Plan) escapeChoice(w Way) Choice {
	c := Choice{Way: w, Label: "Interrupt this turn (the window stays open)"}
	if w == Again {
		c.Label = "Press Escape once more"
	}
	c.Effects = []string{
		fmt.Sprintf("The Escape key goes to tmux pane %s, where %s is in front.", p.Owner.Pane, p.who()),
		"Codex ends the turn and waits for its user; nothing else ends.",
		"Commands that it started may go on; they are listed afterwards.",
	}
	if n := len(p.runningThreads()); n > 1 {
		c.Effects = append(c.Effects, count(n-1, "running sub-agent goes on", "running sub-agents go on")+": no key reaches them. Ending the process is offered afterwards.")
	}
	return p.common(c)
}

// hardChoice is SIGTERM or SIGKILL.
func (p Plan) hardChoice(w Way) Choice {
	c := Choice{Way: w, Label: "End the process (SIGTERM)"}
	if p.Owner.Kind == TUI {
		c.Label = "End Codex in its window (SIGTERM)"
	}
	if w == Kill {
		c.Label = "End the process at once (SIGKILL)"
	}
	c.Effects = []string{fmt.Sprintf("%s goes to %s, and to no other process.", signalName(w), p.who())}
	if p.Owner.Kind == TUI {
		c.Effects = append(c.Effects, "Its window closes, with all that is open in it.")
	}
	c.Effects = append(c.Effects, "Codex doesn't write the end of the turn: its session file stays unfinished.")
	if n := len(p.Others); n > 0 {
		c.Effects = append(c.Effects, fmt.Sprintf("%s in the same process %s with it: %s.",
			count(n, "other thread", "other threads"), one(n, "ends", "end"), strings.Join(short(p.Others), ", ")))
	}
	if len(p.Children) > 0 {
		c.Effects = append(c.Effects, p.started()+" What lives on of it is listed afterwards, and can be ended then.")
	}
	return p.common(c)
}

// childrenChoice ends what a run left behind.
func (p Plan) childrenChoice() Choice {
	return Choice{Way: Children, Label: "End " + count(len(p.Children), "process", "processes") + " that it left running", Effects: []string{
		"SIGTERM goes to " + names(p.Children) + ", and to no other process.",
		"One that is still there after that gets SIGKILL.",
	}}
}

// common adds what is true of every way to end a run.
func (p Plan) common(c Choice) Choice {
	c.Effects = append(c.Effects, "Edits that were made stay. A response that is being written may be billed, and is recorded nowhere.")
	return c
}

// who is the process, with what tells it from others.
func (p Plan) who() string {
	o := p.Owner.Process
	s := fmt.Sprintf("process %d (codex %s", o.PID, p.Owner.Kind)
	if p.Owner.Kind == TUI {
		s = fmt.Sprintf("process %d (codex", o.PID)
	}
	if !o.Started.IsZero() {
		s += ", started " + o.Started.Local().Format(time.TimeOnly)
	}
	return s + ")"
}

// started says what the run started, in words.
func (p Plan) started() string {
	return count(len(p.Children), "process", "processes") + " that it started: " + names(p.Children) + "."
}

// nameLimit bounds a process's arguments in a list; namesShown is how many are named.
const (
	nameLimit  = 40
	namesShown = 4
)

// names lists processes: what they run, and their numbers.
func names(ps []Process) string {
	var words []string
	for i, p := range ps {
		if i == namesShown {
			words = append(words, fmt.Sprintf("%d more", len(ps)-i))
			break
		}
		words = append(words, p.label())
	}
	return strings.Join(words, ", ")
}

func (p Process) label() string {
	return fmt.Sprintf("%s (%d)", model.Clean(p.Program(), nameLimit), p.PID)
}

func count(n int, singular, plural string) string {
	return fmt.Sprintf("%d %s", n, one(n, singular, plural))
}

func one(n int, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}

// short cuts thread ids to what tells them apart for a reader.
func short(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = model.Clean(id, 13)
	}
	return out
}

func signalName(w Way) string {
	switch w {
	case Terminate:
		return "SIGTERM"
	case Kill:
		return "SIGKILL"
	}
	return "SIGINT"
}
