package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

const (
	historyForPlan = 56 * 24 * time.Hour // what forecasts and the plan by hours are made of
	burnKept       = 7 * time.Hour       // what the burn of the last hours is made of
	checkEvery     = 15 * time.Second    // the pause between the two looks that a page needs
)

// judged is all budgets as of one instant.
type judged struct {
	clock     model.Clock
	plan      budget.Plan
	judge     *budget.Judge
	history   *monitor.History
	standings []budget.Standing
	names     map[model.RunID]string // short names of runs
	warnings  []string
}

// judgeNow reads all history that the budgets need and judges them. Without any
// budget it reads nothing: standings are empty then.
func (a *app) judgeNow(ctx context.Context) (*judged, error) {
	d := &judged{clock: a.clock(), names: map[model.RunID]string{}}
	plan, err := a.settings.Plan(d.clock.Zone, a.home())
	if err != nil {
		return nil, err
	}
	if err := d.read(ctx, a, plan); err != nil {
		return nil, err
	}
	if len(d.plan.Budgets) == 0 {
		return d, nil
	}
	if d.judge, err = budget.NewJudge(d.plan); err != nil {
		return nil, err
	}
	o := a.options()
	s, err := monitor.NewSpending(d.plan, o.Prices, o.User)
	if err != nil {
		return nil, err
	}
	d.judge.Holds(monitor.GateNow(o).Trusted, false)
	since := d.clock.Now.Add(-burnKept)
	d.recall(ctx, o.Ledger, s)
	recent, err := monitor.Load(ctx, a.withoutLedger(), monitor.Range{ModifiedSince: since, Detail: true})
	if err != nil {
		return nil, err
	}
	s.Feed(d.judge, d.history)
	s.FeedBurn(d.judge, d.history, recent, since)
	d.judge.Standings(d.clock.Now.Add(-checkEvery)) // a page needs two evaluations
	d.standings = d.judge.Standings(d.clock.Now)
	for id, t := range d.history.Fleet.Threads {
		if d.history.Fleet.RunOf(id) == model.RunID(id) {
			d.names[model.RunID(id)] = model.Clean(t.Title, 60)
		}
	}
	for _, p := range d.history.Problems {
		d.warnings = append(d.warnings, problemText(p))
	}
	return d, nil
}

// recall takes what people decided before: labels of runs, and extensions that
// hold. A ledger that cannot be read is a warning.
func (d *judged) recall(ctx context.Context, l *ledger.Ledger, s *monitor.Spending) {
	if l == nil {
		return
	}
	labels, err := l.Labels(ctx)
	if err == nil {
		s.Labels = map[model.RunID]monitor.Label{}
		for id, x := range labels {
			s.Labels[id] = monitor.Label{Run: id, Task: x.Task, Client: x.Client}
		}
		var grants []ledger.Grant
		grants, err = l.Grants(ctx, d.clock.Now)
		for _, g := range grants {
			if g.Holds(d.clock.Now) {
				_ = d.judge.Grant(g.Budget, g.Key, g.Limit.Amount, g.Until) // of a budget that is gone: it changes nothing
			}
		}
	}
	if err != nil {
		d.warnings = append(d.warnings, "labels and extensions are not known: "+model.Clean(err.Error(), 300))
	}
}

// read loads the history that the plan needs, adds the budgets of repositories that
// are in it, and loads again where those need more.
func (d *judged) read(ctx context.Context, a *app, plan budget.Plan) error {
	d.plan = plan
	need := rangeOf(plan, d.clock)
	if err := d.load(ctx, a, need); err != nil || a.flags.noConfig {
		return err
	}
	folders := d.history.Repositories()
	for _, project := range slices.Sorted(maps.Keys(folders)) {
		file := filepath.Join(folders[project], config.ProjectFile)
		with, err := config.ReadProject(file, project, d.plan)
		if err != nil && !errors.Is(err, config.ErrMissing) {
			d.warnings = append(d.warnings, fmt.Sprintf("left out: %s", model.Clean(a.shortPath(err.Error()), 400)))
		}
		d.plan = with // as it was, where there is an error
	}
	if more := rangeOf(d.plan, d.clock); more.Kinds && !need.Kinds || more.ModifiedSince.Before(need.ModifiedSince) {
		return d.load(ctx, a, more)
	}
	return nil
}

// load reads history.
func (d *judged) load(ctx context.Context, a *app, r monitor.Range) (err error) {
	d.history, err = monitor.Load(ctx, a.options(), r)
	return err
}

// rangeOf is the history that a plan needs: all of it where runs and tasks are
// counted, which have no beginning; and with kinds of work where they are.
func rangeOf(p budget.Plan, c model.Clock) monitor.Range {
	r := monitor.Range{ModifiedSince: c.Now.Add(-historyForPlan)}
	for _, b := range p.Budgets {
		if b.Scope.Kind != "" {
			r.Kinds = true
		}
		if !b.Period.Calendar() {
			r.ModifiedSince = time.Time{}
		}
		if from, _ := b.Period.At(c.Now, c.Zone); !r.ModifiedSince.IsZero() && from.Before(r.ModifiedSince) {
			r.ModifiedSince = from
		}
	}
	return r
}

// noBudgets says how to begin.
const noBudgets = "No budgets are set, so nothing can be exceeded.\nSee what would fit: tokenburn init"
