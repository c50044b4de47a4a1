// Package notify tells a person of exceptions outside of the screen: by the
// terminal's bell or a note of it, in tmux, on the desktop, or by a command of
// their own. All of it is off until the settings choose it.
package notify

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

// Options say how and what is told.
type Options struct {
	Settings func() config.Notify // asked anew each time, so that a change of the file holds at once
	Zone     *time.Location       // quiet hours are in it; nil: time.Local
	Ways     Ways
	// Encode writes an exception as JSON, for a command.
	Encode func(monitor.Fact) ([]byte, error)
	// Failed is told what a way of telling failed with, and "" once all went well
	// again; it may not block for long. Nil: nobody is.
	Failed func(string)
	Now    func() time.Time // nil: time.Now
	// Turn and Bell say which of several monitors tells, and which of those that have
	// a terminal rings there.
	Turn, Bell Turn
}

// notifier holds back and tells. It belongs to one goroutine.
type notifier struct {
	Options
	told    map[string]budget.Severity // by id and state
	pending []monitor.Fact             // held back, oldest first
	last    time.Time
	failing bool
}

// Run tells of the exceptions among facts until the channel is closed. What it
// starts ends with it. It never holds up whoever sends the facts for longer than a step,
// except where more come in than any person could read.
func Run(ctx context.Context, o Options, facts <-chan monitor.Fact) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	n := &notifier{Options: o, told: map[string]budget.Severity{}}
	work := make(chan message, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m := range work {
			n.fail(m.send(ctx, n.Ways))
		}
	}()
	defer n.Bell.end()
	defer n.Turn.end()
	defer func() { close(work); <-done }()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case f, ok := <-facts:
			if !ok {
				return
			}
			n.take(f)
		case <-timer.C:
		}
		timer.Reset(n.flush(work))
	}
}

// fail tells what a message failed with. It is called by one goroutine.
func (n *notifier) fail(err error) {
	switch {
	case n.Failed == nil:
	case err != nil:
		n.failing = true
		n.Failed(err.Error())
	case n.failing:
		n.failing = false
		n.Failed("")
	}
}

// take notes an exception that a person should know of.
func (n *notifier) take(f monitor.Fact) {
	if f.Exception == nil {
		return
	}
	e := *f.Exception
	n.pending = slices.DeleteFunc(n.pending, func(p monitor.Fact) bool { return p.Exception.ID == e.ID })
	s := n.Settings()
	if !s.Any() || f.Known || !e.NeedsAttention() || e.Severity < s.From.Level() {
		return
	}
	if was, ok := n.told[key(e)]; ok && e.Severity <= was {
		return
	}
	n.pending = append(n.pending, f)
}

// key tells the times apart at which one exception may be told: when it comes, and
// when it comes back or nobody cared.
func key(e budget.Exception) string { return e.ID + " " + string(e.State) }

// flush tells what is held back, once it may, and gives when to look again.
func (n *notifier) flush(work chan<- message) time.Duration {
	const idle = time.Hour
	if len(n.pending) == 0 {
		return idle
	}
	s := n.Settings()
	now := n.Now()
	wait := s.Every.Duration() - now.Sub(n.last)
	switch {
	case !s.Any():
		n.pending = nil
		return idle
	case s.Quiet.Has(now.In(n.Zone)):
		return time.Minute
	case wait > 0 && !n.last.IsZero():
		return wait
	}
	if s = n.own(s); !s.Any() {
		n.noted() // somebody else tells of it
		return idle
	}
	slices.SortStableFunc(n.pending, func(a, b monitor.Fact) int {
		return cmp.Compare(b.Exception.Severity, a.Exception.Severity)
	})
	m := newMessage(s, n.pending, n.Encode)
	select {
	case work <- m:
	default:
		return time.Second // the one before is not told yet
	}
	n.noted()
	n.last = now
	return idle
}

// own is what of the settings is this monitor's to do.
func (n *notifier) own(s config.Notify) config.Notify {
	if (s.Bell || s.Terminal.Sequence != "") && (n.Ways.Terminal == nil || !n.Bell.mine()) {
		s.Bell, s.Terminal.Sequence = false, ""
	}
	if (s.Tmux || s.Desktop || len(s.Command) > 0) && !n.Turn.mine() {
		s.Tmux, s.Desktop, s.Command = false, false, nil
	}
	return s
}

// noted says that all that was held back has been told.
func (n *notifier) noted() {
	for _, f := range n.pending {
		n.told[key(*f.Exception)] = f.Exception.Severity
	}
	n.pending = nil
}

// words joins texts that are not empty.
func words(between string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), between)
}
