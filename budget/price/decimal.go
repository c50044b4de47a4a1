package price

import (
	"errors"
	"fmt"
	"strings"
)

// millionth is the unit of multiples: "2.5" is 2,500,000.
const millionth = 1_000_000

// perMillion reads an amount for a million tokens, "0.125", and gives what one
// token costs in pico-dollars. That is a whole number exactly where the amount
// has no more than six decimals; anything else is an error, as is a sign, an
// exponent, or an amount of ten thousand and more.
func perMillion(s string) (Money, error) {
	if s == "" {
		return 0, errors.New("is missing")
	}
	whole, frac, dot := strings.Cut(s, ".")
	if whole == "" || dot && frac == "" || strings.Trim(whole+frac, "0123456789") != "" {
		return 0, fmt.Errorf("%q is not a plain decimal number", s)
	}
	if frac = strings.TrimRight(frac, "0"); len(frac) > 6 {
		return 0, fmt.Errorf("%q is no whole number of pico-dollars a token (more than six decimals)", s)
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > 4 {
		return 0, fmt.Errorf("%q is above 9999", s)
	}
	var n Money
	for _, c := range whole + frac + strings.Repeat("0", 6-len(frac)) {
		n = n*10 + Money(c-'0')
	}
	return n, nil
}

// multiple reads a multiple such as "2.5", in millionths.
func multiple(s string) (int64, error) {
	n, err := perMillion(s)
	if err == nil && (n == 0 || n > 100*millionth) {
		err = fmt.Errorf("%q is not between 0 and 100", s)
	}
	return int64(n), err
}

// times multiplies all rates; a rate that does not stay whole is an error.
func (r Rates) times(m int64) (Rates, error) {
	for _, p := range []*Money{&r.Input, &r.Cached, &r.CacheWrite, &r.Output} {
		n := int64(*p) * m // at most 1e10 × 1e8
		if n%millionth != 0 {
			return r, fmt.Errorf("%d × %d/%d is no whole number of pico-dollars", *p, m, millionth)
		}
		*p = Money(n / millionth)
	}
	return r, nil
}

// Amounts are prices per million tokens as decimal numbers: "0.125". Input and
// Output must be there; where Cached or CacheWrite is "", such tokens are billed as input.
type Amounts struct {
	Input      string `toml:"input"`
	Cached     string `toml:"cached"`
	CacheWrite string `toml:"cache_write"`
	Output     string `toml:"output"`
}

// rates reads the amounts; an error begins with the name of the field.
func (a Amounts) rates() (Rates, error) {
	var r Rates
	fields := []struct {
		name, text string
		to         *Money
		asInput    bool
	}{
		{"input", a.Input, &r.Input, false}, {"output", a.Output, &r.Output, false},
		{"cached", a.Cached, &r.Cached, true}, {"cache_write", a.CacheWrite, &r.CacheWrite, true},
	}
	for _, f := range fields {
		if f.text == "" && f.asInput {
			*f.to = r.Input
			continue
		}
		n, err := perMillion(f.text)
		if err != nil {
			return r, fmt.Errorf("%s: %w", f.name, err)
		}
		*f.to = n
	}
	if r.Cached > r.Input {
		return r, fmt.Errorf("cached: %s is above input, %s", a.Cached, a.Input)
	}
	return r, nil
}
