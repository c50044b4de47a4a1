package price

import (
	"fmt"
	"strings"
)

// Tier gives a service tier's one name: "" for the default one (auto, default,
// standard), fast for what was called priority until 2026-07-30 (both words are
// still sent), and flex, batch and ultrafast. A word that is not known is given
// back in lower case: it has no price.
// Source: OpenAI's API reference, "service_tier", and its page on fast mode.
func Tier(s string) string {
	switch s {
	case "", "auto", "default", "standard":
		return ""
	case "fast", "flex", "batch", "ultrafast":
		return s
	case "priority":
		return "fast"
	}
	if l := strings.ToLower(strings.TrimSpace(s)); l != s {
		return Tier(l)
	}
	return s
}

// price sets the standard, long-context and separately listed tier rates.
func (r *Row) price(usd Amounts, long *Amounts, tiers map[string]Amounts) error {
	var err error
	if r.Rates, err = usd.rates(); err != nil {
		return fmt.Errorf("usd: %w", err)
	}
	r.WriteListed = usd.CacheWrite != ""
	r.Tiers = map[string]Rates{}
	if long != nil {
		l, err := long.rates()
		if err != nil {
			return fmt.Errorf("long: %w", err)
		}
		r.Long, r.LongTiers = &l, map[string]Rates{}
	}
	for tier, a := range tiers {
		if tier == "" || Tier(tier) != tier {
			return fmt.Errorf("tier: %q is not a service tier's name", tier)
		}
		if r.Tiers[tier], err = a.rates(); err != nil {
			return fmt.Errorf("tier.%s: %w", tier, err)
		}
	}
	return nil
}

// addTier sets a tier's rates as multiples of the standard ones.
func (r *Row) addTier(tier, times, longTimes string) error {
	if tier == "" || Tier(tier) != tier {
		return fmt.Errorf("times: %q is not a service tier's name", tier)
	}
	if _, ok := r.Tiers[tier]; ok {
		return fmt.Errorf("tier %s has two prices", tier)
	}
	m, err := multiple(times)
	if err != nil {
		return fmt.Errorf("times.%s: %w", tier, err)
	}
	if r.Tiers[tier], err = r.Rates.times(m); err != nil {
		return fmt.Errorf("times.%s: %w", tier, err)
	}
	if r.Long == nil {
		return nil
	}
	if m, err = multiple(longTimes); err != nil {
		return fmt.Errorf("long_times.%s: %w", tier, err)
	}
	if r.LongTiers[tier], err = r.Long.times(m); err != nil {
		return fmt.Errorf("long_times.%s: %w", tier, err)
	}
	return nil
}

// rates gives the row's rates for a tier and request size; false where the row
// has none for that tier. A row without a long tier bills long requests as others.
func (r *Row) rates(tier string, long bool) (Rates, bool) {
	switch {
	case tier == "" && long && r.Long != nil:
		return *r.Long, true
	case tier == "":
		return r.Rates, true
	case long && r.Long != nil:
		x, ok := r.LongTiers[tier]
		return x, ok
	}
	x, ok := r.Tiers[tier]
	return x, ok
}
