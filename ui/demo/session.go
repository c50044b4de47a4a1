package demo

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// session writes one thread's file in the layout of Codex 0.169 ("paginated"
// history): one write a line, opened for appending. The first error sticks.
type session struct {
	file *os.File
	path string
	rng  *rand.Rand
	last time.Time // of the newest line
	next int       // ordinal of the next line
	buf  []byte
	err  error

	id, run     string
	turn        string // id of the newest turn
	rootTurn    string
	turnAt      time.Time
	turnUsage   model.Usage
	threadUsage model.Usage
	newest      model.Usage // of the newest response
	counted     bool        // some response was counted
	response    string      // id of the newest response
}

// uuid7 makes an identifier that begins with its time, as Codex makes them.
func uuid7(at time.Time, rng *rand.Rand) string {
	ms := uint64(at.UnixMilli())
	a, b := rng.Uint64(), rng.Uint64()
	return fmt.Sprintf("%08x-%04x-7%03x-%04x-%012x", ms>>16, ms&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

// create makes the file in the folder of its local day.
func (s *session) create(home string, at time.Time, zone *time.Location) {
	local := at.In(zone)
	dir := filepath.Join(home, "sessions", local.Format("2006"), local.Format("01"), local.Format("02"))
	if s.err = os.MkdirAll(dir, 0o700); s.err != nil {
		return
	}
	s.path = filepath.Join(dir, "rollout-"+local.Format("2006-01-02T15-04-05")+"-"+s.id+".jsonl")
	s.file, s.err = os.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// line writes one line. Lines of one burst are a few milliseconds apart and
// never go back in time.
func (s *session) line(at time.Time, kind string, payload object) {
	if s.err != nil || s.file == nil {
		return
	}
	if at = at.Truncate(time.Millisecond); !at.After(s.last) {
		at = s.last.Add(time.Millisecond)
	}
	s.last = at
	o := object{{"timestamp", at.UTC().Format("2006-01-02T15:04:05.000Z")}, {"ordinal", s.next}, {"type", kind}, {"payload", payload}}
	if kind == "response_item" {
		o = append(o, field{"metadata", object{{"history_sequence", s.next}, {"client_authored", false}}})
	}
	s.next++
	s.buf = append(appendJSON(s.buf[:0], o), '\n')
	_, s.err = s.file.Write(s.buf)
}

// event, item and done are the three forms that most lines have.
func (s *session) event(at time.Time, kind string, rest ...field) {
	s.line(at, "event_msg", append(object{{"type", kind}}, rest...))
}

func (s *session) item(at time.Time, kind string, rest ...field) {
	rest = append(rest, field{"internal_chat_message_metadata_passthrough", object{{"turn_id", s.turn}}})
	s.line(at, "response_item", append(object{{"type", kind}}, rest...))
}

func (s *session) done(began, at time.Time, item object) {
	s.event(at, "item_completed", field{"thread_id", s.id}, field{"turn_id", s.turn}, field{"item", item},
		field{"started_at_ms", began.UnixMilli()}, field{"completed_at_ms", at.UnixMilli()})
}

// close gives the file the time of its newest line, as a file of that age has it.
func (s *session) close() error {
	if s.file == nil {
		return s.err
	}
	if err := s.file.Close(); s.err == nil {
		s.err = err
	}
	s.file = nil
	if s.err == nil {
		s.err = os.Chtimes(s.path, s.last, s.last)
	}
	return s.err
}

// record writes the line that tells what one response used.
func (s *session) record(at time.Time, u model.Usage) {
	s.turnUsage, s.threadUsage, s.newest, s.counted = s.turnUsage.Add(u), s.threadUsage.Add(u), u, true
	s.response = fmt.Sprintf("resp_%016x%08x", s.rng.Uint64(), s.rng.Uint32())
	s.line(at, "token_usage_record", object{
		{"thread_id", s.id}, {"turn_id", s.turn}, {"session_id", s.run}, {"root_turn_id", s.rootTurn},
		{"response_id", s.response},
		{"usage", usageJSON(u)}, {"turn_token_usage", usageJSON(s.turnUsage)}, {"thread_token_usage", usageJSON(s.threadUsage)},
	})
}

// count writes a token_count line; last is the newest response's usage, or an
// estimate of the context's size alone after a compaction.
func (s *session) count(at time.Time, last object, window model.Tokens, limits any) {
	var info any
	if s.counted {
		info = object{{"total_token_usage", usageJSON(s.threadUsage)}, {"last_token_usage", last},
			{"last_usage_includes_reasoning", false}, {"model_context_window", window}}
	}
	s.event(at, "token_count", field{"info", info}, field{"rate_limits", limits})
}

func usageJSON(u model.Usage) object {
	return object{{"input_tokens", u.Input}, {"cached_input_tokens", u.Cached}, {"cache_write_input_tokens", u.CacheWrite},
		{"output_tokens", u.Output}, {"reasoning_output_tokens", u.Reasoning}, {"total_tokens", u.Total()}}
}
