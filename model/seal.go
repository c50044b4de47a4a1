package model

// Seal frees what only the folding of further events needs (about ten times what
// the thread itself holds). Nothing may be applied to the thread after it; to go
// on, its files are folded again.
func (t *Thread) Seal() {
	if f := t.fold; f != nil && f.opt.Spare != nil {
		f.opt.Spare.totals = f.counter.totals.list[:0]
	}
	t.fold = nil
}
