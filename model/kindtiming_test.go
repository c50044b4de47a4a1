package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"
)

// anyWork makes up what a thread does: turns in changing folders, scripts with calls in
// them, patches, outputs and ends that come late or never, in the ways of several versions.
func anyWork(r *rand.Rand, lines int, apply func(Event)) {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	command := func() string {
		return pick("go test ./...", "git diff", "cat main.go", "rm notes.md", "echo x > /tmp/app/a_test.go", "cat > docs/x.md <<E\nhi\nE", "git commit -m x", "npm run build &", "alembic upgrade head")
	}
	version, cwd := pick("0.50.0", "0.120.0", "0.169.0"), pick("/home/dev/app", "/tmp/app")
	apply(Event{Kind: EventMeta, Meta: &Meta{ID: "t", CLIVersion: version, Cwd: cwd}, Cwd: cwd})
	var open []string
	turn := ""
	for n := range lines {
		id := fmt.Sprint("c", n)
		known := id
		if len(open) > 0 {
			known = pick(append(open, id)...)
		}
		switch r.IntN(12) {
		case 0:
			if r.IntN(4) > 0 {
				break
			}
			if version != "0.50.0" {
				turn = fmt.Sprint("t", n)
				apply(Event{Kind: EventTurnStarted, TurnID: turn})
			}
			apply(Event{Kind: EventTurnContext, TurnID: turn, Cwd: pick("/home/dev/app", "/tmp/app", "/home/dev/docs-generator"), Model: "m"})
			open = nil
		case 1:
			apply(Event{Kind: EventUserMessage, Text: pick("fix the bug", "review my changes", "write docs", "migrate to vue 3", "why does it fail?", "go on", "add tests", "")})
		case 2, 3:
			apply(Event{Kind: EventToolCall, Tool: Tool{CallID: id, Name: "exec_command", Command: command()}})
			open = append(open, id)
		case 4:
			script := pick(`await tools.exec_command({cmd:"go test ./..."})`, `await tools.apply_patch("*** Begin Patch\n*** Update File: docs/a.md\n@@\n-a\n+b\n*** End Patch")`, "text(1)")
			apply(Event{Kind: EventToolCall, Tool: Tool{CallID: id, Name: "exec", Args: script}})
			open = append(open, id)
		case 5, 6:
			apply(Event{Kind: EventToolOutput, Tool: Tool{CallID: known, Output: "Process running with session ID 7\n", HasExit: r.IntN(2) == 0, ExitCode: r.IntN(2)}})
		case 7:
			apply(Event{Kind: EventToolEnd, Tool: Tool{CallID: known, Name: "exec_command", Command: command(), HasExit: true}})
		case 8:
			apply(Event{Kind: EventFileChange, Tool: Tool{CallID: known}, Changes: []FileChange{{Path: pick("src/a.go", "docs/b.md", "/tmp/app/x_test.go", "migrations/1.sql"), Added: 1}}})
		case 9, 10:
			apply(Event{Kind: EventRecord, ResponseID: id, TurnID: turn, Usage: Usage{Input: Tokens(r.IntN(900)), Output: 9}})
		default:
			if r.IntN(3) == 0 {
				apply(Event{Kind: EventToolCall, Tool: Tool{CallID: id, Name: "write_stdin", Args: `{"session_id":7}`}})
			} else if r.IntN(6) == 0 {
				apply(Event{Kind: EventTurnEnded, TurnID: turn, Status: pick("completed", "aborted")})
			}
		}
	}
}

// What kinds come out depends on the lines alone: not on when somebody looked, nor on how
// many calls are kept.
func TestKindsOfAnyWork(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		once, often, some := NewThread("t", Options{Detail: true}), NewThread("t", Options{Detail: true}), NewThread("t", Options{Detail: true, Short: true})
		all := []*Thread{once, often, some}
		for _, th := range all {
			th.BeginFile("f")
		}
		lines, at := 40+r.IntN(300), time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
		if seed%25 == 0 {
			lines = 4000
		}
		anyWork(r, lines, func(e Event) {
			at = at.Add(time.Duration(r.IntN(5000)) * time.Millisecond)
			e.At, e.ThreadID = at, "t"
			for _, th := range all {
				one := e
				th.Apply(&one)
			}
			often.Judge()
			if r.IntN(5) == 0 {
				some.Judge()
			}
		})
		for i, th := range all {
			if th.Judge(); !maps.Equal(th.KindRows, once.KindRows) {
				t.Errorf("seed %d, fold %d: the rows are %v, want %v", seed, i, th.KindRows, once.KindRows)
			}
		}
	}
}
