package model

// spareRecords is the most response ids whose memory is given on: clearing what a much
// longer thread had would cost every thread after it more than beginning anew.
const spareRecords = 1024

// Seal frees what only the folding of further events needs (about ten times what
// the thread itself holds). Nothing may be applied to the thread after it; to go
// on, its files are folded again.
func (t *Thread) Seal() {
	if f := t.fold; f != nil && f.opt.Spare != nil {
		f.opt.Spare.totals = f.counter.totals.list[:0]
		if n := len(f.counter.records); n > 0 && n <= spareRecords {
			clear(f.counter.records)
			f.opt.Spare.records = f.counter.records
		}
	}
	t.fold = nil
}
