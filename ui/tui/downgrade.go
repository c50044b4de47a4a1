package tui

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// modelKey names an offer for as long as it is offered.
type modelKey struct{ model, effort string }

func keyOfOffer(o monitor.ModelOffer) modelKey { return modelKey{o.Model, o.Effort} }

// row is where the offer stands in the table; the first row where it is gone.
func (k modelKey) row(d monitor.Deed) int {
	for i, o := range d.Models {
		if keyOfOffer(o) == k {
			return i
		}
	}
	return 0
}

// in keeps to the offer where it is still made; else it takes the recommended one, or the first
// that saves and fits.
func (k modelKey) in(d monitor.Deed, advised modelKey) modelKey {
	best, rank := keyOfOffer(d.Models[0]), 0
	for _, o := range d.Models {
		at, r := keyOfOffer(o), 0
		switch saves := !o.Current && o.Fits && o.Why == "" && o.Saves > 0; {
		case at == k:
			return k
		case at == advised:
			r = 3
		case saves && !o.Compacts:
			r = 2
		case saves:
			r = 1
		}
		if r > rank {
			best, rank = at, r
		}
	}
	return best
}

// offer is the model in focus.
func (x hands) offer(d monitor.Deed) (monitor.ModelOffer, bool) {
	if len(d.Models) == 0 {
		return monitor.ModelOffer{}, false
	}
	return d.Models[x.pick.row(d)], true
}

// offerName is a model with its effort, as it is typed.
func offerName(o monitor.ModelOffer) string {
	return strings.TrimSpace(safe(o.Model) + " " + safe(o.Effort))
}

// switches are the answers to the picker besides Cancel.
func (x hands) switches(d monitor.Deed, s monitor.Snapshot) []handsChoice {
	o, ok := x.offer(d)
	if !ok {
		return nil
	}
	name, off := offerName(o), ""
	switch {
	case d.Plan.Owner.Kind == control.TUI:
		off = "an interactive Codex changes its model only by hand: Esc in its window, then /model"
	case o.Current:
		off = "it runs with " + name + " already: choose another in the table"
	case !o.Fits:
		off = "the run's context does not fit " + name
	}
	var out []handsChoice
	if o.Later {
		out = append(out, handsChoice{label: "From the next turn on: " + name + " (this turn goes on)", off: off,
			model: &control.Switch{Model: o.Model, Effort: o.Effort, Later: true}})
	}
	label := "Interrupt and go on with " + name
	if d.Plan.Owner.Kind == control.Exec {
		label = "Interrupt and resume with " + name
	}
	if _, running := runningTurn(d); !running {
		label = "Go on with " + name
	}
	out = append(out, handsChoice{label: label, off: off, model: &control.Switch{Model: o.Model, Effort: o.Effort}})
	return append(out, handsChoice{label: "Copy the command only", copy: x.switchCommand(d, s)})
}

// switchCommand is what does it by hand.
func (x hands) switchCommand(d monitor.Deed, s monitor.Snapshot) string {
	o, ok := x.offer(d)
	if !ok || o.Command != "" {
		return safe(cmp.Or(o.Command, d.Command))
	}
	r, found := runOf(s, x.run)
	if !found {
		r = monitor.Run{ID: x.run}
	}
	flags := []string{"-m", safe(o.Model)}
	if o.Effort != "" {
		flags = append(flags, "-c", "model_reasoning_effort="+safe(o.Effort))
	}
	return resumeCommand(r, flags...)
}

// estimated writes a projected cost: "≈0.53", a floor "≥0.53", what is not known "unknown".
func estimated(c price.Cost, why string, g themes.Glyphs) string {
	switch {
	case why != "", c.Floor() && c.USD == 0:
		return "unknown"
	case c.Floor():
		return g.AtLeast + money(c.USD)
	}
	return g.Approx + money(c.USD)
}

// hourly is what an offer is expected to cost an hour.
func hourly(o monitor.ModelOffer, g themes.Glyphs) string {
	if o.Current {
		return estimated(o.Now, "", g)
	}
	return estimated(o.After, o.Why, g)
}

// saves is what an offer is expected to save an hour; dearer ones have a sign.
func saves(o monitor.ModelOffer, g themes.Glyphs) string {
	switch {
	case o.Current:
		return "-"
	case o.Why != "" || o.After.Floor() || o.Now.Floor():
		return "unknown"
	}
	return g.Approx + money(o.Saves)
}

// fitsWord says whether the run's context fits an offer.
func fitsWord(o monitor.ModelOffer) string {
	switch {
	case !o.Fits:
		return "no"
	case o.Compacts:
		return "compact 1st"
	}
	return "yes"
}

// dayEnd is today's expected total, with a sign where that is over the day's budget.
func dayEnd(o monitor.ModelOffer, s monitor.Snapshot, st themes.Styles) gridCell {
	text, style := estimated(o.DayEnd, o.Why, st.Glyphs), st.Text
	if b := dayBudget(s); b != nil && text != "unknown" && int64(o.DayEnd.USD) > b.Limit {
		return gridCell{text + " " + st.Glyphs.Critical, st.Crit}
	}
	if text != "unknown" {
		text += "  "
	}
	return gridCell{text, style}
}

// basis says what the figures of the offer in focus are made from, what the switch costs, and
// what is risked.
func (v handsSheet) basis(w int) []string {
	o, ok := v.x.offer(v.d)
	if !ok {
		return v.para("Codex names no model that this run could go on with.", w-2, 2)
	}
	g := v.st.Glyphs
	from := "Projected from this run's own tokens"
	if o.Turns > 0 {
		from = "Projected from the last " + count(o.Turns, "turn") + " of this run"
	}
	lines := v.para(from+", at API prices; what it really saves is measured afterwards.", w-2, 2)
	if o.Current {
		return lines
	}
	switch {
	case o.OneOff.Floor() && o.OneOff.USD == 0:
		lines = append(lines, v.para("What the switch itself costs is not known: the cached context has to be read anew.", w-2, 2)...)
	case o.OneOff.USD > 0:
		sign := g.Approx
		if o.OneOff.Floor() {
			sign = g.AtLeast
		}
		lines = append(lines, v.para("The switch itself costs "+sign+"$"+money(o.OneOff.USD)+" once: the cached context has to be read anew.", w-2, 2)...)
	}
	if o.Compacts && !strings.Contains(o.Risk, "compacted") {
		lines = append(lines, v.para("The context is compacted first, on the old model.", w-2, 2)...)
	}
	if why := safe(o.Why); why != "" {
		lines = append(lines, v.para("Its cost is not known: "+why, w-2, 2)...)
	}
	if risk := safe(o.Risk); risk != "" {
		for i, t := range v.para(risk, w-4, 0) {
			head := "    "
			if i == 0 {
				head = "  " + v.st.Warn.Render(g.Warning) + " "
			}
			lines = append(lines, head+t)
		}
	}
	return lines
}

// applied says how a switch is carried out.
func (v handsSheet) applied(w int) []string {
	lines := []string{rule("HOW IT IS APPLIED", "", w, v.st)}
	all := v.d.How
	o, _ := v.x.offer(v.d)
	if len(o.How) > 0 {
		all = o.How
	}
	if o.Current { // nothing is applied
		all = nil
	}
	for i, how := range all {
		head := fmt.Sprintf("  %d. ", i+1)
		for j, t := range v.para(safe(how), w-len(head), 0) {
			if j > 0 {
				head = spaces(len(head))
			}
			lines = append(lines, head+t)
		}
	}
	if why := safe(v.d.Plan.Why); why != "" {
		lines = append(lines, v.para(why, w-2, 2)...)
	}
	if o.Current {
		return append(lines, v.para("It runs with this model: choose another one.", w-2, 2)...)
	}
	if v.d.Plan.Owner.Kind == control.TUI {
		lines = append(lines, v.para("An interactive Codex changes its model only by hand: Esc in its window, then /model. Or end it, and run:", w-2, 2)...)
	}
	for i, t := range breakWords(v.x.switchCommand(v.d, v.s), w-4) {
		line := "    " + v.st.Key.Render(t)
		if i == 0 {
			line = "  " + v.st.Muted.Render("$ ") + v.st.Key.Render(t)
		}
		lines = append(lines, line)
	}
	return lines
}
