package tui

import (
	"strings"
	"time"
	"unicode"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// runView is one of the views of a run's own screen.
type runView uint8

const (
	viewTurns runView = iota
	viewTools
	viewContext
	viewAgents
	viewCost
	runViews // how many there are
)

// String gives the view's word, as its chip shows it.
func (v runView) String() string {
	return [...]string{"turns", "tools", "context", "agents", "cost"}[v]
}

// turnKey names a turn for as long as the run lives; the zero key is "the first row".
type turnKey struct {
	thread string
	number int
}

// callKey names a tool call; the zero key is "the first row".
type callKey struct {
	at   time.Time
	turn int
	text string
}

func keyOfTurn(t monitor.TurnView) turnKey { return turnKey{t.Thread, t.Number} }
func keyOfCall(c monitor.CallView) callKey { return callKey{c.At, c.Turn, c.Thread + " " + c.Text} }

// page is how many rows pgup and pgdown move.
const page = 10

// runState is what the user chose on a run's own screen. The focus is on turns,
// calls and threads themselves, never on row numbers: rows move as the run goes on.
// A zero focus stays on the first row.
type runState struct {
	id       model.RunID
	view     runView
	turn     turnKey
	call     callKey
	inner    callKey // focus inside the opened turn
	agent    string
	opened   bool    // the turn in focus is shown from inside
	from     runView // the view to go back to from an opened turn
	only     string  // thread whose turns are listed; "" all
	dearest  bool
	reversed bool
	costs    bool   // the chart shows cost, not context
	filter   string // of the tools view
	typing   bool   // keys go to the filter
	aim      string // the exception that keys act on, "" none
}

// newRunState opens the screen of a run.
func newRunState(id model.RunID) runState { return runState{id: id} }

// takesText says that printable keys are text now: no other key may act.
func (r runState) takesText() bool { return r.typing }

// key handles a key press; handled is false where the root shall have it (esc: back to the list).
func (r *runState) key(k tea.KeyPressMsg, keys *keyMap, s monitor.Snapshot) (handled bool) {
	if r.typing {
		return r.typeKey(k, keys)
	}
	switch {
	case key.Matches(k, keys.NextChip):
		r.show((r.view + 1) % runViews)
	case key.Matches(k, keys.PrevChip):
		r.show((r.view + runViews - 1) % runViews)
	case key.Matches(k, keys.Open):
		r.open(s)
	case key.Matches(k, keys.Back):
		return r.back()
	case key.Matches(k, keys.Sort):
		if r.view != viewTurns || r.opened {
			return true
		}
		r.dearest, r.turn = !r.dearest, turnKey{}
	case key.Matches(k, keys.Reverse):
		if r.view != viewTurns || r.opened {
			return true
		}
		r.reversed, r.turn = !r.reversed, turnKey{}
	case key.Matches(k, keys.Chart):
		r.costs = !r.costs
	case key.Matches(k, keys.Filter):
		r.show(viewTools)
		r.typing = true
	default:
		return r.move(k, keys, s)
	}
	return true
}

// typeKey edits the filter of the tools view.
func (r *runState) typeKey(k tea.KeyPressMsg, keys *keyMap) bool {
	switch {
	case k.String() == "ctrl+c":
		return false
	case key.Matches(k, keys.Back):
		r.filter, r.typing = "", false
	case key.Matches(k, keys.Open):
		r.typing = false
	case k.String() == "backspace":
		rs := []rune(r.filter)
		r.filter = string(rs[:max(0, len(rs)-1)])
	case k.Text != "" && len(r.filter) < 200:
		r.filter += strings.Map(func(c rune) rune {
			if unicode.IsPrint(c) {
				return c
			}
			return -1
		}, k.Text)
	}
	r.call = callKey{}
	return true
}

// show changes the view and leaves an opened turn.
func (r *runState) show(v runView) { r.view, r.opened = v, false }

// back undoes one step; false where there is none left.
func (r *runState) back() bool {
	switch {
	case r.opened:
		r.opened, r.view = false, r.from
	case r.view == viewTools && r.filter != "":
		r.filter = ""
	case r.only != "":
		r.only = ""
	default:
		return false
	}
	return true
}

// open goes into what is in focus: a turn, the turn of a call, the turns of an agent.
func (r *runState) open(s monitor.Snapshot) {
	d := detailOf(s, r.id)
	if d == nil || r.opened {
		return
	}
	switch r.view {
	case viewTurns:
		if ts := r.turns(d); len(ts) > 0 {
			r.turn, r.inner = keyOfTurn(ts[r.turnRow(ts)]), callKey{}
			r.opened, r.from = true, viewTurns
		}
	case viewTools:
		cs := r.calls(d)
		if len(cs) == 0 {
			return
		}
		c := cs[callRow(cs, r.call)]
		for _, t := range d.Turns {
			if t.Number == c.Turn && t.Thread == c.Thread {
				r.turn, r.call, r.inner = keyOfTurn(t), keyOfCall(c), keyOfCall(c)
				r.opened, r.from, r.view = true, viewTools, viewTurns
				return
			}
		}
	case viewAgents:
		if run, ok := runOf(s, r.id); ok && len(run.Threads) > 0 {
			r.only, r.turn = run.Threads[threadRow(run.Threads, r.agent)].ID, turnKey{}
			r.view = viewTurns
		}
	}
}

// move handles the keys that move the focus.
func (r *runState) move(k tea.KeyPressMsg, keys *keyMap, s monitor.Snapshot) bool {
	step, moves := keys.step(k, page)
	if !moves {
		return false
	}
	r.moveBy(step, s)
	return true
}

// moveBy moves the focus by so many rows; on the first row it lets go of its row
// and stays on whatever is first.
func (r *runState) moveBy(step int, s monitor.Snapshot) {
	d := detailOf(s, r.id)
	if r.view == viewAgents {
		if run, ok := runOf(s, r.id); ok && len(run.Threads) > 0 {
			r.agent = run.Threads[clampRow(threadRow(run.Threads, r.agent)+step, len(run.Threads))].ID
		}
		return
	}
	if d == nil {
		return
	}
	switch {
	case r.opened:
		r.inner = moveCall(callsOf(d, r.turn), r.inner, step)
	case r.view == viewTurns:
		ts := r.turns(d)
		if len(ts) == 0 {
			return
		}
		if i := clampRow(r.turnRow(ts)+step, len(ts)); i > 0 {
			r.turn = keyOfTurn(ts[i])
		} else {
			r.turn = turnKey{}
		}
	case r.view == viewTools:
		r.call = moveCall(r.calls(d), r.call, step)
	}
}

func moveCall(cs []monitor.CallView, at callKey, step int) callKey {
	if i := clampRow(callRow(cs, at)+step, len(cs)); i > 0 {
		return keyOfCall(cs[i])
	}
	return callKey{}
}

func clampRow(i, n int) int { return max(0, min(i, n-1)) }
