package monitor

import (
	"context"
	"time"
)

// Judged is [History.Snapshot] with budgets and exceptions, as the live monitor
// would show them now: by the options' plan, and with what the ledger holds. Budgets are
// judged by all, which has to reach as far back as they do; nil: by h. It writes nothing.
func (h *History) Judged(ctx context.Context, o Options, all *History) Snapshot {
	o = o.withDefaults()
	now := o.Now()
	l := newLoop(&newMonitor(o).core)
	l.ctx, l.homes, l.readyAt = ctx, h.Homes, now
	for _, d := range h.folds {
		one := *d
		l.install(&one, now)
		l.limitFacts(d.thread, now)
		l.sources[one.key] = &source{group: group{key: one.key, files: one.files}, state: sourceKnown}
	}
	if all == nil {
		all = h
	}
	if o.Plan != nil {
		l.takePlan(o.Plan(all.Repositories()))
	}
	l.readLedger(ctx)
	l.takeGate(GateNow(o))
	l.judgeOnce(now, all)
	s := h.snapshot(o, l.ownersOnce(ctx, now))
	l.show(&s)
	l.showOwners(&s)
	s.Notices = append(s.Notices, l.told(now)...)
	return s
}

// readLedger takes what the ledger holds, without the goroutine that else does.
func (l *loop) readLedger(ctx context.Context) {
	if l.keep.ledger == nil {
		return
	}
	found := l.keep.seen.look(ctx, l.keep.ledger, l.now())
	l.takeKept(found)
}

// judgeOnce judges as of now what was read once.
func (l *loop) judgeOnce(now time.Time, all *History) {
	for _, r := range l.list {
		r.refresh(l.o, now)
	}
	l.startIfReady(now)
	for len(l.wanted) > 0 && l.ctx.Err() == nil {
		s := l.wanted[0]
		l.wanted = l.wanted[1:]
		j := l.jobOf(s)
		l.folder.steps, l.folder.whole = j.steps, j.whole
		if d, err := l.folder.fold(l.ctx, &j.group, j.detail, news{}); err == nil {
			l.finish(s, d)
		}
	}
	l.evaluate(now.Add(-evaluateEvery)) // a page wants two judgements
	l.spending.Feed(l.judge, all)
	l.evaluate(now)
	l.tick(now)
}
