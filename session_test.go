package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// session writes a session file line by line, as Codex 0.169.0 does. Its texts
// may be set to anything before the lines that hold them are written.
type session struct {
	t     testing.TB
	path  string
	id    string
	cwd   string
	model string
	total model.Usage

	turn    string
	ordinal int
	serial  int
}

type dict = map[string]any

var sessionNumber atomic.Int64

// newSession begins a session file in a home's folder of that day, without any line yet.
func newSession(t testing.TB, home string, at time.Time, cwd string) *session {
	t.Helper()
	n := sessionNumber.Add(1)
	id := fmt.Sprintf("%012x", at.UnixMilli())
	id = fmt.Sprintf("%s-%s-7%03x-8000-%012x", id[:8], id[8:], n%4096, n)
	dir := filepath.Join(home, "sessions", at.Format("2006"), at.Format("01"), at.Format("02"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	name := "rollout-" + at.Format("2006-01-02T15-04-05") + "-" + id + ".jsonl"
	return &session{t: t, path: filepath.Join(dir, name), id: id, cwd: cwd, model: "gpt-5.5"}
}

// write appends one line.
func (s *session) write(at time.Time, kind string, payload dict) {
	s.t.Helper()
	line, err := json.Marshal(dict{"timestamp": at.UTC().Format("2006-01-02T15:04:05.000Z"), "ordinal": s.ordinal, "type": kind, "payload": payload})
	if err != nil {
		s.t.Fatal(err)
	}
	s.ordinal++
	s.raw(append(line, '\n'))
}

// raw appends bytes as they are, in one write.
func (s *session) raw(b []byte) {
	s.t.Helper()
	f, err := os.OpenFile(s.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		s.t.Fatal(err)
	}
}

// begin writes the session's head and the start of its first turn.
func (s *session) begin(at time.Time, branch, prompt string) {
	s.t.Helper()
	s.write(at, "session_meta", dict{"session_id": s.id, "id": s.id, "timestamp": at.UTC().Format(time.RFC3339), "cwd": s.cwd,
		"originator": "codex_exec", "cli_version": "0.169.0", "source": "exec", "thread_source": "user", "model_provider": "openai",
		"history_mode": "paginated", "git": dict{"branch": branch}})
	s.ask(at, prompt)
}

// ask writes the start of a turn.
func (s *session) ask(at time.Time, prompt string) {
	s.t.Helper()
	s.serial++
	s.turn = fmt.Sprintf("%s-turn-%d", s.id, s.serial)
	s.write(at, "event_msg", dict{"type": "task_started", "turn_id": s.turn, "root_turn_id": s.turn, "started_at": at.Unix(), "model_context_window": 258400})
	s.write(at, "turn_context", dict{"turn_id": s.turn, "root_turn_id": s.turn, "cwd": s.cwd, "approval_policy": "never", "model": s.model,
		"summary": "none", "sandbox_policy": dict{"type": "danger-full-access"}})
	s.write(at, "event_msg", dict{"type": "item_completed", "thread_id": s.id, "turn_id": s.turn,
		"item": dict{"type": "UserMessage", "id": "item", "content": []any{dict{"type": "text", "text": prompt}}}})
}

// respond writes one metered response.
func (s *session) respond(at time.Time, u model.Usage) {
	s.t.Helper()
	s.serial++
	s.total = s.total.Add(u)
	s.write(at, "token_usage_record", dict{"thread_id": s.id, "turn_id": s.turn, "session_id": s.id, "root_turn_id": s.turn,
		"response_id": fmt.Sprintf("resp_%s_%d", s.id, s.serial), "usage": wire(u), "turn_token_usage": wire(u), "thread_token_usage": wire(s.total)})
}

// command writes a shell call with its end.
func (s *session) command(at time.Time, command string, exit int) {
	s.t.Helper()
	s.serial++
	call := fmt.Sprintf("call_%s_%d", s.id, s.serial)
	args, err := json.Marshal(dict{"cmd": command})
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(at, "response_item", dict{"type": "function_call", "id": "fc_" + call, "name": "exec_command", "arguments": string(args), "call_id": call})
	s.write(at, "event_msg", dict{"type": "item_completed", "thread_id": s.id, "turn_id": s.turn, "item": dict{"type": "CommandExecution", "id": call,
		"process_id": "1", "command": []string{"/bin/bash", "-lc", command}, "cwd": "file://" + s.cwd, "status": "completed",
		"aggregated_output": command, "exit_code": exit, "duration": dict{"secs": 1, "nanos": 0}}})
	s.write(at, "response_item", dict{"type": "function_call_output", "id": "fco_" + call, "call_id": call, "output": command})
}

// edit writes a file change.
func (s *session) edit(at time.Time, path, content string) {
	s.t.Helper()
	s.serial++
	s.write(at, "event_msg", dict{"type": "item_completed", "thread_id": s.id, "turn_id": s.turn, "item": dict{"type": "FileChange",
		"id": fmt.Sprintf("call_%s_%d", s.id, s.serial), "status": "completed", "changes": dict{path: dict{"type": "add", "content": content}}}})
}

// end writes the end of the turn.
func (s *session) end(at time.Time, message string) {
	s.t.Helper()
	s.write(at, "event_msg", dict{"type": "task_complete", "turn_id": s.turn, "root_turn_id": s.turn, "last_agent_message": message, "completed_at": at.Unix()})
}

func wire(u model.Usage) dict {
	return dict{"input_tokens": u.Input, "cached_input_tokens": u.Cached, "cache_write_input_tokens": u.CacheWrite,
		"output_tokens": u.Output, "reasoning_output_tokens": u.Reasoning, "total_tokens": u.Total()}
}

// dollar is usage that costs exactly a dollar: gpt-5.5 takes $5 for a million input tokens.
var dollar = model.Usage{Input: 200_000}

// history writes a home with finished sessions of earlier today and of days before.
func history(t testing.TB, now time.Time, sessions int) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), "codex")
	for i := range sessions {
		at := now.Add(-time.Duration(i+1) * 10 * time.Minute)
		s := newSession(t, home, at, "/src/"+strings.Fields("shop office garden kitchen")[i%4])
		s.begin(at, "main", fmt.Sprintf("job %d", i))
		s.respond(at.Add(time.Second), model.Usage{Input: 10_000, Cached: 6_000, Output: 500})
		s.command(at.Add(2*time.Second), "make test", 0)
		s.respond(at.Add(3*time.Second), model.Usage{Input: 12_000, Cached: 9_000, Output: 700})
		s.end(at.Add(4*time.Second), "done")
	}
	return home
}
