package rollout

import (
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// itemCompleted decodes item_completed: the same things as the events of older
// versions, one level deeper.
func (d *Decoder) itemCompleted(s *scanner, act action, e *model.Event) {
	seen := false
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch k := s.key(); {
		case string(k) == "thread_id":
			e.ThreadID = d.name(s)
		case string(k) == "turn_id":
			e.TurnID = d.name(s)
		case string(k) == "item" && !seen && s.peek() == '{':
			seen = true
			thread, turn := e.ThreadID, e.TurnID
			d.detailed(s, act, e)
			e.ThreadID, e.TurnID = thread, turn
		default:
			s.skip()
		}
	}
}

// detailed decodes what is the same in an item and in an event of its own.
func (d *Decoder) detailed(s *scanner, act action, e *model.Event) {
	switch act {
	case errorEvent:
		e.Status = "failed"
		e.Reason, e.Text = d.turnError(s)
	case enteredReview:
		e.Kind, e.Status = model.EventReview, "entered"
		d.message(s, e)
	case exitedReview:
		e.Kind, e.Status = model.EventReview, "exited"
		d.message(s, e)
	case rolledBack:
		e.Kind = model.EventRollback
		s.skip()
	case userMessage:
		e.Kind = model.EventUserMessage
		d.message(s, e)
	case agentMessage:
		e.Kind = model.EventAgentMessage
		d.message(s, e)
	case reasoningText:
		e.Kind = model.EventReasoning
		d.message(s, e)
	case toolCall, shellCall, searchCall:
		e.Kind = model.EventToolCall
		d.call(s, act, e)
	case toolOutput:
		e.Kind = model.EventToolOutput
		d.output(s, e)
	case toolEnd, fileChange, mcpEnd, searchEnd:
		e.Kind = model.EventToolEnd
		d.toolEnd(s, act, e)
	case subAgent:
		e.Kind = model.EventSubAgent
		d.subAgent(s, e)
	default:
		s.skip()
	}
}

// message decodes a message in any of its forms: message, text, or a list of
// parts as content or summary_text.
func (d *Decoder) message(s *scanner, e *model.Event) {
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		if !d.detail {
			s.skip()
			continue
		}
		switch string(k) {
		case "message", "text", "review", "user_facing_hint":
			if t := d.text(s); e.Text == "" {
				e.Text = t
			}
		case "content", "summary_text":
			if t, _ := d.parts(s); t != "" {
				e.Text = t
			}
		case "turn_id":
			e.TurnID = d.name(s)
		default:
			s.skip()
		}
	}
}

// parts reads a text that is a string, or a list of strings or of {"text":…},
// which are joined by newlines. size is the length of all of it as written.
func (d *Decoder) parts(s *scanner) (text string, size int64) {
	switch s.peek() {
	case '"':
		raw := s.text()
		return d.headAndTail(raw, model.MaxText), int64(len(raw))
	case '[':
	default:
		s.skip()
		return "", 0
	}
	s.open('[')
	for n := 0; s.more(n, ']'); n++ {
		var raw []byte
		switch s.peek() {
		case '"':
			raw = s.text()
		case '{':
			raw = s.partText()
		default:
			s.skip()
		}
		size += int64(len(raw))
		if raw == nil || len(text) >= model.MaxText {
			continue
		}
		if text != "" && text[len(text)-1] != '\n' {
			text += "\n"
		}
		text += d.headAndTail(raw, max(0, model.MaxText-len(text)))
	}
	return text, size
}

// partText reads the text of one part as written, nil where it has none (an image).
func (s *scanner) partText() (raw []byte) {
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		if string(s.key()) == "text" && s.peek() == '"' {
			raw = s.text()
		} else {
			s.skip()
		}
	}
	return raw
}

// subAgent decodes CollabAgentToolCall, SubAgentActivity and the events of 2026's first half.
func (d *Decoder) subAgent(s *scanner, e *model.Event) {
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "id", "call_id":
			e.Tool.CallID = d.once(s)
		case "type":
			if t := d.name(s); e.Tool.Name == "" {
				e.Tool.Name = t
			}
		case "tool":
			if t := d.name(s); t != "" {
				e.Tool.Name = t
			}
		case "kind", "status":
			e.Status = d.variant(s)
		case "prompt":
			e.Tool.Args = d.text(s)
		case "model":
			e.Model = d.name(s)
		case "reasoning_effort":
			e.Effort = d.name(s)
		case "agent_thread_id", "new_thread_id", "receiver_thread_id":
			if id := d.name(s); id != "" {
				e.AgentThreadIDs = append(e.AgentThreadIDs, id)
			}
		case "receiver_thread_ids":
			d.threadIDs(s, e)
		default:
			s.skip()
		}
	}
}

func (d *Decoder) threadIDs(s *scanner, e *model.Event) {
	if !s.open('[') {
		s.skip()
		return
	}
	for n := 0; s.more(n, ']'); n++ {
		if id := d.name(s); id != "" {
			e.AgentThreadIDs = append(e.AgentThreadIDs, id)
		}
	}
}
