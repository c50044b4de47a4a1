package monitor

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	silentAfter = 2 * time.Minute  // a turn that says nothing for so long, without a pending call, is silent
	diedAfter   = 30 * time.Minute // a turn that says nothing for so long counts as died
	doneAfter   = time.Hour        // a session that is idle for so long counts as done
)

// judge tells how a thread stands now, and when that changes if nothing is
// written; zero where it does not. Without knowing who holds the thread's lock,
// silence is all there is to tell a death by.
func judge(t *model.Thread, written, now time.Time) (State, time.Time) {
	last := lastWrite(t, written, now)
	age := now.Sub(last)
	switch {
	case t.TurnCount == 0 || t.Turn.State == model.TurnDone:
		if sessionEnds(t) || age >= doneAfter {
			return StateDone, time.Time{}
		}
		return StateIdle, last.Add(doneAfter)
	case t.Turn.State == model.TurnAborted:
		return StateStopped, time.Time{}
	case t.Turn.State == model.TurnFailed:
		return StateFailed, time.Time{}
	case t.Turn.State == model.TurnDied || age >= diedAfter:
		return StateDied, time.Time{}
	case t.Pending == 0 && age >= silentAfter:
		return StateSilent, last.Add(diedAfter)
	case t.Pending == 0:
		return StateWorking, last.Add(silentAfter)
	}
	return StateWorking, last.Add(diedAfter)
}

// state is judge with what is known of who works on the thread: where nothing does,
// its turn died, and where something does, silence is no death.
func (e *entry) state(now time.Time) (State, time.Time) {
	s, next := judge(e.thread, e.written(), now)
	switch {
	case e.thread.TurnCount == 0 || e.thread.Turn.State != model.TurnRunning:
	case e.hold == holdFree:
		return StateDied, time.Time{}
	case e.hold == holdHeld && s == StateDied && e.thread.Pending > 0:
		return StateWorking, time.Time{}
	case e.hold == holdHeld && (s == StateDied || s == StateSilent):
		return StateSilent, time.Time{}
	}
	return s, next
}

// lastWrite is when the thread's newest line was written: by its own timestamp, or
// by the file's where lines have none or claim to come from the future.
func lastWrite(t *model.Thread, written, now time.Time) time.Time {
	last := t.LastAt
	if last.IsZero() || last.After(now) {
		last = written
	}
	if last.After(now) {
		return now
	}
	return last
}

// sessionEnds says that the thread's session is over when its turn is: "codex
// exec" exits then, and a sub-agent has done what it was made for.
func sessionEnds(t *model.Thread) bool {
	return t.TurnCount > 0 && (isAgent(t) || origin(t.Meta) == "exec")
}

func isAgent(t *model.Thread) bool {
	return t.Meta.ParentID != "" || t.Meta.SubAgent != "" || t.Meta.Source == "subagent"
}

// origin is which face of Codex wrote a thread. The originator tells; the source
// is "vscode" also for a terminal that runs on the app server.
func origin(m model.Meta) string {
	switch m.Originator {
	case "codex_exec":
		return "exec"
	case "codex-tui", "codex_tui":
		return "tui"
	case "codex_cli_rs", "":
		switch m.Source {
		case "cli":
			return "tui"
		case "exec", "vscode", "mcp":
			return m.Source
		}
		if m.Originator != "" {
			return "tui"
		}
		return ""
	case "codex_vscode":
		return "vscode"
	}
	return model.Clean(m.Originator, 40)
}
