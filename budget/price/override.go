package price

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// StatusOverride is the status of a row that the user set.
const StatusOverride = "override"

// Override is a price that the user sets for a model, in US dollars per million
// tokens as decimal numbers ("0.125"). It replaces what the list has for the
// model from its day on.
type Override struct {
	Model       string             `toml:"model"`        // as session files name it, or a listed id
	From        string             `toml:"from"`         // first day, 2006-01-02, UTC; "": always
	Input       string             `toml:"input"`        // must be there; "0" is free
	Cached      string             `toml:"cached"`       // "": billed as input
	CacheWrite  string             `toml:"cache_write"`  // "": billed as input
	Output      string             `toml:"output"`       // must be there
	LongContext *Amounts           `toml:"long_context"` // requests above 272,000 input tokens; nil: the same
	Tiers       map[string]Amounts `toml:"tiers"`        // by service tier; one that is not here is unpriced
}

// With gives a list in which the overrides come first. The list itself stays as
// it is. An error names the override and the field that is wrong.
func (l *List) With(overrides []Override) (*List, error) {
	if len(overrides) == 0 {
		return l, nil
	}
	n := *l
	n.models = maps.Clone(l.models)
	rows := map[string][]Row{}
	for i, o := range overrides {
		r, err := o.row()
		if err != nil {
			return nil, fmt.Errorf("price override %d (%s): %w", i+1, o.Model, err)
		}
		rows[o.Model] = append(rows[o.Model], r)
	}
	for id, own := range rows {
		slices.SortStableFunc(own, func(a, b Row) int { return a.From.Compare(b.From) })
		for i := range own[1:] {
			if own[i].from == own[i+1].from {
				return nil, fmt.Errorf("price override (%s): from: two prices begin on the same day", id)
			}
			own[i] = own[i].between(own[i].From, own[i+1].From)
		}
		e := &entry{}
		if was := l.models[id]; was != nil {
			e.listed = was.listed
			e.rows = was.until(own[0].From)
		}
		e.rows = append(e.rows, own...)
		n.models[id] = e
	}
	return &n, nil
}

// until gives the rows as they were before a day; the zero day is the beginning of time.
func (e *entry) until(t time.Time) []Row {
	var rows []Row
	for _, r := range e.rows {
		switch {
		case t.IsZero() || r.from >= t.Unix():
		case r.to > t.Unix():
			rows = append(rows, r.between(r.From, t))
		default:
			rows = append(rows, r)
		}
	}
	return rows
}

func (o Override) row() (Row, error) {
	if o.Model == "" {
		return Row{}, errors.New("model: is missing")
	}
	from, err := day(o.From)
	if err != nil {
		return Row{}, fmt.Errorf("from: %w", err)
	}
	r := Row{Model: o.Model, Status: StatusOverride, Sources: []string{"your configuration"}}.between(from, time.Time{})
	usd := Amounts{Input: o.Input, Cached: o.Cached, CacheWrite: o.CacheWrite, Output: o.Output}
	if r.Rates, err = usd.rates(); err != nil {
		return r, err
	}
	r.WriteListed = o.CacheWrite != ""
	r.Tiers = map[string]Rates{}
	if o.LongContext != nil {
		long, err := o.LongContext.rates()
		if err != nil {
			return r, fmt.Errorf("long_context: %w", err)
		}
		r.Long = &long
	}
	for tier, a := range o.Tiers {
		name := Tier(tier)
		if name == "" {
			return r, fmt.Errorf("tiers: %q is the default tier, its price is input and output", tier)
		}
		if _, ok := r.Tiers[name]; ok {
			return r, fmt.Errorf("tiers: %s has two prices", name)
		}
		if r.Tiers[name], err = a.rates(); err != nil {
			return r, fmt.Errorf("tiers.%s: %w", tier, err)
		}
	}
	r.LongTiers = r.Tiers // the user's price for a tier holds for any size of request
	return r, nil
}
