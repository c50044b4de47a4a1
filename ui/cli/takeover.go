package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// takeover is the command that hands a run to a human.
func (a *app) takeover() *cobra.Command {
	var printOnly, yes, asJSON bool
	c := &cobra.Command{
		Use:   "takeover RUN",
		Short: "Interrupt a run and go on with it yourself",
		Long: "Interrupts the turn that runs, and hands the session over: it shows the tmux pane that the run is in, or opens \"codex resume\" in a new tmux window where " +
			"this is inside tmux, or prints the command. With --print nothing is interrupted and nothing opened: the command is printed.",
		Example: "tokenburn takeover 1\ntokenburn takeover 01a2080a --print",
		Args:    oneRun,
		RunE: a.do(func(cmd *cobra.Command, args []string) error {
			return a.runTakeover(cmd.Context(), args[0], printOnly, yes, asJSON)
		}),
		ValidArgsFunction: a.completeRun,
	}
	c.Flags().BoolVar(&printOnly, "print", false, "print the command, and do nothing")
	c.Flags().BoolVar(&yes, "yes", false, "do it without asking")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON (docs/json.md)")
	return c
}

func (a *app) runTakeover(ctx context.Context, name string, printOnly, yes, asJSON bool) error {
	if err := byID(name, yes && !printOnly); err != nil {
		return err
	}
	run, _, err := a.named(ctx, name)
	if err != nil {
		return err
	}
	h := a.startHands(ctx)
	defer h.close()
	d, err := h.ask(ctx, run, monitor.DeedTakeOver)
	switch {
	case err != nil:
		return err
	case d.State == monitor.DeedRefused:
		return refused(d)
	case printOnly && asJSON:
		return writeJSON(a.out, toTakeoverJSON(d))
	case printOnly:
		return a.print(d.Command + "\n")
	case len(d.Places) == 0:
		return refused(monitor.Deed{Why: cmp.Or(d.Plan.Why, d.Plan.Owner.Why, "it can't be taken over"), Command: d.Command})
	}
	place := d.Places[0]
	if !yes {
		if !asJSON {
			if err := a.print(a.placeText(d, place)); err != nil {
				return err
			}
		}
		if ok, err := a.confirm("Take it over?"); err != nil || !ok {
			return err
		}
	}
	st := a.styles()
	d, err = h.do(ctx, monitor.Do{ID: d.ID, Place: place, Reason: "tokenburn takeover"}, func(s control.Step) {
		if !asJSON {
			_ = a.print(stepLine(s, st.Glyphs) + "\n")
		}
	})
	if err != nil {
		return err
	}
	return a.takenOver(d, place, asJSON)
}

// placeText says what will happen.
func (a *app) placeText(d monitor.Deed, place control.Place) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n", report.Label(d.Name), ownerText(d.Plan.Owner))
	i := slices.IndexFunc(d.Plan.Choices, func(c control.Choice) bool { return c.Way == control.Interrupt })
	if i >= 0 {
		for _, e := range d.Plan.Choices[i].Effects {
			fmt.Fprintf(&b, "  %s\n", e)
		}
	}
	switch place {
	case control.PlacePane:
		fmt.Fprintf(&b, "  Then tmux shows its pane, %s.\n", d.Plan.Owner.Pane)
	case control.PlaceWindow:
		b.WriteString("  Then codex resume opens in a new tmux window, in its folder.\n")
	default:
		b.WriteString("  Then the command that goes on with it is printed.\n")
	}
	return wrapIndent(strings.TrimRight(b.String(), "\n"), a.width()) + "\n"
}

// ownerText says who works on a run.
func ownerText(o control.Owner) string {
	switch o.Kind {
	case control.Exec:
		return fmt.Sprintf("codex exec, pid %d", o.Process.PID)
	case control.TUI:
		return fmt.Sprintf("interactive codex, pid %d", o.Process.PID)
	case control.Server:
		return fmt.Sprintf("in the Codex server, pid %d", o.Process.PID)
	}
	return "nothing works on it now"
}

// takenOver says how it came out.
func (a *app) takenOver(d monitor.Deed, place control.Place, asJSON bool) error {
	if asJSON {
		if err := writeJSON(a.out, toTakeoverJSON(d)); err != nil {
			return err
		}
	}
	switch {
	case d.State == monitor.DeedRefused:
		return refused(d)
	case place != control.PlacePrint && d.Outcome.Pane == "":
		return refused(monitor.Deed{Why: "it was not seen in tmux", Command: d.Command})
	case asJSON || place != control.PlacePrint || len(d.Outcome.Resume) == 0:
		return nil
	}
	return a.print(d.Command + "\n")
}

// takeoverJSON is what "takeover --json" prints.
type takeoverJSON struct {
	Schema  int        `json:"schema"`
	Run     string     `json:"run"`
	Name    string     `json:"name"`
	Owner   string     `json:"owner"`
	PID     *int       `json:"pid"`
	State   string     `json:"state"`
	Why     *string    `json:"why"`
	Command *string    `json:"command"`
	Cwd     *string    `json:"cwd"`
	Places  []string   `json:"places"`
	Pane    *string    `json:"pane"`
	Stopped bool       `json:"stopped"`
	Steps   []stepJSON `json:"steps"`
}

func toTakeoverJSON(d monitor.Deed) takeoverJSON {
	j := takeoverJSON{Schema: schema, Run: report.Label(string(d.Run)), Name: report.Label(d.Name), Owner: string(d.Plan.Owner.Kind), State: string(d.State),
		Why: word(cmp.Or(d.Why, d.Plan.Why)), Command: word(d.Command), Cwd: word(d.Plan.Target.Cwd), Places: []string{}, Pane: word(firstOf(d.Outcome.Pane, d.Plan.Owner.Pane)),
		Stopped: d.Outcome.Stopped, Steps: toStepsJSON(d.Steps)}
	if pid := d.Plan.Owner.Process.PID; pid > 0 {
		j.PID = &pid
	}
	for _, p := range d.Places {
		j.Places = append(j.Places, model.Clean(string(p), 20))
	}
	return j
}
