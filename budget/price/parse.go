package price

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The file's own shape; prices.toml explains the keys.
type file struct {
	AsOf    string            `toml:"as_of"`
	Upper   string            `toml:"upper"`
	Sources map[string]string `toml:"sources"`
	Moving  []fileMove        `toml:"moving"`
	Row     []fileRow         `toml:"row"`
}

type fileMove struct {
	Name    string   `toml:"name"`
	From    string   `toml:"from"`
	To      string   `toml:"to"`
	Model   string   `toml:"model"`
	Sources []string `toml:"sources"`
	Doubt   string   `toml:"doubt"`
}

type fileRow struct {
	Model          string             `toml:"model"`
	Aliases        []string           `toml:"aliases"`
	From           string             `toml:"from"`
	To             string             `toml:"to"`
	Status         string             `toml:"status"`
	USD            *Amounts           `toml:"usd"`
	Long           *Amounts           `toml:"long"`
	Times          map[string]string  `toml:"times"`
	LongTimes      map[string]string  `toml:"long_times"`
	Tier           map[string]Amounts `toml:"tier"`
	Ultrafast      []fileStep         `toml:"ultrafast"`
	Credits        *Amounts           `toml:"credits"`
	CreditsDerived bool               `toml:"credits_derived"`
	CreditsFlat    bool               `toml:"credits_flat"`
	CreditsFast    string             `toml:"credits_fast"`
	Window         int64              `toml:"window"`
	Sources        []string           `toml:"sources"`
	Doubt          string             `toml:"doubt"`
	Promised       string             `toml:"promised_through"`
	ReportedEnd    string             `toml:"reported_end"`
}

type fileStep struct {
	From  string `toml:"from"`
	To    string `toml:"to"`
	Times string `toml:"times"`
}

// Parse reads a price list in the form of prices.toml. It fails on anything that
// it does not know, on a rate that is no whole number of pico-dollars a token, on
// rows of one model that overlap, and on a name with two meanings.
func Parse(data []byte) (*List, error) {
	var f file
	d := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("price list: %w", err)
	}
	if _, err := day(f.AsOf); err != nil || f.AsOf == "" {
		return nil, fmt.Errorf("price list: as_of: %q is no date", f.AsOf)
	}
	l := &List{AsOf: f.AsOf, models: map[string]*entry{}, alias: map[string]string{}, moving: map[string][]move{}}
	for _, fr := range f.Row {
		rows, err := fr.rows(f.Sources)
		if err != nil {
			return nil, fmt.Errorf("price list: %s from %s: %w", fr.Model, fr.From, err)
		}
		e := l.models[fr.Model]
		if e == nil {
			e = &entry{listed: true}
			l.models[fr.Model] = e
		}
		e.rows = append(e.rows, rows...)
		for _, a := range fr.Aliases {
			if was, ok := l.alias[a]; ok && was != fr.Model {
				return nil, fmt.Errorf("price list: alias %s is both %s and %s", a, was, fr.Model)
			}
			l.alias[a] = fr.Model
		}
	}
	for _, m := range f.Moving {
		mv, err := m.move()
		if err != nil {
			return nil, fmt.Errorf("price list: moving %s: %w", m.Name, err)
		}
		l.moving[m.Name] = append(l.moving[m.Name], mv)
	}
	if err := l.check(f.Upper); err != nil {
		return nil, fmt.Errorf("price list: %w", err)
	}
	return l, nil
}

// check makes sure that every name means one thing at a time, and notes the dearest row.
func (l *List) check(upper string) error {
	for id, e := range l.models {
		slices.SortStableFunc(e.rows, func(a, b Row) int { return a.From.Compare(b.From) })
		for i := 1; i < len(e.rows); i++ {
			if e.rows[i-1].to > e.rows[i].from {
				return fmt.Errorf("%s: the row from %s overlaps the one before", id, e.rows[i].From.Format(time.DateOnly))
			}
		}
	}
	for a := range l.alias {
		if l.models[a] != nil {
			return fmt.Errorf("alias %s is also a model", a)
		}
	}
	for name, moves := range l.moving {
		if l.models[name] != nil || l.alias[name] != "" {
			return fmt.Errorf("moving %s is also a model or an alias", name)
		}
		slices.SortStableFunc(moves, func(a, b move) int { return cmp.Compare(a.from, b.from) })
		for i, m := range moves {
			if l.models[m.model] == nil {
				return fmt.Errorf("moving %s: model %s has no row", name, m.model)
			}
			if i > 0 && moves[i-1].to > m.from {
				return fmt.Errorf("moving %s: dates overlap", name)
			}
		}
	}
	e := l.models[upper]
	if e == nil {
		return fmt.Errorf("upper: model %q has no row", upper)
	}
	l.upper = e.rows[len(e.rows)-1]
	return nil
}

func (m fileMove) move() (move, error) {
	from, to, err := span(m.From, m.To)
	if err != nil {
		return move{}, err
	}
	if m.Name == "" || len(m.Sources) == 0 {
		return move{}, errors.New("has no name or no sources")
	}
	return move{model: m.Model, note: m.Doubt, from: start(from), to: end(to)}, nil
}

// rows makes the row, or several where the price of ultrafast changes within it.
func (f fileRow) rows(sources map[string]string) ([]Row, error) {
	base, err := f.row(sources)
	if err != nil || len(f.Ultrafast) == 0 {
		return []Row{base}, err
	}
	var rows []Row
	at := base
	for _, s := range f.Ultrafast {
		from, to, err := span(s.From, s.To)
		if err != nil {
			return nil, fmt.Errorf("ultrafast: %w", err)
		}
		if start(from) < at.from || !base.To.IsZero() && (to.IsZero() || to.After(base.To)) {
			return nil, errors.New("ultrafast: dates are outside of the row or overlap")
		}
		if start(from) > at.from {
			rows = append(rows, at.between(at.From, from))
		}
		step := at.between(from, to)
		step.Tiers, step.LongTiers = maps.Clone(step.Tiers), maps.Clone(step.LongTiers)
		if err := step.addTier("ultrafast", s.Times, s.Times); err != nil {
			return nil, err
		}
		rows = append(rows, step)
		if to.IsZero() {
			return rows, nil
		}
		at = base.between(to, base.To)
	}
	if at.from < at.to {
		rows = append(rows, at)
	}
	return rows, nil
}

// row makes the row without ultrafast.
func (f fileRow) row(sources map[string]string) (Row, error) {
	from, to, err := span(f.From, f.To)
	switch {
	case err != nil:
		return Row{}, err
	case f.Model == "" || f.From == "" || f.Status == "" || len(f.Sources) == 0:
		return Row{}, errors.New("model, from, status and sources must be there")
	case f.USD == nil:
		return Row{}, errors.New("usd is missing")
	}
	r := Row{Model: f.Model, Aliases: f.Aliases, Status: f.Status, Note: f.Doubt, Window: model.Tokens(f.Window),
		CreditsDerived: f.CreditsDerived, creditsFlat: f.CreditsFlat}.between(from, to)
	for _, s := range f.Sources {
		if long, ok := sources[s]; ok {
			s = long
		}
		r.Sources = append(r.Sources, s)
	}
	if err := r.price(*f.USD, f.Long, f.Tier); err != nil {
		return r, err
	}
	for tier, times := range f.Times {
		long := times
		if t, ok := f.LongTimes[tier]; ok {
			long = t
		}
		if err := r.addTier(tier, times, long); err != nil {
			return r, err
		}
	}
	if err := r.addCredits(f.Credits, f.CreditsFast); err != nil {
		return r, fmt.Errorf("credits: %w", err)
	}
	if r.Promised, err = day(f.Promised); err != nil {
		return r, fmt.Errorf("promised_through: %w", err)
	}
	if r.ReportedEnd, err = day(f.ReportedEnd); err != nil {
		return r, fmt.Errorf("reported_end: %w", err)
	}
	return r, nil
}

// between gives the row with other dates.
func (r Row) between(from, to time.Time) Row {
	r.From, r.To, r.from, r.to = from, to, start(from), end(to)
	return r
}

// span reads two dates; either may be "" and is zero then.
func span(from, to string) (f, t time.Time, err error) {
	if f, err = day(from); err != nil {
		return f, t, fmt.Errorf("from: %w", err)
	}
	if t, err = day(to); err != nil {
		return f, t, fmt.Errorf("to: %w", err)
	}
	if !t.IsZero() && !t.After(f) {
		return f, t, fmt.Errorf("to: %s is not after from, %s", to, from)
	}
	return f, t, nil
}

// day reads a date as its UTC midnight; "" is the zero time.
func day(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("%q is no date like 2026-11-23", s)
	}
	return t, nil
}

func start(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.Unix()
}

func end(t time.Time) int64 {
	if t.IsZero() {
		return math.MaxInt64
	}
	return t.Unix()
}
