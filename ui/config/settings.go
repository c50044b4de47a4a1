// Package config reads the settings file. It is strict: a name that it does not
// know and a value that it cannot use are errors that point at the place.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// Settings is what a settings file says. The zero Settings is an empty file.
type Settings struct {
	Timezone  Zone     `toml:"timezone"`
	CodexHome []string `toml:"codex_home"`
	User      string   `toml:"user"`
	Theme     Theme    `toml:"theme"`
	Color     Color    `toml:"color"`
	ASCII     bool     `toml:"ascii"`
	ReadOnly  bool     `toml:"read_only"`
	Prices    []Price  `toml:"price"`

	Clients    []Client       `toml:"client"`
	Task       TaskRule       `toml:"task"`
	Budgets    []Budget       `toml:"budget"`
	Approver   string         `toml:"approver"` // who decides where a budget names nobody
	Unpriced   Unpriced       `toml:"unpriced"`
	Thresholds map[string]any `toml:"thresholds"`
	Policy     Policy         `toml:"policy"`
	Notify     Notify         `toml:"notify"`
	Control    Control        `toml:"control"`

	thresholdsLine, policyLine int
}

// Price is one row that goes before the built-in price list: US dollars per
// million tokens, from one day on.
type Price struct {
	Model       Name             `toml:"model"`
	From        Day              `toml:"from"`
	Input       Amount           `toml:"input"`
	Cached      Amount           `toml:"cached"`
	CacheWrite  Amount           `toml:"cache_write"`
	Output      Amount           `toml:"output"`
	LongContext *Rates           `toml:"long_context"`
	Tiers       map[string]Rates `toml:"tiers"`
}

// Rates are the same amounts for long requests, or for a service tier.
type Rates struct {
	Input      Amount `toml:"input"`
	Cached     Amount `toml:"cached"`
	CacheWrite Amount `toml:"cache_write"`
	Output     Amount `toml:"output"`
}

// ErrMissing says that the file that was asked for does not exist.
var ErrMissing = errors.New("no such file")

// MaxSize is the most bytes of a settings file that are read.
const MaxSize = 1 << 20

// Read reads the file at path. Where it does not exist, the settings are empty
// and the error wraps [ErrMissing]; every other error is an [*Error] or that of
// the operating system.
func Read(path string) (Settings, error) {
	text, err := readFile(path)
	if err != nil {
		return Settings{}, err
	}
	return Parse(path, text)
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w", path, ErrMissing)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is not a file", path)
	case info.Size() > MaxSize:
		return nil, fmt.Errorf("%s: is larger than 1 MiB, so it cannot be a settings file", path)
	}
	return os.ReadFile(path)
}

// Parse reads the text of a settings file; path is only for its errors, which
// are all of type [*Error].
func Parse(path string, text []byte) (Settings, error) {
	var s Settings
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Settings{}, place(path, text, err)
	}
	rows := s.Overrides()
	for i := range rows {
		if _, err := price.Default().With(rows[:i+1]); err != nil {
			line := tableLine(text, "price", i)
			return Settings{}, excerpt(path, text, line, 1, len("[[price]]"), "invalid price", errors.Unwrap(err).Error())
		}
	}
	s.thresholdsLine, s.policyLine = sectionLine(text, "thresholds"), sectionLine(text, "policy")
	if err := s.checkPlan(path, text); err != nil {
		return Settings{}, err
	}
	return s, nil
}

// Overrides gives the prices in the form that the price list takes.
func (s Settings) Overrides() []price.Override {
	var all []price.Override
	for _, p := range s.Prices {
		o := price.Override{
			Model: p.Model.text, From: p.From.text, Input: p.Input.text, Cached: p.Cached.text,
			CacheWrite: p.CacheWrite.text, Output: p.Output.text,
		}
		if p.LongContext != nil {
			long := p.LongContext.amounts()
			o.LongContext = &long
		}
		for tier, r := range p.Tiers {
			if o.Tiers == nil {
				o.Tiers = map[string]price.Amounts{}
			}
			o.Tiers[tier] = r.amounts()
		}
		all = append(all, o)
	}
	return all
}

func (r Rates) amounts() price.Amounts {
	return price.Amounts{Input: r.Input.text, Cached: r.Cached.text, CacheWrite: r.CacheWrite.text, Output: r.Output.text}
}

// Homes gives the folders of codex_home with a leading ~ put in full; a relative
// one is taken from the settings file's own folder.
func (s Settings) Homes(file, home string) []string {
	var all []string
	for _, h := range s.CodexHome {
		switch {
		case h == "~" || strings.HasPrefix(h, "~/"):
			h = filepath.Join(home, strings.TrimPrefix(h, "~"))
		case !filepath.IsAbs(h):
			h = filepath.Join(filepath.Dir(file), h)
		}
		all = append(all, h)
	}
	return all
}

// Location gives the zone, nil where none is set.
func (z Zone) Location() *time.Location { return z.loc }
