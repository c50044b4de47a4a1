package model

import (
	"strings"
	"time"
)

// call gives a kept call by its running number, nil where it was trimmed.
func (t *Thread) call(n int64) *Call {
	f := &t.fold.turns
	switch i := n - f.base; {
	case n < f.oldest || i >= int64(len(t.Calls)):
		return nil
	case i < 0:
		return f.aside[n]
	default:
		return &t.Calls[i]
	}
}

// find gives the newest kept call with an id.
func (t *Thread) find(id string) *Call {
	for i := len(t.Calls) - 1; i >= 0 && i >= len(t.Calls)-256; i-- {
		if t.Calls[i].CallID == id {
			return &t.Calls[i]
		}
	}
	return nil
}

// addCall keeps a call and gives its running number.
func (t *Thread) addCall(c Call) int64 {
	f := &t.fold.turns
	t.trimCalls()
	t.Calls = append(t.Calls, c)
	n := f.base + int64(len(t.Calls)) - 1
	t.noteCall(n, &c)
	return n
}

// Label is what a call is shown as: its command or its name with its arguments, cleaned.
func (c Tool) Label(limit int) string {
	if c.Command != "" {
		return Clean(c.Command, limit)
	}
	return strings.TrimSpace(Clean(c.Name+" "+c.Args, limit))
}

func (t *Thread) applyCall(e *Event, at time.Time) Fact {
	f := &t.fold.turns
	if t.fold.opt.Detail && done(e.Status) && e.Tool.CallID != "" && t.find(e.Tool.CallID) != nil {
		return Fact{} // its end was told before: a web search's item comes first
	}
	t.CallCount++
	t.Turn.Calls++
	t.Turn.LastTool = e.Tool.Label(120)
	c := Call{Tool: e.Tool, Turn: t.TurnCount - 1, At: at, Changes: e.Changes}
	if !t.fold.opt.Detail {
		t.keepTurn()
		return Fact{}
	}
	n := t.addCall(c)
	if e.Tool.CallID != "" && !done(e.Status) {
		if f.pending == nil {
			f.pending = map[string]int64{}
		}
		f.pending[e.Tool.CallID] = n
		t.Pending = len(f.pending)
		if e.Tool.Name == "exec" {
			f.outer = e.Tool.CallID
		}
		if f.implicit && t.Turn.State == TurnDone {
			t.Turn.State = TurnRunning
		}
	} else {
		p := t.call(n)
		p.Done, p.Ended, p.Status = true, at, e.Status
	}
	t.keepTurn()
	return Fact{Kind: FactTool, At: at, Turn: &t.Turn, Call: t.call(n)}
}

// done says that a call's line already tells its end, as a web search's does.
func done(status string) bool { return status == "completed" || status == "failed" }

func (t *Thread) applyOutput(e *Event, at time.Time) Fact {
	f := &t.fold.turns
	n, ok := f.pending[e.Tool.CallID]
	if !ok {
		return Fact{}
	}
	delete(f.pending, e.Tool.CallID)
	t.Pending = len(f.pending)
	if f.outer == e.Tool.CallID {
		f.outer = ""
	}
	c := t.call(n)
	if c == nil {
		return Fact{}
	}
	c.Done, c.Ended = true, at
	c.Output, c.OutputBytes = e.Tool.Output, e.Tool.OutputBytes
	if c.Duration == 0 {
		c.Duration = e.Tool.Duration
	}
	if !c.HasExit && e.Tool.HasExit {
		c.ExitCode, c.HasExit = e.Tool.ExitCode, true
		t.failed(c)
	}
	if c.Status == "" {
		c.Status = "completed"
		if c.HasExit && c.ExitCode != 0 {
			c.Status = "failed"
		}
	}
	t.noteMore(e.Tool.CallID, e)
	fact := Fact{Kind: FactToolDone, At: at, Turn: &t.Turn, Call: c}
	// Before patches had lines of their own, the call's text is all there is.
	if len(c.Changes) > 0 && c.Status == "completed" && !t.fold.file.version.atLeast(0, 136) && !c.counted {
		t.countChanges(c.Changes)
		c.counted = true
		fact.Kind = FactArtifact
	}
	t.keepTurn()
	if n < f.base {
		delete(f.aside, n)
		t.older(n, c)
	}
	return fact
}

func (t *Thread) failed(c *Call) {
	if c.HasExit && c.ExitCode != 0 {
		t.Turn.Failed++
	}
}

// applyToolEnd takes what the end of an item tells about its call. Calls inside a
// code-mode script have no other line.
func (t *Thread) applyToolEnd(e *Event, at time.Time) Fact {
	if !t.fold.opt.Detail || e.Tool.CallID == "" {
		return Fact{}
	}
	c := t.find(e.Tool.CallID)
	inner := c == nil
	if inner {
		if e.Kind == EventSubAgent && t.fold.turns.outer == "" {
			return Fact{}
		}
		t.CallCount++
		t.Turn.Calls++
		t.Turn.LastTool = e.Tool.Label(120)
		c = t.call(t.addCall(Call{Tool: e.Tool, Turn: t.TurnCount - 1, At: at.Add(-e.Tool.Duration), Outer: t.fold.turns.outer}))
		c.Done, c.Ended = true, at
	}
	if e.Tool.Command != "" {
		c.Command = e.Tool.Command
	}
	if e.Tool.Parsed != "" {
		c.Parsed = e.Tool.Parsed
	}
	if e.Tool.Cwd != "" {
		c.Cwd = e.Tool.Cwd
	}
	if e.Tool.Duration > 0 {
		c.Duration = e.Tool.Duration
	}
	if e.Tool.HasExit && (!c.HasExit || inner) {
		c.ExitCode, c.HasExit = e.Tool.ExitCode, true
		t.failed(c)
	}
	if e.Tool.OutputBytes > c.OutputBytes {
		c.Output, c.OutputBytes = e.Tool.Output, e.Tool.OutputBytes
	}
	if e.Status != "" {
		c.Status = e.Status
	}
	t.noteMore(e.Tool.CallID, e)
	t.keepTurn()
	if inner {
		return Fact{Kind: FactToolDone, At: at, Turn: &t.Turn, Call: c}
	}
	return Fact{}
}

// applyChanges counts the files of a patch that was applied.
func (t *Thread) applyChanges(e *Event, at time.Time) Fact {
	if e.Status == "failed" {
		return t.applyToolEnd(e, at)
	}
	t.countChanges(e.Changes)
	if !t.fold.opt.Detail {
		return Fact{}
	}
	c := t.find(e.Tool.CallID)
	if c == nil {
		tool := e.Tool
		if tool.Name == "" {
			tool.Name = "apply_patch"
		}
		c = t.call(t.addCall(Call{Tool: tool, Turn: t.TurnCount - 1, At: at, Ended: at, Done: true, Status: "completed", Outer: t.fold.turns.outer}))
		t.CallCount++
		t.Turn.Calls++
	}
	c.Changes, c.counted = e.Changes, true
	t.noteMore(e.Tool.CallID, e)
	if c.Status == "" {
		c.Status = e.Status
	}
	t.keepTurn()
	return Fact{Kind: FactArtifact, At: at, Turn: &t.Turn, Call: c}
}

func (t *Thread) countChanges(cs []FileChange) {
	for _, c := range cs {
		t.FileChanges++
		t.Turn.Files++
		t.Added += max(0, c.Added)
		t.Removed += max(0, c.Removed)
		t.Turn.Added += max(0, c.Added)
		t.Turn.Removed += max(0, c.Removed)
	}
}
