package rollout

import (
	"bytes"
	"math"
	"strconv"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// maxCounter is the largest token counter that is believed. It is far above any
// real one (72 thousand million million) and low enough for sums of a hundred to fit.
const maxCounter = 1 << 56

// counters is one usage object. ok is false where a counter in it can't be one.
type counters struct {
	usage    model.Usage
	total    model.Tokens
	hasTotal bool
	present  bool // it was an object
	ok       bool
}

// totalTokens is total_tokens, or input and output where that isn't told.
func (c counters) totalTokens() model.Tokens {
	if c.hasTotal {
		return c.total
	}
	return c.usage.Total()
}

// usage reads a usage object. Anything that is no object is skipped and not present.
func (s *scanner) usage() (c counters) {
	c.ok = true
	if s.peek() != '{' {
		s.skip()
		return c
	}
	start := s.p
	if c, ok := s.plainUsage(); ok {
		return c
	}
	s.p = start + 1
	c.present = true
	for n := 0; s.more(n, '}'); n++ {
		var v *model.Tokens
		total := false
		switch string(s.key()) {
		case "input_tokens":
			v = &c.usage.Input
		case "cached_input_tokens":
			v = &c.usage.Cached
		case "cache_write_input_tokens":
			v = &c.usage.CacheWrite
		case "output_tokens":
			v = &c.usage.Output
		case "reasoning_output_tokens":
			v = &c.usage.Reasoning
		case "total_tokens":
			v, total = &c.total, true
		default:
			s.skip()
			continue
		}
		set, ok := s.counter(v)
		c.ok = c.ok && ok
		if total {
			c.hasTotal = set
		}
	}
	return c
}

// plainUsage reads a usage object as Codex lays it out.
func (s *scanner) plainUsage() (c counters, ok bool) {
	c = counters{present: true, hasTotal: true, ok: true}
	ok = s.lit(`{"input_tokens":`) && s.plainCounter(&c.usage.Input) &&
		s.lit(`,"cached_input_tokens":`) && s.plainCounter(&c.usage.Cached) &&
		(!s.lit(`,"cache_write_input_tokens":`) || s.plainCounter(&c.usage.CacheWrite)) &&
		s.lit(`,"output_tokens":`) && s.plainCounter(&c.usage.Output) &&
		s.lit(`,"reasoning_output_tokens":`) && s.plainCounter(&c.usage.Reasoning) &&
		s.lit(`,"total_tokens":`) && s.plainCounter(&c.total) && s.lit(`}`)
	return c, ok
}

func (s *scanner) plainCounter(v *model.Tokens) bool {
	t, n := digits(s.b[s.p:min(len(s.b), s.p+16)])
	if n == 0 || n > 15 {
		return false
	}
	s.p += n
	*v = model.Tokens(t)
	return true
}

// counter reads one token counter: a whole number of at least 0, as 1000,
// 1000.0, 1e3 or "1000". null is 0 and not set. Anything else is not ok.
func (s *scanner) counter(v *model.Tokens) (set, ok bool) {
	*v = 0
	var t []byte
	quoted := false
	switch c := s.peek(); {
	case c == '"':
		t, quoted = plain(s.str()), true
	case c == 'n':
		return false, s.null()
	case c == '-' || c >= '0' && c <= '9':
		t = s.literal()
	default:
		s.skip()
		return false, false
	}
	whole, n := digits(t)
	switch {
	case n == 0:
		return false, false
	case n == len(t) && n <= 18:
		// as it should be
	case quoted:
		return false, false
	case n <= 18 && zeroFraction(t[n:]):
		// the digits before the point are exact
	case !bytes.ContainsAny(t, "eE"):
		return false, false
	default:
		f, err := strconv.ParseFloat(string(t), 64)
		if err != nil || f != math.Trunc(f) || f > maxCounter {
			return false, false
		}
		whole = int64(f)
	}
	if whole > maxCounter {
		return false, false
	}
	*v = model.Tokens(whole)
	return true, true
}

// zeroFraction says that t is "." and zeros.
func zeroFraction(t []byte) bool {
	for i, c := range t {
		if i == 0 && c != '.' || i > 0 && c != '0' {
			return false
		}
	}
	return true
}

// usageRecord decodes a token_usage_record: one completed response. Its
// turn_token_usage and thread_token_usage are sums; the latter is kept, as far as
// it can be read, for checks.
func (d *Decoder) usageRecord(s *scanner, e *model.Event) (reason string) {
	start := s.p
	if d.plainRecord(s, e) {
		return ""
	}
	s.p = start
	e.Kind = model.EventRecord
	var use counters
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "thread_id":
			e.ThreadID = d.name(s)
		case "turn_id":
			e.TurnID = d.name(s)
		case "root_turn_id":
			e.RootTurnID = d.name(s)
		case "response_id":
			e.ResponseID = d.once(s)
		case "usage":
			use = s.usage()
		case "thread_token_usage":
			if t := s.usage(); t.ok {
				e.ThreadTotal = t.usage
			}
		case "turn_token_usage":
			s.usage()
		default:
			s.skip()
		}
	}
	if !use.present {
		return badPayload
	}
	if !use.ok {
		return badNumber
	}
	e.Usage, e.UsageTotal = use.usage, use.totalTokens()
	return ""
}

// tokenCount decodes an event_msg token_count: sums of the thread and the last
// response, either of them repeated now and then, and the account's limits.
func (d *Decoder) tokenCount(s *scanner, e *model.Event) (reason string) {
	start := s.p
	if d.plainTokenCount(s, e) {
		return ""
	}
	s.p, s.bad = start, false
	e.Kind = model.EventTokenCount
	ok := true
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "info":
			ok = d.tokenInfo(s, e)
		case "rate_limits":
			e.Limits = d.rateLimits(s, e.At)
		default:
			s.skip()
		}
	}
	if !ok {
		return badNumber
	}
	return ""
}

func (d *Decoder) tokenInfo(s *scanner, e *model.Event) (ok bool) {
	e.HasInfo = s.open('{')
	if !e.HasInfo {
		s.skip()
		return true
	}
	ok = true
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "total_token_usage":
			c := s.usage()
			e.HasTotal, e.Total, e.TotalTokens = c.present, c.usage, c.totalTokens()
			ok = ok && c.ok
		case "last_token_usage":
			c := s.usage()
			e.HasLast, e.Last, e.LastTokens = c.present, c.usage, c.totalTokens()
			ok = ok && c.ok
		case "model_context_window":
			e.Window = s.window()
		default:
			s.skip()
		}
	}
	return ok
}

// window reads a context window's size, 0 where it is none.
func (s *scanner) window() model.Tokens {
	if v, ok := s.integer(); ok && v > 0 && v <= maxCounter {
		return model.Tokens(v)
	}
	return 0
}
