package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

// session writes one rollout file.
type session struct {
	r     *rand.Rand
	w     *bufio.Writer
	id    string
	turn  string
	model string
	at    time.Time
	lines int64
	bytes int64
	sum   usage
	thr   usage // of the thread, for the running totals
	open  bool  // its last turn goes on
	path  string
	began time.Time // when the load began that it belongs to

	due    func() time.Time // waits until the next line is to be written, and gives its time; nil: nothing waits
	counts []moment         // when each response was counted; only where due is set
	calls  []moment         // when each tool call began; only where due is set
}

// uuid is a UUIDv7 of the session's present time.
func (s *session) uuid() string {
	ms := uint64(s.at.UnixMilli())
	return fmt.Sprintf("%08x-%04x-7%03x-%04x-%012x", ms>>16, ms&0xffff, s.r.IntN(1<<12), 0x8000|s.r.IntN(1<<14), s.r.Uint64()>>16)
}

// moment is when a line was written, and what it counted.
type moment struct {
	at    time.Time
	usage usage
}

// mark notes the line that was just written, of a session that somebody waits for.
func (s *session) mark(list []moment, u usage) []moment {
	if s.due == nil {
		return nil
	}
	return append(list, moment{s.at, u})
}

// line writes a line of the given type; payload is JSON.
func (s *session) line(typ, payload string) {
	if s.due != nil {
		s.at = s.due()
	} else {
		s.at = s.at.Add(time.Duration(5+s.r.IntN(400)) * time.Millisecond)
	}
	n, _ := fmt.Fprintf(s.w, "{\"timestamp\":%q,\"ordinal\":%d,\"type\":%q,\"payload\":%s}\n", s.at.UTC().Format("2006-01-02T15:04:05.000Z"), s.lines, typ, payload)
	s.bytes += int64(n)
	s.lines++
	if s.due != nil {
		s.w.Flush() // a line is one write; where it fails the totals will tell
	}
}

var words = strings.Fields(`read write func error return package import string value buffer index parse token scan line build test
	{ } ( ) [ ] := == "ok" "name": 42 0x1f // the file was not found in /usr/lib/node_modules src/internal/scan/reader.go {"id":7,"kind":"x"} ✓ naïve`)

// text is about n bytes of made-up text as JSON.
func (s *session) text(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(words[s.r.IntN(len(words))])
		b.WriteByte(" \n\t "[s.r.IntN(4)])
	}
	return quote(b.String())
}

func quote(t string) string {
	b, err := json.Marshal(t)
	if err != nil { // strings can always be written
		panic(err)
	}
	return string(b)
}

// body writes all lines.
func (s *session) body(to io.Writer) error {
	s.w = bufio.NewWriterSize(to, 1<<20)
	// Most sessions are small, and a few are most of the bytes.
	s.write(1 + int(s.r.ExpFloat64()*s.r.ExpFloat64()*12))
	return s.w.Flush()
}

func (s *session) write(turns int) {
	s.meta()
	for n := range turns {
		s.beginTurn()
		for range 2 + s.r.IntN(24) {
			s.respond()
		}
		if s.open && n == turns-1 {
			return
		}
		s.endTurn()
		s.at = s.at.Add(time.Duration(s.r.IntN(600)) * time.Second)
	}
}

func (s *session) meta() {
	s.model = [...]string{"gpt-5.5", "gpt-5.4", "gpt-5.4-mini"}[s.r.IntN(3)]
	s.line("session_meta", fmt.Sprintf(`{"id":%q,"session_id":%q,"timestamp":%q,"cwd":"/home/dev/src/p%d","originator":"codex_exec","cli_version":"0.169.0","source":"exec","base_instructions":{"text":%s}}`,
		s.id, s.id, s.at.Format("2006-01-02T15:04:05.000Z"), s.r.IntN(12), s.text(9000)))
}

func (s *session) beginTurn() {
	s.turn = s.uuid()
	s.line("event_msg", fmt.Sprintf(`{"type":"task_started","turn_id":%q,"root_turn_id":%q,"started_at":%d,"model_context_window":258400}`, s.turn, s.turn, s.at.Unix()))
	s.line("turn_context", fmt.Sprintf(`{"turn_id":%q,"root_turn_id":%q,"cwd":"/home/dev/src","approval_policy":"never","sandbox_policy":{"type":"danger-full-access"},"model":%q,"effort":"high","summary":"none"}`, s.turn, s.turn, s.model))
	s.item("UserMessage", fmt.Sprintf(`"id":"u","content":[{"type":"text","text":%s}]`, s.text(150)))
}

func (s *session) endTurn() {
	s.item("AgentMessage", fmt.Sprintf(`"id":"m","content":[{"type":"Text","text":%s}]`, s.text(500)))
	s.line("event_msg", fmt.Sprintf(`{"type":"task_complete","turn_id":%q,"last_agent_message":%s}`, s.turn, s.text(500)))
}

func (s *session) item(kind, rest string) {
	s.line("event_msg", fmt.Sprintf(`{"type":"item_completed","thread_id":%q,"turn_id":%q,"item":{"type":%q,%s}}`, s.id, s.turn, kind, rest))
}

// respond writes one response of the model with the tool call that it asks for.
func (s *session) respond() {
	s.line("response_item", fmt.Sprintf(`{"type":"reasoning","summary":[],"encrypted_content":"gAAAA%x"}`, s.noise(500+s.r.IntN(1500))))
	s.item("Reasoning", `"id":"r","summary_text":[],"raw_content":[]`)
	call := fmt.Sprintf("call_%x", s.r.Uint64())
	size := 200 + int(s.r.ExpFloat64()*2500)
	command := fmt.Sprintf("rg -n 'scan%d' src | head -%d", s.r.IntN(50), s.r.IntN(90))
	s.line("response_item", fmt.Sprintf(`{"type":"function_call","name":"exec_command","arguments":%s,"call_id":%q}`, quote(fmt.Sprintf(`{"cmd":%q,"workdir":"/home/dev/src"}`, command)), call))
	s.calls = s.mark(s.calls, usage{})
	out := s.text(size)
	s.item("CommandExecution", fmt.Sprintf(`"id":%q,"command":["/bin/bash","-lc",%s],"cwd":"/home/dev/src","status":"completed","aggregated_output":%s,"exit_code":%d,"duration":{"secs":0,"nanos":%d}`,
		call, quote(command), out, s.r.IntN(8)/7, s.r.IntN(1e9)))
	s.line("response_item", fmt.Sprintf(`{"type":"function_call_output","call_id":%q,"output":%s}`, call, out))
	s.count()
}

// count writes the two lines that tell what the response used.
func (s *session) count() {
	in := int64(8000 + s.r.IntN(150_000))
	u := usage{Input: in, Cached: in * int64(s.r.IntN(90)) / 100, Output: int64(50 + s.r.IntN(1500)), Responses: 1}
	u.Reasoning = u.Output * int64(s.r.IntN(60)) / 100
	s.sum.add(u)
	s.thr.add(u)
	last, sum := counters(u), counters(s.thr)
	s.line("token_usage_record", fmt.Sprintf(`{"thread_id":%q,"turn_id":%q,"session_id":%q,"root_turn_id":%q,"response_id":"resp_%x","usage":%s,"turn_token_usage":%s,"thread_token_usage":%s}`,
		s.id, s.turn, s.id, s.turn, s.noise(16), last, last, sum))
	s.counts = s.mark(s.counts, u)
	s.line("event_msg", fmt.Sprintf(`{"type":"token_count","info":{"total_token_usage":%s,"last_token_usage":%s,"last_usage_includes_reasoning":false,"model_context_window":258400},"rate_limits":{"limit_id":"codex","limit_name":null,"primary":{"used_percent":%d.0,"window_minutes":300,"resets_at":%d},"secondary":{"used_percent":%d.0,"window_minutes":10080,"resets_at":%d},"credits":null,"individual_limit":null,"spend_control_reached":null,"plan_type":null,"rate_limit_reached_type":null}}`,
		sum, last, s.r.IntN(100), s.at.Truncate(5*time.Hour).Add(5*time.Hour).Unix(), s.r.IntN(100), s.at.Truncate(168*time.Hour).Add(168*time.Hour).Unix()))
}

func counters(u usage) string {
	return fmt.Sprintf(`{"input_tokens":%d,"cached_input_tokens":%d,"cache_write_input_tokens":0,"output_tokens":%d,"reasoning_output_tokens":%d,"total_tokens":%d}`,
		u.Input, u.Cached, u.Output, u.Reasoning, u.Input+u.Output)
}

func (s *session) noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.r.Uint32())
	}
	return b
}
