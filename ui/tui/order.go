package tui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// sortKey is the column that the list is sorted by.
type sortKey uint8

const (
	sortBurn sortKey = iota
	sortCost
	sortAge
	sortContext
	sortName
	sortKeys
)

func (k sortKey) String() string {
	return [...]string{"burn", "cost", "age", "context", "name"}[k]
}

// ascending says that the column's own order begins with the least: the youngest
// run, the first name. The others begin with the most.
func (k sortKey) ascending() bool { return k == sortAge || k == sortName }

// groupKey is what the list is grouped by.
type groupKey uint8

const (
	groupNone groupKey = iota
	groupProject
	groupModel
	groupState
	groupUser
	groupClient // only where runs have clients
	groupKeys
)

func (k groupKey) String() string {
	return [...]string{"none", "project", "model", "state", "user", "client"}[k]
}

func (k groupKey) of(r monitor.Run) string {
	name := ""
	switch k {
	case groupProject:
		name = r.Project
	case groupModel:
		name = r.Model
	case groupState:
		name = r.State.String()
	case groupUser:
		name = r.User
	case groupClient:
		name = r.Client
	}
	if name == "" {
		return "unknown"
	}
	return name
}

// chip is a part of the runs that can be shown alone.
type chip uint8

const (
	chipAll chip = iota
	chipNeedsYou
	chipWorking
	chipIdle
	chipDone
	chips
)

func (c chip) String() string {
	return [...]string{"All", "Needs you", "Working", "Idle", "Done"}[c]
}

// has says that a run belongs to the chip. A silent run is working and needs a look.
func (c chip) has(r monitor.Run) bool {
	switch c {
	case chipNeedsYou:
		return needsYou(r)
	case chipWorking:
		return r.State == monitor.StateWorking || r.State == monitor.StateSilent
	case chipIdle:
		return r.State == monitor.StateIdle
	case chipDone:
		return !r.State.Live()
	}
	return true
}

// needsYou says that a run failed, died or went silent, or that an exception of it is
// critical and open.
func needsYou(r monitor.Run) bool {
	return troubled(r) || r.Open > 0 && r.Worst >= budget.Critical
}

// troubled says that a run failed, died or went silent.
func troubled(r monitor.Run) bool {
	return r.State == monitor.StateFailed || r.State == monitor.StateDied || r.State == monitor.StateSilent
}

// sortedRuns gives the runs' ids in order. The snapshot's own order decides between equals.
func sortedRuns(runs []monitor.Run, by sortKey, reverse bool) []model.RunID {
	index := make([]int, len(runs))
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(i, j int) int {
		c := compareRuns(&runs[i], &runs[j], by)
		if reverse {
			c = -c
		}
		return c
	})
	out := make([]model.RunID, len(runs))
	for i, n := range index {
		out[i] = runs[n].ID
	}
	return out
}

func compareRuns(a, b *monitor.Run, by sortKey) int {
	switch by {
	case sortCost:
		return cmp.Compare(b.Cost.USD, a.Cost.USD)
	case sortAge:
		return b.StartedAt.Compare(a.StartedAt)
	case sortContext:
		return cmp.Compare(b.Percent, a.Percent)
	case sortName:
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	}
	return cmp.Compare(b.Rate.USDPerHour, a.Rate.USDPerHour)
}

// ordering is how the runs were put in order, and when.
type ordering struct {
	by      sortKey
	reverse bool
	at      time.Time // the snapshot's
}

// orderTime is how long an order stays at least: rows that change places with every line of
// two hundred runs could not be read, nor aimed at.
const orderTime = time.Second

// keeps says that an order is still good enough to be looked at.
func (o ordering) keeps(old ordering) bool {
	age := o.at.Sub(old.at)
	return o.by == old.by && o.reverse == old.reverse && age > 0 && age < orderTime
}

// keepOrder gives the runs' ids in the order of before: what is new comes last, what is gone is left out.
func keepOrder(before []model.RunID, runs []monitor.Run) []model.RunID {
	here := make(map[model.RunID]bool, len(runs))
	for i := range runs {
		here[runs[i].ID] = true
	}
	out := make([]model.RunID, 0, len(runs))
	for _, id := range before {
		if here[id] {
			out = append(out, id)
			delete(here, id)
		}
	}
	for i := range runs {
		if here[runs[i].ID] {
			out = append(out, runs[i].ID)
		}
	}
	return out
}

// matches says that every word of the filter stands somewhere in what is known of
// the run; case does not matter, and an empty filter matches all.
func matches(r *monitor.Run, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(strings.Join([]string{
		r.Name, r.Title, r.Project, r.Cwd, r.Branch, r.Model, r.Effort, r.User, r.Client, r.Task, r.Origin, r.State.String(), string(r.ID),
	}, "\n"))
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// item is one line of the list: a run, or the head of a group.
type item struct {
	run   int // index in the snapshot's runs; -1 for the head of a group
	id    model.RunID
	group string // of a head: its name
	count int    // of a head: its runs
	rate  monitor.Rate
	cost  price.Cost
}

// listItems gives the list's lines: runs in order that belong to the chip and match
// the filter, under their groups' heads where they are grouped. A group stands where its first
// run stands, so that a frozen order holds for groups too.
func listItems(runs []monitor.Run, order []model.RunID, c chip, filter string, by groupKey) []item {
	at := make(map[model.RunID]int, len(runs))
	for i := range runs {
		at[runs[i].ID] = i
	}
	words := strings.Fields(strings.ToLower(filter))
	var items []item
	for _, id := range order {
		i, ok := at[id]
		if ok && c.has(runs[i]) && matches(&runs[i], words) {
			items = append(items, item{run: i, id: id})
		}
	}
	if by == groupNone {
		return items
	}
	return grouped(runs, items, by)
}

func grouped(runs []monitor.Run, items []item, by groupKey) []item {
	heads := map[string]*item{}
	members := map[string][]item{}
	var names []string
	for _, it := range items {
		r := &runs[it.run]
		name := by.of(*r)
		h := heads[name]
		if h == nil {
			h = &item{run: -1, group: name}
			heads[name] = h
			names = append(names, name)
		}
		h.count++
		h.rate.USDPerHour = h.rate.USDPerHour.Add(r.Rate.USDPerHour)
		h.rate.Floor = h.rate.Floor || r.Rate.Floor
		h.cost = h.cost.Add(r.Cost)
		members[name] = append(members[name], it)
	}
	out := make([]item, 0, len(items)+len(names))
	for _, name := range names {
		out = append(append(out, *heads[name]), members[name]...)
	}
	return out
}
