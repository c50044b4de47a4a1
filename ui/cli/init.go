package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

const (
	proposalDays     = 30
	proposalProjects = 5 // at most so many get a budget of their own
	proposalActive   = 3 // days with spend, before their percentiles say anything
	proposalRuns     = 5
)

type initFlags struct{ write, force bool }

// propose is the command "init".
func (a *app) propose() *cobra.Command {
	var f initFlags
	c := &cobra.Command{
		Use:   "init",
		Short: "Propose budgets from what was spent in the last 30 days",
		Long: "Prints a settings file with budgets for a day, a month, each run and the dearest projects, whose limits come from " +
			"the percentiles of the last 30 days. --write puts it where the settings are read from; a file that is there is never " +
			"written over without --force, which keeps the old one beside it.",
		Example: "tokenburn init\ntokenburn init --write",
		Args:    noArgs,
		RunE:    a.do(func(cmd *cobra.Command, _ []string) error { return a.runInit(cmd.Context(), f) }),
	}
	c.Flags().BoolVar(&f.write, "write", false, "write it to the settings file")
	c.Flags().BoolVar(&f.force, "force", false, "with --write: replace a settings file that is there, and keep it as .bak")
	return c
}

func (a *app) runInit(ctx context.Context, f initFlags) error {
	if f.force && !f.write {
		return usagef("tokenburn init --write --force", "--force goes with --write")
	}
	file := a.settingsPath()
	if _, err := os.Lstat(file); f.write && !f.force && !errors.Is(err, fs.ErrNotExist) {
		return &failure{fmt.Errorf("%s is there already: nothing was written", a.shortPath(file)),
			"Take from \"tokenburn init\" what you want, or replace the file: tokenburn init --write --force"}
	}
	clock := a.clock()
	y, m, d := clock.Now.Date()
	since := budget.Midnight(y, m, d-proposalDays+1, clock.Zone)
	h, err := monitor.Load(ctx, a.options(), monitor.Range{ModifiedSince: since})
	if err != nil {
		return err
	}
	s, err := monitor.NewSpending(budget.Plan{}, a.prices(), a.user())
	if err != nil {
		return err
	}
	text := newProposal(s, h, since, clock).text(a.settingsUsed())
	if !f.write {
		return a.print(text)
	}
	if err := writeSettings(file, text); err != nil {
		return err
	}
	return a.print(fmt.Sprintf("Written: %s\nSee how they stand: tokenburn budgets\n", a.shortPath(file)))
}

// settingsUsed says that a settings file was read.
func (a *app) settingsUsed() bool { return a.file != "" }

// writeSettings puts a new settings file in place, whole or not at all. One that
// is there is kept beside it.
func writeSettings(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target // a link into a folder of dotfiles stays one
	}
	next, err := os.CreateTemp(filepath.Dir(file), ".config-*.toml")
	if err != nil {
		return err
	}
	defer os.Remove(next.Name())
	if _, err = next.WriteString(text); err == nil {
		err = next.Sync()
	}
	if err = errors.Join(err, next.Close()); err != nil {
		return err
	}
	if old, err := os.ReadFile(file); err == nil {
		if err := os.WriteFile(file+".bak", old, 0o600); err != nil {
			return err
		}
	}
	return os.Rename(next.Name(), file)
}

// proposal is what was spent in the last days, as far as limits come from it.
type proposal struct {
	days     []price.Money // of days with spend
	runs     []price.Money
	projects []projectSpend // dearest first
	sum      price.Money
	unpriced model.Tokens
	zone     *time.Location
}

type projectSpend struct {
	name string
	days []price.Money
	sum  price.Money
}

// newProposal adds up what was spent since an instant.
func newProposal(s *monitor.Spending, h *monitor.History, since time.Time, c model.Clock) *proposal {
	p := &proposal{zone: c.Zone}
	start := since.Unix() / model.QuarterSeconds
	days, runs := map[string]price.Money{}, map[model.RunID]price.Money{}
	projects := map[string]map[string]price.Money{}
	for id, members := range h.Members() {
		for _, r := range s.Run(id, members) {
			p.unpriced += r.Cost.Unpriced
			if r.Quarter < start || r.Cost.USD == 0 {
				continue
			}
			day := time.Unix(r.Quarter*model.QuarterSeconds, 0).In(c.Zone).Format(time.DateOnly)
			if projects[r.Project] == nil {
				projects[r.Project] = map[string]price.Money{}
			}
			days[day] = days[day].Add(r.Cost.USD)
			runs[id] = runs[id].Add(r.Cost.USD)
			projects[r.Project][day] = projects[r.Project][day].Add(r.Cost.USD)
			p.sum = p.sum.Add(r.Cost.USD)
		}
	}
	p.days, p.runs = sortedMoney(days), sortedMoney(runs)
	for name, days := range projects {
		x := projectSpend{name: name, days: sortedMoney(days)}
		for _, d := range x.days {
			x.sum = x.sum.Add(d)
		}
		if name != "" && len(x.days) >= proposalActive {
			p.projects = append(p.projects, x)
		}
	}
	slices.SortStableFunc(p.projects, func(a, b projectSpend) int {
		return cmp.Or(cmp.Compare(b.sum, a.sum), strings.Compare(a.name, b.name))
	})
	return p
}

func sortedMoney[K comparable](m map[K]price.Money) []price.Money {
	var all []price.Money
	for _, v := range m {
		all = append(all, v)
	}
	slices.Sort(all)
	return all
}

// percentile gives the smallest amount that so many percent are not above; all must be sorted.
func percentile(all []price.Money, percent int) price.Money {
	if len(all) == 0 {
		return 0
	}
	return all[max(0, (len(all)*percent+99)/100-1)]
}

// text is the proposal as a settings file. beside says that it goes beside one.
func (p *proposal) text(beside bool) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Budgets for TokenBurn Sentinel, proposed from the last %d days.", proposalDays)
	if beside {
		line("# Add what you want of it to your settings file: \"tokenburn config path\".")
	}
	line("# All settings: \"tokenburn config default\". What budgets mean: docs/budgets.md.")
	line("# Dollars are at API list prices; where a plan pays they are an API-equivalent.")
	if p.unpriced > 0 {
		line("# Models without a price used %s tokens, which are in none of these numbers.", tokens(p.unpriced))
	}
	line("# at_limit = \"notify\" tells you and holds nothing; ask, gate and stop hold.")
	if len(p.days) < proposalActive || len(p.runs) < proposalRuns {
		line("\n# There is too little history for percentiles: %s with spend, %s.", plural(int64(len(p.days)), "day"), plural(int64(len(p.runs)), "run"))
		line("# These are examples. Take the # away and set what fits.")
		p.entry(&b, "#", entry{name: "day", period: "day", limit: 10 * price.Dollar})
		p.entry(&b, "#", entry{name: "each run", period: "run", limit: 5 * price.Dollar})
		return b.String()
	}
	note := fmt.Sprintf("# %d of %d days had spend: median $%s, 90th percentile $%s, most $%s.", len(p.days), proposalDays,
		cents(percentile(p.days, 50)), cents(percentile(p.days, 90)), cents(p.days[len(p.days)-1]))
	p.entry(&b, "", entry{name: "day", period: "day", limit: niceLimit(percentile(p.days, 95)), note: note})
	note = fmt.Sprintf("# $%s in %d days, and a quarter more.", cents(p.sum), proposalDays)
	p.entry(&b, "", entry{name: "month", period: "month", limit: niceLimit(p.sum + p.sum/4), note: note})
	note = fmt.Sprintf("# A run with its sub-agents. Of %d: median $%s, 95th percentile $%s, most $%s.", len(p.runs),
		cents(percentile(p.runs, 50)), cents(percentile(p.runs, 95)), cents(p.runs[len(p.runs)-1]))
	p.entry(&b, "", entry{name: "each run", period: "run", limit: niceLimit(percentile(p.runs, 95)), note: note})
	shown := p.projects[:min(len(p.projects), proposalProjects)]
	for _, x := range shown {
		note := fmt.Sprintf("# %s with spend: median $%s, 95th percentile $%s, $%s in all.", plural(int64(len(x.days)), "day"),
			cents(percentile(x.days, 50)), cents(percentile(x.days, 95)), cents(x.sum))
		p.entry(&b, "", entry{name: shortProject(x.name, shown) + " day", project: x.name, period: "day", limit: niceLimit(percentile(x.days, 95)), note: note})
	}
	return b.String()
}

// shortProject is a project's last name, or all of it where another has the same.
func shortProject(name string, all []projectSpend) string {
	short := path.Base(name)
	for _, o := range all {
		if o.name != name && path.Base(o.name) == short {
			return name
		}
	}
	return short
}

// entry is one proposed budget.
type entry struct {
	name, project, period, note string
	limit                       price.Money
}

func (p *proposal) entry(b *strings.Builder, comment string, e entry) {
	b.WriteString("\n")
	if e.note != "" {
		b.WriteString(e.note + "\n")
	}
	line := func(text string) { b.WriteString(comment + text + "\n") }
	line("[[budget]]")
	line("name = " + tomlText(model.Clean(e.name, 100)))
	if e.project != "" {
		line("scope = { project = " + tomlText("="+e.project) + " }")
	}
	line("period = " + tomlText(e.period))
	line("limit = " + tomlText("$"+strconv.FormatInt(int64(e.limit/price.Dollar), 10)))
	line("warn_at = [50, 80, 100]")
	line(`at_limit = "notify"`)
}

// tomlText writes clean text as a TOML string.
func tomlText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// niceLimit rounds up to whole dollars of two digits: 1, 2, … 99, 100, 110 …
func niceLimit(m price.Money) price.Money {
	dollars := max(1, int64((m+price.Dollar-1)/price.Dollar))
	step := int64(1)
	for dollars/step >= 100 {
		step *= 10
	}
	return price.Money((dollars+step-1)/step*step) * price.Dollar
}
