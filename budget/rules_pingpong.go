package budget

import "fmt"

// judgePingPong is PINGPONG: two calls in turn, with the same outputs each time;
// three to six in turn are LOOP_REPEAT. It gives the number of rounds.
func (w *Watcher) judgePingPong(tr *track, a *act) int {
	l := &tr.loops
	best, period := 0, 0
	for p := 2; p <= maxPeriod; p++ {
		if n := l.rounds(p); n > best {
			best, period = n, p
		}
	}
	rule, key := RulePingPong, tr.id
	if period > 2 {
		rule = RuleLoopRepeat
	}
	if best < 2 {
		w.resolve(RulePingPong, key)
		w.resolve(RuleLoopRepeat, key)
		return best
	}
	level, limit, ok := w.t.PingPong.level(best)
	if !ok {
		return best
	}
	first := l.back(best*period - 1)
	var clues []Clue
	for i := range period {
		clues = append(clues, l.back(i).clue())
	}
	w.raise(finding{rule: rule, key: key, family: "loop", level: level, tr: tr,
		observed: fmt.Sprintf("%d rounds of the same %d calls in turn", best, period), threshold: fmt.Sprintf("%d rounds", limit),
		evidence: clues, waste: tr.cost - first.cost, mending: true, why: causeLoop})
	return best
}

// rounds is how often the newest p calls came in the same order in a row; 0 where
// they are all alike, or wait for something.
func (l *loops) rounds(p int) int {
	n := len(l.acts)
	if n < 2*p {
		return 0
	}
	tail := l.acts[n-p:]
	varied, patches, paths := false, map[identity]bool{}, map[string]bool{}
	for i := range tail {
		varied = varied || !tail[i].same(&tail[0])
		if tail[i].patch {
			patches[tail[i].call], paths[tail[i].path] = true, true
		}
		if tail[i].shape == shapeWait {
			return 0
		}
	}
	if !varied || len(patches) > 0 && len(patches) == len(paths) {
		return 0 // patches that undo each other are of one file
	}
	m := 0
	for i := n - 1; i-p >= 0 && l.acts[i].same(&l.acts[i-p]); i-- {
		m++
	}
	return (m + p) / p
}
