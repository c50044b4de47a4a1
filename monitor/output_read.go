package monitor

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// nearDay is how long before and after a day a thread is looked at: a commit may
// come a while after its run.
const nearDay = 2 * time.Hour

// DayQuery says which day's account is read, and what it is judged by.
type DayQuery struct {
	Date         time.Time // any instant of the day, or of the last of several
	Days         int       // 0 is one
	Client       string    // only this client's runs; "" all
	PullRequests bool      // ask gh, which goes to the network
	Plan         budget.Plan
	Labels       map[model.RunID]Label
	Grants       []budget.Extension
	Exceptions   []budget.Exception
	// History saves reading the files again: all those written since [DayQuery.Since]. It may be nil.
	History *History
}

// Since is how far back files are needed for a day's account; the zero time: all
// of them. It depends on the plan's budgets.
func (q DayQuery) Since(c model.Clock) time.Time {
	from, _ := DayInput{Date: q.Date, Days: q.Days, Zone: c.Zone}.Bounds()
	return neededSince(q.Plan, from, c.Now, c.Zone)
}

// ReadDay reads the files that a day's account needs, and the repositories that
// its runs worked in, and gives the account with the history that it stands on.
// The error is that of ctx, or of the plan.
func ReadDay(ctx context.Context, o Options, q DayQuery) (*Day, *History, error) {
	o = o.withDefaults()
	in := DayInput{Date: q.Date, Days: q.Days, Now: o.Now(), Zone: o.Zone, Client: q.Client, Exceptions: q.Exceptions,
		PullRequests: -1, Works: NewWorks()}
	from, to := in.Bounds()
	h := q.History
	var err error
	if h == nil {
		if h, err = load(ctx, o, Range{ModifiedSince: neededSince(q.Plan, from, in.Now, o.Zone)}); err != nil {
			return nil, nil, err
		}
	}
	if in.Spending, err = NewSpending(q.Plan, o.Prices, o.User); err != nil {
		return nil, nil, err
	}
	in.Spending.Labels = q.Labels
	files := o
	files.Ledger, files.LedgerProblem, files.OpenLedger = nil, nil, nil // it keeps no calls
	near, err := load(ctx, files, Range{ModifiedSince: from.Add(-nearDay), Only: h.near(from, to), Detail: true})
	if err != nil {
		return nil, nil, err
	}
	in.Runs = h.with(near).Members()
	if err := in.judge(q, to); err != nil {
		return nil, nil, err
	}
	in.Views = near.views(files)
	works := in.works(near)
	git := NewGit()
	in.Commits = git.Read(ctx, Folders(works), commitsFrom(works, from))
	d := DayOf(in)
	if q.PullRequests {
		n, why := git.pullRequests(ctx, in.Commits, from, to)
		d.Output.PullRequests = n
		if why != "" {
			d.Notes = append(d.Notes, "pull requests are not all known: "+why)
		}
	}
	return d, h, ctx.Err()
}

// commitsFrom is since when commits may come from works: from the first one's
// beginning, at most two weeks before the day.
func commitsFrom(works []Work, from time.Time) time.Time {
	since := from.Add(-24 * time.Hour)
	for _, w := range works {
		if w.From.Before(since) {
			since = w.From
		}
	}
	return maxTime(since, from.Add(-revertWithin))
}

// neededSince is how far back files are needed for the usual day, forecasts and
// the periods of budgets; zero where runs and tasks are counted, which have no beginning.
func neededSince(p budget.Plan, from, now time.Time, zone *time.Location) time.Time {
	since := from.Add(-(usualDays + 1) * 24 * time.Hour)
	for _, b := range p.Budgets {
		if !b.Period.Calendar() {
			return time.Time{}
		}
		for _, at := range []time.Time{from, now} {
			if begin, _ := b.Period.At(at, zone); begin.Before(since) {
				since = begin
			}
		}
	}
	if plan := from.Add(-56 * 24 * time.Hour); len(p.Budgets) > 0 && plan.Before(since) {
		since = plan // what forecasts are made of
	}
	return since
}

// near gives the threads that used something on a day or shortly before or after.
func (h *History) near(from, to time.Time) []string {
	first, last := model.QuarterOf(from.Add(-nearDay)), model.QuarterOf(to.Add(nearDay))
	ids := []string{}
	for id, t := range h.Fleet.Threads {
		for b := range t.Rows {
			if b.Quarter >= first && b.Quarter < last {
				ids = append(ids, id)
				break
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// with gives the history with the threads of another one in place of its own.
func (h *History) with(o *History) *History {
	all := &History{Fleet: model.NewFleet(), Projects: maps.Clone(h.Projects)}
	maps.Copy(all.Projects, o.Projects)
	maps.Copy(all.Fleet.Threads, h.Fleet.Threads)
	for id, t := range o.Fleet.Threads {
		all.Fleet.Threads[id] = t
	}
	return all
}

// views gives what runs are called and how they stand.
func (h *History) views(o Options) func(model.RunID) (Run, bool) {
	o.All = true
	known := map[model.RunID]Run{}
	for _, r := range h.Snapshot(o).Runs {
		known[r.ID] = r
	}
	return func(id model.RunID) (Run, bool) { r, ok := known[id]; return r, ok }
}

// works gives what the threads that were read with detail brought forth.
func (in DayInput) works(detail *History) []Work {
	var all []Work
	for run, members := range in.Runs {
		for _, m := range members {
			if detail.Fleet.Threads[m.Thread.ID] != nil {
				all = append(all, in.Works.Of(run, m))
			}
		}
	}
	return all
}

// judge fills in how budgets stood at the day's end, or stand now, and how they
// will stand on the day after.
func (in *DayInput) judge(q DayQuery, to time.Time) error {
	if len(q.Plan.Budgets) == 0 {
		return nil
	}
	p := q.Plan
	if p.Zone == nil {
		p.Zone = in.zone()
	}
	at := in.Now
	if !at.Before(to) {
		at = to.Add(-time.Nanosecond)
	}
	var err error
	if in.Standings, err = StandingsAt(p, in.Spending, in.Runs, q.Grants, at); err != nil {
		return err
	}
	in.Headroom, err = StandingsAt(p, in.Spending, in.Runs, q.Grants, maxTime(to, in.Now))
	return err
}

// StandingsAt judges budgets as of one instant by what was spent until then, without
// moving any alert on. It goes through all rows of all runs.
func StandingsAt(p budget.Plan, s *Spending, runs map[model.RunID][]Member, grants []budget.Extension, at time.Time) ([]budget.Standing, error) {
	j, err := budget.NewJudge(p)
	if err != nil {
		return nil, err
	}
	end := model.QuarterOf(at)
	for id, members := range runs {
		rows := slices.DeleteFunc(s.Run(id, members), func(x budget.Spend) bool { return x.Quarter > end })
		if len(rows) > 0 {
			j.Put(id, rows)
		}
	}
	for _, g := range grants {
		if at.Before(g.Until) {
			_ = j.Grant(g.Budget, g.Key, g.Amount, g.Until) // of a budget that is gone by now: it changes nothing
		}
	}
	return j.Standings(at), nil
}

// pullRequests asks gh for the user's pull requests that were merged in a span,
// in each repository; -1 where none could be asked, and why not all were.
func (g *Git) pullRequests(ctx context.Context, c Commits, from, to time.Time) (n int, why string) {
	program, err := exec.LookPath("gh")
	if err != nil {
		return -1, "gh is not installed"
	}
	trees := map[string]string{}
	for _, p := range c.Places {
		if p.Repo != "" {
			trees[p.Repo] = cmp.Or(trees[p.Repo], p.Tree)
		}
	}
	asked := false
	for _, repo := range slices.Sorted(maps.Keys(trees)) {
		k, err := mergedIn(ctx, program, trees[repo], from, to)
		if err != nil {
			why = model.Clean(err.Error(), 200)
			continue
		}
		asked = true
		n += k
	}
	if !asked && len(trees) > 0 {
		return -1, why
	}
	return n, why
}

func mergedIn(ctx context.Context, program, tree string, from, to time.Time) (int, error) {
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, program, "pr", "list", "--state", "merged", "--author", "@me", "--limit", "200", "--json", "number,mergedAt")
	cmd.Dir = tree
	cmd.WaitDelay = time.Second
	var out, said limitedBuffer
	out.left, said.left = 1<<20, 4<<10
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("gh: %s", cmp.Or(said.String(), err.Error()))
	}
	var list []struct {
		MergedAt time.Time `json:"mergedAt"`
	}
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		return 0, fmt.Errorf("gh: %w", err)
	}
	n := 0
	for _, pr := range list {
		if !pr.MergedAt.Before(from) && pr.MergedAt.Before(to) {
			n++
		}
	}
	return n, nil
}
