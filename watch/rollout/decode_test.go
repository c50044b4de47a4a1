package rollout

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

var at = time.Date(2026, 11, 23, 10, 39, 39, 722e6, time.UTC)

// wrap puts a payload into the envelope that Codex writes, at the time at.
func wrap(typ, payload string) string {
	return fmt.Sprintf(`{"timestamp":"2026-11-23T10:39:39.722Z","ordinal":7,"type":%q,"payload":%s}`, typ, payload)
}

func msg(payload string) string { return wrap("event_msg", payload) }

func u(input, cached, write, output, reasoning model.Tokens) model.Usage {
	return model.Usage{Input: input, Cached: cached, CacheWrite: write, Output: output, Reasoning: reasoning}
}

// decodeCases are lines with everything that their events say, but At and
// Ordinal where these are those of wrap.
var decodeCases = []struct {
	name, line string
	want       model.Event
}{
	{"usage record", recordLine, model.Event{Kind: model.EventRecord, Type: "token_usage_record", Ordinal: 10,
		ThreadID: "01a207fd-6a76-7181-ab05-223610319e9b", TurnID: "01a207fd-6ba0-7bf3-9cb0-fa67da9a7fa7", RootTurnID: "01a207fd-6ba0-7bf3-9cb0-fa67da9a7fa7",
		ResponseID: "resp_18770_12", Usage: u(10000, 8000, 7, 150, 40), UsageTotal: 10150, ThreadTotal: u(20000, 0, 0, 300, 80)}},
	{"usage record, odd numbers", wrap("token_usage_record", `{"response_id":"r","usage":{"output_tokens":"20","input_tokens":1000.0,"cached_input_tokens":1e2,"reasoning_output_tokens":null,"new":{"input_tokens":9}},"thread_token_usage":{"input_tokens":-1}}`),
		model.Event{Kind: model.EventRecord, Type: "token_usage_record", ResponseID: "r", Usage: u(1000, 100, 0, 20, 0), UsageTotal: 1020}},
	{"token count with limits", tokenCountLine, model.Event{Kind: model.EventTokenCount, Type: "event_msg.token_count", Ordinal: 13, At: at.Add(38 * time.Millisecond),
		HasInfo: true, HasTotal: true, Total: u(20000, 8000, 0, 300, 80), TotalTokens: 20300, HasLast: true, Last: u(10000, 8000, 0, 150, 40), LastTokens: 10150, Window: 258400,
		Limits: []model.Limit{
			{ID: "codex", Minutes: 300, Used: 12.5, ResetsAt: time.Unix(1795437579, 0).UTC(), At: at.Add(38 * time.Millisecond), Plan: "pro"},
			{ID: "codex", Minutes: 10080, Used: 40, ResetsAt: time.Unix(1795730379, 0).UTC(), At: at.Add(38 * time.Millisecond), Plan: "pro"}}}},
	{"token count without info", msg(`{"type":"token_count","info":null,"rate_limits":null}`), model.Event{Kind: model.EventTokenCount, Type: "event_msg.token_count"}},
	{"token count of 0.45", msg(`{"type":"token_count","info":{"total_token_usage":{"input_tokens":5,"cached_input_tokens":1,"output_tokens":2,"reasoning_output_tokens":0,"total_tokens":7},"last_token_usage":null,"model_context_window":null},"rate_limits":{"primary":{"used_percent":6.25,"window_minutes":10079,"resets_in_seconds":60}}}`),
		model.Event{Kind: model.EventTokenCount, Type: "event_msg.token_count", HasInfo: true, HasTotal: true, Total: u(5, 1, 0, 2, 0), TotalTokens: 7,
			Limits: []model.Limit{{Minutes: 10080, Used: 6.25, ResetsAt: at.Add(time.Minute), At: at}}}},
	{"token count, odd objects", msg(`{"type":"token_count","info":{"total_token_usage":"none","last_token_usage":{"total_tokens":6859},"model_context_window":-3},"rate_limits":[1]}`),
		model.Event{Kind: model.EventTokenCount, Type: "event_msg.token_count", HasInfo: true, HasLast: true, LastTokens: 6859}},
	{"limits by length, not by slot", msg(`{"type":"token_count","info":null,"rate_limits":{"secondary":{"used_percent":1,"window_minutes":300},"primary":{"used_percent":2,"window_minutes":44640},"third":{"used_percent":3,"window_minutes":60},"fourth":{"used_percent":null,"window_minutes":300},"individual_limit":{"limit":"100","used":"3","remaining_percent":97,"resets_at":1795437579},"plan_type":"team"}}`),
		model.Event{Kind: model.EventTokenCount, Type: "event_msg.token_count", Limits: []model.Limit{
			{Minutes: 300, Used: 1, At: at, Plan: "team"}, {Minutes: 43200, Used: 2, At: at, Plan: "team"},
			{Minutes: 0, Used: 3, ResetsAt: time.Unix(1795437579, 0).UTC(), At: at, Plan: "team"}}}},
	{"limits before 0.41", msg(`{"type":"token_count","info":null,"rate_limits":{"primary_used_percent":5.0,"secondary_used_percent":7,"primary_to_secondary_ratio_percent":10,"primary_window_minutes":300,"secondary_window_minutes":10080}}`),
		model.Event{Kind: model.EventTokenCount, Type: "event_msg.token_count", Limits: []model.Limit{{Minutes: 300, Used: 5, At: at}, {Minutes: 10080, Used: 7, At: at}}}},
	{"token count inside an MCP result", msg(`{"type":"mcp_tool_call_end","call_id":"c","invocation":{"server":"s","tool":"t","arguments":{"type":"token_count"}},"duration":{"secs":1,"nanos":5},"result":{"Ok":{"content":[{"type":"text","text":"x"}],"info":{"total_token_usage":{"input_tokens":1}}}}}`),
		model.Event{Kind: model.EventToolEnd, Type: "event_msg.mcp_tool_call_end", Status: "completed",
			Tool: model.Tool{CallID: "c", Name: "s.t", Args: `{"type":"token_count"}`, Duration: time.Second + 5, Output: "x", OutputBytes: 1}}},

	{"turn context", wrap("turn_context", `{"turn_id":"t","cwd":"/w","approval_policy":"never","model":"gpt-5.5","comp_hash":"2911","collaboration_mode":{"mode":"default","settings":{"model":"other"}},"effort":"low","sandbox_policy":{"type":"danger-full-access"}}`),
		model.Event{Kind: model.EventTurnContext, Type: "turn_context", TurnID: "t", Cwd: "/w", Approval: "never", Model: "gpt-5.5", Comp: "2911", Effort: "low", Sandbox: "danger-full-access"}},
	{"turn context without a model", wrap("turn_context", `{"collaboration_mode":{"settings":{"model":"gpt-x"}},"approval_policy":{"granular":{"rules":true}},"sandbox_policy":{"mode":"workspace-write","network_access":false},"effort":null}`),
		model.Event{Kind: model.EventTurnContext, Type: "turn_context", Approval: "granular", Model: "gpt-x", Sandbox: "workspace-write"}},
	{"world state with a model", wrap("world_state", `{"full":false,"state":{"collaboration_mode":{"model":"gpt-6-luna","instructions":"0a"},"model":"gpt-5"}}`),
		model.Event{Kind: model.EventModel, Type: "world_state", Model: "gpt-6-luna"}},
	{"world state without", wrap("world_state", `{"full":false,"state":{"model":"gpt-5","environments":{"collaboration_mode":{"model":"no"}}}}`), model.Event{Type: "world_state"}},
	{"settings", msg(`{"type":"thread_settings_applied","thread_id":"x","thread_settings":{"model":"m","service_tier":"priority","reasoning_effort":"high","cwd":"/w"}}`),
		model.Event{Kind: model.EventSettings, Type: "event_msg.thread_settings_applied", ThreadID: "x", Model: "m", Tier: "priority", HasTier: true, Effort: "high", Cwd: "/w"}},
	{"settings back to the default tier", msg(`{"type":"thread_settings_applied","thread_settings":{"model":"m","service_tier":null}}`),
		model.Event{Kind: model.EventSettings, Type: "event_msg.thread_settings_applied", Model: "m", HasTier: true}},
	{"turn started", msg(`{"type":"task_started","turn_id":"t","root_turn_id":"r","started_at":1795430378,"model_context_window":258400}`),
		model.Event{Kind: model.EventTurnStarted, Type: "event_msg.task_started", TurnID: "t", RootTurnID: "r", StartedAt: time.Unix(1795430378, 0).UTC(), Window: 258400}},
	{"turn complete", msg(`{"type":"task_complete","turn_id":"t","last_agent_message":"don\u0065 \"x\"","error":null}`),
		model.Event{Kind: model.EventTurnEnded, Type: "event_msg.task_complete", TurnID: "t", Status: "completed", Text: `done "x"`}},
	{"turn failed", msg(`{"type":"task_complete","turn_id":"t","last_agent_message":null,"error":{"message":"budget reached","codex_error_info":"session_budget_exceeded"}}`),
		model.Event{Kind: model.EventTurnEnded, Type: "event_msg.task_complete", TurnID: "t", Status: "failed", Reason: "session_budget_exceeded", Text: "budget reached"}},
	{"turn failed, error with fields", msg(`{"type":"task_complete","turn_id":"t","error":{"message":"m","codex_error_info":{"http_connection_failed":{"http_status_code":500}}}}`),
		model.Event{Kind: model.EventTurnEnded, Type: "event_msg.task_complete", TurnID: "t", Status: "failed", Reason: "http_connection_failed", Text: "m"}},
	{"turn failed, message only", msg(`{"type":"task_complete","turn_id":"t","error":{"message":"m"}}`),
		model.Event{Kind: model.EventTurnEnded, Type: "event_msg.task_complete", TurnID: "t", Status: "failed", Reason: "m", Text: "m"}},
	{"turn aborted", msg(`{"type":"turn_aborted","turn_id":"t","reason":"interrupted"}`),
		model.Event{Kind: model.EventTurnEnded, Type: "event_msg.turn_aborted", TurnID: "t", Status: "aborted", Reason: "interrupted"}},
	{"error event", msg(`{"type":"error","message":"boom","codex_error_info":"other"}`), model.Event{Type: "event_msg.error", Status: "failed", Reason: "other", Text: "boom"}},
	{"review", msg(`{"type":"entered_review_mode","target":{"type":"uncommittedChanges"},"user_facing_hint":"current changes"}`),
		model.Event{Kind: model.EventReview, Type: "event_msg.entered_review_mode", Status: "entered", Text: "current changes"}},
	{"rollback", msg(`{"type":"thread_rolled_back","num_turns":1}`), model.Event{Kind: model.EventRollback, Type: "event_msg.thread_rolled_back"}},
	{"compacted", wrap("compacted", `{"message":"s","replacement_history":[{"compaction_response_id":"no"}],"compaction_response_id":"resp_1","latest_token_usage_record":{"response_id":"resp_1","usage":{"input_tokens":7000}}}`),
		model.Event{Kind: model.EventCompacted, Type: "compacted", ResponseID: "resp_1"}},

	{"legacy user message", msg(`{"type":"user_message","message":"hello","images":[]}`), model.Event{Kind: model.EventUserMessage, Type: "event_msg.user_message", Text: "hello"}},
	{"legacy reasoning", msg(`{"type":"agent_reasoning","text":"**Thinking**"}`), model.Event{Kind: model.EventReasoning, Type: "event_msg.agent_reasoning", Text: "**Thinking**"}},
	{"item user message", msg(`{"type":"item_completed","thread_id":"T","turn_id":"U","item":{"type":"UserMessage","id":"i","content":[{"type":"text","text":"a","text_elements":[]},{"type":"image"},{"type":"text","text":"b"}]}}`),
		model.Event{Kind: model.EventUserMessage, Type: "event_msg.item_completed.UserMessage", ThreadID: "T", TurnID: "U", Text: "a\nb"}},
	{"a type that isn't known", wrap("novelty", `{"type":"token_count"}`), model.Event{Type: "novelty", Unknown: true}},
	{"an item that isn't known", msg(`{"type":"item_completed","thread_id":"T","turn_id":"U","item":{"type":"Dance"}}`), model.Event{Type: "event_msg.item_completed.Dance", Unknown: true}},
	{"unused", wrap("inter_agent_communication_metadata", `{"trigger_turn":true}`), model.Event{Type: "inter_agent_communication_metadata"}},
	{"a response item quotes a session", wrap("response_item", `{"type":"message","role":"user","content":[{"type":"input_text","text":"{\"timestamp\":\"2026-01-01T00:00:00Z\",\"type\":\"event_msg\",\"payload\":{\"type\":\"token_count\"}}"}]}`),
		model.Event{Type: "response_item.message"}},
}

func TestDecode(t *testing.T) {
	for _, c := range append(decodeCases, toolCases...) {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want.At.IsZero() {
				want.At = at
			}
			if want.Ordinal == 0 {
				want.Ordinal = 7
			}
			d := NewDecoder(Options{Detail: true})
			if got := mustDecode(t, d, []byte(c.line)); !reflect.DeepEqual(got, want) {
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
			both(t, d, []byte(c.line))
			both(t, NewDecoder(Options{}), []byte(c.line))
			if known := !strings.Contains(c.name, "isn't known"); Known(want.Type) != known || want.Unknown == known {
				t.Errorf("Known(%q) = %v", want.Type, !known)
			}
		})
	}
}

// badCases are lines that are lost, with the reason.
var badCases = []struct{ name, line, reason string }{
	{"no JSON", `hello`, notJSON},
	{"NULs", "\x00\x00\x00\x00", notJSON},
	{"a number", `12`, notObject},
	{"a list", `[{"type":"event_msg"}]`, notObject},
	{"a string", `"x"`, notObject},
	{"null", `null`, notObject},
	{"empty object", `{}`, noType},
	{"no type", `{"timestamp":"2026-11-23T10:39:39.722Z","payload":{}}`, noType},
	{"type is a number", `{"type":1,"payload":{"type":"token_count"}}`, noType},
	{"payload is null", wrap("turn_context", `null`), badPayload},
	{"no payload", `{"type":"event_msg"}`, badPayload},
	{"payload is a list", wrap("event_msg", `[]`), badPayload},
	{"record without usage", wrap("token_usage_record", `{"usage":null,"response_id":"r"}`), badPayload},
	{"negative", wrap("token_usage_record", `{"usage":{"input_tokens":-1}}`), badNumber},
	{"fraction", wrap("token_usage_record", `{"usage":{"input_tokens":1.5}}`), badNumber},
	{"fraction of a large one", wrap("token_usage_record", `{"usage":{"input_tokens":9007199254740993.5}}`), badNumber},
	{"overflow", wrap("token_usage_record", `{"usage":{"input_tokens":99999999999999999999}}`), badNumber},
	{"float overflow", wrap("token_usage_record", `{"usage":{"input_tokens":1e300}}`), badNumber},
	{"text", wrap("token_usage_record", `{"usage":{"input_tokens":"many"}}`), badNumber},
	{"a flag", wrap("token_usage_record", `{"usage":{"input_tokens":true}}`), badNumber},
	{"an object", wrap("token_usage_record", `{"usage":{"output_tokens":{}}}`), badNumber},
	{"negative last", msg(`{"type":"token_count","info":{"last_token_usage":{"output_tokens":-5}}}`), badNumber},
	{"torn record", recordLine[:400], notJSON},
	{"torn message", wrap("response_item", `{"type":"message","role":"user"}`)[:90], notJSON},
	{"two lines in one", wrap("response_item", `{"type":"message","role":"us`)[:100] + recordLine, notJSON},
	{"text after the object", recordLine + "x", notJSON},
	{"closed once too often", recordLine + "}", notJSON},
}

func TestDecodeBadLines(t *testing.T) {
	for _, c := range badCases {
		for _, detail := range []bool{false, true} {
			d := NewDecoder(Options{Detail: detail})
			e := model.Event{Text: "old"}
			err := d.Decode(watch.Line{Bytes: []byte(c.line), Offset: 99, Size: int64(len(c.line))}, &e)
			var bad BadLine
			if !errors.As(err, &bad) || bad.Reason != c.reason || bad.Offset != 99 {
				t.Errorf("%s: %v, want %q", c.name, err, c.reason)
			}
			if !reflect.DeepEqual(e, model.Event{Ordinal: -1}) {
				t.Errorf("%s: event %+v is left", c.name, e)
			}
			both(t, d, []byte(c.line))
		}
	}
}

func TestDecodeTruncatedAnywhere(t *testing.T) {
	d := NewDecoder(Options{})
	for _, l := range []string{recordLine, tokenCountLine} {
		for n := 1; n < len(l); n++ {
			var e model.Event
			if err := d.Decode(line([]byte(l[:n])), &e); err == nil {
				t.Fatalf("the first %d bytes pass for a line: %s", n, l[:n])
			}
		}
	}
}

func TestDecodeEmptyLines(t *testing.T) {
	for _, l := range []string{"", " ", "\t \r", "\xef\xbb\xbf"} {
		e := mustDecode(t, NewDecoder(Options{}), []byte(l))
		if e.Kind != model.EventOther || e.Type != "" || !Known(e.Type) {
			t.Errorf("%q is %+v", l, e)
		}
	}
}

func TestDecodeMid2025(t *testing.T) {
	d := NewDecoder(Options{Detail: true})
	for _, c := range []struct {
		line string
		want model.Event
	}{
		{`{"id":"5973b6c0-94b8-487b-a530-2aeb6098ae0e","timestamp":"2025-05-07T17:24:21.597Z","instructions":"long","git":{"commit_hash":"c","branch":"main","repository_url":"u"}}`,
			model.Event{Kind: model.EventMeta, Type: "session_meta", Ordinal: -1, At: time.Date(2025, 5, 7, 17, 24, 21, 597e6, time.UTC), ThreadID: "5973b6c0-94b8-487b-a530-2aeb6098ae0e",
				Meta: &model.Meta{ID: "5973b6c0-94b8-487b-a530-2aeb6098ae0e", Timestamp: time.Date(2025, 5, 7, 17, 24, 21, 597e6, time.UTC), OwnOrdinal: -1, Bare: true, GitBranch: "main", GitCommit: "c", GitURL: "u"}}},
		{`{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}`, model.Event{Type: "response_item.message", Ordinal: -1}},
		{`{"record_type":"state"}`, model.Event{Type: "record_type.state", Ordinal: -1}},
		{`{"type":"function_call","name":"shell","arguments":"{\"command\":[\"bash\",\"-lc\",\"ls\"]}","call_id":"c1"}`,
			model.Event{Kind: model.EventToolCall, Type: "response_item.function_call", Ordinal: -1, Tool: model.Tool{CallID: "c1", Name: "shell", Command: "ls", Args: `{"command":["bash","-lc","ls"]}`}}},
	} {
		if got := mustDecode(t, d, []byte(c.line)); !reflect.DeepEqual(got, c.want) || !Known(got.Type) {
			t.Errorf("%s\n got %+v\nwant %+v", c.line, got, c.want)
		}
	}
}

func TestDecodeMeta(t *testing.T) {
	meta := func(more string) string {
		return wrap("session_meta", `{"session_id":"S","id":"T","timestamp":"2026-11-23T10:39:38.221Z","cwd":"/w","originator":"codex_exec","cli_version":"0.169.0","model_provider":"openai","history_mode":"paginated","base_instructions":{"text":"\"id\":\"no\"","id":"no"}`+more+`}`)
	}
	base := model.Meta{ID: "T", SessionID: "S", Timestamp: time.Date(2026, 11, 23, 10, 39, 38, 221e6, time.UTC), Cwd: "/w", Originator: "codex_exec", CLIVersion: "0.169.0",
		Provider: "openai", HistoryMode: "paginated", OwnOrdinal: -1}
	for more, set := range map[string]func(m *model.Meta){
		``:                                func(*model.Meta) {},
		`,"source":"exec"`:                func(m *model.Meta) { m.Source = "exec" },
		`,"source":{"subagent":"review"}`: func(m *model.Meta) { m.Source, m.SubAgent = "subagent", "review" },
		`,"source":{"subagent":{"other":"guardian"}}`:   func(m *model.Meta) { m.Source, m.SubAgent = "subagent", "guardian" },
		`,"source":{"custom":"chat"}`:                   func(m *model.Meta) { m.Source = "chat" },
		`,"source":{"internal":"memory_consolidation"}`: func(m *model.Meta) { m.Source = "internal" },
		`,"forked_from_id":"P"`:                         func(m *model.Meta) { m.ForkedFrom = "P" },
		`,"history_base":"B"`:                           func(m *model.Meta) { m.HasBase, m.HistoryBase = true, "B" },
		`,"history_base":null`:                          func(*model.Meta) {},
		`,"subagent_history_start_ordinal":18`:          func(m *model.Meta) { m.OwnOrdinal = 18 },
		`,"subagent_history_start_ordinal":0`:           func(m *model.Meta) { m.OwnOrdinal = 0 },
		`,"subagent_history_start_ordinal":null`:        func(*model.Meta) {},
		`,"thread_source":"user","agent_role":"worker"`: func(m *model.Meta) { m.ThreadSource, m.AgentRole = "user", "worker" },
		`,"git":{"commit_hash":"c","branch":null}`:      func(m *model.Meta) { m.GitCommit = "c" },
		`,"git":null`: func(*model.Meta) {},
		`,"history_base":{"thread_id":"B","end":1}`:          func(m *model.Meta) { m.HasBase, m.HistoryBase = true, "B" },
		`,"history_base":{"segment_id":"G","thread_id":"B"}`: func(m *model.Meta) { m.HasBase, m.HistoryBase = true, "G" },
		`,"parent_thread_id":"P","source":{"subagent":{"thread_spawn":{"parent_thread_id":"P","depth":2,"agent_path":"/root/kid","agent_nickname":"Nash","agent_role":null}}}`: func(m *model.Meta) {
			m.Source, m.SubAgent, m.ParentID, m.Depth, m.AgentPath, m.AgentName = "subagent", "thread_spawn", "P", 2, "/root/kid", "Nash"
		},
		`,"source":{"subagent":{"thread_spawn":{"parent_thread_id":"P","depth":1}}},"parent_thread_id":null`: func(m *model.Meta) {
			m.Source, m.SubAgent, m.ParentID, m.Depth = "subagent", "thread_spawn", "P", 1
		},
	} {
		want := base
		set(&want)
		e := mustDecode(t, NewDecoder(Options{}), []byte(meta(more)))
		if e.Kind != model.EventMeta || e.ThreadID != "T" || !reflect.DeepEqual(*e.Meta, want) {
			t.Errorf("%s\n got %+v\nwant %+v", more, *e.Meta, want)
		}
	}
}

func TestDecodeEnvelope(t *testing.T) {
	const payload = `"payload":{"type":"turn_aborted","reason":"interrupted"}`
	for _, c := range []struct {
		name, line string
		kind       model.EventKind
		at         time.Time
		ordinal    int64
	}{
		{"turned round", `{` + payload + `,"type":"event_msg","ordinal":3,"timestamp":"2026-11-23T10:39:39.722Z"}`, model.EventTurnEnded, at, 3},
		{"escapes", `{"\u0074ype":"event\u005fmsg","\u0070ayload":{"t\u0079pe":"turn_abor\u0074ed"}}`, model.EventTurnEnded, time.Time{}, -1},
		{"offset", `{"timestamp":"2026-11-23T12:39:39.722+02:00","type":"event_msg",` + payload + `}`, model.EventTurnEnded, at, -1},
		{"time that is none", `{"timestamp":"yesterday, early morning","type":"event_msg",` + payload + `}`, model.EventTurnEnded, time.Time{}, -1},
		{"time is a number", `{"timestamp":12,"type":"event_msg",` + payload + `}`, model.EventTurnEnded, time.Time{}, -1},
		{"ordinal null", `{"timestamp":"2026-11-23T10:39:39.722Z","ordinal":null,"type":"event_msg",` + payload + `}`, model.EventTurnEnded, at, -1},
		{"first type counts", `{"type":"event_msg","type":"compacted",` + payload + `}`, model.EventTurnEnded, time.Time{}, -1},
		{"first payload counts", `{"type":"event_msg",` + payload + `,"payload":{"type":"task_started"}}`, model.EventTurnEnded, time.Time{}, -1},
		{"first payload type counts", `{"type":"event_msg","payload":{"type":"turn_aborted","type":"task_started"}}`, model.EventTurnEnded, time.Time{}, -1},
		{"nested look-alike first", `{"metadata":{"type":"compacted","payload":{}},"type":"event_msg",` + payload + `}`, model.EventTurnEnded, time.Time{}, -1},
		{"envelope in a string", `{"note":"\"type\":\"compacted\"","type":"event_msg",` + payload + `}`, model.EventTurnEnded, time.Time{}, -1},
	} {
		e := mustDecode(t, NewDecoder(Options{}), []byte(c.line))
		if e.Kind != c.kind || !e.At.Equal(c.at) || e.Ordinal != c.ordinal {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

func TestUsageLinesDoNotAllocate(t *testing.T) {
	d := NewDecoder(Options{})
	for _, l := range []string{recordLine, tokenCountLine} {
		b := []byte(l)
		var e model.Event
		if n := testing.AllocsPerRun(1000, func() {
			if err := d.Decode(watch.Line{Bytes: b, Offset: 1}, &e); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a line", e.Type, n)
		}
	}
}

// TestEventsOutliveTheLine decodes through one buffer, as the reader of a file does.
func TestEventsOutliveTheLine(t *testing.T) {
	d := NewDecoder(Options{Detail: true})
	var kept, again []model.Event
	var buf []byte
	for _, c := range append(decodeCases, toolCases...) {
		buf = append(buf[:0], c.line...)
		e := mustDecode(t, d, buf)
		e.Limits = slices.Clone(e.Limits)
		kept = append(kept, e)
		clear(buf)
	}
	for _, c := range append(decodeCases, toolCases...) {
		again = append(again, mustDecode(t, NewDecoder(Options{Detail: true}), []byte(c.line)))
	}
	if !reflect.DeepEqual(kept, again) {
		t.Error("events changed with the buffer that they were read from")
	}
}

func TestKnown(t *testing.T) {
	for typ, want := range map[string]bool{"": true, "event_msg.token_count": true, "response_item.message": true, "session_meta": true, "retained_context": true,
		"event_msg.item_completed.Plan": true, "event_msg.item_completed": true, "event_msg.context_compacted": true, "response_item.ghost_snapshot": true,
		"event_msg": false, "event_msg.": false, "event_msg.x": false, "x": false, "event_msg.item_completed.X": false, "event_msg.item_completed.": false,
		"session_meta.x": false, "response_item. ": false, "event_msg.warning event_msg.error": false} {
		if Known(typ) != want {
			t.Errorf("Known(%q) = %v", typ, !want)
		}
	}
}
