package cli

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// cents writes an amount for a table: to the cent, half up, with thousands apart;
// what is above zero but rounds to it is "<0.01".
func cents(m price.Money) string {
	const cent = price.Dollar / 100
	if m > 0 && m < cent/2 {
		return "<0.01"
	}
	whole := int64(m / cent)
	if m%cent >= cent/2 {
		whole++
	}
	return fmt.Sprintf("%s.%02d", humanize.Comma(whole/100), whole%100)
}

// dollars writes a cost for a table: "$1.23", "≥$1.23" where it is a floor, and
// "?" where nothing of it has a price.
func dollars(u report.Usage, g themes.Glyphs) string {
	return money(u.Cost, u.Priced(), g)
}

func money(c price.Cost, priced bool, g themes.Glyphs) string {
	switch {
	case !priced:
		return "?"
	case c.Floor():
		return atLeast(c.USD, g)
	}
	return usd(c.USD)
}

// usd writes an amount with its sign: "$1.23", "<$0.01".
func usd(m price.Money) string {
	if text, small := strings.CutPrefix(cents(m), "<"); small {
		return "<$" + text
	}
	return "$" + cents(m)
}

// atLeast writes a floor: "≥$1.23". What is known of it can be next to nothing: "≥$0.00".
func atLeast(m price.Money, g themes.Glyphs) string {
	text := cents(m)
	if strings.HasPrefix(text, "<") {
		text = "0.00"
	}
	if g.ASCII {
		return ">=$" + text
	}
	return g.AtLeast + "$" + text
}

// tokens writes a number of tokens exactly: "1,234,567".
func tokens(n model.Tokens) string { return humanize.Comma(int64(n)) }

// count writes any other number exactly.
func count(n int64) string { return humanize.Comma(n) }

// plural gives "1 run" or "3 runs".
func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(n) + " " + one + "s"
}
