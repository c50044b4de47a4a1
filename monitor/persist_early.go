package monitor

import (
	"context"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// together is how many threads are written in one transaction: few enough that
// whoever waits for the ledger meanwhile, a gate above all, waits for a few milliseconds.
const together = 100

// early is the writing of threads while others are still being read, by a goroutine
// of its own: afterwards it would take as long again as a tenth of the reading, on
// one processor, with the copies of all threads in memory.
type early struct {
	in    chan *folded // with room for all, so that no reader waits
	done  chan struct{}
	where *projects
	homes map[string]string
	into  *ledger.Filler // nil until there is something to write
}

// begin starts the writing of what is handed over while groups are read.
func (k *keeping) begin(ctx context.Context, groups int) {
	k.early = &early{in: make(chan *folded, 2*groups), done: make(chan struct{}), where: newProjects(), homes: map[string]string{}}
	go func() {
		defer close(k.early.done)
		k.writeEarly(ctx)
	}()
}

// hand gives a thread that was read to the writing, if nothing that is read later
// can change what is kept of it. From then on nobody may change the thread. Several
// workers may call it at once.
func (k *keeping) hand(d *folded) {
	// Files of another name may turn out to be of the same thread; then all of them are
	// read again together, and the thread is written again in place of this.
	if _, alone := ownRun(d.thread); alone && d.key == d.thread.ID && k.wants(d) {
		k.early.in <- d
	}
}

// ownRun is [model.Fleet.RunOf] for a thread that names its run itself.
func ownRun(t *model.Thread) (model.RunID, bool) {
	switch {
	case t.Meta.SessionID != "" && t.Meta.SessionID != t.ID:
		return model.RunID(t.Meta.SessionID), true
	case t.Meta.ParentID != "" && t.Meta.ParentID != t.ID:
		return "", false
	}
	return model.RunID(t.ID), true
}

func (k *keeping) writeEarly(ctx context.Context) {
	batch := make([]*folded, 0, together)
	write := func() {
		k.put(ctx, batch, func(t *model.Thread) (model.RunID, string) {
			run, _ := ownRun(t)
			return run, k.early.where.of(t)
		})
		batch = batch[:0]
	}
	for d := range k.early.in {
		if batch = append(batch, d); len(batch) == together {
			write()
		}
	}
	write()
}

// end waits until all that was handed over is written.
func (k *keeping) end() {
	close(k.early.in)
	<-k.early.done
}

// write puts into the ledger what was read of files and is not there yet, but for
// those that are still written to: they would be read again all the same.
func (k *keeping) write(ctx context.Context, h *History) {
	rest := slices.DeleteFunc(slices.Clone(h.folds), func(d *folded) bool { return d.kept || !k.wants(d) })
	for some := range slices.Chunk(rest, together) {
		k.put(ctx, some, func(t *model.Thread) (model.RunID, string) { return h.Fleet.RunOf(t.ID), h.Projects[t.ID] })
	}
}

// close gives the ledger's way of writing back.
func (k *keeping) close() {
	if into := k.early.into; into != nil {
		k.early.into = nil
		_ = into.Close() // all that was to last is committed
	}
}

// put writes threads in one transaction; place tells a thread's run and project.
func (k *keeping) put(ctx context.Context, folds []*folded, place func(*model.Thread) (model.RunID, string)) {
	if len(folds) == 0 || !k.usable() {
		return
	}
	batch := make([]ledger.Thread, 0, len(folds))
	for _, d := range folds {
		run, project := place(d.thread)
		if l, err := remembered(d, run, project, k.o.User, k.homeKey, k.now); err == nil {
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
