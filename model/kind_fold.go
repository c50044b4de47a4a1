package model

import (
	"maps"
	"strings"
)

// kindFold is what the fold remembers of the open turn in order to judge it when
// it is over. A call's kind depends on what came after it (a test that is run in
// a review, a file that is thrown away again), so a turn is judged as a whole,
// again and again while it is open, always from the scene at its beginning: what
// comes out depends on the lines alone, not on when somebody looked.
type kindFold struct {
	scene     scene // as it was at the beginning of the open turn
	entered   bool
	continued bool // the open part is not the turn's first
	calls     []work
	answers   []answer
	taken     int // calls that belong to a response already
	dirty     bool
	judged    bool    // the calls and the prompt are as they were when they were judged last,
	after     scene   // which gave this
	shares    weights // of the turn before
	asked     asked
	prompt    string // what the user asked for in the open turn
	next      string // and before a turn that has not begun
}

// answer is one response of the open turn.
type answer struct {
	bucket   Bucket
	count    Count
	from, to int // its calls
	parts    [kinds]Count
	by       weights // that parts were divided by; all are 0 before that
}

// beginTurn takes up a new turn, after the one before was settled.
func (f *kindFold) beginTurn() {
	f.continued, f.judged = false, false
	f.prompt, f.next = f.next, ""
}

// notePrompt takes up what the user wrote; of a turn's messages the first counts.
func (t *Thread) notePrompt(text string, inTurn bool) {
	f := &t.fold.kinds
	if !t.fold.opt.Detail {
		return
	}
	text = Clean(requestIn(text), 400)
	switch {
	case !inTurn:
		f.next = text
	case f.prompt == "":
		f.prompt, f.dirty, f.judged = text, true, false
	}
}

// requestIn gives what a message asks for: editors put the files that are open before it.
func requestIn(text string) string {
	if _, request, ok := strings.Cut(text, "## My request for Codex:"); ok && strings.HasPrefix(text, "# Context from my IDE setup") {
		return request
	}
	return text
}

// noteCall takes up a new call.
func (t *Thread) noteCall(n int64, c *Call) {
	f := &t.fold.kinds
	f.dirty, f.judged = true, false
	w := work{call: n, id: c.CallID, outer: c.Outer, cwd: t.Cwd, review: t.Review, stale: true}
	switch c.Name {
	case "write_stdin", "wait":
		w.polls = polled(c.Args)
	}
	if c.Outer != "" {
		for i := len(f.calls) - 1; i >= 0; i-- {
			if f.calls[i].id == c.Outer {
				f.calls[i].inner++
				f.calls[i].did = nil // if it was looked at before its calls were known
				break
			}
		}
	}
	f.calls = append(f.calls, w)
}

// noteMore says that more is known of a call.
func (t *Thread) noteMore(id string, e *Event) {
	f := &t.fold.kinds
	for i := len(f.calls) - 1; i >= 0 && i >= len(f.calls)-256; i-- {
		if w := &f.calls[i]; w.id == id {
			w.stale, f.dirty, f.judged = true, true, false
			if e.Kind == EventToolOutput {
				w.opened = sessionIn(e.Tool.Output)
			}
			return
		}
	}
}

// noteAnswer takes up a response. Its calls are those since the one before; those
// that run inside of them come later and are found by their outer call.
func (t *Thread) noteAnswer(b Bucket, c Count) {
	f := &t.fold.kinds
	a := answer{bucket: b, count: c, from: f.taken, to: len(f.calls)}
	f.taken = len(f.calls)
	a.parts[KindOther] = c
	t.addKind(b, KindOther, c)
	f.answers = append(f.answers, a)
	f.dirty = true
	if len(f.answers) >= MaxResponses {
		t.settleKinds()
	}
}

// addKind adds to one row, and drops it where nothing is left.
func (t *Thread) addKind(b Bucket, k Kind, c Count) {
	key := KindBucket{b, k}
	if sum := t.KindRows[key].Plus(c); sum == (Count{}) {
		delete(t.KindRows, key)
	} else {
		t.KindRows[key] = sum
	}
}

// Judge brings the kinds of work up to date: Work and Evidence of the open turn's
// calls, and KindRows. It does nothing where nothing is new, or without Detail.
// What it gives depends on the lines that were applied alone, not on when, or how
// often, it was called before.
func (t *Thread) Judge() {
	if t.fold == nil {
		return
	}
	f := &t.fold.kinds
	if !f.dirty || !t.fold.opt.Detail {
		return
	}
	f.dirty = false
	t.judgeOpen()
}

// judgeOpen judges the open turn and gives the scene after it. Where nothing but
// responses came since the last time, these are divided anew, and that is all.
func (t *Thread) judgeOpen() (scene, weights) {
	f := &t.fold.kinds
	if !f.judged {
		f.after, f.judged = t.judgeCalls(), true
	}
	return f.after, t.splitAnswers(&f.after)
}

// judgeCalls judges the calls of the open turn and gives the scene after it.
func (t *Thread) judgeCalls() scene {
	f := &t.fold.kinds
	if !f.entered {
		f.scene.enter(t)
		f.entered = true
	}
	s := f.scene
	s.scratch, s.open = maps.Clone(s.scratch), maps.Clone(s.open)
	t.lookAtCalls()
	if f.continued {
		s.goOn(f.calls)
	} else {
		s.begin(f.asked.read(f.prompt, s.intent), f.calls)
	}
	s.judge(f.calls)
	for i := range f.calls {
		w := &f.calls[i]
		if c := t.call(w.call); c != nil {
			c.Work, c.Evidence = w.kind, w.why
		}
	}
	return s
}

// settleKinds judges what is open for good, and begins anew.
func (t *Thread) settleKinds() {
	f := &t.fold.kinds
	if !t.fold.opt.Detail {
		return
	}
	s, shares := t.judgeOpen()
	if shares.total() > 0 {
		f.shares = shares
	}
	f.scene = s
	f.calls, f.answers, f.taken = nil, nil, 0
	f.continued, f.dirty, f.judged = true, false, false
	f.after = scene{}
}

// splitAnswers divides the responses of the open turn over kinds, and gives the
// turn's shares.
func (t *Thread) splitAnswers(s *scene) weights {
	f := &t.fold.kinds
	var turn weights
	own := make([]weights, len(f.answers))
	for i := range f.answers {
		a := &f.answers[i]
		own[i] = f.weightsOf(a)
		if sum := own[i].total(); sum > 0 {
			size := max(1, int64(a.count.Usage.Total()))
			for k, v := range own[i] {
				turn[k] += size * (v * 1000 / sum)
			}
		}
	}
	rest := turn
	if rest.total() == 0 {
		rest = f.silent(s)
	}
	for i := range f.answers {
		a := &f.answers[i]
		w := own[i]
		if w.total() == 0 {
			w = rest
		}
		if w == a.by {
			continue
		}
		a.by = w
		parts := a.count.split(w)
		for k := range parts {
			if d := (Count{parts[k].Usage.Sub(a.parts[k].Usage), parts[k].Responses - a.parts[k].Responses}); d != (Count{}) {
				t.addKind(a.bucket, Kind(k), d)
			}
		}
		a.parts = parts
	}
	return turn
}

// silent gives the weights of a turn without calls: what was asked for, else
// what the turn before was.
func (f *kindFold) silent(s *scene) (w weights) {
	switch {
	case hasIntent(s.intent, intentReview, intentResearch, intentDocs, intentMajor, intentTest):
		w[s.intent.kind()] = 1
		return w
	case f.shares.total() > 0:
		return f.shares
	}
	w[KindOther] = 1
	return w
}

// weightsOf adds up the calls of a response: each has the same weight, one in
// doubt divides it between its two kinds, and one of code mode between the calls
// that ran in it.
func (f *kindFold) weightsOf(a *answer) (w weights) {
	const unit = 720_720
	for i := a.from; i < a.to; i++ {
		c := &f.calls[i]
		if c.outer != "" && f.within(c.outer) {
			continue // counted with its outer call
		}
		if c.inner == 0 {
			w = w.add(c.weights(unit))
			continue
		}
		for j := i + 1; j < len(f.calls); j++ {
			if in := &f.calls[j]; in.outer == c.id {
				w = w.add(in.weights(unit / int64(c.inner)))
			}
		}
	}
	return w
}

// within says that a call of code mode is one of the open turn's.
func (f *kindFold) within(id string) bool {
	for i := range f.calls {
		if f.calls[i].id == id {
			return true
		}
	}
	return false
}

func (c *work) weights(unit int64) (w weights) {
	sum := int64(c.share[0] + c.share[1])
	if sum <= 0 {
		w[c.kind] = unit
		return w
	}
	second := unit * int64(c.share[1]) / sum
	w[c.kind] += unit - second
	w[c.second] += second
	return w
}

// lookAtCalls finds out what the calls did of which more is known than when they were looked at.
func (t *Thread) lookAtCalls() {
	f := &t.fold.kinds
	for i := range f.calls {
		w := &f.calls[i]
		if c := t.call(w.call); w.stale && c != nil {
			w.stale = false
			w.did = nil
			if w.inner == 0 {
				w.did = looker{cwd: w.cwd}.look(c)
			}
		}
	}
}
