package model

import (
	"cmp"
	"slices"
	"strings"
)

// judge gives every call of a turn its kind, in order, and leaves the scene as it
// is after the turn.
func (s *scene) judge(turn []work) {
	for i := range turn {
		w := &turn[i]
		if w.inner > 0 {
			continue // its inner calls follow
		}
		s.judgeCall(i, w)
	}
	for i := range turn {
		if turn[i].inner > 0 {
			sumInner(&turn[i], turn[i+1:])
		}
	}
}

// judgeCall gives one call its kind.
func (s *scene) judgeCall(i int, w *work) {
	w.kind, w.second, w.share, w.why = KindOther, KindOther, [2]int{1, 0}, nil
	if w.polls != "" || len(w.did) == 1 && w.did[0].deed == doPoll {
		s.poll(w)
		return
	}
	review := s.inReview(i, w)
	var said []verdict
	for _, d := range significant(w.did) {
		v := s.weigh(d, review)
		v.lines = d.lines
		s.after(d, v, review)
		if v.points > 0 {
			said = append(said, v)
		}
	}
	s.decide(w, said)
	if w.opened != "" {
		remember(&s.open, w.opened, w.kind)
	}
	s.prev = w.kind
}

// poll gives a call that waits the kind of what it waits for.
func (s *scene) poll(w *work) {
	k, ok := s.open[w.polls]
	if !ok {
		k = s.prev
	}
	w.kind, w.second = k, k
	w.why = []Evidence{{Kind: k, Points: 3, Why: "waits for a command of this kind"}}
}

// after notes what the deeds that follow need to know of this one.
func (s *scene) after(d *doing, v verdict, review bool) {
	switch d.deed {
	case doWrite, doFormat, doDepend, doGenerate, doRemove:
		if d.deed == doRemove && v.points < 4 {
			return
		}
		if d.place == placeScratch || s.removed[baseOf(d.path)] && d.deed == doWrite {
			if d.path != "" {
				remember(&s.scratch, d.path, v.kind)
			}
			return
		}
		if !review && v.points > 0 && v.kind != KindOther && s.changes(d) {
			s.edited, s.last = true, v.kind
			if v.kind != KindDocumentation {
				s.code = v.kind
			}
		}
	case doMigrate, doCodemod:
		if v.kind == KindMigration {
			s.edited, s.last, s.code = true, KindMigration, KindMigration
		}
	case doVCS:
		s.pushed = s.pushed || d.text == "push"
	}
}

// significant leaves out the deeds of a call that only serve its others.
func significant(did []doing) (kept []*doing) {
	const strong, final, reading, weak = 3, 2, 1, 0
	rank := func(d *doing) int {
		switch d.deed {
		case doTest, doDocTest, doVerify, doFormat, doMeasure, doRun, doWrite, doDocs, doMigrate, doCodemod, doDepend, doGenerate, doVerdict, doCI:
			return strong
		case doCommit, doPropose, doPlan, doAgent:
			return final
		case doVCS:
			if hasAny(d.text, "fetch", "checkout", "switch", "worktree", "stash", "pull", "clone", "submodule", "config", "remote") || d.major {
				return weak
			}
			return final
		case doRead, doHistory, doDiff, doWeb, doLook:
			return reading
		case doRemove:
			if d.place != placeScratch && d.place != placeOutput && d.path != "" && hasDot(d.path) {
				return strong
			}
		}
		return weak
	}
	top, hasTest, hasChange := weak, false, false
	for i := range did {
		top = max(top, rank(&did[i]))
		hasTest = hasTest || did[i].deed == doTest
		hasChange = hasChange || did[i].deed == doWrite && did[i].place != placeScratch
	}
	for i := range did {
		d := &did[i]
		switch {
		case d.deed == doNothing, rank(d) < top:
			continue
		case hasTest && d.deed == doVerify: // built in order to be tested
			continue
		case hasChange && (d.deed == doRun || d.deed == doWrite && d.place == placeScratch): // a change with what it needs
			continue
		}
		kept = append(kept, d)
	}
	return kept
}

// decide makes a call's kind of what its deeds say.
func (s *scene) decide(w *work, said []verdict) {
	var points [kinds]int
	var lastAt, lines [kinds]int
	for i, v := range said {
		points[v.kind] = max(points[v.kind], v.points)
		lastAt[v.kind] = i
		lines[v.kind] += v.lines
		w.why = append(w.why, Evidence{Kind: v.kind, Points: v.points, Why: Clean(v.why, 120)})
	}
	if k := s.intent.kind(); s.intent != intentNone && points[k] > 0 {
		points[k]++ // what the user says decides only where the rest leaves it open
	}
	best := KindOther
	for k := range kinds {
		if points[k] > points[best] || points[k] == points[best] && points[k] > 0 && (lines[k] > lines[best] || lines[k] == lines[best] && lastAt[k] > lastAt[best]) {
			best = k
		}
	}
	if points[best] == 0 {
		w.kind, w.second = s.prev, s.prev
		return
	}
	w.kind, w.second, w.share = best, best, [2]int{points[best], 0}
	for k := range kinds {
		if k != best && points[k] >= 3 && points[best]-points[k] < 2 && points[k] > w.share[1] {
			w.second, w.share[1] = k, points[k]
		}
	}
	slices.SortStableFunc(w.why, func(a, b Evidence) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(first(a.Kind == best), first(b.Kind == best)))
	})
	w.why = slices.CompactFunc(w.why, func(a, b Evidence) bool { return a == b })
	w.why = w.why[:min(3, len(w.why))]
}

func first(is bool) int {
	if is {
		return 0
	}
	return 1
}

// sumInner gives a code-mode call the kind that most of its inner calls have.
func sumInner(w *work, after []work) {
	var n [kinds]int
	best := KindOther
	seen := 0
	w.why = nil
	for i := range after {
		in := &after[i]
		if in.outer != w.id || in.outer == "" {
			continue
		}
		seen++
		n[in.kind]++
		if n[in.kind] > n[best] || seen == 1 {
			best = in.kind
		}
		if len(w.why) < 3 {
			w.why = append(w.why, in.why[:min(1, len(in.why))]...)
		}
	}
	w.kind, w.second, w.share = best, best, [2]int{1, 0}
}

// sessionIn finds the session that an output says runs on: of a command, or of a
// code-mode script. It reads only the lines before the output itself.
func sessionIn(output string) string {
	for line := range strings.Lines(output[:min(len(output), 400)]) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "Output:") {
			break
		}
		for _, p := range [...]string{"Process running with session ID ", "Script running with cell ID "} {
			if id, ok := strings.CutPrefix(line, p); ok {
				return id
			}
		}
	}
	return ""
}

// polled gives the session that a call waits for, by its arguments.
func polled(args string) string {
	for _, key := range [...]string{`"session_id"`, `"cell_id"`} {
		_, rest, ok := strings.Cut(args, key)
		if !ok {
			continue
		}
		rest = strings.TrimLeft(rest, `: "`)
		end := strings.IndexAny(rest, `",} `)
		if end > 0 {
			return rest[:end]
		}
	}
	return ""
}
