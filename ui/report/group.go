package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Group is one part of a report. Name says in words what Key names, where that is
// an id: the title of a run or a thread. It may be "".
type Group struct {
	Key  string
	Name string
	Usage
}

// Keys are the words that [Report.By] understands.
func Keys() []string { return []string{"thread", "run", "project", "model", "day", "user"} }

// By splits the report by one of [Keys]; the parts sum up to Overall. Days come in
// their order, all else dearest first, then by tokens, then by key. It gives nil for any other word.
func (r *Report) By(key string) []Group {
	if !slices.Contains(Keys(), key) {
		return nil
	}
	sums := map[string]*Group{}
	add := func(k, name string, u Usage) {
		g := sums[k]
		if g == nil {
			g = &Group{Key: k, Name: name}
			sums[k] = g
		}
		g.Usage = g.Plus(u)
	}
	switch key {
	case "day":
		for k, u := range r.Days {
			add(k, "", u)
		}
	case "model":
		for k, u := range r.Models {
			add(k, "", u)
		}
	}
	for id, t := range r.Threads {
		switch key {
		case "thread":
			add(id, t.Title, t.Usage)
		case "run":
			add(t.Run, r.titles[t.Run], t.Usage)
		case "project":
			add(t.Project, "", t.Usage)
		case "user":
			add(r.user, "", t.Usage)
		}
	}
	return sorted(sums, key == "day")
}

func sorted(sums map[string]*Group, byKey bool) []Group {
	list := make([]Group, 0, len(sums))
	for _, g := range sums {
		list = append(list, *g)
	}
	slices.SortStableFunc(list, func(a, b Group) int {
		if byKey {
			return strings.Compare(a.Key, b.Key)
		}
		return cmp.Or(cmp.Compare(b.Cost.USD, a.Cost.USD), cmp.Compare(b.Total(), a.Total()), strings.Compare(a.Key, b.Key))
	})
	return list
}

// UnpricedModels names the models without a price, the one with most tokens first.
func (r *Report) UnpricedModels() []string {
	names := make([]string, 0, len(r.Unpriced))
	for n := range r.Unpriced {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(r.Unpriced[b], r.Unpriced[a]), strings.Compare(a, b))
	})
	return names
}

// Unknown is how many tokens have no model that a file names.
func (r *Report) Unknown() model.Tokens { return r.Models[model.UnknownModel].Total() }
