package cli

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"

	"github.com/adrg/xdg"
	"github.com/dustin/go-humanize"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// openLedger is the ledger as an invocation has it: opened at most once.
type openLedger struct {
	*ledger.Ledger
	tried  bool
	err    error
	closed chan struct{} // closed when letGo has closed it; nil: not begun
}

// ledgerPath is the ledger's file, whether it exists or not: the flag, else
// tokenburn/ledger.db in the folder for state; "" where that is not known.
func (a *app) ledgerPath() string {
	if a.flags.ledger != "" {
		return a.flags.ledger
	}
	state := a.env.get("XDG_STATE_HOME")
	switch {
	case filepath.IsAbs(state):
	case runtime.GOOS == "windows" || runtime.GOOS == "darwin":
		state = xdg.StateHome
	case a.home() == "":
		return ""
	default:
		state = filepath.Join(a.home(), ".local", "state")
	}
	return filepath.Join(state, "tokenburn", "ledger.db")
}

// ledger opens the ledger, once. It is nil without an error where it was asked not to be used.
func (a *app) ledger() (*ledger.Ledger, error) {
	if a.flags.noLedger {
		return nil, nil
	}
	if o := &a.opened; !o.tried {
		o.tried = true
		if path := a.ledgerPath(); path != "" {
			o.Ledger, o.err = ledger.Open(path)
		} else {
			o.err = errors.New("neither HOME nor XDG_STATE_HOME says where to keep it")
		}
	}
	return a.opened.Ledger, a.opened.err
}

// ledgerIsNew says that opening the ledger makes it: there is no file, or nothing in it.
func (a *app) ledgerIsNew() bool {
	info, err := os.Stat(a.ledgerPath())
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
}

// letGo begins to close the ledger, which writes its log back into the file, while
// the command goes on with what needs it no more.
func (a *app) letGo() {
	o := &a.opened
	if o.Ledger == nil || o.closed != nil {
		return
	}
	o.closed = make(chan struct{})
	go func() {
		defer close(o.closed)
		_ = o.Close() // all that was to last is committed
	}()
}

// close ends what the invocation has open.
func (a *app) close() {
	switch {
	case a.opened.closed != nil:
		<-a.opened.closed
	case a.opened.Ledger != nil:
		_ = a.opened.Close() // all that was to last is committed
	}
}

// options are those of a reading. A ledger that can't be opened is told of by
// what is read, and stops nothing.
func (a *app) options() monitor.Options {
	o := a.withoutLedger()
	o.Ledger, o.LedgerProblem = a.ledger()
	return o
}

// checkLedger looks whether the ledger is whole, and whether what it says of
// files is what they say. A ledger that is not there yet is not made.
func (a *app) checkLedger(ctx context.Context, c *checkup, files *monitor.History) {
	path := a.ledgerPath()
	short := a.shortPath(path)
	info, err := os.Stat(path)
	switch {
	case a.flags.noLedger:
		c.add("Ledger", "note", "", "left out by --no-ledger")
		return
	case errors.Is(err, fs.ErrNotExist):
		c.add("Ledger", "note", "", "%s does not exist yet: the first look at usage makes it", short)
		return
	}
	l, err := a.ledger()
	if err != nil {
		c.add("Ledger", "error", "tokenburn works without it; docs/ledger.md says what to do", "%v", err)
		return
	}
	if text := l.Notice(); text != "" {
		c.add("Ledger", "warning", "", "%s", text)
	}
	if err := l.Check(ctx); err != nil {
		c.add("Ledger", "error", "start tokenburn once more: it sets the file aside and keeps what can be read", "%s: %v", short, err)
		return
	}
	c.add("Ledger", "ok", "", "%s, %s", short, humanize.IBytes(uint64(info.Size())))
	if n, err := l.Verify(ctx); err != nil {
		c.add("Ledger", "error", "tokenburn audit --verify", "%v", err)
	} else {
		c.add("Ledger", "ok", "", "the audit trail is whole: %s", entriesOf(n))
	}
	a.compareLedger(ctx, c, files)
}

// compareLedger reads history once more, this time with the ledger.
func (a *app) compareLedger(ctx context.Context, c *checkup, files *monitor.History) {
	h, err := monitor.Load(ctx, a.options(), monitor.Range{})
	if err != nil {
		return // the context's end, which the command sees for itself
	}
	same, gone, other := int64(0), int64(0), int64(0)
	for id, t := range h.Fleet.Threads {
		switch f := files.Fleet.Threads[id]; {
		case f == nil:
			gone++
		case maps.Equal(f.Rows, t.Rows):
			same++
		case !t.LastAt.After(f.LastAt): // else it has grown meanwhile
			other++
		}
	}
	c.add("Ledger", "ok", "", "%s agree with their files; %s are known from it alone", plural(same, "thread"), plural(gone, "thread"))
	if other > 0 {
		c.add("Ledger", "error", "remove the ledger, or name another one with --ledger: the session files tell it all again",
			"%s: the ledger says something else than the files", plural(other, "thread"))
	}
}
