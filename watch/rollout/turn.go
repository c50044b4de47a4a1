package rollout

import (
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// turnContext decodes a turn_context payload.
func (d *Decoder) turnContext(s *scanner, e *model.Event) {
	e.Kind = model.EventTurnContext
	other := "" // the collaboration mode's model
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "turn_id":
			e.TurnID = d.name(s)
		case "root_turn_id":
			e.RootTurnID = d.name(s)
		case "model":
			e.Model = d.name(s)
		case "effort":
			e.Effort = d.name(s)
		case "cwd":
			e.Cwd = d.name(s)
		case "comp_hash":
			e.Comp = d.name(s)
		case "approval_policy":
			e.Approval = d.variant(s)
		case "sandbox_policy":
			e.Sandbox = d.variant(s)
		case "collaboration_mode":
			other = d.collaborationModel(s)
		default:
			s.skip()
		}
	}
	if e.Model == "" {
		e.Model = other
	}
}

// variant reads an enumeration's value: a string, an object with a mode or type,
// or an object whose one member's name says it ({"granular":{…}}).
func (d *Decoder) variant(s *scanner) string {
	if s.peek() != '{' {
		return d.name(s)
	}
	s.open('{')
	first, named := "", ""
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		if (string(k) == "mode" || string(k) == "type") && s.peek() == '"' {
			named = d.name(s)
			continue
		}
		if n == 0 {
			first = d.names.get(cut(k, 64))
		}
		s.skip()
	}
	if named != "" {
		return named
	}
	return first
}

// collaborationModel reads collaboration_mode.settings.model.
func (d *Decoder) collaborationModel(s *scanner) (name string) {
	if !s.open('{') {
		s.skip()
		return ""
	}
	for n := 0; s.more(n, '}'); n++ {
		if string(s.key()) != "settings" || s.peek() != '{' {
			s.skip()
			continue
		}
		s.open('{')
		for n := 0; s.more(n, '}'); n++ {
			if string(s.key()) == "model" {
				name = d.name(s)
			} else {
				s.skip()
			}
		}
	}
	return name
}

// worldState decodes a world_state payload: state.collaboration_mode.model is the
// model from here on. Most such lines name none; they are EventOther.
func (d *Decoder) worldState(s *scanner, e *model.Event) {
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		if string(s.key()) != "state" || s.peek() != '{' {
			s.skip()
			continue
		}
		s.open('{')
		for n := 0; s.more(n, '}'); n++ {
			if string(s.key()) == "collaboration_mode" && s.peek() == '{' {
				d.stateModel(s, e)
			} else {
				s.skip()
			}
		}
	}
	if e.Model != "" {
		e.Kind = model.EventModel
	} else {
		e.Effort = ""
	}
}

func (d *Decoder) stateModel(s *scanner, e *model.Event) {
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "model":
			e.Model = d.name(s)
		case "reasoning_effort", "effort":
			e.Effort = d.name(s)
		default:
			s.skip()
		}
	}
}

// settings decodes thread_settings_applied, the only line that names a service tier.
func (d *Decoder) settings(s *scanner, e *model.Event) {
	e.Kind = model.EventSettings
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "thread_id":
			e.ThreadID = d.name(s)
		case "thread_settings":
			d.threadSettings(s, e)
		default:
			s.skip()
		}
	}
}

func (d *Decoder) threadSettings(s *scanner, e *model.Event) {
	if !s.open('{') {
		s.skip()
		return
	}
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "model":
			e.Model = d.name(s)
		case "reasoning_effort":
			e.Effort = d.name(s)
		case "service_tier":
			e.Tier, e.HasTier = d.name(s), true
		case "cwd":
			e.Cwd = d.name(s)
		case "approval_policy":
			e.Approval = d.variant(s)
		case "sandbox_policy":
			e.Sandbox = d.variant(s)
		default:
			s.skip()
		}
	}
}

// turnStarted decodes task_started.
func (d *Decoder) turnStarted(s *scanner, e *model.Event) {
	e.Kind = model.EventTurnStarted
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "turn_id":
			e.TurnID = d.name(s)
		case "root_turn_id":
			e.RootTurnID = d.name(s)
		case "started_at":
			if v, ok := s.integer(); ok {
				e.StartedAt = unixSeconds(v)
			}
		case "model_context_window":
			e.Window = s.window()
		default:
			s.skip()
		}
	}
}

// turnComplete decodes task_complete. A turn that failed has an error in it, and
// no last message: then Text is the error's message.
func (d *Decoder) turnComplete(s *scanner, e *model.Event) {
	e.Kind, e.Status = model.EventTurnEnded, "completed"
	message := ""
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "turn_id":
			e.TurnID = d.name(s)
		case "root_turn_id":
			e.RootTurnID = d.name(s)
		case "last_agent_message":
			if d.detail {
				e.Text = d.text(s)
			} else {
				s.skip()
			}
		case "error":
			if s.null() {
				continue
			}
			e.Status = "failed"
			e.Reason, message = d.turnError(s)
		default:
			s.skip()
		}
	}
	if e.Text == "" {
		e.Text = message
	}
}

// turnError reads an error as {"message":…,"codex_error_info":…} or as a string.
func (d *Decoder) turnError(s *scanner) (reason, message string) {
	switch s.peek() {
	case '{':
	case '"':
		message = d.text(s)
		return message, message
	default:
		s.skip()
		return "", ""
	}
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "codex_error_info":
			reason = d.variant(s)
		case "message":
			message = d.text(s)
		default:
			s.skip()
		}
	}
	if reason == "" {
		reason = message
	}
	return reason, message
}

// turnAborted decodes turn_aborted; old versions name no turn.
func (d *Decoder) turnAborted(s *scanner, e *model.Event) {
	e.Kind, e.Status = model.EventTurnEnded, "aborted"
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "turn_id":
			e.TurnID = d.name(s)
		case "root_turn_id":
			e.RootTurnID = d.name(s)
		case "reason":
			e.Reason = d.variant(s)
		default:
			s.skip()
		}
	}
}
