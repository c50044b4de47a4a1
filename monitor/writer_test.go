package monitor

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// codexHome is a CODEX_HOME in which a test plays Codex.
type codexHome struct {
	t    testing.TB
	path string
}

func newHome(t *testing.T) codexHome {
	t.Helper()
	return codexHome{t, t.TempDir()}
}

// session writes one session file.
type session struct {
	t       testing.TB
	home    codexHome
	id      string
	path    string
	now     time.Time
	ordinal int
	turns   int
	turn    string
	calls   int
	replies int
	total   model.Usage
}

// meta is what a session's first line says beside the ordinary.
type meta map[string]any

// threadID makes a thread id (a UUIDv7) of a time and a number.
func threadID(at time.Time, n int) string {
	ms := at.UnixMilli()
	return fmt.Sprintf("%08x-%04x-7%03x-8000-%012x", ms>>16, ms&0xffff, n&0xfff, n)
}

// begin makes a session file that began at a time.
func (h codexHome) begin(at time.Time, n int, extra meta) *session {
	h.t.Helper()
	id := threadID(at, n)
	name := "rollout-" + at.UTC().Format("2006-01-02T15-04-05") + "-" + id + ".jsonl"
	s := &session{t: h.t, home: h, id: id, now: at, path: filepath.Join(h.path, "sessions", at.UTC().Format("2006/01/02"), name)}
	s.writeMeta(extra)
	return s
}

// segment begins another file of the same thread.
func (s *session) segment(at time.Time, n int) *session {
	s.t.Helper()
	o := *s
	o.now = at
	o.path = filepath.Join(s.home.path, "sessions", at.UTC().Format("2006/01/02"),
		"rollout-"+at.UTC().Format("2006-01-02T15-04-05")+"-"+s.id+"_"+threadID(at, n)+".jsonl")
	o.writeMeta(meta{"history_base": map[string]any{"thread_id": s.id, "end_ordinal_exclusive": s.ordinal}})
	return &o
}

func (s *session) writeMeta(extra meta) {
	s.t.Helper()
	m := map[string]any{"id": s.id, "session_id": s.id, "timestamp": stamp(s.now), "cwd": "/home/dev/code/x", "originator": "codex-tui",
		"cli_version": "0.169.0", "source": "cli", "model_provider": "openai", "history_mode": "paginated"}
	for k, v := range extra {
		m[k] = v
	}
	s.line("session_meta", m)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// wait lets time go by in the session.
func (s *session) wait(d time.Duration) *session { s.now = s.now.Add(d); return s }

func (s *session) encode(typ string, payload any) []byte {
	s.t.Helper()
	b, err := json.Marshal(struct {
		Timestamp string `json:"timestamp"`
		Ordinal   int    `json:"ordinal"`
		Type      string `json:"type"`
		Payload   any    `json:"payload"`
	}{stamp(s.now), s.ordinal, typ, payload})
	if err != nil {
		s.t.Fatal(err)
	}
	s.ordinal++
	return append(b, '\n')
}

func (s *session) line(typ string, payload any) *session {
	s.t.Helper()
	return s.raw(s.encode(typ, payload))
}

// raw appends bytes to the file.
func (s *session) raw(b []byte) *session {
	s.t.Helper()
	appendFile(s.t, s.path, b)
	return s
}

func appendFile(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
}

func (s *session) msg(kind string, fields meta) *session {
	s.t.Helper()
	m := map[string]any{"type": kind}
	for k, v := range fields {
		m[k] = v
	}
	return s.line("event_msg", m)
}

// ask begins a turn on a model.
func (s *session) ask(modelName, prompt string) *session {
	s.t.Helper()
	s.turns++
	s.turn = threadID(s.now, 0x100+s.turns)
	s.msg("task_started", meta{"turn_id": s.turn, "started_at": s.now.Unix(), "model_context_window": 258400})
	s.line("turn_context", map[string]any{"turn_id": s.turn, "cwd": "/home/dev/code/x", "approval_policy": "never", "model": modelName, "effort": "low"})
	return s.msg("item_completed", meta{"thread_id": s.id, "turn_id": s.turn,
		"item": map[string]any{"type": "UserMessage", "id": "u", "content": []any{map[string]any{"type": "text", "text": prompt}}}})
}

func usageJSON(u model.Usage) map[string]any {
	return map[string]any{"input_tokens": u.Input, "cached_input_tokens": u.Cached, "cache_write_input_tokens": u.CacheWrite,
		"output_tokens": u.Output, "reasoning_output_tokens": u.Reasoning, "total_tokens": u.Total()}
}

// answer writes a response's record.
func (s *session) answer(u model.Usage) *session {
	s.t.Helper()
	s.replies++
	s.total = s.total.Add(u)
	return s.line("token_usage_record", map[string]any{"thread_id": s.id, "turn_id": s.turn, "session_id": s.id, "root_turn_id": s.turn,
		"response_id": fmt.Sprintf("resp_%s_%d", s.id, s.replies), "usage": usageJSON(u), "turn_token_usage": usageJSON(u), "thread_token_usage": usageJSON(s.total)})
}

// count writes the token_count that follows an answer, with rate limits.
func (s *session) count(u model.Usage, usedPercent float64) *session {
	s.t.Helper()
	return s.msg("token_count", meta{
		"info": map[string]any{"total_token_usage": usageJSON(s.total), "last_token_usage": usageJSON(u), "model_context_window": 258400},
		"rate_limits": map[string]any{"limit_id": "codex", "plan_type": "pro",
			"primary": map[string]any{"used_percent": usedPercent, "window_minutes": 300, "resets_at": s.now.Add(time.Hour).Unix()}}})
}

// call begins a command and returns its id.
func (s *session) call(command string) string {
	s.t.Helper()
	s.calls++
	id := fmt.Sprintf("call_%d", s.calls)
	args, _ := json.Marshal(map[string]string{"cmd": command})
	s.line("response_item", map[string]any{"type": "function_call", "id": "fc", "name": "exec_command", "arguments": string(args), "call_id": id})
	return id
}

// output ends a command.
func (s *session) output(id string, exit int) *session {
	s.t.Helper()
	s.msg("item_completed", meta{"thread_id": s.id, "turn_id": s.turn, "item": map[string]any{"type": "CommandExecution", "id": id,
		"command": []string{"/bin/bash", "-lc", "true"}, "cwd": "file:///home/dev", "source": "unified_exec_startup", "status": "completed",
		"aggregated_output": "", "exit_code": exit, "duration": map[string]any{"secs": 1, "nanos": 0}}})
	return s.line("response_item", map[string]any{"type": "function_call_output", "call_id": id,
		"output": fmt.Sprintf("Process exited with code %d\nOutput:\n", exit)})
}

// patch applies a file change.
func (s *session) patch(path string) *session {
	s.t.Helper()
	return s.msg("item_completed", meta{"thread_id": s.id, "turn_id": s.turn, "item": map[string]any{"type": "FileChange", "id": "patch", "status": "completed",
		"changes": map[string]any{path: map[string]any{"type": "add", "content": "a\nb\n"}}}})
}

// end ends the turn.
func (s *session) end() *session {
	s.t.Helper()
	return s.msg("task_complete", meta{"turn_id": s.turn, "last_agent_message": "done", "completed_at": s.now.Unix(), "duration_ms": 1000})
}

func (s *session) abort() *session {
	s.t.Helper()
	return s.msg("turn_aborted", meta{"turn_id": s.turn, "reason": "interrupted", "completed_at": s.now.Unix()})
}

// touch sets the file's time of last write to the session's time.
func (s *session) touched() *session {
	s.t.Helper()
	if err := os.Chtimes(s.path, s.now, s.now); err != nil {
		s.t.Fatal(err)
	}
	return s
}

// archive moves the file as Codex does.
func (s *session) archive() {
	s.t.Helper()
	to := filepath.Join(s.home.path, "archived_sessions", filepath.Base(s.path))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(s.path, to); err != nil {
		s.t.Fatal(err)
	}
	s.path = to
}

// compress puts a compressed file in the place of the plain one.
func (s *session) compress() {
	s.t.Helper()
	b, err := os.ReadFile(s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer enc.Close()
	if err := os.WriteFile(s.path+".zst.tmp", enc.EncodeAll(b, nil), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(s.path+".zst.tmp", s.path+".zst"); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Remove(s.path); err != nil {
		s.t.Fatal(err)
	}
}

// small is an ordinary response: it costs something on every priced model.
var small = model.Usage{Input: 10_000, Cached: 4_000, Output: 500, Reasoning: 100}
