package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// handsChoice is one answer to the dialog. The zero choice is Cancel.
type handsChoice struct {
	label   string
	effects []string // what happens to whom, and what does not
	off     string   // why it can't be chosen, "" where it can

	way   control.Way
	order monitor.OrderKind
	place control.Place
	model *control.Switch
	copy  string // is only copied

	callOff string // the order that is to hold no longer
}

// cancels says that the answer is to do nothing.
func (c handsChoice) cancels() bool {
	return c.way == "" && c.order == "" && c.place == "" && c.model == nil && c.copy == "" && c.callOff == ""
}

// choices are the answers that are offered, Cancel first; none where nothing is asked.
func (x hands) choices(d monitor.Deed, phase handsPhase, s monitor.Snapshot) []handsChoice {
	out := []handsChoice{{label: "Cancel"}}
	switch {
	case phase == handsLooking:
		return out
	case phase == handsEnded && x.asksNext(d):
		for _, c := range d.Outcome.Next {
			out = append(out, planned(c))
		}
		return out
	case phase != handsReady:
		return nil
	}
	switch x.kind {
	case monitor.DeedDowngrade:
		return append(out, x.switches(d, s)...)
	case monitor.DeedTakeOver:
		for _, p := range d.Places {
			out = append(out, placeChoice(p, d))
		}
		return out
	}
	for _, c := range d.Plan.Choices {
		out = append(out, planned(c))
	}
	for _, o := range d.Orders {
		c := handsChoice{label: safe(o.Label), effects: cleaned(o.Effects), order: o.Kind}
		if o.Kind == monitor.OrderHold && !d.Gated {
			c.effects = append(c.effects, "Codex does not ask the gate now, so nothing would hold it: tokenburn enforce install")
		}
		out = append(out, c)
	}
	for _, o := range ordersOf(s, x.run) {
		out = append(out, handsChoice{label: "Call off: " + orderWords(o, s), effects: []string{"The order does not hold any more. The run goes on."}, callOff: o.ID})
	}
	return out
}

// asksNext says that what comes next is asked at once: the deed was proved to fail. What a run
// that ended has left behind is asked about on request only.
func (x hands) asksNext(d monitor.Deed) bool {
	if ordered(d) {
		return false // it holds: nothing is asked
	}
	for _, c := range d.Outcome.Next {
		if c.Way != control.Children || x.ending {
			return true
		}
	}
	return false
}

// leftBehind says that what the run left behind can be ended.
func leftBehind(d monitor.Deed) bool {
	return !ordered(d) && slices.ContainsFunc(d.Outcome.Next, func(c control.Choice) bool { return c.Way == control.Children })
}

func planned(c control.Choice) handsChoice {
	return handsChoice{label: safe(c.Label), effects: cleaned(c.Effects), way: c.Way}
}

func cleaned(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = safe(t)
	}
	return out
}

// runningTurn says that a turn of the run's root is running.
func runningTurn(d monitor.Deed) (control.Turn, bool) {
	t, ok := rootTurn(d)
	return t, ok && t.ID != "" && t.Ended.IsZero() && t.Number > 0
}

// placeChoice is taking a run over at a place.
func placeChoice(p control.Place, d monitor.Deed) handsChoice {
	first := "Nothing is running in it now; nothing is interrupted."
	do := ""
	if t, ok := runningTurn(d); ok {
		first, do = fmt.Sprintf("Turn %d is interrupted first. Edits already made stay.", t.Number), "Interrupt it and "
	}
	c := handsChoice{place: p}
	switch p {
	case control.PlacePane:
		pane := safe(d.Plan.Owner.Pane)
		c.label, c.effects = do+"go to its tmux pane "+pane, []string{first, "tmux then shows the pane in which it runs."}
	case control.PlaceWindow:
		c.label, c.effects = do+"resume it in a new tmux window", []string{first, "A new tmux window then runs the command that resumes it, in its folder."}
	case control.PlacePrint:
		c.label, c.effects = do+"copy the command that resumes it", []string{first, "The command that resumes it goes to the clipboard; type it where you want to go on."}
	default:
		c.label, c.effects = safe(do+"take it over: "+string(p)), []string{first}
	}
	if c.label != "" {
		c.label = strings.ToUpper(c.label[:1]) + c.label[1:]
	}
	return c
}

// parseOrder reads what was typed in for an order.
func (x hands) parseOrder(d monitor.Deed, s monitor.Snapshot) (monitor.Order, error) {
	o := monitor.Order{Run: x.run, Kind: x.order}
	text := strings.TrimSpace(x.input.Value())
	switch x.order {
	case monitor.OrderAmount:
		n, err := parseAmount(text, budget.USD)
		if err != nil {
			return o, err
		}
		spent := d.Cost
		if r, ok := runOf(s, x.run); ok {
			spent = r.Cost
		}
		if o.Amount = price.Money(n); o.Amount <= spent.USD {
			return o, fmt.Errorf("it has cost %s already: name more than that", dollars(spent, themes.Unicode()))
		}
	case monitor.OrderHold:
		until, err := parseUntil(text, s.At, s.Zone)
		if err != nil {
			return o, err
		}
		o.Until = until
	}
	return o, nil
}

// orderNeeds is the hint of what is typed in for an order; "" nothing.
func orderNeeds(k monitor.OrderKind) (label, hint string) {
	switch k {
	case monitor.OrderAmount:
		return "at $", "total cost of the run, such as 10.00"
	case monitor.OrderHold:
		return "until", "such as 2h, 18:00 or tomorrow"
	}
	return "", ""
}
