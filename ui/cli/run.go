package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// list reads and judges the runs of the last 24 hours, or all. Files that were
// last written before those hold nothing of them, so leaving them out keeps this fast.
func (a *app) list(ctx context.Context, all bool) (monitor.Snapshot, *monitor.History, error) {
	since := a.shownSince()
	if all {
		return a.load(ctx, true, monitor.Range{Detail: true, DetailSince: since})
	}
	return a.load(ctx, false, monitor.Range{ModifiedSince: since, Detail: true})
}

// glance is list without the turns and calls of what nobody wrote to for an hour, which
// no longer runs: the same runs, out of the ledger where it has them.
func (a *app) glance(ctx context.Context) (monitor.Snapshot, error) {
	putOffCollecting(a.env)
	s, _, err := a.load(ctx, false, monitor.Range{ModifiedSince: a.shownSince(), Detail: true, DetailSince: a.clock().Now.Add(-time.Hour)})
	return s, err
}

// shownSince is from when on runs are shown that have ended: 24 hours ago, or midnight.
func (a *app) shownSince() time.Time {
	clock := a.clock()
	since := clock.Now.Add(-24 * time.Hour)
	if d := midnight(clock.Now); d.Before(since) { // a day of 25 hours
		since = d
	}
	return since
}

func (a *app) load(ctx context.Context, all bool, r monitor.Range) (monitor.Snapshot, *monitor.History, error) {
	o := a.options()
	o.All, o.Control = all, a.control()
	h, err := monitor.Load(ctx, o, r)
	if err != nil {
		return monitor.Snapshot{}, nil, err
	}
	p := a.planner()
	o.Plan = p.load
	plan := p.load(h.Repositories()).Plan
	var far *monitor.History // as far back as budgets reach
	if len(plan.Budgets) > 0 {
		if need := rangeOf(plan, a.clock()); need.ModifiedSince.Before(r.ModifiedSince) || need.Kinds && !r.Detail {
			if far, err = monitor.Load(ctx, o, need); err != nil {
				return monitor.Snapshot{}, nil, err
			}
		}
	}
	return h.Judged(ctx, o, far), h, nil
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// candidate is a run or one of its threads that a name may mean.
type candidate struct {
	id  string
	run model.RunID
}

// maxCandidates is how many candidates an ambiguity lists.
const maxCandidates = 10

// find gives the run that a person names: by its number in "ls", or by a prefix
// of its id or of one of its threads' ids. No match wraps [monitor.ErrNotFound].
func find(name string, runs []monitor.Run, all map[string]model.RunID) (model.RunID, error) {
	if strings.TrimSpace(name) == "" {
		return "", usagef("See: tokenburn ls", "a run is named by its number in \"tokenburn ls\", or by the beginning of its id")
	}
	if n, err := strconv.Atoi(name); err == nil && n > 0 && n < 100_000 {
		for _, r := range runs {
			if r.Number == n {
				return r.ID, nil
			}
		}
	}
	var found []candidate
	for id, run := range all {
		if strings.HasPrefix(strings.ToLower(id), strings.ToLower(name)) {
			if strings.EqualFold(id, name) {
				return run, nil
			}
			found = append(found, candidate{id, run})
		}
	}
	slices.SortStableFunc(found, func(x, y candidate) int { return strings.Compare(x.id, y.id) })
	ids := map[model.RunID]bool{}
	for _, c := range found {
		ids[c.run] = true
	}
	switch {
	case len(found) == 0:
		return "", &failure{fmt.Errorf("%s: %w", model.Clean(name, 60), monitor.ErrNotFound),
			"Name a run by its number or by the beginning of its id; see: tokenburn ls --all"}
	case len(ids) > 1:
		return "", &usageError{fmt.Sprintf("%s could be any of %d", model.Clean(name, 60), len(found)), candidates(found, runs)}
	}
	return found[0].run, nil
}

// candidates lists what an ambiguous name may mean.
func candidates(found []candidate, runs []monitor.Run) string {
	names := map[model.RunID]string{}
	for _, r := range runs {
		names[r.ID] = model.Clean(r.Name, 60)
	}
	var b strings.Builder
	for i, c := range found {
		if i == maxCandidates {
			fmt.Fprintf(&b, "  and %d more\n", len(found)-i)
			break
		}
		fmt.Fprintf(&b, "  %s  %s\n", model.Clean(c.id, 60), names[c.run])
	}
	return b.String() + "Give more of its id."
}
