package monitor

import (
	"maps"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// fewestChanges is how many accepted changes there must be for a cost of each to mean something.
const fewestChanges = 5

// runLinks is what commits say of one run, on whichever day.
type runLinks struct {
	whole, reverted int64 // credits of linked commits, and of those that came to nothing
}

// output adds up what the day's spend produced.
func (a *account) output() {
	o := &a.day.Output
	o.PullRequests = a.in.PullRequests
	o.PerChange = -1
	files := map[string]bool{}
	for _, w := range a.works {
		for _, e := range w.Edits {
			if !e.At.Before(a.day.Date) && e.At.Before(a.day.To) {
				files[e.Path] = true
			}
		}
	}
	o.Files = len(files)
	for i := range a.day.PerRun {
		r := &a.day.PerRun[i]
		o.Added += r.Added
		o.Removed += r.Removed
		o.TestsFixed += r.TestsFixed
		o.LinesFloor = o.LinesFloor || r.LinesFloor
		if r.Report {
			o.Reports++
		}
	}
	if o.Git = a.gitWhy(); o.Git != "" && !a.anyLog() {
		o.Commits, o.Ambiguous, o.Reverted, o.Accepted, o.Linked, o.RevertedCost = -1, -1, -1, -1, -1, -1
		return
	}
	a.links(o)
	if o.Accepted >= fewestChanges {
		o.PerChange = a.day.Cost.USD / price.Money(o.Accepted)
	}
}

// links counts the commits of the day, and the spend of the runs that are linked to any.
func (a *account) links(o *Output) {
	byRun := map[model.RunID]*runLinks{}
	runs := map[model.RunID]*DayRun{}
	for i := range a.day.PerRun {
		runs[a.day.PerRun[i].ID] = &a.day.PerRun[i]
	}
	for _, l := range Link(a.works, a.in.Commits) {
		today := !l.At.Before(a.day.Date) && l.At.Before(a.day.To)
		switch {
		case today && !l.Linked:
			o.Ambiguous++
		case today && l.State == CommitKept:
			o.Commits++
			o.Accepted++
		case today:
			o.Commits++
			o.Reverted++
		}
		for _, p := range l.Parts {
			if l.Linked {
				k := byRun[p.Run]
				if k == nil {
					k = &runLinks{}
					byRun[p.Run] = k
				}
				k.whole += p.Credit
				if l.State != CommitKept {
					k.reverted += p.Credit
				}
			}
			if r := runs[p.Run]; r != nil && today {
				r.link(l, p)
			}
		}
		if today {
			o.Links = append(o.Links, l)
		}
	}
	for id, k := range byRun {
		if r := runs[id]; r != nil {
			o.LinkedRuns++
			o.Linked = o.Linked.Add(r.Cost.USD)
			o.RevertedCost = o.RevertedCost.Add(portionOf(r.Cost.USD, k.reverted, k.whole))
		}
	}
}

// link counts a commit for a run that has part in it.
func (r *DayRun) link(l CommitLink, p CommitPart) {
	switch {
	case !l.Linked:
		r.Ambiguous++
	case l.State == CommitKept:
		r.Commits++
		r.Credit += p.Credit
	default:
		r.Commits++
		r.Reverted++
	}
}

// anyLog says that at least one repository could be read, or that there was none to read.
func (a *account) anyLog() bool {
	c := a.in.Commits
	if !c.Known || c.Why != "" {
		return false
	}
	for _, l := range c.Repos {
		if l.Why == "" || l.Partial {
			return true
		}
	}
	return len(c.Repos) == 0
}

// gitWhy says why commits are not known, or not all; "" where they are.
func (a *account) gitWhy() string {
	c := a.in.Commits
	switch {
	case len(Folders(a.works)) == 0:
		if a.day.Output.IsFloor {
			return "the calls of these runs are no longer kept"
		}
		return "" // nothing was changed, so there is nothing to look for
	case !c.Known:
		return "repositories were not read"
	case c.Why != "":
		return c.Why
	}
	var whys []string
	for _, repo := range slices.Sorted(maps.Keys(c.Repos)) {
		if w := c.Repos[repo].Why; w != "" {
			whys = append(whys, newProjects().short(strings.TrimSuffix(repo, "/.git"))+": "+w)
		}
	}
	return strings.Join(whys, "; ")
}
