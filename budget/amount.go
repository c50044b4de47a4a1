package budget

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// Credit is one ChatGPT credit in the unit of amounts.
const Credit int64 = 1_000_000_000_000

// String gives the amount with its unit, short: "$6.20", "40M tokens", "1,200 credits".
func (l Limit) String() string { return l.Unit.Format(l.Amount) }

// Format writes an amount of the unit for people: dollars to the cent, tokens to
// three digits, credits to the tenth. What is above zero and would round to it is "<$0.01".
func (u Unit) Format(n int64) string {
	switch u {
	case TokenUnit:
		return short(n) + " tokens"
	case CreditUnit:
		f := float64(n) / float64(Credit)
		if n != 0 && math.Abs(f) < 0.05 {
			return "<0.1 credits"
		}
		return strings.TrimSuffix(comma(f, 1), ".0") + " credits"
	}
	f := price.Money(n).Dollars()
	switch {
	case n != 0 && math.Abs(f) < 0.005:
		return "<$0.01"
	case n < 0:
		return "-$" + comma(-f, 2)
	}
	return "$" + comma(f, 2)
}

// short writes a number to three digits: 999, 1.25k, 40M.
func short(n int64) string {
	f, unit := float64(n), ""
	for _, u := range []string{"k", "M", "G", "T"} {
		if math.Abs(f) < 999.5 {
			break
		}
		f, unit = f/1000, u
	}
	if unit == "" {
		return strconv.FormatInt(n, 10)
	}
	text := strconv.FormatFloat(f, 'g', 3, 64)
	if strings.Contains(text, "e") {
		text = strconv.FormatFloat(f, 'f', 0, 64)
	}
	return text + unit
}

// comma writes a number with thousands apart.
func comma(f float64, places int) string {
	text := strconv.FormatFloat(f, 'f', places, 64)
	whole, frac, dot := strings.Cut(text, ".")
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && whole[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if dot {
		b.WriteString("." + frac)
	}
	return b.String()
}

// ParseLimit reads a limit as people write it: "$400", "$1,250.50", "40M tokens",
// "500k tokens", "1200 credits".
func ParseLimit(text string) (Limit, error) {
	bad := fmt.Errorf(`want an amount such as "$400", "40M tokens" or "1200 credits"`)
	t := strings.TrimSpace(text)
	unit, scale := USD, int64(price.Dollar)
	number, isUSD := strings.CutPrefix(t, "$")
	if !isUSD {
		fields := strings.Fields(t)
		if len(fields) != 2 {
			return Limit{}, bad
		}
		number = fields[0]
		switch fields[1] {
		case "token", "tokens":
			unit, scale = TokenUnit, 1
		case "credit", "credits":
			unit, scale = CreditUnit, Credit
		default:
			return Limit{}, bad
		}
	}
	amount, ok := decimal(number, scale)
	if !ok {
		return Limit{}, bad
	}
	return Limit{unit, amount}, nil
}

// decimal reads a decimal number with thousands apart and an ending k, M or G,
// times a scale. It is false where it is no such number, or finer or larger than can be held.
func decimal(text string, scale int64) (int64, bool) {
	times := map[byte]int64{'k': 1e3, 'K': 1e3, 'M': 1e6, 'm': 1e6, 'G': 1e9, 'B': 1e9}
	if n := len(text); n > 0 && times[text[n-1]] != 0 {
		t := times[text[n-1]]
		if scale > math.MaxInt64/t {
			return 0, false
		}
		text, scale = text[:n-1], scale*t
	}
	whole, frac, dot := strings.Cut(text, ".")
	if groups := strings.Split(whole, ","); len(groups) > 1 {
		for i, g := range groups {
			if i > 0 && len(g) != 3 || g == "" {
				return 0, false
			}
		}
		whole = strings.Join(groups, "")
	}
	if whole == "" || dot && frac == "" || strings.Trim(whole+frac, "0123456789") != "" || len(whole) > 18 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > math.MaxInt64/scale {
		return 0, false
	}
	n *= scale
	for _, digit := range frac {
		if scale%10 != 0 {
			return 0, false
		}
		scale /= 10
		n += int64(digit-'0') * scale
		if n < 0 {
			return 0, false
		}
	}
	return n, true
}

// overNothing is what is shown as the percentage of a limit of 0 once something
// was spent: it is over, by no number.
const overNothing = 1000

// percent gives how many percent of a limit an amount is.
func percent(n, limit int64) float64 {
	switch {
	case n <= 0:
		return 0
	case limit <= 0:
		return overNothing
	}
	return 100 * float64(n) / float64(limit)
}
