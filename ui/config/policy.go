package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Policy is what runs are to use; what is left out is left open.
type Policy struct {
	Models  []ModelNames `toml:"models"`
	Efforts []Effort     `toml:"efforts"`
	Tiers   []Tier       `toml:"tiers"`
}

// ModelNames is a model's name, or the beginning of several with a * after it.
type ModelNames struct{ text string }

// UnmarshalText takes a name with at most one *, at its end.
func (n *ModelNames) UnmarshalText(b []byte) error {
	s := string(b)
	if s == "" || model.Clean(s, 200) != s || strings.Contains(strings.TrimSuffix(s, "*"), "*") {
		return fmt.Errorf("invalid model %s: want a name such as %q, or its beginning with a * after it", quoted(s), "gpt-6-luna")
	}
	n.text = s
	return nil
}

// Effort is a reasoning effort.
type Effort struct{ word string }

// UnmarshalText takes the words that Codex has.
func (e *Effort) UnmarshalText(b []byte) error {
	words := []string{"none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"}
	if !slices.Contains(words, string(b)) {
		return fmt.Errorf("invalid effort %s: want one of %s", quoted(string(b)), strings.Join(words, ", "))
	}
	e.word = string(b)
	return nil
}

// Tier is a service tier.
type Tier struct{ word string }

// UnmarshalText takes the names of tiers, also those that they had before.
func (t *Tier) UnmarshalText(b []byte) error {
	words := []string{"default", "fast", "flex", "batch", "ultrafast"}
	t.word = price.Tier(string(b))
	if t.word == "" && len(b) > 0 {
		t.word = "default"
	}
	if !slices.Contains(words, t.word) {
		return fmt.Errorf("invalid tier %s: want one of %s", quoted(string(b)), strings.Join(words, ", "))
	}
	return nil
}

// policy gives the policy as package budget has it. A list without anything in it
// is a mistake: it might mean nothing or all.
func (s Settings) policy() (budget.Policy, error) {
	var p budget.Policy
	for _, one := range []struct {
		name  string
		empty bool
	}{
		{"models", s.Policy.Models != nil && len(s.Policy.Models) == 0},
		{"efforts", s.Policy.Efforts != nil && len(s.Policy.Efforts) == 0},
		{"tiers", s.Policy.Tiers != nil && len(s.Policy.Tiers) == 0},
	} {
		if one.empty {
			return p, &budget.PlanError{Line: s.policyLine, Field: one.name, Text: "the policy allows no " + one.name, Want: "name what is allowed, or leave it out to allow all"}
		}
	}
	for _, m := range s.Policy.Models {
		p.Models = append(p.Models, m.text)
	}
	for _, e := range s.Policy.Efforts {
		p.Efforts = append(p.Efforts, e.word)
	}
	for _, t := range s.Policy.Tiers {
		p.Tiers = append(p.Tiers, t.word)
	}
	return p, nil
}
