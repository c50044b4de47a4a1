package budget

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// episodeKey tells episodes apart: one rule, about one thing.
type episodeKey struct{ rule, key string }

// incident is one exception while it holds.
type incident struct {
	Exception
	level   Severity // before it was lowered or made a page
	since   time.Time
	seen    time.Time // when the rule last found it
	answers int       // responses of the run when it last found it
	family  string
	fact    bool
}

// warning is a raised episode as the verdict needs it.
type warning struct {
	at     time.Time
	family string
	id     string
	rule   string
}

// finding is what a rule found.
type finding struct {
	rule, key string
	family    string // warnings of two families are a page
	level     Severity
	fact      bool // it justifies a warning by itself and says nothing of a runaway
	shared    bool // the exception is not the run's own: all runs raise the same one
	tr        *track
	observed  string
	threshold string
	evidence  []Clue
	waste     price.Money
	mending   bool // only a failure being mended lowers it, not any artifact
	why       cause
}

// maxEvidence is how many clues an exception carries.
const maxEvidence = 5

// raise opens an episode, makes it worse, or notes that it still holds.
func (w *Watcher) raise(f finding) {
	if slices.Contains(w.t.Off, f.rule) {
		return
	}
	k := episodeKey{f.rule, f.key}
	e := w.episodes[k]
	if e == nil {
		w.times[k]++
		e = &incident{since: w.now, family: f.family, fact: f.fact}
		e.Exception = Exception{ID: w.id(f, w.times[k]), Rule: f.rule, State: Open, Run: w.s.Run, Thread: f.tr.id}
		w.episodes[k] = e
		e.level = f.level
		w.write(e, f, w.severity(e, f))
		w.note(e)
		return
	}
	e.seen, e.answers = w.now, w.answers
	e.level, e.fact = max(e.level, f.level), e.fact && f.fact
	if s := w.severity(e, f); s > e.Severity {
		w.write(e, f, s)
		w.note(e)
		return
	}
	e.Waste = max(e.Waste, f.waste)
}

func (w *Watcher) id(f finding, n int) string {
	run := string(w.s.Run)
	if f.shared {
		run = ""
	}
	return f.rule + "-" + shortHash(run, f.rule, f.key, strconv.Itoa(n))
}

// write puts what was found into the exception, at its new severity.
func (w *Watcher) write(e *incident, f finding, s Severity) {
	e.Severity, e.At, e.Changed = s, w.now, w.now
	e.Turn, e.ResponseIndex = f.tr.turn, w.answers
	e.Observed, e.Threshold = f.observed, f.threshold
	e.Evidence = f.evidence[:min(len(f.evidence), maxEvidence)]
	if s == Page && f.level < Critical {
		e.Evidence = append(slices.Clone(e.Evidence), w.together(e)...)
	}
	e.Waste = max(e.Waste, f.waste)
	e.seen, e.answers = w.now, w.answers
	e.Advice = w.advise(e, f)
	w.changes = append(w.changes, e.Exception)
}

// severity is a finding's level, made a page where it is a runaway's, and lowered
// where the run brings something forth.
func (w *Watcher) severity(e *incident, f finding) Severity {
	level := max(e.level, f.level)
	switch {
	case level == Critical && f.rule == RuleOutlier:
		if w.productive(e, f) {
			return Notice
		}
		return Critical
	case level == Critical:
		if w.productive(e, f) {
			return max(Notice, e.Severity)
		}
		return Page
	case level == Warn && !f.fact && w.runaway(e):
		return Page
	}
	return level
}

// productive says that something came of the run since the episode began: for
// rules about failing again and again only what mends the failure.
func (w *Watcher) productive(e *incident, f finding) bool {
	m := w.made
	if f.mending {
		m = w.progress
	}
	return m.any && m.at.After(e.since)
}

// runaway says that a warning of another family came shortly before, and nothing
// came of the run meanwhile.
func (w *Watcher) runaway(e *incident) bool {
	if w.made.any && w.now.Sub(w.made.at) <= w.t.Verdict || w.progress.any && w.now.Sub(w.progress.at) <= w.t.Verdict {
		return false
	}
	return len(w.together(e)) > 0
}

// together are the warnings of other families that make this one a page.
func (w *Watcher) together(e *incident) []Clue {
	var clues []Clue
	for _, r := range w.recent {
		if r.family != e.family && r.id != e.ID && w.now.Sub(r.at) <= w.t.Verdict {
			clues = append(clues, Clue{Text: fmt.Sprintf("%s was raised %s before", r.rule, w.now.Sub(r.at).Round(time.Second))})
		}
	}
	return clues[:min(len(clues), 2)]
}

// note keeps a warning for the verdict.
func (w *Watcher) note(e *incident) {
	if e.fact || e.level < Warn || e.Rule == RuleOutlier {
		return
	}
	w.recent = slices.DeleteFunc(w.recent, func(r warning) bool { return w.now.Sub(r.at) > w.t.Verdict || r.id == e.ID })
	w.recent = append(w.recent, warning{w.now, e.family, e.ID, e.Rule})
}

// resolve ends an episode; its rule may raise the next one then.
func (w *Watcher) resolve(rule, key string) {
	k := episodeKey{rule, key}
	e := w.episodes[k]
	if e == nil {
		return
	}
	delete(w.episodes, k)
	e.State, e.Changed = Resolved, w.now
	w.changes = append(w.changes, e.Exception)
}

// calm resolves what was not found again for a while. Rules that know themselves
// when they are over are not here.
func (w *Watcher) calm() {
	over := true // nothing was written for so long that the run is over, or waits for its user
	for _, tr := range w.order {
		over = over && w.now.Sub(tr.last) >= overAfter
	}
	for _, k := range w.keys() {
		if over && !data(k.rule) {
			w.resolve(k.rule, k.key)
			continue
		}
		e := w.episodes[k]
		quiet := w.now.Sub(e.seen)
		gone := false
		switch k.rule {
		case RuleRetryStorm:
			gone = quiet >= 5*time.Minute
		case RuleCacheMiss:
			gone = w.answers-e.answers >= 5
		case RuleLoopIdentical, RuleLoopRepeat, RuleLoopError, RulePingPong:
			gone = quiet >= overAfter
		}
		if gone {
			w.resolve(k.rule, k.key)
		}
	}
}

// overAfter is the silence after which nothing holds any more that a run did.
const overAfter = 30 * time.Minute

// data says that a rule is about what is known of a run, not about what it does.
func data(rule string) bool {
	return rule == RuleUnpriced || rule == RuleUnknownType || rule == RuleChecksum
}

// keys gives the episodes' keys in a fixed order, so that changes come in one.
func (w *Watcher) keys() []episodeKey {
	all := make([]episodeKey, 0, len(w.episodes))
	for k := range w.episodes {
		all = append(all, k)
	}
	slices.SortStableFunc(all, func(a, b episodeKey) int {
		if c := compareText(a.rule, b.rule); c != 0 {
			return c
		}
		return compareText(a.key, b.key)
	})
	return all
}
