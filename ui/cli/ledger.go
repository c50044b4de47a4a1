package cli

import (
	"path/filepath"
	"runtime"

	"github.com/adrg/xdg"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// openLedger is the ledger as an invocation has it: opened at most once.
type openLedger struct {
	*ledger.Ledger
	tried bool
	err   error
}

// ledgerPath is the ledger's file, whether it exists or not: the flag, else
// tokenburn/ledger.db in the folder for state.
func (a *app) ledgerPath() string {
	if a.flags.ledger != "" {
		return a.flags.ledger
	}
	state := a.env.get("XDG_STATE_HOME")
	switch {
	case filepath.IsAbs(state):
	case runtime.GOOS == "windows" || runtime.GOOS == "darwin":
		state = xdg.StateHome
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
		o.Ledger, o.err = ledger.Open(a.ledgerPath())
	}
	return a.opened.Ledger, a.opened.err
}

// close ends what the invocation has open.
func (a *app) close() {
	if a.opened.Ledger != nil {
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
