package rollout

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

func ri(payload string) string { return wrap("response_item", payload) }

const patchText = "*** Begin Patch\n*** Add File: a.txt\n+one\n+two\n*** Update File: b.go\n*** Move to: c.go\n@@\n-x\n+y\n+z\n k\n*** Delete File: d\n*** End Patch"

var patchFiles = []model.FileChange{{Path: "a.txt", Kind: "add", Added: 2}, {Path: "b.go", Kind: "update", Added: 2, Removed: 1, MovedTo: "c.go"}, {Path: "d", Kind: "delete", Removed: -1}}

var toolCases = []struct {
	name, line string
	want       model.Event
}{
	{"exec_command", ri(`{"type":"function_call","id":"fc","name":"exec_command","arguments":"{\"cmd\": \"git \\\"x\\\"\", \"workdir\":\"/w\"}","call_id":"c1"}`),
		model.Event{Kind: model.EventToolCall, Type: "response_item.function_call", Tool: model.Tool{CallID: "c1", Name: "exec_command", Command: `git "x"`, Cwd: "/w", Args: `{"cmd": "git \"x\"", "workdir":"/w"}`}}},
	{"shell, no login shell", ri(`{"type":"function_call","name":"shell","arguments":"{\"command\":[\"rg\",\"-n\",\"foo\"]}","call_id":"c1"}`),
		model.Event{Kind: model.EventToolCall, Type: "response_item.function_call", Tool: model.Tool{CallID: "c1", Name: "shell", Command: "rg -n foo", Args: `{"command":["rg","-n","foo"]}`}}},
	{"namespace", ri(`{"type":"function_call","name":"search","namespace":"mcp__docs","arguments":"{}","call_id":"c1"}`),
		model.Event{Kind: model.EventToolCall, Type: "response_item.function_call", Tool: model.Tool{CallID: "c1", Name: "mcp__docs.search", Args: "{}"}}},
	{"local shell", ri(`{"type":"local_shell_call","call_id":"c","status":"completed","action":{"type":"exec","command":["/bin/bash","-lc","make"],"working_directory":"/w"}}`),
		model.Event{Kind: model.EventToolCall, Type: "response_item.local_shell_call", Status: "completed", Tool: model.Tool{CallID: "c", Name: "local_shell", Command: "make", Cwd: "/w"}}},
	{"web search", ri(`{"type":"web_search_call","id":"ws","status":"completed","action":{"type":"search","query":"codex"}}`),
		model.Event{Kind: model.EventToolCall, Type: "response_item.web_search_call", Status: "completed", Tool: model.Tool{CallID: "ws", Name: "web_search", Args: "codex"}}},
	{"code mode", ri(`{"type":"custom_tool_call","call_id":"c","name":"exec","input":"text(1);\n"}`),
		model.Event{Kind: model.EventToolCall, Type: "response_item.custom_tool_call", Tool: model.Tool{CallID: "c", Name: "exec", Args: "text(1);\n"}}},
	{"patch", ri(fmt.Sprintf(`{"type":"custom_tool_call","call_id":"c","name":"apply_patch","input":%q}`, patchText+"\n")),
		model.Event{Kind: model.EventToolCall, Type: "response_item.custom_tool_call", Tool: model.Tool{CallID: "c", Name: "apply_patch", Args: patchText}, Changes: patchFiles}},
	{"patch in a heredoc", ri(fmt.Sprintf(`{"type":"function_call","call_id":"c","name":"shell","arguments":%q}`, fmt.Sprintf(`{"command":["bash","-lc",%q]}`, "apply_patch <<'EOF'\n"+patchText+"\nEOF"))),
		model.Event{Kind: model.EventToolCall, Type: "response_item.function_call", Tool: model.Tool{CallID: "c", Name: "shell", Args: patchText, Command: "apply_patch <<'EOF'\n" + patchText + "\nEOF"}, Changes: patchFiles}},
	{"patch as a function", ri(fmt.Sprintf(`{"type":"function_call","call_id":"c","name":"apply_patch","arguments":%q}`, fmt.Sprintf(`{"input":%q}`, patchText))),
		model.Event{Kind: model.EventToolCall, Type: "response_item.function_call", Tool: model.Tool{CallID: "c", Name: "apply_patch", Args: patchText}, Changes: patchFiles}},

	{"output of 0.169", ri(`{"type":"function_call_output","call_id":"c","output":"Chunk ID: fd7c59\nWall time: 6.5 seconds\nProcess exited with code 3\nOriginal token count: 4\nOutput:\nProcess exited with code 9\n"}`),
		model.Event{Kind: model.EventToolOutput, Type: "response_item.function_call_output", Tool: model.Tool{CallID: "c", ExitCode: 3, HasExit: true, Duration: 6500 * time.Millisecond,
			Output: "Chunk ID: fd7c59\nWall time: 6.5 seconds\nProcess exited with code 3\nOriginal token count: 4\nOutput:\nProcess exited with code 9\n", OutputBytes: 132}}},
	{"output that poses", ri(`{"type":"function_call_output","call_id":"c","output":"ok\nExit code: 7\n"}`),
		model.Event{Kind: model.EventToolOutput, Type: "response_item.function_call_output", Tool: model.Tool{CallID: "c", Output: "ok\nExit code: 7\n", OutputBytes: 18}}},
	{"output of 2025", ri(`{"type":"function_call_output","call_id":"c","output":"{\"output\":\"a\\nb\",\"metadata\":{\"exit_code\":2,\"duration_seconds\":0.5}}"}`),
		model.Event{Kind: model.EventToolOutput, Type: "response_item.function_call_output", Tool: model.Tool{CallID: "c", Output: "a\nb", ExitCode: 2, HasExit: true, Duration: 500 * time.Millisecond, OutputBytes: 78}}},
	{"output that looks so", ri(`{"type":"function_call_output","call_id":"c","output":"{\"output\":\"a\"} \"metadata\":{\"exit_code\":2}"}`),
		model.Event{Kind: model.EventToolOutput, Type: "response_item.function_call_output", Tool: model.Tool{CallID: "c", Output: `{"output":"a"} "metadata":{"exit_code":2}`, OutputBytes: 49}}},
	{"output in parts", ri(`{"type":"custom_tool_call_output","call_id":"c","output":[{"type":"input_text","text":"Script completed\nWall time 5.3 seconds\nOutput:\n"},{"type":"input_text","text":"x"}]}`),
		model.Event{Kind: model.EventToolOutput, Type: "response_item.custom_tool_call_output", Tool: model.Tool{CallID: "c", Duration: 5300 * time.Millisecond, Output: "Script completed\nWall time 5.3 seconds\nOutput:\nx", OutputBytes: 51}}},

	{"command", msg(`{"type":"item_completed","thread_id":"T","turn_id":"U","item":{"type":"CommandExecution","id":"c","process_id":"1","command":["/bin/bash","-lc","go test"],"cwd":"file:///w","parsed_cmd":[{"type":"read","cmd":"x"},{"type":"unknown"}],"source":"unified_exec_startup","status":"failed","aggregated_output":"F\"\n","exit_code":-1,"duration":{"secs":6,"nanos":500}}}`),
		model.Event{Kind: model.EventToolEnd, Type: "event_msg.item_completed.CommandExecution", ThreadID: "T", TurnID: "U", Status: "failed", Tool: model.Tool{CallID: "c", Name: "exec_command", Command: "go test", Cwd: "/w",
			Parsed: "read,unknown", Source: "unified_exec_startup", ExitCode: -1, HasExit: true, Duration: 6*time.Second + 500, Output: "F\"\n", OutputBytes: 5}}},
	{"command, extended persistence", msg(`{"type":"exec_command_end","call_id":"c","turn_id":"U","command":["ls"],"cwd":"/w","stdout":"o","stderr":"","exit_code":0,"duration":{"secs":0,"nanos":7}}`),
		model.Event{Kind: model.EventToolEnd, Type: "event_msg.exec_command_end", TurnID: "U", Status: "completed", Tool: model.Tool{CallID: "c", Name: "exec_command", Command: "ls", Cwd: "/w", HasExit: true, Duration: 7, Output: "o", OutputBytes: 1}}},
	{"files", msg(`{"type":"item_completed","thread_id":"T","turn_id":"U","item":{"type":"FileChange","id":"c","changes":{"/w/\u0061":{"type":"add","content":"1\n2"},"/w/b":{"type":"update","unified_diff":"@@ -1 +1,2 @@\n-x\n+y\n+z\n-- gone\n","move_path":"/w/c"},"/w/d":{"type":"delete","content":"1\n"}},"status":"completed","stdout":"S","stderr":""}}`),
		model.Event{Kind: model.EventFileChange, Type: "event_msg.item_completed.FileChange", ThreadID: "T", TurnID: "U", Status: "completed", Tool: model.Tool{CallID: "c", Name: "apply_patch", Output: "S", OutputBytes: 1},
			Changes: []model.FileChange{{Path: "/w/a", Kind: "add", Added: 2}, {Path: "/w/b", Kind: "update", Added: 2, Removed: 2, MovedTo: "/w/c"}, {Path: "/w/d", Kind: "delete", Removed: 1}}}},
	{"files, event", msg(`{"type":"patch_apply_end","call_id":"c","turn_id":"U","stdout":"","stderr":"","success":true,"changes":{"a":{"add":{"content":"1\n"}},"b":{"update":{"unified_diff":"@@\n+y\n","move_path":null}}}}`),
		model.Event{Kind: model.EventFileChange, Type: "event_msg.patch_apply_end", TurnID: "U", Status: "completed", Tool: model.Tool{CallID: "c", Name: "apply_patch"},
			Changes: []model.FileChange{{Path: "a", Kind: "add", Added: 1}, {Path: "b", Kind: "update", Added: 1}}}},
	{"patch that failed", msg(`{"type":"patch_apply_end","call_id":"c","stderr":"no","success":false,"changes":{}}`),
		model.Event{Kind: model.EventToolEnd, Type: "event_msg.patch_apply_end", Status: "failed", Tool: model.Tool{CallID: "c", Name: "apply_patch"}}},
	{"MCP item", msg(`{"type":"item_completed","thread_id":"T","turn_id":"U","item":{"type":"McpToolCall","id":"c","server":"s","tool":"t","arguments":{"a":1},"status":"failed","result":null,"error":{"message":"down"},"duration":{"secs":1,"nanos":0}}}`),
		model.Event{Kind: model.EventToolEnd, Type: "event_msg.item_completed.McpToolCall", ThreadID: "T", TurnID: "U", Status: "failed", Tool: model.Tool{CallID: "c", Name: "s.t", Args: `{"a":1}`, Duration: time.Second, Output: "down"}}},
	{"web search end", msg(`{"type":"web_search_end","call_id":"c","query":"q","action":{"type":"search","query":"q"}}`),
		model.Event{Kind: model.EventToolEnd, Type: "event_msg.web_search_end", Tool: model.Tool{CallID: "c", Name: "web_search", Args: "q"}}},
	{"sub-agent v1", msg(`{"type":"item_completed","thread_id":"T","turn_id":"U","item":{"type":"CollabAgentToolCall","id":"c","tool":"spawn_agent","status":"completed","receiver_thread_ids":["K"],"prompt":"p","model":"m","reasoning_effort":"medium","agents_states":{"K":"pending_init"}}}`),
		model.Event{Kind: model.EventSubAgent, Type: "event_msg.item_completed.CollabAgentToolCall", ThreadID: "T", TurnID: "U", Status: "completed", Model: "m", Effort: "medium", Tool: model.Tool{CallID: "c", Name: "spawn_agent", Args: "p"}, AgentThreadIDs: []string{"K"}}},
	{"sub-agent v2", msg(`{"type":"item_completed","thread_id":"T","turn_id":"U","item":{"type":"SubAgentActivity","model":null,"id":"c","kind":"started","agent_thread_id":"K","agent_path":"/root/kid"}}`),
		model.Event{Kind: model.EventSubAgent, Type: "event_msg.item_completed.SubAgentActivity", ThreadID: "T", TurnID: "U", Status: "started", Tool: model.Tool{CallID: "c", Name: "SubAgentActivity"}, AgentThreadIDs: []string{"K"}}},
}

func TestTextIsCutAtACharacter(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("a", model.MaxText-1) + "✓✓",
		strings.Repeat("\\u2713", 3000),
		strings.Repeat("\\ud83d\\ude00", 3000),
		strings.Repeat("\xff", 5000),
		strings.Repeat("\\n", 5000),
		"x\\ud800y" + strings.Repeat("é", 3000),
	} {
		e := mustDecode(t, NewDecoder(Options{Detail: true}), []byte(msg(`{"type":"agent_message","message":"`+text+`"}`)))
		if len(e.Text) > model.MaxText || text[0] != 0xff && len(e.Text) < model.MaxText-3 || !utf8.ValidString(e.Text) {
			t.Errorf("%.40q: %d bytes, valid %v", text, len(e.Text), utf8.ValidString(e.Text))
		}
	}
}

func TestUnescape(t *testing.T) {
	for raw, want := range map[string]string{
		`plain`: "plain", `\n\t\r\b\f\/\\\"`: "\n\t\r\b\f/\\\"", `\u00e9`: "é", `\ud83d\ude00!`: "😀!", `\ud83d`: "\uFFFD", `\ud83dx`: "\uFFFDx",
		`\ude00\ud83d\ude00`: "\uFFFD😀", `\u00zz`: `\u00zz`, `\q`: `\q`, `end\`: `end\`, `\u12`: `\u12`,
	} {
		if got := string(unescape(nil, []byte(raw))); got != want {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}
}

func TestParseTime(t *testing.T) {
	for s, want := range map[string]time.Time{
		"2026-11-23T10:39:39.722Z":       at,
		"2026-11-23T10:39:39.722000001Z": at.Add(1),
		"2026-11-23T10:39:39Z":           at.Truncate(time.Second),
		"2026-11-23T05:39:39.722-05:00":  at,
		"2024-02-29T00:00:00Z":           time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		"2023-02-29T00:00:00Z":           {},
		"1969-12-31T23:59:59Z":           time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC),
		"2026-13-01T00:00:00Z":           {},
		"2026-04-31T00:00:00Z":           {},
		"2026-11-23T24:00:00Z":           {},
		"2026-11-23T10:39:39.Z":          {},
		"2026-11-23T10:39:39.7x2Z":       {},
		"2026-11-23 10:39:39.722":        {},
		"":                               {},
	} {
		if got := parseTime([]byte(s)); !got.Equal(want) || got.Location() != time.UTC && !got.IsZero() {
			t.Errorf("%q is %v, want %v", s, got, want)
		}
	}
	for day := time.Date(1999, 1, 1, 3, 4, 5, 6e6, time.UTC); day.Year() < 2101; day = day.AddDate(0, 0, 1) {
		if got := parseTime([]byte(day.Format("2006-01-02T15:04:05.000Z"))); !reflect.DeepEqual(got, day) {
			t.Fatalf("%v is read as %v", day, got)
		}
	}
}

// TestCutLines gives lines of which the middle was dropped.
func TestCutLines(t *testing.T) {
	long := strings.Repeat(`output \"quoted\" \n`, 200)
	for _, c := range []struct {
		name, line, reason string
		want               model.Event
	}{
		{"message", ri(`{"type":"message","role":"user","content":[{"text":"` + long + `"}]}`), "", model.Event{Type: "response_item.message"}},
		{"compacted", wrap("compacted", `{"message":"`+long+`","compaction_response_id":"resp_1","latest_token_usage_record":{"response_id":"no"}}`), "",
			model.Event{Kind: model.EventCompacted, Type: "compacted", ResponseID: "resp_1"}},
		{"record", strings.Replace(recordLine, `"usage"`, `"x":"`+long+`","usage"`, 1), tooLong, model.Event{}},
		{"token count", msg(`{"type":"token_count","x":"` + long + `","info":null}`), tooLong, model.Event{}},
		{"payload first", `{"payload":{"x":"` + long + `"},"type":"event_msg","timestamp":"2026-11-23T10:39:39.722Z"}`, tooLong, model.Event{}},
		{"not closed", strings.TrimSuffix(ri(`{"type":"message","x":"`+long), "}"), notJSON, model.Event{}},
		{"spaces", `{"timestamp": "2026-11-23T10:39:39.722Z", "ordinal": 7, "type": "response_item", "payload": {"type": "message", "x": "` + long + `"}}`, "", model.Event{Type: "response_item.message"}},
		{"turn", msg(`{"type":"task_complete","turn_id":"U","last_agent_message":"` + long + `"}`), "",
			model.Event{Kind: model.EventTurnEnded, Type: "event_msg.task_complete", TurnID: "U", Status: "completed"}},
		{"meta", wrap("session_meta", `{"id":"T","forked_from_id":"P","base_instructions":{"text":"`+long+`"},"history_mode":"paginated","history_base":{"thread_id":"B"},"subagent_history_start_ordinal":4}`), "",
			model.Event{Kind: model.EventMeta, Type: "session_meta", ThreadID: "T", Meta: &model.Meta{ID: "T", ForkedFrom: "P", HistoryMode: "paginated", HasBase: true, HistoryBase: "B", OwnOrdinal: 4}}},
	} {
		b := []byte(c.line)
		l := watch.Line{Bytes: b[:300], Tail: b[len(b)-200:], Size: int64(len(b))}
		var e model.Event
		err := NewDecoder(Options{Detail: true}).Decode(l, &e)
		if c.reason != "" {
			if bad, ok := err.(BadLine); !ok || bad.Reason != c.reason {
				t.Errorf("%s: %v, want %q", c.name, err, c.reason)
			}
			continue
		}
		if c.want.At, c.want.Ordinal = at, 7; err != nil || !reflect.DeepEqual(e, c.want) {
			t.Errorf("%s: %v\n got %+v %+v\nwant %+v %+v", c.name, err, e, e.Meta, c.want, c.want.Meta)
		}
	}
}

func TestCutOutputsKeepTheirExitCode(t *testing.T) {
	long := strings.Repeat(`output \"quoted\" \n`, 300)
	for name, l := range map[string]string{
		"header":  ri(`{"type":"function_call_output","call_id":"c","output":"Wall time: 2 seconds\nProcess exited with code 3\nOutput:\n` + long + `"}`),
		"item":    msg(`{"type":"item_completed","thread_id":"T","turn_id":"U","item":{"type":"CommandExecution","id":"c","command":["ls"],"status":"failed","aggregated_output":"` + long + `","exit_code":3,"duration":{"secs":2,"nanos":0}},"completed_at_ms":1}`),
		"wrapped": ri(`{"type":"function_call_output","call_id":"c","output":"{\"output\":\"` + strings.ReplaceAll(long, `\`, `\\\`) + `\",\"metadata\":{\"exit_code\":3,\"duration_seconds\":2.0}}"}`),
	} {
		b := []byte(l)
		cut := watch.Line{Bytes: b[:400], Tail: b[len(b)-200:], Size: int64(len(b))}
		var e model.Event
		err := NewDecoder(Options{Detail: true}).Decode(cut, &e)
		if err != nil || e.Tool.CallID != "c" || !e.Tool.HasExit || e.Tool.ExitCode != 3 || e.Tool.Output == "" || e.Tool.OutputBytes < int64(len(long)) {
			t.Errorf("%s: %v %+v", name, err, e.Tool)
		}
	}
}
