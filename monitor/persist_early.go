package monitor

import (
	"context"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// together is how many threads are written in one transaction: few enough that
// whoever waits for the ledger meanwhile, a gate above all, waits for a few milliseconds.
// Of the last ones fewer and fewer are, fewest in the end, so that little is left to be written when all is read.
const (
	together = 100
	fewest   = 16
)

// early is the writing of threads while others are still being read, by a goroutine
// of its own: afterwards it would take as long again as a tenth of the reading, on
// one processor, with the copies of all threads in memory.
type early struct {
	in    chan []handed // with room for few: while the disk stalls, threads would pile up in memory
	ended bool          // nothing more is handed over
	done  chan struct{} // closed when all that was handed over is written
	homes map[string]string
	into  *ledger.Filler // nil until there is something to write
}

// handed is a thread for the ledger, with its place among all.
type handed struct {
	*folded
	run     model.RunID
	project string
}

// begin starts the writing of what is handed over while groups are read.
func (k *keeping) begin(ctx context.Context) {
	k.early = &early{in: make(chan []handed, 3), done: make(chan struct{}), homes: map[string]string{}}
	go func() {
		defer close(k.early.done)
		k.writeEarly(ctx)
	}()
}

func (k *keeping) writeEarly(ctx context.Context) {
	for batch := range k.early.in {
		k.put(ctx, batch)
	}
}

// end waits until all that was handed over is written.
func (k *keeping) end() {
	if !k.early.ended {
		k.early.ended = true
		close(k.early.in)
	}
	<-k.early.done
}

// write puts into the ledger what was read of files and is not there yet, but for
// those that are still written to: they would be read again all the same.
func (k *keeping) write(ctx context.Context, h *History) {
	k.end()
	var rest []handed
	for _, d := range h.folds {
		if !d.kept && k.wants(d) {
			rest = append(rest, handed{d, h.runOf(d.thread.ID), h.Projects[d.thread.ID]})
		}
	}
	for some := range slices.Chunk(rest, together) {
		k.put(ctx, some)
	}
}

// close gives the ledger's way of writing back.
func (k *keeping) close() {
	k.end()
	if into := k.early.into; into != nil {
		k.early.into = nil
		_ = into.Close() // all that was to last is committed
	}
}

// put writes threads in one transaction.
func (k *keeping) put(ctx context.Context, folds []handed) {
	if len(folds) == 0 || !k.usable() {
		return
	}
	batch := make([]ledger.Thread, 0, len(folds))
	for _, d := range folds {
		if l, err := remembered(d.folded, d.run, d.project, k.o.User, k.homeKey, k.now); err == nil {
			batch = append(batch, l)
		}
		d.kept = true
	}
	if err := k.fill(ctx, batch); err != nil && ctx.Err() == nil {
		k.fail(k.o.Ledger.Path(), err)
	}
}

func (k *keeping) fill(ctx context.Context, batch []ledger.Thread) (err error) {
	if k.early.into == nil {
		if k.early.into, err = k.o.Ledger.Fill(ctx); err != nil {
			return err
		}
	}
	return k.early.into.Replace(ctx, batch...)
}

// homeKey is [homeKey], which looks at every folder of a path.
func (k *keeping) homeKey(home string) string {
	key, ok := k.early.homes[home]
	if !ok {
		key = homeKey(home)
		k.early.homes[home] = key
	}
	return key
}

// wants says that the ledger is to have a thread as it was read.
func (k *keeping) wants(d *folded) bool {
	t := d.thread
	return k.o.Ledger != nil && !k.o.looks && !d.stored && t.Lines > 0 && t.ID != "" && d.standsForFiles() && settled(d.files, k.now) &&
		k.r.takes(d) && !k.partial(d) && !k.has(d)
}
