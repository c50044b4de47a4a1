package budget

import (
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// purpose is what a run was asked for, as far as its prompts and calls tell.
type purpose uint8

const (
	purposeUnknown purpose = iota
	purposeResearch
	purposeChange
)

type purposeWords struct{ change, research, unchanged, report *regexp.Regexp }

var purposes = sync.OnceValue(func() purposeWords {
	return purposeWords{
		change:    regexp.MustCompile(`(?i)\b(fix|implement|add|refactor|renam|migrat|upgrad|port|build|creat|updat|remov|delet|convert|mak(?:e|ing)|bump|replac|optimi[sz]|clean up|integrat|introduc|extend|improv|chang|mov(?:e|ing)|split|extract|rewrit|generat|translat|set ?up|wire|document|modif|correct|repair|resolve|get .* (?:green|passing|to pass)|finish)\w*`),
		research:  regexp.MustCompile(`(?i)\b(research|investigat|explain|compar|analy[sz]|find out|summari[sz]|review|audit|why|what|how|where|which|understand|survey|evaluat|assess|report|look into|study|explor|describ|root cause|diagnos|trace|read through|question|write up|write a (?:report|summary|comparison))\w*`),
		report:    regexp.MustCompile(`(?i)^\W*(?:please\s+|can you\s+|could you\s+)?(?:creat|mak|build|prepar|produc|draft|writ|compil|put|giv|do|generat)\w*\b.{0,40}?\b(?:report|comparison|overview|summary|analysis|survey|study|evaluation|recommendation|proposal|research|review|inventory|list of|write.?up|memo|explanation)\b`),
		unchanged: regexp.MustCompile(`(?i)(without|do not|don't|no|not) (?:any )?(?:chang|edit|modif|touch|cod)|read.only|only (?:read|report|research)`),
	}
})

// userAsked takes what the user wrote. A new request is judged by itself.
func (w *Watcher) userAsked(tr *track, text string) {
	tr.asked = true
	tr.loops.forget()
	if tr.agent != "" {
		return
	}
	if p := purposeOf(text); p != purposeUnknown {
		w.kind = p
	}
}

// purposeOf is what a prompt asks for.
func purposeOf(text string) purpose {
	p := purposes()
	change, research := first(p.change, text), first(p.research, text)
	switch {
	case p.report.MatchString(text):
		return purposeResearch
	case research >= 0 && (p.unchanged.MatchString(text) || change < 0 || research <= change):
		return purposeResearch // what is asked first: "find out why …, and propose a fix"
	case change >= 0:
		return purposeChange
	}
	return purposeUnknown
}

// first is where a pattern is found first, -1 where it is not.
func first(re *regexp.Regexp, text string) int {
	if at := re.FindStringIndex(text); at != nil {
		return at[0]
	}
	return -1
}

// purpose is what was asked for; where the prompts do not tell, a run that has
// changed nothing yet and mostly looks at things is taken for research.
func (w *Watcher) purpose() purpose {
	switch {
	case w.kind != purposeUnknown:
		return w.kind
	case w.edits > 0 || w.calls > 10 && w.looked*5 < w.calls*4:
		return purposeChange
	}
	return purposeResearch
}

// produced notes that something came of the run. Weighty is what others can see:
// a commit, a check that passes again.
func (w *Watcher) produced(tr *track, weighty bool) {
	w.gap = max(w.gap, w.cost-w.made.cost)
	w.made = made{w.now, w.cost, w.answers, true}
	if weighty {
		w.progress = w.made
	}
	w.resolve(RuleNoArtifact, "run")
	_ = tr
}

// judgeSpend is NO_ARTIFACT: money goes, and nothing comes of it.
func (w *Watcher) judgeSpend(tr *track) {
	since := w.cost - w.made.cost
	began := w.made.at
	if !w.made.any {
		began = w.firstSpend()
	}
	requests := w.answers - w.made.answer
	if w.now.Sub(began) < w.t.NoArtifactTime && requests < w.t.NoArtifactCalls {
		return
	}
	warn, crit, basis := w.artifactLimits()
	level, limit := Warn, warn
	switch {
	case since >= crit && w.purpose() == purposeResearch && w.learning():
		// Much was read, and it is still new: worth a look, not an interruption.
	case since >= crit:
		level, limit = Critical, crit
	case since < warn:
		return
	}
	w.raise(finding{rule: RuleNoArtifact, key: "run", family: "spend", level: level, tr: tr, fact: level == Warn && w.purpose() == purposeResearch,
		observed:  fmt.Sprintf("%s in %d requests since the last artifact", dollarText(since), requests),
		threshold: dollarText(limit) + basis, evidence: []Clue{{Turn: tr.turn, Line: tr.line, Text: "last artifact " + agoText(w.made, w.now)}},
		waste: since, why: causeNothing})
}

// learning says that the newest calls of the thread that works are new to it.
func (w *Watcher) learning() bool {
	var tr *track
	for _, t := range w.order {
		if tr == nil || t.last.After(tr.last) {
			tr = t
		}
	}
	if tr == nil || len(tr.loops.acts) == 0 {
		return true
	}
	seen, n := map[identity]bool{}, 0
	for i := range repeatWindow {
		a := tr.loops.back(i)
		if a == nil {
			break
		}
		n++
		seen[identify(string(a.call[:]), string(a.out[:]))] = true
	}
	return len(seen)*5 >= n*4
}

// artifactLimits are the limits of NO_ARTIFACT and what they are from.
func (w *Watcher) artifactLimits() (warn, crit price.Money, basis string) {
	warn, crit = w.t.NoArtifact.Warn, w.t.NoArtifact.Critical
	if w.purpose() == purposeResearch {
		n := price.Money(w.t.ResearchTimes)
		warn, crit, basis = warn*n, crit*n, ", for research"
	}
	if p := w.peers(); p.gaps >= fewestEarlier {
		// Earlier runs may raise the limits, but not without end: one runaway among
		// them must not excuse the next.
		if p.usual > warn {
			warn, basis = min(p.usual, 2*warn), ", as three of four earlier runs"
		}
		if p.most > crit {
			crit = min(p.most, 2*crit)
		}
	}
	return warn, crit, basis
}

func (w *Watcher) firstSpend() time.Time {
	if len(w.spends) == 0 {
		return w.now
	}
	return w.spends[0].at
}

// outlierFrom is the cost from which a run can be an outlier: below it no one cares.
const outlierFrom = price.Dollar

// judgeOutlier is OUTLIER: the run costs far more than others like it. It says
// nothing by itself of a run that brings something forth.
func (w *Watcher) judgeOutlier(tr *track) {
	p := w.peers()
	if w.cost < outlierFrom || p.costs < fewestEarlier {
		return
	}
	z, median := p.robustZ(w.cost), p.median
	level, limit := Warn, w.t.Outlier.Warn
	idle := w.answers-w.made.answer >= w.t.NoArtifactCalls && (!w.made.any || w.now.Sub(w.made.at) >= w.t.NoArtifactTime)
	switch {
	case z < w.t.Outlier.Warn:
		return
	case !idle || w.purpose() == purposeResearch:
		level = Notice // much was spent, and something came of it
	case z >= w.t.Outlier.Critical && w.troubled():
		level, limit = Critical, w.t.Outlier.Critical
	}
	w.raise(finding{rule: RuleOutlier, key: "run", family: "spend", level: level, fact: true, tr: tr,
		observed: fmt.Sprintf("%s, robust z %.1f; the median is %s", dollarText(w.cost), z, dollarText(median)), threshold: fmt.Sprintf("z %.1f of %d %s", limit, p.costs, p.basis),
		evidence: []Clue{{Turn: tr.turn, Line: tr.line, Text: "the run's cost so far"}}, waste: w.cost - median, why: causeOutlier})
}

// troubled says that another rule than OUTLIER found something that is no mere fact.
func (w *Watcher) troubled() bool {
	for k, e := range w.episodes {
		if k.rule != RuleOutlier && e.family != "spend" && !e.fact && e.level >= Warn {
			return true
		}
	}
	return false
}
