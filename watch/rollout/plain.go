package rollout

import (
	"unicode/utf8"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// This file reads the lines that tell of usage in the one layout that Codex gives
// them: exact bytes between the values, which is several times as fast as asking
// each member for its name. Whatever differs is read by the general decoding,
// which also tells what is wrong with it.

// recent is the strings that the line before had: the next one mostly has them too.
type recent struct{ thread, turn, root, limit, plan string }

// plainName reads the rest of a string that is likely to be the last one again.
func (d *Decoder) plainName(s *scanner, last *string) bool {
	n := len(*last)
	if len(s.b)-s.p > n && s.b[s.p+n] == '"' && string(s.b[s.p:s.p+n]) == *last {
		s.p += n + 1
		return true
	}
	w, ok := s.word(80)
	if !ok || !utf8.Valid(w) {
		return false
	}
	*last = d.names.get(w)
	return true
}

// plainRecord reads a token_usage_record's payload.
func (d *Decoder) plainRecord(s *scanner, e *model.Event) bool {
	l := &d.recent
	if !s.lit(`{"thread_id":"`) || !d.plainName(s, &l.thread) || !s.lit(`,"turn_id":"`) || !d.plainName(s, &l.turn) ||
		s.lit(`,"session_id":"`) && !s.over() ||
		!s.lit(`,"root_turn_id":"`) || !d.plainName(s, &l.root) || !s.lit(`,"response_id":"`) {
		return false
	}
	id, ok := s.word(80)
	if !ok || !utf8.Valid(id) || !s.lit(`,"usage":`) {
		return false
	}
	use, ok := s.plainUsage()
	if !ok || !s.lit(`,"turn_token_usage":`) {
		return false
	}
	if _, ok = s.plainUsage(); !ok || !s.lit(`,"thread_token_usage":`) {
		return false
	}
	sum, ok := s.plainUsage()
	if !ok || !s.lit(`}`) {
		return false
	}
	e.Kind = model.EventRecord
	e.ThreadID, e.TurnID, e.RootTurnID, e.ResponseID = l.thread, l.turn, l.root, d.names.keep(id)
	e.Usage, e.UsageTotal, e.ThreadTotal = use.usage, use.total, sum.usage
	return true
}

// plainTokenCount reads a token_count's payload.
func (d *Decoder) plainTokenCount(s *scanner, e *model.Event) bool {
	if !s.lit(`{"type":"token_count","info":`) {
		return false
	}
	var sum, last counters
	var window model.Tokens
	info := !s.lit(`null`)
	if info {
		ok := s.lit(`{"total_token_usage":`)
		if ok {
			sum, ok = s.plainUsage()
		}
		if !ok || !s.lit(`,"last_token_usage":`) {
			return false
		}
		if last, ok = s.plainUsage(); !ok {
			return false
		}
		_ = s.lit(`,"last_usage_includes_reasoning":false`) || s.lit(`,"last_usage_includes_reasoning":true`)
		if !s.lit(`,"model_context_window":`) || !s.plainCounter(&window) || !s.lit(`}`) {
			return false
		}
	}
	if !s.lit(`,"rate_limits":`) {
		return false
	}
	limits := d.rateLimits(s, e.At)
	if s.bad || !s.lit(`}`) {
		return false
	}
	e.Kind, e.Limits, e.HasInfo = model.EventTokenCount, limits, info
	if info {
		e.HasTotal, e.Total, e.TotalTokens = true, sum.usage, sum.total
		e.HasLast, e.Last, e.LastTokens = true, last.usage, last.total
		if window > 0 {
			e.Window = window
		}
	}
	return true
}

// plainLimits reads rate_limits of two windows.
func (d *Decoder) plainLimits(s *scanner, l *limits) bool {
	if !s.lit(`{`) {
		return false
	}
	if s.lit(`"limit_id":`) && (!d.plainNameOrNull(s, &d.recent.limit, &l.id) || !s.lit(`,"limit_name":`) || !d.plainNameOrNull(s, &d.recent.limit, &l.name) || !s.lit(`,`)) {
		return false
	}
	var first, second limitFields
	if !s.lit(`"primary":`) || !s.plainWindow(&first) || !s.lit(`,"secondary":`) || !s.plainWindow(&second) {
		return false
	}
	if s.lit(`,"credits":null,"individual_limit":null,"spend_control_reached":null,"plan_type":`) &&
		(!d.plainNameOrNull(s, &d.recent.plan, &l.plan) || !s.lit(`,"rate_limit_reached_type":null`)) {
		return false
	}
	if !s.lit(`}`) {
		return false
	}
	l.add(first, false)
	l.add(second, false)
	return true
}

// plainNameOrNull reads a string value, "" for null.
func (d *Decoder) plainNameOrNull(s *scanner, last, name *string) bool {
	if s.lit(`null`) {
		*name = ""
		return true
	}
	if !s.lit(`"`) || !d.plainName(s, last) {
		return false
	}
	*name = *last
	return true
}

// plainWindow reads one window of rate_limits.
func (s *scanner) plainWindow(f *limitFields) bool {
	if s.lit(`null`) {
		return true
	}
	var minutes, resets model.Tokens
	if !s.lit(`{"used_percent":`) || !s.plainFloat(&f.used) || !s.lit(`,"window_minutes":`) || !s.plainCounter(&minutes) || !s.lit(`,"resets_at":`) {
		return false
	}
	if !s.lit(`null`) {
		if !s.plainCounter(&resets) {
			return false
		}
		f.resetsAt = unixSeconds(int64(resets))
	}
	f.hasUsed, f.hasMinutes, f.minutes = true, true, float64(minutes)
	return s.lit(`}`)
}

// plainFloat reads a number like 17 or 17.5.
func (s *scanner) plainFloat(f *float64) bool {
	b := s.b[s.p:min(len(s.b), s.p+16)]
	v, n := digits(b)
	if n == 0 || n > 9 {
		return false
	}
	*f = float64(v)
	if n < len(b) && b[n] == '.' {
		frac, m := digits(b[n+1:])
		if m != 1 {
			return false
		}
		*f = float64(v*10+frac) / 10
		n += 1 + m
	}
	s.p += n
	return true
}
