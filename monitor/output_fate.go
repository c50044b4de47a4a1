package monitor

import (
	"math/bits"
	"strings"
	"time"
)

// commitStates says what became of each commit of one repository.
func commitStates(log []Commit) []CommitState {
	states := make([]CommitState, len(log))
	reverted := revertedCommits(log)
	later := rewritten(log)
	for i := range log {
		c := &log[i]
		switch {
		case reverted[i]:
			states[i] = CommitReverted
		case c.Reachable:
		case ofStash(c) || later(c):
			states[i] = commitReplaced
		default:
			states[i] = CommitLost
		}
	}
	return states
}

// revertedCommits says which commits others revert within 14 days. A revert that
// is lost or was itself reverted counts for nothing.
func revertedCommits(log []Commit) []bool {
	const deepest = 20 // reverts of reverts
	var holds func(i, depth int) bool
	by := make([][]int, len(log)) // the commits that revert each
	for i := range log {
		for _, name := range log[i].Reverts {
			for j := range log {
				if i != j && strings.HasPrefix(log[j].Hash, name) && revertsInTime(&log[j], &log[i]) {
					by[j] = append(by[j], i)
				}
			}
		}
	}
	holds = func(i, depth int) bool {
		if !log[i].Reachable || depth > deepest {
			return false
		}
		for _, j := range by[i] {
			if holds(j, depth+1) {
				return false
			}
		}
		return true
	}
	out := make([]bool, len(log))
	for i := range log {
		for _, j := range by[i] {
			out[i] = out[i] || holds(j, 0)
		}
	}
	return out
}

func revertsInTime(c, revert *Commit) bool {
	d := revert.Committed.Sub(c.Author)
	return d >= -time.Second && d <= revertWithin
}

// ofStash says that a commit is one of those that "git stash" makes beside the stash itself.
func ofStash(c *Commit) bool {
	return strings.HasPrefix(c.Subject, "index on ") || strings.HasPrefix(c.Subject, "untracked files on ") || strings.HasPrefix(c.Subject, "WIP on ")
}

// rewritten tells whether another, reachable commit stands for one that is not:
// one with the same author and time, as an amendment, rebase or cherry-pick keeps them, or
// a later one that changes all of its files with at least as many lines, as a squash does.
func rewritten(log []Commit) func(*Commit) bool {
	type written struct {
		at int64
		by string
	}
	kept := map[written]bool{}
	for i := range log {
		if c := &log[i]; c.Reachable {
			kept[written{c.Author.Unix(), c.By}] = true
		}
	}
	return func(c *Commit) bool {
		if kept[written{c.Author.Unix(), c.By}] {
			return true
		}
		for i := range log {
			o := &log[i]
			if o.Reachable && len(o.Reverts) == 0 && !o.Committed.Before(c.Author) && o.Committed.Sub(c.Author) <= revertWithin && o.holds(c) {
				return true
			}
		}
		return false
	}
}

// holds says that a commit changes all files of another, with at least as many lines.
func (c *Commit) holds(o *Commit) bool {
	if len(o.Paths) == 0 || len(c.Paths) < len(o.Paths) {
		return false
	}
	lines := map[string]int{}
	for _, p := range c.Paths {
		lines[p.Path] = p.Added
	}
	for _, p := range o.Paths {
		if n, ok := lines[p.Path]; !ok || n < p.Added {
			return false
		}
	}
	return true
}

// mulDiv gives a*b/c and the remainder, for numbers that are not negative and c > 0
// and b <= c: no product overflows.
func mulDiv(a, b, c int64) (quotient, rest int64) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, r := bits.Div64(hi, lo, uint64(c))
	return int64(q), int64(r)
}
