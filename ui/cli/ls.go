package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// ls is the command that lists the runs.
func (a *app) ls() *cobra.Command {
	var asJSON, all bool
	c := &cobra.Command{
		Use:   "ls",
		Short: "The runs now: state, model, rate, cost, context",
		Long: "Lists the runs that are live and those of the last 24 hours. A run is a thread with its sub-agents. " +
			"Its number, or the beginning of its id, names it in other commands.",
		Example: "tokenburn ls\ntokenburn ls --all --json",
		Args:    noArgs,
		RunE:    a.do(func(cmd *cobra.Command, _ []string) error { return a.runLs(cmd.Context(), asJSON, all) }),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON (docs/json.md)")
	c.Flags().BoolVar(&all, "all", false, "also the runs that ended longer ago")
	return c
}

func (a *app) runLs(ctx context.Context, asJSON, all bool) error {
	s, h, err := a.list(ctx, all)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.out, lsJSON(s, a.zoneName(a.options().Zone)))
	}
	if len(s.Runs) == 0 {
		return a.noRuns(h, all)
	}
	st := a.styles()
	t := table{columns: []column{
		{Title: "#", Right: true},
		{Title: "STATE"},
		{Title: "RUN", Min: 10, Max: 40},
		{Title: "ID", Drop: 5},
		{Title: "MODEL", Min: 11, Max: 30, Drop: 3},
		{Title: "EFFORT", Drop: 7},
		{Title: "TURN", Right: true, Drop: 8},
		{Title: "$/H", Right: true, Drop: 2},
		{Title: "TOK/MIN", Right: true, Drop: 9},
		{Title: "COST", Right: true},
		{Title: "CTX", Right: true, Drop: 4},
		{Title: "AGE", Right: true, Drop: 1},
		{Title: "OWNER", Min: 5, Max: 20, Drop: 10},
		{Title: "PROJECT", Min: 16, Max: 50, Tail: true, Drop: 6},
	}}
	short := shortest(s.Runs)
	for _, r := range s.Runs {
		t.add(runCells(r, short, s.At, st.Glyphs)...)
	}
	err = a.print(t.text(a.width(), st) + wrap(lsFoot(s, st.Glyphs), a.width()) + "\n")
	a.problems(h)
	return err
}

func runCells(r monitor.Run, short int, now time.Time, g themes.Glyphs) []string {
	u := report.Usage{Count: r.Usage, Cost: r.Cost}
	return []string{
		strconv.Itoa(r.Number), sign(r.State, g) + " " + r.State.String(), report.Label(r.Name), beginning(string(r.ID), short),
		report.Label(r.Model), model.Clean(r.Effort, 20), dash(r.Turn > 0, strconv.Itoa(r.Turn)),
		rate(r.Rate, g), count(int64(r.Rate.TokensPerMinute + 0.5)), dollars(u, g), percent(r.Percent),
		age(now.Sub(r.StartedAt), r.StartedAt), ownerCell(r), model.Clean(r.Project, 200),
	}
}

// ownerCell is who works on a run, with its process: "exec 4711".
func ownerCell(r monitor.Run) string {
	w := ownerWord(r.Owner)
	switch {
	case w == nil:
		return dash(r.State.Live(), "?")
	case *w == "none":
		return "-"
	case r.Owner.PID > 0:
		return *w + " " + strconv.Itoa(r.Owner.PID)
	}
	return *w
}

// ownerWord is exec, tui, app-server or none; nil where it can't be proved.
func ownerWord(o monitor.Owner) *string {
	if !o.Known || o.Kind == control.Unproved {
		return nil
	}
	return word(string(o.Kind))
}

// lsFoot sums up below the list.
func lsFoot(s monitor.Snapshot, g themes.Glyphs) string {
	live := int64(0)
	for _, r := range s.Runs {
		if r.State.Live() {
			live++
		}
	}
	today := report.Usage{Count: s.TodayUsage, Cost: s.Today}
	now := usd(s.Rate.USDPerHour)
	if s.Rate.Floor {
		now = atLeast(s.Rate.USDPerHour, g)
	}
	return fmt.Sprintf("%s, %d live. %s/h now, today %s (API-equivalent where a plan pays).",
		plural(int64(len(s.Runs)), "run"), live, now, dollars(today, g))
}

// noRuns explains an empty list.
func (a *app) noRuns(h *monitor.History, all bool) error {
	text := "No runs in the last 24 hours; see: tokenburn ls --all"
	if all || h.Files+h.LeftOut == 0 {
		text = "No runs yet. Start one with codex, and it shows up here."
	}
	_, err := fmt.Fprintln(a.out, text)
	a.problems(h)
	return err
}

// problems says on stderr what could not be read.
func (a *app) problems(h *monitor.History) {
	for i, p := range h.Problems {
		if i == maxWarnings {
			fmt.Fprintf(a.err, "tokenburn: %d more problems; see: tokenburn doctor\n", len(h.Problems)-i)
			return
		}
		fmt.Fprintf(a.err, "tokenburn: %s\n", problemText(p))
	}
}

func sign(s monitor.State, g themes.Glyphs) string {
	switch s {
	case monitor.StateWorking:
		return g.Working
	case monitor.StateSilent:
		return g.Silent
	case monitor.StateIdle:
		return g.Idle
	case monitor.StateDone:
		return g.Done
	case monitor.StateStopped:
		return g.Stopped
	}
	return g.Failed
}

// idLength is how much of an id is shown where it need not tell runs apart.
const idLength = 8

// shortest is the least length at which the beginnings of all ids differ.
func shortest(runs []monitor.Run) int {
	ids := make([]string, len(runs))
	for i, r := range runs {
		ids[i] = model.Clean(string(r.ID), 200)
	}
	slices.Sort(ids)
	n := idLength
	for i := 1; i < len(ids); i++ {
		n = max(n, common(ids[i-1], ids[i])+1)
	}
	return n
}

// common is how many bytes two texts begin with alike.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// beginning gives the first n bytes of a cleaned id, cut at a character.
func beginning(id string, n int) string { return model.Clean(id, n) }

func dash(known bool, text string) string {
	if known {
		return text
	}
	return "-"
}

func rate(r monitor.Rate, g themes.Glyphs) string {
	text := cents(r.USDPerHour)
	if r.Floor && g.ASCII {
		return ">=" + text
	}
	if r.Floor {
		return g.AtLeast + text
	}
	return text
}

func percent(p float64) string { return dash(p >= 0, fmt.Sprintf("%.0f%%", p)) }

// age writes how long ago something was, in one or two units: "41m", "3h04", "12d".
func age(d time.Duration, at time.Time) string {
	switch {
	case at.IsZero() || d < 0:
		return "-"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02d", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}
