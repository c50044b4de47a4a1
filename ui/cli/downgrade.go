package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// downgradeFlags are those of the command downgrade.
type downgradeFlags struct {
	model, effort, prompt            string
	later, yes, dry, results, asJSON bool
}

// downgrade is the command that lets a run go on with another model.
func (a *app) downgrade() *cobra.Command {
	var f downgradeFlags
	c := &cobra.Command{
		Use:   "downgrade RUN",
		Short: "Let a run go on with a cheaper model, or less effort",
		Long: "Without --model it lists what the run can go on with, each with what an hour costs now and then, by the run's own tokens, and what the switch " +
			"itself costs; nothing is done. With --model it is carried out: codex exec is interrupted and resumed in its folder, with the sandbox and approvals " +
			"that it had; a run in the app-server is interrupted there and goes on in its window, or changes with its next turn (--later). What was saved is measured afterwards: see --results.",
		Example: "tokenburn downgrade 1\ntokenburn downgrade 1 --model gpt-6-luna --effort low\ntokenburn downgrade 01a2080a --model gpt-6-luna --later --yes\ntokenburn downgrade --results",
		Args: func(cmd *cobra.Command, args []string) error {
			if f.results {
				return noArgs(cmd, args)
			}
			return oneRun(cmd, args)
		},
		RunE: a.do(func(cmd *cobra.Command, args []string) error {
			if f.results {
				return a.showSavings(cmd.Context(), f.asJSON)
			}
			return a.runDowngrade(cmd.Context(), args[0], f)
		}),
		ValidArgsFunction: a.completeRun,
	}
	c.Flags().StringVar(&f.model, "model", "", "model that it is to go on with; without it they are listed")
	c.Flags().StringVar(&f.effort, "effort", "", "reasoning effort (default: that of the offer, else the model's own)")
	c.Flags().StringVar(&f.prompt, "prompt", "", "what the run is told to go on with (default \"continue\")")
	c.Flags().BoolVar(&f.later, "later", false, "leave the running turn alone: from the next turn on (runs in the app-server only)")
	c.Flags().BoolVar(&f.yes, "yes", false, "do it without asking")
	c.Flags().BoolVar(&f.dry, "dry-run", false, "show what would be done, and do nothing")
	c.Flags().BoolVar(&f.results, "results", false, "show what earlier switches were promised to save and what they saved")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print JSON (docs/json.md)")
	return c
}

func (a *app) runDowngrade(ctx context.Context, name string, f downgradeFlags) error {
	if f.model == "" && (f.effort != "" || f.prompt != "" || f.later || f.yes || f.dry) {
		return usagef("See what there is: tokenburn downgrade "+model.Clean(name, 60), "which model it is to go on with was not said: --model")
	}
	if err := byID(name, f.yes); err != nil {
		return err
	}
	run, _, err := a.named(ctx, name)
	if err != nil {
		return err
	}
	h := a.startHands(ctx)
	defer h.close()
	d, err := h.ask(ctx, run, monitor.DeedDowngrade)
	if err != nil {
		return err
	}
	if d.State == monitor.DeedRefused {
		return refused(d)
	}
	if f.model == "" {
		return a.printOffers(d, f.asJSON)
	}
	s, offer := wanted(d, f)
	if _, err := d.Plan.Check(s, d.Known); err != nil {
		return usagef(knownHint(d, s), "%v", err)
	}
	if how := d.Plan.How(s); f.dry || !f.yes {
		if err := a.announceSwitch(d, s, offer, how, f); err != nil || f.dry {
			return err
		}
		if yes, err := a.confirm("Let it go on with " + switchWords(s) + "?"); err != nil || !yes {
			return err
		}
	}
	st := a.styles()
	d, err = h.do(ctx, monitor.Do{ID: d.ID, Switch: &s, Reason: "tokenburn downgrade"}, func(x control.Step) {
		if !f.asJSON {
			_ = a.print(stepLine(x, st.Glyphs) + "\n")
		}
	})
	if err != nil {
		return err
	}
	return a.switched(d, s, f.asJSON)
}

// wanted is the switch that the flags ask for, with the offer that its numbers are
// from, nil none.
func wanted(d monitor.Deed, f downgradeFlags) (control.Switch, *monitor.ModelOffer) {
	s := control.Switch{Model: f.model, Effort: f.effort, Later: f.later, Prompt: f.prompt}
	if s.Effort == "" {
		i := slices.IndexFunc(d.Models, func(o monitor.ModelOffer) bool { return o.Model == s.Model && !o.Current })
		if i >= 0 {
			s.Effort = d.Models[i].Effort
		}
	}
	return s, monitor.OfferFor(d.Models, s)
}

// knownHint says what could be switched to in place of what can't.
func knownHint(d monitor.Deed, s control.Switch) string {
	var names []string
	for _, m := range d.Known {
		if m.Slug == s.Model {
			return "See what there is: tokenburn downgrade " + beginning(string(d.Run), idLength)
		}
		if !m.Hidden {
			names = append(names, model.Clean(m.Slug, 60))
		}
	}
	return "Codex knows " + strings.Join(names, ", ")
}

func switchWords(s control.Switch) string {
	text := model.Clean(s.Model, 60)
	if s.Effort != "" {
		text += " at effort " + model.Clean(s.Effort, 20)
	}
	return text
}

// announceSwitch says what would be done. Where it can't be, the error says why.
func (a *app) announceSwitch(d monitor.Deed, s control.Switch, offer *monitor.ModelOffer, how []string, f downgradeFlags) error {
	if f.asJSON {
		if !f.dry {
			return nil
		}
		return writeJSON(a.out, toDowngradeJSON(d, &s, how))
	}
	st := a.styles()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", report.Label(d.Name), switchWords(s))
	if offer != nil {
		fmt.Fprintf(&b, "  %s\n", offerWords(*offer, st.Glyphs))
	}
	if len(how) == 0 {
		fmt.Fprintln(&b, "  It can't be done from here.")
	}
	for i, line := range how {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, line)
	}
	if d.Plan.Owner.Kind == control.Exec || d.Plan.Owner.Kind == control.None {
		fmt.Fprintf(&b, "  The command: %s\n", model.Clean(strings.Join(d.Plan.SwitchCommand(s), " "), 2000))
	}
	return a.print(wrapIndent(strings.TrimRight(b.String(), "\n"), a.width()) + "\n")
}

// offerWords is what is known of an offer, in a sentence.
func offerWords(o monitor.ModelOffer, g themes.Glyphs) string {
	text := "An hour costs " + hourCost(o.Now, g) + " now"
	if o.Why == "" {
		text += fmt.Sprintf(" and %s%s then: it saves %s%s/h", g.Approx, hourCost(o.After, g), g.Approx, usd(o.Saves))
	} else {
		text += "; what it costs then is not known: " + o.Why
	}
	text += ". The switch itself costs " + onceCost(o.OneOff, g) + "."
	if o.Risk != "" {
		text += " Risk: " + o.Risk + "."
	}
	return text
}

func hourCost(c price.Cost, g themes.Glyphs) string {
	if c.Floor() {
		return atLeast(c.USD, g) + "/h"
	}
	return usd(c.USD) + "/h"
}

func onceCost(c price.Cost, g themes.Glyphs) string {
	switch {
	case c.Floor():
		return atLeast(c.USD, g)
	case c.USD == 0:
		return "nothing"
	}
	return g.Approx + usd(c.USD)
}

// printOffers lists what a run can go on with.
func (a *app) printOffers(d monitor.Deed, asJSON bool) error {
	if asJSON {
		return writeJSON(a.out, toDowngradeJSON(d, nil, d.How))
	}
	st := a.styles()
	t := table{columns: []column{{Title: "MODEL", Min: 12, Max: 40}, {Title: "EFFORT"}, {Title: "$/H", Right: true}, {Title: "SAVES/H", Right: true},
		{Title: "SWITCH", Right: true, Drop: 2}, {Title: "DAY END", Right: true, Drop: 1}, {Title: "CONTEXT", Drop: 3}}}
	for _, o := range d.Models {
		t.add(offerCells(o, st.Glyphs)...)
	}
	text := t.text(a.width(), st) + offersFoot(d)
	return a.print(wrapIndent(strings.TrimRight(text, "\n"), a.width()) + "\n")
}

func offerCells(o monitor.ModelOffer, g themes.Glyphs) []string {
	name, after, saves, end := report.Label(o.Model), "?", "?", "?"
	switch {
	case o.Current:
		name, after, saves, end = name+" (now)", hourCents(o.Now, g), "-", hourCents(o.DayEnd, g)
	case o.Why == "":
		after, saves, end = g.Approx+hourCents(o.After, g), g.Approx+cents(o.Saves), g.Approx+hourCents(o.DayEnd, g)
	}
	fits := "fits"
	switch {
	case o.Compacts:
		fits = "compacted first"
	case !o.Fits:
		fits = "too large"
	}
	once := "-"
	if !o.Current {
		once = hourCents(o.OneOff, g)
	}
	return []string{name, model.Clean(o.Effort, 20), after, saves, once, end, fits}
}

func hourCents(c price.Cost, g themes.Glyphs) string {
	return rate(monitor.Rate{USDPerHour: c.USD, Floor: c.Floor()}, g)
}

// offersFoot says what the numbers are made from, and how it is done.
func offersFoot(d monitor.Deed) string {
	var b strings.Builder
	turns := 0
	for _, o := range d.Models {
		turns = max(turns, o.Turns)
	}
	fmt.Fprintf(&b, "\nBy the run's own tokens of its last %s, at both prices and with the cache as it is. The same tokens on another model are an assumption.\n",
		plural(int64(turns), "turn"))
	if len(d.How) > 0 {
		fmt.Fprintf(&b, "It would be done so: %s.\n", strings.Join(d.How, "; then "))
		fmt.Fprintf(&b, "Do it: tokenburn downgrade %s --model MODEL\n", beginning(string(d.Run), idLength))
		return b.String()
	}
	why := d.Plan.Why
	if why == "" {
		why = "its model can't be changed from here"
	}
	fmt.Fprintf(&b, "It can't be done from here: %s.\n", why)
	return b.String()
}

// switched says how it came out.
func (a *app) switched(d monitor.Deed, s control.Switch, asJSON bool) error {
	if asJSON {
		if err := writeJSON(a.out, toDowngradeJSON(d, &s, d.How)); err != nil {
			return err
		}
	}
	switch {
	case d.State == monitor.DeedRefused:
		return refused(d)
	case !d.Outcome.Switched:
		return refused(monitor.Deed{Why: "it was not seen to go on with " + switchWords(s), Command: d.Command})
	case asJSON:
		return nil
	}
	text := "It goes on with " + switchWords(s) + "."
	if s.Later {
		text = "It goes on as it is, and from its next turn on with " + switchWords(s) + "."
	}
	if d.Outcome.Output != "" {
		text += " What it says: " + a.shortPath(d.Outcome.Output)
	}
	return a.print(text + "\nWhat it saves is measured for an hour: tokenburn downgrade --results\n")
}
