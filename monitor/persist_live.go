package monitor

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	archiveEvery = 500 * time.Millisecond // at least between two writings of usage
	archiveMost  = 64                     // threads in one writing, so that the loop is not held up
	// stillTime is how long a thread's files must be left alone before it is written
	// once more, as standing for them.
	stillTime = settleTime + time.Second
)

// archive is which threads of the loop the ledger does not have yet as they are.
// It belongs to the loop; copies go to the ledger by way of the [keeper].
type archive struct {
	dirty map[*entry]*unwritten // nil where nothing lasts
	last  time.Time             // when something was handed over

	memories memories
}

type unwritten struct {
	at   time.Time // of the newest change
	once bool      // it was written since
}

// note says that a thread changed. Nothing is noted where nothing lasts.
func (a *archive) note(e *entry, now time.Time) {
	if a.dirty != nil && !e.stored && e.thread.Lines > 0 {
		a.dirty[e] = &unwritten{at: now}
	}
}

// due is when something is to be written, zero where nothing is.
func (a *archive) due() time.Time {
	var due time.Time
	for _, u := range a.dirty {
		at := a.last.Add(archiveEvery)
		if u.once {
			at = u.at.Add(stillTime)
		}
		if due.IsZero() || at.Before(due) {
			due = at
		}
	}
	return due
}

// archiveSome hands over what is due; at the end of the loop all of it.
func (l *loop) archiveSome(now time.Time, all bool) {
	a := &l.archive
	if l.reading.Done {
		a.memories.forget()
	}
	if len(a.dirty) == 0 || !all && now.Sub(a.last) < archiveEvery && !now.Before(a.last) {
		return
	}
	a.last = now
	if !all && len(l.keep.ops) > 0 { // the writer is behind
		return
	}
	var batch []archived
	for e, u := range a.dirty {
		if !all && len(batch) == archiveMost {
			break
		}
		still := now.Sub(u.at) >= stillTime
		if u.once && !still {
			continue
		}
		u.once = true
		if still || all || e.tail == nil {
			delete(a.dirty, e)
		}
		if one, ok := l.archiveOne(e); ok {
			batch = append(batch, one)
		}
	}
	for some := range slices.Chunk(batch, archiveMost) {
		l.keep.add(func(ctx context.Context, lg *ledger.Ledger) error { return writeArchived(ctx, lg, some) })
	}
}

// archived is a copy of a thread on its way to the ledger.
type archived struct {
	ledger.Thread
	followed bool // its newest file is as long as what was read of it, or it does not stand for it
	now      func() time.Time
}

func (l *loop) archiveOne(e *entry) (archived, bool) {
	listed := l.scanned
	followed := e.tail != nil && len(e.files) > 0 && !e.files[len(e.files)-1].Compressed
	if followed {
		listed = l.now()
	}
	d := *e.folded
	if followed { // its files are looked at when it is written
		d.files = slices.Clone(e.files)
		d.files[len(d.files)-1].ModTime = time.Time{}
	}
	t, err := remembered(&d, e.run.id, e.project, l.o.User, homeKey, listed)
	if err != nil {
		return archived{}, false
	}
	t.Written = e.written()
	if followed {
		t.Files[len(t.Files)-1].Offset = e.tail.Offset()
	}
	return archived{t, followed, l.now}, true
}

// writeArchived writes threads, each with its files as they are now.
func writeArchived(ctx context.Context, lg *ledger.Ledger, batch []archived) error {
	threads := make([]ledger.Thread, 0, len(batch))
	for _, b := range batch {
		if b.followed {
			b.look()
		}
		threads = append(threads, b.Thread)
	}
	return lg.Replace(ctx, threads...)
}

// look takes the newest file's size and time where all of it was read.
func (b *archived) look() {
	f := &b.Files[len(b.Files)-1]
	info, err := os.Stat(f.Path)
	if err != nil || info.Size() != f.Offset || b.now().Sub(info.ModTime()) < settleTime {
		b.Reader = ""
		return
	}
	f.Size, f.ModTime = info.Size(), info.ModTime()
	b.Written = f.ModTime
}

// recallGone has the threads taken up that no file is left of; each comes as a result
// without a source.
func (l *loop) recallGone(groups map[string]*group) {
	if l.o.Ledger == nil {
		return
	}
	present, o, ctx, results, m := presence(groups), l.o, l.ctx, l.results, &l.archive.memories
	l.keep.add(func(context.Context, *ledger.Ledger) error {
		// It may wait for the loop, so that not the time of one writing is its limit.
		m.fill(ctx, o)
		for _, t := range m.gone(present) {
			d, err := recall(t, t.ID, nil, o, o.Now())
			if err != nil {
				continue // it was kept in another form
			}
			select {
			case results <- result{folded: d}:
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		return m.err
	})
}

// takeGone puts a thread that only the ledger knows into the book.
func (l *loop) takeGone(d *folded) {
	if l.threadBy(d.thread.ID) != nil || l.sources[d.thread.ID] != nil {
		return
	}
	l.settled(l.install(d, l.now()))
}

// tellLedger says what became of the ledger before the loop began.
func (l *loop) tellLedger() {
	if err := l.o.LedgerProblem; err != nil {
		l.tell(Notice{Text: "no ledger: " + model.Clean(err.Error(), maxPath), Effect: ledgerEffect, Fix: "tokenburn --no-ledger"})
	}
	if lg := l.o.Ledger; lg != nil && lg.Notice() != "" {
		l.tell(Notice{Text: model.Clean(lg.Notice(), 2*maxPath), Effect: "sessions are read again; what only the old file knew may be missing"})
	}
}

// ledgerEffect is what follows from having no ledger.
const ledgerEffect = "what the session files say is right; nothing is kept for when they are gone"

// ledgerError marks a problem as one of the ledger.
type ledgerError struct{ error }

func (e ledgerError) Unwrap() error { return e.error }

// isLedger says that a problem is one of the ledger.
func isLedger(err error) bool {
	var e ledgerError
	return errors.As(err, &e)
}
