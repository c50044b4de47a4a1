package model

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first asked. The
// many of this package cost 2 ms of every start otherwise, also of those that
// never look at what kind of work a call is (a status line, the gate).
type pattern func() *regexp.Regexp

// lazily gives the pattern for an expression, which a test compiles.
func lazily(expr string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// MatchString is that of [regexp.Regexp].
func (p pattern) MatchString(s string) bool { return p().MatchString(s) }

// FindStringIndex is that of [regexp.Regexp].
func (p pattern) FindStringIndex(s string) []int { return p().FindStringIndex(s) }
