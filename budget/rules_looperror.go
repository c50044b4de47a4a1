package budget

import (
	"encoding/hex"
	"fmt"
)

// judgeError is LOOP_ERROR: one tool fails with one error, whatever it is asked.
// Between changes of files it takes twice as many: the change may be about it.
func (w *Watcher) judgeError(tr *track, a *act) {
	l := &tr.loops
	if !a.failed || a.out == emptyFailure() || a.found {
		return
	}
	near, all := 0, 0
	first, mixed := a, false
	for i := range repeatWindow {
		b := l.back(i)
		if b == nil || b.at.Before(l.mended) {
			break
		}
		if b.tool != a.tool {
			continue
		}
		if b.call == a.call && !b.failed {
			mixed = true
			break // it works now and then
		}
		if b.failed && b.out == a.out {
			all++
			first = b
			if b.epoch == a.epoch {
				near++
			}
		}
	}
	own := w.t.LoopError
	if a.shape == shapeRead {
		own = Levels{2 * own.Warn, 2 * own.Critical} // to look for what is not there costs little
	}
	level, limit, ok := own.level(near)
	n := near
	if near <= l.alike {
		ok = false // one call in a row: the rules before are about that
	}
	if l2, lim2, ok2 := (Levels{2 * own.Warn, 2 * own.Critical}).level(all); ok2 && (!ok || l2 > level) {
		if all > near { // files changed between
			level, limit, ok, n = l2, lim2, true, all
		}
	}
	key := tr.id + a.tool + hex.EncodeToString(a.out[:4])
	if !ok || mixed {
		w.resolve(RuleLoopError, key)
		return
	}
	w.raise(finding{rule: RuleLoopError, key: key, family: "loop", level: level, tr: tr,
		observed: fmt.Sprintf("%d times the same error of one tool", n), threshold: fmt.Sprintf("%d times", limit),
		evidence: l.clues(repeatWindow, func(b *act) bool { return b.failed && b.out == a.out && b.tool == a.tool }), waste: tr.cost - first.cost, mending: true, why: causeLoop})
}

// emptyFailure is the output of a command that failed without a word: a search
// that found nothing, as a rule.
func emptyFailure() identity { return identify("", "1") }
