package tui

import (
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// turns gives the turns that are listed, in their order. The slice is a copy.
func (r runState) turns(d *monitor.RunDetail) []monitor.TurnView {
	var ts []monitor.TurnView
	for _, t := range d.Turns {
		if r.only == "" || t.Thread == r.only {
			ts = append(ts, t)
		}
	}
	if r.dearest {
		slices.SortStableFunc(ts, func(a, b monitor.TurnView) int {
			switch {
			case a.Cost.USD > b.Cost.USD:
				return -1
			case a.Cost.USD < b.Cost.USD:
				return 1
			}
			return 0
		})
	}
	if r.reversed {
		slices.Reverse(ts)
	}
	return ts
}

// turnRow is the row of the turn in focus, the first one where it is gone.
func (r runState) turnRow(ts []monitor.TurnView) int {
	return max(0, slices.IndexFunc(ts, func(t monitor.TurnView) bool { return keyOfTurn(t) == r.turn }))
}

// calls gives the calls that the filter lets through, newest first: every word
// of it must occur, in either case.
func (r runState) calls(d *monitor.RunDetail) []monitor.CallView {
	words := strings.Fields(strings.ToLower(r.filter))
	if len(words) == 0 {
		return d.Calls
	}
	var cs []monitor.CallView
	for _, c := range d.Calls {
		text := strings.ToLower(c.Agent + " " + c.Name + " " + c.Text + " " + callOutcome(c))
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			cs = append(cs, c)
		}
	}
	return cs
}

func callRow(cs []monitor.CallView, at callKey) int {
	return max(0, slices.IndexFunc(cs, func(c monitor.CallView) bool { return keyOfCall(c) == at }))
}

func threadRow(ts []monitor.ThreadView, id string) int {
	return max(0, slices.IndexFunc(ts, func(t monitor.ThreadView) bool { return t.ID == id }))
}

// callsOf gives the calls of one turn, newest first.
func callsOf(d *monitor.RunDetail, at turnKey) []monitor.CallView {
	var cs []monitor.CallView
	for _, c := range d.Calls {
		if c.Turn == at.number && c.Thread == at.thread {
			cs = append(cs, c)
		}
	}
	return cs
}

// detailOf is the inside of the run, nil until the monitor has sent it.
func detailOf(s monitor.Snapshot, id model.RunID) *monitor.RunDetail {
	if s.Detail == nil || s.Detail.ID != id {
		return nil
	}
	return s.Detail
}

func runOf(s monitor.Snapshot, id model.RunID) (monitor.Run, bool) {
	for i := range s.Runs {
		if s.Runs[i].ID == id {
			return s.Runs[i], true
		}
	}
	return monitor.Run{}, false
}
