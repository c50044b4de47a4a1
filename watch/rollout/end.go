package rollout

import (
	"bytes"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// toolEnd decodes a finished tool call: an item (CommandExecution, FileChange,
// McpToolCall, WebSearch …) or the event that older versions write for it. Their
// members have the same names where they mean the same.
func (d *Decoder) toolEnd(s *scanner, act action, e *model.Event) {
	t := &e.Tool
	s.open('{')
	var w endFields
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		if d.endOutput(s, k, t, &w) {
			continue
		}
		switch string(k) {
		case "type":
			w.kind = d.name(s)
		case "id", "call_id":
			t.CallID = d.once(s)
		case "turn_id":
			e.TurnID = d.name(s)
		case "command":
			t.Command = valid(d.command(s), model.MaxText)
		case "cwd":
			t.Cwd = strings.TrimPrefix(d.name(s), "file://")
		case "parsed_cmd":
			t.Parsed = d.parsed(s)
		case "source":
			t.Source = d.variant(s)
		case "status":
			e.Status = d.variant(s)
		case "success":
			w.success = d.success(s, w.success)
		case "changes":
			e.Changes = d.changes(s)
		case "invocation":
			d.invocation(s, t, &w)
		case "server", "namespace":
			w.server = d.name(s)
		case "tool":
			w.tool = d.name(s)
		case "arguments", "query":
			t.Args = d.textOf(s.value(), model.MaxText)
		default:
			s.skip()
		}
	}
	w.finish(act, e)
}

// endFields is what a finished call's members say about it together.
type endFields struct {
	kind, server, tool string
	success            string
	stdout             string
	stdoutBytes        int64
	hasAll             bool
}

// endOutput decodes the members that tell of a call's result.
func (d *Decoder) endOutput(s *scanner, k []byte, t *model.Tool, w *endFields) bool {
	switch string(k) {
	case "aggregated_output":
		w.hasAll = true
		t.Output, t.OutputBytes = d.parts(s)
	case "stdout":
		w.stdout, w.stdoutBytes = d.parts(s)
	case "exit_code":
		s.exitCode(t)
	case "duration":
		t.Duration = s.duration()
	case "result":
		d.result(s, t, w)
	case "content_items":
		w.hasAll = true
		t.Output, t.OutputBytes = d.parts(s)
	case "error":
		if s.null() {
			break
		}
		w.success, w.hasAll = "failed", true
		_, t.Output = d.turnError(s)
	default:
		return false
	}
	return true
}

// finish names the tool, and the line's kind where files were changed.
func (w *endFields) finish(act action, e *model.Event) {
	t := &e.Tool
	if !w.hasAll {
		t.Output, t.OutputBytes = w.stdout, w.stdoutBytes
	}
	if e.Status == "" {
		e.Status = w.success
	}
	switch act {
	case toolEnd:
		switch w.kind {
		case "CommandExecution", "exec_command_end":
			t.Name = "exec_command"
			if e.Status == "" && t.HasExit {
				if e.Status = "completed"; t.ExitCode != 0 {
					e.Status = "failed"
				}
			}
		default:
			t.Name = w.kind
		}
	case searchEnd:
		t.Name = "web_search"
	case mcpEnd:
		if t.Name = w.tool; w.server != "" {
			t.Name = w.server + "." + w.tool
		}
	case fileChange:
		t.Name = "apply_patch"
		if len(e.Changes) > 0 {
			e.Kind = model.EventFileChange
		}
	}
}

// invocation decodes mcp_tool_call_end's {"server":…,"tool":…,"arguments":…}.
func (d *Decoder) invocation(s *scanner, t *model.Tool, w *endFields) {
	if !s.open('{') {
		s.skip()
		return
	}
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "server":
			w.server = d.name(s)
		case "tool":
			w.tool = d.name(s)
		case "arguments":
			t.Args = d.textOf(s.value(), model.MaxText)
		default:
			s.skip()
		}
	}
}

// result decodes an MCP result: {"content":[…],"isError":…}, inside "Ok" or with "Err" in events.
func (d *Decoder) result(s *scanner, t *model.Tool, w *endFields) {
	if s.peek() != '{' {
		s.skip()
		return
	}
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch k := s.key(); string(k) {
		case "Ok":
			if w.success == "" {
				w.success = "completed"
			}
			d.result(s, t, w)
		case "Err":
			w.success, w.hasAll = "failed", true
			t.Output, t.OutputBytes = d.parts(s)
		case "content":
			w.hasAll = true
			t.Output, t.OutputBytes = d.parts(s)
		case "isError", "is_error":
			if v, ok := s.boolean(); ok && v {
				w.success = "failed"
			}
		default:
			s.skip()
		}
	}
}

// duration reads {"secs":1,"nanos":2}, or a number of seconds; 0 for anything else.
func (s *scanner) duration() time.Duration {
	if s.peek() != '{' {
		v, ok := s.float()
		if !ok {
			return 0
		}
		return seconds(v)
	}
	var secs, nanos int64
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "secs":
			secs, _ = s.integer()
		case "nanos":
			nanos, _ = s.integer()
		default:
			s.skip()
		}
	}
	if secs < 0 || secs > 366*24*3600 || nanos < 0 || nanos >= 1e9 {
		return 0
	}
	return time.Duration(secs)*time.Second + time.Duration(nanos)
}

// parsed joins the types of Codex's own reading of a command: "read,search".
func (d *Decoder) parsed(s *scanner) string {
	if !s.open('[') {
		s.skip()
		return ""
	}
	d.argv = d.argv[:0]
	for n := 0; s.more(n, ']'); n++ {
		kind := ""
		if s.peek() == '{' {
			kind = d.parsedKind(s)
		} else {
			s.skip()
		}
		if kind == "" || len(d.argv)+len(kind) > maxInterned {
			continue
		}
		if len(d.argv) > 0 {
			d.argv = append(d.argv, ',')
		}
		d.argv = append(d.argv, kind...)
	}
	return d.names.get(bytes.ToValidUTF8(d.argv, nil))
}

func (d *Decoder) parsedKind(s *scanner) (kind string) {
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		if string(s.key()) == "type" {
			kind = d.name(s)
		} else {
			s.skip()
		}
	}
	return kind
}
