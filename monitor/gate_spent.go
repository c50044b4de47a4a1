package monitor

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// spent counts what a budget has used up. Runs and tasks are counted by their threads,
// calendar periods by the ledger's sums: neither looks at history.
func (j *gateJudge) spent(h *budget.Held, key string) error {
	switch {
	case h.Period.Name == budget.Run:
		j.addThreads(h, j.threads, math.MinInt64)
		return nil
	case h.Period.Name == budget.Task:
		return j.spentOnTask(h, key)
	}
	from, _, ok := h.Bounds(j.now)
	switch {
	case !ok:
		return nil
	case h.Scope.Task != "":
		return j.spentByTask(h, from)
	}
	all, err := j.since(from)
	for _, s := range all {
		if h.Counts(s) {
			h.Add(s)
		}
	}
	return err
}

// addThreads counts the rows of threads from a quarter of an hour on.
func (j *gateJudge) addThreads(h *budget.Held, threads []ledger.Thread, from int64) {
	for i := range threads {
		th := &threads[i]
		folder := cmp.Or(th.Folder, th.Cwd)
		for _, r := range th.Rows {
			if r.Quarter < from {
				continue
			}
			if s := j.spend(th.Run, th.Project, folder, r); h.Counts(s) {
				h.Add(s)
			}
		}
	}
}

// spend makes a row of the ledger one that budgets are judged by.
func (j *gateJudge) spend(run model.RunID, project, folder string, r ledger.Row) budget.Spend {
	s := budget.Spend{Quarter: r.Quarter, Run: run, Project: project, Folder: folder, User: j.next.User, Model: r.Model,
		Kind: r.Kind, Count: r.Count, Client: j.client(run, project, folder), Task: j.tasks[run]}
	if run == j.next.Run {
		s.Task = j.next.Task
	}
	j.priced(&s, r.Bucket, r.Usage)
	return s
}

// client is who a run is done for: what was named by hand goes before what is found.
func (j *gateJudge) client(run model.RunID, project, folder string) string {
	if c := j.labels[run].Client; c != "" {
		return model.Clean(c, 100)
	}
	k := [2]string{project, folder}
	c, ok := j.clients[k]
	if !ok {
		c = j.match.Client(project, folder)
		j.clients[k] = c
	}
	return c
}

// since gives what was used in the homes from a quarter of an hour on, by place and
// all that scopes ask for but tasks.
func (j *gateJudge) since(from int64) ([]budget.Spend, error) {
	if all, ok := j.period[from]; ok {
		return all, nil
	}
	cuts := j.cuts(from)
	totals, err := j.Totals(from, ledger.Ever, cuts)
	if err != nil {
		return nil, err
	}
	homes := homeKeys(j.o.Homes)
	totals = slices.DeleteFunc(totals, func(t ledger.Total) bool { return !slices.Contains(homes, t.Home) })
	all, err := j.byHand(totals, from, cuts)
	if err != nil {
		return nil, err
	}
	for _, t := range totals {
		if t.Count != (model.Count{}) {
			all = append(all, j.spend("", t.Project, t.Folder, t.Row))
		}
	}
	j.period[from] = all
	return all, nil
}

// cuts are the quarters of an hour at which a price changes.
func (j *gateJudge) cuts(from int64) []int64 {
	var probe budget.Spend
	j.priced(&probe, model.Bucket{}, model.Usage{}) // reads the price list where it is needed
	if j.prices == nil {
		return nil
	}
	cuts := j.prices.Changes(from*model.QuarterSeconds, j.now.Unix())
	for i := range cuts {
		cuts[i] /= model.QuarterSeconds
	}
	return cuts
}

// byHand takes out of the totals, and gives by themselves, what runs used whose
// client was named by hand, where a budget asks for clients.
func (j *gateJudge) byHand(totals []ledger.Total, from int64, cuts []int64) ([]budget.Spend, error) {
	if !slices.ContainsFunc(j.held, func(h *budget.Held) bool { return h.Scope.Client != "" }) {
		return nil, nil
	}
	at := map[ledger.Total]int{}
	for i, t := range totals {
		t.Count = model.Count{}
		at[t] = i
	}
	var all []budget.Spend
	for run, label := range j.labels {
		if label.Client == "" {
			continue
		}
		threads, err := j.Run(run)
		if err != nil {
			return nil, err
		}
		for _, th := range threads {
			folder := cmp.Or(th.Folder, th.Cwd)
			for _, r := range th.Rows {
				if r.Quarter < from {
					continue
				}
				k := ledger.Total{Home: th.Home, Project: th.Project, Folder: folder, Row: ledger.Row{KindBucket: r.KindBucket}}
				k.Quarter = from
				for _, c := range cuts {
					if c <= r.Quarter {
						k.Quarter = c
					}
				}
				if i, ok := at[k]; ok {
					n := &totals[i].Count
					*n = model.Count{Usage: n.Usage.Sub(r.Usage), Responses: n.Responses - r.Responses}
					all = append(all, j.spend(run, th.Project, folder, r))
				}
			}
		}
	}
	return all, nil
}

// spentOnTask counts all runs of a task.
func (j *gateJudge) spentOnTask(h *budget.Held, task string) error {
	runs, err := j.TaskRuns(j.plan.Task, task, func(r ledger.Root) string { return j.match.Task("", r.Branch, r.Title) })
	if err != nil {
		return err
	}
	runs = slices.DeleteFunc(runs, func(r model.RunID) bool { return j.labels[r].Task != "" || r == j.next.Run })
	for run, label := range j.labels {
		if model.Clean(label.Task, 100) == task && run != j.next.Run {
			runs = append(runs, run)
		}
	}
	j.addThreads(h, j.threads, math.MinInt64)
	homes := homeKeys(j.o.Homes)
	for _, run := range runs {
		j.tasks[run] = task
		threads, err := j.Run(run)
		if err != nil {
			return err
		}
		threads = slices.DeleteFunc(threads, func(t ledger.Thread) bool { return !slices.Contains(homes, t.Home) })
		j.addThreads(h, threads, math.MinInt64)
	}
	return nil
}

// spentByTask counts a calendar period whose scope names tasks: by the threads that
// were heard of in it.
func (j *gateJudge) spentByTask(h *budget.Held, from int64) error {
	threads, err := j.Since(homeKeys(j.o.Homes), time.Unix(from*model.QuarterSeconds, 0))
	if err != nil {
		return err
	}
	var runs []model.RunID
	for i := range threads {
		runs = append(runs, threads[i].Run)
	}
	if err := j.findTasks(runs); err != nil {
		return err
	}
	j.addThreads(h, threads, from)
	return nil
}

// findTasks finds the tasks of runs that are not known yet.
func (j *gateJudge) findTasks(runs []model.RunID) error {
	runs = slices.DeleteFunc(runs, func(r model.RunID) bool { _, known := j.tasks[r]; return known })
	if len(runs) == 0 {
		return nil
	}
	slices.Sort(runs)
	runs = slices.Compact(runs)
	roots, err := j.Roots(runs)
	for _, run := range runs {
		root := roots[run]
		j.tasks[run] = j.match.Task(j.labels[run].Task, root.Branch, root.Title)
	}
	return err
}

// awaited counts what others were allowed and have not used yet.
func (j *gateJudge) awaited(h *budget.Held, key string) error {
	if !j.looked {
		if err := j.lookReserved(); err != nil {
			return err
		}
	}
	for _, s := range j.reserved {
		if of, ok := h.Key(s); ok && of == key && h.Counts(s) {
			h.Await(s)
		}
	}
	return nil
}

func (j *gateJudge) lookReserved() error {
	list, err := j.Reservations(j.now)
	if err != nil {
		return err
	}
	homes := homeKeys(j.o.Homes)
	list = slices.DeleteFunc(list, func(r ledger.Reservation) bool { return r.Thread == j.q.Thread || !slices.Contains(homes, r.Home) })
	if slices.ContainsFunc(j.held, func(h *budget.Held) bool { return h.Scope.Task != "" || h.Period.Name == budget.Task }) {
		var runs []model.RunID
		for _, r := range list {
			runs = append(runs, r.Run)
		}
		if err := j.findTasks(runs); err != nil {
			return err
		}
	}
	for _, r := range list {
		j.reserved = append(j.reserved, j.spend(r.Run, r.Project, r.Folder, r.Row))
	}
	j.looked = true
	return nil
}
