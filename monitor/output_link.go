package monitor

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	// linkGrace is how long after a run's end a commit may still be its.
	linkGrace = 30 * time.Minute
	// linkedFrom is the part of a commit's paths that a run must have changed.
	linkedFrom = 0.5
	// revertWithin is how long after a commit its revert still says that it was not accepted.
	revertWithin = 14 * 24 * time.Hour
	// CreditWhole is the credit of one commit, in millionths of it.
	CreditWhole = 1_000_000
)

// CommitState is what became of a commit.
type CommitState uint8

// The states of commits.
const (
	CommitKept     CommitState = iota
	CommitReverted             // another commit reverts it, within 14 days
	CommitLost                 // no branch, tag or HEAD leads to it any more, and nothing took its place
	commitReplaced             // amended, rebased or squashed: another commit stands for it
)

// String gives the state's word: kept, reverted or lost.
func (s CommitState) String() string { return [...]string{"kept", "reverted", "lost", "replaced"}[s] }

// CommitLink is a commit with the runs that it may come from.
type CommitLink struct {
	Repo    string // the repository's folder
	Hash    string
	Subject string
	At      time.Time // when it was written
	Added   int
	Removed int
	State   CommitState
	Linked  bool // else it is ambiguous
	Parts   []CommitPart
}

// CommitPart is one run's part in a commit.
type CommitPart struct {
	Run        model.RunID
	Confidence float64 // part of the commit's paths that the run changed; 1 where a trailer names it
	Exact      bool    // a trailer names it
	Credit     int64   // millionths of the commit; they add up to CreditWhole where it is linked, else 0
}

// Link finds the commits that come from works: by repository (all its working
// trees and folders are one), by the time (from a run's start until 30 minutes after its
// end), and by the paths that both changed. A run that changed at least half of a commit's
// paths is linked; where none did, but all together, they all are; else the
// commit is ambiguous. A trailer "TokenBurn-Run: ID" decides by itself. The
// credit of a commit is divided in the proportion of the added lines that both have.
//
// It is pure: the result depends on its arguments alone, and comes oldest first.
func Link(works []Work, c Commits) []CommitLink {
	changed := changedPaths(works, c)
	var all []CommitLink
	for _, repo := range slices.Sorted(maps.Keys(c.Repos)) {
		log := c.Repos[repo].Commits
		states := commitStates(log)
		for i := range log {
			if states[i] == commitReplaced || len(log[i].Reverts) > 0 {
				continue // a revert takes back; what it took back says so itself
			}
			if l, ok := linkCommit(&log[i], works, changed[repo]); ok {
				l.Repo, l.State = repo, states[i]
				all = append(all, l)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b CommitLink) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Repo, b.Repo), strings.Compare(a.Hash, b.Hash))
	})
	return all
}

// linkCommit links one commit to those runs that changed what it changes.
func linkCommit(c *Commit, works []Work, runs []*runPaths) (CommitLink, bool) {
	l := CommitLink{Hash: c.Hash, Subject: c.Subject, At: c.Author}
	for _, p := range c.Paths {
		l.Added += max(0, p.Added)
		l.Removed += max(0, p.Removed)
	}
	if named := namedRuns(c, works); len(named) > 0 {
		l.Linked = true
		for _, run := range named {
			l.Parts = append(l.Parts, CommitPart{Run: run, Confidence: 1, Exact: true})
		}
		divideCredit(&l, weightsFor(c, l.Parts, runs))
		return l, true
	}
	covered := map[string]bool{}
	for _, r := range runs {
		if c.Author.Before(r.from.Truncate(time.Second)) || c.Author.After(r.to.Add(linkGrace)) {
			continue
		}
		n := 0
		for _, p := range c.Paths {
			if r.made(p, c) != nil {
				n++
				covered[p.Path] = true
			}
		}
		if n > 0 {
			l.Parts = append(l.Parts, CommitPart{Run: r.run, Confidence: float64(n) / float64(len(c.Paths))})
		}
	}
	if len(l.Parts) == 0 {
		return l, false
	}
	sure := func(p CommitPart) bool { return p.Confidence >= linkedFrom }
	if slices.ContainsFunc(l.Parts, sure) {
		l.Linked = true
		l.Parts = slices.DeleteFunc(l.Parts, func(p CommitPart) bool { return !sure(p) })
	} else if len(l.Parts) > 1 && float64(len(covered)) >= linkedFrom*float64(len(c.Paths)) {
		l.Linked = true
	}
	if l.Linked {
		divideCredit(&l, weightsFor(c, l.Parts, runs))
	}
	return l, true
}

// namedRuns gives the runs that the commit's trailers name, by their id or the beginning of it.
func namedRuns(c *Commit, works []Work) []model.RunID {
	var named []model.RunID
	for _, name := range c.Runs {
		matches := map[model.RunID]bool{}
		for _, w := range works {
			if strings.HasPrefix(strings.ToLower(string(w.Run)), strings.ToLower(name)) {
				matches[w.Run] = true
			}
		}
		if len(matches) == 1 {
			for run := range matches {
				if !slices.Contains(named, run) {
					named = append(named, run)
				}
			}
		}
	}
	slices.Sort(named)
	return named
}

// weightsFor gives each part's weight: the added lines that run and commit have
// in common, and one for each file that both changed.
func weightsFor(c *Commit, parts []CommitPart, runs []*runPaths) []int64 {
	weights := make([]int64, len(parts))
	for i, part := range parts {
		for _, r := range runs {
			if r.run != part.Run {
				continue
			}
			for _, p := range c.Paths {
				if w := r.made(p, c); w != nil {
					weights[i] += 1 + int64(min(w.added, max(0, p.Added)))
				}
			}
		}
	}
	return weights
}

// divideCredit splits one commit's credit in proportion to weights, by largest
// remainders: the parts add up to the whole. Without any weight all parts are equal.
func divideCredit(l *CommitLink, weights []int64) {
	for i, n := range divideWhole(CreditWhole, weights) {
		l.Parts[i].Credit = n
	}
}

// divideWhole splits a whole in proportion to weights, by largest remainders.
func divideWhole(whole int64, weights []int64) []int64 {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	if sum == 0 {
		weights = slices.Repeat([]int64{1}, len(weights))
		sum = int64(len(weights))
	}
	parts, rest := make([]int64, len(weights)), make([]int64, len(weights))
	left := whole
	for i, w := range weights {
		q, r := mulDiv(whole, w, sum)
		parts[i], rest[i] = q, r
		left -= q
	}
	for ; left > 0; left-- {
		best := 0
		for i := range rest {
			if rest[i] > rest[best] {
				best = i
			}
		}
		parts[best]++
		rest[best] = -1
	}
	return parts
}
