package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// hands is the dialog about a deed. It keeps to the run that it was opened for, by
// its id and name, whatever becomes of the list behind it.
type hands struct {
	id   string // of the Ask
	kind monitor.DeedKind
	run  model.RunID
	name string // cleaned

	seen  bool   // the monitor has answered
	shown string // what was offered when the delay began
	focus int    // of the choices; 0 is Cancel
	top   int    // first line shown of what is told

	table bool     // the table of models has the keys
	pick  modelKey // the model in focus there

	order   monitor.OrderKind // whose amount or time is typed in; "" none
	input   textLine
	problem string // why it was not done
	ending  bool   // the question about what the run left behind is open
	sent    sending
}

// sending is what was asked for and not seen to begin yet.
type sending struct {
	at      time.Time // zero: nothing
	state   monitor.DeedState
	outcome time.Time
}

// handsPhase is what the dialog shows.
type handsPhase uint8

const (
	handsLooking handsPhase = iota // nobody has answered yet
	handsReady                     // choices are offered
	handsActing
	handsEnded
	handsRefused
	handsGone // another face asked for something else meanwhile
)

// sentPatience is how long the choices stay away after one was made and nothing is heard of it.
const sentPatience = 10 * time.Second

// deed is the deed that the dialog is about, and what is shown of it.
func (x hands) deed(s monitor.Snapshot) (monitor.Deed, handsPhase) {
	d := s.Deed
	if d == nil || d.ID != x.id {
		if x.seen {
			return monitor.Deed{}, handsGone
		}
		return monitor.Deed{}, handsLooking
	}
	if x.sent.at != (time.Time{}) && d.State == x.sent.state && d.Outcome.At.Equal(x.sent.outcome) && s.At.Sub(x.sent.at) < sentPatience {
		return *d, handsActing
	}
	switch d.State {
	case monitor.DeedReady:
		return *d, handsReady
	case monitor.DeedActing:
		return *d, handsActing
	case monitor.DeedEnded:
		return *d, handsEnded
	case monitor.DeedRefused:
		return *d, handsRefused
	}
	return *d, handsLooking
}

// settled says that nothing is asked any more: rows may move again.
func (x hands) settled(s monitor.Snapshot) bool {
	d, phase := x.deed(s)
	return phase == handsEnded && len(x.choices(d, phase, s)) == 0
}

// runInFocus is the run that a deed would be about, and why there is none.
func (m Model) runInFocus() (r monitor.Run, why string) {
	var id model.RunID
	switch m.screen {
	case screenMain, screenRun:
		if r, ok := m.actsOn(); ok && r.ID != "" {
			return r, ""
		}
		return r, "there is no run here"
	case screenExceptions:
		e, ok := exceptionOf(m.snap, m.exc.id)
		if !ok {
			return r, "there is no exception"
		}
		if id = e.Run; id == "" {
			return r, "this exception is of no single run: 1 lists the runs"
		}
	case screenBudgets:
		b, ok := m.budgets.standing(m.snap)
		if !ok {
			return r, "there is no budget"
		}
		if id = budgetRun(b, m.snap); id == "" {
			return r, "this budget is of no single run: 1 lists the runs"
		}
	default:
		return r, "nothing to act on here: 1 lists the runs"
	}
	r, ok := runOf(m.snap, id)
	if !ok {
		return r, "its run is no longer in the list"
	}
	return r, ""
}

// openHands asks what can be done about the run in focus. A deed of this run that is
// still being carried out is shown again instead.
func (m Model) openHands(kind monitor.DeedKind) (Model, tea.Cmd) {
	s := m.newest()
	if s.ReadOnly {
		m.flash = "read-only: nothing is acted on"
		return m, nil
	}
	r, why := m.runInFocus()
	if why != "" {
		m.flash = why
		return m, nil
	}
	x := hands{kind: kind, run: r.ID, name: safe(r.Name), table: kind == monitor.DeedDowngrade}
	if d := s.Deed; d != nil && d.ID == m.away && m.away != "" && d.Run == r.ID && d.Kind == kind {
		x.id, x.seen = d.ID, true
	} else {
		x.id = fmt.Sprintf("screen-%s-%d", strconv.FormatInt(s.At.UnixNano(), 36), m.opened+1)
		m.send(monitor.Ask{ID: x.id, Run: r.ID, Kind: kind})
	}
	m.away = ""
	m.hands = x
	return m.lookAgain(true)
}

// lookAgain takes in what is offered now. Where that is not what was on the screen, the focus
// goes back to Cancel and keys are dead for a while again.
func (m Model) lookAgain(opened bool) (Model, tea.Cmd) {
	s := m.newest()
	x := m.hands
	d, phase := x.deed(s)
	x.seen = x.seen || s.Deed != nil && s.Deed.ID == x.id
	if x.table && len(d.Models) > 0 {
		x.pick = x.pick.in(d, m.adviceFor(x.run))
	}
	offered := x.offered(d, phase, s)
	if !opened && offered == x.shown {
		m.hands = x
		return m, nil
	}
	x.shown, x.focus, x.top, x.problem, x.order = offered, 0, 0, "", ""
	if phase == handsEnded && len(x.choices(d, phase, s)) > 0 {
		x.top = tail // what is asked now is seen
	}
	m.hands = x
	return m.arm(dialogHands)
}

// offered is what an answer would be about: all of it but figures that change by themselves.
func (x hands) offered(d monitor.Deed, phase handsPhase, s monitor.Snapshot) string {
	var b strings.Builder
	o := d.Plan.Owner
	fmt.Fprintln(&b, phase, x.ending, d.Why, d.Plan.Why, o.Kind, o.Process.PID, o.Process.Ticks, o.Process.Started.UnixNano(), o.Process.Exe, o.Pane, d.Plan.Others, d.How, d.Gated)
	if phase == handsReady {
		for _, c := range d.Plan.Children {
			fmt.Fprintln(&b, c.PID, c.Ticks)
		}
	}
	for _, c := range x.choices(d, phase, s) {
		if c.model == nil { // moving in the table of models is no change of what is offered
			fmt.Fprintln(&b, c.label, c.effects)
		}
	}
	for _, m := range d.Models {
		fmt.Fprintln(&b, m.Model, m.Effort, m.Current, m.Later, m.Fits, m.Compacts)
	}
	return b.String()
}

// closeHands ends the dialog. A deed that is being carried out goes on; it can be looked at again.
func (m Model) closeHands() Model {
	s := m.newest()
	_, phase := m.hands.deed(s)
	m.dialog = dialogNone
	switch phase {
	case handsActing:
		m.away = m.hands.id
		m.flash = "it goes on: the same key shows it again"
	case handsGone:
	default:
		m.send(monitor.Leave{ID: m.hands.id})
	}
	return m
}

// followDeed keeps an open dialog in line with the newest snapshot, and tells the end of a deed
// whose dialog was closed.
func (m Model) followDeed() (Model, tea.Cmd) {
	if m.dialog == dialogHands {
		return m.lookAgain(false)
	}
	if d := m.newest().Deed; d != nil && m.away != "" && d.ID == m.away && !m.told &&
		slices.Contains([]monitor.DeedState{monitor.DeedEnded, monitor.DeedRefused}, d.State) {
		x := hands{id: d.ID, kind: d.Kind, name: safe(d.Name), seen: true}
		_, phase := x.deed(m.newest())
		m.flash, m.told = x.title(*d, phase)+" "+m.st.Glyphs.Dot+" "+m.keyOf(d.Kind).Help().Key+" shows it", true
	}
	if m.away == "" {
		m.told = false
	}
	return m, nil
}

// adviceFor is the model that an open exception of the run recommends.
func (m Model) adviceFor(run model.RunID) modelKey {
	for _, e := range m.newest().Exceptions {
		if e.Run == run && e.Advice.Action == "downgrade" && e.Advice.Model != "" {
			return modelKey{e.Advice.Model, e.Advice.Effort}
		}
	}
	return modelKey{}
}
