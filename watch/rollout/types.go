package rollout

import "strings"

// action is what the decoder does with a line of some type.
type action uint8

const (
	ignore action = iota // known, but nothing in it is used

	// Decoded always: usage, the turns' states, limits.
	sessionMeta
	bareMeta
	turnContext
	worldState
	usageRecord
	compactedLine
	tokenCount
	settingsApplied
	turnStarted
	turnComplete
	turnAborted
	errorEvent
	enteredReview
	exitedReview
	rolledBack

	// Without Detail only the event's kind.
	userMessage
	agentMessage
	reasoningText

	// Only with Detail.
	toolCall
	shellCall
	searchCall
	toolOutput
	toolEnd
	fileChange
	mcpEnd
	searchEnd
	subAgent

	// In an item_completed line the same, inside payload.item.
	itemCompleted // the line is an item_completed; its item's type decides
)

// outer knows the types of whole lines. withSub says that the payload has a type of its own.
func outer(typ []byte) (name string, act action, withSub, ok bool) {
	switch string(typ) {
	case "event_msg":
		return "event_msg", ignore, true, true
	case "response_item":
		return "response_item", ignore, true, true
	case "token_usage_record":
		return "token_usage_record", usageRecord, false, true
	case "turn_context":
		return "turn_context", turnContext, false, true
	case "world_state":
		return "world_state", worldState, false, true
	case "session_meta":
		return "session_meta", sessionMeta, false, true
	case "compacted":
		return "compacted", compactedLine, false, true
	case "inter_agent_communication":
		return "inter_agent_communication", ignore, false, true
	case "inter_agent_communication_metadata":
		return "inter_agent_communication_metadata", ignore, false, true
	case "retained_context":
		return "retained_context", ignore, false, true
	case "realtime_item":
		return "realtime_item", ignore, false, true
	case "security_risk_score":
		return "security_risk_score", ignore, false, true
	}
	return "", ignore, false, false
}

// eventMsg knows the payload types of event_msg lines.
func eventMsg(sub []byte) (name string, act action, ok bool) {
	switch string(sub) {
	case "token_count":
		return "event_msg.token_count", tokenCount, true
	case "item_completed":
		return "event_msg.item_completed", itemCompleted, true
	case "agent_message":
		return "event_msg.agent_message", agentMessage, true
	case "agent_reasoning":
		return "event_msg.agent_reasoning", reasoningText, true
	case "agent_reasoning_raw_content":
		return "event_msg.agent_reasoning_raw_content", reasoningText, true
	case "user_message":
		return "event_msg.user_message", userMessage, true
	case "task_started":
		return "event_msg.task_started", turnStarted, true
	case "task_complete":
		return "event_msg.task_complete", turnComplete, true
	case "turn_started":
		return "event_msg.turn_started", turnStarted, true
	case "turn_complete":
		return "event_msg.turn_complete", turnComplete, true
	case "turn_aborted":
		return "event_msg.turn_aborted", turnAborted, true
	case "thread_settings_applied":
		return "event_msg.thread_settings_applied", settingsApplied, true
	case "thread_rolled_back":
		return "event_msg.thread_rolled_back", rolledBack, true
	case "entered_review_mode":
		return "event_msg.entered_review_mode", enteredReview, true
	case "exited_review_mode":
		return "event_msg.exited_review_mode", exitedReview, true
	case "error":
		return "event_msg.error", errorEvent, true
	case "stream_error":
		return "event_msg.stream_error", errorEvent, true
	}
	return eventMsgDetail(sub)
}

// eventMsgDetail knows the payload types of which usage needs nothing.
func eventMsgDetail(sub []byte) (name string, act action, ok bool) {
	switch string(sub) {
	case "exec_command_end":
		return "event_msg.exec_command_end", toolEnd, true
	case "patch_apply_end":
		return "event_msg.patch_apply_end", fileChange, true
	case "mcp_tool_call_end":
		return "event_msg.mcp_tool_call_end", mcpEnd, true
	case "web_search_end":
		return "event_msg.web_search_end", searchEnd, true
	case "collab_agent_spawn_end":
		return "event_msg.collab_agent_spawn_end", subAgent, true
	case "collab_agent_interaction_end":
		return "event_msg.collab_agent_interaction_end", subAgent, true
	case "collab_waiting_end":
		return "event_msg.collab_waiting_end", subAgent, true
	case "collab_close_end":
		return "event_msg.collab_close_end", subAgent, true
	case "collab_resume_end":
		return "event_msg.collab_resume_end", subAgent, true
	}
	if name, ok := listed(eventMsgIgnored, "event_msg.", sub); ok {
		return name, ignore, true
	}
	return "", ignore, false
}

// The types below are known and ignored; they are rare, so a search in one
// string does. context_compacted comes beside a compacted line, which counts.
const (
	eventMsgIgnored = " event_msg.context_compacted event_msg.thread_goal_updated event_msg.thread_goal_cleared event_msg.thread_name_updated" +
		" event_msg.undo_started event_msg.undo_completed event_msg.warning event_msg.item_started event_msg.agent_reasoning_section_break" +
		" event_msg.session_configured event_msg.exec_command_begin event_msg.exec_command_output_delta event_msg.terminal_interaction" +
		" event_msg.patch_apply_begin event_msg.patch_apply_updated event_msg.mcp_tool_call_begin event_msg.web_search_begin" +
		" event_msg.view_image_tool_call event_msg.image_generation_begin event_msg.image_generation_end event_msg.plan_update" +
		" event_msg.turn_diff event_msg.background_event event_msg.deprecation_notice event_msg.guardian_assessment event_msg.guardian_warning" +
		" event_msg.dynamic_tool_call_request event_msg.dynamic_tool_call_response event_msg.collab_agent_spawn_begin" +
		" event_msg.collab_agent_interaction_begin event_msg.collab_waiting_begin event_msg.collab_close_begin event_msg.collab_resume_begin" +
		" event_msg.sub_agent_activity event_msg.model_reroute event_msg.model_verification event_msg.hook_started event_msg.hook_completed" +
		" event_msg.shutdown_complete event_msg.exec_approval_request event_msg.apply_patch_approval_request event_msg.elicitation_request" +
		" event_msg.request_permissions event_msg.request_user_input event_msg.raw_response_item event_msg.plan_delta event_msg.skills_update_available "

	responseItemIgnored = " response_item.message response_item.reasoning response_item.agent_message response_item.additional_tools" +
		" response_item.image_generation_call response_item.ghost_snapshot response_item.compaction response_item.compaction_summary" +
		" response_item.compaction_trigger response_item.context_compaction response_item.other "

	itemsIgnored = " event_msg.item_completed.ContextCompaction event_msg.item_completed.Plan event_msg.item_completed.HookPrompt" +
		" event_msg.item_completed.TodoList event_msg.item_completed.Error "
)

// listed finds prefix+word in a list and gives the list's own bytes, so that nothing is allocated.
func listed(list, prefix string, word []byte) (string, bool) {
	if len(word) == 0 || len(word) > 64 {
		return "", false
	}
	var buf [128]byte
	k := append(append(append(append(buf[:0], ' '), prefix...), word...), ' ')
	for _, c := range word {
		if c == ' ' {
			return "", false
		}
	}
	i := strings.Index(list, string(k))
	if i < 0 {
		return "", false
	}
	return list[i+1 : i+len(k)-1], true
}

// responseItem knows the payload types of response_item lines, and the types of bare lines of 2025.
func responseItem(sub []byte) (name string, act action, ok bool) {
	switch string(sub) {
	case "message": // with copies of the instructions; what was said is told by an event beside it
		return "response_item.message", ignore, true
	case "reasoning":
		return "response_item.reasoning", ignore, true
	case "function_call":
		return "response_item.function_call", toolCall, true
	case "function_call_output":
		return "response_item.function_call_output", toolOutput, true
	case "custom_tool_call":
		return "response_item.custom_tool_call", toolCall, true
	case "custom_tool_call_output":
		return "response_item.custom_tool_call_output", toolOutput, true
	case "local_shell_call":
		return "response_item.local_shell_call", shellCall, true
	case "local_shell_call_output":
		return "response_item.local_shell_call_output", toolOutput, true
	case "web_search_call":
		return "response_item.web_search_call", searchCall, true
	case "tool_search_call":
		return "response_item.tool_search_call", toolCall, true
	case "tool_search_output":
		return "response_item.tool_search_output", toolOutput, true
	case "mcp_tool_call_output":
		return "response_item.mcp_tool_call_output", toolOutput, true
	}
	if name, ok := listed(responseItemIgnored, "response_item.", sub); ok {
		return name, ignore, true
	}
	return "", ignore, false
}

// item knows the types of payload.item in item_completed lines.
func item(kind []byte) (name string, act action, ok bool) {
	switch string(kind) {
	case "CommandExecution":
		return "event_msg.item_completed.CommandExecution", toolEnd, true
	case "Reasoning":
		return "event_msg.item_completed.Reasoning", reasoningText, true
	case "AgentMessage":
		return "event_msg.item_completed.AgentMessage", agentMessage, true
	case "UserMessage":
		return "event_msg.item_completed.UserMessage", userMessage, true
	case "FileChange":
		return "event_msg.item_completed.FileChange", fileChange, true
	case "McpToolCall":
		return "event_msg.item_completed.McpToolCall", mcpEnd, true
	case "DynamicToolCall":
		return "event_msg.item_completed.DynamicToolCall", mcpEnd, true
	case "WebSearch":
		return "event_msg.item_completed.WebSearch", searchEnd, true
	case "ImageView":
		return "event_msg.item_completed.ImageView", toolEnd, true
	case "ImageGeneration":
		return "event_msg.item_completed.ImageGeneration", toolEnd, true
	case "Sleep":
		return "event_msg.item_completed.Sleep", toolEnd, true
	case "CollabAgentToolCall":
		return "event_msg.item_completed.CollabAgentToolCall", subAgent, true
	case "SubAgentActivity":
		return "event_msg.item_completed.SubAgentActivity", subAgent, true
	case "EnteredReviewMode":
		return "event_msg.item_completed.EnteredReviewMode", enteredReview, true
	case "ExitedReviewMode":
		return "event_msg.item_completed.ExitedReviewMode", exitedReview, true
	}
	if name, ok := listed(itemsIgnored, "event_msg.item_completed.", kind); ok {
		return name, ignore, true
	}
	return "", ignore, false
}

// Known says whether typ, an Event.Type, is a type that this version knows. ""
// (an empty line), and "record_type.state" (mid-2025) are known.
func Known(typ string) bool {
	first, sub, dot := strings.Cut(typ, ".")
	if !dot {
		_, _, withSub, ok := outer([]byte(first))
		return typ == "" || ok && !withSub
	}
	ok := typ == bareStateType
	switch kind, isItem := strings.CutPrefix(sub, "item_completed."); {
	case first == "event_msg" && isItem:
		_, _, ok = item([]byte(kind))
	case first == "event_msg":
		_, _, ok = eventMsg([]byte(sub))
	case first == "response_item":
		_, _, ok = responseItem([]byte(sub))
	}
	return ok
}

const (
	bareStateType = "record_type.state"
)
