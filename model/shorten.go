package model

import "slices"

// Shorten lets go of all but the newest turns, responses and calls from now on, as Options.Short
// does from the beginning. A thread that was folded without Detail has none.
func (t *Thread) Shorten() {
	if t.fold == nil || !t.fold.opt.Detail || t.fold.opt.Short {
		return
	}
	t.fold.opt.Short = true
	t.trimTurns()
	t.trimResponses()
	t.trimCalls()
}

// Lengthen keeps from now on all that a fold keeps which is not Short. It gives false, and
// changes nothing, where something was let go of already: then the files are to be folded again.
func (t *Thread) Lengthen() bool {
	if t.IsShort() {
		return false
	}
	if t.fold != nil {
		t.fold.opt.Short = false
	}
	return true
}

// Compact lets go of the room that lists have beyond what is in them; whatever was taken
// out of the thread before is not its any more.
func (t *Thread) Compact() {
	t.Turns, t.Responses, t.Calls = slices.Clone(t.Turns), slices.Clone(t.Responses), slices.Clone(t.Calls)
}

// IsShort says that turns, responses or calls may have been let go of that a fold which
// is not Short would have.
func (t *Thread) IsShort() bool { return t.fold != nil && t.fold.opt.Short && t.fold.trimmed }

// Forgotten is how many of the thread's first calls nobody is told of any more, however
// much is kept.
func (t *Thread) Forgotten() int64 {
	if t.fold == nil {
		return 0
	}
	return t.fold.turns.oldest
}

// Waiting is the newest call that has no output yet, nil where there is none. It is valid
// until the thread's next event.
func (t *Thread) Waiting() *Call {
	if t.Pending == 0 {
		return nil
	}
	for i := len(t.Calls) - 1; i >= 0; i-- {
		if c := &t.Calls[i]; !c.Done {
			return c
		}
	}
	if t.fold == nil || len(t.fold.turns.aside) == 0 {
		return nil
	}
	newest := int64(-1)
	for n := range t.fold.turns.aside {
		newest = max(newest, n)
	}
	return t.fold.turns.aside[newest]
}

// trimTurns makes room for one more turn.
func (t *Thread) trimTurns() {
	n := t.excess(len(t.Turns), MaxTurns, ShortTurns)
	t.Turns = slices.Delete(t.Turns, 0, n)
	t.TurnBase += n
}

// trimResponses makes room for one more response.
func (t *Thread) trimResponses() {
	t.Responses = slices.Delete(t.Responses, 0, t.excess(len(t.Responses), MaxResponses, ShortResponses))
	t.Responses = growTo(t.Responses, t.fold.opt.Short, ShortResponses)
}

// excess is how many of the oldest are let go of.
func (t *Thread) excess(have, most, short int) int {
	switch {
	case t.fold.opt.Short && have >= short+short/4:
		t.fold.trimmed = true
		return have - short
	case have >= most:
		return most / 4
	}
	return 0
}

// trimCalls makes room for one more call. Kinds of work are settled at the same calls however
// many are kept: they are judged by all that may be.
func (t *Thread) trimCalls() {
	f := &t.fold.turns
	if f.base+int64(len(t.Calls))-f.oldest >= MaxCalls {
		t.settleKinds() // while all of the turn's calls are still known
		f.oldest += MaxCalls / 4
		for n := range f.aside {
			if n < f.oldest {
				delete(f.aside, n)
			}
		}
		t.letGo(int(max(0, f.oldest-f.base)))
	}
	if t.fold.opt.Short && len(t.Calls) >= ShortCalls+ShortCalls/4 {
		t.fold.trimmed = true
		t.lookAtCalls()
		t.setAside(len(t.Calls) - ShortCalls)
	}
	t.Calls = growTo(t.Calls, t.fold.opt.Short, ShortCalls)
}

// growTo gives a list that is short and full room for as much as it will ever have, and no more.
func growTo[T any](list []T, short bool, most int) []T {
	if short && len(list) == cap(list) && len(list) >= most/2 && len(list) < most+most/4 {
		return slices.Grow(list, most+most/4-len(list))
	}
	return list
}

func (t *Thread) letGo(n int) {
	t.Calls = slices.Delete(t.Calls, 0, n)
	t.fold.turns.base += int64(n)
}

// setAside lets go of the oldest calls, but for those that wait for their output.
func (t *Thread) setAside(n int) {
	f := &t.fold.turns
	for i := range n {
		c, number := &t.Calls[i], f.base+int64(i)
		if waits, ok := f.pending[c.CallID]; !ok || waits != number {
			t.older(number, c)
			continue
		}
		if f.aside == nil {
			f.aside = map[int64]*Call{}
		}
		one := *c
		f.aside[number] = &one
	}
	t.letGo(n)
}

// older tells of a call that is let go of.
func (t *Thread) older(n int64, c *Call) {
	if t.fold.opt.Older != nil {
		t.fold.opt.Older(n, c)
	}
}
