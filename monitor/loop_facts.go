package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// logKept is how many entries the log has.
const logKept = 50

// deliver tells facts of a thread to those who follow along.
func (l *loop) deliver(e *entry, facts []Fact) {
	r := e.run
	name := r.name()
	if !r.told && !e.thread.FirstAt.IsZero() {
		r.told = true
		if !e.thread.FirstAt.Before(l.readyAt.Add(-lateFor)) {
			l.say(Fact{Type: factRunStarted, At: e.thread.FirstAt, Run: r.id, Name: name, Thread: e.thread.ID,
				Model: e.thread.Model, Effort: e.thread.Effort})
		}
	}
	for _, f := range facts {
		f.Run, f.Name = r.id, name
		l.say(f)
	}
}

// say writes a fact to the log and hands it to the reader of facts, for whom it waits.
func (l *loop) say(f Fact) {
	l.logFact(f)
	if l.core.said == nil || f.Type == factCompacted {
		return
	}
	select {
	case l.core.said <- f:
	case <-l.ctx.Done():
	}
}

// logFact writes the facts that a person wants to read to the log.
func (l *loop) logFact(f Fact) {
	text := ""
	switch f.Type {
	case factRunStarted:
		text = "run started"
	case factTurnEnded:
		text = turnEnded(f.Turn, f.Status, f.Reason)
	case factCompacted:
		text = "context compacted"
	case factWarning, factException, factAction:
		text = f.Text
	default:
		return
	}
	if len(l.log) >= 2*logKept {
		l.log = append(l.log[:0], l.log[logKept:]...)
	}
	l.log = append(l.log, LogEntry{At: f.At, Run: f.Name, Text: text})
	l.touched = true
}

func turnEnded(turn int, status, reason string) string {
	text := fmt.Sprintf("turn %d %s", turn, status)
	if reason != "" {
		text += ": " + reason
	}
	return text
}

// pastLog is the log of what was read as history: how the newest turns of the last
// day ended, oldest first.
func (b *book) pastLog(now time.Time) []LogEntry {
	var log []LogEntry
	for _, e := range b.entries {
		t := &e.thread.Turn
		if t.Ended.IsZero() || now.Sub(t.Ended) >= shownFor || t.State == model.TurnRunning {
			continue
		}
		log = append(log, LogEntry{At: t.Ended, Run: e.run.name(), Text: turnEnded(e.thread.TurnCount, t.State.String(), t.Reason)})
	}
	slices.SortStableFunc(log, func(a, b LogEntry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Run, b.Run))
	})
	return log[max(0, len(log)-logKept):]
}

// logNow is the log as a snapshot shows it: newest first.
func (l *loop) logNow() []LogEntry {
	n := min(len(l.log), logKept)
	out := slices.Clone(l.log[len(l.log)-n:])
	slices.Reverse(out)
	slices.SortStableFunc(out, func(a, b LogEntry) int { return b.At.Compare(a.At) })
	return out
}

// noteDeaths warns of runs whose turn seems to have died: nothing was written for
// so long that it counts as dead, and no line says so.
func (l *loop) noteDeaths(now time.Time) {
	for _, r := range l.list {
		for _, e := range r.threads {
			t := e.thread
			if e.died || t.Turn.State != model.TurnRunning || t.TurnCount == 0 {
				continue
			}
			if s, _ := e.state(now); s != StateDied {
				continue
			}
			e.died = true
			// What was dead before the monitor came is not news.
			known := diedAfter
			if e.hold == holdFree && !l.owned.seen[t.ID] {
				known = leftFor
			}
			if l.readyAt.IsZero() || lastWrite(t, e.written(), now).Add(known).Before(l.readyAt) {
				continue
			}
			text := fmt.Sprintf("nothing written for %d minutes inside turn %d: it seems to have died", int(diedAfter/time.Minute), t.TurnCount)
			if e.hold == holdFree {
				text = fmt.Sprintf("nothing works on it any more inside turn %d: it died", t.TurnCount)
			}
			l.say(Fact{Type: factWarning, At: now, Run: r.id, Name: r.name(), Thread: t.ID, Turn: t.TurnCount, Text: text})
		}
	}
}

// notices are the problems that the user should know, newest first.
func (l *loop) notices(now time.Time) []Notice {
	problems := slices.Clone(l.listed)
	for _, p := range l.problems {
		problems = append(problems, p)
	}
	list := l.agg.notices(problems, l.o.Prices, now)
	if l.status != nil && l.status.Why != "" {
		effect := "changes are found by looking every few seconds"
		if l.status.Live {
			effect = "nothing was lost"
		}
		list = append(list, Notice{Text: l.status.Why, Effect: effect, Fix: l.status.Fix})
	}
	list = append(list, l.told(now)...)
	seen := map[string]time.Time{}
	for i := range list {
		n := &list[i]
		at, ok := l.noted[n.Text]
		if !ok {
			at = now
		}
		n.At, seen[n.Text] = at, at
	}
	l.noted = seen
	slices.SortStableFunc(list, func(a, b Notice) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	return list
}
