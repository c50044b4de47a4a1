package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// guard is the command that holds budgets and orders without a screen.
func (a *app) guard() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "guard",
		Short: "Hold orders and stop budgets without a screen",
		Long: "Does what the monitor does by itself, without a screen: it carries out what was ordered for runs (\"tokenburn stop RUN --at-amount …\"), and, where the settings say auto_stop = true, " +
			"stops runs that are over a budget with at_limit = \"stop\", after the same countdown. A stop that is called off in a monitor is called off here too. It prints one line for each thing that " +
			"is done, and goes on until it is ended. SIGTERM ends it with exit code 0.",
		Example: "tokenburn guard\ntokenburn guard --json",
		Args:    noArgs,
		RunE:    a.do(func(cmd *cobra.Command, _ []string) error { return a.runGuard(cmd.Context(), asJSON) }),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line (docs/json.md)")
	return c
}

func (a *app) runGuard(ctx context.Context, asJSON bool) error {
	if a.readOnly() {
		return usagef("Leave --read-only and read_only out, or use: tokenburn watch", "a guard acts on runs, and read-only forbids it")
	}
	p, o := a.planner(), a.options()
	o.Plan, o.Control, o.Face, o.Guards = p.load, a.control(), "guard", true
	write := plainPrinter(a.out, o.Zone, a.plain)
	if asJSON {
		write = jsonPrinter(a.out)
	}
	a.guardNotes(p)
	m := monitor.New(o)
	facts := m.Facts()
	return a.follow(ctx, m, func(context.Context) error {
		for f := range facts {
			if f.Type != "ready" && f.Type != "action" {
				continue
			}
			if err := write(f); err != nil {
				go func() { // the loop waits for whoever reads its facts
					for range facts {
					}
				}()
				return err
			}
		}
		return nil
	})
}

// guardNotes says what a guard does not hold, and why.
func (a *app) guardNotes(p *planner) {
	planned := p.load(nil)
	stops := 0
	for _, b := range planned.Plan.Budgets {
		if b.AtLimit == budget.Stop {
			stops++
		}
	}
	switch {
	case planned.Auto.On && stops == 0:
		fmt.Fprintln(a.err, `tokenburn: auto_stop is on, and no budget has at_limit = "stop": only orders are carried out`)
	case !planned.Auto.On && stops > 0:
		fmt.Fprintf(a.err, "tokenburn: auto_stop is off in the settings, so that %s not held: only orders are carried out\n", plural(int64(stops), "stop budget")+" "+isAre(stops))
	case !planned.Auto.On:
		fmt.Fprintln(a.err, "tokenburn: auto_stop is off in the settings: only orders are carried out")
	}
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
