package price

import (
	"slices"
	"strings"
	"time"
)

// How says by which rule a model's name in a session file led to a price.
type How uint8

// The rules, in the order in which they are tried. There is none by family: a
// model that is not listed has no price.
const (
	HowNone     How = iota
	HowOverride     // the user's own price
	HowExact        // the id itself
	HowAlias        // another name of the same model
	HowProvider     // one of the above behind "openai/"
	HowDated        // an id with a snapshot's date: gpt-5-2025-08-07
	HowEffort       // an id with a reasoning effort: gpt-5.5-high
	HowMoving       // a name for whatever model Codex ran at the time: codex-auto-review
)

// String gives the rule in words.
func (h How) String() string {
	return [...]string{"no price", "your own price", "exact id", "alias", "provider prefix left out",
		"dated snapshot", "reasoning effort left out", "dated alias"}[h]
}

const provider = "openai/"

var efforts = []string{"none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"}

// resolved is where a name led to.
type resolved struct {
	row    *Row
	how    How
	model  string // the id that the name stands for; "" where none is known
	note   string // what is doubtful about that
	reason string // why row is nil
}

// resolve finds the row of a name at an instant (Unix seconds).
func (l *List) resolve(name string, at int64) resolved {
	if e := l.models[name]; e != nil {
		if r := e.at(name, at); r.row != nil || e.listed {
			return r
		}
	}
	if id, ok := l.alias[name]; ok {
		return l.as(id, HowAlias, at)
	}
	if rest, ok := strings.CutPrefix(name, provider); ok && !strings.HasPrefix(rest, provider) {
		r := l.resolve(rest, at)
		if r.how == HowExact || r.how == HowAlias {
			r.how = HowProvider
		}
		return r
	}
	if rest, ok := cutDate(name); ok && l.models[rest] != nil {
		return l.as(rest, HowDated, at)
	}
	if i := strings.LastIndexByte(name, '-'); i > 0 && slices.Contains(efforts, name[i+1:]) && l.models[name[:i]] != nil {
		return l.as(name[:i], HowEffort, at)
	}
	for _, m := range l.moving[name] {
		if m.from <= at && at < m.to {
			r := l.as(m.model, HowMoving, at)
			r.note = m.note
			return r
		}
	}
	return resolved{reason: "the price list does not have this model"}
}

// as gives the row of a listed id that another name led to.
func (l *List) as(id string, how How, at int64) resolved {
	r := l.models[id].at(id, at)
	if r.how == HowExact {
		r.how = how
	}
	return r
}

// at gives the row that holds at an instant.
func (e *entry) at(id string, at int64) resolved {
	for i := len(e.rows) - 1; i >= 0; i-- {
		r := &e.rows[i]
		if !r.holds(at) {
			continue
		}
		how := HowExact
		if r.Status == StatusOverride {
			how = HowOverride
		}
		return resolved{row: r, how: how, model: id}
	}
	reason := "its price ended before that day"
	if len(e.rows) > 0 && at < e.rows[0].from {
		reason = "its first price is from " + e.rows[0].From.Format(time.DateOnly)
	}
	return resolved{model: id, reason: reason}
}

// cutDate takes a snapshot's date, -2006-01-02, off the end of a name.
func cutDate(name string) (string, bool) {
	i := len(name) - len("-2006-01-02")
	if i <= 0 || name[i] != '-' {
		return name, false
	}
	if _, err := time.Parse(time.DateOnly, name[i+1:]); err != nil {
		return name, false
	}
	return name[:i], true
}
