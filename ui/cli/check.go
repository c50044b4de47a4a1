package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// exceededError ends a command with the exit code for exceeded budgets; what is
// exceeded has been printed.
type exceededError struct{}

func (exceededError) Error() string { return "a budget is exceeded" }

// check is the command for scripts: it fails where a budget is exceeded.
func (a *app) check() *cobra.Command {
	var names []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Whether a budget is exceeded: exit code 3 where one is",
		Long: "For scripts and CI: exits 3 where a budget is exceeded, 0 where none is, 4 where --budget names none. " +
			"What models without a price used counts at its upper bound. Of budgets for each run, the runs of the last day are checked.",
		Example: "tokenburn check && codex exec \"…\"\ntokenburn check --budget \"acme month\" --json",
		Args:    noArgs,
		RunE:    a.do(func(cmd *cobra.Command, _ []string) error { return a.runCheck(cmd.Context(), names, asJSON) }),
	}
	c.Flags().StringArrayVar(&names, "budget", nil, "check this budget only; may be repeated")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON (docs/json.md)")
	_ = c.RegisterFlagCompletionFunc("budget", a.completeBudget)
	return c
}

func (a *app) runCheck(ctx context.Context, names []string, asJSON bool) error {
	d, err := a.judgeNow(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := d.named(name); err != nil {
			return err
		}
	}
	d.standings = slices.DeleteFunc(d.standings, func(s budget.Standing) bool {
		return len(names) > 0 && !slices.Contains(names, s.Budget.Name)
	})
	doc := toBudgetsJSON(d, a.zoneName(d.clock.Zone))
	if asJSON {
		err = writeJSON(a.out, doc)
	} else {
		err = a.printCheck(d)
	}
	if err == nil && doc.Exceeded {
		return exceededError{}
	}
	return err
}

// named fails where no budget has the name.
func (d *judged) named(name string) error {
	var all []string
	for _, b := range d.plan.Budgets {
		if b.Name == name {
			return nil
		}
		all = append(all, b.Name)
	}
	hint := "There are none: tokenburn init"
	if len(all) > 0 {
		hint = "There are: " + strings.Join(all, ", ")
	}
	return &notFoundError{fmt.Sprintf("there is no budget %q", model.Clean(name, 60)), hint}
}

func (a *app) printCheck(d *judged) error {
	a.say(d.warnings)
	if len(d.plan.Budgets) == 0 {
		return a.print(noBudgets + "\n")
	}
	checked := map[string]bool{}
	var b strings.Builder
	for _, s := range d.standings {
		checked[s.Budget.Name] = true
		if s.Exceeded() {
			b.WriteString(exceededText(s, d, a.styles().Glyphs) + "\n")
		}
	}
	if b.Len() == 0 {
		b.WriteString(plural(int64(len(checked)), "budget") + ": none is exceeded\n")
	}
	return a.print(b.String())
}

// exceededText says by how much a budget is exceeded, and since when.
func exceededText(s budget.Standing, d *judged, g themes.Glyphs) string {
	u := s.Budget.Limit.Unit
	text := fmt.Sprintf("%s %s: %s of %s", g.Critical, keyedName(s, d), spentText(s, g), u.Format(s.Limit))
	if s.Limit > 0 {
		text += fmt.Sprintf(" (%.0f%%)", s.Used)
	}
	if s.Floor {
		text += fmt.Sprintf(", up to %s with what has no price", u.Format(s.Upper))
	}
	return text + ", since " + stampText(s.Exhausts, d.clock)
}
