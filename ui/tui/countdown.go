package tui

import (
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// keptRun is a stop that was called off and that is not gone from the snapshots yet.
type keptRun struct {
	run model.RunID
	at  time.Time
}

// countdown is the stop that esc calls off: the soonest that nobody has asked to call off yet, else
// the soonest. asked says that it was asked for already.
func (m Model) countdown() (c monitor.Countdown, asked, ok bool) {
	all := m.newest().Countdowns
	for _, c := range all {
		if !m.keeps(c) {
			return c, false, true
		}
	}
	if len(all) == 0 {
		return c, false, false
	}
	return all[0], true, true
}

func (m Model) keeps(c monitor.Countdown) bool {
	for _, k := range m.kept {
		if k.run == c.Run && k.at.Equal(c.At) {
			return true
		}
	}
	return false
}

// keepRunning calls off the stop that is counted down.
func (m Model) keepRunning() Model {
	c, asked, ok := m.countdown()
	if !ok {
		return m
	}
	m.send(monitor.KeepRunning{Run: c.Run, Reason: "kept running from the screen"})
	if !asked {
		kept := append([]keptRun(nil), m.kept...)
		m.kept = append(kept[max(0, len(kept)-7):], keptRun{c.Run, c.At})
	}
	return m
}

// countdownLine says what a budget is about to do, and how to prevent it; "" where none is.
func (m Model) countdownLine(w int) string {
	c, asked, ok := m.countdown()
	if !ok || w <= 0 {
		return ""
	}
	st, g := m.st, m.st.Glyphs
	name, by, left := safe(c.Name), safe(c.Budget), max(0, c.At.Sub(m.newest().At))
	in := fmt.Sprintf("in %d s", int((left+time.Second-1)/time.Second))
	if left == 0 {
		in = "now"
	}
	esc := "esc keeps it running"
	if m.dialog != dialogNone {
		esc = "esc twice keeps it running"
	}
	more := ""
	if n := len(m.newest().Countdowns) - 1; n > 0 {
		more = fmt.Sprintf(" (%d more)", n)
	}
	if asked {
		for _, text := range []string{"asked to keep " + name + " running", "asked to keep it running", "asked to keep it"} {
			if cells(text)+2 <= w {
				return st.Alert.Render(" " + padRight(text, w-1))
			}
		}
	}
	dash := " " + g.Dot + " "
	for _, text := range []string{
		g.Critical + " budget " + by + " stops " + name + " " + in + dash + esc + more,
		g.Critical + " " + by + " stops " + name + " " + in + dash + esc + more,
		g.Critical + " " + by + " stops " + name + " " + in + dash + esc,
		g.Critical + " stops " + name + " " + in + dash + "esc keeps" + more,
		g.Critical + " stops " + name + " " + in + dash + "esc keeps",
	} {
		if cells(text)+1 <= w {
			return st.Alert.Render(padRight(text, w))
		}
	}
	tail := fmt.Sprintf(" %ds esc keeps", int((left+time.Second-1)/time.Second))
	head := g.Critical + "stop "
	if cells(head)+cells(tail)+6 > w {
		head = g.Critical
	}
	if n := w - cells(head) - cells(tail); n >= 3 {
		return st.Alert.Render(padRight(head+cut(name, n, g)+tail, w))
	}
	return st.Alert.Render(padRight(cut(g.Critical+tail, w, g), w))
}
