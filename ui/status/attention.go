package status

import (
	"fmt"
	"math"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// level is how urgent something is.
type level uint8

const (
	calm level = iota
	warning
	critical
)

func (l level) String() string { return [...]string{"ok", "warning", "critical"}[l] }

// alert is one thing that needs attention.
type alert struct {
	level level
	run   string // id, "" where it is about the account
	// exception is its id, "" where it is none
	exception string
	text      string // clean
	limit     bool
}

// attention lists what needs it, critical things first: exceptions and budgets, then
// rate limits at 90 % and more, runs that failed or died within the last hour, and
// runs that are silent.
func attention(s monitor.Snapshot) []alert {
	crit, warn := exceptions(s)
	for _, l := range s.Limits {
		switch used := l.Used; {
		case !current(l, s.At) || used < 90:
		case used >= 100:
			crit = append(crit, alert{level: critical, text: limitText(l), limit: true})
		default:
			warn = append(warn, alert{level: warning, text: limitText(l), limit: true})
		}
	}
	for _, r := range s.Runs {
		text := clean(r.Name) + " " + r.State.String()
		switch r.State {
		case monitor.StateFailed, monitor.StateDied:
			if s.At.Sub(r.LastAt) <= recent {
				crit = append(crit, alert{level: critical, run: string(r.ID), text: text})
			}
		case monitor.StateSilent:
			warn = append(warn, alert{level: warning, run: string(r.ID), text: text})
		}
	}
	return append(crit, warn...)
}

// current says that a reported window has not ended since.
func current(l model.Limit, at time.Time) bool { return l.ResetsAt.IsZero() || at.Before(l.ResetsAt) }

// limitText gives a window's name and how much of it is used, as Codex reported
// it and rounded down: 100 is said only of a limit that is reached.
func limitText(l model.Limit) string { return fmt.Sprintf("%s %d%%", window(l), percent(l)) }

func percent(l model.Limit) int { return int(math.Floor(max(0, min(999, l.Used)))) }

// window names a rate-limit window by its length, the only thing that tells
// which one it is.
func window(l model.Limit) string {
	switch m := l.Minutes; {
	case m == 0:
		return "spend"
	case m >= 40_320 && m <= 44_640:
		return "mo"
	case m == 10_080:
		return "wk"
	case m%1440 == 0:
		return fmt.Sprintf("%dd", m/1440)
	case m%60 == 0:
		return fmt.Sprintf("%dh", m/60)
	default:
		return fmt.Sprintf("%dm", m)
	}
}
