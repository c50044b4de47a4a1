package budget

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// act is one finished call as the loop rules see it.
type act struct {
	call, out identity
	shape     shape
	failed    bool
	patch     bool   // it changed files and said which
	path      string // the first of them
	found     bool   // it failed as a search does that finds nothing
	test      bool
	tool      string
	epoch     int // file changes of the thread before it
	at        time.Time
	cost      price.Money // the thread's, up to it
	turn      int
	line      int64
	callID    string
	label     string
}

func (a *act) same(b *act) bool { return a.call == b.call && a.out == b.out }

func (a *act) key() string { return hex.EncodeToString(a.call[:6]) }

func (a *act) clue() Clue {
	word := "same output"
	if a.failed {
		word = "failed alike"
	}
	return Clue{Turn: a.turn, Line: a.line, CallID: a.callID, Text: a.label + " · " + word}
}

// loops is what the loop rules remember of a thread.
type loops struct {
	acts       []act // newest last
	inner      map[string]bool
	scripts    map[string]identity // of the code-mode calls that run or ran
	alike      int                 // calls in a row like the newest one
	epoch      int
	mended     time.Time // when a failure was last mended
	background *model.Call
}

// The acts that are looked back on: LOOP_REPEAT's twenty, and enough for six
// rounds of six calls.
const (
	repeatWindow = 20
	actsKept     = 48
	maxPeriod    = 6
)

// callDone takes a call that ended.
func (w *Watcher) callDone(tr *track, c *model.Call) {
	l := &tr.loops
	if c.Outer != "" {
		if l.inner == nil || len(l.inner) > 256 {
			l.inner = map[string]bool{}
		}
		l.inner[c.Outer] = true
	}
	if c.Name == "exec" && l.inner[c.CallID] {
		return // its inner calls were looked at
	}
	s := shapeOf(c)
	l.follow(c)
	check := w.outcome(tr, c, s)
	if s == shapePlan || bareSleep(c) {
		return // neither a step forward nor a repetition
	}
	a := l.add(tr, c, s, check, w.now)
	w.judgeIdentical(tr, a)
	if s == shapeWait {
		return
	}
	if s == shapeVerify && !a.failed && mayWrite(c) {
		l.epoch++ // what a program does with files is not known
	}
	rounds := w.judgePingPong(tr, a)
	if rounds < 2 && !a.patch {
		w.judgeRepeat(tr, a)
	}
	w.judgeError(tr, a)
}

// script remembers what a code-mode call says: its inner calls do not all repeat it.
func (l *loops) script(c *model.Call) {
	if c.Name != "exec" || c.CallID == "" {
		return
	}
	if l.scripts == nil || len(l.scripts) > 256 {
		l.scripts = map[string]identity{}
	}
	l.scripts[c.CallID] = identify(c.Args)
}

// follow remembers the program that a call left running, for the call that tells
// its end.
func (l *loops) follow(c *model.Call) {
	if c.Command != "" && running(c.Output) {
		kept := *c
		l.background = &kept
	}
}

// bareSleep says that a call does nothing but wait.
func bareSleep(c *model.Call) bool {
	var f float64
	var unit string
	n, _ := fmt.Sscanf(c.Command, "sleep %f%s", &f, &unit)
	return n == 1
}

// add keeps a call; the pointer is valid until the next one.
func (l *loops) add(tr *track, c *model.Call, s shape, check outcome, now time.Time) *act {
	a := act{call: callIdentity(c), out: outputIdentity(c, s == shapeWait), shape: s, failed: failed(c), found: searches(c), test: tests(c), tool: toolClass(c),
		epoch: l.epoch, at: now, cost: tr.cost, turn: tr.turn, line: tr.line, callID: model.Clean(c.CallID, 100), label: c.Label(120)}
	if a.patch = s == shapeWrite && !a.failed && len(c.Changes) > 0; a.patch {
		a.path = c.Changes[0].Path
	}
	if c.Outer != "" && c.Command == "" && c.Args == "" { // only the script around it tells what it did
		a.call = l.scripts[c.Outer]
		for _, f := range c.Changes {
			a.call = identify(string(a.call[:]), c.Name, f.Path)
		}
	}
	if s == shapeVerify && !a.failed {
		a.failed = check.bad
	}
	if n := len(l.acts); n > 0 && l.acts[n-1].same(&a) {
		l.alike++
	} else {
		l.alike = 1
	}
	if len(l.acts) >= 2*actsKept {
		l.acts = append(l.acts[:0], l.acts[actsKept:]...)
	}
	l.acts = append(l.acts, a)
	return &l.acts[len(l.acts)-1]
}

// toolClass is a tool's name; those that run commands are one.
func toolClass(c *model.Call) string {
	if c.Command != "" {
		return "command"
	}
	return c.Name
}

// back gives the act i before the newest, nil where there is none.
func (l *loops) back(i int) *act {
	if n := len(l.acts) - 1 - i; n >= 0 {
		return &l.acts[n]
	}
	return nil
}

// levels are the limits for an act that repeats: what waits may repeat for long,
// and so may a test that is run again because it fails now and then.
func (w *Watcher) levels(l *loops, a *act, own Levels) Levels {
	if a.shape == shapeWait {
		return w.t.LoopPolling
	}
	if !a.test {
		return own
	}
	for i := range repeatWindow {
		b := l.back(i)
		if b == nil {
			break
		}
		if b.call == a.call && b.failed != a.failed {
			return w.t.LoopPolling
		}
	}
	if !a.failed {
		return Levels{2 * own.Warn, 2 * own.Critical}
	}
	return own
}

// patience is the time between two looks from which on to wait is no hurry.
const patience = 5 * time.Second

// judgeIdentical is LOOP_IDENTICAL: one call with one output, in a row.
func (w *Watcher) judgeIdentical(tr *track, a *act) {
	l := &tr.loops
	if b := l.back(1); b != nil && !b.same(a) {
		w.resolve(RuleLoopIdentical, tr.id+b.key())
	}
	levels := w.levels(l, a, w.t.LoopIdentical)
	level, limit, ok := levels.level(l.alike)
	if !ok || a.patch {
		return // a patch that applies again and again does change the file
	}
	first := l.back(min(l.alike, len(l.acts)) - 1)
	waste := tr.cost - first.cost
	spacing := a.at.Sub(first.at) / time.Duration(max(1, l.alike-1))
	if level == Critical && a.shape == shapeWait && spacing >= patience && waste < w.t.NoArtifact.Critical && l.alike < 4*limit {
		level = Warn // it waits patiently and costs little
	}
	w.raise(finding{rule: RuleLoopIdentical, key: tr.id + a.key(), family: "loop", level: level, tr: tr, fact: a.shape == shapeWait,
		observed: fmt.Sprintf("%d identical calls in a row", l.alike), threshold: fmt.Sprintf("%d in a row", limit),
		evidence: l.clues(l.alike, func(b *act) bool { return b.same(a) }), waste: waste, mending: true, why: causeLoop})
}

// judgeRepeat is LOOP_REPEAT: one call with one output again and again among
// others, while no file changes.
func (w *Watcher) judgeRepeat(tr *track, a *act) {
	l := &tr.loops
	n, first, inRow := 0, a, 0
	for i := range repeatWindow {
		b := l.back(i)
		if b == nil || b.epoch != a.epoch {
			break
		}
		if !b.same(a) {
			inRow = 0
			continue
		}
		// Those in a row are the rule before's: they count as two at most.
		if inRow++; inRow <= 2 {
			n, first = n+1, b
		}
	}
	levels := w.levels(l, a, w.t.LoopRepeat)
	level, limit, ok := levels.level(n)
	if !ok {
		w.resolve(RuleLoopRepeat, tr.id+a.key())
		return
	}
	if n == l.alike {
		return // all in a row: the rule before is about that
	}
	w.raise(finding{rule: RuleLoopRepeat, key: tr.id + a.key(), family: "loop", level: level, tr: tr,
		observed: fmt.Sprintf("the same call and output %d times in the last %d calls, no file changed", n, repeatWindow), threshold: fmt.Sprintf("%d times", limit),
		evidence: l.clues(repeatWindow, func(b *act) bool { return b.same(a) && b.epoch == a.epoch }), waste: tr.cost - first.cost, mending: true, why: causeLoop})
}

// clues are the acts that a rule counted among the newest, newest first.
func (l *loops) clues(within int, counted func(*act) bool) []Clue {
	var out []Clue
	for i := 0; i < within && len(out) < maxEvidence; i++ {
		b := l.back(i)
		if b == nil {
			break
		}
		if counted(b) {
			out = append(out, b.clue())
		}
	}
	return out
}

// endLoops resolves what looped in a thread.
func (w *Watcher) endLoops(tr *track) {
	for _, k := range w.keys() {
		e := w.episodes[k]
		if e.Thread == tr.id && slices.Contains([]string{RuleLoopIdentical, RuleLoopRepeat, RuleLoopError, RulePingPong, RuleEditRetry}, k.rule) {
			w.resolve(k.rule, k.key)
		}
	}
}

// forget lets what comes next be no repetition of what was before.
func (l *loops) forget() { l.acts, l.alike = l.acts[:0], 0 }
