package rollout

import (
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// meta decodes a session_meta payload, or the bare first line of mid-2025. What
// is large in it (instructions, tools) is stepped over.
func (d *Decoder) meta(s *scanner, e *model.Event, bare bool) {
	m := &model.Meta{OwnOrdinal: -1, Bare: bare}
	e.Kind, e.Meta = model.EventMeta, m
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		if d.metaAgent(s, k, m) {
			continue
		}
		switch string(k) {
		case "id":
			m.ID = d.name(s)
		case "session_id":
			m.SessionID = d.name(s)
		case "forked_from_id":
			m.ForkedFrom = d.name(s)
		case "timestamp":
			if s.peek() == '"' {
				m.Timestamp = parseTime(plain(s.str()))
			} else {
				s.skip()
			}
		case "cwd":
			m.Cwd = d.name(s)
		case "originator":
			m.Originator = d.name(s)
		case "cli_version":
			m.CLIVersion = d.name(s)
		case "model_provider":
			m.Provider = d.name(s)
		case "history_mode":
			m.HistoryMode = d.name(s)
		case "history_base":
			d.historyBase(s, m)
		case "git":
			d.git(s, m)
		default:
			s.skip()
		}
	}
	e.ThreadID, e.Cwd = m.ID, m.Cwd
}

// metaAgent decodes the members that tell where a thread comes from.
func (d *Decoder) metaAgent(s *scanner, k []byte, m *model.Meta) bool {
	switch string(k) {
	case "source":
		d.source(s, m)
	case "parent_thread_id":
		if v := d.name(s); v != "" {
			m.ParentID = v
		}
	case "thread_source":
		m.ThreadSource = d.name(s)
	case "agent_path":
		if v := d.name(s); v != "" {
			m.AgentPath = v
		}
	case "agent_nickname":
		if v := d.name(s); v != "" {
			m.AgentName = v
		}
	case "agent_role":
		if v := d.name(s); v != "" {
			m.AgentRole = v
		}
	case "subagent_history_start_ordinal":
		if v, ok := s.integer(); ok && v >= 0 {
			m.OwnOrdinal = v
		}
	default:
		return false
	}
	return true
}

// source decodes "cli", {"custom":"name"}, {"subagent":"review"},
// {"subagent":{"thread_spawn":{…}}} or {"subagent":{"other":"guardian"}}.
func (d *Decoder) source(s *scanner, m *model.Meta) {
	if s.peek() != '{' {
		m.Source = d.name(s)
		return
	}
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		quoted := s.peek() == '"'
		switch {
		case string(k) == "subagent":
			m.Source = "subagent"
			d.subAgentSource(s, m)
		case string(k) == "custom" && quoted:
			m.Source = d.name(s)
		default:
			m.Source = d.names.get(cut(k, 64))
			s.skip()
		}
	}
}

func (d *Decoder) subAgentSource(s *scanner, m *model.Meta) {
	if s.peek() != '{' {
		m.SubAgent = d.name(s)
		return
	}
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		c := s.peek()
		switch {
		case string(k) == "other" && c == '"':
			m.SubAgent = d.name(s)
		case string(k) == "thread_spawn" && c == '{':
			m.SubAgent = "thread_spawn"
			d.threadSpawn(s, m)
		default:
			m.SubAgent = d.names.get(cut(k, 64))
			s.skip()
		}
	}
}

// threadSpawn fills what the members of session_meta itself leave open: those
// that are told in both places are equal, and before 2026 only these exist.
func (d *Decoder) threadSpawn(s *scanner, m *model.Meta) {
	fill := func(to *string) {
		if v := d.name(s); *to == "" {
			*to = v
		}
	}
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "parent_thread_id":
			fill(&m.ParentID)
		case "agent_path":
			fill(&m.AgentPath)
		case "agent_nickname":
			fill(&m.AgentName)
		case "agent_role":
			fill(&m.AgentRole)
		case "depth":
			if v, ok := s.integer(); ok && v > 0 && v < 1<<31 {
				m.Depth = int(v)
			}
		default:
			s.skip()
		}
	}
}

// historyBase decodes a reference to the history that this file goes on from: an
// id, or an object that names a segment or else a thread.
func (d *Decoder) historyBase(s *scanner, m *model.Meta) {
	m.HasBase, m.HistoryBase = false, ""
	switch s.peek() {
	case '"':
		m.HistoryBase = d.name(s)
		m.HasBase = m.HistoryBase != ""
		return
	case '{':
		m.HasBase = true
	default:
		s.skip()
		return
	}
	s.open('{')
	thread, segment := "", ""
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "thread_id":
			thread = d.name(s)
		case "segment_id", "rollout_segment_id":
			segment = d.name(s)
		default:
			s.skip()
		}
	}
	if m.HistoryBase = segment; segment == "" {
		m.HistoryBase = thread
	}
}

func (d *Decoder) git(s *scanner, m *model.Meta) {
	if !s.open('{') {
		s.skip()
		return
	}
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "branch":
			m.GitBranch = d.name(s)
		case "commit_hash":
			m.GitCommit = d.name(s)
		case "repository_url":
			m.GitURL = d.name(s)
		default:
			s.skip()
		}
	}
}
