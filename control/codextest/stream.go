package codextest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

type object = map[string]any

// stream writes server-sent events; after a failed write it writes nothing more.
type stream struct {
	w   http.ResponseWriter
	err error
}

func (s *stream) send(event object) {
	if s.err != nil {
		return
	}
	b, err := json.Marshal(event)
	if err != nil {
		s.err = err
		return
	}
	if _, s.err = fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event["type"], b); s.err == nil {
		s.err = http.NewResponseController(s.w).Flush()
	}
}

func (s *stream) delta(text string) {
	s.send(object{"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": text})
}

// answer streams a response: deltas, items, and its end with or without usage.
// What was sent is logged before the last event is flushed, so that whoever reads a
// session file can never know of a response that the log does not have yet.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, a *answer) {
	limitHeaders(w.Header(), a.before)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Connection", "close")
	out := &stream{w: w}
	out.send(object{"type": "response.created", "response": object{"id": a.ResponseID}})
	if a.cut {
		out.delta("partial")
		a.Outcome = Cut
		s.record(a.Served)
		panic(http.ErrAbortHandler) // drops the connection, as a broken network would
	}
	if f := a.step.Failed; f != nil {
		a.Outcome = Failed
		s.record(a.Served)
		out.send(object{"type": "response.failed", "response": object{"id": a.ResponseID, "status": "failed",
			"error": object{"code": f.Code, "message": f.Message}, "usage": nil}})
		return
	}
	if !streamText(out, r, a.step) {
		a.Outcome = Gone
		s.record(a.Served)
		return
	}
	items, err := a.items()
	if err != nil {
		out.err = err
	}
	for i, item := range items {
		out.send(object{"type": "response.output_item.done", "output_index": i, "item": item})
	}
	if out.err != nil || r.Context().Err() != nil {
		a.Outcome = Gone
		s.record(a.Served)
		return
	}
	end := a.end()
	s.succeed(a)
	s.record(a.Served)
	out.send(end)
}

// streamText spreads deltas over the step's Stream time; false where the client went away.
func streamText(out *stream, r *http.Request, step Step) bool {
	if step.Stream <= 0 {
		return true
	}
	n := step.Deltas
	if n <= 0 {
		n = 20
	}
	out.send(object{"type": "response.output_item.added", "output_index": 0,
		"item": object{"type": "message", "id": "m", "role": "assistant", "content": []any{}}})
	for i := range n {
		out.delta("word" + strconv.Itoa(i) + " ")
		if i == 0 {
			select {
			case step.Begun <- struct{}{}:
			default:
			}
		}
		if out.err != nil || !pause(r, step.Stream/time.Duration(n)) {
			return false
		}
	}
	return true
}

// items are the output items of the step, in the order in which the API gives them.
func (a *answer) items() ([]object, error) {
	id, step := a.ResponseID, a.step
	var items []object
	if step.Reasoning != "" {
		items = append(items, object{"type": "reasoning", "id": "rs_" + id, "content": nil, "encrypted_content": "opaque",
			"summary": []object{{"type": "summary_text", "text": step.Reasoning}}})
	}
	if step.WebSearch != "" {
		items = append(items, object{"type": "web_search_call", "id": "ws_" + id, "status": "completed",
			"action": object{"type": "search", "query": step.WebSearch}})
	}
	for i, c := range step.Calls {
		args, err := c.arguments()
		if err != nil {
			return nil, fmt.Errorf("arguments of %s: %w", c.Name, err)
		}
		args = a.req.fill(args)
		suffix := fmt.Sprintf("%s_%d", id, i)
		item := object{"type": "function_call", "id": "fc_" + suffix, "call_id": "call_" + suffix, "name": c.Name, "arguments": args}
		if c.Custom {
			item = object{"type": "custom_tool_call", "id": "ctc_" + suffix, "call_id": "call_" + suffix, "name": c.Name, "input": args}
		}
		if c.Namespace != "" {
			item["namespace"] = c.Namespace
		}
		items = append(items, item)
	}
	if step.Text != "" {
		items = append(items, object{"type": "message", "id": "msg_" + id, "role": "assistant",
			"content": []object{{"type": "output_text", "text": step.Text}}})
	}
	if a.Kind == "compaction" && a.req.hasItem("compaction_trigger") { // a compaction by the provider
		items = append(items, object{"type": "compaction", "id": "cmp_" + id, "encrypted_content": "opaque summary"})
	}
	return items, nil
}

// end is the last event; it notes outcome and usage in the answer's log entry.
func (a *answer) end() object {
	var reported any
	if !a.step.NoUsage {
		a.Metered, a.Usage = true, a.usage()
		reported = wireUsage(a.Usage)
	}
	a.Outcome = Completed
	if reason := a.step.Incomplete; reason != "" {
		a.Outcome = Incomplete
		return object{"type": "response.incomplete", "response": object{"id": a.ResponseID, "status": "incomplete",
			"incomplete_details": object{"reason": reason}, "usage": reported}}
	}
	return object{"type": "response.completed", "response": object{"id": a.ResponseID, "status": "completed", "usage": reported}}
}

// usage is the step's own, or one that differs for every response of a thread
// in every field, so that a response counted twice or left out can't go unseen.
func (a *answer) usage() model.Usage {
	if a.step.Usage != nil {
		return *a.step.Usage
	}
	n := model.Tokens(a.before)
	u := model.Usage{Input: a.step.Input, Output: 150 + 10*n, Reasoning: 40 + n}
	if u.Input == 0 {
		u.Input = 10_000 + 1_500*n
	}
	if n > 0 {
		u.Cached = u.Input * 3 / 5
	}
	return u
}

func wireUsage(u model.Usage) object {
	return object{
		"input_tokens":          u.Input,
		"input_tokens_details":  object{"cached_tokens": u.Cached, "cache_write_tokens": u.CacheWrite},
		"output_tokens":         u.Output,
		"output_tokens_details": object{"reasoning_tokens": u.Reasoning},
		"total_tokens":          u.Total(),
	}
}

// limitHeaders are the plan's windows, as OpenAI reports them with each response.
func limitHeaders(h http.Header, before int64) {
	now := time.Now()
	h.Set("X-Codex-Primary-Used-Percent", strconv.FormatInt(12+before, 10)+".0")
	h.Set("X-Codex-Primary-Window-Minutes", "300")
	h.Set("X-Codex-Primary-Reset-At", strconv.FormatInt(now.Add(2*time.Hour).Unix(), 10))
	h.Set("X-Codex-Secondary-Used-Percent", "40.0")
	h.Set("X-Codex-Secondary-Window-Minutes", "10080")
	h.Set("X-Codex-Secondary-Reset-At", strconv.FormatInt(now.Add(80*time.Hour).Unix(), 10))
}
