package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Label is a name that a person gave: clean, short and not empty.
type Label struct{ text string }

// UnmarshalText takes any clean text.
func (l *Label) UnmarshalText(b []byte) error {
	if s := string(b); s == "" || model.Clean(s, 100) != s {
		return fmt.Errorf("invalid name %s: want plain text of at most 100 bytes", quoted(s))
	}
	l.text = string(b)
	return nil
}

// Pattern is a regular expression.
type Pattern struct{ text string }

// UnmarshalText takes only what is a regular expression in RE2's syntax.
func (p *Pattern) UnmarshalText(b []byte) error {
	if _, err := regexp.Compile(string(b)); err != nil {
		return fmt.Errorf("invalid pattern %s: want a regular expression such as %q", quoted(string(b)), "[A-Z]+-[0-9]+")
	}
	p.text = string(b)
	return nil
}

// Limit is an amount of dollars, tokens or credits.
type Limit struct {
	limit budget.Limit
	set   bool
}

// UnmarshalText takes an amount with its unit.
func (l *Limit) UnmarshalText(b []byte) error {
	limit, err := budget.ParseLimit(string(b))
	if err != nil {
		return fmt.Errorf("invalid limit %s: %w", quoted(string(b)), err)
	}
	l.limit, l.set = limit, true
	return nil
}

// Share is a part of an envelope.
type Share struct {
	part float64
	set  bool
}

// UnmarshalText takes a percentage above 0 and up to 100.
func (s *Share) UnmarshalText(b []byte) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(n > 0 && n <= 100) {
		return fmt.Errorf("invalid share %s: want a percentage such as \"60%%\", at most 100%%", quoted(string(b)))
	}
	s.part, s.set = n/100, true
	return nil
}

// AtLimit is what happens at a limit.
type AtLimit struct{ action budget.Action }

// UnmarshalText takes notify, ask, gate or stop.
func (a *AtLimit) UnmarshalText(b []byte) error {
	for i, word := range []string{"notify", "ask", "gate", "stop"} {
		if string(b) == word {
			a.action = budget.Action(i)
			return nil
		}
	}
	return fmt.Errorf("invalid at_limit %s: want notify, ask, gate or stop", quoted(string(b)))
}

// OnFailure says what the gate answers where it cannot decide: open lets requests pass.
type OnFailure struct{ closed bool }

// UnmarshalText takes open or closed.
func (o *OnFailure) UnmarshalText(b []byte) error {
	if w := string(b); w != "open" && w != "closed" {
		return fmt.Errorf("invalid on_failure %s: want open or closed", quoted(w))
	}
	o.closed = string(b) == "closed"
	return nil
}

// Unpriced says what hard limits do with models that have no price.
type Unpriced struct{ word string }

// UnmarshalText takes count or deny.
func (u *Unpriced) UnmarshalText(b []byte) error {
	switch w := string(b); w {
	case "count":
		u.word = ""
	case "deny":
		u.word = w
	default:
		return fmt.Errorf("invalid unpriced %s: want count or deny", quoted(w))
	}
	return nil
}
