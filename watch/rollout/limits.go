package rollout

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// limitFields is one window of rate_limits as it is written.
type limitFields struct {
	used, remaining       float64
	hasUsed, hasRemaining bool
	minutes               float64
	hasMinutes            bool
	resetsAt              time.Time
}

// limits is what a rate_limits object says.
type limits struct {
	found          [6]model.Limit
	count          int
	id, name, plan string
}

// add takes a window; individual: a spend control's.
func (l *limits) add(f limitFields, individual bool) {
	if w, ok := f.limit(individual); ok && l.count < len(l.found) {
		l.found[l.count] = w
		l.count++
	}
}

// rateLimits reads the windows of a rate_limits object. Which slot a window is
// in (primary, secondary) means nothing: plans move them. What it is, its length
// tells. The slice is the decoder's and valid until the next line.
func (d *Decoder) rateLimits(s *scanner, at time.Time) []model.Limit {
	l := &d.limits
	l.count, l.id, l.name, l.plan = 0, "", "", ""
	start := s.p
	if !d.plainLimits(s, l) {
		s.p, l.count, l.id, l.name, l.plan = start, 0, "", "", ""
		d.anyLimits(s, l, at)
	}
	if l.count == 0 {
		return nil
	}
	for i := range l.found[:l.count] {
		f := &l.found[i]
		f.ID, f.Name, f.Plan, f.At = l.id, l.name, l.plan, at
	}
	return l.found[:l.count:l.count]
}

// anyLimits reads rate_limits in any layout.
func (d *Decoder) anyLimits(s *scanner, l *limits, at time.Time) {
	if !s.open('{') {
		s.skip()
		return
	}
	var flat [2]limitFields // before 0.41: primary_used_percent … beside each other
	for n := 0; s.more(n, '}'); n++ {
		switch k := s.key(); string(k) {
		case "limit_id":
			l.id = d.name(s)
		case "limit_name":
			l.name = d.name(s)
		case "plan_type":
			l.plan = d.name(s)
		case "primary_used_percent":
			flat[0].used, flat[0].hasUsed = s.float()
		case "secondary_used_percent":
			flat[1].used, flat[1].hasUsed = s.float()
		case "primary_window_minutes":
			flat[0].minutes, flat[0].hasMinutes = s.float()
		case "secondary_window_minutes":
			flat[1].minutes, flat[1].hasMinutes = s.float()
		case "credits":
			s.skip()
		default:
			individual := string(k) == "individual_limit"
			l.add(s.limit(at), individual)
		}
	}
	l.add(flat[0], false)
	l.add(flat[1], false)
}

// limit reads one window; of anything that is no object nothing is set.
func (s *scanner) limit(at time.Time) (f limitFields) {
	if !s.open('{') {
		s.skip()
		return f
	}
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "used_percent":
			f.used, f.hasUsed = s.float()
		case "remaining_percent":
			f.remaining, f.hasRemaining = s.float()
		case "window_minutes":
			f.minutes, f.hasMinutes = s.float()
		case "resets_at":
			if v, ok := s.integer(); ok {
				f.resetsAt = unixSeconds(v)
			}
		case "resets_in_seconds":
			if v, ok := s.integer(); ok && !at.IsZero() && f.resetsAt.IsZero() && v >= 0 && v < 1<<31 {
				f.resetsAt = at.Add(time.Duration(v) * time.Second)
			}
		default:
			s.skip()
		}
	}
	return f
}

// limit is the window as the rest of the program knows it; false for one that
// tells no use, or whose length is none that plans have.
func (f limitFields) limit(individual bool) (model.Limit, bool) {
	l := model.Limit{Used: f.used, ResetsAt: f.resetsAt}
	if individual {
		if f.hasRemaining {
			l.Used = 100 - f.remaining
		}
		return l, f.hasRemaining || f.hasUsed
	}
	l.Minutes = windowMinutes(f.minutes)
	return l, f.hasUsed && f.hasMinutes && l.Minutes > 0
}

// windowMinutes gives the length of the plan's window that m is within 5 % of:
// 300, 10080, or 43200 for any month (28 to 31 days); 0 where it is none. Codex
// reports 299 and 10079 as well, and a month's length changes with the month, so
// windows are told apart by these three.
func windowMinutes(m float64) int {
	switch {
	case m >= 300*0.95 && m <= 300*1.05:
		return 300
	case m >= 10080*0.95 && m <= 10080*1.05:
		return 10080
	case m >= 40320*0.95 && m <= 44640*1.05:
		return 43200
	}
	return 0
}
