package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const instructions = "You are a coding agent in a made-up fleet: this session was written by tokenburn demo."

// begin writes the session_meta line and the file's first instructions.
func (a *actor) begin(at time.Time) {
	s, c := &a.session, a.cast
	o := object{{"account_scoped", true}, {"session_id", s.run}, {"id", s.id}}
	var source any = c.source
	threadSource, originator := "user", "codex-tui"
	if c.source == "exec" {
		originator = "codex_exec"
	}
	if a.parent != nil {
		o = append(o, field{"parent_thread_id", a.parent.id})
		source = object{{"subagent", object{{"thread_spawn", object{{"parent_thread_id", a.parent.id}, {"depth", 1},
			{"agent_path", a.agentPath}, {"agent_nickname", a.nickname}, {"agent_role", nil}}}}}}
		threadSource = "subagent"
	}
	o = append(o, object{{"timestamp", at.UTC().Format("2006-01-02T15:04:05.000Z")}, {"cwd", c.cwd}, {"runtime_workspace_roots", []any{c.cwd}},
		{"originator", originator}, {"cli_version", "0.169.0"}, {"source", source}, {"thread_source", threadSource}}...)
	if a.parent != nil {
		o = append(o, field{"agent_nickname", a.nickname}, field{"agent_path", a.agentPath})
	}
	o = append(o, object{{"model_provider", "openai"}, {"base_instructions", object{{"text", instructions}}}, {"history_mode", "paginated"},
		{"context_window", object{{"window_id", uuid7(at, a.rng)}}},
		{"git", object{{"commit_hash", fmt.Sprintf("%016x%016x%08x", a.rng.Uint64(), a.rng.Uint64(), a.rng.Uint32())},
			{"branch", c.branch}, {"repository_url", c.remote}}}}...)
	s.line(at, "session_meta", o)
}

// beginTurn writes what comes before the first response of a turn.
func (a *actor) beginTurn(at time.Time) {
	s, c := &a.session, a.cast
	s.turn, s.turnAt, s.turnUsage = uuid7(at, a.rng), at, model.Usage{}
	s.rootTurn = s.turn
	var parentTurn, initiator any
	if a.parent != nil {
		s.rootTurn, parentTurn, initiator = a.parent.turn, a.parent.turn, "/root"
	}
	s.event(at, "task_started", field{"turn_attribution", object{{"turn_id", s.turn}, {"turn_trigger", "user"}, {"parent_turn_id", parentTurn},
		{"initiating_agent_path", initiator}, {"root_turn_id", s.rootTurn}}}, field{"turn_id", s.turn}, field{"root_turn_id", s.rootTurn},
		field{"started_at", at.Unix()}, field{"model_context_window", c.window}, field{"collaboration_mode_kind", "default"})
	if a.turns == 0 {
		s.item(at, "message", field{"id", "msg_" + uuid7(at, a.rng)}, field{"role", "developer"}, field{"content", []any{object{{"type", "input_text"}, {"text", instructions}}}})
		s.item(at, "message", field{"id", "msg_" + uuid7(at, a.rng)}, field{"role", "user"}, field{"content",
			[]any{object{{"type", "input_text"}, {"text", "<environment_context>\n  <cwd>" + c.cwd + "</cwd>\n  <shell>bash</shell>\n</environment_context>"}}}})
	}
	a.context0(at)
	prompt := c.prompts[a.turns%len(c.prompts)]
	s.item(at, "message", field{"id", "msg_" + uuid7(at, a.rng)}, field{"role", "user"}, field{"content", []any{object{{"type", "input_text"}, {"text", prompt}}}})
	s.done(at, at, object{{"type", "UserMessage"}, {"id", uuid7(at, a.rng)}, {"content", []any{object{{"type", "text"}, {"text", prompt}, {"text_elements", []any{}}}}}})
	a.turns++
	a.n = 0
	if a.context == 0 {
		a.context = 11_000 + a.tokens(3_000)
	}
	a.context += 120 + a.tokens(900)
}

// context0 writes the lines that name the model: at a turn's start and after a compaction.
func (a *actor) context0(at time.Time) {
	s, c := &a.session, a.cast
	var effort any
	if c.effort != "" {
		effort = c.effort
	}
	mode := object{{"mode", "default"}, {"settings", object{{"model", c.model}, {"reasoning_effort", effort}, {"developer_instructions", nil}}}}
	s.line(at, "world_state", object{{"full", true}, {"state", object{{"collaboration_mode", object{{"mode", "default"}, {"model", c.model}}}, {"model", c.model},
		{"environments", object{{"current_date", at.UTC().Format(time.DateOnly)}}}}}})
	o := object{{"turn_id", s.turn}, {"root_turn_id", s.rootTurn}, {"cwd", c.cwd}, {"approval_policy", "never"}, {"approvals_reviewer", "user"},
		{"permission_profile", object{{"type", "disabled"}}}, {"model", c.model}, {"comp_hash", "3000"}, {"collaboration_mode", mode},
		{"multi_agent_version", "v2"}, {"realtime_active", false}}
	if c.effort != "" {
		o = append(o, field{"effort", c.effort})
	}
	s.line(at, "turn_context", append(o, field{"summary", "none"}, field{"sandbox_policy", object{{"type", "danger-full-access"}}}))
	set := object{{"model", c.model}, {"model_provider_id", "openai"}}
	if c.tier != "" {
		set = append(set, field{"service_tier", c.tier})
	}
	if c.effort != "" {
		set = append(set, field{"reasoning_effort", c.effort})
	}
	set = append(set, object{{"approval_policy", "never"}, {"cwd", c.cwd}, {"collaboration_mode", mode}}...)
	s.event(at, "thread_settings_applied", field{"thread_id", s.id}, field{"thread_settings", set})
}

// call writes the line by which the model asks for a tool.
func (a *actor) call(at time.Time, m move) {
	s := &a.session
	a.callID = fmt.Sprintf("call_%016x", a.rng.Uint64())
	a.itemID = a.callID
	id, call := field{"id", "fc_" + a.callID[5:]}, field{"call_id", a.callID}
	if a.cast.codeMode && m.kind != spawnAgent {
		a.itemID = "exec-" + uuid7(at, a.rng)
		input := "text((await tools.exec_command({cmd:" + string(appendString(nil, m.command)) + "})).output)"
		if m.kind == editFile {
			input = "text(await tools.apply_patch(" + string(appendString(nil, m.patch())) + "))"
		}
		s.item(at, "custom_tool_call", id, call, field{"name", "exec"}, field{"input", input})
		return
	}
	switch m.kind {
	case editFile:
		s.item(at, "custom_tool_call", id, call, field{"name", "apply_patch"}, field{"input", m.patch()})
	case spawnAgent:
		args := string(appendJSON(nil, object{{"task_name", m.path}, {"message", m.text}, {"fork_turns", "none"}}))
		s.item(at, "function_call", id, field{"name", "spawn_agent"}, field{"namespace", "collaboration"}, field{"arguments", args}, call)
	default:
		args := string(appendJSON(nil, object{{"cmd", m.command}}))
		s.item(at, "function_call", id, field{"name", "exec_command"}, field{"arguments", args}, call)
	}
}

// result writes how the tool call ended.
func (a *actor) result(began, at time.Time, m move) {
	s, c := &a.session, a.cast
	took := at.Sub(began)
	output, status := "", "completed"
	if m.exit != 0 {
		status = "failed"
	}
	switch m.kind {
	case editFile:
		change := object{{"type", "update"}, {"unified_diff", m.diff()}, {"move_path", nil}}
		if m.created {
			change = object{{"type", "add"}, {"content", strings.Join(m.added, "\n") + "\n"}}
		}
		output = "Success. Updated the following files:\nM " + m.path + "\n"
		s.done(began, at, object{{"type", "FileChange"}, {"id", a.itemID}, {"changes", object{{c.cwd + "/" + m.path, change}}},
			{"status", "completed"}, {"stdout", output}, {"stderr", ""}})
	case spawnAgent:
		output = `{"task_name":"/root/` + m.path + `"}`
	default:
		s.done(began, at, object{{"type", "CommandExecution"}, {"id", a.itemID}, {"process_id", fmt.Sprint(10_000 + a.rng.IntN(80_000))},
			{"command", []any{"/bin/bash", "-lc", m.command}}, {"cwd", "file://" + c.cwd},
			{"parsed_cmd", []any{object{{"type", m.parsed}, {"cmd", m.command}}}}, {"source", "unified_exec_startup"}, {"status", status},
			{"aggregated_output", m.output}, {"exit_code", m.exit},
			{"duration", object{{"secs", int64(took / time.Second)}, {"nanos", int64(took % time.Second)}}}})
		output = fmt.Sprintf("Chunk ID: %06x\nWall time: %.4f seconds\nProcess exited with code %d\nOriginal token count: %d\nOutput:\n%s",
			a.rng.IntN(1<<24), took.Seconds(), m.exit, m.adds, m.output)
	}
	kind := "function_call_output"
	var out any = output
	if a.cast.codeMode && m.kind != spawnAgent {
		kind = "custom_tool_call_output"
		out = []any{object{{"type", "input_text"}, {"text", fmt.Sprintf("Script completed\nWall time %.1f seconds\nOutput:\n", took.Seconds())}}, object{{"type", "input_text"}, {"text", m.output}}}
	} else if m.kind == editFile {
		kind = "custom_tool_call_output"
	}
	s.item(at, kind, field{"id", "fco_" + uuid7(at, a.rng)}, field{"call_id", a.callID}, field{"output", out})
}

// say writes the model's last word of a turn.
func (a *actor) say(at time.Time, text string) {
	s := &a.session
	id := "msg_" + uuid7(at, a.rng)
	s.done(at, at, object{{"type", "AgentMessage"}, {"id", id}, {"content", []any{object{{"type", "Text"}, {"text", text}}}}})
	s.item(at, "message", field{"id", id}, field{"role", "assistant"}, field{"content", []any{object{{"type", "output_text"}, {"text", text}}}})
}

// endTurn writes the end of a turn; fault is Codex's name of an error, "" for none.
func (a *actor) endTurn(at time.Time, text, fault string) {
	s := &a.session
	o := []field{{"root_turn_id", s.rootTurn}, {"turn_id", s.turn}}
	if fault == "" {
		o = append(o, field{"last_agent_message", text})
	} else {
		o = append(o, field{"last_agent_message", nil}, field{"error", object{{"message", text}, {"codex_error_info", fault}}})
	}
	s.event(at, "task_complete", append(o, field{"started_at", s.turnAt.Unix()}, field{"completed_at", at.Unix()},
		field{"duration_ms", at.Sub(s.turnAt).Milliseconds()}, field{"time_to_first_token_ms", 400 + a.rng.IntN(900)})...)
}

// abort writes that the user stopped the turn.
func (a *actor) abort(at time.Time) {
	s := &a.session
	s.event(at, "turn_aborted", field{"root_turn_id", s.rootTurn}, field{"turn_id", s.turn}, field{"reason", "interrupted"},
		field{"started_at", s.turnAt.Unix()}, field{"completed_at", at.Unix()}, field{"duration_ms", at.Sub(s.turnAt).Milliseconds()})
}

// compact writes a local compaction: a billed response of its own, then the
// replaced history, then an estimate of the context's new size.
func (a *actor) compact(at time.Time) {
	s := &a.session
	u := a.use(800+a.tokens(900), 0)
	s.item(at, "message", field{"id", "msg_" + uuid7(at, a.rng)}, field{"role", "assistant"}, field{"content", []any{object{{"type", "output_text"}, {"text", "Summary of the work so far."}}}})
	a.bill(at, u)
	limits := a.fleet.limits(at)
	s.count(at, usageJSON(u), a.cast.window, limits)
	a.context, a.previous = 13_000+u.Output+a.tokens(4_000), 0
	s.line(at, "compacted", object{{"message", "Summary of the work so far."}, {"replacement_history", []any{}},
		{"compaction_response_id", s.response}, {"window_number", 2}})
	a.context0(at)
	estimate := usageJSON(model.Usage{})
	estimate[len(estimate)-1].value = a.context
	s.count(at, estimate, a.cast.window, limits)
	s.done(at, at, object{{"type", "ContextCompaction"}, {"id", uuid7(at, a.rng)}})
}
