package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// Notify says how a person is told of what needs attention. The zero Notify
// tells nothing anywhere but on the screen.
type Notify struct {
	Bell     bool         `toml:"bell"`
	Terminal TerminalNote `toml:"terminal"`
	Tmux     bool         `toml:"tmux"`
	Desktop  bool         `toml:"desktop"`
	Command  []string     `toml:"command"` // gets the exception as JSON on its stdin
	From     Severity     `toml:"from"`
	Every    Interval     `toml:"every"`
	Quiet    Quiet        `toml:"quiet"`
	Prompts  bool         `toml:"prompts"` // the text of prompts may be told, too
}

// Any says that there is a way to tell.
func (n Notify) Any() bool {
	return n.Bell || n.Terminal.Sequence != "" || n.Tmux || n.Desktop || len(n.Command) > 0
}

// TerminalNote is the escape sequence that the terminal understands as a note:
// osc9 or osc777, "" for none.
type TerminalNote struct{ Sequence string }

// UnmarshalText takes osc9 or osc777.
func (t *TerminalNote) UnmarshalText(b []byte) error {
	if w := string(b); w != "osc9" && w != "osc777" {
		return fmt.Errorf("invalid terminal %s: want osc9 or osc777", quoted(w))
	}
	t.Sequence = string(b)
	return nil
}

// Severity is the least severity that is told; not set is critical.
type Severity struct {
	level budget.Severity
	set   bool
}

// UnmarshalText takes notice, warn, critical or page.
func (s *Severity) UnmarshalText(b []byte) error {
	for l := budget.Notice; l <= budget.Page; l++ {
		if l.String() == string(b) {
			s.level, s.set = l, true
			return nil
		}
	}
	return fmt.Errorf("invalid severity %s: want notice, warn, critical or page", quoted(string(b)))
}

// Level gives the severity.
func (s Severity) Level() budget.Severity {
	if !s.set {
		return budget.Critical
	}
	return s.level
}

// Interval is a time such as 30s; not set is a minute.
type Interval struct{ d time.Duration }

// UnmarshalText takes a time of at least a second.
func (i *Interval) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil || d < time.Second {
		return fmt.Errorf("invalid time %s: want one such as \"30s\" or \"5m\", at least a second", quoted(string(b)))
	}
	i.d = d
	return nil
}

// Duration gives the time.
func (i Interval) Duration() time.Duration {
	if i.d == 0 {
		return time.Minute
	}
	return i.d
}

// Quiet is the local hours in which nothing is told, such as "22:00-07:00". The
// zero Quiet is never.
type Quiet struct {
	from, to int // minutes of the day
	set      bool
}

// UnmarshalText takes two times of the day.
func (q *Quiet) UnmarshalText(b []byte) error {
	from, to, ok := strings.Cut(string(b), "-")
	a, err1 := time.Parse("15:04", strings.TrimSpace(from))
	z, err2 := time.Parse("15:04", strings.TrimSpace(to))
	if !ok || err1 != nil || err2 != nil || a.Equal(z) {
		return fmt.Errorf("invalid hours %s: want two times such as \"22:00-07:00\"", quoted(string(b)))
	}
	*q = Quiet{from: a.Hour()*60 + a.Minute(), to: z.Hour()*60 + z.Minute(), set: true}
	return nil
}

// Has says that an instant, in its own zone, lies in the quiet hours; their end is not in them.
func (q Quiet) Has(t time.Time) bool {
	if !q.set {
		return false
	}
	m := t.Hour()*60 + t.Minute()
	if q.from < q.to {
		return q.from <= m && m < q.to
	}
	return m >= q.from || m < q.to
}
