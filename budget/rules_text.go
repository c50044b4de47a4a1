package budget

import (
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// dollarText writes an amount for people: "$0.0032", "$0.41", "$12.30".
func dollarText(m price.Money) string {
	d := m.Dollars()
	if d != 0 && d < 0.01 && d > -0.01 {
		return fmt.Sprintf("$%.4f", d)
	}
	return fmt.Sprintf("$%.2f", d)
}

// tokenText writes tokens for people: "812", "14k", "1.2M".
func tokenText(n model.Tokens) string {
	switch {
	case n < 0:
		return "-" + tokenText(-n)
	case n >= 1_000_000:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%.0fk", float64(n)/1e3)
	}
	return fmt.Sprint(int64(n))
}

// usedText names a model with effort and tier, as far as they are not the default.
func usedText(name, effort, tier string) string {
	text := model.Clean(name, 60)
	for _, s := range []string{effort, tier} {
		if s != "" {
			text += " " + model.Clean(s, 20)
		}
	}
	return text
}

func agoText(m made, now time.Time) string {
	if !m.any {
		return "none so far"
	}
	return now.Sub(m.at).Round(time.Second).String() + " ago"
}
