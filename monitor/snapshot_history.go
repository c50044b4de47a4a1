package monitor

import "slices"

// snapshot is Snapshot: a book over the threads that were read. Where it is known
// whether something works on a thread, holds says so.
func (h *History) snapshot(o Options, holds map[string]hold) Snapshot {
	o = o.withDefaults()
	now := o.Now()
	b := newBook(o)
	for _, d := range h.folds {
		one := *d // the history may be asked again, by another clock
		b.install(&one, now).hold = holds[d.thread.ID]
		b.limitFacts(d.thread, now)
	}
	s := b.snapshot(now)
	s.Reading = Reading{Done: true, FilesDone: h.Files, FilesTotal: h.Files, BytesDone: h.Bytes, BytesTotal: h.Bytes}
	s.Source = Source{Homes: h.Homes, Files: h.Files + h.LeftOut, Why: "read once"}
	if len(s.Runs) > 0 { // the one that a screen begins with
		s.Detail = b.detail(s.Runs[0].ID)
	}
	s.Notices = b.agg.notices(slices.Clone(h.Problems), o.Prices, now)
	s.Log = b.pastLog(now)
	slices.Reverse(s.Log)
	return s
}
