package budget

import (
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// quietFor is how long a sub-agent may be silent and still count as live: one
// whose process died leaves no line that says so.
const quietFor = 10 * time.Minute

// attempt is RETRY_STORM: requests that were sent and failed, in short order.
func (w *Watcher) attempt(tr *track) {
	tr.cache.explained = "after a failed request"
	w.attempts = append(w.attempts, w.now)
	w.attempts = slices.DeleteFunc(w.attempts, func(at time.Time) bool { return w.now.Sub(at) > 5*time.Minute })
	near := 0
	for _, at := range w.attempts {
		if w.now.Sub(at) <= 2*time.Minute {
			near++
		}
	}
	level, observed, threshold := Notice, "", ""
	switch {
	case w.t.Retry.Critical > 0 && len(w.attempts) >= w.t.Retry.Critical:
		level, observed = Critical, fmt.Sprintf("%d failed requests in 5 minutes", len(w.attempts))
		threshold = fmt.Sprintf("%d in 5 minutes", w.t.Retry.Critical)
	case w.t.Retry.Warn > 0 && near >= w.t.Retry.Warn:
		level, observed = Warn, fmt.Sprintf("%d failed requests in 2 minutes", near)
		threshold = fmt.Sprintf("%d in 2 minutes", w.t.Retry.Warn)
	default:
		return
	}
	var each price.Money
	if n := w.next(tr); n.Known {
		each = n.Expected
	}
	w.raise(finding{rule: RuleRetryStorm, key: "run", family: "retry", level: level, tr: tr, observed: observed, threshold: threshold,
		evidence: []Clue{{Turn: tr.turn, Line: tr.line, Text: "a token_count that repeats: sent, and no usage came back"}},
		waste:    each * price.Money(len(w.attempts)), why: causeRetry})
}

// born takes a thread's beginning.
func (w *Watcher) born(tr *track, s *Step) {
	tr.agent, tr.depth = s.Agent, s.Depth
	if tr.agent == "" {
		return
	}
	if tr.depth == 0 {
		tr.depth = 1
	}
	tr.live = true
	w.births = append(w.births, w.now)
	w.births = slices.DeleteFunc(w.births, func(at time.Time) bool { return w.now.Sub(at) > time.Minute })
	w.count(RuleFanout, "births", len(w.births)-1, w.t.FanoutBirth, tr, func(n int) (string, string) {
		return fmt.Sprintf("%d sub-agents born within a minute", n+1), "births within a minute"
	})
	w.count(RuleFanout, "depth", tr.depth-1, w.t.FanoutDepth, tr, func(n int) (string, string) {
		return fmt.Sprintf("a sub-agent %d levels deep", n+1), "levels"
	})
	w.countLive()
}

// count raises FANOUT where more than a level's number is reached.
func (w *Watcher) count(rule, key string, over int, levels Levels, tr *track, say func(n int) (string, string)) {
	level, limit, ok := levels.level(over)
	if !ok {
		if key == "live" || key == "births" {
			w.resolve(rule, key)
		}
		return
	}
	observed, what := say(over)
	w.raise(finding{rule: rule, key: key, family: "fanout", level: level, fact: true, tr: tr, observed: observed, threshold: fmt.Sprintf("more than %d %s", limit, what),
		evidence: w.liveClues(), waste: w.agents, why: causeFanout})
}

// countLive is FANOUT: how many sub-agents are at work, and what part of the cost
// is theirs. A share alone says nothing: to delegate is what they are for.
func (w *Watcher) countLive() {
	live := 0
	var newest *track
	for _, tr := range w.order {
		if tr.agent != "" && tr.live && w.now.Sub(tr.last) <= quietFor {
			live, newest = live+1, tr
		}
	}
	if newest == nil {
		w.resolve(RuleFanout, "live")
		return
	}
	w.count(RuleFanout, "live", live-1, w.t.Fanout, newest, func(n int) (string, string) {
		return fmt.Sprintf("%d live sub-agents", n+1), "live sub-agents"
	})
	if live <= w.t.Fanout.Warn || w.cost <= 0 || w.purpose() == purposeResearch {
		return
	}
	share := float64(w.agents) / float64(w.cost)
	idle := w.cost-w.made.cost >= w.t.NoArtifact.Warn && w.answers-w.made.answer >= w.t.NoArtifactCalls
	if share > w.t.FanoutShare && idle {
		w.raise(finding{rule: RuleFanout, key: "live", family: "fanout", level: Critical, tr: newest,
			observed:  fmt.Sprintf("%d live sub-agents spent %.0f %% of %s, and nothing came of it", live, 100*share, dollarText(w.cost)),
			threshold: fmt.Sprintf("%.0f %% of the run's cost", 100*w.t.FanoutShare), evidence: w.liveClues(), waste: w.agents, why: causeFanout})
	}
}

// liveClues are the sub-agents that spent the most.
func (w *Watcher) liveClues() []Clue {
	agents := slices.DeleteFunc(slices.Clone(w.order), func(tr *track) bool { return tr.agent == "" })
	slices.SortStableFunc(agents, func(a, b *track) int { return int(min(1, max(-1, b.cost-a.cost))) })
	var clues []Clue
	for _, tr := range agents[:min(len(agents), maxEvidence)] {
		clues = append(clues, Clue{Turn: tr.turn, Line: tr.line, Text: fmt.Sprintf("agent %s, depth %d: %s in %d requests", model.Clean(tr.id, 36), tr.depth, dollarText(tr.cost), tr.answers)})
	}
	return clues
}
