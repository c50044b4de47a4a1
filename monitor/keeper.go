package monitor

import (
	"context"
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	lookEvery  = 3 * time.Second // at what other processes decided
	lookMost   = time.Minute     // however much it seems that they decided nothing
	keepTime   = 5 * time.Second // that one writing may take
	decideTime = 3 * time.Second // that the loop waits for a decision to be written
	// keptFor is how far back exceptions are read at the start.
	keptFor = 31 * 24 * time.Hour
)

// keeper writes what is judged to the ledger, and looks at what others wrote. Its
// methods belong to the loop; its own goroutine does the waiting.
type keeper struct {
	ledger *ledger.Ledger // nil: nothing lasts
	ops    []op           // not handed over yet
	batch  chan []op
	found  chan kept
	soon   chan struct{}
	failed chan error
	wrong  string // newest failure, "" none
	now    func() time.Time
	seen   ledgerSeen
}

// op is one writing.
type op func(context.Context, *ledger.Ledger) error

// kept is what the ledger holds.
type kept struct {
	first      bool
	exceptions []budget.Exception
	alerts     []ledger.Episode
	grants     []ledger.Grant
	labels     map[model.RunID]ledger.Label
	orders     []ledger.Order // that hold
	err        error
}

func newKeeper(l *ledger.Ledger, now func() time.Time) *keeper {
	return &keeper{ledger: l, now: now, batch: make(chan []op, 1), found: make(chan kept), soon: make(chan struct{}, 1), failed: make(chan error, 1)}
}

func (k *keeper) add(o op) {
	if k.ledger != nil {
		k.ops = append(k.ops, o)
	}
}

// put writes an exception as it stands.
func (k *keeper) put(e budget.Exception) {
	k.add(func(ctx context.Context, l *ledger.Ledger) error { return l.PutExceptions(ctx, e) })
}

// alert writes an episode of a budget's alert.
func (k *keeper) alert(e ledger.Episode) {
	k.add(func(ctx context.Context, l *ledger.Ledger) error { return l.PutAlerts(ctx, e) })
}

// decide writes a move that time alone made.
func (k *keeper) decide(before budget.Life, after budget.Exception, move budget.Move) {
	d := ledger.Decision{Exception: after.ID, At: after.Changed, Actor: selfActor, From: before, To: after.State, Until: after.Until}
	entry := auditEntry(before, after, move, selfActor, "")
	k.add(func(ctx context.Context, l *ledger.Ledger) error {
		if err := l.Decide(ctx, after, d, entry); !isChanged(err) {
			return err
		}
		return nil // somebody else was first: the next look tells
	})
}

// decideNow writes a person's decision, with the grant that it gives, and waits for it.
func (k *keeper) decideNow(after budget.Exception, d ledger.Decision, g *ledger.Grant, entry ledger.Entry) error {
	if k.ledger == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), decideTime)
	defer cancel()
	if g != nil {
		return k.ledger.Extend(ctx, after, d, *g, entry)
	}
	return k.ledger.Decide(ctx, after, d, entry)
}

// label writes a label and waits for it.
func (k *keeper) label(b ledger.Label) error {
	if k.ledger == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), decideTime)
	defer cancel()
	return k.ledger.SetLabel(ctx, b)
}

// look asks to look at the ledger now.
func (k *keeper) look() {
	select {
	case k.soon <- struct{}{}:
	default:
	}
}

// flush hands over what is to be written, unless the writer is busy.
func (k *keeper) flush() {
	select {
	case err := <-k.failed:
		k.wrong = model.Clean(err.Error(), 300)
	default:
	}
	if len(k.ops) == 0 {
		return
	}
	select {
	case k.batch <- k.ops:
		k.ops = nil
	default:
	}
}

// problems says that the ledger can't be written.
func (k *keeper) problems() []Notice {
	if k.wrong == "" {
		return nil
	}
	return []Notice{{Text: "the ledger: " + k.wrong, Effect: "what was decided since may be lost when the monitor ends", Fix: "tokenburn doctor"}}
}

// run writes and looks until ctx is done.
func (k *keeper) run(ctx context.Context) {
	tick := time.NewTimer(untilBeat(lookEvery))
	defer tick.Stop()
	k.read(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case ops := <-k.batch:
			k.write(ops)
		case <-tick.C:
			tick.Reset(untilBeat(lookEvery))
			k.read(ctx)
		case <-k.soon:
			k.read(ctx)
		}
	}
}

// close writes what is left, once run has returned and nothing is added any more.
func (k *keeper) close() {
	select {
	case ops := <-k.batch:
		k.write(ops)
	default:
	}
	k.write(k.ops)
	k.ops = nil
}

// write does what is to be written. What fails is told and not tried again: the
// next change writes the same exception whole.
func (k *keeper) write(ops []op) {
	for _, o := range ops {
		ctx, cancel := context.WithTimeout(context.Background(), keepTime)
		err := o(ctx, k.ledger)
		cancel()
		if err == nil {
			continue
		}
		select {
		case k.failed <- err:
		default:
		}
	}
}

// read looks at the ledger and hands over what it holds.
func (k *keeper) read(ctx context.Context) {
	select {
	case k.found <- k.seen.look(ctx, k.ledger, k.now()):
	case <-ctx.Done():
	}
}

// ledgerSeen is what was seen of the ledger. It belongs to the keeper's own goroutine.
type ledgerSeen struct {
	newest kept      // without exceptions and alerts, which are told once
	since  time.Time // from when on exceptions are read; zero: nothing was read
	mark   string    // how the file was before the newest reading
	read   time.Time // when that was
}

// look reads what the ledger holds, but for exceptions that were told before. A
// file that nobody has written to is not read again for a while.
func (s *ledgerSeen) look(ctx context.Context, l *ledger.Ledger, now time.Time) kept {
	mark, first := l.Mark(), s.since.IsZero()
	if since := now.Sub(s.read); !first && mark != "" && mark == s.mark && since >= 0 && since < lookMost {
		return s.newest
	}
	if first {
		s.since = now.Add(-keptFor)
	}
	found := kept{first: first}
	var err error
	if found.exceptions, err = l.Exceptions(ctx, s.since); err == nil {
		if found.grants, err = l.Grants(ctx, now.Add(-62*24*time.Hour)); err == nil {
			found.labels, err = l.Labels(ctx)
		}
	}
	if err == nil {
		found.orders, err = l.Orders(ctx)
	}
	if first && err == nil {
		found.alerts, err = l.Alerts(ctx)
	}
	for _, e := range found.exceptions {
		if e.Changed.After(s.since) {
			s.since = e.Changed
		}
	}
	if s.mark, s.read = mark, now; err != nil {
		found.err, s.mark = fmt.Errorf("read: %w", err), ""
	}
	s.newest = kept{grants: found.grants, labels: found.labels, orders: found.orders, err: found.err}
	return found
}
