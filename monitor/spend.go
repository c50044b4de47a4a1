package monitor

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Spending turns usage into the rows that budgets are judged by: priced, and with
// the client, task and user that a run is counted for. It does no I/O and keeps nothing.
type Spending struct {
	Match  *budget.Matcher // of the plan; nil: no clients and tasks
	Prices *price.List
	User   string
	Labels map[model.RunID]Label // what was named by hand goes before what is found
}

// NewSpending gives the spending of a plan. Labels are set on the result. The
// error is that of the plan's patterns.
func NewSpending(p budget.Plan, prices *price.List, user string) (*Spending, error) {
	m, err := p.Matcher()
	if err != nil {
		return nil, err
	}
	return &Spending{Match: m, Prices: prices, User: model.Clean(user, 100)}, nil
}

// Member is one thread of a run with its project.
type Member struct {
	Thread  *model.Thread
	Project string
}

// Run gives the spend of a run with all its threads, by quarter of an hour and all
// that scopes ask for; the parts of a bucket's cost over kinds of work add up to it exactly. The kinds are known where the
// threads were folded with detail, else all is of the kind other.
func (s *Spending) Run(id model.RunID, members []Member) []budget.Spend {
	rows := map[budget.Spend]*budget.Spend{}
	var order []*budget.Spend
	for _, m := range members {
		base := s.base(id, members, m)
		for b, n := range m.Thread.Rows {
			for _, part := range s.split(base, m.Thread, b, n) {
				key := part
				key.Count, key.Cost, key.Credits = model.Count{}, price.Cost{}, 0
				row := rows[key]
				if row == nil {
					row = &budget.Spend{}
					*row = key
					rows[key] = row
					order = append(order, row)
				}
				row.Count = row.Count.Plus(part.Count)
				row.Cost = row.Cost.Add(part.Cost)
				row.Credits += part.Credits
			}
		}
	}
	slices.SortFunc(order, func(a, b *budget.Spend) int {
		return cmp.Or(cmp.Compare(a.Quarter, b.Quarter), strings.Compare(a.Model, b.Model), cmp.Compare(a.Kind, b.Kind),
			strings.Compare(a.Project, b.Project), strings.Compare(a.Folder, b.Folder))
	})
	out := make([]budget.Spend, 0, len(order))
	for _, row := range order {
		out = append(out, *row)
	}
	return out
}

// Response gives the spend of one response of a run, for [budget.Judge.Burn].
func (s *Spending) Response(id model.RunID, members []Member, m Member, r *model.Response) budget.Spend {
	x := s.base(id, members, m)
	n := model.Count{Usage: r.Usage, Responses: 1}
	x.Quarter, x.Model, x.Count = r.Bucket.Quarter, r.Bucket.Model, n
	x.Cost = s.Prices.Cost(r.Bucket, r.Usage)
	x.Credits = s.credits(r.Bucket, r.Usage)
	most := model.Tokens(-1)
	for _, k := range model.Kinds() {
		if c, ok := m.Thread.KindRows[model.KindBucket{Bucket: r.Bucket, Kind: k}]; ok && c.Total() > most {
			most, x.Kind = c.Total(), k
		}
	}
	return x
}

// base is what all rows of a thread share. Branch and prompt are the root's, so
// that a run has one task; where the root is unknown, those of its first thread.
func (s *Spending) base(id model.RunID, members []Member, m Member) budget.Spend {
	root := m.Thread
	for _, o := range members {
		if o.Thread.ID == string(id) {
			root = o.Thread
			break
		}
		if o.Thread.FirstAt.Before(root.FirstAt) {
			root = o.Thread
		}
	}
	folder := cmp.Or(m.Thread.Meta.Cwd, m.Thread.Cwd)
	x := budget.Spend{Run: id, Project: m.Project, Folder: folder, User: s.User}
	label := s.Labels[id]
	x.Client = model.Clean(label.Client, 100)
	if s.Match != nil {
		if x.Client == "" {
			x.Client = s.Match.Client(m.Project, folder)
		}
		x.Task = s.Match.Task(label.Task, root.Meta.GitBranch, root.Title)
	}
	return x
}

func (s *Spending) credits(b model.Bucket, u model.Usage) int64 {
	c, _ := s.Prices.Credits(b, u)
	return int64(c)
}

// split gives the parts of a bucket by kind of work. Prices are rounded for no
// part: what the parts differ from the whole, by counters that no kind can have, goes to the largest.
func (s *Spending) split(base budget.Spend, t *model.Thread, b model.Bucket, n model.Count) []budget.Spend {
	whole := base
	whole.Quarter, whole.Model, whole.Count = b.Quarter, b.Model, n
	whole.Cost, whole.Credits = s.Prices.Cost(b, n.Usage), s.credits(b, n.Usage)
	var parts []budget.Spend
	rest := whole
	largest := 0
	for _, k := range model.Kinds() {
		c, ok := t.KindRows[model.KindBucket{Bucket: b, Kind: k}]
		if !ok || c == (model.Count{}) {
			continue
		}
		p := whole
		p.Kind, p.Count = k, c
		p.Cost, p.Credits = s.Prices.Cost(b, c.Usage), s.credits(b, c.Usage)
		rest.Count = model.Count{Usage: rest.Count.Usage.Sub(c.Usage), Responses: rest.Count.Responses - c.Responses}
		rest.Cost = price.Cost{USD: rest.Cost.USD - p.Cost.USD, Unpriced: rest.Cost.Unpriced - p.Cost.Unpriced, Upper: rest.Cost.Upper - p.Cost.Upper}
		rest.Credits -= p.Credits
		if parts = append(parts, p); c.Total() > parts[largest].Count.Total() {
			largest = len(parts) - 1
		}
	}
	if len(parts) == 0 {
		return []budget.Spend{whole}
	}
	p := &parts[largest]
	p.Count = p.Count.Plus(rest.Count)
	p.Cost = price.Cost{USD: p.Cost.USD + rest.Cost.USD, Unpriced: p.Cost.Unpriced + rest.Cost.Unpriced, Upper: p.Cost.Upper + rest.Cost.Upper}
	p.Credits += rest.Credits
	return parts
}

// Members gives the threads of each run, in the order of their ids.
func (h *History) Members() map[model.RunID][]Member {
	all := map[model.RunID][]Member{}
	for _, id := range slices.Sorted(maps.Keys(h.Fleet.Threads)) {
		run := h.Fleet.RunOf(id)
		all[run] = append(all[run], Member{h.Fleet.Threads[id], h.Projects[id]})
	}
	return all
}

// Feed tells a judge all spend of the history.
func (s *Spending) Feed(j *budget.Judge, h *History) {
	for id, members := range h.Members() {
		if rows := s.Run(id, members); len(rows) > 0 {
			j.Put(id, rows)
		}
	}
}

// FeedBurn tells a judge what each response since an instant cost. They are those
// of recent, which must hold detail; h tells which run each thread belongs to.
func (s *Spending) FeedBurn(j *budget.Judge, h, recent *History, since time.Time) {
	members := h.Members()
	for _, id := range slices.Sorted(maps.Keys(recent.Fleet.Threads)) {
		t := recent.Fleet.Threads[id]
		run := h.Fleet.RunOf(id)
		for i := range t.Responses {
			if r := &t.Responses[i]; r.At.After(since) {
				j.Burn(r.At, s.Response(run, members[run], Member{t, recent.Projects[id]}, r))
			}
		}
	}
}

// Repositories gives the main folder of each project's repository, as far as it is on
// this disk: where a project may keep settings of its own.
func (h *History) Repositories() map[string]string {
	all := map[string]string{}
	seen := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(h.Fleet.Threads)) {
		t := h.Fleet.Threads[id]
		cwd := strings.TrimPrefix(cmp.Or(t.Meta.Cwd, t.Cwd), "file://")
		if seen[cwd] || !filepath.IsAbs(cwd) || strings.HasPrefix(cwd, `\\`) || strings.HasPrefix(cwd, "//") {
			continue
		}
		seen[cwd] = true
		if repo, _ := findRepository(filepath.Clean(cwd)); repo != "" && h.Projects[id] != "" {
			all[h.Projects[id]] = repo
		}
	}
	return all
}
