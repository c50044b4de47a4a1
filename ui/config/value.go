package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// Zone is a time zone by its name in the IANA database.
type Zone struct{ loc *time.Location }

// UnmarshalText finds the zone by name.
func (z *Zone) UnmarshalText(b []byte) error {
	loc, err := FindZone(string(b))
	z.loc = loc
	return err
}

// FindZone gives the zone of a name: "local", "UTC", "Europe/Berlin".
func FindZone(name string) (*time.Location, error) {
	if strings.EqualFold(name, "local") {
		return time.Local, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" {
		return nil, fmt.Errorf("invalid time zone %s: want a name such as %q, %q or %q", quoted(name), "Europe/Berlin", "UTC", "local")
	}
	return loc, nil
}

// Theme is the name of a theme, "" for none. It is no string, nor are the types
// below, because the decoder puts text into strings without asking them.
type Theme struct{ Name string }

// UnmarshalText takes only themes that there are.
func (t *Theme) UnmarshalText(b []byte) error {
	if !slices.Contains(themes.Names(), string(b)) {
		return fmt.Errorf("invalid theme %s: want one of %s", quoted(string(b)), strings.Join(themes.Names(), ", "))
	}
	t.Name = string(b)
	return nil
}

// Color says when colours are used: auto, always or never. "" is auto.
type Color struct{ When string }

// UnmarshalText takes only the three words.
func (c *Color) UnmarshalText(b []byte) error {
	switch w := string(b); w {
	case "auto", "always", "never":
		c.When = w
		return nil
	default:
		return fmt.Errorf("invalid color %s: want auto, always or never", quoted(w))
	}
}

// Name is the name of a model; it is not empty.
type Name struct{ text string }

// UnmarshalText takes any clean text.
func (n *Name) UnmarshalText(b []byte) error {
	if s := string(b); s == "" || model.Clean(s, 200) != s {
		return fmt.Errorf("invalid model %s: want its name as Codex writes it", quoted(s))
	}
	n.text = string(b)
	return nil
}

// Day is a date such as 2026-11-23; it begins at midnight UTC, as the dates of
// the price list do.
type Day struct{ text string }

// UnmarshalText takes a date.
func (d *Day) UnmarshalText(b []byte) error {
	if _, err := time.Parse(time.DateOnly, string(b)); err != nil {
		return fmt.Errorf("invalid date %s: want one such as 2026-11-23", quoted(string(b)))
	}
	d.text = string(b)
	return nil
}

// Amount is US dollars per million tokens, as a decimal number.
type Amount struct{ text string }

// UnmarshalText takes a decimal number of at most six places after the point, with
// or without quotes in the file: finer than that, a token's price is no whole number of pico-dollars.
func (a *Amount) UnmarshalText(b []byte) error {
	whole, frac, dot := strings.Cut(string(b), ".")
	if whole == "" || dot && frac == "" || len(whole) > 6 || len(frac) > 6 || strings.Trim(whole+frac, "0123456789") != "" {
		return fmt.Errorf("invalid amount %s: want dollars per million tokens, such as 1.25", quoted(string(b)))
	}
	a.text = string(b)
	return nil
}

// quoted shows a value in a message: cleaned, short, in quotes.
func quoted(s string) string { return `"` + model.Clean(s, 60) + `"` }
